const DAY_MS = 86_400_000;
const CALENDAR_DATE = /^\d{4}-\d{2}-\d{2}$/;
/** With its offset: without one the machine's own time zone would decide. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$/;

/**
 * A place in time that instants and calendar dates share. A date has no time, so it stands after every instant of its
 * (UTC) day and before every instant of the next.
 */
export interface Moment {
  /** Epoch milliseconds; of a date: the start of the next day. */
  readonly ms: number;
  /** 0: a date, 1: an instant. At equal `ms` the date, which ends there, comes first. */
  readonly rank: 0 | 1;
}

/** Reads an ISO instant or a calendar date YYYY-MM-DD. Throws a RangeError, with the text, on anything else. */
export function momentOf(text: string): Moment {
  const isDate = text.length === 10 && CALENDAR_DATE.test(text);
  const ms = isDate || INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new RangeError(`"${text}" is neither an ISO instant with its offset nor a calendar date (YYYY-MM-DD)`);
  return isDate ? { ms: ms + DAY_MS, rank: 0 } : { ms, rank: 1 };
}

/** Negative where `a` is before `b`, 0 where they are the same moment. */
export function compareMoments(a: Moment, b: Moment): number {
  return a.ms === b.ms ? a.rank - b.rank : a.ms - b.ms;
}

/**
 * Whether `at` is not earlier than `days` days before `end`. Where the end is a date, days are calendar days and the first
 * counts whole; a date is within as long as any instant of it is.
 */
export function isWithin(at: Moment, end: Moment, days: number): boolean {
  const earliest = end.ms - (days + (end.rank === 0 ? 1 : 0)) * DAY_MS;
  return at.rank === 0 ? at.ms > earliest : at.ms >= earliest;
}

/** Orders ids by code unit: the same on every machine, whatever its language. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
