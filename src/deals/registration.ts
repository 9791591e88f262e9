/**
 * Deal registrations: what becomes of a partner's claim on a deal when somebody decides, extends, withdraws, when time passes and
 * when the deal itself is closed. Every move is a pure function of the registration, the rules and what is known at the time;
 * service/ loads, moves and saves. judge.ts finds conflicts, second.ts says who may have what another has, timers.ts what the
 * clock asks for, written.ts reads what people and CRMs write.
 */
import { iso } from '../model/clock.ts';
import { isProtected, type Registration, type RegistrationState } from '../model/registration.ts';
import type { Judged } from './judge.ts';
import { type AutoFacts, type DealRules, nextStep } from './rules.ts';
import { type Rival, whyNotSecond } from './second.ts';

const DAY = 86_400_000;

/** From each state, those it can become; what is missing here never happens. */
export const MOVES: Readonly<Record<RegistrationState, readonly RegistrationState[]>> = {
  Held: ['Pending', 'Approved', 'Rejected', 'Withdrawn'],
  Pending: ['Held', 'Approved', 'Rejected', 'Withdrawn'],
  Approved: ['Expired', 'Withdrawn', 'Won', 'Lost'],
  // Late news of a deal that was won within the window.
  Expired: ['Won'],
  // Deals are opened again, and closed otherwise.
  Won: ['Approved', 'Expired', 'Lost'],
  Lost: ['Approved', 'Expired', 'Won'],
  Rejected: [],
  Withdrawn: [],
};

export const HAPPENINGS = [
  'registered',
  'held',
  'corrected',
  'edited',
  'agreed',
  'approved',
  'rejected',
  'withdrawn',
  'extended',
  'converted',
  'reminded',
  'escalated',
  'expiring',
  'expired',
  'won',
  'lost',
  'reopened',
  'unlinked',
] as const;
export type Happening = (typeof HAPPENINGS)[number];

