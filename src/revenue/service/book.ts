/** The ledger in the store: what deals are settled by, and the only place that writes entries. */
import { sql } from 'kysely';
import type { Entry, Opportunity } from '../../model/revenue.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { dayIn } from '../calendar.ts';
import { dealLine, rulesLine } from '../journal.ts';
import type { Books, Held } from '../ledger.ts';
import type { LedgerRules } from '../ledger-config.ts';
import { postingsOf } from '../postings.ts';
import { rateFinder } from '../rates.ts';
import { appendLines, lastLine } from './journal.ts';
import { loadRates } from './rates.ts';

/** A won deal that cannot be booked. */
export interface HeldDeal {
  readonly opportunityId: string;
  readonly held: Held;
}

/** The books as they are at an instant, with the rates that these deals may need. */
export async function openBooks(
  tx: Queryable,
  deals: readonly Opportunity[],
  rules: LedgerRules,
  at: string,
): Promise<Books> {
  const foreign = new Set(deals.flatMap(({ amount }) => (amount ? [amount.currency] : [])));
  foreign.delete(rules.currency);
  const rates = foreign.size === 0 ? [] : await loadRates(tx, [...foreign, rules.currency]);
  return {
    now: at,
    rules,
    findRate: rateFinder(rates, rules.rateOrder, rules.maxAgeDays),
    closedThrough: await closedThrough(tx),
  };
}

/** Deals that were held because their close was yet to come, and it has. */
export async function dealsDue(tx: Queryable, rules: LedgerRules, at: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('held_revenue')
    .select('opportunity_id')
    .where('until', '<=', dayIn(rules.timeZone, at))
    .execute();
  return rows.map((row) => row.opportunity_id);
}

/** The last closed month (YYYY-MM); null where none is. */
export async function closedThrough(tx: Queryable): Promise<string | null> {
  const row = await tx
    .selectFrom('closed_periods')
    .select((eb) => eb.fn.max('month').as('month'))
    .executeTakeFirst();
  return row?.month ?? null;
}

/** A deal and the entries that its facts bring about. */
export interface Booking {
  readonly deal: Opportunity;
  readonly entries: readonly Entry[];
}

/**
 * Writes entries with their postings, and into the journal the facts that brought them about. In the caller's transaction: the
 * database checks at its end that each entry balances. `existing`: how many entries each deal has, so that its further ones are
 * numbered on.
 */
export async function saveBookings(
  tx: Queryable,
  bookings: readonly Booking[],
  existing: ReadonlyMap<string, number>,
  { rules, now }: Books,
): Promise<void> {
  const made = bookings.filter(({ entries }) => entries.length > 0);
  if (made.length === 0) return;
  const byRules = rulesLine(rules);
  const known = await lastLine(tx, byRules.kind, byRules.subject);
  const lines = [...(known === byRules.body ? [] : [byRules]), ...made.map(({ deal }) => dealLine(deal))];
  const numbered = (await appendLines(tx, lines, now)).slice(-made.length);
  await upsert(
    tx,
    'entries',
    made.flatMap(({ deal, entries }, index) =>
      entries.map((entry, place) => ({
        id: entry.id,
        opportunity_id: entry.opportunityId,
        ordinal: (existing.get(deal.id) ?? 0) + place + 1,
        kind: entry.kind,
        amount_minor: entry.amount.minor,
        currency: entry.amount.currency,
        at: entry.at,
        close_date: entry.closeDate,
        reason: entry.reason,
        reporting_minor: entry.reporting.minor,
        reporting_currency: entry.reporting.currency,
        rate: entry.rate,
        rate_date: entry.rateDate,
        rate_source: entry.rateSource,
        period: entry.period,
        line: numbered[index]?.seq ?? null,
      })),
    ),
    [],
  );
  await upsert(
    tx,
    'postings',
    made
      .flatMap(({ entries }) => entries.flatMap(postingsOf))
      .map(({ entryId, side, account, amount, reporting }) => ({
        entry_id: entryId,
        side,
        account,
        amount_minor: amount.minor,
        currency: amount.currency,
        reporting_minor: reporting.minor,
        reporting_currency: reporting.currency,
      })),
    [],
  );
}

/** Keeps which of the deals looked at are held, and why; one that is held for what it was held for has waited since then. */
export async function saveHeld(
  tx: Queryable,
  dealIds: readonly string[],
  held: readonly HeldDeal[],
  at: string,
): Promise<void> {
  const waiting = held.map(({ opportunityId }) => opportunityId);
  await sql`delete from held_revenue where opportunity_id = any(${dealIds}::text[])
    and not opportunity_id = any(${waiting}::text[])`.execute(tx);
  const known = await tx.selectFrom('held_revenue').selectAll().where(among('opportunity_id', waiting)).execute();
  const before = new Map(known.map((row) => [row.opportunity_id, row]));
  const news = held.flatMap(({ opportunityId, held: { for: why, reason, until } }) => {
    const old = before.get(opportunityId);
    if (old?.why === why && old.reason === reason && old.until === until) return [];
    return [{ opportunity_id: opportunityId, reason, at: old?.why === why ? old.at : at, why, until }];
  });
  await upsert(tx, 'held_revenue', news, ['opportunity_id']);
}
