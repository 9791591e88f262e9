import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drawMarket, TRAITS } from '../../bench/lift/market.ts';
import { type LiftUnit, liftOf, NoLift } from '../../src/insight/lift.ts';
import { inverse, leastSquares, logOdds, solve } from '../../src/insight/linear.ts';
import { boundsAt, signedRankBound } from '../../src/insight/rosenbaum.ts';

const market = { partners: 200, hidden: 0, perCluster: 0 };

describe('the lift of a fund', () => {
  test('is found where funds follow what everybody sees: its interval holds the truth in most markets', () => {
    let held = 0;
    for (let seed = 0; seed < 12; seed++) {
      const { units, effects } = drawMarket(market, seed);
      const lift = liftOf(units, TRAITS);
      const truths = lift.pairs.map(({ funded }) => effects.get(funded) ?? 0);
      const truth = truths.reduce((sum, each) => sum + each, 0) / truths.length;
      if (lift.low <= truth && truth <= lift.high) held++;
      expect(lift.low).toBeGreaterThan(0);
    }
    expect(held).toBeGreaterThanOrEqual(10);
  });

  test('where funds follow hidden skill it is too high, and a warning says what tells of it', () => {
    const { units, effects } = drawMarket({ ...market, hidden: 1.5 }, 1);
    const lift = liftOf(units, TRAITS);
    expect(lift.estimate).toBeGreaterThan(4 + Math.max(...effects.values()) * 0.7);
    expect(lift.warnings[0]).toMatch(/^Already before the fund the funded had( and grew by)? more/);
  });

  test('does not depend on the order of units, nor on the scale of a trait', () => {
    const { units } = drawMarket({ ...market, partners: 80 }, 2);
    const lift = liftOf(units, TRAITS);
    expect(liftOf([...units].reverse(), TRAITS)).toEqual(lift);
    const scaled = units.map((unit) => ({
      ...unit,
      traits: unit.traits.map((trait, n) => (n === 0 ? 1e6 * trait + 5 : trait)),
    }));
    expect(liftOf(scaled, TRAITS).estimate).toBeCloseTo(lift.estimate, 6);
  });

  test('leaves a funded unit without one like it out, and says so', () => {
    const { units } = drawMarket({ ...market, partners: 100 }, 3);
    const giant: LiftUnit = {
      id: 'pa_giant',
      funded: true,
      traits: [50, 3, 50, 50],
      before: 9e6,
      after: 1e7,
      earlier: 8e6,
      cluster: null,
    };
    const lift = liftOf([...units, giant], TRAITS);
    expect(lift.leftOut).toContain('pa_giant');
    expect(lift.estimate).toBeLessThan(1_000);
    expect(lift.warnings.join(' ')).toContain('have no match that is like them');
  });

  test('is wider where units of a cluster share what happens to them', () => {
    const { units } = drawMarket({ ...market, perCluster: 5 }, 4);
    const alone = liftOf(
      units.map((unit) => ({ ...unit, cluster: null })),
      TRAITS,
    );
    expect(liftOf(units, TRAITS).error).toBeGreaterThanOrEqual(alone.error);
  });

  test('of nothing is nothing: the range holds 0', () => {
    const { units, effects } = drawMarket(market, 5);
    const lift = liftOf(
      units.map((unit) => ({ ...unit, after: unit.after - (effects.get(unit.id) ?? 0) })),
      TRAITS,
    );
    expect(lift.low).toBeLessThan(0);
    expect(lift.high).toBeGreaterThan(0);
    expect(lift.warnings).toContain('The range holds 0: chance alone can explain the difference.');
  });

  test.each([
    ['nobody', 0, 40],
    ['everybody', 40, 0],
    ['too few', 3, 40],
  ])('with %s funded says that there is too little to compare', (_who, funded, others) => {
    const units = Array.from({ length: funded + others }, (_, n) => ({
      id: `u${n}`,
      funded: n < funded,
      traits: [n % 7],
      before: n,
      after: 2 * n,
      earlier: null,
      cluster: null,
    }));
    expect(() => liftOf(units, ['trait'])).toThrow(NoLift);
  });

  test('stays finite with traits that are the same for all, or say the same twice, or none at all', () => {
    const { units } = drawMarket({ ...market, partners: 80 }, 6);
    const odd = units.map((unit) => ({ ...unit, traits: [...unit.traits, unit.traits[0] ?? 0, 7] }));
    for (const lift of [
      liftOf(odd, [...TRAITS, 'again', 'same']),
      liftOf(
        units.map((unit) => ({ ...unit, traits: [] })),
        [],
      ),
    ])
      for (const figure of [lift.estimate, lift.low, lift.high, lift.gamma]) expect(Number.isFinite(figure)).toBe(true);
  });
});

