/** Holds what a CRM shows against what Sluice believes it to hold. */
import { sql } from 'kysely';
import type { CrmRecord, Cursor, FieldValue, SweepPage } from '../../connectors/connector.ts';
import { type Limits, sameValue } from '../mapping/canonical.ts';
import { limitsOf } from '../mapping/write.ts';
import type { Queryable } from '../store/database.ts';
import type { Lease } from '../store/lease.ts';
import { storable } from './compare.ts';
import { type Connection, type Environment, kindOf, type Stream } from './environment.ts';
import { fieldNamed } from './foresee.ts';
import { loadShadows, type Shadow, streamKey } from './shadows.ts';
import { absentRecords } from './sweep-store.ts';
import type { Cause, Findings } from './verify.ts';

const ABSENT_A_BATCH = 1_000;
/** Clocks of CRM and Sluice differ, and a row may become visible late: a change this new may not have been there to read. */
const LATE_MS = 5 * 60_000;

/** Reads one object from its lowest id to its highest. */
export async function verifyCrm(
  env: Environment,
  connection: Connection,
  stream: Stream,
  lease: Lease,
  findings: Findings,
  onPage?: (connection: string, object: string, rows: number) => void,
): Promise<void> {
  const place = { connection: connection.name, object: stream.spec.object };
  const row = await env.db
    .selectFrom('streams')
    .select('read_to')
    .where('connection', '=', place.connection)
    .where('object', '=', stream.key)
    .executeTakeFirst();
  const readTo = row?.read_to == null ? Number.NEGATIVE_INFINITY : Date.parse(row.read_to) - LATE_MS;
  for (let cursor: Cursor | null = null; ; ) {
    const page: SweepPage = await connection.connector.sweep(stream.spec, cursor);
    onPage?.(place.connection, place.object, page.records.length);
    findings.read(place.connection, place.object, page.records.length);
    const ids = page.records.map(({ id }) => id);
    const shadows = (await loadShadows(env.db, [{ ...place, ids }])).get(streamKey(place)) ?? new Map<string, Shadow>();
    const lost = await lostWrites(env.db, place, ids);
    for (const record of page.records) {
      compare(place, stream, storable(record), shadows.get(record.id), lost, readTo, findings);
    }
    await findGone(env, connection, stream, page, findings);
    await lease.renew();
    if (page.done) return;
    cursor = page.cursor;
  }
}

type Place = { readonly connection: string; readonly object: string };

function compare(
  place: Place,
  stream: Stream,
  record: CrmRecord,
  shadow: Shadow | undefined,
  lost: ReadonlyMap<string, ReadonlySet<string>>,
  readTo: number,
  findings: Findings,
): void {
  const modified = Date.parse(record.modifiedAt);
  if (shadow === undefined || shadow.deleted) {
    // One that was restored may come back under the stamp that it had.
    const isRestored = shadow !== undefined && modified === Date.parse(shadow.modified_at);
    const cause = modified >= readTo || isRestored ? 'changed' : 'unknown';
    findings.add({ ...place, record: record.id, field: null, cause });
    return;
  }
  for (const [field, crm] of Object.entries(record.fields)) {
    const model = shadow.fields[field] ?? null;
    if (isHeldAs(stream, field, model, crm)) continue;
    const newer = modified <= Date.parse(shadow.modified_at) ? null : modified >= readTo ? 'changed' : 'missed';
    const cause = causeOf(stream, field, newer, lost.get(record.id)?.has(field));
    findings.add({ ...place, record: record.id, field, cause, crm, model });
  }
}

const UNLIMITED: Limits = {};

/** Whether the field, by what it can hold, holds the value: one that was cut or rounded to it is no difference. */
export function isHeldAs(stream: Stream, field: string, model: FieldValue, crm: FieldValue): boolean {
  const described = stream.description === null ? undefined : fieldNamed(stream.description, field);
  return sameValue(model, crm, kindOf(stream, field), described === undefined ? UNLIMITED : limitsOf(described));
}

/** @param newer what the record's stamp says of it, where it is later than that of the shadow */
function causeOf(
  stream: Stream,
  field: string,
  newer: 'changed' | 'missed' | null,
  isLost: boolean | undefined,
): Cause {
  if (stream.paused.has(field)) return 'paused';
  // Its answer was lost: it may have been written.
  if (isLost) return 'write pending';
  if (newer !== null) return newer;
  const described = stream.description === null ? undefined : fieldNamed(stream.description, field);
  return described?.calculated ? 'calculated' : 'shadow';
}

/** The fields of writes whose answer is outstanding, by record. */
async function lostWrites(
  db: Queryable,
  place: Place,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { rows } = await sql<{ id: string; fields: Record<string, FieldValue> }>`
    select record_id as id, coalesce(sent, fields) as fields from outbox
    where connection = ${place.connection} and object = ${place.object} and state in ('sent', 'unknown')
      and record_id = any(${ids}::text[])`.execute(db);
  return new Map(rows.map((row) => [row.id, new Set(Object.keys(row.fields))]));
}

/** Known records that should stand on the page and do not: gone, unless they can still be read by id. */
async function findGone(
  env: Environment,
  connection: Connection,
  stream: Stream,
  page: SweepPage,
  findings: Findings,
): Promise<void> {
  const place = { connection: connection.name, object: stream.spec.object };
  for (let from: string | null = null; ; ) {
    const absent = await absentRecords(env.db, place, page, from, ABSENT_A_BATCH);
    if (absent.length === 0) return;
    const found = await connection.connector.readByIds(stream.spec, absent);
    const live = new Set(found.filter((record) => !record.deleted).map(({ id }) => id));
    for (const record of absent) {
      if (!live.has(record)) findings.add({ ...place, record, field: null, cause: 'gone' });
    }
    if (absent.length < ABSENT_A_BATCH) return;
    from = absent.at(-1) ?? null;
  }
}
