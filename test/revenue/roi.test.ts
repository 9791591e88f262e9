import { describe, expect, test } from '@jest/globals';
import { roiOf } from '../../src/revenue/roi.ts';

const usd = (minor: bigint) => ({ minor, currency: 'USD' });
const eur = (minor: bigint) => ({ minor, currency: 'EUR' });

describe('ROI', () => {
  test.each([
    [300n, 100n, '2.0000'],
    [100n, 300n, '-0.6667'],
    [100n, 100n, '0.0000'],
    [0n, 100n, '-1.0000'],
    [200_001n, 3n, '66666.0000'],
    [100_001n, 100_000n, '0.0000'],
    [99_995n, 100_000n, '-0.0001'],
    [99_996n, 100_000n, '0.0000'],
  ])('of %p credited at a cost of %p is %s', (credited, cost, expected) => {
    expect(roiOf(usd(credited), usd(cost))).toBe(expected);
  });

  test('is undefined without a cost, never zero or infinite', () => {
    expect(roiOf(usd(5n), null)).toBeNull();
    expect(roiOf(usd(5n), usd(0n))).toBeNull();
    expect(roiOf(usd(5n), usd(-1n))).toBeNull();
  });

  test('never sets one currency against another', () => {
    expect(() => roiOf(usd(5n), eur(1n))).toThrow('cannot set a cost in EUR against USD');
  });
});
