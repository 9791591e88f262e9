import type { Campaign } from './campaigns.ts';
import { generateCampaigns } from './campaigns.ts';
import { type Company, generateCompanies } from './companies.ts';
import { generatePartners, type Partner } from './partners.ts';
import { Dice } from './random.ts';
import { planRecords, type RecordPlan } from './records.ts';
import { planResponses, type Response } from './responses.ts';
import { distinct, slug } from './text.ts';
import { freeMailDomains, type Product, products, titles } from './words/business.ts';

/** One human being of the market. Times are hours from the start of the market, negative before it. */
export interface Person {
  readonly id: string;
  readonly company: Company;
  readonly firstName: string;
  readonly lastName: string;
  /** The address of this person alone. */
  readonly email: string;
  readonly freeMail: boolean;
  readonly secondEmail: string;
  readonly title: string;
  readonly phone: string;
  readonly product: Product | null;
  /** 0 to 1: how much a purchase is to be expected; the CRMs show parts of it only. */
  readonly quality: number;
  /** Where Salesforce knows this person from. */
  readonly inSalesforceAs: 'Lead' | 'Contact' | null;
  readonly inHubspot: boolean;
  readonly arrivesBy: 'form' | 'event' | 'list';
  readonly arrivesAt: number;
  readonly optedOut: boolean;
  readonly isCustomer: boolean;
  /** When marketing calls it qualified, if it ever does. */
  readonly mqlAt: number | null;
  readonly mqlIn: 'both' | 'salesforce' | 'hubspot';
  /** When it buys without any partner, if it is such a one and no partner came first. */
  readonly buysAnywayAt: number | null;
  readonly records: readonly RecordPlan[];
  readonly responses: readonly Response[];
}

export interface Population {
  readonly companies: readonly Company[];
  readonly people: readonly Person[];
  readonly campaigns: readonly Campaign[];
  readonly partners: readonly Partner[];
}

/** How far back the market reaches before its start. */
export const historyHours = 24 * 24;

/** Everybody and everything of a market, as it would unfold if nobody interfered. Pure: same seed, same population. */
export function generatePopulation(options: { seed: number; leads: number; days: number }): Population {
  const { seed, leads, days } = options;
  const count = Math.max(1, Math.round(leads * 2.5));
  const companies = generateCompanies(seed, Math.max(1, Math.round(count / 1.7)));
  const campaigns = generateCampaigns(seed);
  const addresses = new Set<string>();
  const people = Array.from({ length: count }, (_, index) => {
    const dice = new Dice(seed, personId(index));
    const company = companyOf(dice, companies, index);
    const self = describePerson(dice, index, company, days, addresses);
    const records = planRecords(dice, self);
    const responses = planResponses(dice, self, records, campaigns, days);
    return { ...self, records, responses };
  });
  return { companies, people, campaigns, partners: generatePartners(seed, leads / 2000) };
}

function personId(index: number): string {
  return `person-${String(index).padStart(5, '0')}`;
}

/** Each company has somebody; whoever is left works at a larger one more likely. */
function companyOf(dice: Dice, companies: readonly Company[], index: number): Company {
  const own = companies[index];
  if (own) return own;
  const first = dice.pick('company', companies);
  const second = dice.pick('other company', companies);
  return first.employees >= second.employees ? first : second;
}

type Self = Omit<Person, 'records' | 'responses'>;

function describePerson(dice: Dice, index: number, company: Company, days: number, addresses: Set<string>): Self {
  const firstName = dice.pick('first name', company.country.firstNames);
  const lastName = dice.pick('last name', company.country.lastNames);
  const freeMail = dice.chance('free mail', 0.08);
  const email = address(
    dice,
    firstName,
    lastName,
    freeMail ? dice.pick('free', freeMailDomains) : company.domain,
    addresses,
  );
  const { title, seniority } = dice.weighted('title', titles);
  const inSalesforceAs = salesforceObject(dice, company);
  const inHubspot = inSalesforceAs === null || dice.chance('in hubspot', 0.84);
  const isCustomer = inSalesforceAs === 'Contact' && dice.chance('is customer', 0.5);
  const arrivesAt = dice.chance('known at start', 0.55)
    ? -dice.between('arrival', 1, historyHours)
    : dice.between('arrival', 0, days * 24);
  const arrivesBy = arrival(dice, inSalesforceAs, inHubspot);
  // Customers do not become leads, so the others do a little more often: 40 % of all people.
  const mqlAt = !isCustomer && dice.chance('qualifies', 0.417) ? mqlTime(dice, arrivesAt, days) : null;
  const size = Math.min(1, Math.log10(company.employees) / 4);
  return {
    id: personId(index),
    company,
    firstName,
    lastName,
    email,
    freeMail,
    secondEmail: `${slug(lastName)}.${slug(firstName)}.${index}@${dice.pick('second mail', freeMailDomains)}`,
    title,
    phone: `${company.country.dialling} ${dice.int('area', 20, 989)} ${dice.int('line', 100_000, 9_999_999)}`,
    product: dice.chance('product unknown', 0.04)
      ? null
      : dice.weighted(
          'product',
          products.map((product, n) => [product, 4 - n * 0.6] as const),
        ),
    quality: 0.4 * seniority + 0.25 * size + 0.35 * dice.uniform('quality'),
    inSalesforceAs,
    inHubspot,
    arrivesBy,
    arrivesAt,
    optedOut: dice.chance('opted out', 0.04),
    isCustomer,
    mqlAt,
    mqlIn: dice.weighted('qualified in', [
      ['both', 70],
      ['salesforce', 15],
      ['hubspot', 15],
    ]),
    buysAnywayAt: mqlAt !== null && dice.chance('buys anyway', 0.03) ? mqlAt + dice.between('buys', 72, 400) : null,
  };
}

function salesforceObject(dice: Dice, company: Company): Person['inSalesforceAs'] {
  if (company.isCustomer && dice.chance('is contact', 0.75)) return 'Contact';
  return dice.chance('is lead', 0.595) ? 'Lead' : null;
}

function arrival(dice: Dice, object: Person['inSalesforceAs'], inHubspot: boolean): Person['arrivesBy'] {
  if (object === null) return dice.chance('form', 0.85) ? 'form' : 'list';
  if (!inHubspot) return dice.chance('event', 0.6) ? 'event' : 'list';
  return dice.weighted('arrives by', [
    ['form', 50],
    ['event', 35],
    ['list', 15],
  ]);
}

/** 15 % qualify before the start (if known by then), the others over the days, the newly arrived within about five. */
function mqlTime(dice: Dice, arrivesAt: number, days: number): number {
  const end = days * 24;
  if (arrivesAt < -2) {
    if (dice.chance('qualified at start', 0.27)) return dice.between('qualified', arrivesAt + 1, -0.5);
    return dice.between('qualified', 0, end);
  }
  const start = Math.max(0, arrivesAt);
  const mean = 120;
  const reach = 1 - Math.exp(-(end - start) / mean);
  return start - mean * Math.log(1 - dice.uniform('qualified') * reach);
}

function address(dice: Dice, firstName: string, lastName: string, domain: string, taken: Set<string>): string {
  const first = slug(firstName);
  const last = slug(lastName);
  const local = dice.weighted('address style', [
    [`${first}.${last}`, 60],
    [`${first.charAt(0)}.${last}`, 20],
    [`${first}${last.charAt(0)}`, 10],
    [`${last}`, 10],
  ]);
  return distinct(taken, local, (base) => `${base}@${domain}`);
}
