import { z } from 'zod';
import { CHANNELS_BY, HIGHEST_ORDER, KINDS } from './spec.ts';

const share = z.number('a share is a number').min(0, 'a share is not negative');
const days = z.number().positive('days are above zero');
const names = z.array(z.string().min(1)).min(1, 'name at least one');
const choice = z.strictObject({ only: names.optional(), not: names.optional() });
const window = z.strictObject({ days: z.number().int().positive().nullable() });

const modelSchema = z.strictObject({
  kind: z.enum(KINDS),
  /** As people read it; by default the name. */
  title: z.string().min(1).max(60).optional(),
  first: share.optional(),
  lead: share.optional(),
  deal: share.optional(),
  last: share.optional(),
  middle: share.optional(),
  halfLife: days.optional(),
  order: z.number().int().min(1).max(HIGHEST_ORDER, `the order is ${HIGHEST_ORDER} at most`).optional(),
  by: z.enum(CHANNELS_BY).optional(),
  weight: z.string().optional(),
});
export type ModelYaml = z.infer<typeof modelSchema>;

export const PARTNER_TOUCHES = ['accepted', 'first-touch', 'meeting'] as const;
export type PartnerTouch = (typeof PARTNER_TOUCHES)[number];

export const attributionSchema = z.strictObject({
  models: z.union([
    z.array(z.enum(KINDS)).min(1, 'name at least one model'),
    z.record(
      z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a name has small letters, digits and hyphens, 40 at most'),
      z.union([modelSchema, z.enum(KINDS)]),
    ),
  ]),
  window: window.default({ days: null }),
  windows: z.array(z.strictObject({ kinds: names, days: z.number().int().positive().nullable() })).default([]),
  touches: z
    .strictObject({ kinds: choice.optional(), campaigns: choice.optional(), statuses: choice.optional() })
    .default({}),
  people: z.enum(['named', 'account']).default('named'),
  partners: z.array(z.enum(PARTNER_TOUCHES)).default([]),
  refit: z.strictObject({ days: z.number().int().positive() }).default({ days: 7 }),
});
export type AttributionYaml = z.infer<typeof attributionSchema>;
