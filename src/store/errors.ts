import { sql } from 'kysely';
import { upsert } from './bulk.ts';
import type { Queryable } from './database.ts';

/** One record's trouble as the error centre keeps it: the CRM's own words, and what to do. */
export interface RecordError {
  readonly connection: string;
  readonly object: string;
  readonly recordId: string;
  readonly stage: 'read' | 'map' | 'write' | 'match' | 'revenue' | 'contested' | 'schema' | 'value' | 'notify';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly fields?: readonly string[];
}

/** Adds errors to the error centre; one that is there already is counted again and re-opened. */
export async function report(db: Queryable, errors: readonly RecordError[], at: string): Promise<void> {
  if (errors.length === 0) return;
  const once = new Map(
    errors.map((error) => [[error.connection, error.object, error.recordId, error.stage, error.code].join(' '), error]),
  );
  const rows = JSON.stringify(
    [...once.values()].map((error) => ({
      connection: error.connection,
      object: error.object,
      record_id: error.recordId,
      stage: error.stage,
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
      fields: error.fields ?? [],
    })),
  );
  await sql`insert into errors (connection, object, record_id, stage, code, message, hint, fields, first_at, last_at)
    select r.*, ${at}::timestamptz, ${at}::timestamptz from jsonb_to_recordset(${rows}::jsonb)
      as r(connection text, object text, record_id text, stage text, code text, message text, hint text, fields jsonb)
    on conflict (connection, object, record_id, stage, code) do update set message = excluded.message, hint = excluded.hint,
      fields = excluded.fields, count = errors.count + 1, last_at = excluded.last_at, resolved_at = null`.execute(db);
}

/** Whether the error centre holds anything open of a connection at this stage. */
export async function hasOpen(db: Queryable, stage: RecordError['stage'], connection: string): Promise<boolean> {
  const found =
    await sql`select 1 from errors where stage = ${stage} and connection = ${connection} and resolved_at is null limit 1`.execute(
      db,
    );
  return found.rows.length > 0;
}

/** Closes what the error centre holds open of these records at this stage. */
export async function resolve(
  db: Queryable,
  stage: RecordError['stage'],
  records: readonly Pick<RecordError, 'connection' | 'object' | 'recordId'>[],
  at: string,
): Promise<void> {
  if (records.length === 0) return;
  await sql`update errors set resolved_at = ${at} from jsonb_to_recordset(${JSON.stringify(records)}::jsonb)
      as r(connection text, object text, "recordId" text)
    where errors.stage = ${stage} and errors.resolved_at is null
      and errors.connection = r.connection and errors.object = r.object and errors.record_id = r."recordId"`.execute(
    db,
  );
}

/** A question that only a person can answer. */
export interface Review {
  readonly id: string;
  readonly kind: string;
  readonly subject: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** Puts questions before a person; one asked before is not asked again. */
export async function askReview(db: Queryable, reviews: readonly Review[], at: string): Promise<void> {
  await upsert(
    db,
    'reviews',
    reviews.map((review) => ({ ...review, created_at: at })),
    ['id'],
    [],
  );
}
