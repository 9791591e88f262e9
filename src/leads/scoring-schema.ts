import { z } from 'zod';

const points = z.number().int().min(-100).max(100);
const threshold = z.number().int().min(1).max(100);
const decay = z.strictObject({
  halfLife: z
    .string()
    .regex(/^[1-9]\d{0,3}\s*d$/, 'a half-life is a number of days, such as 30d')
    .describe('Days after the last touch at which half of the points are left.'),
});
const thresholds = { A: threshold, B: threshold, C: threshold };

export const scoringSchema = z.strictObject({
  version: z.literal(1),
  groups: z.record(
    z.string().min(1),
    z.strictObject({
      cap: z.number().int().min(1).max(100),
      take: z.enum(['all', 'best']).default('all'),
      decay: decay.optional(),
    }),
  ),
  rules: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        group: z.string(),
        when: z.string(),
        points: points.refine((value) => value !== 0, 'a rule without points counts for nothing'),
        text: z.string().min(1),
        decay: decay.optional(),
      }),
    )
    .min(1),
  grades: z.strictObject(thresholds),
  /** Other thresholds for some leads: the first of them that is met counts. */
  bands: z.array(z.strictObject({ name: z.string().min(1), when: z.string(), ...thresholds })).default([]),
  /** A score learned from the vendor's own outcomes counts beside the rules. Left out: only the rules count. */
  predictive: z
    .strictObject({
      use: z
        .enum(['when-better', 'always'])
        .default('when-better')
        .describe('when-better: only while it tells won leads from others better than the rules do.'),
      weight: z
        .number()
        .int()
        .min(1)
        .max(100)
        .default(50)
        .describe('How far it moves the score of the rules towards its own, in percent of the way.'),
    })
    .optional(),
});
export type ScoringDocument = z.infer<typeof scoringSchema>;

/** The least score of each grade; below C is D. */
export interface Thresholds {
  readonly A: number;
  readonly B: number;
  readonly C: number;
}
