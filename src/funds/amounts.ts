import { decimalOf, moneyFrom } from '../model/money.ts';

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Whether it is the code of a currency that exists, such as EUR. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** Whether it is a day of the calendar, written YYYY-MM-DD. */
export function isDay(text: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  return day !== null && !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(text);
}

/** A day so many days later. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** "1234.50 EUR": an amount of the item, the item's own unless another is given. */
export function amountText(
  item: { readonly currency: string; readonly amount?: bigint },
  minor = item.amount ?? 0n,
): string {
  return `${decimalOf({ minor, currency: item.currency })} ${item.currency}`;
}

export function sumOf<T>(items: Iterable<T>, amount: (item: T) => bigint): bigint {
  let sum = 0n;
  for (const item of items) sum += amount(item);
  return sum;
}

/** Above this no fund reaches in any currency; it is what the database can hold with room to add up. */
const LARGEST = 10n ** 15n;

/** Digits with a point: "1e2" or "0x10" is a slip, and nobody should be paid by one. */
const PLAIN = /^-?\d+(\.\d+)?$/;

/** An amount as it is written, in minor units; else what is wrong with it. */
export function readAmount(written: string, currency: string): bigint | { readonly problem: string } {
  if (written.trim() === '') return { problem: 'the amount is missing' };
  if (!isCurrency(currency)) return { problem: `"${currency}" is no currency: give an ISO 4217 code, such as EUR` };
  const money = PLAIN.test(written.trim()) ? moneyFrom(written, currency) : null;
  if (money === null) return { problem: `"${written}" is no amount: write it as 1234.50` };
  if (money.minor < 0n) return { problem: `the amount ${written} is negative` };
  if (money.minor === 0n) return { problem: `the amount ${written} is nothing` };
  if (money.minor > LARGEST) return { problem: `the amount ${written} is larger than any fund` };
  const [, digits = ''] = /^[^.]*\.?(\d*)/.exec(written.trim()) ?? [];
  const [, kept = ''] = decimalOf(money).split('.');
  if (digits.replace(/0+$/, '').length > kept.length)
    return { problem: `${written} is finer than the smallest unit of ${currency}` };
  return money.minor;
}
