import { sql } from 'kysely';
import { upsert } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { resolve } from '../store/errors.ts';
import { write } from '../store/write-behind.ts';
import { retryContested } from './merge-contests.ts';

type Fields = Record<string, string | number | boolean | null>;

/** A write that the channel model wants of a CRM record: only the fields that differ from its shadow. */
export interface DesiredWrite {
  readonly connection: string;
  readonly object: string;
  /** The link's or offer's own id: one row a record, so that writes coalesce. */
  readonly rowKey: string;
  readonly recordId: string | null;
  /** How a create is found again, where there is no record id yet. */
  readonly external: { readonly field: string; readonly value: string } | null;
  readonly fields: Readonly<Fields>;
}

/**
 * Puts writes into the outbox. A row that waits takes the new fields; one whose answer is outstanding keeps what was sent
 * beside them; a rejected row is tried again only where its fields are no longer the refused ones. Rows named in
 * `settled` want nothing any more: they leave the outbox unless an answer is outstanding.
 */
export async function enqueue(
  tx: Queryable,
  writes: readonly DesiredWrite[],
  settled: readonly DesiredWrite[],
  at: string,
): Promise<void> {
  const rows = JSON.stringify(
    writes.map((write) => ({
      connection: write.connection,
      object: write.object,
      row_key: write.rowKey,
      record_id: write.recordId,
      external_field: write.external?.field ?? null,
      external_value: write.external?.value ?? null,
      fields: write.fields,
    })),
  );
  if (writes.length > 0) {
    await write(
      tx,
      sql`insert into outbox (connection, object, row_key, record_id, external_field, external_value, fields, state, created_at)
      select r.*, 'pending', ${at}::timestamptz from jsonb_to_recordset(${rows}::jsonb)
        as r(connection text, object text, row_key text, record_id text, external_field text, external_value text, fields jsonb)
      on conflict (connection, object, row_key) do update set
        record_id = coalesce(excluded.record_id, outbox.record_id), fields = excluded.fields,
        sent = case when outbox.state in ('sent', 'unknown') then coalesce(outbox.sent, outbox.fields) end,
        state = case when outbox.state = 'rejected' and outbox.fields is distinct from excluded.fields then 'pending' else outbox.state end,
        attempts = case when outbox.state = 'rejected' and outbox.fields is distinct from excluded.fields then 0 else outbox.attempts end`,
    );
  }
  if (settled.length > 0) {
    const keys = JSON.stringify(
      settled.map((write) => ({ connection: write.connection, object: write.object, row_key: write.rowKey })),
    );
    const left = await sql<{
      connection: string;
      object: string;
      recordId: string;
      state: string;
    }>`delete from outbox using jsonb_to_recordset(${keys}::jsonb) as r(connection text, object text, row_key text)
      where outbox.connection = r.connection and outbox.object = r.object and outbox.row_key = r.row_key
        and outbox.state in ('pending', 'rejected')
      returning outbox.connection, outbox.object, coalesce(record_id, outbox.row_key) as "recordId", state`.execute(tx);
    // What is wanted no more is refused no more.
    await resolve(
      tx,
      'write',
      left.rows.filter(({ state }) => state === 'rejected'),
      at,
    );
  }
}

export interface OutboxRow {
  readonly connection: string;
  readonly object: string;
  readonly rowKey: string;
  readonly recordId: string | null;
  readonly external: { readonly field: string; readonly value: string } | null;
  readonly fields: Fields;
  readonly attempts: number;
}

/** Rows whose answer was lost, oldest first. */
export async function unknownRows(db: Queryable, connection: string): Promise<OutboxRow[]> {
  const { rows } = await sql<StoredRow>`select ${COLUMNS} from outbox
    where connection = ${connection} and state = 'unknown' order by object, created_at, row_key`.execute(db);
  return rows.map(outboxRow);
}

/** Takes up to `limit` pending rows whose time has come, noting before they are sent that they are about to be. */
export async function takePending(tx: Queryable, connection: string, now: string, limit: number): Promise<OutboxRow[]> {
  const { rows } = await sql<StoredRow>`update outbox set state = 'sent', attempts = attempts + 1, not_before = null
    where ctid = any(array(select ctid from outbox
      where connection = ${connection} and state = 'pending' and (not_before is null or not_before <= ${now}::timestamptz)
      order by object, row_key limit ${limit}))
    returning ${COLUMNS}`.execute(tx);
  return rows.map(outboxRow).sort((a, b) => (a.rowKey < b.rowKey ? -1 : 1));
}

