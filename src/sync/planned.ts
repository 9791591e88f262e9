/** The writes of a plan while it is made: a table that goes with the scratch they are made in, so that a million of them fit. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { FieldValue } from '../../connectors/connector.ts';
import type { Database } from '../store/database.ts';
import type { PlannedWrite } from './plan-connector.ts';

type Fields = Readonly<Record<string, FieldValue>>;

/** One record that a sync would write. */
export interface PlannedChange {
  readonly connection: string;
  readonly object: string;
  /** The link or offer that the record stands for. */
  readonly key: string;
  /** Null: it is created. */
  readonly recordId: string | null;
  /** By field: what it would hold, and what it is known to hold; no `before` where nothing is known. */
  readonly fields: Readonly<Record<string, { readonly before?: FieldValue; readonly after: FieldValue }>>;
}

export async function makePlanned(db: Database): Promise<void> {
  await sql`create temporary table planned (connection text not null, object text not null, key text not null, record_id text,
    fields jsonb not null, before jsonb not null, primary key (connection, object, key)) on commit drop`.execute(db);
}

/** Adds rows that would be sent; several of one record are one change. */
export async function addPlanned(db: Database, connection: string, writes: readonly PlannedWrite[]): Promise<void> {
  const rows = JSON.stringify(
    writes.map((write) => ({ object: write.object, key: write.key, record_id: write.recordId, fields: write.fields })),
  );
  await sql`insert into planned (connection, object, key, record_id, fields, before)
    select ${connection}::text, r.object, r.key, r.record_id, r.fields, coalesce((
      select jsonb_object_agg(f.key, f.value) from jsonb_each(s.fields) f where r.fields ? f.key), '{}')
    from jsonb_to_recordset(${rows}::jsonb) as r(object text, key text, record_id text, fields jsonb)
    left join records s on s.connection = ${connection} and s.object = r.object and s.id = r.record_id
    on conflict (connection, object, key) do update
      set fields = planned.fields || excluded.fields, before = excluded.before || planned.before`.execute(db);
}

const CHANGES_A_STATEMENT = 5_000;

/** All changes, in an order that is always the same. */
export async function* plannedChanges(db: Database): AsyncGenerator<PlannedChange> {
  let after: readonly [string, string, string] = ['', '', ''];
  for (;;) {
    const { rows } = await sql<{
      connection: string;
      object: string;
      key: string;
      record_id: string | null;
      fields: Fields;
      before: Fields;
    }>`select * from planned
      where (connection collate "C", object collate "C", key collate "C") > (${after[0]}, ${after[1]}, ${after[2]})
      order by connection collate "C", object collate "C", key collate "C" limit ${sql.lit(CHANGES_A_STATEMENT)}`.execute(
      db,
    );
    for (const row of rows) {
      const fields = Object.keys(row.fields)
        .sort()
        .map((name): [string, PlannedChange['fields'][string]] => {
          const before = row.before[name];
          return [name, { ...(before === undefined ? {} : { before }), after: row.fields[name] ?? null }];
        });
      const { connection, object, key, record_id: recordId } = row;
      yield { connection, object, key, recordId, fields: Object.fromEntries(fields) };
    }
    const last = rows.at(-1);
    if (rows.length < CHANGES_A_STATEMENT || last === undefined) return;
    after = [last.connection, last.object, last.key];
  }
}

/** Names one field's write: the same for the same value of the same record, and nothing can be read from it. */
export function writeDigest(connection: string, object: string, key: string, field: string, value: FieldValue): number {
  const text = JSON.stringify([connection, object, key, field, value]);
  return createHash('sha256').update(text).digest().readUIntBE(0, 6);
}
