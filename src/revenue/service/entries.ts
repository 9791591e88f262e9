/** Reading the ledger. */
import type { Entry, EntryKind } from '../../model/revenue.ts';
import { among } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';

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
