import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { convert } from '../../src/model/money.ts';
import { type Rate, rateFinder, rateProblem } from '../../src/revenue/rates.ts';

const ORDER = ['crm:salesforce', 'crm:hubspot', 'file'];
const rate = (source: string, from: string, to: string, date: string, value: string, isDated = true): Rate => ({
  source,
  from,
  to,
  date,
  rate: value,
  isDated,
});
const find = (rates: readonly Rate[], from: string, to: string, on: string, own?: string) =>
  rateFinder(rates, ORDER, 31)({ from, to, on, own });

/** An org whose corporate currency is the dollar: Salesforce states units of the other for one dollar. */
const DATED = [
  rate('crm:salesforce', 'USD', 'EUR', '2026-01-01', '0.9'),
  rate('crm:salesforce', 'USD', 'EUR', '2026-04-01', '0.8'),
  rate('crm:salesforce', 'USD', 'GBP', '2026-01-01', '0.75'),
];

describe('the rate that counts', () => {
  test('is the one in force on the day, from its date until the day before the next', () => {
    expect(find(DATED, 'USD', 'EUR', '2026-03-31')).toMatchObject({ rate: '0.9', date: '2026-01-01' });
    expect(find(DATED, 'USD', 'EUR', '2026-04-01')).toMatchObject({ rate: '0.8', date: '2026-04-01' });
    expect(find(DATED, 'USD', 'EUR', '2030-01-01')).toMatchObject({ rate: '0.8' });
  });

  test('is unknown before the first, and for a currency that nobody has', () => {
    expect(find(DATED, 'USD', 'EUR', '2025-12-31')).toBeNull();
    expect(find(DATED, 'SEK', 'USD', '2026-02-01')).toBeNull();
  });

  test('is turned round where it is stated the other way, to 18 digits, and says from what', () => {
    expect(find(DATED, 'EUR', 'USD', '2026-02-01')).toEqual({
      rate: '1.11111111111111111',
      date: '2026-01-01',
      source: 'salesforce: 1 USD = 0.9 EUR from 2026-01-01',
    });
  });

  test('goes through the corporate currency between two others; its date is the later one', () => {
    expect(find(DATED, 'GBP', 'EUR', '2026-04-02')).toEqual({
      rate: '1.06666666666666667',
      date: '2026-04-01',
      source: 'salesforce: 1 USD = 0.75 GBP from 2026-01-01, 1 USD = 0.8 EUR from 2026-04-01',
    });
  });

  test('of the first source that has one: by the order, among CRMs the own of the deal first', () => {
    const both = [
      ...DATED,
      rate('crm:hubspot', 'EUR', 'USD', '2026-01-01', '1.3'),
      rate('file', 'EUR', 'USD', '2026-02-01', '1.4'),
    ];
    expect(find(both, 'EUR', 'USD', '2026-02-02')?.rate).toBe('1.11111111111111111');
    expect(find(both, 'EUR', 'USD', '2026-02-02', 'crm:hubspot')?.rate).toBe('1.3');
    const fileFirst = rateFinder(both, ['file', 'crm:salesforce', 'crm:hubspot'], 31);
    expect(fileFirst({ from: 'EUR', to: 'USD', on: '2026-02-02', own: 'crm:hubspot' })?.rate).toBe('1.4');
    expect(fileFirst({ from: 'EUR', to: 'USD', on: '2026-01-31', own: 'crm:hubspot' })?.rate).toBe('1.3');
  });

  test('of a CRM that knows but one rate at a time counts for earlier days too, a dated one before it', () => {
    const static_ = [rate('crm:salesforce', 'USD', 'EUR', '2026-05-01', '0.7', false)];
    expect(find(static_, 'USD', 'EUR', '2020-01-01')).toMatchObject({ rate: '0.7', date: '2026-05-01' });
    expect(find([...DATED, ...static_], 'USD', 'EUR', '2026-06-01')).toMatchObject({ rate: '0.8' });
    expect(find([...DATED, ...static_], 'USD', 'EUR', '2025-06-01')).toMatchObject({ rate: '0.7' });
  });

  test('of the file is too old after the days that it may count', () => {
    const file = [rate('file', 'EUR', 'USD', '2026-03-01', '1.1')];
    expect(find(file, 'EUR', 'USD', '2026-03-31')?.rate).toBe('1.1');
    expect(find(file, 'EUR', 'USD', '2026-04-01')).toBeNull();
  });
});

test.each([
  ['0', 'a rate is above zero'],
  ['-1.1', 'no decimal number above zero'],
  ['1,1', 'no decimal number above zero'],
  ['', 'no decimal number above zero'],
  ['1e3', 'no decimal number above zero'],
  ['NaN', 'no decimal number above zero'],
  ['1000000000', 'no rate between two currencies is'],
  ['0.000000001', 'no rate between two currencies is'],
])('a rate of %j is refused', (text, message) => {
  expect(rateProblem(text)).toContain(message);
  expect(rateProblem('1.0842')).toBeNull();
});

describe('converting', () => {
  test.each([
    [250n, 'EUR', '0.5', 'USD', 125n],
    [5n, 'EUR', '0.5', 'USD', 2n],
    [7n, 'EUR', '0.5', 'USD', 4n],
    [-5n, 'EUR', '0.5', 'USD', -2n],
    [100n, 'JPY', '0.0065', 'USD', 65n],
    [1_000n, 'KWD', '3.25', 'USD', 325n],
    [325n, 'USD', '0.3', 'KWD', 975n],
  ])('%d of %s at %s is rounded once, half to even, in %s', (minor, from, at, to, expected) => {
    expect(convert({ minor, currency: from }, at, to)).toEqual({ minor: expected, currency: to });
  });

  test('is never off by more than half a minor unit', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }),
        fc.integer({ min: 1, max: 9_999_999 }),
        (minor, millionths) => {
          const text = `${Math.floor(millionths / 1e6)}.${String(millionths % 1e6).padStart(6, '0')}`;
          const twice =
            2n * (convert({ minor, currency: 'EUR' }, text, 'USD').minor * 1_000_000n - minor * BigInt(millionths));
          expect(twice <= 1_000_000n && twice >= -1_000_000n).toBe(true);
        },
      ),
    );
  });
});
