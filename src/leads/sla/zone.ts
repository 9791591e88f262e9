import { Temporal } from 'temporal-polyfill';

/** The years that calendars know; clocks before 1970 were set by other rules than today's. */
export const YEARS = { first: 1970, last: 2199 } as const;

export const DAY = 86_400_000;

/**
 * The local clock of a zone in one year and the two days on either side: stretches of time with one offset each. A local
 * time is written as the epoch milliseconds it would be in UTC.
 */
export interface LocalClock {
  /** The local time that the clock shows at an instant. */
  localAt(instant: number): number;
  /**
   * The first instant at which the clock shows this local time or a later one. So an hour that the clock skips is an
   * instant, and one that it shows twice begins with its first showing and ends when the clock has passed it for good.
   */
  instantOf(local: number): number;
}

/** What is known of names that were asked about. Records of partners name few zones, so more than these are rubbish and forgotten. */
const asked = new Map<string, boolean>();
const ASKED_AT_MOST = 1_000;

/** Whether a name is an IANA time zone with daylight saving rules of its own ("Europe/Berlin", "UTC"; not "+02:00"). */
export function isZone(name: string): boolean {
  const before = asked.get(name);
  if (before !== undefined) return before;
  const known = isKnown(name);
  if (asked.size >= ASKED_AT_MOST) asked.clear();
  asked.set(name, known);
  return known;
}

/** Asks the runtime, which takes some 50 microseconds: too much for every offer. */
function isKnown(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The clock of a zone around one year; throws a RangeError for a zone that is none. */
export function localClock(zone: string, year: number): LocalClock {
  const from = Date.UTC(year, 0, 1) - 2 * DAY;
  const until = Date.UTC(year + 1, 0, 1) + 2 * DAY;
  const starts = [Number.NEGATIVE_INFINITY];
  const first = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
  const offsets = [offsetOf(first)];
  for (let next = first.getTimeZoneTransition('next'); next !== null; next = next.getTimeZoneTransition('next')) {
    if (next.epochMilliseconds > until) break;
    starts.push(next.epochMilliseconds);
    offsets.push(offsetOf(next));
  }
  const offset = (n: number) => offsets[n] ?? 0;
  const start = (n: number) => starts[n] ?? Number.POSITIVE_INFINITY;
  return {
    localAt(instant) {
      let n = starts.length - 1;
      while (instant < start(n)) n--;
      return instant + offset(n);
    },
    instantOf(local) {
      let n = 0;
      while (start(n + 1) + offset(n) <= local) n++;
      return Math.max(start(n), local - offset(n));
    },
  };
}

function offsetOf(time: Temporal.ZonedDateTime): number {
  return time.offsetNanoseconds / 1_000_000;
}
