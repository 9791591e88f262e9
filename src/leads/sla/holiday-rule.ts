/**
 * Rules that say on which days of a year a holiday falls:
 *
 *     12-25                               each year, month and day
 *     2022-09-19                          once
 *     easter, easter -2, easter +39       days from Easter Sunday (Gregorian)
 *     orthodox +1                         days from Easter Sunday of the Eastern churches
 *     3rd monday in january               1st to 4th, last
 *     monday before 05-25                 also: monday on or before, after, on or after
 *
 * and, after any of these, what follows where it falls on a weekend: `if saturday then previous friday` moves it, `and if
 * sunday then next monday` adds a day. One rule can have several; each looks at the day that the first part gave.
 * docs/decisions/0012 says why these are our own.
 */
import { suggestion } from '../../mapping/yaml-file.ts';
import { DAY } from './zone.ts';

export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july'],
  ...['august', 'september', 'october', 'november', 'december'],
];
const PLACES = ['1st', '2nd', '3rd', '4th', 'last'];

/** A calendar date as days since 1970-01-01. */
export type DayNumber = number;

/** The days on which a rule falls, by its own year: a holiday moved from 1 January may fall in the year before. */
export type HolidayDates = (year: number) => DayNumber[];

/** Why a text is no rule. */
export interface RuleFault {
  readonly message: string;
  readonly hint: string;
}

/** 0 Sunday to 6 Saturday. */
export function weekdayOf(day: DayNumber): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** "2026-11-22" of a day. */
export function dateText(day: DayNumber): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** The day of "2026-11-22", or null for a text that is no date of the calendar. */
export function dayOf(text: string): DayNumber | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  return year === undefined ? null : dayNumber(Number(year), Number(month), Number(day));
}

/** Reads a rule, or says what is wrong with it. */
export function readHolidayRule(text: string): HolidayDates | RuleFault {
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const [base = '', ...shifts] = words.split(/(?<! and) (?=(?:and )?if )/);
  const dates = readBase(base);
  if ('message' in dates) return dates;
  const moves: Move[] = [];
  for (const shift of shifts) {
    const move = readMove(shift);
    if ('message' in move) return move;
    moves.push(move);
  }
  return (year) => dates(year).flatMap((day) => moved(day, moves));
}

function readBase(base: string): HolidayDates | RuleFault {
  const once = dayOf(base);
  if (once !== null) return (year) => (new Date(once * DAY).getUTCFullYear() === year ? [once] : []);
  const [, month, date] = /^(?:\d{4}-)?(\d\d)-(\d\d)$/.exec(base) ?? [];
  if (month !== undefined) {
    const at = monthAndDay(`${month}-${date}`);
    if (at === null || base.length > 5)
      return { message: `"${base}" is no date`, hint: 'dates are written 12-25 or 2026-12-25' };
    // 29 February is a day of leap years alone.
    return (year) => [dayNumber(year, ...at)].filter((day) => day !== null);
  }
  const [, church, sign, days] = /^(easter|orthodox)(?: ?([+-]) ?(\d{1,3}))?$/.exec(base) ?? [];
  if (church !== undefined) {
    const shift = Number(days ?? 0) * (sign === '-' ? -1 : 1);
    const sunday = church === 'easter' ? gregorianEaster : orthodoxEaster;
    return (year) => [sunday(year) + shift];
  }
  const [, place = '', named = '', monthName = ''] = /^(\S+) (\S+) in (\S+)$/.exec(base) ?? [];
  if (place !== '') return readNth(place, named, monthName);
  const [, weekdayName = '', relation = '', about = ''] =
    /^(\S+) (before|after|on or before|on or after) (\S+)$/.exec(base) ?? [];
  if (weekdayName !== '') return readNear(weekdayName, relation, about);
  return {
    message: `"${base}" is no rule for a holiday`,
    hint: 'such as 12-25, 2026-12-24, easter -2, 3rd monday in january, monday before 05-25',
  };
}

