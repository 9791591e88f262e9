/** What waits for records that are gone: nothing is written to them any more, and what refers to them is worked out anew. */
import { sql } from 'kysely';
import type { Queryable } from '../store/database.ts';
import { resolve } from '../store/errors.ts';
import { emit } from '../store/events.ts';
import type { Change } from './compare.ts';

/** The changed records of one stream. */
interface ChangedStream {
  readonly connection: { readonly name: string };
  readonly stream: { readonly spec: { readonly object: string } };
  readonly changes: readonly Change[];
}

interface Row {
  readonly connection: string;
  readonly object: string;
  readonly row_key: string;
  readonly record_id: string | null;
}

/** Stages at which an error is about what is to be written to a record. */
const OF_WRITING = ['write', 'value'] as const;

/**
 * Takes writes to deleted records out of the outbox and closes what the error centre holds of writing them. Rows that were
 * refused and refer to such a record are worked out anew. Where no record is gone, nothing is asked of the store.
 */
export async function leaveDeleted(tx: Queryable, streams: readonly ChangedStream[], at: string): Promise<void> {
  const gone = streams.flatMap(({ connection, stream, changes }) =>
    changes.flatMap(({ record }) =>
      record.deleted ? [{ connection: connection.name, object: stream.spec.object, recordId: record.id }] : [],
    ),
  );
  if (gone.length === 0) return;
  const refs = sql`jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) as r(connection text, object text, "recordId" text)`;
  // What was sent and not answered for is read back first, and leaves the outbox by that.
  await sql`delete from outbox o using ${refs} where o.connection = r.connection and o.object = r.object
    and o.record_id = r."recordId" and o.state in ('pending', 'rejected')`.execute(tx);
  // Who fought over a field begins anew, should the record come back.
  await sql`delete from contests c using ${refs} where c.connection = r.connection and c.object = r.object
    and c.record_id = r."recordId"`.execute(tx);
  for (const stage of [...OF_WRITING, 'contested'] as const) await resolve(tx, stage, gone, at);
  const { rows } = await sql<Row>`select distinct o.connection, o.object, o.row_key, o.record_id from outbox o
    cross join lateral jsonb_each_text(o.fields) f join ${refs} on r.connection = o.connection and r."recordId" = f.value
    where o.state = 'rejected'`.execute(tx);
  await emit(
    tx,
    rows.map(({ connection, object, row_key, record_id }) => ({
      type: 'owned.edited' as const,
      entity: row_key,
      data: { connection, object, record: record_id, offer: record_id === null ? row_key : null },
    })),
    at,
  );
}

/** Takes refused writes to records that are deleted, or whose link is retired, out of the outbox and closes their errors. */
export async function leaveRetired(tx: Queryable, connection: string, at: string): Promise<void> {
  const { rows } = await sql<Row>`delete from outbox o where o.connection = ${connection} and o.state = 'rejected' and (
      exists (select 1 from links l where l.link_id = o.row_key and l.record_id = o.record_id and l.retired)
      or exists (select 1 from records r where r.id = o.record_id and r.object = o.object
        and r.connection = o.connection and r.deleted))
    returning o.connection, o.object, o.row_key, o.record_id`.execute(tx);
  const gone = rows.map((row) => ({
    connection: row.connection,
    object: row.object,
    recordId: row.record_id ?? row.row_key,
  }));
  for (const stage of OF_WRITING) await resolve(tx, stage, gone, at);
}
