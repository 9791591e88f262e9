import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Dice, uniform } from '../../../sandbox/market/random.ts';

const draws = (count: number) => Array.from({ length: count }, (_, n) => uniform(7, `person-${n}`, 'event'));

describe('keyed randomness', () => {
  test('a draw depends on its key alone', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.string(), (seed, record, event) => {
        const first = uniform(seed, record, event);
        uniform(seed + 1, record, event);
        expect(uniform(seed, record, event)).toBe(first);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first).toBeLessThan(1);
      }),
    );
  });

  test('neighbouring keys give even and unrelated draws', () => {
    const sample = draws(20_000);
    const buckets = new Array<number>(20).fill(0);
    for (const value of sample) buckets[Math.floor(value * 20)] = (buckets[Math.floor(value * 20)] ?? 0) + 1;
    for (const size of buckets) expect(Math.abs(size - 1000)).toBeLessThan(150);
    const mean = 0.5;
    const together = sample.slice(1).reduce((sum, value, n) => sum + (value - mean) * ((sample[n] ?? 0) - mean), 0);
    expect(Math.abs((together / sample.length) * 12)).toBeLessThan(0.04);
    expect(new Set(sample).size).toBe(sample.length);
  });

  test('another seed, record or event gives another draw', () => {
    const all = [uniform(1, 'a', 'b'), uniform(2, 'a', 'b'), uniform(1, 'b', 'b'), uniform(1, 'a', 'c')];
    expect(new Set(all).size).toBe(4);
  });

  test('whole numbers stay within both ends and reach them', () => {
    const values = Array.from({ length: 500 }, (_, n) => new Dice(3, `r${n}`).int('x', 2, 5));
    expect([...new Set(values)].sort()).toEqual([2, 3, 4, 5]);
  });

  test('weights say how often a value comes', () => {
    const heavy = Array.from({ length: 4000 }, (_, n) =>
      new Dice(3, `r${n}`).weighted('x', [
        ['often', 3],
        ['rarely', 1],
      ]),
    ).filter((value) => value === 'often').length;
    expect(Math.abs(heavy / 4000 - 0.75)).toBeLessThan(0.03);
  });

  test('picking from nothing is an error that names the record', () => {
    expect(() => new Dice(1, 'company-1').pick('city', [])).toThrow('company-1 city');
    expect(() => new Dice(1, 'company-1').weighted('city', [])).toThrow('company-1 city');
  });

  test('normal and exponential draws have their mean and spread', () => {
    const normal = Array.from({ length: 5000 }, (_, n) => new Dice(5, `r${n}`).normal('n'));
    const waits = Array.from({ length: 5000 }, (_, n) => new Dice(5, `r${n}`).exponential('e', 8));
    const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    expect(Math.abs(mean(normal))).toBeLessThan(0.06);
    expect(Math.abs(mean(normal.map((value) => value * value)) - 1)).toBeLessThan(0.08);
    expect(Math.abs(mean(waits) - 8)).toBeLessThan(0.5);
  });
});
