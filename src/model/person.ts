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
  /** ISO 639-1. */
  language: z.string().nullable(),
  /** State, province or region, as the CRM writes it. */
  region: z.string().nullable(),
  city: z.string().nullable(),
  /** Degrees, north and east positive. */
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
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
  language: null,
  region: null,
  city: null,
  latitude: null,
  longitude: null,
};

/**
 * What is stored of a person: facts that few CRMs keep are left out where they are not known, for there are many
 * persons. `personOf` reads it again, and what was stored before those facts were known of.
 */
export function storedPerson(facts: PersonFacts): Partial<PersonFacts> {
  const { language, region, city, latitude, longitude, ...common } = facts;
  const rare = { language, region, city, latitude, longitude };
  return Object.values(rare).every((value) => value === null) ? common : facts;
}

/** A person as `storedPerson` left it. */
export function personOf(stored: unknown): PersonFacts {
  return { ...EMPTY_PERSON, ...(stored as Partial<PersonFacts>) };
}

/** The bands in which companies are compared by size. */
export function sizeBand(employees: number | null): string | null {
  if (employees === null) return null;
  const top = [10, 50, 250, 1000, 5000].find((each) => employees < each);
  if (top === undefined) return '5000 and more';
  const bottoms: Readonly<Record<number, string>> = {
    10: '1-9',
    50: '10-49',
    250: '50-249',
    1000: '250-999',
    5000: '1000-4999',
  };
  return bottoms[top] ?? null;
}
