/** Leads and partners to route, and a larger set of rules than the shipped one. */
import type { RoutableLead } from '../../src/leads/route-lead.ts';
import { type PartnerState, partnerFacts } from '../../src/model/partner.ts';
import { EMPTY_PERSON } from '../../src/model/person.ts';
import { pick, randomFrom } from '../bench.ts';

const COUNTRIES = ['AT', 'CA', 'CH', 'DE', 'ES', 'FR', 'GB', 'IT', 'NL', 'PL'] as const;
const PRODUCTS = ['Fabric', 'Vault', 'Beacon', 'Relay'] as const;

export function partnersOf(count: number, seed: number): PartnerState[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, n) => ({
    id: `pt_${String(n).padStart(4, '0')}`,
    facts: partnerFacts({
      name: `Partner ${n}`,
      status: random() < 0.9 ? ('Active' as const) : ('Dormant' as const),
      territories: some(random, COUNTRIES, 3),
      competencies: some(random, PRODUCTS, 3),
      tier: pick(random, ['Platinum', 'Gold', 'Silver', 'Registered', null]),
      capacity: random() < 0.1 ? null : 5 + Math.floor(random() * 40),
    }),
    load: Math.floor(random() * 20),
    lastServed: Math.floor(random() * count),
  }));
}

export function leadsOf(count: number, partners: readonly PartnerState[], seed: number): RoutableLead[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, n) => {
    const score = Math.floor(random() * 101);
    const declined = random() < 0.2 ? partners.filter(() => random() < 3 / partners.length).map(({ id }) => id) : [];
    return {
      id: `ld_${n}`,
      person: {
        ...EMPTY_PERSON,
        country: random() < 0.02 ? 'SE' : pick(random, COUNTRIES),
        product: pick(random, [...PRODUCTS, null]),
        employees: pick(random, [null, 8, 40, 300, 2_000, 5_000, 9_000]),
      },
      score: { score, grade: score >= 75 ? 'A' : score >= 55 ? 'B' : score >= 25 ? 'C' : 'D', reasons: [] },
      touches: { count: 1, campaigns: 1, daysSinceLast: 3 },
      declined,
      rounds: declined.length,
    };
  });
}

/** One of twenty routes, with its weights. */
export interface TwentyRoute {
  readonly name: string;
  readonly country: string;
  /** Null: all grades. */
  readonly grades: readonly string[] | null;
  readonly load: number;
  readonly territory: number;
  readonly competency: number;
  /** Points of a tier. */
  readonly tier: Readonly<Record<string, number>>;
}

/** Two routes a country, each with weights of its own. */
export const TWENTY: readonly TwentyRoute[] = COUNTRIES.flatMap((country, n) => [
  {
    ...{ name: `${country}-hot`, country, grades: ['A', 'B'], load: 8 + n, territory: 4, competency: 0 },
    tier: { Platinum: 9, Gold: 7, Silver: 4 },
  },
  {
    ...{ name: country, country, grades: null, load: 10, territory: 5, competency: 5 },
    tier: { Platinum: 4, Gold: 3, Silver: 2 },
  },
]);

/** The twenty routes as routing.yaml. */
export function twentyRoutes(): string {
  const routes = TWENTY.map(({ name, country, grades, load, territory, competency, tier }) => {
    const asks = grades ? ` && lead.grade in ${JSON.stringify(grades)}` : '';
    const points = Object.entries(tier).map(([each, value]) => `${each}: ${value}`);
    return `  - { name: ${name}, when: 'person.country == "${country}"${asks}', method: best-fit, weights: { load: ${load}, territoryFocus: ${territory}, competencyFocus: ${competency}, tier: { ${points.join(', ')} } } }`;
  });
  return [
    'version: 1',
    'offer: { acceptWithin: 48h, rounds: 5 }',
    'weights: { load: 10 }',
    'otherwise: pool',
    'routes:',
    ...routes,
    '',
  ].join('\n');
}

function some<T>(random: () => number, from: readonly T[], most: number): T[] {
  const count = 1 + Math.floor(random() * most);
  const start = Math.floor(random() * from.length);
  return Array.from({ length: count }, (_, n) => from[(start + n) % from.length]).filter((each) => each !== undefined);
}
