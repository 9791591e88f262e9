import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drawNormal, randomFrom } from '../../src/insight/random.ts';
import { type Amounts, peerAmounts, shrinkAmount } from '../../src/insight/shrink-amounts.ts';

function amounts(values: readonly number[]): Amounts {
  return {
    leads: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    squares: values.reduce((sum, value) => sum + value * value, 0),
  };
}

const group = fc.array(fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 2, maxLength: 20 }), {
  minLength: 2,
  maxLength: 8,
});

describe('revenue a lead, drawn to that of peers', () => {
  test('lies between what was measured and what the peers are like', () => {
    fc.assert(
      fc.property(group, (values) => {
        const peers = values.map(amounts);
        const model = peerAmounts(peers);
        if (model === null) return;
        const means = model.nodes.map(({ mean }) => mean);
        for (const own of peers) {
          const { estimate } = shrinkAmount(model, own, 0.9);
          expect(estimate).toBeGreaterThanOrEqual(Math.min(own.sum / own.leads, ...means) - 1e-6);
          expect(estimate).toBeLessThanOrEqual(Math.max(own.sum / own.leads, ...means) + 1e-6);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('does not depend on the order of partners', () => {
    fc.assert(
      fc.property(group, (values) => {
        const peers = values.map(amounts);
        expect(peerAmounts([...peers].reverse())).toEqual(peerAmounts(peers));
      }),
      { numRuns: 50 },
    );
  });

  test('of one partner alone, without leads, or where all amounts are alike, nothing is learned or it stays finite', () => {
    expect(peerAmounts([])).toBeNull();
    expect(peerAmounts([amounts([500])])).toBeNull();
    expect(peerAmounts([amounts([500, 500]), amounts([500])])).toBeNull();
    const alone = peerAmounts([amounts([0, 900])]);
    if (alone === null) throw new Error('nothing was learned');
    expect(shrinkAmount(alone, amounts([]), 0.9).estimate).toBeCloseTo(450, 6);
  });

  test('intervals of 90 % hold the truth in 86 to 95 %', () => {
    const random = randomFrom(7);
    let held = 0;
    let all = 0;
    for (let round = 0; round < 150; round++) {
      const truth = Array.from({ length: 10 }, () => 50_000 + 8_000 * drawNormal(random));
      const peers = truth.map((mean) =>
        amounts(Array.from({ length: 3 + Math.floor(random() * 30) }, () => mean + 30_000 * drawNormal(random))),
      );
      const model = peerAmounts(peers);
      if (model === null) throw new Error('nothing was learned');
      for (const [n, own] of peers.entries()) {
        const { low, high } = shrinkAmount(model, own, 0.9);
        const mean = truth[n] ?? Number.NaN;
        all++;
        if (low <= mean && mean <= high) held++;
      }
    }
    expect(held / all).toBeGreaterThan(0.86);
    expect(held / all).toBeLessThan(0.95);
  });
});
