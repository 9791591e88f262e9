import { z } from 'zod';

/** How far marketing has come with a person, in order. `mql`: released by marketing; `sql`: qualified by sales. */
export const STAGES = ['subscriber', 'lead', 'mql', 'sql', 'opportunity', 'customer', 'other'] as const;
export const stageSchema = z.enum(STAGES);
export type Stage = z.infer<typeof stageSchema>;

/** What is known of a person from all CRM records tied to it. Rules see exactly these names, as `person.*`. */
export const personFactsSchema = z.object({
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  /** Lower case; the first known address. */
  email: z.string().nullable(),
  phone: z.string().nullable(),
  title: z.string().nullable(),
  companyName: z.string().nullable(),
  /** Registrable domain of the company, never a free-mail provider's. */
  domain: z.string().nullable(),
  /** ISO 3166-1 alpha-2. */
  country: z.string().nullable(),
  industry: z.string().nullable(),
  employees: z.number().nullable(),
  /** The product line the person asked about. */
  product: z.string().nullable(),
  source: z.string().nullable(),
  stage: stageSchema.nullable(),
  optedOut: z.boolean(),
});
export type PersonFacts = z.infer<typeof personFactsSchema>;

export const EMPTY_PERSON: PersonFacts = {
  firstName: null,
  lastName: null,
  email: null,
  phone: null,
  title: null,
  companyName: null,
  domain: null,
  country: null,
  industry: null,
  employees: null,
  product: null,
  source: null,
  stage: null,
  optedOut: false,
};
