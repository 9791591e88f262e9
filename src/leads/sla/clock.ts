/**
 * The clock of an offer: from what has happened to it, its policy and its calendar to the list of its deadlines. A pure
 * function of facts and time, so that it makes no difference when, how often or on which machine it is asked.
 *
 * A pause stops every clock of the offer: what was left when it began is left when it ends, in the time that the deadline
 * counts. Nothing is walked through: each deadline is found by adding its time to the stretches between pauses.
 */
import type { DeadlineRule, Policy } from './compile-policies.ts';
import type { Duration, Moment } from './duration.ts';
import type { PauseReason } from './sla.ts';
import { type Consequence, DEADLINES, type DeadlineName } from './sla-schema.ts';
import type { WorkingTime } from './working-time.ts';

/** What has happened to an offer. Instants are epoch milliseconds; null: not yet. */
export interface OfferFacts {
  readonly offeredAt: number;
  readonly answer: { readonly at: number; readonly accepted: boolean } | null;
  readonly firstTouchAt: number | null;
  /** Every report of the partner on the lead. */
  readonly reports: readonly number[];
  readonly pauses: readonly { readonly from: number; readonly to: number | null; readonly reason: string }[];
  readonly extensions: readonly { readonly deadline: DeadlineName; readonly at: number }[];
  /** When the offer ended: rejected, expired, recalled, or its lead closed. */
  readonly closedAt: number | null;
}

/**
 * `waiting`: what it counts from has not happened. `running`, `paused`: counts, stands still. `met`: done in time (at the
 * very deadline is in time). `missed`: the deadline is over, whether or not it was done later. `over`: the offer ended
 * before it.
 */
export type DeadlineState = 'waiting' | 'running' | 'paused' | 'met' | 'missed' | 'over';

export interface Deadline {
  readonly name: DeadlineName;
  /** The how-manieth of its name, from 1: every report starts a new `refresh`. */
  readonly period: number;
  readonly state: DeadlineState;
  /** What it counts from; null while it waits, and so are the instants below. */
  readonly startsAt: number | null;
  /** While paused: when it would be if the clock went on now. */
  readonly dueAt: number | null;
  /** By their text, which names a warning: its instant moves with pauses and extensions. */
  readonly warnings: readonly { readonly at: number; readonly text: string }[];
  readonly escalateAt: number | null;
  readonly metAt: number | null;
  /** What is left until it, in milliseconds of the time it counts; 0 once it is over. */
  readonly remainingMs: number;
  readonly extensions: { readonly granted: number; readonly left: number };
  readonly missed: Consequence;
}

/** How time is counted: between two instants, and from one on. */
interface Counter {
  between(from: number, to: number): number;
  after(from: number, ms: number): number;
}

const ELAPSED: Counter = { between: (from, to) => Math.max(0, to - from), after: (from, ms) => from + ms };

/** A stretch of time in which the clock stands still; an open one is still going on at its end, which is now. */
interface Pause {
  readonly from: number;
  readonly to: number;
  readonly open: boolean;
}

/**
 * The deadlines of an offer as known at `now`: what happens later is not looked at, so asking for an earlier time gives
 * what was answered then.
 * @param policy with its time to accept filled in (withOffer)
 */
export function deadlinesOf(
  facts: OfferFacts,
  policy: Policy,
  calendar: WorkingTime,
  reasons: ReadonlyMap<string, PauseReason>,
  now: number,
): Deadline[] {
  const until = Math.min(now, facts.closedAt ?? now);
  const known = asOf(facts, now, until);
  const pauses = pausesOf(known, calendar, reasons, until);
  return DEADLINES.flatMap((name) => {
    const rule = policy.deadlines[name];
    if (!rule) return [];
    const spans = spansOf(name, known, policy);
    return spans.map((span, n) => deadlineOf({ name, period: n + 1, rule, span, known, pauses, calendar, now, until }));
  });
}

/** The next instant after `now` at which a running deadline asks for something: a warning, an escalation, its end. */
export function nextMoment(deadlines: readonly Deadline[], now: number): number | null {
  const moments = deadlines
    .filter(({ state }) => state === 'running')
    .flatMap(({ warnings, escalateAt, dueAt }) => [...warnings.map(({ at }) => at), escalateAt, dueAt])
    .filter((at) => at !== null && at > now);
  return moments.length === 0 ? null : Math.min(...moments.map(Number));
}

