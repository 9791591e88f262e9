import { sql } from 'kysely';
import type { Cursor } from '../../connectors/connector.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { upsert } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { write } from '../store/write-behind.ts';
import type { Change, Comparison, Fields } from './compare.ts';
import { readChange } from './reading.ts';

/** A record as last seen or last confirmed written: the base of every three-way merge. */
export interface Shadow {
  readonly fields: Fields;
  readonly modified_at: string;
  readonly deleted: boolean;
  readonly associations: Record<string, string[]> | null;
  readonly pushed_at: string | null;
}

/** A place in the store: one object of one connection. */
export interface StreamRef {
  readonly connection: string;
  readonly object: string;
}

export function streamKey(ref: StreamRef): string {
  return `${ref.connection} ${ref.object}`;
}

/** The shadows of records, by stream and id. */
export async function loadShadows(
  db: Queryable,
  wanted: readonly (StreamRef & { readonly ids: readonly string[] })[],
): Promise<Map<string, Map<string, Shadow>>> {
  const found = new Map(wanted.map((stream) => [streamKey(stream), new Map<string, Shadow>()]));
  const ids = wanted.flatMap((stream) => stream.ids);
  if (ids.length === 0) return found;
  // By id alone: two CRMs hardly ever share one, and what is not wanted is not in `found`.
  const { rows } = await sql<Shadow & StreamRef & { id: string }>`
    select connection, object, id, fields, modified_at, deleted, associations, pushed_at
    from records where id = any(${ids}::text[])`.execute(db);
  for (const row of rows) found.get(streamKey(row))?.set(row.id, row);
  return found;
}

/** Saves what was compared: the new shadows, and the stamps of those that did not change. */
export async function saveShadows(
  tx: Queryable,
  compared: readonly (StreamRef & Comparison & { readonly personMapping: Mapping | undefined })[],
): Promise<void> {
  await upsert(
    tx,
    'records',
    compared.flatMap(({ connection, object, changes, personMapping }) =>
      changes.map((change) => ({
        connection,
        object,
        id: change.record.id,
        fields: change.fields,
        modified_at: change.record.modifiedAt,
        deleted: change.record.deleted,
        associations: change.associations,
        pushed_at: change.pushedAt,
        ...tiesOf(personMapping, change),
      })),
    ),
    ['connection', 'object', 'id'],
    ['fields', 'modified_at', 'deleted', 'associations', 'company_id', 'deal_id'],
  );
  const stamped = compared.flatMap(({ connection, object, stamped: rows }) =>
    rows.map((row) => ({ connection, object, id: row.id, at: row.modifiedAt })),
  );
  if (stamped.length === 0) return;
  // What holds what it held was moved by our own write, or in fields that no mapping reads: its last change keeps its time.
  await write(
    tx,
    sql`update records set modified_at = r.at, echoed_at = r.at,
      edited_at = case when echoed_at = modified_at then edited_at else modified_at end from jsonb_to_recordset(${JSON.stringify(stamped)}::jsonb)
      as r(connection text, object text, id text, at timestamptz)
    where records.connection = r.connection and records.object = r.object and records.id = r.id`,
  );
}

/** The records of the same CRM that a person's record points to: its company, and the deal it was converted into. */
function tiesOf(mapping: Mapping | undefined, change: Change): { company_id: string | null; deal_id: string | null } {
  if (mapping === undefined) return { company_id: null, deal_id: null };
  const read = readChange(mapping, change.record.object, change);
  return {
    company_id: read.entity === 'person' ? read.value.company : null,
    deal_id: read.converted?.opportunity ?? null,
  };
}

export async function loadCursors(db: Queryable, connection: string): Promise<Map<string, Cursor>> {
  const rows = await db
    .selectFrom('streams')
    .select(['object', 'cursor'])
    .where('connection', '=', connection)
    .execute();
  return new Map(rows.map((row) => [row.object, row.cursor]));
}

export async function saveCursors(
  tx: Queryable,
  cursors: readonly (StreamRef & { readonly cursor: Cursor })[],
  at: string,
): Promise<void> {
  // Of several pages of one stream the last one says where it stands.
  const last = new Map(cursors.map((each) => [streamKey(each), each]));
  await upsert(
    tx,
    'streams',
    [...last.values()].map(({ connection, object, cursor }) => ({ connection, object, cursor, updated_at: at })),
    ['connection', 'object'],
  );
}

/**
 * Notes that the streams of these connections, or those of some objects, were read to their end by a run that began then:
 * whatever was modified before has been read.
 */
export async function saveReadTo(
  db: Queryable,
  connections: readonly string[],
  objects: ReadonlySet<string> | undefined,
  startedAt: string,
): Promise<void> {
  await sql`update streams set read_to = ${startedAt} where connection = any(${connections}::text[])
    ${objects === undefined ? sql`` : sql`and object = any(${[...objects]}::text[])`}`.execute(db);
}

export function sameCursor(a: Cursor, b: Cursor | null): boolean {
  const sorted = (cursor: Cursor) => JSON.stringify(Object.entries(cursor).sort(([x], [y]) => (x < y ? -1 : 1)));
  return b !== null && sorted(a) === sorted(b);
}
