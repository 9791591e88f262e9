import { z } from 'zod';
import { PARTNER_STATUSES } from '../model/partner.ts';

export const METHODS = ['best-fit', 'direct', 'pool', 'nurture'] as const;
export type Method = (typeof METHODS)[number];

const eligibleSchema = z.strictObject({
  status: z.array(z.enum(PARTNER_STATUSES)).min(1).default(['Active']),
  territory: z.boolean().default(true),
  competency: z.boolean().default(true),
  capacity: z.boolean().default(true),
  tiers: z.array(z.string().min(1)).min(1).optional(),
  when: z.string().optional(),
});
export type EligibleConfig = z.infer<typeof eligibleSchema>;

const weight = z.number().min(0).max(1000);
const weightsSchema = z.strictObject({
  territory: weight.default(0),
  competency: weight.default(0),
  territoryFocus: weight.default(0),
  competencyFocus: weight.default(0),
  load: weight.default(0),
  tier: z.record(z.string().min(1), weight).default({}),
});
export type WeightsConfig = z.infer<typeof weightsSchema>;

const offerSchema = z.strictObject({
  acceptWithin: z.string().regex(/^\d{1,4}\s*(m|h|d)$/, 'a time looks like 30m, 48h or 2d'),
  rounds: z.number().int().min(1).max(100).default(5),
});

export const routingSchema = z.strictObject({
  version: z.literal(1),
  tiers: z.array(z.string().min(1)).min(1).optional(),
  offer: offerSchema,
  eligible: eligibleSchema.prefault({}),
  weights: weightsSchema,
  routes: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(60),
        when: z.string().optional(),
        method: z.enum(METHODS),
        eligible: eligibleSchema.optional(),
        weights: weightsSchema.optional(),
        offer: offerSchema.optional(),
        text: z.string().min(1).optional(),
      }),
    )
    .min(1),
  otherwise: z.enum(['pool', 'unroutable']),
});
export type RoutingConfig = z.infer<typeof routingSchema>;
