import { describe, expect, test } from '@jest/globals';
import { medianRanks } from '../../src/insight/median.ts';
import { randomFrom } from '../../src/insight/random.ts';

describe('the ranks of a median', () => {
  // W. J. Conover, Practical Nonparametric Statistics: the sign test's ranks.
  test.each([
    [5, 0.9, 3, [1, 5]],
    [8, 0.9, 4, [2, 7]],
    [10, 0.95, 5, [2, 9]],
    [20, 0.95, 10, [6, 15]],
    [100, 0.95, 50, [40, 61]],
  ])('of %i values at %f are %i and %j', (of, confidence, middle, ends) =>
    expect(medianRanks(of, confidence)).toEqual({ middle, ends }),
  );

  test('of too few values have no interval', () => {
    expect(medianRanks(1, 0.9).ends).toBeNull();
    expect(medianRanks(4, 0.9).ends).toBeNull();
  });

  test('join where the normal distribution takes over', () => {
    const [exact, normal] = [medianRanks(400, 0.9).ends, medianRanks(401, 0.9).ends];
    expect(Math.abs((exact?.[0] ?? 0) - (normal?.[0] ?? 99))).toBeLessThanOrEqual(1);
  });

  test('hold the true median as often as they promise', () => {
    const random = randomFrom(3);
    let held = 0;
    const rounds = 2_000;
    for (let round = 0; round < rounds; round++) {
      // Half of these are below ln 2, whatever their tail.
      const values = Array.from({ length: 25 }, () => -Math.log(1 - random())).sort((a, b) => a - b);
      const [low, high] = medianRanks(25, 0.9).ends ?? [1, 25];
      if ((values[low - 1] ?? 0) <= Math.LN2 && Math.LN2 <= (values[high - 1] ?? 0)) held++;
    }
    expect(held / rounds).toBeGreaterThan(0.89);
    expect(held / rounds).toBeLessThan(0.97);
  });
});
