/** Which reports are mailed to whom, and when. Pure. */
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { YamlFile } from '../../mapping/yaml-file.ts';
import { suggestion } from '../../mapping/yaml-file.ts';
import type { ConfigProblem } from '../../model/config-error.ts';
import { datesOf, PERIOD_WORDS } from './period.ts';

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

export const scheduleSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, 'a schedule is named in lower case letters, digits and hyphens')
    .describe('Keep it: under this name it is remembered what was sent.'),
  report: z.string(),
  to: z.array(z.email()).min(1, 'name at least one address').max(50),
  every: z.enum(['week', 'month']),
  on: z
    .union([z.enum(WEEKDAYS), z.number().int().min(1).max(28)])
    .optional()
    .describe('The weekday of a weekly one (default: monday), the day of a monthly one (1 to 28, default: 1).'),
  at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write it as "07:00"')
    .default('07:00'),
  timeZone: z.string().default('UTC').describe('IANA name, such as Europe/Berlin.'),
  period: z.string().optional().describe(`What it covers: ${PERIOD_WORDS}. Default: the previous week or month.`),
  format: z.enum(['csv', 'xlsx']).default('xlsx'),
  partner: z.string().optional(),
  campaign: z.string().optional(),
  models: z.array(z.string()).min(1).optional(),
  drill: z.boolean().default(false),
});

export type ScheduledReport = z.infer<typeof scheduleSchema>;

/** What is wrong with schedules beyond their form. `reports`: the names that there are. */
export function scheduleProblems(
  yaml: YamlFile<unknown>,
  schedule: readonly ScheduledReport[],
  reports: readonly string[],
): ConfigProblem[] {
  return schedule.flatMap((each, place): ConfigProblem[] => {
    const problem = (key: string, message: string, hint?: string) => [
      yaml.problemAt(['schedule', place, key], message, hint ? { hint } : {}),
    ];
    const isDay = typeof each.on === 'number';
    return [
      ...(schedule.findIndex(({ name }) => name === each.name) < place
        ? problem('name', `"${each.name}" is named twice`)
        : []),
      ...(reports.includes(each.report)
        ? []
        : problem('report', `there is no report "${each.report}"`, suggestion(each.report, reports))),
      ...(each.on !== undefined && isDay !== (each.every === 'month')
        ? problem('on', each.every === 'month' ? 'a day of the month, 1 to 28' : 'a weekday, such as monday')
        : []),
      ...(isZone(each.timeZone)
        ? []
        : problem('timeZone', `there is no time zone "${each.timeZone}"`, 'such as Europe/Berlin')),
      ...(each.period === undefined || datesOf(each.period, '2026-01-01') !== null
        ? []
        : problem('period', `"${each.period}" is no period`, PERIOD_WORDS)),
    ];
  });
}

function isZone(name: string): boolean {
  try {
    return (
      /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
    );
  } catch {
    return false;
  }
}

/** A time at which a report is due. */
export interface Due {
  /** The calendar date in the zone of the schedule: with the schedule's name it names what is sent, whatever the time. */
  readonly date: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The times that fell due after the calendar date `after` (null: the last one only) up to `now`, oldest first, at most `limit` of the newest. */
export function duesBetween(schedule: ScheduledReport, after: string | null, now: number, limit: number): Due[] {
  const [hour = 0, minute = 0] = schedule.at.split(':').map(Number);
  let date = lastDate(
    schedule,
    Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(schedule.timeZone).toPlainDate(),
  );
  const dues: Due[] = [];
  while (dues.length < (after === null ? 1 : limit)) {
    const text = date.toString();
    if (after !== null && text <= after) break;
    // A time that the clock skips is the one after it.
    const at = date.toZonedDateTime({ timeZone: schedule.timeZone, plainTime: { hour, minute } }).epochMilliseconds;
    if (at <= now) dues.push({ date: text, at });
    date = lastDate(schedule, date.subtract({ days: 1 }));
  }
  return dues.reverse();
}

/** The newest day of the schedule that is not after a day. */
function lastDate({ every, on }: ScheduledReport, day: Temporal.PlainDate): Temporal.PlainDate {
  if (every === 'week') {
    const weekday = WEEKDAYS.indexOf(typeof on === 'string' ? on : 'monday') + 1;
    return day.subtract({ days: (day.dayOfWeek - weekday + 7) % 7 });
  }
  const wanted = typeof on === 'number' ? on : 1;
  const inMonth = day.with({ day: wanted });
  return Temporal.PlainDate.compare(inMonth, day) > 0 ? inMonth.subtract({ months: 1 }) : inMonth;
}

/** What a report that is due on a date covers. */
export function coverageOf({ period, every }: ScheduledReport, date: string) {
  return datesOf(period ?? `previous ${every}`, date);
}
