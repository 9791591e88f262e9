import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allocate, decimalOf, exponentOf, moneyFrom, negate, sum } from '../../src/model/money.ts';

const usd = (minor: bigint) => ({ minor, currency: 'USD' });
const currencies = fc.constantFrom('USD', 'EUR', 'JPY', 'KWD', 'CLF', 'HUF');
const amounts = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });

describe('a currency', () => {
  test.each([
    ['USD', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['CLF', 4],
    ['HUF', 2],
    ['COP', 2],
    ['IQD', 3],
  ])('%s has %i digits of minor unit, by ISO 4217', (currency, digits) => {
    expect(exponentOf(currency)).toBe(digits);
  });

  test('is refused where it is no three-letter code', () => {
    expect(() => exponentOf('usd')).toThrow('"usd" is no ISO 4217 currency code');
    expect(() => exponentOf('')).toThrow(RangeError);
  });
});

describe('reading an amount', () => {
  test.each([
    ['1234.5', 'USD', 123450n],
    [1234.5, 'USD', 123450n],
    ['-0.01', 'USD', -1n],
    ['1e3', 'USD', 100000n],
    ['.5', 'USD', 50n],
    [' 7 ', 'USD', 700n],
    [0.1 + 0.2, 'USD', 30n],
    ['12345678901234567890.12', 'USD', 1234567890123456789012n],
    ['10.55', 'HUF', 1055n],
    ['99.5', 'JPY', 100n],
  ])('%p %s is %p minor units', (value, currency, minor) => {
    expect(moneyFrom(value, currency)).toEqual({ minor, currency });
  });

  test('rounds half away from zero', () => {
    expect(moneyFrom('0.005', 'USD')).toEqual(usd(1n));
    expect(moneyFrom('-0.005', 'USD')).toEqual(usd(-1n));
    expect(moneyFrom('0.00499', 'USD')).toEqual(usd(0n));
  });

  test.each(['', 'abc', '0x10', 'NaN', 'Infinity', '1,000', '1e999999', '1 2', Number.NaN, Number.POSITIVE_INFINITY])(
    '%p is no amount',
    (value) => {
      expect(moneyFrom(value, 'USD')).toBeNull();
    },
  );

  test('gives back every amount that was written', () => {
    fc.assert(
      fc.property(amounts, currencies, (minor, currency) => {
        expect(moneyFrom(decimalOf({ minor, currency }), currency)).toEqual({ minor, currency });
      }),
    );
  });
});

describe('writing an amount', () => {
  test.each([
    [123450n, 'USD', '1234.50'],
    [-5n, 'USD', '-0.05'],
    [0n, 'USD', '0.00'],
    [5n, 'JPY', '5'],
    [-1n, 'KWD', '-0.001'],
  ])('%p minor units of %s', (minor, currency, text) => {
    expect(decimalOf({ minor, currency })).toBe(text);
  });
});

describe('adding', () => {
  test('adds amounts of one currency and none to zero', () => {
    expect(sum([usd(1n), usd(-3n)], 'USD')).toEqual(usd(-2n));
    expect(sum([], 'USD')).toEqual(usd(0n));
  });

  test('never adds two currencies', () => {
    expect(() => sum([usd(1n), { minor: 1n, currency: 'EUR' }], 'USD')).toThrow('cannot add EUR to USD');
  });
});

describe('allocating', () => {
  const weights = fc
    .array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 })
    .filter((list) => list.some((weight) => weight > 0n));

  test('gives minor units left over to the largest remainders, earlier parts first among equals', () => {
    expect(allocate(usd(100n), [1n, 1n, 1n]).map((part) => part.minor)).toEqual([34n, 33n, 33n]);
    expect(allocate(usd(10n), [2n, 3n, 4n]).map((part) => part.minor)).toEqual([2n, 3n, 5n]);
    expect(allocate(usd(1n), [0n, 1n]).map((part) => part.minor)).toEqual([0n, 1n]);
  });

  test('refuses weights that say nothing', () => {
    expect(() => allocate(usd(1n), [])).toThrow(RangeError);
    expect(() => allocate(usd(1n), [0n, 0n])).toThrow('must not all be zero');
    expect(() => allocate(usd(1n), [2n, -1n])).toThrow('must not be negative');
  });

  test('parts add up to the amount exactly', () => {
    fc.assert(
      fc.property(amounts, weights, (minor, list) => {
        expect(sum(allocate(usd(minor), list), 'USD')).toEqual(usd(minor));
      }),
    );
  });

  test('no part is a minor unit or more off its exact share, and a weight of zero gets nothing', () => {
    fc.assert(
      fc.property(amounts, weights, (minor, list) => {
        const total = list.reduce((sofar, weight) => sofar + weight, 0n);
        allocate(usd(minor), list).forEach((part, index) => {
          const weight = list[index] ?? 0n;
          const off = part.minor * total - minor * weight;
          expect(off < total && off > -total).toBe(true);
          if (weight === 0n) expect(part.minor).toBe(0n);
        });
      }),
    );
  });

  test('a debt is divided as the amount is', () => {
    fc.assert(
      fc.property(amounts, weights, (minor, list) => {
        expect(allocate(negate(usd(minor)), list)).toEqual(allocate(usd(minor), list).map(negate));
      }),
    );
  });

  test('a part of greater weight is never smaller', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), weights, (minor, list) => {
        const parts = allocate(usd(minor), list).map((part, index) => ({ ...part, weight: list[index] ?? 0n }));
        for (const a of parts) for (const b of parts) if (a.weight > b.weight) expect(a.minor >= b.minor).toBe(true);
      }),
    );
  });
});
