/** How much of a deal is the vendor's own products, from its lines. */
import type { Money } from '../model/money.ts';
import { compareIds } from './moment.ts';

/** One line of a deal. */
export interface DealLine {
  readonly id: string;
  readonly product: string;
  readonly family: string | null;
  /** After discounts; null: the CRM states none. */
  readonly amount: Money | null;
}

/** What is not the vendor's: products of others that its CRM lists too. Compared without case. */
export interface OthersKit {
  readonly families: readonly string[];
  readonly products: readonly string[];
}

export interface Kit {
  /** The lines of the vendor's products, and those of others; null where there is no line. */
  readonly kit: Money | null;
  readonly others: Money | null;
  /** The vendor's part of the deal's amount, four decimals, as "0.8000"; null where it cannot be said. */
  readonly share: string | null;
  /** The amount less the sum of its lines, where they differ. */
  readonly difference: Money | null;
  /** What is wrong with the lines, in words. */
  readonly problems: readonly string[];
}

/** What a deal's lines say of it. Lines without an amount, or in another currency than the deal, are left out and said. */
export function kitOf(amount: Money | null, lines: readonly DealLine[], others: OthersKit): Kit {
  if (lines.length === 0) return { kit: null, others: null, share: null, difference: null, problems: [] };
  const fold = (text: string) => text.trim().toLowerCase();
  const [families, products] = [new Set(others.families.map(fold)), new Set(others.products.map(fold))];
  const isOther = ({ family, product }: DealLine) =>
    (family !== null && families.has(fold(family))) || products.has(fold(product));
  const sorted = [...lines].sort((a, b) => compareIds(a.id, b.id));
  const currency = amount?.currency ?? sorted.find((line) => line.amount !== null)?.amount?.currency ?? null;
  const problems: string[] = [];
  const sums = { kit: 0n, others: 0n };
  for (const line of sorted) {
    if (line.amount === null) problems.push(`Line ${line.id} (${line.product}) states no amount.`);
    else if (line.amount.currency !== currency)
      problems.push(`Line ${line.id} (${line.product}) is in ${line.amount.currency}, the deal in ${currency}.`);
    else sums[isOther(line) ? 'others' : 'kit'] += line.amount.minor;
  }
  if (currency === null) return { kit: null, others: null, share: null, difference: null, problems };
  const money = (minor: bigint): Money => ({ minor, currency });
  const off = amount === null ? 0n : amount.minor - sums.kit - sums.others;
  return {
    kit: money(sums.kit),
    others: money(sums.others),
    share: amount === null ? null : shareOf(sums.kit, amount.minor),
    difference: off === 0n ? null : money(off),
    problems,
  };
}

/** With four decimals, rounded half away from zero; null of nothing. */
function shareOf(part: bigint, whole: bigint): string | null {
  if (whole <= 0n) return null;
  const sign = part < 0n ? '-' : '';
  const scaled = ((part < 0n ? -part : part) * 20_000n + whole) / (2n * whole);
  const text = String(scaled).padStart(5, '0');
  return `${sign}${text.slice(0, -4)}.${text.slice(-4)}`;
}
