import { describe, expect, test } from '@jest/globals';
import { planEvents } from '../../../sandbox/market/events.ts';
import { generatePopulation, type Person } from '../../../sandbox/market/people.ts';
import { noCompany } from '../../../sandbox/market/records.ts';
import { products } from '../../../sandbox/market/words/business.ts';
import { countries } from '../../../sandbox/market/words/countries.ts';
import { matchFigures, plannedRows } from './matcher.ts';

const days = 30;
const population = generatePopulation({ seed: 1, leads: 2000, days });
const { people, companies, campaigns, partners } = population;
const share = (is: (person: Person) => boolean) => people.filter(is).length / people.length;
const near = (actual: number, expected: number, off: number) => expect(Math.abs(actual - expected)).toBeLessThan(off);

describe('the population of a market', () => {
  test('the same seed gives the same people, another seed others', () => {
    const small = (seed: number) => generatePopulation({ seed, leads: 20, days });
    expect(small(4)).toEqual(small(4));
    expect(small(4).people[0]).not.toEqual(small(5).people[0]);
  });

  test('has two and a half people for each lead, of whom 40 % qualify, 15 % of these before the start', () => {
    expect(people).toHaveLength(5000);
    const qualified = people.filter(({ mqlAt }) => mqlAt !== null);
    near(qualified.length, 2000, 100);
    near(qualified.filter(({ mqlAt }) => (mqlAt ?? 0) < 0).length / qualified.length, 0.15, 0.025);
    expect(qualified.filter(({ mqlAt, arrivesAt }) => (mqlAt ?? 0) < arrivesAt || (mqlAt ?? 0) > days * 24)).toEqual(
      [],
    );
    near(
      share(({ arrivesAt }) => arrivesAt < 0),
      0.55,
      0.03,
    );
  });

  test('spreads people over both CRMs', () => {
    near(
      share(({ inHubspot }) => inHubspot),
      0.9,
      0.02,
    );
    near(
      share(({ inSalesforceAs }) => inSalesforceAs === 'Lead'),
      0.55,
      0.02,
    );
    near(
      share(({ inSalesforceAs }) => inSalesforceAs === 'Contact'),
      0.08,
      0.015,
    );
    expect(people.filter(({ records }) => records.length === 0)).toEqual([]);
  });

  test('has its share of doubles, shared mailboxes, opt-outs and flawed leads', () => {
    const leads = people.flatMap(({ records }) => records.filter(({ object }) => object === 'Lead'));
    const many = people.filter(({ records }) => records.filter(({ object }) => object === 'Lead').length > 1).length;
    near(many / people.filter(({ inSalesforceAs }) => inSalesforceAs === 'Lead').length, 0.04, 0.012);
    near(
      share(({ records }) => records.some(({ email }) => email?.toLowerCase().startsWith('info@'))),
      0.012,
      0.008,
    );
    near(
      share(({ optedOut }) => optedOut),
      0.04,
      0.01,
    );
    for (const flaw of [
      leads.filter(({ email }) => email === null),
      leads.filter(({ company }) => company === noCompany),
    ]) {
      expect(flaw.length).toBeGreaterThan(10);
      expect(flaw.length).toBeLessThan(120);
    }
    const both = people.filter(({ inHubspot, inSalesforceAs }) => inHubspot && inSalesforceAs !== null);
    near(both.filter(({ records }) => records.some(({ knowsOther }) => knowsOther)).length / both.length, 0.6, 0.04);
  });

  test('companies have distinct names and domains, a legal form of their country, sizes from tiny to huge', () => {
    near(companies.length, 5000 / 1.7, 2);
    expect(new Set(companies.map(({ name }) => name)).size).toBe(companies.length);
    expect(new Set(companies.map(({ domain }) => domain)).size).toBe(companies.length);
    const wellFormed = /^[a-z0-9]+(-[a-z0-9]+)*\.[a-z]+(\.[a-z]+)?$/;
    const odd = companies.filter(
      ({ name, country, domain }) =>
        !country.legalForms.some((form) => name.endsWith(` ${form}`)) || !wellFormed.test(domain),
    );
    expect(odd).toEqual([]);
    const sizes = companies.map(({ employees }) => employees).sort((a, b) => a - b);
    expect(sizes[0]).toBeLessThan(8);
    expect(sizes.at(-1)).toBeGreaterThan(5000);
    expect(new Set(companies.map(({ country }) => country.code)).size).toBe(12);
  });

  test('no two people share an address in HubSpot', () => {
    const inHubspot = people.flatMap(({ records }) =>
      records.filter(({ crm }) => crm === 'hubspot').flatMap(({ email, moreEmails }) => [email, ...moreEmails]),
    );
    expect(new Set(inHubspot).size).toBe(inHubspot.length);
  });

  test('a plain matcher can tell who is who', () => {
    const rows = plannedRows(people);
    const personOf = new Map(people.flatMap(({ id, records }) => records.map(({ key }) => [key, id] as const)));
    const figures = matchFigures(rows, personOf);
    expect(figures.pairs).toBeGreaterThan(2000);
    expect(figures.recall).toBeGreaterThan(0.99);
    expect(figures.precision).toBeGreaterThan(0.997);
  });

  test('people respond to 0 to 4 campaigns before they qualify, each campaign once, while it runs and they are known', () => {
    const wrong = people.filter(({ responses, mqlAt, records }) => {
      const before = responses.filter(({ at }) => mqlAt === null || at <= mqlAt);
      const twice = new Set(responses.map(({ campaign }) => campaign.key)).size < responses.length;
      const misplaced = responses.some(
        ({ campaign, at, sentAt, inSalesforce, inHubspot }) =>
          at < campaign.startsAt ||
          at >= campaign.endsAt ||
          at < (records[0]?.at ?? at) ||
          (sentAt !== null && sentAt >= at) ||
          !(inSalesforce || inHubspot),
      );
      return before.length > 4 || twice || misplaced;
    });
    expect(wrong).toEqual([]);
  });

  test('fourteen campaigns, three of them in both CRMs, spend items adding up to the cost in whole dollars', () => {
    expect(campaigns).toHaveLength(14);
    expect(campaigns.filter(({ inSalesforce, inHubspot }) => inSalesforce && inHubspot)).toHaveLength(3);
    expect(campaigns.filter(({ inSalesforce }) => !inSalesforce)).toHaveLength(3);
    for (const { spend, costCents } of campaigns) {
      expect(spend.reduce((sum, { cents }) => sum + cents, 0)).toBe(costCents);
      expect(costCents % 100).toBe(0);
    }
  });

  test('forty partners of distinct names cover nearly every country and product', () => {
    expect(partners).toHaveLength(40);
    expect(new Set(partners.map(({ name }) => name)).size).toBe(40);
    expect(partners.filter(({ status }) => status === 'Active').length).toBeGreaterThanOrEqual(35);
    const gaps = countries.flatMap(({ code }) =>
      products.filter(
        (product) =>
          !partners.some(
            ({ status, territories, competencies }) =>
              status === 'Active' && territories.includes(code) && competencies.includes(product),
          ),
      ),
    );
    expect(gaps.length).toBeLessThanOrEqual(4);
    for (const { hidden } of partners) {
      expect(hidden.skill).toBeGreaterThan(0);
      expect(hidden.skill).toBeLessThan(1);
    }
    expect(partners.filter(({ hidden }) => hidden.answersIn === 'hubspot')).toHaveLength(10);
  });

  test('events come in order of time, a record before anything that needs it', () => {
    const events = planEvents(population, 1, days);
    const made = new Set<string>();
    let last = Number.NEGATIVE_INFINITY;
    const wrong = events.filter((event) => {
      const early = event.at < last;
      last = event.at;
      if (event.kind === 'record') made.add(event.person.id);
      const unknown = (event.kind === 'response' || event.kind === 'sent') && !made.has(event.person.id);
      return early || unknown;
    });
    expect(wrong).toEqual([]);
  });
});
