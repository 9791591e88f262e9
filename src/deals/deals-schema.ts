import { z } from 'zod';

/** What follows where nobody has decided in time. */
const MISSED = ['escalate', 'approve', 'reject'] as const;
/** Who of several partners may have the same deal. */
export const SECOND_RULES = ['first-come', 'first-approved', 'incumbent', 'both-with-split'] as const;
export type SecondRule = (typeof SECOND_RULES)[number];
const WEIGHTS = ['conflict', 'review', 'note'] as const;

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'a name is lower case letters, digits and hyphens');
const days = (most: number) => z.number().int().min(1).max(most);
const amount = z.number().min(0).max(1e15);
const weight = (otherwise: (typeof WEIGHTS)[number]) => z.enum(WEIGHTS).default(otherwise);

/** `config/deals.yaml`. */
export const dealsSchema = z.strictObject({
  version: z.literal(1),
  require: z
    .array(z.enum(['amount', 'product', 'country', 'opportunity']))
    .default([])
    .describe('What a registration must state beside its account.'),
  decision: z
    .strictObject({
      within: z.string().min(1).describe('2 working days, 8 working hours, 48h: by the calendars of sla.yaml.'),
      warn: z
        .array(z.number().int().min(1).max(99))
        .max(5)
        .default([])
        .describe('Percent of the time after which the approver is reminded.'),
      missed: z
        .enum(MISSED)
        .default('escalate')
        .describe('escalate: the next step of the chain is asked. approve: only where nothing stands against it.'),
    })
    .describe('By when a registration is decided.'),
  approval: z
    .strictObject({
      auto: z.string().optional().describe('Registrations that meet this condition are approved at once.'),
      chain: z
        .array(
          z.strictObject({
            name,
            email: z.email().optional().describe("Left out: the partner's channel manager."),
            upTo: z
              .record(z.string().regex(/^[A-Z]{3}$/, 'is an ISO currency code such as USD'), amount)
              .optional()
              .describe('By currency, up to which amount this step is the last one asked.'),
          }),
        )
        .min(1),
    })
    .describe('Who says yes, in order: all steps up to the first one whose limit covers the amount.'),
  protection: z
    .strictObject({
      days: days(1095).default(90),
      from: z.enum(['approval', 'submission']).default('approval'),
      warn: z.array(days(365)).max(5).default([14, 3]).describe('Days before the end at which the partner is told.'),
    })
    .default({ days: 90, from: 'approval', warn: [14, 3] }),
  extension: z
    .strictObject({
      times: z.number().int().min(1).max(10),
      days: days(365),
      askWithin: days(365).optional().describe('Days before the end from which on it can be asked for.'),
    })
    .optional()
    .describe('Left out: windows are not extended.'),
  second: z
    .strictObject({
      rule: z.enum(SECOND_RULES),
      shares: z
        .array(z.number().int().min(1).max(99))
        .length(2)
        .optional()
        .describe('both-with-split: percent of the deal for the first and the second.'),
    })
    .default({ rule: 'first-approved' }),
  conflicts: z
    .strictObject({
      opportunity: weight('conflict').describe("An open opportunity of the vendor's own or another partner's."),
      'named-account': weight('conflict').describe('routing.yaml reserves the company for somebody else.'),
      'accepted-lead': weight('conflict').describe('Another partner has accepted a lead of the company.'),
      'offered-lead': weight('review').describe('A lead of the company is offered to another partner.'),
    })
    .default({
      opportunity: 'conflict',
      'named-account': 'conflict',
      'accepted-lead': 'conflict',
      'offered-lead': 'review',
    }),
});
export type DealsConfig = z.infer<typeof dealsSchema>;
