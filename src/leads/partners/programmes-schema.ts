import { z } from 'zod';

const name = z.string().min(1).max(60);
const phrase = z.string().min(1).max(255);
const days = z.string().regex(/^\d{1,4}\s*d$/, 'a number of days looks like 60d');

/** The shape of programmes.yaml as it is typed. */
export const programmesSchema = z.strictObject({
  version: z.literal(1),
  over: days.default('365d').describe('What partners did in this time counts.'),
  notice: days.default('60d').describe('Certifications that end within this time are named.'),
  categories: z.array(name).min(1).optional().describe('The kinds of partner there are.'),
  dormant: z
    .strictObject({ silence: days, unanswered: z.number().int().min(1).max(1000).default(1) })
    .optional()
    .describe('An active partner that let so many offers pass without a word, for so long, is proposed as Dormant.'),
  programmes: z
    .array(
      z.strictObject({
        name,
        text: phrase.optional(),
        enter: z.string().describe('Who may be in it: a condition over partner.* and standing.*'),
        benefits: z.array(phrase).default([]),
      }),
    )
    .default([]),
  moves: z
    .array(
      z.strictObject({
        name,
        from: z.array(name).min(1),
        to: name,
        when: z.string(),
        text: phrase,
      }),
    )
    .default([]),
});
