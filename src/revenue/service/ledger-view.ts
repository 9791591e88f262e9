/** The ledger as people and programs read it. */
import { sql } from 'kysely';
import { decimalOf } from '../../model/money.ts';
import type { Queryable } from '../../store/database.ts';

/** One entry; amounts are decimal texts. */
export interface LedgerRow {
  readonly entry: string;
  /** The line of the journal that brought it about; null for what was booked before there was one. */
  readonly line: number | null;
  readonly deal: string;
  readonly name: string;
  readonly kind: string;
  readonly amount: string;
  readonly currency: string;
  readonly reporting: string;
  readonly reportingCurrency: string;
  readonly rate: string;
  readonly rateDate: string;
  readonly rateSource: string;
  readonly closeDate: string | null;
  readonly period: string;
  readonly at: string;
  readonly reason: string;
}

/** The newest entries, the oldest of them first. */
export async function latestEntries(db: Queryable, limit: number): Promise<LedgerRow[]> {
  return rowsWhere(db, sql`true`, limit);
}

export interface DealLedger {
  readonly deal: string;
  readonly name: string;
  readonly entries: readonly LedgerRow[];
  /** Why it waits to be booked, and since when; null where it does not. */
  readonly held: { readonly reason: string; readonly since: string } | null;
}

/** The ledger of one deal, named by its id, that of its CRM record or of one of its entries; null where there is none such. */
export async function dealLedger(db: Queryable, named: string): Promise<DealLedger | null> {
  const found = await sql<{ id: string; name: string; reason: string | null; at: string | null }>`
    select o.id, o.facts->>'name' as name, h.reason, h.at from opportunities o left join held_revenue h on h.opportunity_id = o.id
    where o.id = ${named} or o.record_id = ${named} or o.id = (select opportunity_id from entries where id = ${named})
    order by o.id limit 1`.execute(db);
  const deal = found.rows[0];
  if (deal === undefined) return null;
  return {
    deal: deal.id,
    name: deal.name,
    entries: await rowsWhere(db, sql`e.opportunity_id = ${deal.id}`, 10_000),
    held: deal.reason === null || deal.at === null ? null : { reason: deal.reason, since: deal.at },
  };
}

async function rowsWhere(db: Queryable, which: ReturnType<typeof sql>, limit: number): Promise<LedgerRow[]> {
  const found = await sql<{
    id: string;
    line: string | null;
    opportunity_id: string;
    name: string | null;
    kind: string;
    amount_minor: string;
    currency: string;
    reporting_minor: string;
    reporting_currency: string;
    rate: string;
    rate_date: string;
    rate_source: string;
    close_date: string | null;
    period: string;
    at: string;
    reason: string;
  }>`select e.*, o.facts->>'name' as name from entries e left join opportunities o on o.id = e.opportunity_id
    where ${which} order by e.line desc nulls last, e.opportunity_id, e.ordinal desc limit ${limit}`.execute(db);
  return found.rows.reverse().map((row) => ({
    entry: row.id,
    line: row.line === null ? null : Number(row.line),
    deal: row.opportunity_id,
    name: row.name ?? '',
    kind: row.kind,
    amount: decimalOf({ minor: BigInt(row.amount_minor), currency: row.currency }),
    currency: row.currency,
    reporting: decimalOf({ minor: BigInt(row.reporting_minor), currency: row.reporting_currency }),
    reportingCurrency: row.reporting_currency,
    rate: row.rate,
    rateDate: row.rate_date,
    rateSource: row.rate_source,
    closeDate: row.close_date,
    period: row.period,
    at: row.at,
    reason: row.reason,
  }));
}
