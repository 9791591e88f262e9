/**
 * How long a deadline leaves, as people write it. `48h`, `30m` and `2d` are time as it passes, nights and holidays
 * included (a day is 24 hours). `8 working hours`, `90 working minutes` and `2 working days` count by a calendar.
 */

/** What time is counted in: as it passes, or by the working hours of a calendar. */
export type Counting = 'elapsed' | 'working';

export type Duration =
  | { readonly unit: 'time'; readonly counting: Counting; readonly ms: number; readonly text: string }
  | { readonly unit: 'working-days'; readonly counting: 'working'; readonly days: number; readonly text: string };

/** When a warning comes, against the deadline it warns of. */
export type Moment =
  | { readonly kind: 'share'; readonly percent: number; readonly text: string }
  | { readonly kind: 'after-start' | 'before-end'; readonly duration: Duration; readonly text: string };

export const DURATION_FORM = 'a time looks like 48h, 30m, 2d, 8 working hours or 2 working days';
export const MOMENT_FORM = 'a warning looks like 75%, 4h (after the start) or 4 working hours before';

const ELAPSED = /^(\d{1,5}) ?([mhd])$/;
const WORKING = /^(\d{1,5}) working (minute|hour|day)s?$/;
const UNITS: Readonly<Record<string, number>> = {
  ...{ m: 60_000, h: 3_600_000, d: 86_400_000 },
  ...{ minute: 60_000, hour: 3_600_000 },
};

/** Reads a time, or null where it is none. */
export function readDuration(text: string): Duration | null {
  const said = text.trim().replace(/\s+/g, ' ');
  const working = WORKING.exec(said);
  if (working?.[2] === 'day')
    return { unit: 'working-days', counting: 'working', days: Number(working[1]), text: said };
  const [, count, unit] = working ?? ELAPSED.exec(said) ?? [];
  if (unit === undefined) return null;
  return {
    unit: 'time',
    counting: working ? 'working' : 'elapsed',
    ms: Number(count) * (UNITS[unit] ?? 0),
    text: said,
  };
}

/** Reads when a warning comes, or null where the text does not say it. */
export function readMoment(text: string): Moment | null {
  const said = text.trim().replace(/\s+/g, ' ');
  const share = /^(\d{1,3}) ?%$/.exec(said);
  if (share) return { kind: 'share', percent: Number(share[1]), text: said };
  const before = said.endsWith(' before');
  const duration = readDuration(before ? said.slice(0, -' before'.length) : said);
  return duration && { kind: before ? 'before-end' : 'after-start', duration, text: said };
}

/** The longest that a deadline may leave: two years, counting eight hours a working day. */
const LONGEST = { elapsedMs: 731 * 86_400_000, workingMs: 4_160 * 3_600_000, workingDays: 520 };

/** What is wrong with a time as the length of a deadline; null where nothing is. */
export function lengthFault(duration: Duration): string | null {
  const length = lengthOf(duration);
  if (length <= 0) return 'a deadline must leave some time';
  const longest =
    duration.unit === 'working-days'
      ? LONGEST.workingDays
      : duration.counting === 'working'
        ? LONGEST.workingMs
        : LONGEST.elapsedMs;
  return length > longest ? `"${duration.text}" is longer than two years` : null;
}

/**
 * What is wrong with a warning for a deadline of this length; null where nothing is. `within` is null where routing.yaml
 * says it: then only a share surely comes before the deadline. Working days and working hours can be compared only by a
 * calendar: such a warning is right here and, at worst, is left out when the deadline is known.
 * @param mayBeAtDeadline whether 100% is a time for it, as it is for an escalation
 */
export function momentFault(moment: Moment, within: Duration | null, mayBeAtDeadline: boolean): string | null {
  if (moment.kind === 'share') {
    if (moment.percent < 1) return AT_ONCE;
    return moment.percent < 100 || (moment.percent === 100 && mayBeAtDeadline) ? null : TOO_LATE;
  }
  if (within === null) return `"${moment.text}" needs a "within" beside it; without one write a share, as in 50%`;
  const { duration, kind } = moment;
  if (duration.counting !== within.counting)
    return `the deadline counts ${words(within.counting)}, and "${moment.text}" ${words(duration.counting)}`;
  if (lengthOf(duration) <= 0) return kind === 'before-end' ? TOO_LATE : AT_ONCE;
  if (duration.unit !== within.unit || lengthOf(duration) < lengthOf(within)) return null;
  return kind === 'before-end' ? `"${moment.text}" is not within "${within.text}"` : TOO_LATE;
}

const AT_ONCE = 'a warning at 0 would come with the offer itself';
const TOO_LATE = 'a warning must come before the deadline';

function lengthOf(duration: Duration): number {
  return duration.unit === 'working-days' ? duration.days : duration.ms;
}

function words(counting: Counting): string {
  return counting === 'elapsed' ? 'time as it passes' : 'working time';
}
