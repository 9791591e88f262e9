/** Finds what people name: partners, campaigns and fund items by id, by name, or by the record in the CRM. */
import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import { FundRefused } from './fund-desk.ts';

interface Found {
  readonly id: string;
  readonly name: string;
  readonly connection: string | null;
  readonly record: string | null;
}

/** Throws FundRefused where nothing has this name, or several have. */
export type Finder = (written: string) => Found;

export async function partnerFinder(tx: Queryable): Promise<Finder> {
  const { rows } =
    await sql<Found>`select id, facts->>'name' as name, connection, record_id as record from partners`.execute(tx);
  return finder('partner', rows);
}

/** A campaign is known by its name and by each of its records; the record is the first one. */
export async function campaignFinder(tx: Queryable): Promise<Finder> {
  const { rows } = await sql<Found>`
    select campaign_id as id, name, connection, record_id as record from campaign_records order by campaign_id, connection, record_id`.execute(
    tx,
  );
  return finder('campaign', rows);
}

export async function fundFinder(tx: Queryable, kind: 'budget' | 'allocation'): Promise<Finder> {
  const rows = await tx
    .selectFrom(kind === 'budget' ? 'fund_budgets' : 'fund_allocations')
    .select(['id', 'name', 'connection', 'record_id as record'])
    .orderBy('id')
    .execute();
  return finder(kind, rows);
}

function finder(what: string, rows: readonly Found[]): Finder {
  const byWord = new Map<string, Map<string, Found>>();
  for (const row of rows) {
    for (const word of [row.id, row.record, row.name]) {
      if (word === null) continue;
      const found = byWord.get(word.trim().toLowerCase()) ?? new Map<string, Found>();
      if (!found.has(row.id)) found.set(row.id, row);
      byWord.set(word.trim().toLowerCase(), found);
    }
  }
  return (written) => {
    const found = [...(byWord.get(written.trim().toLowerCase())?.values() ?? [])];
    const [first] = found;
    if (first === undefined)
      throw new FundRefused(`there is no ${what} "${written}"`, `Name the ${what} by its id or its name.`);
    if (found.length > 1)
      throw new FundRefused(
        `"${written}" names ${found.length} ${what}s`,
        `Name it by its id: ${found.map(({ id }) => id).join(', ')}.`,
      );
    return first;
  };
}
