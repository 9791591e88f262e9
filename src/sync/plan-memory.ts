/** What is remembered of plans: digests, no values, so that a plan that no longer holds can say what has moved. */
import { sql } from 'kysely';
import type { Database } from '../store/database.ts';
import { digestsOf } from './plan.ts';
import type { PlannedChange } from './planned.ts';

/** A record whose planned write is no longer the same. */
export interface Moved {
  readonly connection: string;
  readonly object: string;
  readonly record: string;
  readonly what: 'new' | 'gone' | 'different';
  /** Which of its fields; all of them where it is new or gone. */
  readonly fields: readonly string[];
}

type Digests = readonly (readonly [
  connection: string,
  object: string,
  key: string,
  record: string | null,
  fields: readonly (readonly [field: string, digest: number])[],
])[];

/** Of larger plans only the hash is known. */
const MOST_CHANGES = 20_000;
const PLANS_KEPT = 20;

/** Collects what is remembered of a plan while it is made. */
export class PlanDigests {
  readonly #rows: Digests[number][] = [];
  #tooMany = false;

  add(change: PlannedChange): void {
    if (this.#tooMany) return;
    this.#rows.push([change.connection, change.object, change.key, change.recordId, digestsOf(change)]);
    if (this.#rows.length <= MOST_CHANGES) return;
    this.#tooMany = true;
    this.#rows.length = 0;
  }

  /** Keeps them under the plan's hash, and forgets plans of long ago. */
  async keep(db: Database, hash: string, at: string): Promise<void> {
    const digests = this.#tooMany ? null : JSON.stringify(this.#rows);
    await db
      .insertInto('plans')
      .values({ hash, made_at: at, digests })
      .onConflict((oc) => oc.column('hash').doUpdateSet({ digests }))
      .execute();
    await sql`delete from plans where hash not in (select hash from plans order by made_at desc, hash limit ${sql.lit(PLANS_KEPT)})`.execute(
      db,
    );
  }

  /** What differs from the plan that was kept under `hash`; null where nothing is known of it. */
  async movedSince(db: Database, hash: string): Promise<Moved[] | null> {
    const row = await db.selectFrom('plans').select('digests').where('hash', '=', hash).executeTakeFirst();
    if (row === undefined || row.digests === null || this.#tooMany) return null;
    return compareDigests(row.digests as Digests, this.#rows);
  }
}

/** What became of the planned writes `then`, by what would be written `now`. */
export function compareDigests(then: Digests, now: Digests): Moved[] {
  const keyOf = ([connection, object, key]: Digests[number]) => JSON.stringify([connection, object, key]);
  const before = new Map(then.map((row) => [keyOf(row), row]));
  const moved: Moved[] = [];
  const note = ([connection, object, key, record]: Digests[number], what: Moved['what'], fields: readonly string[]) =>
    moved.push({ connection, object, record: record ?? key, what, fields });
  for (const row of now) {
    const old = before.get(keyOf(row));
    before.delete(keyOf(row));
    const fields = row[4].map(([field]) => field);
    if (old === undefined) {
      note(row, 'new', fields);
      continue;
    }
    const digests = new Map(old[4]);
    const differing = row[4].filter(([field, digest]) => digests.get(field) !== digest).map(([field]) => field);
    const gone = old[4].map(([field]) => field).filter((field) => !fields.includes(field));
    if (differing.length + gone.length > 0) note(row, 'different', [...differing, ...gone]);
  }
  for (const row of before.values()) {
    note(
      row,
      'gone',
      row[4].map(([field]) => field),
    );
  }
  return moved;
}
