import { z } from 'zod';

const name = z.string().min(1).max(60);
const code = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a code is written in lower case letters, digits and hyphens');

/** The shape of feedback.yaml as it is typed. */
export const feedbackSchema = z.strictObject({
  version: z.literal(1),
  reasons: z
    .array(
      z.strictObject({
        code,
        text: name.max(200).describe('In words, as people read it.'),
        of: z.enum(['lead', 'partner', 'neither']).describe('Whom a rejection for this reason speaks of.'),
        also: z.array(name).default([]).describe('Other ways of writing it.'),
      }),
    )
    .min(1),
  stages: z
    .array(z.strictObject({ name, means: z.enum(['working', 'qualified']) }))
    .min(1)
    .describe('Where a partner stands with a lead, in order.'),
  nurture: z.array(z.string()).min(1).describe('The reasons for which a lead may be handed back to marketing.'),
  diagnosis: z
    .strictObject({
      over: z
        .string()
        .regex(/^\d{1,4}\s*d$/, 'a number of days looks like 365d')
        .default('365d')
        .describe('Answers of this time count.'),
      least: z.number().int().min(2).max(1000).default(10).describe('Groups with fewer answers are not judged.'),
      confidence: z.number().min(0.5).max(0.999).default(0.95).describe('Of the intervals.'),
      falseAlarms: z
        .number()
        .gt(0)
        .max(0.5)
        .default(0.1)
        .describe('The share of what stands out that may be expected to be chance.'),
    })
    .prefault({}),
});
