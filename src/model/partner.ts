import { z } from 'zod';

export const PARTNER_STATUSES = ['Onboarding', 'Active', 'Dormant', 'Terminated'] as const;

/** What is known of a partner from the CRM. Rules see these names as `partner.*`. */
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
});
export type PartnerFacts = z.infer<typeof partnerFactsSchema>;

/** A partner as the router sees it at one moment. */
export interface PartnerState {
  readonly id: string;
  readonly facts: PartnerFacts;
  /** Offers open plus leads accepted and not closed. */
  readonly load: number;
  /** Place in the order of all offers ever made of the last one this partner got; 0: none yet. */
  readonly lastServed: number;
}
