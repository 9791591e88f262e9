import type { Grade, LeadState, OfferStatus, RunStatus } from '../api.ts';
import { count } from '../format.ts';
import classes from './badges.module.css';

/** What a colour says; the word beside it says it too. */
export type Tone = 'quiet' | 'warn' | 'info' | 'flow' | 'strong' | 'gold' | 'bad';

/** Every lead state, in the order of a lead's life. */
export const STATE_TONES: Readonly<Record<LeadState, Tone>> = {
  New: 'info',
  Held: 'warn',
  Withheld: 'warn',
  Review: 'warn',
  Offered: 'info',
  Accepted: 'flow',
  Working: 'flow',
  Qualified: 'strong',
  Won: 'gold',
  Lost: 'bad',
  'No decision': 'quiet',
  Direct: 'quiet',
  'In pool': 'quiet',
  Nurture: 'quiet',
  Unroutable: 'bad',
};

export const STATES = Object.keys(STATE_TONES) as LeadState[];

const OFFER_TONES: Readonly<Record<OfferStatus, Tone>> = {
  Open: 'info',
  Accepted: 'flow',
  Rejected: 'bad',
  Expired: 'warn',
  Recalled: 'quiet',
};

const RUN_TONES: Readonly<Record<RunStatus, Tone>> = {
  running: 'info',
  done: 'flow',
  'done with rejects': 'warn',
  stopped: 'warn',
  failed: 'bad',
};

const GRADE_TONES: Readonly<Record<Grade, Tone>> = { A: 'strong', B: 'flow', C: 'warn', D: 'quiet' };

export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={classes.badge} data-tone={tone}>
      {children}
    </span>
  );
}

export const StateBadge = ({ state }: { state: LeadState }) => (
  <Badge tone={STATE_TONES[state] ?? 'quiet'}>{state}</Badge>
);
export const OfferBadge = ({ status }: { status: OfferStatus }) => (
  <Badge tone={OFFER_TONES[status] ?? 'quiet'}>{status}</Badge>
);
export const RunBadge = ({ status }: { status: RunStatus }) => (
  <Badge tone={RUN_TONES[status] ?? 'quiet'}>{status}</Badge>
);

/** Grade and points together: the letter is what people remember, the number what they compare. */
export function ScoreBadge({ score, grade, large }: { score: number | null; grade: Grade | null; large?: boolean }) {
  if (score === null || grade === null) return <span className="muted">No score</span>;
  return (
    <span className={classes.score} data-large={large || undefined}>
      <span className={classes.grade} data-tone={GRADE_TONES[grade]} title={`Grade ${grade}`}>
        {grade}
      </span>
      <span>{count(score)}</span>
    </span>
  );
}
