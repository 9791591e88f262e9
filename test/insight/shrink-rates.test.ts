import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { logBeta, logGamma } from '../../src/insight/log-gamma.ts';
import { drawBeta, randomFrom } from '../../src/insight/random.ts';
import { peerRates, shrinkRate } from '../../src/insight/shrink-rates.ts';
import type { Share } from '../../src/model/statistics.ts';

const share = fc
  .integer({ min: 1, max: 200 })
  .chain((of) => fc.record({ hits: fc.integer({ min: 0, max: of }), of: fc.constant(of) }));
const peers = fc.array(share, { minLength: 2, maxLength: 10 });

function estimateOf(group: readonly Share[], n: number): number {
  const model = peerRates(group);
  const own = group[n];
  if (model === null || own === undefined) throw new Error('nothing was learned');
  return shrinkRate(model, own, 0.9).estimate;
}

describe('a rate drawn to its peers', () => {
  test('lies between what was measured and what the peers are like', () => {
    fc.assert(
      fc.property(peers, (group) => {
        const model = peerRates(group);
        if (model === null) return;
        const means = model.nodes.map(({ mean }) => mean);
        for (const own of group) {
          const measured = own.hits / own.of;
          const { estimate } = shrinkRate(model, own, 0.9);
          expect(estimate).toBeGreaterThan(Math.min(measured, ...means));
          expect(estimate).toBeLessThan(Math.max(measured, ...means));
        }
      }),
      { numRuns: 12 },
    );
  });

  test('rises with every hit more', () => {
    fc.assert(
      fc.property(peers, (group) => {
        const [own, ...others] = group;
        if (own === undefined || own.hits === own.of) return;
        const before = estimateOf(group, 0);
        expect(estimateOf([{ ...own, hits: own.hits + 1 }, ...others], 0)).toBeGreaterThan(before);
      }),
      { numRuns: 12 },
    );
  });

  test('is the same in whatever order the peers come', () => {
    fc.assert(
      fc.property(peers, fc.nat(), (group, turn) => {
        const by = turn % group.length;
        const turned = [...group.slice(by), ...group.slice(0, by)];
        expect(estimateOf(turned, (group.length - by) % group.length)).toBe(estimateOf(group, 0));
      }),
      { numRuns: 8 },
    );
  });

  test('three deals of three make no champion beside sixty of a hundred', () => {
    const others = Array.from({ length: 8 }, (_, n) => ({ hits: 26 + n, of: 100 }));
    const group = [{ hits: 3, of: 3 }, { hits: 60, of: 100 }, ...others];
    const [lucky, proven] = [estimateOf(group, 0), estimateOf(group, 1)];
    expect(lucky).toBeLessThan(proven);
    expect(lucky).toBeLessThan(0.5);
    expect(proven).toBeGreaterThan(0.5);
  });

  test('counts own data the more, the more there are of them', () => {
    const group = [4, 40, 400].map((of) => ({ hits: of / 4, of }));
    const model = peerRates(group);
    const own = group.map((each) => (model === null ? 0 : shrinkRate(model, each, 0.9).own));
    expect(own).toEqual([...own].sort((a, b) => a - b));
  });

  test('of a partner without data is what is expected of a peer, and as unsure', () => {
    const model = peerRates([
      { hits: 10, of: 40 },
      { hits: 30, of: 60 },
    ]);
    if (model === null) throw new Error('nothing was learned');
    const none = shrinkRate(model, { hits: 0, of: 0 }, 0.9);
    expect(none.estimate).toBeCloseTo(model.mean, 12);
    expect(none.high - none.low).toBeGreaterThan(0.2);
  });

  test('of peers without any data there is none', () => {
    expect(peerRates([])).toBeNull();
    expect(peerRates([{ hits: 0, of: 0 }])).toBeNull();
  });

  test.each([
    ['none ever hits', [0, 0, 0]],
    ['all always hit', [1, 1, 1]],
  ])('where %s the interval stays within 0 and 1 and is never nothing', (_name, rates) => {
    const group = rates.map((rate) => ({ hits: rate * 1_000, of: 1_000 }));
    const model = peerRates(group);
    if (model === null || group[0] === undefined) throw new Error('nothing was learned');
    const { low, high, estimate } = shrinkRate(model, group[0], 0.9);
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1);
    expect(high).toBeGreaterThan(low);
    expect(Number.isFinite(estimate)).toBe(true);
  });

  test.each([
    [12, 4, 0.1],
    [12, 20, 0.05],
    [5, 30, 0.02],
  ])(
    'of %i partners with about %i leads each and a spread of ρ %f, intervals of 90 %% hold the truth in about so many',
    (partners, leads, rho) => {
      const random = randomFrom(partners * 1_000 + leads);
      const strength = 1 / rho - 1;
      let held = 0;
      let all = 0;
      for (let round = 0; round < 25; round++) {
        const mean = 0.2 + 0.4 * random();
        const truth = Array.from({ length: partners }, () => drawBeta(mean * strength, (1 - mean) * strength, random));
        const group = truth.map((rate) => {
          const of = 1 + Math.floor(random() * 2 * leads);
          return { of, hits: Array.from({ length: of }, () => random() < rate).filter(Boolean).length };
        });
        const model = peerRates(group);
        if (model === null) throw new Error('nothing was learned');
        for (const [n, own] of group.entries()) {
          const { low, high } = shrinkRate(model, own, 0.9);
          const rate = truth[n] ?? Number.NaN;
          all++;
          if (low <= rate && rate <= high) held++;
        }
      }
      expect(held / all).toBeGreaterThan(0.82);
      expect(held / all).toBeLessThan(0.97);
    },
  );
});

describe('ln Γ', () => {
  test.each([
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [1, 0],
    [5, Math.log(24)],
    [0.001, 6.907178885383853],
    [1e6, 12815504.569147611],
  ])('of %f is right', (x, value) => expect(logGamma(x)).toBeCloseTo(value, 8));

  test('ln B(2, 3) is -ln 12', () => expect(logBeta(2, 3)).toBeCloseTo(-Math.log(12), 12));
});
