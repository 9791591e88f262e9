import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Matrix, solve } from 'ml-matrix';
import { type PathRow, Unfit } from '../../../src/revenue/attribution/journeys.ts';
import { fitMarkov } from '../../../src/revenue/attribution/markov.ts';

const row = (path: string, conversions: number, nulls = 0, value = conversions): PathRow => ({
  path: path.split(' '),
  conversions,
  nulls,
  value,
});
const effects = (rows: readonly PathRow[], order = 1) =>
  Object.fromEntries(fitMarkov(rows, order).channels.map(({ channel, removalEffect }) => [channel, removalEffect]));

const letters = fc.constantFrom('A', 'B', 'C', 'D', 'E');
const rowsOf = fc.array(
  fc.record({
    path: fc.array(letters, { minLength: 1, maxLength: 7 }),
    conversions: fc.integer({ min: 0, max: 4 }),
    nulls: fc.integer({ min: 0, max: 4 }),
    value: fc.integer({ min: 0, max: 900 }),
  }),
  { minLength: 1, maxLength: 12 },
);
const orders = fc.integer({ min: 1, max: 4 });

/** The probability to convert, or what is gained, once every step to a state with `without` leads to null: solved by ml-matrix. */
function reference(rows: readonly PathRow[], order: number, without: string | null, gain: (row: PathRow) => number) {
  const windows = (path: readonly string[]) =>
    path.slice(0, Math.max(1, path.length - order + 1)).map((_, n) => path.slice(n, n + order).join('>'));
  const states = [...new Set(rows.flatMap(({ path }) => windows(path)))];
  const at = new Map(states.map((state, n) => [state, n]));
  const steps = Matrix.zeros(states.length + 1, states.length + 1);
  const gains = Matrix.zeros(states.length + 1, 1);
  const start = states.length;
  const left = new Array<number>(states.length + 1).fill(0);
  const weigh = ({ conversions, nulls }: PathRow) => conversions + nulls;
  for (const each of rows) {
    let from = start;
    for (const state of windows(each.path)) {
      const to = at.get(state) ?? 0;
      steps.set(from, to, steps.get(from, to) + weigh(each));
      left[from] = (left[from] ?? 0) + weigh(each);
      from = to;
    }
    left[from] = (left[from] ?? 0) + weigh(each);
    gains.set(from, 0, gains.get(from, 0) + gain(each));
  }
  const banned = (state: number) => without !== null && (states[state] ?? '').split('>').includes(without);
  for (let from = 0; from <= start; from++) {
    for (let to = 0; to <= start; to++)
      steps.set(from, to, left[from] && !banned(to) ? steps.get(from, to) / (left[from] ?? 1) : 0);
    gains.set(from, 0, left[from] ? gains.get(from, 0) / (left[from] ?? 1) : 0);
  }
  return solve(Matrix.sub(Matrix.eye(start + 1), steps), gains).get(start, 0);
}

