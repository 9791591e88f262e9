/** What the clock of an offer will ask for: one timer for each warning, escalation and end of a deadline. Pure. */
import { deadlinesAt, type OfferClock } from './offer-terms.ts';
import { type Deadline, pauseEndsAt } from './sla/clock.ts';

/** `wake`: a pause ends by itself, and the deadlines have to be looked at again. */
export const TIMER_KINDS = ['warn', 'escalate', 'miss', 'wake'] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];

/** A timer of one offer. All but `dueAt` names it: it fires once, however often its instant moves. */
export interface Timer {
  /** A deadline's name; `pause` of one that wakes. */
  readonly deadline: string;
  readonly period: number;
  readonly kind: TimerKind;
  /** A warning's text; when a pause began. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly dueAt: number;
}

/** What became of a timer: `sent` told somebody, `late` came after its deadline or the deed and is only noted. */
export type TimerOutcome = 'sent' | 'late' | 'done' | 'kept' | 'woken';

/** The timers of an offer as known at `now`, those that are due included. */
export function timersOf(clock: OfferClock, now: number): Timer[] {
  const { facts, calendar, sla } = clock;
  const wakes = facts.pauses.flatMap((pause): Timer[] => {
    const ends = pause.to === null && facts.closedAt === null ? pauseEndsAt(pause, calendar, sla.pauses) : null;
    return ends === null || ends < now
      ? []
      : [{ deadline: 'pause', period: 1, kind: 'wake', key: String(pause.from), dueAt: ends }];
  });
  return [...deadlinesAt(clock, now).flatMap(timersOfDeadline), ...wakes];
}

function timersOfDeadline({ name, period, state, dueAt, warnings, escalateAt }: Deadline): Timer[] {
  if ((state !== 'running' && state !== 'missed') || dueAt === null) return [];
  const of = { deadline: name, period };
  return [
    ...warnings.map(({ at, text }): Timer => ({ ...of, kind: 'warn', key: text, dueAt: at })),
    ...(escalateAt === null ? [] : [{ ...of, kind: 'escalate' as const, key: '', dueAt: escalateAt }]),
    { ...of, kind: 'miss', key: '', dueAt },
  ];
}

/** What a timer that is due comes to at `now`; null where it is not due any more: its deadline has moved, was met, or stands still. */
export function dueTo(timer: Timer, deadlines: readonly Deadline[], now: number): TimerVerdict | null {
  if (timer.kind === 'wake') return { outcome: 'woken', deadline: null };
  const deadline = deadlines.find(({ name, period }) => name === timer.deadline && period === timer.period);
  if (deadline === undefined || deadline.dueAt === null) return null;
  const { state, dueAt, metAt, escalateAt, warnings } = deadline;
  if (state !== 'running' && state !== 'missed') return null;
  const isOver = now > dueAt;
  switch (timer.kind) {
    case 'warn': {
      const warning = warnings.find(({ text }) => text === timer.key);
      if (warning === undefined || warning.at > now) return null;
      return { outcome: isOver ? 'late' : 'sent', deadline };
    }
    case 'escalate':
      if (escalateAt === null || escalateAt > now) return null;
      return { outcome: metAt === null ? 'sent' : 'late', deadline };
    case 'miss':
      if (!isOver) return null;
      return { outcome: metAt === null ? 'done' : 'late', deadline };
  }
}

export interface TimerVerdict {
  readonly outcome: TimerOutcome;
  readonly deadline: Deadline | null;
}