/** What happened to a registration, by whom, with what there is to know of it. */
export interface Happened {
  readonly kind: Happening;
  readonly by: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Moved {
  readonly registration: Registration;
  readonly happened: Happened;
}

/** A move that cannot be, why, and what to do. */
export interface Refused {
  readonly refused: string;
  readonly hint?: string;
}

/** What a decision rests on beside the registration. */
export interface Situation {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly rules: DealRules;
  readonly judged: Judged;
  /** Live registrations of other partners that are surely about the same company and product. */
  readonly rivals: readonly Rival[];
  readonly isIncumbent: boolean;
}

export const BY_RULE = 'sluice';

/** One step of the chain says yes; the last one needed approves. `despite`: although something other than a registration stands against it. */
export function approve(
  registration: Registration,
  { step, by, despite }: { readonly step: string | null; readonly by: string; readonly despite: boolean },
  situation: Situation,
): Moved | Refused {
  const { rules, now, judged } = situation;
  if (registration.state !== 'Pending') return wrongState(registration, 'approved', 'Pending');
  const names = rules.chain.map(({ name }) => name);
  const due = nextStep(registration);
  const wanted = step ?? due;
  if (wanted === null || !names.includes(wanted))
    return { refused: `the approval chain has no step "${wanted ?? ''}"`, hint: `It has ${names.join(', ')}.` };
  if (due !== null && names.indexOf(wanted) < names.indexOf(due))
    return { refused: `"${wanted}" has said yes already; it is the turn of "${due}"` };
  const against = whyNot(registration, despite, situation);
  if (against !== null) return against;
  const approvals = [...registration.approvals, { step: wanted, by, at: iso(now) }];
  // Who stands above all that are needed decides for them.
  const isAbove = names.indexOf(wanted) >= names.indexOf(registration.needed.at(-1) ?? wanted);
  const { verdict, conflicts } = judged;
  const agreed = { ...registration, approvals, verdict, conflicts };
  const next = isAbove ? null : nextStep(agreed);
  const detail = { step: wanted, ...(despite ? { despite: true } : {}) };
  if (next !== null) {
    const reason = `${wanted} has approved, ${next} must too`;
    return { registration: { ...agreed, reason }, happened: { kind: 'agreed', by, detail: { ...detail, next } } };
  }
  return granted(agreed, by, detail, rules, now);
}

/** Approves what the rule of the vendor lets through at once; null where it does not. */
export function approveByRule(
  registration: Registration,
  facts: AutoFacts,
  situation: Situation,
  why: 'auto' | 'missed' = 'auto',
): Moved | null {
  const { rules, now, judged } = situation;
  if (registration.state !== 'Pending' || judged.verdict !== 'clear') return null;
  if (why === 'auto' && !rules.auto?.(facts)) return null;
  if (whyNot(registration, false, situation) !== null) return null;
  const moved = granted({ ...registration, ...judged }, BY_RULE, { rule: why }, rules, now);
  return 'refused' in moved ? null : moved;
}

function whyNot(registration: Registration, despite: boolean, situation: Situation): Refused | null {
  const { rules, rivals, isIncumbent, judged, now } = situation;
  const second = whyNotSecond(registration, isIncumbent, rivals, rules, now);
  if (second !== null) return { refused: second, hint: `The rule for a second registrant is ${rules.second.rule}.` };
  const own = judged.conflicts.find(({ weight }) => weight === 'duplicate');
  if (own) return { refused: `its partner has registered the deal already (${own.id})`, hint: 'Reject one of them.' };
  const other = judged.conflicts.find(({ weight, kind }) => weight === 'conflict' && kind !== 'registration');
  if (other === undefined || despite) return null;
  return {
    refused: `${other.holder.name} has the company already (${other.kind} ${other.id}, ${other.state})`,
    hint: 'Reject it, or approve it with --despite-conflict.',
  };
}

function granted(
  registration: Registration,
  by: string,
  detail: Happened['detail'],
  { protection }: DealRules,
  now: number,
): Moved | Refused {
  const from = protection.from === 'submission' ? Date.parse(registration.submittedAt) : now;
  const until = from + protection.days * DAY;
  if (until <= now)
    return { refused: `its window would have ended on ${iso(until)}, before anybody approved it`, hint: 'Reject it.' };
  const protectedUntil = iso(until);
  return {
    registration: {
      ...registration,
      state: 'Approved',
      reason: `approved by ${by === BY_RULE ? 'rule' : by}; protected until ${protectedUntil}`,
      decidedAt: iso(now),
      protectedUntil,
    },
    happened: { kind: 'approved', by, detail: { ...detail, protectedUntil } },
  };
}

export function reject(registration: Registration, reason: string, by: string, now: number): Moved | Refused {
  if (registration.state !== 'Pending' && registration.state !== 'Held')
    return wrongState(registration, 'rejected', 'Pending', 'What is approved can be withdrawn.');
  if (reason.trim() === '') return { refused: 'a rejection needs a reason', hint: 'The partner is told it.' };
  return ended(registration, 'Rejected', 'rejected', reason.trim(), by, now);
}

export function withdraw(registration: Registration, reason: string, by: string, now: number): Moved | Refused {
  if (!MOVES[registration.state].includes('Withdrawn'))
    return wrongState(registration, 'withdrawn', 'Pending or Approved');
  return ended(registration, 'Withdrawn', 'withdrawn', reason.trim() || 'withdrawn by the partner', by, now);
}

/** Moves the end of a window, as often and as late as the rules allow. */
export function extend(registration: Registration, by: string, rules: DealRules, now: number): Moved | Refused {
  const { extension } = rules;
  if (registration.state !== 'Approved') return wrongState(registration, 'extended', 'Approved');
  if (extension === null) return { refused: 'deals.yaml lets no window be extended', hint: 'It has no "extension".' };
  if (!isProtected(registration, now))
    return {
      refused: `its window ended on ${registration.protectedUntil}`,
      hint: 'It is extended before the end only.',
    };
  if (registration.extensions >= extension.times)
    return { refused: `it was extended ${registration.extensions} times, as often as deals.yaml allows` };
  const end = Date.parse(registration.protectedUntil ?? '');
  if (extension.askWithin !== null && end - now > extension.askWithin * DAY)
    return {
      refused: `its window ends on ${registration.protectedUntil}: it is too early`,
      hint: `It can be extended in the last ${extension.askWithin} days.`,
    };
  const protectedUntil = iso(end + extension.days * DAY);
  const extensions = registration.extensions + 1;
  return {
    registration: {
      ...registration,
      extensions,
      protectedUntil,
      reason: `extended; protected until ${protectedUntil}`,
    },
    happened: { kind: 'extended', by, detail: { from: registration.protectedUntil, protectedUntil, extensions } },
  };
}

/** Ends a window whose time has come; null where it has not. */
export function expire(registration: Registration, now: number): Moved | null {
  const { state, protectedUntil } = registration;
  if (state !== 'Approved' || protectedUntil === null || now < Date.parse(protectedUntil)) return null;
  return {
    registration: { ...registration, state: 'Expired', reason: `its window ended on ${protectedUntil}` },
    happened: { kind: 'expired', by: BY_RULE, detail: { protectedUntil } },
  };
}

function ended(
  registration: Registration,
  state: 'Rejected' | 'Withdrawn',
  kind: 'rejected' | 'withdrawn',
  reason: string,
  by: string,
  now: number,
): Moved {
  const decidedAt = registration.decidedAt ?? iso(now);
  return { registration: { ...registration, state, reason, decidedAt }, happened: { kind, by, detail: { reason } } };
}

function wrongState({ id, state, reason }: Registration, done: string, needed: string, hint?: string): Refused {
  return { refused: `${id} is ${state} (${reason}); only what is ${needed} can be ${done}`, ...(hint ? { hint } : {}) };
}
