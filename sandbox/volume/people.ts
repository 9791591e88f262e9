/**
 * People by the million: person number `i` of a seed is a pure function of (seed, i), made in about a microsecond and
 * without memory of the others, so that two emulated CRMs can be filled apart and still know the same persons.
 */
import { slug } from '../market/text.ts';
import { brandBeginnings, brandEndings, industries, leadSources, products, titles } from '../market/words/business.ts';
import { type Country, countries } from '../market/words/countries.ts';

export type VolumeStage = 'Subscriber' | 'Lead' | 'MQL' | 'SQL' | 'Customer';

/** What is true of one person, whichever CRM says it. */
export interface VolumePerson {
  readonly index: number;
  readonly firstName: string;
  readonly lastName: string;
  /** Nobody else's, in lower case and ASCII. */
  readonly email: string;
  readonly phone: string;
  readonly title: string;
  readonly company: string;
  readonly domain: string;
  /** As people spell it; mostly the usual English name. */
  readonly country: string;
  readonly countryCode: string;
  readonly city: string;
  readonly industry: string;
  readonly employees: number;
  readonly stage: VolumeStage;
  readonly product: string;
  readonly leadSource: string;
  readonly optedOut: boolean;
}

/**
 * Which persons each CRM knows where it is to hold `count` of them: half of them are known to both.
 * @returns the first index and the one after the last
 */
export function peopleOf(crm: 'salesforce' | 'hubspot', count: number): { from: number; to: number } {
  const from = crm === 'salesforce' ? 0 : Math.floor(count / 2);
  return { from, to: from + count };
}

const STAGES: readonly (readonly [VolumeStage, number])[] = [
  ['Subscriber', 25],
  ['Lead', 30],
  ['MQL', 35],
  ['SQL', 5],
  ['Customer', 5],
];

/** Every value as often as its weight, so that a draw is one look into a table. */
function spread<T>(choices: readonly (readonly [T, number])[]): readonly T[] {
  return choices.flatMap(([value, weight]) => Array.from({ length: weight }, () => value));
}

interface Words {
  readonly country: Country;
  readonly trades: readonly (readonly [string, string])[];
  readonly firstNames: readonly (readonly [string, string])[];
  readonly lastNames: readonly (readonly [string, string])[];
}

const withSlug = (texts: readonly string[]) => texts.map((text) => [text, slug(text, true)] as const);

const countryTable = spread(
  countries.map((country) => {
    const words: Words = {
      country,
      trades: withSlug(country.trades),
      firstNames: withSlug(country.firstNames),
      lastNames: withSlug(country.lastNames),
    };
    return [words, country.weight] as const;
  }),
);
const industryTable = spread(industries);
const titleTable = spread(titles.map(([{ title }, weight]) => [title, weight] as const));
const stageTable = spread(STAGES);

/** One string in one piece: a million strings made of pieces would take several times the memory. */
function flat(parts: readonly (string | number)[]): string {
  return parts.join('');
}

/** People of one company, on average the number that the market has. */
const PEOPLE_A_COMPANY = 1.7;

/** A stream of 32-bit numbers that depends on its key alone. */
class Draws {
  #state: number;

  constructor(seed: number, kind: number, index: number) {
    this.#state = mix(mix(mix(seed | 0) ^ Math.imul(kind, 0x9e3779b1)) ^ Math.imul(index, 0x85ebca77));
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return Math.floor(((mix(this.#state) >>> 0) / 2 ** 32) * limit);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

/** Person number `index` (from 0, below two thousand million) of this seed. */
export function volumePerson(seed: number, index: number): VolumePerson {
  const companyIndex = Math.floor(index / PEOPLE_A_COMPANY);
  const company = new Draws(seed, 1, companyIndex);
  const { country, trades, firstNames, lastNames } = company.of(countryTable);
  const brand = company.of(brandBeginnings) + company.of(brandEndings);
  const [trade, tradeSlug] = company.of(trades);
  const number = companyIndex.toString(36);
  // The number in base 36 keeps domains apart, and so the addresses of different companies.
  const domain = flat([brand.toLowerCase(), '-', tradeSlug, '-', number, '.', company.of(country.tlds)]);
  const legalForm = company.of(country.legalForms);
  const city = company.of(country.cities);
  const industry = company.of(industryTable);
  const employees = 3 + Math.floor(10 ** (company.below(4500) / 1000));
  const draws = new Draws(seed, 2, index);
  const [firstName, firstSlug] = draws.of(firstNames);
  const [lastName, lastSlug] = draws.of(lastNames);
  const colleague = index - Math.ceil(companyIndex * PEOPLE_A_COMPANY);
  const distinction = colleague > 0 ? String(colleague + 1) : '';
  return {
    index,
    firstName,
    lastName,
    email: flat([firstSlug, '.', lastSlug, distinction, '@', domain]),
    phone: flat([country.dialling, ' ', 20 + draws.below(970), ' ', 100_000 + draws.below(9_900_000)]),
    title: draws.of(titleTable),
    company: flat([brand, ' ', trade, ' ', number.toUpperCase(), ' ', legalForm]),
    domain,
    country: draws.below(100) < 85 ? country.spellings[0] : draws.of(country.spellings),
    countryCode: country.code,
    city,
    industry,
    employees,
    stage: draws.of(stageTable),
    product: draws.of(products),
    leadSource: draws.of(leadSources),
    optedOut: draws.below(25) === 0,
  };
}
