import { z } from 'zod';
import { GRADES } from '../model/lead.ts';
import { PARTNER_STATUSES } from '../model/partner.ts';
import { SEGMENT_FIELDS } from './market.ts';

/** Methods that offer a lead to one partner; they come to a result only where a partner is eligible. */
export const OFFERING = [
  'best-fit',
  'batch-optimal',
  'round-robin',
  'weighted-round-robin',
  'owner',
  'registrant',
] as const;
export const METHODS = [...OFFERING, 'auction', 'direct', 'pool', 'nurture'] as const;
export type Method = (typeof METHODS)[number];
export type OfferingMethod = (typeof OFFERING)[number];

/** The facts of a person that a route can wait for. */
export const NEEDED = [
  'country',
  'product',
  'email',
  'phone',
  'companyName',
  'domain',
  'industry',
  'employees',
  'language',
  'region',
  'city',
  'title',
] as const;
export type Needed = (typeof NEEDED)[number];

const name = z.string().min(1);
const days = z.string().regex(/^\d{1,3}\s*d$/, 'a number of days looks like 30d');

const eligibleSchema = z.strictObject({
  status: z.array(z.enum(PARTNER_STATUSES)).min(1).default(['Active']),
  territory: z.boolean().default(true),
  competency: z.boolean().default(true),
  /** Open leads, and leads a day and a week where the partner states a limit. */
  capacity: z.boolean().default(true),
  /** The least score that a partner takes, where it states one. */
  minimumScore: z.boolean().default(true),
  /** A deal that another partner registered on the account keeps it out. */
  registered: z.boolean().default(true),
  /** Speaks the language of the person, where that is known. */
  language: z.boolean().default(false),
  /** Its office is open when the lead is routed (calendars of sla.yaml). */
  workingHours: z.boolean().default(false),
  /** Has worked with the company of the person before. */
  relationship: z.boolean().default(false),
  /** Holds a certification in force whose name speaks of the product. */
  certifiedForProduct: z.boolean().default(false),
  /** Holds all of these certifications, in force on the day. */
  certifications: z.array(name).min(1).optional(),
  tiers: z.array(name).min(1).optional(),
  categories: z.array(name).min(1).optional(),
  withinKm: z.number().positive().max(20_040).optional(),
  /** Rests from leads of a segment of which it rejected so many. */
  coolDown: z.strictObject({ rejected: z.number().int().min(1).max(100), within: days }).optional(),
  when: z.string().optional(),
});
export type EligibleConfig = z.infer<typeof eligibleSchema>;
export const eligibleKeys = Object.keys(eligibleSchema.shape);

const weight = z.number().min(0).max(1000);
const weightsSchema = z.strictObject({
  territory: weight.default(0),
  competency: weight.default(0),
  territoryFocus: weight.default(0),
  competencyFocus: weight.default(0),
  load: weight.default(0),
  performance: weight.default(0),
  distance: weight.default(0),
  language: weight.default(0),
  relationship: weight.default(0),
  tier: z.record(name, weight).default({}),
});
export type WeightsConfig = z.infer<typeof weightsSchema>;
export const weightKeys = Object.keys(weightsSchema.shape);

/** The shares of a weighted round-robin; a partner without one has `otherwise`. */
const sharesSchema = z.strictObject({
  partner: z.record(name, weight).default({}),
  tier: z.record(name, weight).default({}),
  otherwise: weight.default(1),
});
export type SharesConfig = z.infer<typeof sharesSchema>;

const offerSchema = z.strictObject({
  acceptWithin: z.string().regex(/^\d{1,4}\s*(m|h|d)$/, 'a time looks like 30m, 48h or 2d'),
  rounds: z.number().int().min(1).max(100).default(5),
});

const accountsSchema = z.strictObject({
  name: name.max(60),
  domains: z.array(name).default([]),
  companies: z.array(name).default([]),
  for: z.union([z.literal('direct'), z.strictObject({ partner: name })]),
});
export type AccountsConfig = z.infer<typeof accountsSchema>;

const percent = z.number().min(0).max(100);
const fairnessSchema = z
  .strictObject({
    grades: z.array(z.enum(GRADES)).min(1).default(['A', 'B']),
    window: days.default('90d'),
    /** The least share of these leads that goes to partners, in percent. */
    channel: z.strictObject({ floor: percent, enforce: z.boolean().default(false) }).optional(),
    /** The least share that the direct team keeps, in percent; reported only. */
    direct: z.strictObject({ floor: percent }).optional(),
    /** What each partner gets at least, in percent of an equal share among the active partners of its tier. */
    partners: z
      .strictObject({ floor: percent, enforce: z.boolean().default(false), within: weight.default(5) })
      .optional(),
  })
  .superRefine(({ channel, direct }, context) => {
    if (channel && direct && channel.floor + direct.floor > 100)
      context.addIssue({
        code: 'custom',
        path: ['direct', 'floor'],
        message: `the direct team's ${direct.floor} % and the channel's ${channel.floor} % are more than all leads: lower one of them`,
      });
  });
export type FairnessConfig = z.infer<typeof fairnessSchema>;

const routeSchema = z.strictObject({
  name: name.max(60),
  when: z.string().optional(),
  method: z.enum(METHODS),
  eligible: eligibleSchema.optional(),
  weights: weightsSchema.optional(),
  shares: sharesSchema.optional(),
  offer: offerSchema.optional(),
  /** How many partners an auction is open to. */
  top: z.number().int().min(2).max(100).optional(),
  /** Facts without which the lead is held back. */
  needs: z.array(z.enum(NEEDED)).min(1).optional(),
  /** The route that is asked next where this one comes to no result. */
  else: name.optional(),
  /** Asked only where another route names it in `else`. */
  reserve: z.boolean().default(false),
  text: name.optional(),
});
export type RouteConfig = z.infer<typeof routeSchema>;

export const routingSchema = z.strictObject({
  version: z.literal(1),
  tiers: z.array(name).min(1).optional(),
  offer: offerSchema,
  eligible: eligibleSchema.prefault({}),
  weights: weightsSchema,
  /** What a segment is made of, and how many average results stand in for those that a partner does not have yet. */
  segment: z
    .strictObject({
      by: z.array(z.enum(SEGMENT_FIELDS)).min(1).default(['country', 'product']),
      prior: z.number().min(0).max(1000).default(10),
    })
    .prefault({}),
  accounts: z.array(accountsSchema).default([]),
  fairness: fairnessSchema.optional(),
  routes: z.array(routeSchema).min(1),
  otherwise: z.enum(['pool', 'unroutable']),
});
export type RoutingConfig = z.infer<typeof routingSchema>;
