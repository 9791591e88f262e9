import { sql } from 'kysely';
import { iso } from '../model/clock.ts';
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
    const changes = rows.map((row) => changeOf(object, row));
    const personMapping = stream.mappings.find((mapping) => mapping.entity === 'person');
    await underLease(env.db, lease, async (tx) => {
      await saveShadows(tx, [{ connection: connection.name, object, changes, stamped: [], personMapping }]);
      await applyEntities(env, tx, [{ connection, stream, changes }], iso(env.clock.now()));
    });
    await lease.renew();
    after = last.id;
  }
}

/** The record itself did not change, what is made of it may have. */
function changeOf(object: string, row: Shadow & { id: string }): Change {
  return {
    record: { object, id: row.id, fields: row.fields, modifiedAt: row.modified_at, deleted: false },
    fields: row.fields,
    before: null,
    changed: [],
    isNew: false,
    associations: row.associations,
    associationsBefore: row.associations,
    pushedAt: row.pushed_at,
  };
}