describe('known cases', () => {
  test('C1 > C2 > C3 once, C1 and C2 > C3 without a conversion', () => {
    const { conversionRate, channels } = fitMarkov([row('C1 C2 C3', 1), row('C1', 0, 1), row('C2 C3', 0, 1)], 1);
    expect(conversionRate).toBeCloseTo(1 / 3, 14);
    const figures = channels.map(({ removalEffect, share }) => [removalEffect, share]);
    for (const [n, wanted] of [
      [1 / 2, 0.2],
      [1, 0.4],
      [1, 0.4],
    ].entries()) {
      expect(figures[n]?.[0]).toBeCloseTo(wanted[0] ?? 0, 14);
      expect(figures[n]?.[1]).toBeCloseTo(wanted[1] ?? 0, 14);
    }
  });

  test('A > B > A > B > B > A, A > B > B > A > A and A > A once each: channels that follow themselves', () => {
    const { channels } = fitMarkov([row('A B A B B A', 1), row('A B B A A', 1), row('A A', 1)], 1);
    expect(channels.map(({ removalEffect }) => removalEffect)).toEqual([1, expect.closeTo(0.5, 14)]);
    expect(channels.map(({ share }) => share * 3)).toEqual([expect.closeTo(2, 14), expect.closeTo(1, 14)]);
  });

  test('a journey shorter than the order is a state of its own', () => {
    expect(effects([row('A', 1), row('A B C', 1), row('B C', 0, 1)], 3)).toEqual({ A: 1, B: 0.5, C: 0.5 });
  });

  test('value is credited by what the conversions were worth that came straight after a state', () => {
    const { channels } = fitMarkov([row('A B', 1, 0, 90), row('A', 1, 0, 10)], 1);
    expect(channels.map((each) => [each.channel, each.valueRemovalEffect])).toEqual([
      ['A', 1],
      ['B', 0.9],
    ]);
  });

  test('where nothing converts every share is zero', () => {
    expect(fitMarkov([row('A B', 0, 3)], 1)).toEqual({
      conversionRate: 0,
      channels: ['A', 'B'].map((channel) => ({
        channel,
        removalEffect: 0,
        valueRemovalEffect: 0,
        share: 0,
        valueShare: 0,
      })),
    });
  });

  test('a chain that hardly ever ends is solved as exactly as another', () => {
    const path = Array.from({ length: 4001 }, (_, n) => (n % 2 ? 'B' : 'A')).join(' ');
    const found = effects([row(path, 1), row('B', 0, 1)]);
    expect(found.A).toBeCloseTo(1, 9);
  });

  test('more states than can be learned from are refused with what to do', () => {
    const many = Array.from({ length: 1600 }, (_, n) => row(`c${n}`, 1));
    expect(() => fitMarkov(many, 1)).toThrow(Unfit);
    expect(() => fitMarkov(many, 1)).toThrow(/more than 1500 different channels.*group channels/);
  });
});

describe('on random chains', () => {
  test('removal effects are those of a general solver of linear equations to 1e-9', () => {
    fc.assert(
      fc.property(rowsOf, orders, (rows, order) => {
        const seen = rows.filter(({ conversions, nulls }) => conversions + nulls > 0);
        const fit = fitMarkov(rows, order);
        for (const [gain, of] of [
          [(each: PathRow) => each.conversions, 'removalEffect'],
          [(each: PathRow) => (each.conversions > 0 ? each.value : 0), 'valueRemovalEffect'],
        ] as const) {
          const all = seen.length === 0 ? 0 : reference(seen, order, null, gain);
          if (of === 'removalEffect') expect(fit.conversionRate || 0).toBeCloseTo(all, 9);
          for (const channel of fit.channels) {
            const wanted = all === 0 ? 0 : 1 - reference(seen, order, channel.channel, gain) / all;
            expect(Math.abs(channel[of] - wanted)).toBeLessThan(1e-9);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('shares are never negative and add up to one where anything converts', () => {
    fc.assert(
      fc.property(rowsOf, orders, (rows, order) => {
        const { channels } = fitMarkov(rows, order);
        const sum = channels.reduce((total, { share }) => total + share, 0);
        for (const { share } of channels) expect(share).toBeGreaterThanOrEqual(0);
        expect(sum).toBeCloseTo(rows.some(({ conversions }) => conversions > 0) ? 1 : 0, 9);
      }),
      { numRuns: 100 },
    );
  });

  test('to say the same path in two rows, or a channel twice in a row at order 1, changes nothing', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const halves = rows.flatMap((each) => [
          { ...each, conversions: each.conversions / 2, nulls: each.nulls / 2, value: each.value / 2 },
          { ...each, conversions: each.conversions / 2, nulls: each.nulls / 2, value: each.value / 2 },
        ]);
        const doubled = rows.map((each) => ({ ...each, path: each.path.flatMap((channel) => [channel, channel]) }));
        const one = effects(rows);
        for (const other of [effects(halves), effects(doubled)])
          for (const [channel, effect] of Object.entries(one)) expect(other[channel]).toBeCloseTo(effect, 10);
      }),
      { numRuns: 60 },
    );
  });
});
