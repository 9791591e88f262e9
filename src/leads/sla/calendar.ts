import type { DayNumber, HolidayDates } from './holiday-rule.ts';
import { weekdayOf } from './holiday-rule.ts';
import { YEARS } from './zone.ts';

/** Working hours within one day, in minutes from its midnight: [from, to), at most [0, 1440). */
export type Hours = readonly (readonly [from: number, to: number])[];

/** A day, or each year some days, with other hours than the weekday's. None: closed. */
export interface Holiday {
  readonly name: string;
  readonly dates: HolidayDates;
  readonly hours: Hours;
}

/** Days from the first to the last, both included, on which other hours hold: a closure has none. */
export interface SpecialDays {
  readonly name: string;
  readonly first: DayNumber;
  readonly last: DayNumber;
  readonly hours: Hours;
}

/** When a team works. What is later in the list of holidays, and the special days after them, goes before what is earlier. */
export interface Calendar {
  readonly name: string;
  /** IANA name. */
  readonly zone: string;
  /** By weekday, 0 Sunday to 6 Saturday; in order, none touching another. */
  readonly week: readonly Hours[];
  readonly holidays: readonly Holiday[];
  readonly special: readonly SpecialDays[];
}

/** The hours of one day, and the name of the holiday, closure or opening that gives them; null: the weekday's own. */
export interface DayHours {
  readonly hours: Hours;
  readonly because: string | null;
}

/** The hours of every day of a year: a look-up by day, made once a year. */
export function hoursInYear(calendar: Calendar, year: number): (day: DayNumber) => DayHours {
  const other = new Map<DayNumber, DayHours>();
  for (const { name, dates, hours } of calendar.holidays) {
    // 1 January can be moved into the year before, 31 December into the year after.
    for (const own of [year - 1, year, year + 1])
      for (const day of dates(own)) if (yearOf(day) === year) other.set(day, { hours, because: name });
  }
  for (const { name, first, last, hours } of calendar.special) {
    const from = Math.max(first, Date.UTC(year, 0, 1) / 86_400_000);
    for (let day = from; day <= last && yearOf(day) === year; day++) other.set(day, { hours, because: name });
  }
  return (day) => other.get(day) ?? { hours: calendar.week[weekdayOf(day)] ?? [], because: null };
}

/** Hours in order, those that touch joined; null where two of them overlap. */
export function orderedHours(hours: Hours): Hours | null {
  const sorted = [...hours].sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = joined.at(-1);
    if (last && from < last[1]) return null;
    if (last && from === last[1]) last[1] = to;
    else joined.push([from, to]);
  }
  return joined;
}

/** The hours from "09:00-12:30", or null. Hours over midnight are none: they are written as two, one a day. */
export function readHours(text: string): readonly [from: number, to: number] | null {
  const [, fromHour, fromMinute, toHour, toMinute] = /^(\d\d):(\d\d) ?- ?(\d\d):(\d\d)$/.exec(text.trim()) ?? [];
  if (fromHour === undefined || Number(fromMinute) > 59 || Number(toMinute) > 59) return null;
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  return from < to && to <= 1440 ? [from, to] : null;
}

/** "09:00-12:30". */
export function hoursText([from, to]: readonly [number, number]): string {
  return `${clockText(from)}-${clockText(to)}`;
}

function clockText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

function yearOf(day: DayNumber): number {
  return new Date(day * 86_400_000).getUTCFullYear();
}

/** Whether a day is in the years that calendars know. */
export function isKnown(day: DayNumber): boolean {
  return yearOf(day) >= YEARS.first && yearOf(day) <= YEARS.last;
}
