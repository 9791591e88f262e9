import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Candidate } from '../../src/revenue/evidence.ts';
import {
  type MatchAnswer,
  type MatchFacts,
  matchOpportunity,
  NO_FACTS,
  type TiedPerson,
} from '../../src/revenue/match.ts';
import { deal } from './histories.ts';

const tied = (n: number, leadId: string | null = `ld_${n}`, acceptedAt: string | null = null): TiedPerson => ({
  personId: `pe_${n}`,
  leadId,
  acceptedAt,
});
const role = (person: TiedPerson, isPrimary = false) => ({ ...person, isPrimary });
/** A lead at the deal's account that a partner accepted in time and worked. */
const candidate = (n: number, changes: Partial<Candidate> = {}): Candidate => ({
  leadId: `ld_${n}`,
  personId: `pe_${n}`,
  company: 'account',
  partnerId: 'pa_1',
  acceptedAt: '2026-03-01T00:00:00Z',
  reports: 2,
  said: null,
  value: null,
  product: null,
  ...changes,
});
const match = (facts: Partial<MatchFacts>, changes = {}) => matchOpportunity(deal(changes), { ...NO_FACTS, ...facts });
const sells = (...products: string[]) => ({ evidence: { products, partners: [] } });

describe('a deal is matched', () => {
  test('to the lead that it names, before anything else', () => {
    expect(match({ named: [tied(4)], converted: [tied(1)] })).toMatchObject({
      leadId: 'ld_4',
      personIds: ['pe_1', 'pe_4'],
      how: 'named',
      reason: 'The deal names ld_4.',
    });
  });

  test('else to the lead whose conversion made it', () => {
    const facts = { converted: [tied(1)], contactRoles: [role(tied(2), true)], candidates: [candidate(3)] };
    expect(match(facts)).toMatchObject({
      leadId: 'ld_1',
      personIds: ['pe_1', 'pe_2'],
      how: 'converted lead',
      zone: 'sure',
      reason: 'The CRM Lead of ld_1 was converted into this opportunity.',
      ask: [],
    });
  });

  test('of several converted leads to the one accepted last before the close', () => {
    const converted = [
      tied(1, 'ld_1', '2026-03-01T00:00:00Z'),
      tied(2, 'ld_2', '2026-03-02T00:00:00Z'),
      tied(3, 'ld_3', '2026-04-02T00:00:00Z'),
      tied(4),
    ];
    expect(match({ converted })).toMatchObject({
      leadId: 'ld_2',
      personIds: ['pe_1', 'pe_2', 'pe_3', 'pe_4'],
      reason: '4 leads were converted into this opportunity; ld_2 was accepted last.',
      weighed: [],
    });
  });

  test('else to the primary contact, else to another contact with a lead', () => {
    expect(match({ contactRoles: [role(tied(1)), role(tied(2), true)], candidates: [candidate(3)] })).toMatchObject({
      leadId: 'ld_2',
      personIds: ['pe_1', 'pe_2'],
      how: 'contact role',
      reason: 'The primary contact of the deal is lead ld_2.',
    });
    expect(match({ contactRoles: [role(tied(1)), role(tied(2, null), true)] })).toMatchObject({
      leadId: 'ld_1',
      personIds: ['pe_1', 'pe_2'],
      how: 'contact role',
    });
  });

  test('else to the lead that the partner named on it had accepted last before the close', () => {
    const candidates = [
      candidate(1, { partnerId: 'pa_2', acceptedAt: '2026-02-01T00:00:00Z' }),
      candidate(2, { partnerId: 'pa_2', acceptedAt: '2026-03-01T00:00:00Z' }),
      candidate(3, { partnerId: 'pa_2', acceptedAt: '2026-04-02T00:00:00Z' }),
      candidate(4, { acceptedAt: '2026-03-20T00:00:00Z' }),
    ];
    expect(match({ candidates, evidence: { products: [], partners: ['pa_2'] } })).toMatchObject({
      leadId: 'ld_2',
      personIds: ['pe_2'],
      how: 'partner field',
      zone: 'sure',
    });
  });

  test('else to a lead of its company of which the evidence is sure', () => {
    expect(match({ candidates: [candidate(1, { product: 'Vault' })], ...sells('Vault') })).toMatchObject({
      leadId: 'ld_1',
      personIds: ['pe_1'],
      how: 'account',
      zone: 'sure',
      reason:
        "It came of lead ld_1 with a probability of 92.3 %: its person is at the deal's account; a partner accepted it 30 days before the deal closed; " +
        'the partner was at work with it (2 reports); it asked for Vault, which the deal sells.',
    });
  });

  test('whatever the order of the facts', () => {
    const accepted = fc.constantFrom('2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z', '2026-04-02T00:00:00Z', null);
    const people = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), accepted), { maxLength: 4 });
    fc.assert(
      fc.property(people, people, people, fc.boolean(), (converted, roles, others, isPrimary) => {
        const facts = {
          converted: converted.map(([n, at]) => tied(n, `ld_${n}`, at)),
          contactRoles: roles.map(([n, at]) => role(tied(n, `ld_${n}`, at), isPrimary)),
          candidates: others.map(([n, acceptedAt]) => candidate(n, { acceptedAt, partnerId: acceptedAt && 'pa_1' })),
        };
        // One lead has one acceptance: two that differ are no facts.
        const once = (list: readonly { leadId: string | null }[]) =>
          new Set(list.map(({ leadId }) => leadId)).size === list.length;
        fc.pre(once(facts.converted) && once(facts.contactRoles) && once(facts.candidates));
        const turned = {
          converted: [...facts.converted].reverse(),
          contactRoles: [...facts.contactRoles].reverse(),
          candidates: [...facts.candidates].reverse(),
        };
        expect(match(turned)).toEqual(match(facts));
      }),
    );
  });
});