describe("Rosenbaum's bound", () => {
  test('is 1 where chance alone explains the differences', () =>
    expect(signedRankBound([1, -1, 2, -2, 3, -3], 0.025)).toBe(1));

  test('grows with what speaks for a difference', () => {
    const some = signedRankBound(
      Array.from({ length: 30 }, (_, n) => (n % 5 === 0 ? -1 : 1) * (n + 1)),
      0.025,
    );
    const all = signedRankBound(
      Array.from({ length: 30 }, (_, n) => n + 1),
      0.025,
    );
    expect(some).toBeGreaterThan(1);
    expect(all).toBeGreaterThan(some);
  });

  // P. Rosenbaum 2002, table 4.1: the chance is at most 0.0468 at Γ = 4.25 and 0.0740 at 5.
  test('of the lead in the blood of 33 children is that of the book', () => {
    const exposed = [
      38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15, 10, 45, 39, 22, 35, 49, 48, 44, 35, 43, 39,
      34, 13, 73, 25, 27,
    ];
    const control = [
      16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24, 13, 9, 14, 21, 19, 7, 18, 19, 12, 11, 22, 25,
      16, 13, 11, 13,
    ];
    const bound = signedRankBound(
      exposed.map((each, n) => each - (control[n] ?? 0)),
      0.05,
    );
    expect(bound).toBeGreaterThan(4.25);
    expect(bound).toBeLessThan(4.6);
  });

  test('without anything hidden both bounds are the usual estimate of the shift', () => {
    const { low, high } = boundsAt([1, 2, 3, 4, 5], 1);
    expect(low).toBeCloseTo(high, 6);
    expect(low).toBeCloseTo(3, 1);
    const wider = boundsAt([1, 2, 3, 4, 5], 3);
    expect(wider.low).toBeLessThan(low);
    expect(wider.high).toBeGreaterThan(high);
  });
});

describe('linear equations', () => {
  test('are solved as they were made', () => {
    const entry = fc.integer({ min: -9, max: 9 });
    const size = 4;
    const system = fc.record({
      rows: fc.array(fc.array(entry, { minLength: size, maxLength: size }), { minLength: size, maxLength: size }),
      x: fc.array(entry, { minLength: size, maxLength: size }),
    });
    fc.assert(
      fc.property(system, ({ rows, x }) => {
        // With so much on the diagonal there is one solution.
        const a = rows.map((row, n) => row.map((value, m) => (n === m ? value + 60 : value)));
        const b = a.map((row) => row.reduce((sum, value, n) => sum + value * (x[n] ?? 0), 0));
        for (const [n, value] of solve(a, b, 0).entries()) expect(value).toBeCloseTo(x[n] ?? 0, 8);
        const product = a.map((row) => row.reduce((sum, value, n) => sum + value * (inverse(a, 0)[n]?.[0] ?? 0), 0));
        for (const [n, value] of product.entries()) expect(value).toBeCloseTo(n === 0 ? 1 : 0, 8);
      }),
    );
  });

  test('find the line that points lie on', () =>
    expect(
      leastSquares(
        [
          [1, 0],
          [1, 1],
          [1, 5],
        ],
        [2, 5, 17],
        [1, 2, 3],
      ).map((each) => Math.round(each * 1e6) / 1e6),
    ).toEqual([2, 3]));

  test('odds stay finite where a trait tells the two apart completely', () => {
    const odds = logOdds([[-2], [-1], [1], [2]], [false, false, true, true]);
    expect(odds.every(Number.isFinite)).toBe(true);
    expect(odds).toEqual([...odds].sort((a, b) => a - b));
  });
});
