import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Asked, type Claim, judgeRegistration } from '../../src/deals/judge.ts';
import { account, matcher, shippedRules } from './fixtures.ts';

const { weights } = shippedRules();
const asked: Asked = {
  id: 'rg_mine',
  partnerId: 'pt_1',
  account: account('Alder Systems GmbH', 'aldersystems.com', 'DE'),
  product: 'Vault',
  opportunityId: null,
};
const other: Claim['holder'] = { kind: 'partner', id: 'pt_2', name: 'Birch' };
const mine: Claim['holder'] = { kind: 'partner', id: 'pt_1', name: 'Cedar' };
const direct: Claim['holder'] = { kind: 'direct', id: null, name: 'the direct team' };
function claim(given: Partial<Claim> = {}): Claim {
  return {
    kind: 'registration',
    id: 'rg_other',
    holder: other,
    since: '2026-02-01T00:00:00.000Z',
    state: 'Approved',
    product: 'Vault',
    account: account('Alder Systems', 'aldersystems.com', 'DE'),
    ...given,
  };
}
const judged = (...claims: Claim[]) => judgeRegistration(asked, claims, matcher, weights);

describe('the verdict', () => {
  test('is clear where nobody has the company', () => {
    expect(judged()).toEqual({ verdict: 'clear', conflicts: [] });
    expect(judged(claim({ account: account('Quantum Bakery', 'quantumbakery.com', 'FR') }))).toMatchObject({
      verdict: 'clear',
    });
  });

  test('is conflict where another partner has it, with both sides in evidence', () => {
    const { verdict, conflicts } = judged(claim());
    expect(verdict).toBe('conflict');
    expect(conflicts).toHaveLength(1);
    expect(conflicts[0]).toMatchObject({
      id: 'rg_other',
      holder: other,
      since: '2026-02-01T00:00:00.000Z',
      state: 'Approved',
    });
    expect(conflicts[0]?.probability).toBeGreaterThan(0.9);
    expect(conflicts[0]?.reasons.join('; ')).toContain('the same domain, aldersystems.com');
  });

  test('is duplicate where the same partner has it already', () => {
    expect(judged(claim({ holder: mine })).verdict).toBe('duplicate');
  });

  test('is review where it may be the same company', () => {
    const part = claim({ account: account('Alder Systems Leasing', null, 'DE') });
    expect(judged(part)).toMatchObject({ verdict: 'review', conflicts: [{ weight: 'review' }] });
  });

  test('another product is another deal; a registration without one is about all', () => {
    expect(judged(claim({ product: 'Relay' })).verdict).toBe('clear');
    expect(judged(claim({ product: null })).verdict).toBe('conflict');
  });

  test('follows deals.yaml for opportunities, named accounts and leads', () => {
    const of = (given: Partial<Claim>) => judged(claim({ product: null, ...given })).verdict;
    expect(of({ kind: 'opportunity', holder: direct })).toBe('conflict');
    expect(of({ kind: 'named-account', holder: direct })).toBe('conflict');
    expect(of({ kind: 'lead', isAccepted: true })).toBe('conflict');
    expect(of({ kind: 'lead', isAccepted: false })).toBe('review');
    expect(of({ kind: 'lead', isAccepted: true, holder: mine })).toBe('clear');
  });

  test('does not run into itself or into its own opportunity', () => {
    expect(judged(claim({ id: 'rg_mine' })).conflicts).toEqual([]);
    const own = { ...asked, opportunityId: 'op_1' };
    const opportunity = claim({ kind: 'opportunity', id: 'op_1', holder: direct });
    expect(judgeRegistration(own, [opportunity], matcher, weights).verdict).toBe('clear');
  });
});

test('the order in which claims come changes nothing', () => {
  const all = [
    claim(),
    claim({ id: 'rg_3', since: null }),
    claim({ kind: 'lead', id: 'of_1', product: null }),
    claim({ holder: mine, id: 'rg_4' }),
    claim({ kind: 'opportunity', id: 'op_2', holder: direct, product: null }),
    claim({ id: 'rg_5', account: account('Alder Systems Leasing', null, 'DE') }),
  ];
  const expected = judged(...all);
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
      expect(judged(...shuffled)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});