/** When so much time has passed from an instant, by the calendar where it counts. */
export function dueAfter(from: number, duration: Duration, calendar: WorkingTime): number {
  if (duration.unit === 'working-days') return calendar.afterDays(from, duration.days);
  return duration.counting === 'working' ? calendar.after(from, duration.ms) : from + duration.ms;
}

interface Span {
  readonly from: number | null;
  readonly metAt: number | null;
}

/** What each deadline of a name counts from, and by what it is met. */
function spansOf(name: DeadlineName, { offeredAt, answer, firstTouchAt, reports }: OfferFacts, policy: Policy): Span[] {
  const acceptedAt = answer?.accepted ? answer.at : null;
  const [firstReport = null] = reports;
  switch (name) {
    case 'accept':
      return [{ from: offeredAt, metAt: answer?.at ?? null }];
    case 'first-touch':
      return [{ from: acceptedAt, metAt: firstTouchAt }];
    case 'report-back':
      return [{ from: acceptedAt, metAt: firstReport }];
    case 'refresh': {
      // Where no first report is asked for, the acceptance is what is refreshed.
      const marks = policy.deadlines['report-back'] || acceptedAt === null ? reports : [acceptedAt, ...reports];
      if (marks.length === 0) return [{ from: null, metAt: null }];
      return marks.map((from, n) => ({ from, metAt: marks[n + 1] ?? null }));
    }
  }
}

interface Question {
  readonly name: DeadlineName;
  readonly period: number;
  readonly rule: DeadlineRule;
  readonly span: Span;
  readonly known: OfferFacts;
  readonly pauses: readonly Pause[];
  readonly calendar: WorkingTime;
  readonly now: number;
  /** Now, or the end of the offer. */
  readonly until: number;
}

function deadlineOf({ name, period, rule, span, known, pauses, calendar, now, until }: Question): Deadline {
  const { from, metAt } = span;
  const { within, extend, missed } = rule;
  if (from === null) {
    const waits = { startsAt: null, dueAt: null, warnings: [], escalateAt: null, metAt: null, remainingMs: 0 };
    const state = known.closedAt === null ? 'waiting' : 'over';
    return { ...waits, name, period, state, extensions: { granted: 0, left: extend?.times ?? 0 }, missed };
  }
  if (within === null)
    throw new RangeError(`the time to ${name} is left to routing.yaml's offer and was not filled in`);
  const counter = within.counting === 'working' ? calendar : ELAPSED;
  const stops = pauses.filter(({ to }) => to > from).map((pause) => ({ ...pause, from: Math.max(pause.from, from) }));
  // Without pauses the deadline is this instant; with them, the one by which the same time has passed outside of them.
  let unpaused = dueAfter(from, within, calendar);
  const due = () => instantAfter(from, counter.between(from, unpaused), unpaused, stops, counter);
  let granted = 0;
  for (const { deadline, at } of known.extensions) {
    const asked = deadline === name && at >= from && (metAt === null || at < metAt);
    if (!extend || !asked || granted >= extend.times || at > due()) continue;
    unpaused = dueAfter(unpaused, extend.by, calendar);
    granted += 1;
  }
  const dueAt = due();
  const passes = counter.between(from, unpaused);
  const instantOf = (moment: Moment): number | null => {
    const passed = passedAt(moment, from, unpaused, calendar, counter);
    if (passed === null) return null;
    return passed === passes ? dueAt : instantAfter(from, passed, counter.after(from, passed), stops, counter);
  };
  const state = stateOf(dueAt, metAt, known.closedAt, stops, now);
  return {
    ...{ name, period, state, startsAt: from, dueAt, metAt, missed },
    warnings: rule.warnings.flatMap((moment) => {
      const at = instantOf(moment);
      return at === null || at >= dueAt ? [] : [{ at, text: moment.text }];
    }),
    escalateAt: rule.escalate && (instantOf(rule.escalate) ?? dueAt),
    remainingMs: state === 'missed' ? 0 : passes - ran(from, metAt ?? until, stops, counter),
    extensions: { granted, left: (extend?.times ?? 0) - granted },
  };
}

