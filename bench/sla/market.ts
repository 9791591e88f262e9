/** Calendars of partners in many zones, and deadlines asked of them. */
import { type Hours, readHours } from '../../src/leads/sla/calendar.ts';
import { type Duration, readDuration } from '../../src/leads/sla/duration.ts';
import { dateText } from '../../src/leads/sla/holiday-rule.ts';
import { compileHolidays } from '../../src/leads/sla/holiday-sets.ts';
import { type WorkingTime, workingTime } from '../../src/leads/sla/working-time.ts';
import { pick, randomFrom } from '../bench.ts';
import type { WalkedCalendar } from './minute-walk.ts';

/** One calendar, as it is computed with and as it is walked. */
interface BothWays {
  readonly computed: WorkingTime;
  readonly walked: WalkedCalendar;
}

export interface Asked {
  readonly calendar: BothWays;
  readonly from: number;
  readonly within: Duration;
}

interface Plan {
  readonly seed: number;
  readonly deadlines: number;
  readonly calendars: number;
  readonly years: readonly [first: number, last: number];
}

const DAY = 86_400_000;
const ZONES: [string, ...string[]] = [
  ...(['America/New_York', 'America/Los_Angeles', 'America/Sao_Paulo', 'America/Santiago'] as const),
  ...['Europe/Berlin', 'Europe/London', 'Europe/Madrid', 'Africa/Cairo', 'Africa/Casablanca', 'Asia/Kolkata'],
  ...['Asia/Tokyo', 'Asia/Kathmandu', 'Australia/Sydney', 'Australia/Lord_Howe', 'Pacific/Auckland', 'Pacific/Apia'],
];
const HOLIDAYS: [string, ...string[]] = ['US', 'DE', 'GB-EAW', 'FR', 'ES', 'AT', 'BE', 'CA'];
const DAILY: [string, ...string[]] = [
  '09:00-17:00',
  '08:30-12:00 13:00-17:30',
  '00:00-24:00',
  '00:00-06:00 22:00-24:00',
];
const WITHIN: [string, ...string[]] = [
  ...(['4 working hours', '8 working hours', '90 working minutes', '40 working hours'] as const),
  ...['1 working day', '2 working days', '5 working days', '10 working days'],
];

export function calendarsOf(plan: Plan, holidayText: (name: string) => string): BothWays[] {
  const sets = compileHolidays(HOLIDAYS.map((name) => ({ name, file: `${name}.yaml`, text: holidayText(name) })));
  const random = randomFrom(plan.seed);
  return Array.from({ length: plan.calendars }, (_, n) => {
    const zone = ZONES[n % ZONES.length] ?? ZONES[0];
    const daily: Hours = pick(random, DAILY)
      .split(' ')
      .map((text) => readHours(text) ?? [0, 0]);
    const everyDay = random() < 0.3;
    const week = Array.from({ length: 7 }, (_, day) => (everyDay || (day > 0 && day < 6) ? daily : []));
    const holidays = sets.get(pick(random, HOLIDAYS)) ?? [];
    const [first, last] = plan.years;
    const closed = Array.from({ length: 40 }, () =>
      Math.floor((Date.UTC(first, 0, 1) + random() * (last - first) * 365 * DAY) / DAY),
    );
    const special = closed.map((day) => ({ name: 'closed', first: day, last: day, hours: [] }));
    const days: Record<string, Hours> = Object.fromEntries(closed.map((day) => [dateText(day), []]));
    for (let year = first - 1; year <= last + 2; year++)
      for (const { dates, hours } of holidays) for (const day of dates(year)) days[dateText(day)] = hours;
    const computed = workingTime({ name: `calendar ${n}`, zone, week, holidays, special });
    return { computed, walked: { zone, week, days, closedYearly: [] } };
  });
}

/** Deadlines from whole minutes of the years, on any of the calendars. */
export function questionsOf(calendars: readonly BothWays[], plan: Plan): Asked[] {
  const random = randomFrom(plan.seed + 7);
  const durations = WITHIN.map((text) => readDuration(text)).filter((read) => read !== null);
  const [start, end] = [Date.UTC(plan.years[0], 0, 1), Date.UTC(plan.years[1] + 1, 0, 1)];
  const minutes = (end - start) / 60_000;
  return Array.from({ length: plan.deadlines }, () => {
    const calendar = calendars[Math.floor(random() * calendars.length)];
    const within = durations[Math.floor(random() * durations.length)];
    if (calendar === undefined || within === undefined) throw new RangeError('there is nothing to ask');
    return { calendar, within, from: start + Math.floor(random() * minutes) * 60_000 };
  });
}
