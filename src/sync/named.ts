/** Reads records by name, outside their stream: those that events spoke of, and those that a sweep misses. */
import { sql } from 'kysely';
import type { CrmRecord } from '../../connectors/connector.ts';
import { iso } from '../model/clock.ts';
import type { Queryable } from '../store/database.ts';
import type { Lease } from '../store/lease.ts';
import { applyPages } from './apply.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { loadShadows, type Shadow, type StreamRef, streamKey } from './shadows.ts';

/** Records read and applied in one transaction. */
const IDS_A_BATCH = 1_000;

export interface Named {
  /** Records that the CRM knows. */
  readonly read: number;
  readonly changed: number;
  /** Records that it knows no more, or says are deleted. */
  readonly gone: number;
}

export interface NamedOptions {
  /** Of these the associations are read too: a change of associations alone moves no modification stamp. */
  readonly associated?: ReadonlySet<string>;
  /** Asked before records are taken for deleted; false: none of these are, and the reading ends there. */
  readonly accept?: (gone: number) => Promise<boolean>;
}

/**
 * Reads the records with these ids and applies them like any other read. One that is thought alive and that the CRM knows no
 * more is deleted: erased for good, or merged into another. What was kept of a person's record that it knows no more is erased.
 */
export async function readNamed(
  env: Environment,
  connection: Connection,
  stream: Stream,
  ids: readonly string[],
  lease: Lease,
  options: NamedOptions = {},
): Promise<Named> {
  const total = { read: 0, changed: 0, gone: 0 };
  const all = [...new Set(ids)];
  for (let start = 0; start < all.length; start += IDS_A_BATCH) {
    const batch = all.slice(start, start + IDS_A_BATCH);
    const requestedAt = iso(env.clock.now());
    const held = await heldOf(env.db, { connection: connection.name, object: stream.spec.object }, batch);
    const told = await connection.connector.readByIds(stream.spec, batch, held);
    // Two names may lead to one record: that of a merged record and that of its survivor.
    const found = new Map(told.map((record) => [record.id, record]));
    const known = await unknownOf(env, connection, stream, batch, found);
    const unknown = known.flatMap(asDeleted(stream.spec.object));
    const gone = unknown.length + told.filter((record) => record.deleted).length;
    if (gone > 0 && options.accept && !(await options.accept(gone))) return total;
    const records = await withAssociations(connection, stream, [...found.values(), ...unknown], options.associated);
    const page = { records, cursor: {}, done: true, requestedAt, pageSize: batch.length };
    const [applied] = await applyPages(
      env,
      [{ connection, stream, page, from: null, movesCursor: false, unknown: known.map(({ id }) => id) }],
      lease,
    );
    await lease.renew();
    total.read += found.size;
    total.changed += applied?.changed ?? 0;
    total.gone += gone;
  }
  return total;
}

/** Those of `ids` that are records we know, deleted ones too: a merge may be told of twice. */
async function heldOf(db: Queryable, { connection, object }: StreamRef, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`select id from records
    where id = any(${ids}::text[]) and connection = ${connection} and object = ${object}`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** The known records that the CRM left out; those that a survivor among the found ones absorbed are spoken of by it. */
async function unknownOf(
  env: Environment,
  connection: Connection,
  stream: Stream,
  ids: readonly string[],
  found: ReadonlyMap<string, CrmRecord>,
): Promise<{ id: string; shadow: Shadow }[]> {
  const absorbed = new Set([...found.values()].flatMap((record) => record.absorbed ?? []));
  const missing = ids.filter((id) => !found.has(id) && !absorbed.has(id));
  const ref = { connection: connection.name, object: stream.spec.object };
  const known: ReadonlyMap<string, Shadow> =
    (await loadShadows(env.db, [{ ...ref, ids: missing }])).get(streamKey(ref)) ?? new Map();
  return missing.flatMap((id) => {
    const shadow = known.get(id);
    return shadow ? [{ id, shadow }] : [];
  });
}

/** One that was thought alive, as a deleted record. The stamp stays: a record that is restored as it was comes back with it. */
function asDeleted(object: string): (known: { id: string; shadow: Shadow }) => CrmRecord[] {
  return ({ id, shadow }) =>
    shadow.deleted ? [] : [{ object, id, fields: {}, modifiedAt: shadow.modified_at, deleted: true }];
}

async function withAssociations(
  connection: Connection,
  stream: Stream,
  records: readonly CrmRecord[],
  wanted: ReadonlySet<string> = new Set(),
): Promise<readonly CrmRecord[]> {
  const { connector } = connection;
  const ids = records.filter((record) => !record.deleted && wanted.has(record.id)).map((record) => record.id);
  if (ids.length === 0 || stream.associations.length === 0 || !connector.readAssociations) return records;
  const found = new Map(ids.map((id) => [id, {} as Record<string, string[]>]));
  for (const toObject of stream.associations) {
    for (const [id, to] of await connector.readAssociations(stream.spec.object, toObject, ids)) {
      const mine = found.get(id);
      if (mine) mine[toObject] = to;
    }
  }
  return records.map((record) => {
    const associations = found.get(record.id);
    return associations ? { ...record, associations } : record;
  });
}
