import { z } from 'zod';

export const PARTNER_STATUSES = ['Onboarding', 'Active', 'Dormant', 'Terminated'] as const;

/** YYYY-MM-DD; mappings check that it is a day of the calendar. */
const date = z.string();

/** A qualification that a partner holds, until the end of a day or for good. */
export interface Certification {
  readonly name: string;
  readonly expires: string | null;
}

/** Calendar dates, both included. */
export interface DatePeriod {
  readonly from: string;
  readonly to: string;
}

/** What is known of a partner from the CRM. Rules see most of these names as `partner.*`. */
export const partnerFactsSchema = z.object({
  name: z.string(),
  status: z.enum(PARTNER_STATUSES),
  /** ISO 3166-1 alpha-2 country codes. */
  territories: z.array(z.string()),
  /** Product lines it is able to sell. */
  competencies: z.array(z.string()),
  tier: z.string().nullable(),
  /** How many open leads it takes at once; null: no limit stated. */
  capacity: z.number().int().nullable(),
  /** What kind of business it is: reseller, distributor, integrator. */
  category: z.string().nullable(),
  certifications: z.array(z.object({ name: z.string(), expires: date.nullable() })),
  /** ISO 639-1 codes of the languages it sells in. */
  languages: z.array(z.string()),
  /** Where it is at home, ISO 3166-1 alpha-2. */
  country: z.string().nullable(),
  /** IANA name, "Europe/Berlin". */
  timeZone: z.string().nullable(),
  /** How many leads it can be offered a day and a week; null: no limit stated. */
  dailyCapacity: z.number().int().nullable(),
  weeklyCapacity: z.number().int().nullable(),
  /** The least score a lead must have to be offered to it (its trigger level). */
  minimumScore: z.number().int().nullable(),
  /** When it takes no leads. */
  blackouts: z.array(z.object({ from: date, to: date })),
  /** Degrees, north and east positive. */
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  /** Where its offers are told. */
  email: z.string().nullable(),
  /** It wants to be told once a day, as far as nothing is due before. */
  dailyDigest: z.boolean(),
  /** The vendor's channel manager who looks after it. */
  managerEmail: z.string().nullable(),
  programmes: z.array(z.string()),
});
export type PartnerFacts = z.infer<typeof partnerFactsSchema>;

/** A partner of which nothing is stated: not known to be active, without limits. */
export const EMPTY_PARTNER: PartnerFacts = {
  name: '(no name)',
  status: 'Onboarding',
  territories: [],
  competencies: [],
  tier: null,
  capacity: null,
  category: null,
  certifications: [],
  languages: [],
  country: null,
  timeZone: null,
  dailyCapacity: null,
  weeklyCapacity: null,
  minimumScore: null,
  blackouts: [],
  latitude: null,
  longitude: null,
  email: null,
  dailyDigest: false,
  managerEmail: null,
  programmes: [],
};

/** Facts with only some of them stated; so are those read that were stored before the others were known of. */
export function partnerFacts(stated: Partial<PartnerFacts>): PartnerFacts {
  return { ...EMPTY_PARTNER, ...stated };
}

/** A partner as the router sees it at one moment. */
export interface PartnerState {
  readonly id: string;
  readonly facts: PartnerFacts;
  /** Offers open plus leads accepted and not closed. */
  readonly load: number;
  /** Place in the order of all offers ever made of the last one this partner got; 0: none yet. */
  readonly lastServed: number;
  /** When it was offered leads in the last seven days (epoch ms), where it limits how many it takes a day or a week. */
  readonly recent?: readonly number[];
  /** Where its last turn began in each route that hands leads out by shares, by route. */
  readonly turns?: Readonly<Record<string, number>>;
  /** How many leads that fairness counts it was offered within its window. */
  readonly best?: number;
}
