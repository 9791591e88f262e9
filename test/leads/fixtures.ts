/** People, partners and rule files for the tests of leads. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { RoutableLead } from '../../src/leads/route-lead.ts';
import { ConfigError } from '../../src/model/config-error.ts';
import { type PartnerFacts, type PartnerState, partnerFacts } from '../../src/model/partner.ts';
import { EMPTY_PERSON, type PersonFacts } from '../../src/model/person.ts';

export const anna: PersonFacts = {
  ...EMPTY_PERSON,
  firstName: 'Anna',
  lastName: 'Schmidt',
  email: 'anna.schmidt@acme.de',
  title: 'Head of IT',
  companyName: 'Acme GmbH',
  domain: 'acme.de',
  country: 'DE',
  employees: 300,
  product: 'Vault',
  stage: 'mql',
};

export const noTouches = { count: 0, campaigns: 0, daysSinceLast: null };

export function shipped(name: 'intake' | 'scoring' | 'routing' | 'programmes'): [file: string, text: string] {
  return [`config/${name}.yaml`, readFileSync(new URL(`../../config/${name}.yaml`, import.meta.url), 'utf8')];
}

/** What a broken file is told, as people see it. */
export function problemsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

export function partner(
  id: string,
  facts: Partial<PartnerFacts> = {},
  state: Partial<PartnerState> = {},
): PartnerState {
  const known = partnerFacts({
    name: `Partner ${id}`,
    status: 'Active',
    territories: ['DE'],
    competencies: ['Vault'],
    tier: 'Gold',
    ...facts,
  });
  return { id, facts: known, load: 0, lastServed: 0, ...state };
}

export function lead(change: Partial<RoutableLead> = {}): RoutableLead {
  return {
    id: 'ld_1',
    person: anna,
    score: { score: 60, grade: 'B', reasons: [] },
    touches: noTouches,
    declined: [],
    rounds: 0,
    ...change,
  };
}

const countries = ['DE', 'AT', 'FR'];
const products = ['Vault', 'Relay'];

const anyPartner = (id: string): fc.Arbitrary<PartnerState> =>
  fc
    .record({
      status: fc.constantFrom('Active' as const, 'Active' as const, 'Active' as const, 'Dormant' as const),
      territories: fc.subarray(countries),
      competencies: fc.subarray(products),
      tier: fc.constantFrom('Platinum', 'Gold', 'Silver', null),
      capacity: fc.option(fc.integer({ min: 0, max: 4 })),
      load: fc.integer({ min: 0, max: 4 }),
      lastServed: fc.integer({ min: 0, max: 9 }),
    })
    .map(({ load, lastServed, ...facts }) => partner(id, facts, { load, lastServed }));

export const anyPartners = fc
  .integer({ min: 0, max: 7 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, n) => anyPartner(`pt_${n}`))));

export const anyLead: fc.Arbitrary<RoutableLead> = fc
  .record({
    country: fc.constantFrom(...countries, null),
    product: fc.constantFrom(...products, null),
    employees: fc.constantFrom(null, 20, 9000),
    score: fc.integer({ min: 0, max: 100 }),
    grade: fc.constantFrom('A' as const, 'B' as const, 'C' as const, 'D' as const),
    declined: fc.subarray(['pt_0', 'pt_1', 'pt_2', 'pt_3']),
    id: fc.uuid(),
  })
  .map(({ country, product, employees, score, grade, declined, id }) =>
    lead({
      id,
      person: { ...anna, country, product, employees },
      score: { score, grade, reasons: [] },
      declined,
      rounds: declined.length,
    }),
  );
