/**
 * Working time between instants, in closed form: the working intervals of a year are laid out once, with the sum of what
 * stands before each, and every question is a binary search in them. All instants are epoch milliseconds.
 *
 * Hours are those of the wall clock. Where the clock changes within them, what counts is the time that really passes: a
 * night shift from 00:00 to 06:00 is five hours in spring and seven in autumn (zone.ts says which instant a wall time is).
 */
import { type Calendar, type DayHours, hoursInYear } from './calendar.ts';
import type { DayNumber } from './holiday-rule.ts';
import { DAY, type LocalClock, localClock, YEARS } from './zone.ts';

export interface WorkingTime {
  readonly calendar: Calendar;
  /** Working milliseconds from one instant to a later one. */
  between(from: number, to: number): number;
  /** The first instant by which so much working time has passed; `from` itself for none. */
  after(from: number, ms: number): number;
  /**
   * The same wall time `days` working days later. A working day is a date with any working time. Asked between a day's
   * opening and its closing (breaks included), that wall time counts, held within the hours of the day it falls on; asked
   * at another time, the days that follow count whole, and the last one's closing is the answer. `days` can be negative.
   */
  afterDays(from: number, days: number): number;
  /** Every date from the one of `from` to the one of `to`, with what it counted of the time between them. */
  days(from: number, to: number): CountedDay[];
  /** The local time at an instant, as the epoch milliseconds it would be in UTC. */
  localAt(instant: number): number;
  /** The instant of a local time, as zone.ts says for hours that are skipped or come twice. */
  instantOf(local: number): number;
}

export interface CountedDay extends DayHours {
  readonly day: DayNumber;
  /** Working milliseconds counted on it. */
  readonly ms: number;
}

interface Year {
  readonly number: number;
  readonly clock: LocalClock;
  /** The instants between which the year's dates lie. */
  readonly start: number;
  readonly end: number;
  /** Its working intervals, and the working time before each; `before` has one entry more, the year's total. */
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly before: Float64Array;
  /** Its working days: their dates and the instants of opening and closing. */
  readonly dates: Float64Array;
  readonly opens: Float64Array;
  readonly closes: Float64Array;
  readonly hoursOn: (day: DayNumber) => DayHours;
}

const MEAN_YEAR = 365.2425 * DAY;

/** The working time of a calendar. Years are laid out when they are first asked for, and kept. */
export function workingTime(calendar: Calendar): WorkingTime {
  const years = new Map<number, Year>();
  const year = (number: number): Year => {
    let laidOut = years.get(number);
    if (laidOut === undefined) {
      if (!(number >= YEARS.first && number <= YEARS.last))
        throw new RangeError(
          `calendar "${calendar.name}" was asked for the year ${number}; it knows ${YEARS.first} to ${YEARS.last}`,
        );
      laidOut = layOut(calendar, number);
      years.set(number, laidOut);
    }
    return laidOut;
  };
  const yearAt = (instant: number): Year => {
    // At most one off: the turn of a year is looked for on either side.
    const guess = YEARS.first + Math.floor(instant / MEAN_YEAR);
    const near = year(Math.min(guess, YEARS.last));
    if (instant < near.start) return year(near.number - 1);
    return instant >= near.end ? year(near.number + 1) : near;
  };
  const between = (from: number, to: number): number => {
    if (to <= from) return 0;
    const [first, last] = [yearAt(from), yearAt(to)];
    let ms = workedBefore(last, to) - workedBefore(first, from);
    for (let number = first.number; number < last.number; number++) ms += total(year(number));
    return ms;
  };
  return {
    calendar,
    between,
    after(from, ms) {
      if (ms <= 0) return from;
      let at = yearAt(from);
      let left = ms + workedBefore(at, from);
      while (left > total(at)) {
        left -= total(at);
        at = year(at.number + 1);
      }
      const n = firstAtLeast(at.before, left) - 1;
      return value(at.from, n) + left - value(at.before, n);
    },
    afterDays(from, days) {
      let at = yearAt(from);
      const current = lastAtMost(at.opens, from);
      const within = current >= 0 && from <= value(at.closes, current);
      const wall = within ? at.clock.localAt(from) - value(at.dates, current) * DAY : null;
      let n = current + days;
      while (n >= at.dates.length) {
        n -= at.dates.length;
        at = year(at.number + 1);
      }
      while (n < 0) {
        at = year(at.number - 1);
        n += at.dates.length;
      }
      const closes = value(at.closes, n);
      if (wall === null) return closes;
      const sameTime = at.clock.instantOf(value(at.dates, n) * DAY + wall);
      return Math.min(Math.max(sameTime, value(at.opens, n)), closes);
    },
    days(from, to) {
      const dateAt = (instant: number) => Math.floor(yearAt(instant).clock.localAt(instant) / DAY);
      const counted: CountedDay[] = [];
      for (let day = dateAt(from); day <= dateAt(to); day++) {
        const { clock, hoursOn } = year(new Date(day * DAY).getUTCFullYear());
        const [start, end] = [clock.instantOf(day * DAY), clock.instantOf((day + 1) * DAY)];
        counted.push({ ...hoursOn(day), day, ms: between(Math.max(from, start), Math.min(to, end)) });
      }
      return counted;
    },
    localAt: (instant) => yearAt(instant).clock.localAt(instant),
    instantOf: (local) => year(new Date(local).getUTCFullYear()).clock.instantOf(local),
  };
}

function layOut(calendar: Calendar, number: number): Year {
  const clock = localClock(calendar.zone, number);
  const hoursOn = hoursInYear(calendar, number);
  const [first, next] = [Date.UTC(number, 0, 1) / DAY, Date.UTC(number + 1, 0, 1) / DAY];
  const [from, to, before]: [number[], number[], number[]] = [[], [], [0]];
  const [dates, opens, closes]: [number[], number[], number[]] = [[], [], []];
  let sum = 0;
  for (let day = first; day < next; day++) {
    let opened: number | null = null;
    for (const [fromMinute, toMinute] of hoursOn(day).hours) {
      const start = clock.instantOf(day * DAY + fromMinute * 60_000);
      const end = clock.instantOf(day * DAY + toMinute * 60_000);
      // Hours that the clock skips are none.
      if (end <= start) continue;
      from.push(start);
      to.push(end);
      sum += end - start;
      before.push(sum);
      opened ??= start;
    }
    if (opened === null) continue;
    dates.push(day);
    opens.push(opened);
    closes.push(to.at(-1) ?? opened);
  }
  const numbers = (list: number[]) => Float64Array.from(list);
  return {
    ...{ number, clock, hoursOn, start: clock.instantOf(first * DAY), end: clock.instantOf(next * DAY) },
    ...{ from: numbers(from), to: numbers(to), before: numbers(before) },
    ...{ dates: numbers(dates), opens: numbers(opens), closes: numbers(closes) },
  };
}

function total(year: Year): number {
  return value(year.before, year.from.length);
}

/** Working time from the start of the year to an instant in it. */
function workedBefore(year: Year, instant: number): number {
  const n = lastAtMost(year.from, instant);
  if (n < 0) return 0;
  return value(year.before, n) + Math.min(instant, value(year.to, n)) - value(year.from, n);
}

/** The last place whose value is at most `limit`, or -1. */
function lastAtMost(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(sorted, middle) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The first place whose value is at least `limit`, or the length. */
function firstAtLeast(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(sorted, middle) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function value(list: Float64Array, n: number): number {
  return list[n] ?? Number.NaN;
}
