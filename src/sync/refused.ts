/** When a row that a CRM refused is sent again: when its record, its mapping or the CRM's schema has changed, and not before. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Queryable } from '../store/database.ts';
import type { Connection } from './environment.ts';
import type { OutboxRow } from './outbox.ts';

const setups = new WeakMap<Connection, Readonly<Record<string, string>>>();

/** The mappings and the description of each object of a connection, as a hash. */
function setupsOf(connection: Connection): Readonly<Record<string, string>> {
  const known = setups.get(connection);
  if (known) return known;
  const made = Object.fromEntries(
    connection.streams
      .filter((stream) => !stream.spec.deleted)
      .map((stream) => {
        const text = JSON.stringify([stream.mappings, stream.description], plain);
        return [stream.spec.object, createHash('sha256').update(text).digest('hex').slice(0, 16)];
      }),
  );
  setups.set(connection, made);
  return made;
}

function plain(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}

/** Notes how things stood when these rows were refused. */
export async function noteRefused(
  tx: Queryable,
  connection: Connection,
  object: string,
  rows: readonly OutboxRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const setup = setupsOf(connection)[object] ?? null;
  await sql`update outbox set refused_setup = ${setup}, refused_stamp = (select modified_at from records r
      where r.connection = outbox.connection and r.object = outbox.object and r.id = outbox.record_id)
    where connection = ${connection.name} and object = ${object}
      and row_key = any(${rows.map((row) => row.rowKey)}::text[])`.execute(tx);
}

/** Lets refused rows be sent again whose record, mapping or schema is no longer what it was. */
export async function reviveRefused(tx: Queryable, connection: Connection): Promise<void> {
  await sql`update outbox set state = 'pending', attempts = 0, not_before = null
    where connection = ${connection.name} and state = 'rejected'
      and (refused_setup is distinct from ${JSON.stringify(setupsOf(connection))}::jsonb ->> object
        or exists (select 1 from records r where r.connection = outbox.connection and r.object = outbox.object
          and r.id = outbox.record_id and r.modified_at > outbox.refused_stamp))`.execute(tx);
}

/** The longest that a row waits between two tries that the CRM set no time for, in milliseconds. */
const LONGEST_MS = 60_000;

/**
 * In how many milliseconds a row is tried again: not before the CRM wants it, or twice as long each time, and up to half as
 * long more, another part of it for each row and try, so that rows that met each other do not meet again.
 */
export function retryDelay(row: Pick<OutboxRow, 'rowKey' | 'attempts'>, afterMs: number | undefined): number {
  const least = afterMs ?? Math.min(LONGEST_MS, 500 * 2 ** Math.max(0, row.attempts - 1));
  const digest = createHash('sha256').update(`${row.rowKey} ${row.attempts}`).digest();
  return least + Math.round((least / 2) * (digest.readUInt16BE(0) / 0xffff));
}

/** The record that the CRM locks while it writes each of these: the account, as far as it is known. */
export async function parentsOf(
  db: Queryable,
  connection: Connection,
  object: string,
  rows: readonly OutboxRow[],
): Promise<Map<string, string>> {
  const mappings = connection.mappings.filter((mapping) => mapping.object === object);
  const sources = mappings.flatMap((mapping) =>
    mapping.sources.filter(({ property }) => property === 'company' || property === 'account'),
  );
  const field = sources[0]?.fields[0];
  const ids = rows.flatMap((row) => row.recordId ?? []);
  if (field === undefined || ids.length < 2) return new Map();
  const found = await sql<{ id: string; parent: string }>`select id, fields ->> ${field} as parent from records
    where connection = ${connection.name} and object = ${object} and id = any(${ids}::text[])
      and fields ->> ${field} is not null`.execute(db);
  return new Map(found.rows.map((row) => [row.id, row.parent]));
}
