import type { Money } from '../model/money.ts';

/** (credited - cost) / cost, rounded half away from zero to four decimals; null where the cost is unknown or not above zero. */
export function roiOf(credited: Money, cost: Money | null): string | null {
  if (cost === null || cost.minor <= 0n) return null;
  if (cost.currency !== credited.currency)
    throw new RangeError(`cannot set a cost in ${cost.currency} against ${credited.currency}`);
  const gain = credited.minor - cost.minor;
  const magnitude = ((gain < 0n ? -gain : gain) * 20_000n + cost.minor) / (2n * cost.minor);
  const digits = magnitude.toString().padStart(5, '0');
  return `${gain < 0n && magnitude > 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
