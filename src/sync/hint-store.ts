/** Hints wait in a table: saved as they come, however often; read and removed by a run under the lease. */
import { sql } from 'kysely';
import type { Hint } from '../../connectors/connector.ts';
import { upsert } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';

/** Saves hints; one that waits already is made new, so that whoever reads it at this moment leaves it for another time. */
export async function saveHints(
  db: Queryable,
  connection: string,
  hints: readonly Hint[],
  objects: ReadonlySet<string>,
): Promise<number> {
  const once = new Map<string, { connection: string; object: string; record_id: string; what: string; at: string }>();
  for (const { object, ids, what, at } of hints) {
    // What no mapping speaks of is nothing to Sluice.
    if (!objects.has(object)) continue;
    for (const id of what === 'gap' || ids.length === 0 ? [''] : ids) {
      const kind = id === '' ? 'gap' : what;
      const key = `${object} ${id} ${kind}`;
      const before = once.get(key);
      if (before === undefined || before.at < at) once.set(key, { connection, object, record_id: id, what: kind, at });
    }
  }
  // In one order, so that two processes that save the same hints never wait for each other.
  const rows = [...once].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  if (rows.length === 0) return 0;
  await sql`insert into hints (connection, object, record_id, what, at)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r(connection text, object text, record_id text, what text, at timestamptz)
    on conflict (connection, object, record_id, what) do update
      set at = greatest(hints.at, excluded.at), version = nextval('hints_version')`.execute(db);
  return rows.length;
}

/** A hint as it waits; `recordId` is empty where the whole object is meant. */
export interface WaitingHint {
  readonly object: string;
  readonly recordId: string;
  /** `resend`: somebody wants the record read and mapped again, whether it has changed or not. */
  readonly what: Hint['what'] | 'resend';
  readonly at: string;
  readonly version: string;
  /** The CRM's stamp of the record as it is known; null where it is not. */
  readonly knownAt: string | null;
}

/** Whether any hint waits. */
export async function hasHints(db: Queryable): Promise<boolean> {
  return (await sql`select 1 from hints limit 1`.execute(db)).rows.length > 0;
}

/** The hints that wait the longest. */
export async function waitingHints(db: Queryable, connection: string, limit: number): Promise<WaitingHint[]> {
  const { rows } = await sql<{
    object: string;
    record_id: string;
    what: WaitingHint['what'];
    at: string;
    version: string;
    known_at: string | null;
  }>`
    select h.object, h.record_id, h.what, h.at, h.version, r.modified_at as known_at from hints h
      left join records r on r.id = h.record_id and r.object = h.object and r.connection = h.connection
    where h.connection = ${connection} order by h.version limit ${limit}`.execute(db);
  return rows.map((row) => ({
    object: row.object,
    recordId: row.record_id,
    what: row.what,
    at: row.at,
    version: row.version,
    knownAt: row.known_at,
  }));
}

/** Removes hints that were followed, except those that came again meanwhile. */
export async function removeHints(tx: Queryable, connection: string, hints: readonly WaitingHint[]): Promise<void> {
  if (hints.length === 0) return;
  await sql`delete from hints where connection = ${connection}
    and version = any(${hints.map((hint) => hint.version)}::bigint[])`.execute(tx);
}

/** Where listening to a connection's events goes on. */
export async function loadReplay(db: Queryable, connection: string): Promise<string | null> {
  const row = await db.selectFrom('listeners').select('replay').where('connection', '=', connection).executeTakeFirst();
  return row?.replay || null;
}

/**
 * Notes that a CRM of which no replay is known, as it calls by webhooks, has been heard. To the minute: requests that come by the
 * thousand would wait for one row, whose old versions would pile up.
 */
export async function noteHeard(db: Queryable, connection: string, at: string): Promise<void> {
  await sql`insert into listeners (connection, replay, updated_at) select ${connection}, '', ${at}::timestamptz
    where not exists (select 1 from listeners
      where connection = ${connection} and updated_at > ${at}::timestamptz - interval '1 minute')
    on conflict (connection) do update set updated_at = excluded.updated_at`.execute(db);
}

export async function saveReplay(tx: Queryable, connection: string, replay: string, at: string): Promise<void> {
  await upsert(tx, 'listeners', [{ connection, replay, updated_at: at }], ['connection']);
}
