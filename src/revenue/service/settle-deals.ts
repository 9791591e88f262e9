import type { Entry, Opportunity } from '../../model/revenue.ts';
import type { Queryable } from '../../store/database.ts';
import { type Books, settle } from '../ledger.ts';
import { type Booking, type HeldDeal, saveBookings } from './book.ts';
import { findSplits, freshFalls, saveSplits } from './splits.ts';

/** Books what the deals of one look bring about: those that are booked already first, since new ones may be parts of them. */
export async function settleAll(
  tx: Queryable,
  deals: readonly Opportunity[],
  existing: ReadonlyMap<string, readonly Entry[]>,
  books: Books,
): Promise<{ readonly added: number; readonly held: readonly HeldDeal[] }> {
  const linesOf = (deal: Opportunity) => existing.get(deal.id) ?? [];
  const bookings: Booking[] = [];
  const held: HeldDeal[] = [];
  const settleOne = (deal: Opportunity) => {
    const settled = settle(deal, linesOf(deal), books);
    bookings.push({ deal, entries: settled.entries });
    if (settled.held) held.push({ opportunityId: deal.id, held: settled.held });
    return settled;
  };
  const known = deals.filter((deal) => linesOf(deal).length > 0);
  const falls = known.flatMap((deal) => freshFalls(deal, linesOf(deal), settleOne(deal).entries));
  const fresh = deals.filter((deal) => linesOf(deal).length === 0);
  const won = fresh.filter(({ isClosed, isWon, deleted }) => isClosed && isWon && !deleted);
  const splits = await findSplits(tx, won, falls, books.rules.currency, books.now);
  const partOf = new Map(splits.map((split) => [split.opportunityId, split]));
  const booked = fresh.flatMap((deal) => {
    const split = partOf.get(deal.id);
    const settled = settleOne(split ? { ...deal, splitFrom: split.splitFrom } : deal);
    return split && settled.entries.length > 0 ? [split] : [];
  });
  await saveBookings(tx, bookings, new Map([...existing].map(([id, lines]) => [id, lines.length])), books);
  await saveSplits(tx, booked, books.now);
  return { added: bookings.reduce((sum, { entries }) => sum + entries.length, 0), held };
}
