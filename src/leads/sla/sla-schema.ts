import { z } from 'zod';

/** The deadlines of an offer, in the order in which they come. */
export const DEADLINES = ['accept', 'first-touch', 'report-back', 'refresh'] as const;
export type DeadlineName = (typeof DEADLINES)[number];

/** What follows a missed deadline. */
export const CONSEQUENCES = ['reassign', 'recall', 'pool', 'nurture', 'direct', 'none'] as const;
export type Consequence = (typeof CONSEQUENCES)[number];

/** Where a lead goes when enough partners were asked. */
export const LAST_RESORTS = ['pool', 'nurture', 'direct', 'recall'] as const;
export type LastResort = (typeof LAST_RESORTS)[number];

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'a name is lower case letters, digits and hyphens');
const duration = z
  .string()
  .min(1)
  .describe('48h, 30m or 2d as time passes; 8 working hours or 2 working days by the calendar.');
const moment = z.string().min(1).describe('75%, 4h (after the start) or 4 working hours before (the deadline).');
const hours = z.array(z.string()).describe('As in "09:00-12:30"; over midnight as two, one a day.');
const label = z.string().min(1).max(80);

/** A line of a holiday calendar; holiday-rule.ts says what a rule can be. */
const holidayLine = z.strictObject({
  rule: z.string().min(1).describe('12-25, 2026-12-24, easter -2, 3rd monday in january, monday before 05-25'),
  name: label,
  since: z.number().int().optional().describe('The first year.'),
  until: z.number().int().optional().describe('The last year.'),
  except: z.array(z.number().int()).optional().describe('Years without it.'),
  hours: hours.optional().describe('What is worked on it nevertheless, as in ["09:00-12:00"].'),
});
export type HolidayLine = z.infer<typeof holidayLine>;

/** A file of config/holidays: the holidays of one country. */
export const holidaySetSchema = z.strictObject({
  name: label.describe('Of whom these are the holidays.'),
  holidays: z.array(holidayLine).min(1),
});

const calendarSchema = z.strictObject({
  like: name.optional().describe('Another calendar; what is not said here is as said there.'),
  zone: z.string().optional().describe('IANA time zone, such as Europe/Berlin.'),
  hours: z
    .record(z.string(), hours)
    .optional()
    .describe('Working hours by weekday: mon, tue ... sun, or mon-fri. A day that is not named is closed.'),
  holidays: z
    .array(z.union([z.string(), holidayLine]))
    .optional()
    .describe('Calendars of config/holidays by name, and lines of your own.'),
  closures: z
    .array(z.strictObject({ from: z.string(), to: z.string().optional(), name: label }))
    .optional()
    .describe('Days off, once.'),
  openings: z
    .array(z.strictObject({ on: z.string(), hours: hours.min(1), name: label }))
    .optional()
    .describe('Days with hours of their own, once; they go before holidays and closures.'),
});

const deadlineShape = {
  within: duration,
  warn: z.array(moment).max(5).default([]),
  escalate: moment.optional().describe('When the channel manager is told; 100% is at the deadline.'),
  missed: z.enum(CONSEQUENCES),
  extend: z
    .strictObject({ times: z.number().int().min(1).max(10), by: duration })
    .optional()
    .describe('How often and by how much a partner may have it moved.'),
};
const deadlineSchema = z.strictObject(deadlineShape);

const policySchema = z.strictObject({
  like: name.optional().describe('Another policy; what is not said here is as said there.'),
  calendar: name.optional().describe("A calendar's name, or partner: the one that calendarOf gives for the partner."),
  accept: z
    .strictObject({
      ...deadlineShape,
      within: duration.optional().describe('Where it is left out, `offer: acceptWithin` of routing.yaml holds.'),
    })
    .optional(),
  'first-touch': deadlineSchema.optional(),
  'report-back': deadlineSchema.optional(),
  refresh: deadlineSchema.optional(),
  rounds: z
    .strictObject({ atMost: z.number().int().min(1).max(100), after: z.enum(LAST_RESORTS) })
    .optional()
    .describe('Where it is left out, `offer: rounds` of routing.yaml holds, and the pool.'),
});

/** `config/sla.yaml`. */
export const slaSchema = z.strictObject({
  version: z.literal(1),
  calendars: z.record(name, calendarSchema),
  calendarOf: z.strictObject({
    country: z
      .record(z.string().regex(/^[A-Z]{2}$/, 'countries are ISO codes of two capital letters, such as DE'), name)
      .default({})
      .describe("The calendar by the partner's country."),
    otherwise: name.describe("The vendor's calendar."),
    partnerZone: z
      .boolean()
      .default(true)
      .describe('Whether the hours are read in the time zone of the partner, where it is known.'),
  }),
  pauses: z
    .array(z.strictObject({ name, text: label, atMost: duration.optional().describe('Then the clock runs again.') }))
    .default([])
    .describe('Why the clock of an offer may stand still.'),
  policies: z.record(name, policySchema),
  use: z
    .array(z.strictObject({ policy: name, when: z.string().optional() }))
    .min(1)
    .describe('Which policy an offer is under: the first whose condition is met.'),
});
export type SlaConfig = z.infer<typeof slaSchema>;
