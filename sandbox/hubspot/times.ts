/** Instants and calendar dates as the vendor reads and prints them. */

/** An instant with milliseconds, as `createdAt` and `updatedAt` show it. */
export function iso(ms: number): string {
  const slot = Math.abs(ms) % CACHE;
  const cached = printed[slot];
  if (cached !== undefined && cached.ms === ms) return cached.text;
  const text = new Date(ms).toISOString();
  printed[slot] = { ms, text };
  return text;
}

/** Instants printed lately: the records of a batch share theirs, and printing them is most of a long read. */
const CACHE = 4_096;
const printed: { ms: number; text: string }[] = [];

/** An instant as a property value: the fraction is left out where it is zero (as recorded answers show). */
export const instant = (ms: number): string => iso(ms).replace('.000Z', 'Z');

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const MAX_MS = 8.64e15;

/** Epoch milliseconds of an ISO instant, an ISO date (midnight UTC) or epoch milliseconds in text; null for others. */
export function parseInstant(text: string): number | null {
  const trimmed = text.trim();
  if (/^-?\d{5,17}$/.test(trimmed) || /^-?\d{1,4}$/.test(trimmed)) {
    const ms = Number(trimmed);
    return Math.abs(ms) <= MAX_MS ? ms : null;
  }
  if (!ISO.test(trimmed)) return null;
  const zoned = trimmed.includes('T') && !/(Z|[+-]\d{2}:?\d{2})$/.test(trimmed) ? `${trimmed}Z` : trimmed;
  const ms = Date.parse(zoned);
  if (Number.isNaN(ms)) return null;
  // Date.parse rolls 2026-02-30 over to March; the vendor refuses it.
  const day = Number(trimmed.slice(8, 10));
  return new Date(Date.UTC(Number(trimmed.slice(0, 4)), Number(trimmed.slice(5, 7)) - 1, day)).getUTCDate() === day
    ? ms
    : null;
}
