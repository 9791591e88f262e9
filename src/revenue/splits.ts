import type { Entry, Opportunity, SplitFrom } from '../model/revenue.ts';
import { stretchesOf } from './ledger.ts';

/**
 * How long after a deal's amount fell another one counts as split off from it. No CRM says that a deal was split; it is told by
 * its figures: see `splitsOf`.
 */
export const SPLIT_DAYS = 7;

/** A booked deal whose amount fell, of one account. */
export interface Fall {
  readonly deal: Pick<Opportunity, 'id' | 'accountId' | 'connection'>;
  /** The adjustment by which it fell. */
  readonly entry: Entry;
  /** All entries of that deal. */
  readonly entries: readonly Entry[];
}

/** A deal, what it was split off from, and the entry by which that fell. */
export interface Split {
  readonly opportunityId: string;
  readonly fallEntryId: string;
  readonly splitFrom: SplitFrom;
}

/**
 * Deals that were split off from others. It is so where a booked deal that still stands fell by exactly what one new won deal of
 * the same account in the same CRM is worth, or all new ones seen at once together, in the same currency, at that look or in
 * the `SPLIT_DAYS` before. One fall is answered once. The part keeps the rate of the whole, so that a split alone moves no sum
 * in the reporting currency by more than what rounding two parts takes.
 * @param newcomers won deals without an entry; @param falls those not answered yet, the oldest first
 */
export function splitsOf(newcomers: readonly Opportunity[], falls: readonly Fall[]): Split[] {
  const splits: Split[] = [];
  const left = new Map(newcomers.map((deal) => [deal.id, deal]));
  for (const { deal: whole, entry, entries } of falls) {
    const stretch = stretchesOf(entries).at(-1);
    if (whole.accountId === null || !stretch?.isOpen || !stretch.entries.includes(entry)) continue;
    const mine = [...left.values()].filter(
      ({ id, accountId, connection, amount }) =>
        id !== whole.id &&
        accountId === whole.accountId &&
        connection === whole.connection &&
        amount !== null &&
        amount.minor > 0n &&
        amount.currency === entry.amount.currency,
    );
    const fallen = -entry.amount.minor;
    const one = mine.find(({ amount }) => amount?.minor === fallen);
    const all = mine.reduce((sum, { amount }) => sum + (amount?.minor ?? 0n), 0n) === fallen ? mine : [];
    for (const part of one ? [one] : all) {
      left.delete(part.id);
      const { rate, date, source } = stretch.rate;
      splits.push({
        opportunityId: part.id,
        fallEntryId: entry.id,
        splitFrom: { opportunityId: whole.id, rate, rateDate: date, rateSource: source },
      });
    }
  }
  return splits;
}
