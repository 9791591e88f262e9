/** Finds out which deals of a look were split off from others. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import type { Entry, Opportunity } from '../../model/revenue.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { type Fall, SPLIT_DAYS, type Split, splitsOf } from '../splits.ts';
import { loadEntries } from './entries.ts';

/** The splits among new won deals; `fresh`: falls of this very look, which are not in the store yet. */
export async function findSplits(
  tx: Queryable,
  newcomers: readonly Opportunity[],
  fresh: readonly Fall[],
  currency: string,
  at: string,
): Promise<Split[]> {
  const tied = newcomers.filter(({ accountId }) => accountId !== null);
  if (tied.length === 0) return [];
  const falls = [...(await earlierFalls(tx, tied, at)), ...fresh];
  // A rate into another reporting currency than today's is no rate for what is booked today.
  return splitsOf(
    tied,
    falls.filter(({ entry }) => entry.reporting.currency === currency),
  );
}

async function earlierFalls(tx: Queryable, newcomers: readonly Opportunity[], at: string): Promise<Fall[]> {
  const since = iso(Date.parse(at) - SPLIT_DAYS * 86_400_000);
  const accounts = [...new Set(newcomers.map(({ connection, accountId }) => `${connection} ${accountId}`))];
  const found = await sql<{ id: string; opportunity_id: string; connection: string; account: string }>`
    select e.id, e.opportunity_id, o.connection, o.account_record as account
    from opportunities o join entries e on e.opportunity_id = o.id
    where o.account_record = any(${newcomers.map(({ accountId }) => accountId)}::text[])
      and o.connection || ' ' || o.account_record = any(${accounts}::text[])
      and e.kind = 'adjusted' and e.amount_minor < 0 and e.at >= ${since}::timestamptz
      and not exists (select from deal_splits s where s.fall_entry_id = e.id)
    order by e.line, e.id`.execute(tx);
  if (found.rows.length === 0) return [];
  const entries = Map.groupBy(
    await loadEntries(tx, [...new Set(found.rows.map((row) => row.opportunity_id))]),
    (entry) => entry.opportunityId,
  );
  return found.rows.flatMap((row): Fall[] => {
    const mine = entries.get(row.opportunity_id) ?? [];
    const entry = mine.find((each) => each.id === row.id);
    if (entry === undefined) return [];
    return [
      { deal: { id: row.opportunity_id, accountId: row.account, connection: row.connection }, entry, entries: mine },
    ];
  });
}

/** The falls among entries that are about to be written. */
export function freshFalls(deal: Opportunity, existing: readonly Entry[], added: readonly Entry[]): Fall[] {
  return added.flatMap((entry): Fall[] =>
    entry.kind === 'adjusted' && entry.amount.minor < 0n ? [{ deal, entry, entries: [...existing, ...added] }] : [],
  );
}

/** Remembers which falls are answered. */
export async function saveSplits(tx: Queryable, splits: readonly Split[], at: string): Promise<void> {
  await upsert(
    tx,
    'deal_splits',
    splits.map(({ opportunityId, fallEntryId, splitFrom }) => ({
      opportunity_id: opportunityId,
      from_opportunity_id: splitFrom.opportunityId,
      fall_entry_id: fallEntryId,
      at,
    })),
    ['opportunity_id'],
  );
}