function readNth(place: string, named: string, monthName: string): HolidayDates | RuleFault {
  const month = MONTHS.indexOf(monthName);
  const weekday = weekdayNamed(named);
  if (!PLACES.includes(place)) return unknown('place', place, PLACES);
  if (weekday < 0) return unknown('weekday', named, WEEKDAYS);
  if (month < 0) return unknown('month', monthName, MONTHS);
  if (place === 'last') return (year) => [onOrBefore(firstOf(year, month + 1) - 1, weekday)];
  const weeks = PLACES.indexOf(place);
  return (year) => [onOrBefore(firstOf(year, month) + 6, weekday) + 7 * weeks];
}

function readNear(weekdayName: string, relation: string, about: string): HolidayDates | RuleFault {
  const weekday = weekdayNamed(weekdayName);
  const at = monthAndDay(about);
  if (weekday < 0) return unknown('weekday', weekdayName, WEEKDAYS);
  if (at === null || about === '02-29')
    return { message: `"${about}" is no date of every year`, hint: 'dates are written 12-25' };
  const late = { before: -1, 'on or before': 0, after: 7, 'on or after': 6 }[relation] ?? 0;
  return (year) => [onOrBefore((dayNumber(year, ...at) ?? 0) + late, weekday)];
}

interface Move {
  readonly on: readonly number[];
  readonly to: number;
  readonly back: boolean;
  /** True where the day itself stays a holiday too. */
  readonly keeps: boolean;
}

function readMove(text: string): Move | RuleFault {
  const [, keeps, on = '', way, to = ''] = /^(and )?if (.+) then (next|previous) (\S+)$/.exec(text) ?? [];
  if (way === undefined)
    return { message: `"${text}" says nothing of where the day goes`, hint: 'as in "if sunday then next monday"' };
  const names = on.split(/, ?| or /);
  const wrong = [...names, to].find((name) => weekdayNamed(name) < 0);
  if (wrong !== undefined) return unknown('weekday', wrong, WEEKDAYS);
  return { on: names.map(weekdayNamed), to: weekdayNamed(to), back: way === 'previous', keeps: keeps !== undefined };
}

function moved(day: DayNumber, moves: readonly Move[]): DayNumber[] {
  const move = moves.find(({ on }) => on.includes(weekdayOf(day)));
  if (move === undefined) return [day];
  const target = move.back ? onOrBefore(day - 1, move.to) : onOrBefore(day + 7, move.to);
  return move.keeps ? [day, target] : [target];
}

function unknown(kind: string, word: string, known: readonly string[]): RuleFault {
  return { message: `unknown ${kind} "${word}"`, hint: suggestion(word, known) ?? `known: ${known.join(', ')}` };
}

function weekdayNamed(name: string): number {
  return (WEEKDAYS as readonly string[]).indexOf(name);
}

function onOrBefore(day: DayNumber, weekday: number): DayNumber {
  return day - ((weekdayOf(day) - weekday + 7) % 7);
}

function firstOf(year: number, month: number): DayNumber {
  return Date.UTC(year, month, 1) / DAY;
}

function monthAndDay(text: string): [month: number, day: number] | null {
  const [, month, day] = /^(\d\d)-(\d\d)$/.exec(text) ?? [];
  // 2000 was a leap year: it has every date there is.
  if (month === undefined || dayNumber(2000, Number(month), Number(day)) === null) return null;
  return [Number(month), Number(day)];
}

function dayNumber(year: number, month: number, day: number): DayNumber | null {
  const at = new Date(Date.UTC(year, month - 1, day));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? at.getTime() / DAY : null;
}

/** Easter Sunday of the Gregorian calendar, by the anonymous algorithm of 1876 (Meeus, Astronomical Algorithms, ch. 8). */
function gregorianEaster(year: number): DayNumber {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const days = h + l - 7 * m + 114;
  return Date.UTC(year, Math.floor(days / 31) - 1, (days % 31) + 1) / DAY;
}

/** Easter Sunday of the Julian calendar (Meeus, ch. 8) as a Gregorian date. */
function orthodoxEaster(year: number): DayNumber {
  const d = (19 * (year % 19) + 15) % 30;
  const e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
  const days = d + e + 114;
  const behind = Math.floor(year / 100) - Math.floor(year / 400) - 2;
  return Date.UTC(year, Math.floor(days / 31) - 1, (days % 31) + 1) / DAY + behind;
}
