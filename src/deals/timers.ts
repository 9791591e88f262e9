/** What the clock of a registration will ask for. Each timer has a name: it fires once, however often its instant moves. Pure. */
import { iso } from '../model/clock.ts';
import type { Registration } from '../model/registration.ts';
import type { DealRules, Place } from './rules.ts';

/** `remind`: the approver is told that a decision is due. `missed`: it was not made in time. `expiring`: the end comes near. `expire`: it is there. */
export const TIMER_KINDS = ['remind', 'missed', 'expiring', 'expire'] as const;
export type DealTimerKind = (typeof TIMER_KINDS)[number];

export interface DealTimer {
  readonly registrationId: string;
  readonly kind: DealTimerKind;
  /** A warning's share, or its days and the extension it is about: a later end is warned of again. */
  readonly key: string;
  /** ISO instant. */
  readonly dueAt: string;
}

const DAY = 86_400_000;

/** The timers of a registration as it stands; none of one that is over. */
export function timersOf(registration: Registration, rules: DealRules, place: Place): DealTimer[] {
  const { id, state, submittedAt, decideBy, protectedUntil, extensions } = registration;
  const timer = (kind: DealTimerKind, key: string, at: number): DealTimer => ({
    ...{ registrationId: id, kind, key },
    dueAt: iso(at),
  });
  if (state === 'Pending' && decideBy !== null) {
    const from = Date.parse(submittedAt);
    const reminders = rules.warnAt.map((percent) =>
      timer('remind', `${percent}%`, rules.within.share(from, percent, place)),
    );
    return [...reminders, timer('missed', '', Date.parse(decideBy))];
  }
  if (state === 'Approved' && protectedUntil !== null) {
    const end = Date.parse(protectedUntil);
    const warnings = rules.protection.warn.map((days) =>
      timer('expiring', `${days} days, ${extensions}`, end - days * DAY),
    );
    return [...warnings, timer('expire', '', end)];
  }
  return [];
}

/** In the order in which timers that are due at once are let fire: nobody is warned of what has happened. */
export function byDue(a: DealTimer, b: DealTimer): number {
  if (a.dueAt !== b.dueAt) return a.dueAt < b.dueAt ? -1 : 1;
  const rank = TIMER_KINDS.indexOf(a.kind) - TIMER_KINDS.indexOf(b.kind);
  if (rank !== 0) return rank;
  const [left, right] = [`${a.registrationId} ${a.key}`, `${b.registrationId} ${b.key}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
