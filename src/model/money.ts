import { Decimal } from 'decimal.js';

/** An amount in whole minor units (cents) of one ISO 4217 currency. Amounts of different currencies are never added. */
export interface Money {
  readonly minor: bigint;
  readonly currency: string;
}

/**
 * Minor-unit digits by ISO 4217 (amendment 176) where they are not 2. Written out because `Intl` answers with the digits in
 * everyday use (0 for HUF, COP or AFN), with which cents that a CRM holds would be lost.
 */
const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ...words('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', 0),
  ...words('BHD IQD JOD KWD LYD OMR TND', 3),
  ...words('CLF UYW', 4),
]);

/** The currencies whose minor unit does not have 2 digits, with how many it has: for queries that reckon in minor units. */
export const ODD_EXPONENTS: readonly (readonly [currency: string, digits: number])[] = [...EXPONENTS];

function words(codes: string, digits: number): [string, number][] {
  return codes.split(' ').map((code) => [code, digits]);
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Whether a code names a currency of ISO 4217, present or past. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** Decimal digits of a currency's minor unit (2 for USD, 0 for JPY, 3 for KWD); throws on what is no three-letter code. */
export function exponentOf(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) throw new RangeError(`"${currency}" is no ISO 4217 currency code`);
  return EXPONENTS.get(currency) ?? 2;
}

/** Digits enough that no amount a CRM can hold is rounded on the way. */
const Exact = Decimal.clone({ precision: 64 });
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** Above this no CRM currency field reaches (Salesforce: 18 digits); it bounds the work a hostile "1e999999" can cause. */
const LARGEST = new Exact('1e40');

/** Reads a decimal ("1234.5", 1234.5) as money, rounding half away from zero to the minor unit; null for what is no finite decimal number. */
export function moneyFrom(value: string | number, currency: string): Money | null {
  const text = String(value).trim();
  if (!DECIMAL.test(text)) return null;
  const decimal = new Exact(text);
  if (decimal.abs().gt(LARGEST)) return null;
  const minor = decimal.times(new Exact(10).pow(exponentOf(currency))).toFixed(0, Decimal.ROUND_HALF_UP);
  return { minor: BigInt(minor), currency };
}

/**
 * What an amount is worth in another currency. `rate`: decimal text, units of `currency` for one unit of the amount's own.
 * Rounded once, half to even, to the minor unit of `currency`.
 */
export function convert(amount: Money, rate: string, currency: string): Money {
  const scale = new Exact(10).pow(exponentOf(currency) - exponentOf(amount.currency));
  const exact = new Exact(amount.minor.toString()).times(rate).times(scale);
  return { minor: BigInt(exact.toFixed(0, Decimal.ROUND_HALF_EVEN)), currency };
}

/** The plain decimal string of an amount: "-1234.50". */
export function decimalOf(money: Money): string {
  const digits = exponentOf(money.currency);
  const negative = money.minor < 0n;
  const text = (negative ? -money.minor : money.minor).toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  return `${negative ? '-' : ''}${whole}${digits > 0 ? `.${text.slice(-digits)}` : ''}`;
}

/** Adds amounts of one currency; throws on two. */
export function sum(amounts: Iterable<Money>, currency: string): Money {
  let minor = 0n;
  for (const amount of amounts) {
    if (amount.currency !== currency) throw new RangeError(`cannot add ${amount.currency} to ${currency}`);
    minor += amount.minor;
  }
  return { minor, currency };
}

/** The same amount owed the other way. */
export function negate(money: Money): Money {
  return { minor: -money.minor, currency: money.currency };
}

/**
 * Divides an amount by whole-number weights so that the parts add up to it exactly: each part gets its floor, the minor
 * units left over go to the largest remainders (Hamilton's method), earlier parts first among equals.
 * Throws where no weight is above zero or one is negative.
 */
export function allocate(amount: Money, weights: readonly bigint[]): Money[] {
  const total = weights.reduce((sumSoFar, weight) => sumSoFar + weight, 0n);
  if (total <= 0n || weights.some((weight) => weight < 0n))
    throw new RangeError('weights must not be negative and must not all be zero');
  if (weights.length === 1) return [amount];
  const negative = amount.minor < 0n;
  const magnitude = negative ? -amount.minor : amount.minor;
  const parts = weights.map((weight, index) => ({
    index,
    floor: (magnitude * weight) / total,
    rest: (magnitude * weight) % total,
  }));
  let left = magnitude - parts.reduce((sumSoFar, part) => sumSoFar + part.floor, 0n);
  const shares = parts.map((part) => part.floor);
  for (const part of [...parts].sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1))) {
    if (left === 0n) break;
    shares[part.index] = part.floor + 1n;
    left -= 1n;
  }
  return shares.map((share) => ({ minor: negative ? -share : share, currency: amount.currency }));
}
