/** Calendars for the tests of the SLA: by hand, and random ones near the days on which clocks change. */
import fc from 'fast-check';
import type { WalkedCalendar } from '../../../bench/sla/minute-walk.ts';
import { type Calendar, type Hours, orderedHours, readHours } from '../../../src/leads/sla/calendar.ts';
import { dateText, dayOf, readHolidayRule } from '../../../src/leads/sla/holiday-rule.ts';
import { type WorkingTime, workingTime } from '../../../src/leads/sla/working-time.ts';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
const DAY = 86_400_000;

/** Zones with daylight saving in both hemispheres, at odd times and by half an hour, with none, and at the date line. */
const ZONES = [
  ...['Europe/Berlin', 'Europe/London', 'America/New_York', 'America/Havana', 'Atlantic/Azores', 'Asia/Beirut'],
  ...['Australia/Sydney', 'Australia/Lord_Howe', 'Pacific/Auckland', 'Pacific/Chatham', 'America/Santiago'],
  ...['Africa/Cairo', 'Africa/Casablanca', 'Antarctica/Troll', 'Pacific/Apia', 'America/St_Johns'],
  ...['UTC', 'Asia/Kolkata', 'Asia/Kathmandu', 'America/Sao_Paulo', 'Asia/Tokyo'],
];

/** A calendar from hours as people write them: "mon-fri" or all days, the same on each. */
export function calendar(
  zone: string,
  hours: readonly string[],
  more: Partial<Calendar> & { everyDay?: boolean } = {},
): WorkingTime {
  const { everyDay = false, ...rest } = more;
  const daily = hoursOf(hours);
  const week = Array.from({ length: 7 }, (_, day) => (everyDay || (day > 0 && day < 6) ? daily : []));
  return workingTime({ name: 'test', zone, week, holidays: [], special: [], ...rest });
}

function hoursOf(texts: readonly string[]): Hours {
  return texts.map((text) => readHours(text) ?? [0, 0]);
}

/** A day off, or with other hours. */
export function special(date: string, hours: readonly string[] = []): Calendar['special'][number] {
  const day = dayOf(date) ?? Number.NaN;
  return { name: date, first: day, last: day, hours: hoursOf(hours) };
}

/** An instant from a wall time with its offset. */
export function at(text: string): number {
  return Date.parse(text);
}

/** The same calendar twice: as it is computed with, and as it is walked. */
export interface TwoCalendars {
  readonly computed: WorkingTime;
  readonly walked: WalkedCalendar;
  /** A whole minute, often near a change of the clock. */
  readonly from: number;
}

/** Often within the hours at which clocks change. */
const anyMinute = fc.oneof(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 200 }));

const anyHours = fc
  .array(fc.tuple(anyMinute, fc.integer({ min: 1, max: 720 })), { minLength: 0, maxLength: 3 })
  .map((pairs): Hours => {
    const hours = pairs.map(([from, length]) => [from, Math.min(1440, from + length)] as const);
    return orderedHours(hours) ?? hours.slice(0, 1);
  });
const dayHours = fc.oneof(
  { weight: 3, arbitrary: anyHours },
  { weight: 1, arbitrary: fc.constant<Hours>([[0, 1440]]) },
);

export const twoCalendars: fc.Arbitrary<TwoCalendars> = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    week: fc.array(dayHours, { minLength: 7, maxLength: 7 }),
    year: fc.integer({ min: 1996, max: 2037 }),
    nearChange: fc.integer({ min: 0, max: 3 }),
    minute: fc.integer({ min: 0, max: 364 * 1440 }),
    around: fc.integer({ min: -2 * 1440, max: 0 }),
    others: fc.array(fc.tuple(fc.integer({ min: -3, max: 8 }), dayHours), { maxLength: 4 }),
    closed: fc.array(fc.integer({ min: -3, max: 8 }), { maxLength: 2 }),
  })
  .filter(({ week }) => week.reduce((sum, hours) => sum + hours.reduce((all, [a, b]) => all + b - a, 0), 0) >= 600)
  .map(({ zone, week, year, nearChange, minute, around, others, closed }) => {
    const change = nearChange > 0 ? changesOf(zone, year)[nearChange % 2] : undefined;
    const from = change === undefined ? Date.UTC(year, 0, 1) + minute * MINUTE : change + around * MINUTE;
    const today = Math.floor(from / DAY);
    const days = Object.fromEntries(others.map(([offset, hours]) => [dateText(today + offset), hours]));
    const closedYearly = closed.map((offset) => dateText(today + offset).slice(5));
    const computed = workingTime({
      ...{ name: 'random', zone, week },
      holidays: closedYearly.map((rule) => ({ name: rule, dates: datesOf(rule), hours: [] })),
      special: Object.entries(days).map(([date, hours]) => ({ ...special(date), hours })),
    });
    return { computed, walked: { zone, week, days, closedYearly }, from };
  });

function datesOf(rule: string): (year: number) => number[] {
  const dates = readHolidayRule(rule);
  if ('message' in dates) throw new Error(dates.message);
  return dates;
}

const changes = new Map<string, number[]>();

/** Instants at most a day after the clocks of a zone change. */
function changesOf(zone: string, year: number): number[] {
  const key = `${zone} ${year}`;
  const known = changes.get(key);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const offset = (instant: number) => format.format(instant).split(', ')[1];
  const found: number[] = [];
  for (let day = Date.UTC(year, 0, 2); day < Date.UTC(year + 1, 0, 1); day += DAY)
    if (offset(day) !== offset(day - DAY)) found.push(day);
  changes.set(key, found);
  return found;
}
