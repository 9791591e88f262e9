/** The ledger in the store: what deals are settled by, and the only place that writes entries. */
import { sql } from 'kysely';
import type { Entry, EntryKind, Opportunity } from '../../model/revenue.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { dayIn } from '../calendar.ts';
import type { Books, Held } from '../ledger.ts';
import type { LedgerRules } from '../ledger-config.ts';
import { rateFinder } from '../rates.ts';
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

/** All entries of the given deals, or of every deal where `dealIds` is null, in the order they were written for each. */
export async function loadEntries(tx: Queryable, dealIds: readonly string[] | null): Promise<Entry[]> {
  let query = tx.selectFrom('entries').selectAll();
  if (dealIds !== null) query = query.where(among('opportunity_id', dealIds));
  const rows = await query.orderBy('opportunity_id').orderBy('ordinal').execute();
  return rows.map((row) => ({
    id: row.id,
    opportunityId: row.opportunity_id,
    kind: row.kind as EntryKind,
    amount: { minor: BigInt(row.amount_minor), currency: row.currency },
    at: row.at,
    closeDate: row.close_date,
    reason: row.reason,
    reporting: { minor: BigInt(row.reporting_minor), currency: row.reporting_currency },
    rate: row.rate,
    rateDate: row.rate_date,
    rateSource: row.rate_source,
    period: row.period,
  }));
}

/**
 * Adds entries to the ledger; of what is there already by its id nothing changes. `existing`: how many lines each deal has, so
 * that its further ones are numbered on.
 */
export async function saveEntries(
  tx: Queryable,
  entries: readonly Entry[],
  existing: ReadonlyMap<string, number>,
): Promise<void> {
  const places = new Map(existing);
  await upsert(
    tx,
    'entries',
    entries.map((entry) => {
      const ordinal = (places.get(entry.opportunityId) ?? 0) + 1;
      places.set(entry.opportunityId, ordinal);
      return {
        id: entry.id,
        opportunity_id: entry.opportunityId,
        ordinal,
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
      };
    }),
    ['id'],
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
