import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, type EvidenceOfDeal, weigh } from '../../src/revenue/evidence.ts';
import { DEFAULT_RECONCILE } from '../../src/revenue/reconcile-config.ts';

const DEAL: EvidenceOfDeal = {
  createdAt: '2026-03-31T00:00:00Z',
  closeDate: '2026-05-31',
  amount: { minor: 100_000n, currency: 'USD' },
  products: [],
  namesPeople: false,
  partners: [],
};
const lead = (changes: Partial<Candidate> = {}): Candidate => ({
  leadId: 'ld_1',
  personId: 'pe_1',
  company: 'account',
  partnerId: 'pa_1',
  acceptedAt: '2026-03-01T00:00:00Z',
  reports: 0,
  said: null,
  value: null,
  product: null,
  ...changes,
});
/** What one piece of evidence multiplies the odds by, beside company and time. */
const times = (candidate: Partial<Candidate>, deal: Partial<EvidenceOfDeal> = {}) =>
  weigh({ ...DEAL, ...deal }, [lead(candidate)], DEFAULT_RECONCILE)[0]
    ?.evidence.slice(2)
    .map((each) => each.times);
const time = (acceptedAt: string | null, deal: Partial<EvidenceOfDeal> = {}) =>
  weigh({ ...DEAL, ...deal }, [lead({ acceptedAt, partnerId: acceptedAt && 'pa_1' })], DEFAULT_RECONCILE)[0]
    ?.evidence[1];

describe('the weight of evidence', () => {
  test('the shorter the time from acceptance to the deal, the more it says', () => {
    const found = ['2026-03-01', '2026-02-28', '2026-01-01', '2025-10-15', '2025-03-31', '2025-03-30'].map(
      (day) => time(`${day}T00:00:00Z`)?.times,
    );
    expect(found).toEqual([6, 4, 4, 2, 0.7, 0.2]);
  });

  test('an acceptance after the deal was made says little, one after the close or none says no', () => {
    expect(time('2026-04-15T00:00:00Z')).toEqual({
      text: 'a partner accepted it after the deal was made, before it closed',
      times: 0.5,
    });
    expect(time('2026-06-01T00:00:00Z')?.times).toBe(0.3);
    expect(time(null)?.times).toBe(0.3);
  });

  test('where the CRM does not say when the deal was made, the close counts', () => {
    expect(time('2026-05-31T10:00:00Z', { createdAt: null })).toEqual({
      text: 'a partner accepted it 0 days before the deal closed',
      times: 6,
    });
  });

  test('product, amount, the word of the partner, other people and other partners', () => {
    expect(times({ product: ' vault ' }, { products: ['Relay', 'Vault'] })).toEqual([2]);
    expect(times({ product: 'Vault' }, { products: ['Relay'] })).toEqual([0.4]);
    const usd = (minor: bigint) => ({ value: { minor, currency: 'USD' } });
    expect(
      [usd(91_000n), usd(90_909n), usd(60_000n), usd(200_001n), usd(49_999n), usd(0n)].map((value) => times(value)),
    ).toEqual([[4], [1.5], [1.5], [0.5], [0.5], []]);
    expect(times({ value: { minor: 100_000n, currency: 'EUR' } })).toEqual([]);
    expect(times({ reports: 1, said: 'won' })).toEqual([2, 8]);
    expect(times({ said: 'lost' }, { namesPeople: true })).toEqual([0.2, 0.5]);
    expect(times({}, { partners: ['pa_2'] })).toEqual([0.2]);
    expect(times({}, { partners: ['pa_2', 'pa_1'] })).toEqual([]);
  });
});

describe('the probabilities of the leads of one deal', () => {
  const candidates = fc.array(
    fc.record({
      leadId: fc.constantFrom('ld_1', 'ld_2', 'ld_3', 'ld_4'),
      company: fc.constantFrom('account' as const, 'domain' as const, 'name' as const),
      acceptedAt: fc.constantFrom('2025-01-01T00:00:00Z', '2026-03-01T00:00:00Z', '2026-03-20T00:00:00Z'),
      reports: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 6 },
  );

  test('are shared: all together at most 1, each lead once, in the same way whatever the order', () => {
    fc.assert(
      fc.property(candidates, (given) => {
        const leads = given
          .filter(({ leadId }, at) => given.findIndex((each) => each.leadId === leadId) === at)
          .map((changes) => lead(changes));
        const found = weigh(DEAL, leads, DEFAULT_RECONCILE);
        expect(found.reduce((sum, { probability }) => sum + probability, 0)).toBeLessThanOrEqual(1.0004);
        expect(found).toHaveLength(leads.length);
        expect(weigh(DEAL, [...leads].reverse(), DEFAULT_RECONCILE)).toEqual(found);
      }),
    );
  });

  test('a lead that is found in several ways counts once, in the strongest', () => {
    const found = weigh(DEAL, [lead({ company: 'name' }), lead(), lead({ company: 'domain' })], DEFAULT_RECONCILE);
    expect(found.map(({ candidate, probability }) => [candidate.company, probability])).toEqual([['account', 0.75]]);
  });
});
