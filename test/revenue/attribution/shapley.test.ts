import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type PathRow, Unfit } from '../../../src/revenue/attribution/journeys.ts';
import { fitShapley, looksLikeCoalitions, shapleyValues } from '../../../src/revenue/attribution/shapley.ts';

/** By the definition: what each player adds when it comes, over all orders of coming. */
function byOrders(players: number, worth: (coalition: number) => number): number[] {
  const sums = new Array<number>(players).fill(0);
  let orders = 0;
  const come = (there: number) => {
    if (there === 2 ** players - 1) orders++;
    for (let player = 0; player < players; player++) if (!(there & (1 << player))) come(there | (1 << player));
  };
  const add = (there: number, ways: number) => {
    const absent = Array.from({ length: players }, (_, n) => n).filter((n) => !(there & (1 << n)));
    for (const player of absent) {
      const joined = there | (1 << player);
      const gain = worth(joined) - (there === 0 ? 0 : worth(there));
      sums[player] = (sums[player] ?? 0) + (gain * ways) / absent.length;
      add(joined, ways / absent.length);
    }
  };
  come(0);
  add(0, 1);
  expect(orders).toBeGreaterThan(0);
  return sums;
}

const row = (path: string, conversions: number): PathRow => ({
  path: path.split(''),
  conversions,
  nulls: 0,
  value: conversions * 10,
});
const TABLE = [row('O', 7), row('F', 6), row('D', 4), row('OF', 15), row('OD', 7), row('FD', 9), row('OFD', 19)];
const credits = (rows: readonly PathRow[], coalitions = false) =>
  Object.fromEntries(fitShapley(rows, coalitions).channels.map(({ channel, credit }) => [channel, credit]));

describe('Shapley values', () => {
  test('v(O)=7, F=6, D=4, OF=15, OD=7, FD=9, OFD=19 gives 23/3, 49/6, 19/6', () => {
    const worth = [0, 7, 6, 15, 4, 7, 9, 19];
    const values = shapleyValues(3, (coalition) => worth[coalition] ?? 0);
    for (const [n, wanted] of [23 / 3, 49 / 6, 19 / 6].entries()) expect(values[n]).toBeCloseTo(wanted, 14);
  });

  test('are the mean over all orders of coming, and add up to the worth of all', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 5 })
          .chain((players) =>
            fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2 ** players, maxLength: 2 ** players }),
          ),
        (worths) => {
          const players = Math.log2(worths.length);
          const worth = (coalition: number) => worths[coalition] ?? 0;
          const values = shapleyValues(players, worth);
          const wanted = byOrders(players, worth);
          for (const [n, value] of values.entries()) expect(value).toBeCloseTo(wanted[n] ?? 0, 9);
          expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(worths.at(-1) ?? 0, 9);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('are exact for 12 players and refused for 13 with what to do', () => {
    const values = shapleyValues(12, (coalition) => coalition.toString(2).replaceAll('0', '').length ** 2);
    for (const value of values) expect(value).toBeCloseTo(12, 9);
    expect(() => shapleyValues(13, () => 1)).toThrow(Unfit);
    const many = 'abcdefghijklm'.split('').map((channel) => row(channel, 1));
    expect(() => fitShapley(many)).toThrow(/12 channels at most, and here are 13: group channels/);
  });
});

describe('Shapley values of paths', () => {
  test('share the conversions of a path equally among its channels, whatever their order and number', () => {
    expect(credits([row('AB', 4), row('BAA', 2), row('C', 1)])).toEqual({ A: 3, B: 3, C: 1 });
  });

  test('add up to all conversions', () => {
    const rows = fc.array(
      fc.record({ path: fc.array(fc.constantFrom('A', 'B', 'C', 'D'), { minLength: 1 }), conversions: fc.nat(9) }),
    );
    fc.assert(
      fc.property(rows, (list) => {
        const found = credits(list.map((each) => ({ ...each, nulls: 0, value: 0 })));
        const sum = Object.values(found).reduce((total, credit) => total + credit, 0);
        expect(sum).toBeCloseTo(
          list.reduce((total, { conversions }) => total + conversions, 0),
          9,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('a table of coalitions is told from journeys: each combination once, none worth less than a part of it', () => {
    expect(looksLikeCoalitions(TABLE)).toBe(true);
    expect(credits(TABLE, true)).toEqual({
      O: expect.closeTo(23 / 3, 12),
      F: expect.closeTo(49 / 6, 12),
      D: expect.closeTo(19 / 6, 12),
    });
    expect(looksLikeCoalitions(TABLE.slice(1))).toBe(false);
    expect(looksLikeCoalitions([...TABLE.slice(1), row('F', 7)])).toBe(false);
    expect(looksLikeCoalitions([...TABLE.slice(0, -1), row('OFD', 14)])).toBe(false);
    expect(looksLikeCoalitions(TABLE.map((each) => ({ ...each, nulls: 1 })))).toBe(false);
    expect(looksLikeCoalitions([row('A', 1), row('B', 1), row('AB', 2)])).toBe(false);
  });
});
