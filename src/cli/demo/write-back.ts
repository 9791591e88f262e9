import { sql } from 'kysely';
import type { App } from '../../app/app.ts';
import { loadLeads, loadOffers } from '../../leads/service/lead-store.ts';
import { sameValue } from '../../mapping/canonical.ts';
import type { Database } from '../../store/database.ts';
import { type Environment, kindOf } from '../../sync/environment.ts';
import { project } from '../../sync/project.ts';
import type { RawCrm } from './raw-crm.ts';

/** What became of all records that Sluice had something to write to. */
export interface WriteBack {
  readonly records: number;
  /** Those that the CRM refused and that wait in the error centre. */
  readonly rejected: number;
  /** Those that a fresh raw read found equal to what Sluice holds. */
  readonly verified: number;
  /** The first few that were found different, for people. */
  readonly differences: readonly string[];
}

/** Compares, field by field, what each CRM holds now with what Sluice holds of every record it wrote. */
export async function verifyWriteBack(
  app: App,
  raw: Readonly<Record<string, RawCrm>>,
): Promise<Record<string, WriteBack>> {
  const env = await app.environment();
  const unsettled = await unsettledRecords(env);
  const result: Record<string, WriteBack> = {};
  for (const connection of env.connections) {
    const crm = raw[connection.name];
    if (crm === undefined) continue;
    const written = await writtenRecords(env.db, connection.name);
    const rejected = await rejectedRows(env.db, connection.name);
    const rejectedIds = new Set(rejected.map((row) => row.record_id ?? row.row_key));
    const differences: string[] = [];
    let verified = 0;
    let records = rejectedIds.size;
    for (const stream of connection.streams.filter(({ spec }) => !spec.deleted)) {
      const mine = written.filter((row) => row.object === stream.spec.object && !rejectedIds.has(row.id));
      if (mine.length === 0) continue;
      records += mine.length;
      const owned = [...stream.owned];
      const now = await crm.records(stream.spec.object, owned);
      for (const row of mine) {
        const held = now.get(row.id);
        const wrong =
          held === undefined
            ? ['the record itself']
            : owned.filter((field) => !sameValue(row.fields[field] ?? null, plain(held[field]), kindOf(stream, field)));
        if (unsettled.has(`${connection.name} ${row.object} ${row.id}`)) wrong.push('a write that was never sent');
        if (wrong.length === 0) verified += 1;
        else if (differences.length < 5) differences.push(`${row.object} ${row.id}: ${wrong.join(', ')}`);
      }
    }
    result[connection.name] = { records, rejected: rejectedIds.size, verified, differences };
  }
  return result;
}

/** HubSpot sends every value as text; kinds settle the rest of the comparison. */
function plain(value: string | number | boolean | null | undefined): string | number | boolean | null {
  if (value === undefined || value === '') return null;
  return value === 'true' ? true : value === 'false' ? false : value;
}

async function writtenRecords(
  db: Database,
  connection: string,
): Promise<{ object: string; id: string; fields: Record<string, string | number | boolean | null> }[]> {
  return db
    .selectFrom('records')
    .select(['object', 'id', 'fields'])
    .where('connection', '=', connection)
    .where('pushed_at', 'is not', null)
    .where('deleted', '=', false)
    .orderBy('object')
    .orderBy('id')
    .execute();
}

async function rejectedRows(
  db: Database,
  connection: string,
): Promise<{ record_id: string | null; row_key: string }[]> {
  return db
    .selectFrom('outbox')
    .select(['record_id', 'row_key'])
    .where('connection', '=', connection)
    .where('state', '=', 'rejected')
    .execute();
}

class RolledBack extends Error {}

/**
 * Records whose shadow is not what the channel model wants them to be: everything is projected once more and whatever
 * then stands in the outbox, besides what was rejected, was never written. Nothing of it is kept.
 */
async function unsettledRecords(env: Environment): Promise<Set<string>> {
  const found = new Set<string>();
  try {
    await env.db.transaction().execute(async (tx) => {
      const leads = await tx.selectFrom('leads').select('id').execute();
      const offers = await tx.selectFrom('offers').select('id').execute();
      await project(
        env,
        tx,
        await loadLeads(
          tx,
          'id',
          leads.map((lead) => lead.id),
        ),
        await loadOffers(
          tx,
          'id',
          offers.map((offer) => offer.id),
        ),
        new Date(env.clock.now()).toISOString(),
      );
      const rows = await sql<{ connection: string; object: string; id: string }>`
        select connection, object, coalesce(record_id, row_key) as id from outbox where state <> 'rejected'`.execute(
        tx,
      );
      for (const row of rows.rows) found.add(`${row.connection} ${row.object} ${row.id}`);
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  return found;
}