interface StoredRow {
  readonly object: string;
  readonly row_key: string;
  readonly record_id: string | null;
  readonly external_field: string | null;
  readonly external_value: string | null;
  readonly fields: Fields;
  readonly attempts: number;
  readonly connection: string;
}
const COLUMNS = sql.raw('connection, object, row_key, record_id, external_field, external_value, fields, attempts');

function outboxRow(row: StoredRow): OutboxRow {
  const { external_field: field, external_value: value } = row;
  return {
    connection: row.connection,
    object: row.object,
    rowKey: row.row_key,
    recordId: row.record_id,
    external: field === null || value === null ? null : { field, value },
    fields: row.fields,
    attempts: row.attempts,
  };
}

/** How many rows of a connection are in each state; none: the outbox is empty. */
export async function outboxStates(db: Queryable, connection: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('outbox')
    .select((eb) => ['state', eb.fn.countAll<string>().as('count')])
    .where('connection', '=', connection)
    .groupBy('state')
    .execute();
  return new Map(rows.map((row) => [row.state, Number(row.count)]));
}

/** Rows that were sent by a process that did not live to hear the answer: whether they were written is unknown. */
export async function markLostAnswers(tx: Queryable, connection: string): Promise<void> {
  await sql`update outbox set state = 'unknown' where connection = ${connection} and state = 'sent'`.execute(tx);
}

/** Lets rows that the CRM refused, and fields that it kept changing, be written once more, though nothing about them has changed. */
export async function resendRejected(db: Queryable): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ state: 'pending', attempts: 0, not_before: null })
    .where('state', '=', 'rejected')
    .execute();
  await retryContested(db);
}

export interface StateChange {
  readonly row: OutboxRow;
  readonly state: 'pending' | 'unknown' | 'rejected';
  readonly attempts?: number;
  readonly notBefore?: string | null;
  readonly code?: string | null;
  readonly message?: string | null;
}

export async function setStates(tx: Queryable, changes: readonly StateChange[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = JSON.stringify(
    changes.map(({ row, ...change }) => ({
      connection: row.connection,
      object: row.object,
      row_key: row.rowKey,
      state: change.state,
      attempts: change.attempts ?? row.attempts,
      not_before: change.notBefore ?? null,
      code: change.code ?? null,
      message: change.message ?? null,
    })),
  );
  await write(
    tx,
    sql`update outbox set state = r.state, sent = case when r.state = 'unknown' then outbox.sent end, attempts = r.attempts, not_before = r.not_before, code = r.code, message = r.message
    from jsonb_to_recordset(${rows}::jsonb) as r(connection text, object text, row_key text, state text,
      attempts int, not_before timestamptz, code text, message text)
    where outbox.connection = r.connection and outbox.object = r.object and outbox.row_key = r.row_key`,
  );
}

/** Takes confirmed rows out of the outbox. */
export async function removeRows(
  tx: Queryable,
  connection: string,
  object: string,
  rows: readonly OutboxRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await write(
    tx,
    sql`delete from outbox where connection = ${connection} and object = ${object}
    and row_key = any(${rows.map((row) => row.rowKey)}::text[])`,
  );
}

/** A record that the CRM confirmed to hold these fields now. */
export interface Written {
  readonly connection: string;
  readonly object: string;
  readonly id: string;
  readonly fields: Readonly<Fields>;
  /** Where the record was not known before. */
  readonly isNew: boolean;
}

/** Moves the shadow of written records to what the CRM confirmed; a created record gets its first shadow. */
export async function confirmWritten(tx: Queryable, written: readonly Written[], at: string): Promise<void> {
  const created = written.filter((record) => record.isNew);
  await upsert(
    tx,
    'records',
    created.map(({ connection, object, id, fields }) => ({
      connection,
      object,
      id,
      fields,
      // The CRM's own stamp is not known yet; the oldest possible one lets its first read through.
      modified_at: '1970-01-01T00:00:00.000Z',
      deleted: false,
      pushed_at: at,
    })),
    ['connection', 'object', 'id'],
    [],
  );
  if (written.length === 0) return;
  const rows = written.map(({ connection, object, id, fields }) => ({ connection, object, id, fields }));
  await write(
    tx,
    sql`update records set fields = records.fields || r.fields, pushed_at = ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(connection text, object text, id text, fields jsonb)
    where records.connection = r.connection and records.object = r.object and records.id = r.id`,
  );
}
