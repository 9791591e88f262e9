import type { PartnerFacts } from '../../model/partner.ts';
import type { EligibleConfig } from '../routing-schema.ts';

/** Something that a route asks of every partner, whatever the lead. */
export interface Demand {
  /** As in "no active partner ...". */
  readonly text: string;
  meets(facts: PartnerFacts): boolean;
}

/** What of a route's eligibility does not depend on the lead; a certification counts here whether or not it has expired. */
export function demandsOf({ tiers, categories, certifications, ...asks }: EligibleConfig): Demand[] {
  return [
    ...(tiers
      ? [{ text: `is ${tiers.join(' or ')}`, meets: ({ tier }: PartnerFacts) => tier !== null && tiers.includes(tier) }]
      : []),
    ...(categories
      ? [
          {
            text: `is a ${categories.join(' or ')}`,
            meets: ({ category }: PartnerFacts) => category !== null && categories.includes(category),
          },
        ]
      : []),
    ...(certifications
      ? [
          {
            text: `holds ${certifications.join(' and ')}`,
            meets: (facts: PartnerFacts) =>
              certifications.every((wanted) => facts.certifications.some(({ name }) => name === wanted)),
          },
        ]
      : []),
    ...(asks.certifiedForProduct
      ? [{ text: 'holds any certification', meets: (facts: PartnerFacts) => facts.certifications.length > 0 }]
      : []),
    ...(asks.territory
      ? [{ text: 'has a territory', meets: ({ territories }: PartnerFacts) => territories.length > 0 }]
      : []),
    ...(asks.withinKm === undefined
      ? []
      : [
          {
            text: 'has a latitude and a longitude',
            meets: ({ latitude, longitude }: PartnerFacts) => latitude !== null && longitude !== null,
          },
        ]),
  ];
}
