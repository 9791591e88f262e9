import { sql } from 'kysely';
import { answerFields } from '../mapping/mapping.ts';
import { iso } from '../model/clock.ts';
import { among } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { resolve } from '../store/errors.ts';
import { type Lease, underLease } from '../store/lease.ts';
import type { Change } from './compare.ts';
import { applyEntities } from './entities.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { type Shadow, saveShadows } from './shadows.ts';
import { keepIdsInOrder } from './sweep-store.ts';

const RECORDS_A_TRANSACTION = 1_000;

/** Reads the known records of a stream anew by its mappings as they are now, out of the shadows: the CRM is not asked. */
export async function rereadShadows(
  env: Environment,
  connection: Connection,
  stream: Stream,
  lease: Lease,
): Promise<void> {
  const { object } = stream.spec;
  await keepIdsInOrder(env.db);
  for (let after = ''; ; ) {
    const { rows } = await sql<Shadow & { id: string }>`
      select id, fields, modified_at, deleted, associations, pushed_at from records
      where connection || ' ' || object = ${`${connection.name} ${object}`} and not deleted
        and (length(id), id collate "C") > (length(${after}::text), ${after}::text collate "C")
      order by length(id), id collate "C" limit ${RECORDS_A_TRANSACTION}`.execute(env.db);
    const last = rows.at(-1);
    if (last === undefined) return;
    await underLease(env.db, lease, (tx) => applyAgain(env, tx, connection, stream, rows));
    await lease.renew();
    after = last.id;
  }
}

/**
 * Reads named records anew out of their shadows, because somebody has had what was wrong with them resent. Of a record whose
 * reading is an open error its answer is told once more, and the error closed: it is reported again where it stands.
 */
export async function rereadRecords(
  env: Environment,
  connection: Connection,
  stream: Stream,
  ids: readonly string[],
  lease: Lease,
): Promise<void> {
  const place = { connection: connection.name, object: stream.spec.object };
  await underLease(env.db, lease, async (tx) => {
    const rows = await tx
      .selectFrom('records')
      .select(['id', 'fields', 'modified_at', 'deleted', 'associations', 'pushed_at'])
      .where('connection', '=', place.connection)
      .where('object', '=', place.object)
      .where('deleted', '=', false)
      .where(among('id', ids))
      .orderBy('id')
      .execute();
    const unread = await tx
      .selectFrom('errors')
      .select('record_id')
      .where('connection', '=', place.connection)
      .where('object', '=', place.object)
      .where('stage', '=', 'read')
      .where('resolved_at', 'is', null)
      .where(among('record_id', ids))
      .execute();
    const again = new Set(unread.map(({ record_id }) => record_id));
    const closed = [...again].map((recordId) => ({ ...place, recordId }));
    await resolve(tx, 'read', closed, iso(env.clock.now()));
    await applyAgain(env, tx, connection, stream, rows, again);
  });
}

/** @param again records that tell their answer once more */
async function applyAgain(
  env: Environment,
  tx: Queryable,
  connection: Connection,
  stream: Stream,
  rows: readonly (Shadow & { id: string })[],
  again: ReadonlySet<string> = new Set(),
): Promise<void> {
  const { object } = stream.spec;
  const answers = stream.mappings.flatMap((mapping) => answerFields(mapping).map(({ field }) => field));
  const changes = rows.map((row) => changeOf(object, row, again.has(row.id) ? answers : []));
  const personMapping = stream.mappings.find((mapping) => mapping.entity === 'person');
  await saveShadows(tx, [{ connection: connection.name, object, changes, stamped: [], personMapping }]);
  await applyEntities(env, tx, [{ connection, stream, changes }], iso(env.clock.now()));
}

/** The record itself did not change, what is made of it may have. */
function changeOf(object: string, row: Shadow & { id: string }, changed: readonly string[]): Change {
  return {
    record: { object, id: row.id, fields: row.fields, modifiedAt: row.modified_at, deleted: false },
    fields: row.fields,
    before: null,
    changed,
    isNew: false,
    associations: row.associations,
    associationsBefore: row.associations,
    pushedAt: row.pushed_at,
  };
}
