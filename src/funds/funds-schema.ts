import { z } from 'zod';

const name = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a name is written in lower case letters, digits and hyphens');
const percent = z.string().regex(/^\d{1,3}(\.\d{1,6})?$/, 'a percentage is a decimal number in quotes, such as "2.5"');
const amount = z.union([z.string(), z.number()]).transform(String);

/** The shape of funds.yaml as it is typed. */
export const fundsSchema = z.strictObject({
  version: z.literal(1),
  activities: z
    .array(
      z.strictObject({
        name,
        also: z
          .array(z.string().min(1).max(80))
          .default([])
          .describe('Other ways of writing it, such as those of the CRM.'),
        proof: z.array(name).default([]).describe('The kinds of documents without which a claim is held.'),
      }),
    )
    .min(1)
    .describe('What money is given for.'),
  claims: z
    .strictObject({
      within: z
        .number()
        .int()
        .min(0)
        .max(1000)
        .default(60)
        .describe('Days after the end of the activity until which claims are taken.'),
    })
    .prefault({}),
  approval: z
    .array(
      z.strictObject({
        name,
        who: z
          .array(z.string().min(1).max(200))
          .min(1)
          .describe('Addresses; "manager" is the channel manager of the partner.'),
        upTo: z
          .record(z.string().regex(/^[A-Z]{3}$/, 'a currency is three capital letters'), amount)
          .optional()
          .describe('The largest amount it may approve, by currency. Left out: any.'),
        within: z
          .number()
          .int()
          .min(1)
          .max(365)
          .optional()
          .describe('Days after which what it has not decided goes on to the next step.'),
      }),
    )
    .min(1)
    .describe('Who approves, from the first to the last.'),
  coop: z
    .array(
      z.strictObject({
        budget: z.string().min(1).describe('Name or id of the budget that the credits come from.'),
        percent: percent.describe('Of the revenue booked with a partner in a period.'),
        period: z.enum(['month', 'quarter', 'half-year', 'year']),
        expires: z
          .number()
          .int()
          .min(1)
          .max(3650)
          .optional()
          .describe('Days after the end of a period until which its credit can be promised. Left out: for good.'),
      }),
    )
    .default([])
    .describe('Funds that partners earn by what they sell.'),
  roi: z
    .strictObject({
      window: z
        .number()
        .int()
        .min(1)
        .max(3650)
        .default(180)
        .describe('Days after an activity without a campaign in which deals of its partner count for it.'),
      margin: percent.optional().describe('How much of revenue is margin, of 100. Left out: it is not known.'),
    })
    .prefault({}),
});
