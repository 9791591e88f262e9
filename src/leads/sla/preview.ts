import { iso } from '../../model/clock.ts';
import { hoursText } from './calendar.ts';
import { type Deadline, deadlinesOf, type OfferFacts } from './clock.ts';
import type { Policy } from './compile-policies.ts';
import type { Duration } from './duration.ts';
import { dateText, WEEKDAYS, weekdayOf } from './holiday-rule.ts';
import type { Consequence, DeadlineName } from './sla-schema.ts';
import type { CountedDay, WorkingTime } from './working-time.ts';

/** An instant in the zone of the calendar ("2026-12-24 09:30") and in UTC (ISO). */
export interface PreviewTime {
  readonly local: string;
  readonly utc: string;
}

export interface PreviewDay {
  readonly date: string;
  readonly weekday: string;
  /** The hours worked on it ("09:00-17:00"); none: closed. */
  readonly hours: readonly string[];
  /** The holiday, closure or opening that gives the hours; null: the weekday's own. */
  readonly because: string | null;
  /** What it counted, in minutes. */
  readonly minutes: number;
}

export interface PreviewDeadline {
  readonly name: DeadlineName;
  readonly within: string;
  readonly counts: 'working time' | 'time as it passes';
  readonly due: PreviewTime;
  readonly warnings: readonly (PreviewTime & { readonly at: string })[];
  readonly escalation: PreviewTime | null;
  readonly missed: Consequence;
  /** Working minutes from start to deadline, whatever it counts. */
  readonly workingMinutes: number;
  readonly days: readonly PreviewDay[];
  /** Days on which a holiday or closure kept work from being done. */
  readonly skipped: readonly { readonly date: string; readonly name: string }[];
}

export interface Preview {
  readonly policy: string;
  readonly calendar: string;
  readonly zone: string;
  readonly from: PreviewTime;
  readonly deadlines: readonly PreviewDeadline[];
  readonly rounds: { readonly atMost: number; readonly after: string } | null;
}

/** When each deadline of a policy falls, each as if its clock started at `from`, without pauses and extensions. */
export function previewPolicy(policy: Policy, calendar: WorkingTime, from: number): Preview {
  const { name, zone } = calendar.calendar;
  return {
    ...{ policy: policy.name, calendar: name, zone, from: timeOf(calendar, from), rounds: policy.rounds },
    deadlines: startedAt(from, policy, calendar).flatMap((deadline) => {
      const within = policy.deadlines[deadline.name]?.within;
      return within && deadline.dueAt !== null ? [previewOf(deadline, within, deadline.dueAt, calendar, from)] : [];
    }),
  };
}

/** Every deadline of the policy, each at the moment at which what it counts from happens. */
function startedAt(from: number, policy: Policy, calendar: WorkingTime): Deadline[] {
  const offered: OfferFacts = {
    ...{ offeredAt: from, answer: null, firstTouchAt: null, reports: [], pauses: [], extensions: [], closedAt: null },
  };
  const accepted: OfferFacts = { ...offered, answer: { at: from, accepted: true } };
  const reported: OfferFacts = { ...accepted, reports: [from] };
  const stories: readonly (readonly [OfferFacts, readonly DeadlineName[]])[] = [
    [offered, ['accept']],
    [accepted, ['first-touch', 'report-back']],
    [reported, ['refresh']],
  ];
  return stories.flatMap(([facts, names]) => {
    const deadlines = deadlinesOf(facts, policy, calendar, new Map(), from);
    return names.flatMap((name) => deadlines.filter((each) => each.name === name && each.metAt === null));
  });
}

function previewOf(
  { name, warnings, escalateAt, missed }: Deadline,
  within: Duration,
  dueAt: number,
  calendar: WorkingTime,
  from: number,
): PreviewDeadline {
  const days = calendar.days(from, dueAt).map(dayOf);
  return {
    name,
    within: within.text,
    counts: within.counting === 'working' ? 'working time' : 'time as it passes',
    due: timeOf(calendar, dueAt),
    warnings: warnings.map(({ at, text }) => ({ at: text, ...timeOf(calendar, at) })),
    escalation: escalateAt === null ? null : timeOf(calendar, escalateAt),
    missed,
    workingMinutes: calendar.between(from, dueAt) / 60_000,
    days,
    skipped: days.flatMap(({ date, because, hours }) =>
      because !== null && hours.length === 0 ? [{ date, name: because }] : [],
    ),
  };
}

function dayOf({ day, hours, because, ms }: CountedDay): PreviewDay {
  const weekday = WEEKDAYS[weekdayOf(day)] ?? '';
  return { date: dateText(day), weekday, hours: hours.map(hoursText), because, minutes: ms / 60_000 };
}

function timeOf(calendar: WorkingTime, instant: number): PreviewTime {
  return { local: iso(calendar.localAt(instant)).slice(0, 16).replace('T', ' '), utc: iso(instant) };
}
