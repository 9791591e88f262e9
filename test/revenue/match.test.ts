import { describe, expect, test } from '@jest/globals';
import { type MatchFacts, matchOpportunity, type TiedPerson } from '../../src/revenue/match.ts';
import { deal } from './histories.ts';

const tied = (n: number, leadId: string | null = `ld_${n}`, acceptedAt: string | null = null): TiedPerson => ({
  personId: `pe_${n}`,
  leadId,
  acceptedAt,
});
const role = (person: TiedPerson, isPrimary = false) => ({ ...person, isPrimary });
const match = (facts: Partial<MatchFacts>, changes = {}) =>
  matchOpportunity(deal(changes), { converted: [], contactRoles: [], account: [], ...facts });

describe('a deal is matched', () => {
  test('to the lead whose conversion made it, before anything else', () => {
    expect(match({ converted: [tied(1)], contactRoles: [role(tied(2), true)], account: [tied(3)] })).toEqual({
      leadId: 'ld_1',
      personIds: ['pe_1', 'pe_2'],
      how: 'converted lead',
      reason: 'The CRM Lead of ld_1 was converted into this opportunity.',
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
    });
  });

  test('else to the primary contact, else to another contact with a lead', () => {
    expect(match({ contactRoles: [role(tied(1)), role(tied(2), true)], account: [tied(3)] })).toMatchObject({
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

  test('else to the only lead of the account, however many of its records there are', () => {
    expect(match({ account: [tied(1, null), tied(2), tied(2)] })).toEqual({
      leadId: 'ld_2',
      personIds: ['pe_2'],
      how: 'account',
      reason: "Lead ld_2 is the only lead of the deal's account.",
    });
  });

  test('of several leads of the account to the one accepted last before the close', () => {
    const account = [
      tied(1, 'ld_1', '2026-03-01T00:00:00Z'),
      tied(2, 'ld_2', '2026-03-31T23:00:00Z'),
      tied(3, 'ld_3', '2026-04-01T00:00:00Z'),
    ];
    expect(match({ account })).toMatchObject({ leadId: 'ld_2', personIds: ['pe_2'], how: 'account' });
    expect(match({ account }, { closeDate: null })).toMatchObject({ leadId: 'ld_3' });
  });

  test('whatever the order of the facts', () => {
    const account = [tied(1, 'ld_1', '2026-03-01T00:00:00Z'), tied(2, 'ld_2', '2026-03-02T00:00:00Z'), tied(3)];
    expect(match({ account: [...account].reverse() })).toEqual(match({ account }));
    const contactRoles = account.map((person) => role(person));
    expect(match({ contactRoles: [...contactRoles].reverse() })).toEqual(match({ contactRoles }));
  });
});

describe('a deal stays unmatched', () => {
  test('where none of several leads of the account was accepted before the close', () => {
    expect(match({ account: [tied(1), tied(2), tied(3, 'ld_3', '2026-04-02T00:00:00Z')] })).toEqual({
      leadId: null,
      personIds: [],
      how: null,
      reason:
        "The deal's account has 3 leads and which of them brought it cannot be told: none was accepted before the deal closed.",
    });
  });

  test('where two of them were accepted at the same moment', () => {
    const at = '2026-03-01T00:00:00Z';
    expect(match({ account: [tied(1, 'ld_1', at), tied(2, 'ld_2', at)] })).toMatchObject({
      leadId: null,
      reason: expect.stringContaining('several were accepted at the same moment'),
    });
  });

  test('where nobody of the deal or its account is a lead; the touches of its people count all the same', () => {
    expect(match({ contactRoles: [role(tied(1, null))], account: [tied(2, null)] })).toEqual({
      leadId: null,
      personIds: ['pe_1'],
      how: null,
      reason: 'Nobody named on the deal is a lead and its account has no lead.',
    });
    expect(match({}, { accountId: null }).reason).toBe('Nobody is named on the deal and it has no account.');
  });
});
