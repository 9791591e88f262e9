/** Records that may be gone, as a list of deletions or a refusal says: asked for by id, as if an event had told. */
import { sql } from 'kysely';
import type { Queryable } from '../store/database.ts';
import { type Lease, underLease } from '../store/lease.ts';
import type { StreamPage } from './apply.ts';
import type { Environment } from './environment.ts';
import { saveHints } from './hint-store.ts';

/**
 * Saves a hint for each record that such a page names and that is thought alive. The run follows hints after its pages: by then
 * the stream of changes has told of most (in the recycle bin, merged), and what is left is gone for good or has come back.
 * Saved before the cursor moves past them, so that a crash loses none.
 */
export async function askAboutNamed(env: Environment, pages: readonly StreamPage[], lease: Lease): Promise<void> {
  for (const { connection, stream, page } of pages) {
    if (page.named === undefined || page.named.length === 0) continue;
    const { object } = stream.spec;
    const { name } = connection;
    const alive = (await thoughtAlive(env.db, name, page.named)).filter((record) => record.object === object);
    if (alive.length === 0) continue;
    await underLease(env.db, lease, (tx) => hintAt(tx, name, alive, page.requestedAt));
  }
}

/**
 * Saves hints after refusals that speak of a record which is not there: of the row's own record and of those that it refers to.
 * One that left the recycle bin at once may stand in no list.
 */
export async function askAboutMissing(
  tx: Queryable,
  connection: string,
  refused: readonly { readonly recordId: string | null; readonly fields: Readonly<Record<string, unknown>> }[],
  at: string,
): Promise<void> {
  const ids = refused.flatMap(({ recordId, fields }) =>
    [recordId, ...Object.values(fields)].filter((value) => typeof value === 'string'),
  );
  if (ids.length > 0) await hintAt(tx, connection, await thoughtAlive(tx, connection, ids), at);
}

interface Named {
  readonly object: string;
  readonly id: string;
}

async function thoughtAlive(db: Queryable, connection: string, ids: readonly string[]): Promise<Named[]> {
  const { rows } = await sql<Named>`
    select object, id from records where connection = ${connection} and id = any(${ids}::text[]) and not deleted`.execute(
    db,
  );
  return rows;
}

async function hintAt(tx: Queryable, connection: string, named: readonly Named[], at: string): Promise<void> {
  const objects = new Set(named.map(({ object }) => object));
  const hints = named.map(({ object, id }) => ({ object, ids: [id], at, what: 'deleted' }) as const);
  await saveHints(tx, connection, hints, objects);
}