function stateOf(
  dueAt: number,
  metAt: number | null,
  closedAt: number | null,
  stops: readonly Pause[],
  now: number,
): DeadlineState {
  if (metAt !== null) return metAt <= dueAt ? 'met' : 'missed';
  // An offer that expired was closed at its deadline.
  if (closedAt !== null) return closedAt >= dueAt ? 'missed' : 'over';
  if (now > dueAt) return 'missed';
  return stops.some(({ open }) => open) ? 'paused' : 'running';
}

/** How much of the time until a deadline has passed at a warning; null where that is not between the two. */
function passedAt(
  moment: Moment,
  from: number,
  unpaused: number,
  calendar: WorkingTime,
  counter: Counter,
): number | null {
  const passes = counter.between(from, unpaused);
  if (moment.kind === 'share') return Math.round((passes * moment.percent) / 100);
  const { duration, kind } = moment;
  const passed =
    kind === 'after-start'
      ? counter.between(from, dueAfter(from, duration, calendar))
      : passes -
        (duration.unit === 'time'
          ? duration.ms
          : counter.between(calendar.afterDays(unpaused, -duration.days), unpaused));
  return passed > 0 && passed < passes ? passed : null;
}

/**
 * The instant by which so much time has passed from `from`, not counting pauses.
 * @param unpaused the answer where no pause takes time away: a deadline in a lunch break stays where it is
 */
function instantAfter(from: number, ms: number, unpaused: number, stops: readonly Pause[], counter: Counter): number {
  let [at, left, stood] = [from, ms, 0];
  for (const stop of stops) {
    const runs = counter.between(at, stop.from);
    if (left <= runs) break;
    left -= runs;
    at = stop.to;
    stood += counter.between(stop.from, stop.to);
  }
  return stood > 0 ? counter.after(at, left) : unpaused;
}

/** How much time has passed between two instants, not counting pauses. */
function ran(from: number, to: number, stops: readonly Pause[], counter: Counter): number {
  const within = stops.filter((stop) => stop.from < to);
  const stood = within.reduce((sum, stop) => sum + counter.between(stop.from, Math.min(stop.to, to)), 0);
  return counter.between(from, to) - stood;
}

/** The pauses up to `until`, in order, those that overlap joined, none longer than its reason allows. */
function pausesOf(
  { pauses, closedAt }: OfferFacts,
  calendar: WorkingTime,
  reasons: ReadonlyMap<string, PauseReason>,
  until: number,
): Pause[] {
  const joined: Pause[] = [];
  for (const { from, to, reason } of [...pauses].sort((a, b) => a.from - b.from)) {
    const itself = pauseEndsAt({ from, reason }, calendar, reasons);
    const ends = Math.min(to ?? Number.POSITIVE_INFINITY, itself ?? Number.POSITIVE_INFINITY);
    const pause = { from, to: Math.min(ends, until), open: ends > until && closedAt === null };
    const last = joined.at(-1);
    if (last && pause.from <= last.to)
      joined.splice(-1, 1, { from: last.from, to: Math.max(last.to, pause.to), open: last.open || pause.open });
    else joined.push(pause);
  }
  return joined;
}

/** When a pause that nobody ends is over by itself; null: never. */
export function pauseEndsAt(
  { from, reason }: { readonly from: number; readonly reason: string },
  calendar: WorkingTime,
  reasons: ReadonlyMap<string, PauseReason>,
): number | null {
  const limit = reasons.get(reason)?.atMost;
  return limit ? dueAfter(from, limit, calendar) : null;
}

/** The facts up to `now`, in order. What came after the end of the offer is late feedback: it moves no deadline. */
function asOf(facts: OfferFacts, now: number, until: number): OfferFacts {
  const known = (at: number | null) => (at !== null && at <= until ? at : null);
  return {
    offeredAt: facts.offeredAt,
    answer: facts.answer && facts.answer.at <= until ? facts.answer : null,
    firstTouchAt: known(facts.firstTouchAt),
    reports: facts.reports.filter((at) => at <= until).sort((a, b) => a - b),
    pauses: facts.pauses.filter(({ from }) => from <= until).map((pause) => ({ ...pause, to: known(pause.to) })),
    extensions: facts.extensions.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at),
    closedAt: facts.closedAt !== null && facts.closedAt <= now ? facts.closedAt : null,
  };
}
