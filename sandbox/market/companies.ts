import { Dice } from './random.ts';
import { distinct, slug } from './text.ts';
import { brandBeginnings, brandEndings, industries } from './words/business.ts';
import { type Country, countries } from './words/countries.ts';

/** A company of the market, whether or not a CRM knows it. */
export interface Company {
  readonly key: string;
  readonly name: string;
  /** The name without its legal form, as people often type it. */
  readonly shortName: string;
  readonly domain: string;
  readonly country: Country;
  readonly city: string;
  readonly industry: string;
  readonly employees: number;
  /** Buys from the vendor already: has a Salesforce Account from the start. */
  readonly isCustomer: boolean;
  /** Everybody there answers as info@domain in Salesforce. */
  readonly sharesMailbox: boolean;
}

/** The companies of a market: distinct names, distinct domains, log-normal sizes. */
export function generateCompanies(seed: number, count: number): Company[] {
  const names = new Set<string>();
  const domains = new Set<string>();
  return Array.from({ length: count }, (_, index) => generateCompany(seed, index, names, domains));
}

function generateCompany(seed: number, index: number, names: Set<string>, domains: Set<string>): Company {
  const key = `company-${String(index).padStart(5, '0')}`;
  const dice = new Dice(seed, key);
  const country = dice.weighted(
    'country',
    countries.map((each) => [each, each.weight] as const),
  );
  const city = dice.pick('city', country.cities);
  const legalForm = dice.pick('legal form', country.legalForms);
  let shortName = composeName(dice, country, city);
  if (names.has(shortName)) shortName = `${shortName} ${city}`;
  shortName = distinct(names, shortName, (base) => base.replace(/(\d+)$/, ' $1'));
  const tld = dice.pick('tld', country.tlds);
  const umlauts = ['DE', 'AT', 'CH'].includes(country.code);
  const separator = dice.chance('hyphen', 0.4) ? '-' : '';
  const words = shortName.split(/[\s&]+/).map((word) => slug(word, umlauts));
  const domain = distinct(domains, words.filter(Boolean).join(separator), (base) => `${base}.${tld}`);
  return {
    key,
    name: `${shortName} ${legalForm}`,
    shortName,
    domain,
    country,
    city,
    industry: dice.weighted('industry', industries),
    employees: Math.min(90_000, Math.max(3, Math.round(Math.exp(4.6 + 1.5 * dice.normal('employees'))))),
    isCustomer: dice.chance('customer', 0.1),
    sharesMailbox: dice.chance('shared mailbox', 0.02),
  };
}

function composeName(dice: Dice, country: Country, city: string): string {
  const trade = dice.pick('trade', country.trades);
  const surname = dice.pick('founder', country.lastNames);
  const partner = dice.pick('second founder', country.lastNames);
  const brand = dice.pick('brand', brandBeginnings) + dice.pick('brand ending', brandEndings);
  return dice.weighted('style', [
    [`${brand} ${trade}`, 38],
    [brand, 16],
    [`${surname} ${trade}`, 26],
    [surname === partner ? `${surname} ${trade}` : `${surname} & ${partner}`, 10],
    [`${city} ${trade}`, 10],
  ]);
}
