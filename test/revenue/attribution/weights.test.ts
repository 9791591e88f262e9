import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allocate, decimalOf, sum } from '../../../src/model/money.ts';
import { type PositionShares, SHAPES } from '../../../src/revenue/attribution/spec.ts';
import { atPlaces, byPosition, timeDecay, weightsFrom, wholeShares } from '../../../src/revenue/attribution/weights.ts';
import { momentOf } from '../../../src/revenue/moment.ts';

const days = (...list: number[]) => list.map((day) => ({ ms: day * 86_400_000, rank: 1 as const }));
/** Percent of each touch, to four decimals. */
const percent = (weights: readonly bigint[]) => {
  const total = Number(weights.reduce((sum, weight) => sum + weight, 0n));
  return weights.map((weight) => Number(((Number(weight) / total) * 100).toFixed(4)));
};
const placed = (touches: number, shares: PositionShares, lead: number | null = null, deal: number | null = null) =>
  percent(atPlaces(touches, wholeShares(shares), { lead, deal }));

describe('by position', () => {
  test('U: 40 first, 40 last, 20 over those between', () => {
    expect(placed(4, SHAPES['u-shaped'])).toEqual([40, 10, 10, 40]);
  });

  test('W: 30 each to the first, the one that made the lead, the one that made the deal, 10 over the others', () => {
    expect(placed(5, SHAPES['w-shaped'], 1, 3)).toEqual([30, 30, 5, 30, 5]);
  });

  test('full path: 22.5 each to first, lead, deal and last, 10 over the others', () => {
    expect(placed(6, SHAPES['full-path'], 1, 3)).toEqual([22.5, 22.5, 5, 22.5, 5, 22.5]);
  });

  test('where positions fall on one touch it has the shares of all of them', () => {
    expect(placed(3, SHAPES['w-shaped'], 0, 1)).toEqual([60, 30, 10]);
    expect(placed(3, SHAPES['w-shaped'], 0, 0)).toEqual([90, 5, 5]);
    expect(placed(1, SHAPES['full-path'], 0, 0)).toEqual([100]);
  });

  test('a position that no touch has leaves its share to the others in proportion to theirs', () => {
    expect(placed(2, SHAPES['u-shaped'])).toEqual([50, 50]);
    expect(placed(3, SHAPES['w-shaped'], 1, 2)).toEqual([33.3333, 33.3333, 33.3333]);
    expect(placed(3, SHAPES['w-shaped'], null, 2)).toEqual([42.8571, 14.2857, 42.8571]);
    expect(placed(4, SHAPES['full-path'])).toEqual([40.9091, 9.0909, 9.0909, 40.9091]);
  });

  test('where only positions without a share are left touches weigh the same', () => {
    expect(placed(2, { middle: 100 })).toEqual([50, 50]);
    expect(placed(3, { middle: 100 })).toEqual([33.3333, 33.3333, 33.3333]);
    expect(placed(2, { lead: 1 })).toEqual([50, 50]);
  });

  test('the touch that made the lead is the last one not after its release, that of the deal likewise', () => {
    const shares = wholeShares({ lead: 3, deal: 1 });
    const at = [momentOf('2026-03-01'), momentOf('2026-03-05T10:00:00Z'), momentOf('2026-03-05')];
    const made = (lead: string | null, deal: string | null) =>
      percent(byPosition(at, shares, { leadAt: lead ? momentOf(lead) : null, dealAt: deal ? momentOf(deal) : null }));
    expect(made('2026-03-05T10:00:00Z', '2026-04-01')).toEqual([0, 75, 25]);
    expect(made('2026-03-05T09:59:59Z', '2026-03-05T12:00:00Z')).toEqual([75, 25, 0]);
    expect(made('2026-02-01T00:00:00Z', '2026-03-02T00:00:00Z')).toEqual([100, 0, 0]);
    expect(made(null, '2026-03-06T00:00:00Z')).toEqual([0, 0, 100]);
  });

  test('shares are taken whole, whatever their scale and decimals', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.record({ first: fc.nat(100), lead: fc.nat(100), deal: fc.nat(100), last: fc.nat(100), middle: fc.nat(100) }),
        fc.option(fc.nat(8), { nil: null }),
        (touches, shares, place) => {
          const lead = place === null ? null : place % touches;
          const tenth = Object.fromEntries(Object.entries(shares).map(([key, share]) => [key, share / 10]));
          const weights = placed(touches, shares, lead, null);
          expect(weights).toEqual(placed(touches, tenth, lead, null));
          expect(weights.reduce((sum, each) => sum + each, 0)).toBeCloseTo(100, 2);
          for (const each of weights) expect(each).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('by time', () => {
  test('12,000 over touches on days 0, 5, 12, 30, 38 with a half-life of 7 days', () => {
    const weights = timeDecay(days(0, 5, 12, 30, 38), 7);
    const total = Number(weights.reduce((all, weight) => all + weight, 0n));
    const exact = weights.map((weight) => ((12_000 * Number(weight)) / total).toFixed(2));
    expect(exact).toEqual(['175.20', '287.44', '574.88', '3417.04', '7545.45']);
    // Rounded one by one they are a cent too much together. The ledger gives the cent to the largest remainders.
    const parts = allocate({ minor: 1_200_000n, currency: 'USD' }, weights);
    expect(parts.map(decimalOf)).toEqual(['175.19', '287.44', '574.88', '3417.04', '7545.45']);
    expect(sum(parts, 'USD').minor).toBe(1_200_000n);
  });

  test('touches at the same time weigh the same, one many half-lives ago nothing, the latest always something', () => {
    expect(percent(timeDecay(days(3, 3), 7))).toEqual([50, 50]);
    expect(timeDecay(days(0, 3650), 1)).toEqual([0n, 10n ** 15n]);
    expect(timeDecay([], 7)).toEqual([]);
  });
});

test('numbers become weights in the same proportion; none above zero becomes none', () => {
  expect(percent(weightsFrom([1, 3, 0]))).toEqual([25, 75, 0]);
  expect(weightsFrom([0, 0])).toEqual([0n, 0n]);
  expect(percent(weightsFrom([1e-300, 1e-300]))).toEqual([50, 50]);
});
