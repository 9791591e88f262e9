import type { PartnerState } from '../model/partner.ts';
import type { PersonFacts } from '../model/person.ts';
import type { WeightsConfig } from './routing-schema.ts';
import { counted } from './text.ts';

/** One thing that makes a partner fit. Points are counted in hundredths, so that sums and ties are exact. */
export interface Criterion {
  readonly name: string;
  hundredths(partner: PartnerState, person: PersonFacts): number;
  /** In words, what the points were given for. */
  why(partner: PartnerState, person: PersonFacts): string;
}

/**
 * The criteria that have a weight. Each gives its weight times a value from 0 to 1:
 * - `territory`, `competency`: 1 where the partner covers the country, sells the product (or none is named);
 * - `territoryFocus`, `competencyFocus`: 1 divided by how many countries, products it has, where it has this one;
 * - `load`: the share of its capacity that is free; without a stated capacity 1 / (1 + open leads);
 * - `tier`: the points of its tier as they stand, 0 where none are given.
 */
export function criteriaOf(weights: WeightsConfig): Criterion[] {
  const { tier, ...others } = weights;
  const criteria = (Object.keys(VALUES) as (keyof typeof VALUES)[])
    .filter((name) => others[name] > 0)
    .map((name): Criterion => {
      const { value, why } = VALUES[name];
      return { name, why, hundredths: (partner, person) => Math.round(others[name] * value(partner, person) * 100) };
    });
  if (Object.values(tier).some((points) => points > 0)) {
    const points = new Map(Object.entries(tier).map(([name, each]) => [name, Math.round(each * 100)]));
    criteria.push({
      name: 'tier',
      hundredths: ({ facts }) => (facts.tier === null ? 0 : (points.get(facts.tier) ?? 0)),
      why: ({ facts }) => (facts.tier === null ? 'no tier' : `tier ${facts.tier}`),
    });
  }
  return criteria;
}

interface Value {
  value(partner: PartnerState, person: PersonFacts): number;
  why(partner: PartnerState, person: PersonFacts): string;
}

const covers = ({ facts }: PartnerState, { country }: PersonFacts) =>
  country !== null && facts.territories.includes(country);
const sells = ({ facts }: PartnerState, { product }: PersonFacts) =>
  product === null || facts.competencies.includes(product);

const VALUES: Readonly<Record<Exclude<keyof WeightsConfig, 'tier'>, Value>> = {
  territory: {
    value: (partner, person) => (covers(partner, person) ? 1 : 0),
    why: (partner, person) =>
      `${covers(partner, person) ? 'covers' : 'does not cover'} ${person.country ?? 'the country'}`,
  },
  competency: {
    value: (partner, person) => (sells(partner, person) ? 1 : 0),
    why: (partner, person) => `${sells(partner, person) ? 'sells' : 'does not sell'} ${person.product ?? 'anything'}`,
  },
  territoryFocus: {
    value: (partner, person) => (covers(partner, person) ? 1 / partner.facts.territories.length : 0),
    why: ({ facts }) => `covers ${counted(facts.territories.length, 'country', 'countries')}`,
  },
  competencyFocus: {
    value: (partner, person) =>
      sells(partner, person) && partner.facts.competencies.length > 0 ? 1 / partner.facts.competencies.length : 0,
    why: ({ facts }) => `sells ${counted(facts.competencies.length, 'product', 'products')}`,
  },
  load: {
    value: ({ facts, load }) =>
      facts.capacity === null ? 1 / (1 + load) : facts.capacity === 0 ? 0 : Math.max(0, 1 - load / facts.capacity),
    why: ({ facts, load }) =>
      `${counted(load, 'open lead', 'open leads')}${facts.capacity === null ? '' : ` of ${facts.capacity}`}`,
  },
};
