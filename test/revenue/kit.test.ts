import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DealLine, kitOf } from '../../src/revenue/kit.ts';

const usd = (minor: bigint) => ({ minor, currency: 'USD' });
const line = (id: string, product: string, minor: bigint | null, family: string | null = null): DealLine => ({
  id,
  product,
  family,
  amount: minor === null ? null : usd(minor),
});
const OTHERS = { families: ['Hardware'], products: ['Installation'] };

describe('how much of a deal is the vendor’s own', () => {
  test('is the part of its amount in lines of own products', () => {
    const lines = [
      line('1', 'Vault', 60_000n, 'Software'),
      line('2', 'Rack', 30_000n, ' hardware '),
      line('3', 'installation', 10_000n),
    ];
    expect(kitOf(usd(100_000n), lines, OTHERS)).toEqual({
      kit: usd(60_000n),
      others: usd(40_000n),
      share: '0.6000',
      difference: null,
      problems: [],
    });
  });

  test('leaves out what has no amount or another currency, and says so and how far lines and amount are apart', () => {
    const lines = [
      line('1', 'Vault', 50_000n),
      line('2', 'Relay', null),
      { ...line('3', 'Fabric', null), amount: { minor: 7n, currency: 'EUR' } },
    ];
    expect(kitOf(usd(90_000n), lines, OTHERS)).toEqual({
      kit: usd(50_000n),
      others: usd(0n),
      share: '0.5556',
      difference: usd(40_000n),
      problems: ['Line 2 (Relay) states no amount.', 'Line 3 (Fabric) is in EUR, the deal in USD.'],
    });
  });

  test('is not said without lines, without an amount, or of an amount of zero', () => {
    expect(kitOf(usd(1n), [], OTHERS)).toEqual({
      kit: null,
      others: null,
      share: null,
      difference: null,
      problems: [],
    });
    expect(kitOf(null, [line('1', 'Vault', 5n)], OTHERS)).toMatchObject({
      kit: usd(5n),
      share: null,
      difference: null,
    });
    expect(kitOf(usd(0n), [line('1', 'Vault', 5n)], OTHERS)).toMatchObject({ share: null, difference: usd(-5n) });
  });

  test('adds up: own, others and the difference are the amount, in any order', () => {
    const lines = fc.uniqueArray(
      fc.record({
        id: fc.string({ maxLength: 3 }),
        product: fc.constantFrom('Vault', 'Installation'),
        minor: fc.bigInt({ min: -99n, max: 99n }),
      }),
      { selector: ({ id }) => id, minLength: 1 },
    );
    fc.assert(
      fc.property(lines, fc.bigInt({ min: -99n, max: 999n }), (given, amount) => {
        const all = given.map(({ id, product, minor }) => line(id, product, minor));
        const found = kitOf(usd(amount), all, OTHERS);
        expect((found.kit?.minor ?? 0n) + (found.others?.minor ?? 0n) + (found.difference?.minor ?? 0n)).toBe(amount);
        expect(kitOf(usd(amount), [...all].reverse(), OTHERS)).toEqual(found);
      }),
    );
  });
});
