import type { PartnerState } from '../model/partner.ts';
import type { Candidacy } from './candidacy.ts';
import { kilometresBetween } from './distance.ts';
import { type Performance, performanceOf } from './performance.ts';
import type { WeightsConfig } from './routing-schema.ts';
import { counted } from './text.ts';

/** One thing that makes a partner fit. Points are counted in hundredths, so that sums and ties are exact. */
export interface Criterion {
  readonly name: string;
  hundredths(partner: PartnerState, lead: Candidacy): number;
  /** In words, what the points were given for. */
  why(partner: PartnerState, lead: Candidacy): string;
}

/**
 * The criteria that have a weight. Each gives its weight times a value from 0 to 1:
 * - `territory`, `competency`: 1 where the partner covers the country, sells the product (or none is named);
 * - `territoryFocus`, `competencyFocus`: 1 divided by how many countries, products it has, where it has this one;
 * - `load`: the share of its capacity that is free; without a stated capacity 1 / (1 + open leads);
 * - `performance`: expected / (expected + mean) of the leads won in the segment (performance.ts): a half for the average;
 * - `distance`: 1 / (1 + km / 100); where a place is not known a half for a partner of the same country, else 0;
 * - `language`: 1 where it speaks the language of the person; `relationship`: 1 where it has worked with the company;
 * - `tier`: the points of its tier as they stand, 0 where none are given.
 */
export function criteriaOf(weights: WeightsConfig): Criterion[] {
  const { tier, ...others } = weights;
  const criteria = (Object.keys(VALUES) as (keyof typeof VALUES)[])
    .filter((name) => others[name] > 0)
    .map((name): Criterion => {
      const { value, why } = VALUES[name];
      return { name, why, hundredths: (partner, lead) => Math.round(others[name] * value(partner, lead) * 100) };
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
  value(partner: PartnerState, lead: Candidacy): number;
  why(partner: PartnerState, lead: Candidacy): string;
}

const covers = ({ facts }: PartnerState, { person: { country } }: Candidacy) =>
  country !== null && facts.territories.includes(country);
const sells = ({ facts }: PartnerState, { person: { product } }: Candidacy) =>
  product === null || facts.competencies.includes(product);
const speaks = ({ facts }: PartnerState, { person: { language } }: Candidacy) =>
  language !== null && facts.languages.includes(language);
const knows = ({ id }: PartnerState, { lead }: Candidacy) => lead.account?.known.includes(id) ?? false;
const proven = ({ id }: PartnerState, { kind, market, segment }: Candidacy): Performance =>
  performanceOf(id, kind, market.results, segment);

const VALUES: Readonly<Record<Exclude<keyof WeightsConfig, 'tier'>, Value>> = {
  territory: {
    value: (partner, lead) => (covers(partner, lead) ? 1 : 0),
    why: (partner, lead) =>
      `${covers(partner, lead) ? 'covers' : 'does not cover'} ${lead.person.country ?? 'the country'}`,
  },
  competency: {
    value: (partner, lead) => (sells(partner, lead) ? 1 : 0),
    why: (partner, lead) => `${sells(partner, lead) ? 'sells' : 'does not sell'} ${lead.person.product ?? 'anything'}`,
  },
  territoryFocus: {
    value: (partner, lead) => (covers(partner, lead) ? 1 / partner.facts.territories.length : 0),
    why: ({ facts }) => `covers ${counted(facts.territories.length, 'country', 'countries')}`,
  },
  competencyFocus: {
    value: (partner, lead) =>
      sells(partner, lead) && partner.facts.competencies.length > 0 ? 1 / partner.facts.competencies.length : 0,
    why: ({ facts }) => `sells ${counted(facts.competencies.length, 'product', 'products')}`,
  },
  load: {
    value: ({ facts, load }) =>
      facts.capacity === null ? 1 / (1 + load) : facts.capacity === 0 ? 0 : Math.max(0, 1 - load / facts.capacity),
    why: ({ facts, load }) =>
      `${counted(load, 'open lead', 'open leads')}${facts.capacity === null ? '' : ` of ${facts.capacity}`}`,
  },
  performance: {
    value: (partner, lead) => {
      const { expected, mean } = proven(partner, lead);
      return expected + mean === 0 ? 0.5 : expected / (expected + mean);
    },
    why: (partner, lead) => {
      const { won, closed, expected, mean } = proven(partner, lead);
      return `won ${won} of ${closed} in this segment, which lets expect ${percent(expected)}; all partners ${percent(mean)}`;
    },
  },
  distance: {
    value: ({ facts }, { person }) => {
      const km = kilometresBetween(facts, person);
      if (km !== null) return 1 / (1 + km / 100);
      return facts.country !== null && facts.country === person.country ? 0.5 : 0;
    },
    why: ({ facts }, { person }) => {
      const km = kilometresBetween(facts, person);
      if (km !== null) return `${Math.round(km)} km away`;
      return facts.country !== null && facts.country === person.country
        ? 'of the same country'
        : 'not known to be near';
    },
  },
  language: {
    value: (partner, lead) => (speaks(partner, lead) ? 1 : 0),
    why: (partner, lead) =>
      `${speaks(partner, lead) ? 'speaks' : 'is not known to speak'} ${lead.person.language ?? 'the language'}`,
  },
  relationship: {
    value: (partner, lead) => (knows(partner, lead) ? 1 : 0),
    why: (partner, lead) =>
      knows(partner, lead) ? 'has worked with the company' : 'has not worked with the company yet',
  },
};

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