describe('a deal waits for a person', () => {
  test('where a lead of its company is likely, but not sure', () => {
    const found = match({ candidates: [candidate(1)] });
    expect(found).toMatchObject({ leadId: null, personIds: [], how: null, zone: 'doubtful' });
    expect(found.ask).toEqual([
      {
        leadId: 'ld_1',
        probability: 0.8571,
        by: null,
        reasons: [
          "its person is at the deal's account (x 0.5)",
          'a partner accepted it 30 days before the deal closed (x 6)',
          'the partner was at work with it (2 reports) (x 2)',
        ],
      },
    ]);
  });

  test('where two leads fit equally well: neither can be sure', () => {
    const product = { product: 'Vault' };
    const found = match({ candidates: [candidate(1, product), candidate(2, product)], ...sells('Vault') });
    expect(found.zone).toBe('doubtful');
    expect(found.ask.map(({ leadId, probability }) => [leadId, probability])).toEqual([
      ['ld_1', 0.48],
      ['ld_2', 0.48],
    ]);
  });
});

describe('a deal stays unattributed, with the reason', () => {
  test('where the only lead of its account was accepted by nobody', () => {
    expect(match({ candidates: [candidate(1, { partnerId: null, acceptedAt: null, reports: 0 })] })).toMatchObject({
      leadId: null,
      zone: 'unattributed',
      ask: [],
      reason:
        "Nobody is named on the deal and the one lead of its company is too unlikely: ld_1 with 13.0 % (its person is at the deal's account; " +
        'no partner had accepted it before the close), below 40.0 %.',
    });
  });

  test('where nobody of the deal or its account is a lead; the touches of its people count all the same', () => {
    expect(match({ contactRoles: [role(tied(1, null))] })).toMatchObject({
      leadId: null,
      personIds: ['pe_1'],
      how: null,
      zone: 'unattributed',
      reason: 'Nobody named on the deal is a lead and its account has no lead.',
    });
    expect(match({}, { accountId: null }).reason).toBe('Nobody is named on the deal and it has no account.');
  });
});

describe('what a person answered', () => {
  const shown = (n: number, probability = 0.8) => ({ leadId: `ld_${n}`, probability, by: null, reasons: [] });
  const answer = (leadId: string | null, ...leads: ReturnType<typeof shown>[]): MatchAnswer => ({
    leadId,
    shown: leads,
    at: '2026-05-02T10:00:00Z',
  });

  test('stands over the evidence and is not asked again', () => {
    expect(
      match({ candidates: [candidate(1), candidate(2)], answer: answer('ld_2', shown(1), shown(2)) }),
    ).toMatchObject({
      leadId: 'ld_2',
      personIds: ['pe_2'],
      how: 'answered',
      zone: 'sure',
      reason: 'A person said on 2026-05-02 that it came of ld_2.',
      ask: [],
      against: [],
    });
    expect(match({ candidates: [candidate(1)], answer: answer(null, shown(1)) })).toMatchObject({
      leadId: null,
      zone: 'unattributed',
      reason: 'A person said on 2026-05-02 that it came of none of ld_1.',
      ask: [],
    });
  });

  test('does not hide a lead that was not shown', () => {
    const found = match({
      candidates: [candidate(1, { acceptedAt: '2025-01-01T00:00:00Z', reports: 0 }), candidate(2)],
      answer: answer(null, shown(1)),
    });
    expect(found.ask.map(({ leadId }) => leadId)).toEqual(['ld_2']);
  });

  test('stands where the deal names another lead since, which is shown and asked', () => {
    const found = match({ converted: [tied(3)], candidates: [candidate(1)], answer: answer('ld_1', shown(1)) });
    expect(found).toMatchObject({ leadId: 'ld_1', how: 'answered' });
    expect(found.against).toEqual([
      'Since the answer of 2026-05-02: lead ld_3: the CRM Lead of ld_3 was converted into this opportunity.',
    ]);
    expect(found.ask.map(({ leadId, by }) => [leadId, by])).toEqual([['ld_3', 'converted lead']]);
  });

  test('stands where what was refused has become sure, which is shown and asked', () => {
    const found = match({
      candidates: [candidate(1, { product: 'Vault' })],
      ...sells('Vault'),
      answer: answer(null, shown(1, 0.8571)),
    });
    expect(found).toMatchObject({ leadId: null, zone: 'doubtful' });
    expect(found.against).toEqual(['Since the answer of 2026-05-02: lead ld_1: its probability is 92.3 % by now.']);
  });
});
