import { type PartnerTerms, partnerTerms } from './partner-terms.ts';
import { Dice } from './random.ts';
import { distinct, slug } from './text.ts';
import { brandBeginnings, brandEndings, partnerWords, products } from './words/business.ts';
import { type Country, type CountryCode, countries } from './words/countries.ts';

/** A partner: the first half stands in Salesforce, the `hidden` half only the market knows. */
export interface Partner {
  readonly key: string;
  readonly name: string;
  readonly domain: string;
  readonly country: Country;
  readonly industry: string;
  readonly employees: number;
  readonly status: 'Active' | 'Onboarding' | 'Dormant' | 'Terminated';
  readonly territories: readonly CountryCode[];
  readonly competencies: readonly string[];
  readonly tier: 'Platinum' | 'Gold' | 'Silver' | 'Registered';
  readonly capacity: number;
  readonly terms: PartnerTerms;
  readonly hidden: {
    /** 0 to 1: how well it works the leads it accepts. */
    readonly skill: number;
    /** Mean hours until it answers an offer. */
    readonly speedHours: number;
    readonly ignoreRate: number;
    readonly acceptRate: number;
    readonly answersIn: 'salesforce' | 'hubspot';
  };
}

const partnerCount = 40;

/** Home countries in turn: each country has at least two partners, the big ones more. */
const homes: readonly CountryCode[] = [
  ...(['DE', 'US', 'GB', 'FR', 'AT', 'CH', 'CA', 'NL', 'ES', 'IT', 'SE', 'PL'] as const),
  ...(['DE', 'US', 'GB', 'FR', 'AT', 'CH', 'CA', 'NL', 'ES', 'IT', 'SE', 'PL'] as const),
  ...(['DE', 'US', 'GB', 'FR', 'DE', 'US', 'GB', 'FR', 'US', 'DE', 'NL', 'ES', 'US', 'DE', 'FR', 'IT'] as const),
];

const neighbours: Record<CountryCode, readonly CountryCode[]> = {
  DE: ['AT', 'CH', 'PL', 'NL'],
  AT: ['DE', 'CH', 'IT'],
  CH: ['DE', 'AT', 'FR', 'IT'],
  FR: ['CH', 'ES', 'IT'],
  GB: ['NL', 'SE', 'US'],
  US: ['CA', 'GB'],
  CA: ['US'],
  NL: ['DE', 'GB'],
  ES: ['FR', 'IT'],
  IT: ['ES', 'CH'],
  SE: ['NL', 'PL', 'GB'],
  PL: ['DE', 'SE'],
};

/** Partners that are not active: their corners of the market have fewer choices, a few have none. */
const statuses: Record<number, Partner['status']> = {
  9: 'Onboarding',
  23: 'Dormant',
  31: 'Terminated',
  37: 'Onboarding',
};

/**
 * The forty partners.
 * @param crowd how many times larger than the default market this one is: capacity grows with it, never below 1
 */
export function generatePartners(seed: number, crowd: number): Partner[] {
  const names = new Set<string>();
  const turns = new Map<CountryCode, number>();
  return Array.from({ length: partnerCount }, (_, index) => {
    const home = homes[index % homes.length] as CountryCode;
    const turn = turns.get(home) ?? 0;
    turns.set(home, turn + 1);
    return generatePartner(seed, index, home, turn, names, Math.max(1, crowd));
  });
}

function generatePartner(
  seed: number,
  index: number,
  home: CountryCode,
  turn: number,
  names: Set<string>,
  crowd: number,
): Partner {
  const key = `partner-${String(index).padStart(2, '0')}`;
  const dice = new Dice(seed, key);
  const country = countries.find(({ code }) => code === home) as Country;
  const brand = dice.chance('surname', 0.4)
    ? dice.pick('founder', country.lastNames)
    : dice.pick('brand', brandBeginnings) + dice.pick('brand ending', brandEndings);
  const name = distinct(names, `${brand} ${dice.pick('word', partnerWords)}`, (base) => base.replace(/(\d+)$/, ' $1'));
  // Partners of one country cover the products in turn, two or three each, so that few corners stay empty.
  const breadth = dice.weighted('breadth', [
    [2, 5],
    [3, 4],
    [4, 1],
  ]);
  const first = turn * 2 + dice.int('first product', 0, 1) * (turn > 1 ? 1 : 0);
  const competencies = Array.from({ length: breadth }, (_, n) => products[(first + n) % products.length] as string);
  const abroad = neighbours[home].filter((code) => dice.chance(`abroad ${code}`, 0.3)).slice(0, 3);
  const skill = Math.min(0.97, Math.max(0.08, 0.55 + 0.22 * dice.normal('skill')));
  const tier = tierOf(skill + 0.15 * dice.normal('tier'));
  const domain = `${slug(name, true)}.${dice.pick('tld', country.tlds)}`;
  const territories = [home, ...abroad].sort();
  const sold = products.filter((product) => competencies.includes(product));
  const capacity = Math.min(9999, Math.round(dice.int('capacity', 12, 40) * crowd));
  return {
    key,
    name: `${name} ${dice.pick('legal form', country.legalForms)}`,
    domain,
    country,
    industry: dice.pick('industry', ['Technology', 'Consulting', 'Telecommunications']),
    employees: Math.max(4, Math.round(Math.exp(3.8 + dice.normal('employees')))),
    status: statuses[index] ?? 'Active',
    territories,
    competencies: sold,
    tier,
    capacity,
    terms: partnerTerms(seed, { key, domain, capacity, territories, competencies: sold, country: home }),
    hidden: {
      skill: round(skill),
      speedHours: round(Math.min(72, Math.max(1.5, Math.exp(2.2 + 0.8 * dice.normal('speed') - 0.6 * (skill - 0.5))))),
      ignoreRate: round(Math.min(0.4, Math.max(0.02, 0.28 - 0.25 * skill + 0.05 * dice.normal('ignore')))),
      acceptRate: round(Math.min(0.92, Math.max(0.35, 0.68 + 0.1 * dice.normal('accept')))),
      answersIn: index % 4 === 3 ? 'hubspot' : 'salesforce',
    },
  };
}

function tierOf(standing: number): Partner['tier'] {
  if (standing > 0.8) return 'Platinum';
  if (standing > 0.62) return 'Gold';
  return standing > 0.4 ? 'Silver' : 'Registered';
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
