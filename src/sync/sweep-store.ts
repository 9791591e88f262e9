/** Where the complete passes stand, and which known records a page of one should have held. */
import { type RawBuilder, sql } from 'kysely';
import type { Cursor, SweepPage } from '../../connectors/connector.ts';
import { iso } from '../model/clock.ts';
import type { Queryable } from '../store/database.ts';

/**
 * Sees to the index of ids in the order in which CRMs count them: shorter ones first, then byte by byte, whatever the collation of the
 * database. It is made when it is needed for the first time: a first sync writes a million records, and has no use for it.
 */
export async function keepIdsInOrder(db: Queryable): Promise<void> {
  await sql`create index if not exists records_in_order on records (connection, object, length(id), (id collate "C"))`.execute(
    db,
  );
}

/** One object's sweep as it is stored. */
export interface SweepState {
  readonly object: string;
  /** Where the next page starts; null: at the lowest id. */
  readonly cursor: Cursor | null;
  /** Null where the sweep that is due has not begun. */
  readonly started_at: string | null;
  /** When the last one came to its end. */
  readonly finished_at: string | null;
  readonly due_at: string;
  readonly pages: number;
  /** To be swept to the end in one run, whatever a run's share of pages. */
  readonly whole: boolean;
  readonly why: string;
}

export async function loadSweeps(db: Queryable, connection: string): Promise<Map<string, SweepState>> {
  const rows = await db.selectFrom('sweeps').selectAll().where('connection', '=', connection).execute();
  return new Map(rows.map((row) => [row.object, row]));
}

/** Puts objects on the schedule for the first time. */
export async function scheduleFirst(
  tx: Queryable,
  connection: string,
  objects: readonly { readonly object: string; readonly dueAt: string }[],
): Promise<void> {
  for (const { object, dueAt } of objects) {
    await tx
      .insertInto('sweeps')
      .values({ connection, object, cursor: null, started_at: null, finished_at: null, due_at: dueAt, why: 'schedule' })
      .onConflict((oc) => oc.columns(['connection', 'object']).doNothing())
      .execute();
  }
}

/**
 * Asks for a sweep now, from the lowest id, also where one is under way: what it passed already may have changed without a
 * word. `whole`: to its end in the next run. `why` is shown to people.
 */
export async function askSweep(
  tx: Queryable,
  connection: string,
  object: string,
  ask: { readonly now: number; readonly whole: boolean; readonly why: string },
): Promise<void> {
  const due = {
    cursor: null,
    started_at: null,
    due_at: iso(ask.now),
    pages: 0,
    why: ask.why,
  };
  await tx
    .insertInto('sweeps')
    .values({ connection, object, finished_at: null, whole: ask.whole, ...due })
    .onConflict((oc) =>
      oc.columns(['connection', 'object']).doUpdateSet({ ...due, whole: sql<boolean>`sweeps.whole or excluded.whole` }),
    )
    .execute();
}

/** Notes how far a sweep has come, in the transaction that checks the lease. */
export async function saveSweep(
  tx: Queryable,
  connection: string,
  object: string,
  at: { readonly startedAt: string; readonly cursor: Cursor; readonly pages: number },
): Promise<void> {
  await tx
    .updateTable('sweeps')
    .set({ cursor: JSON.stringify(at.cursor), started_at: at.startedAt, pages: at.pages })
    .where('connection', '=', connection)
    .where('object', '=', object)
    .execute();
}

/** Ends a sweep; the next one is due at `dueAt`. */
export async function endSweep(
  tx: Queryable,
  connection: string,
  object: string,
  at: { readonly finishedAt: string; readonly dueAt: string },
): Promise<void> {
  await tx
    .updateTable('sweeps')
    .set({
      cursor: null,
      started_at: null,
      finished_at: at.finishedAt,
      due_at: at.dueAt,
      pages: 0,
      whole: false,
      why: 'schedule',
    })
    .where('connection', '=', connection)
    .where('object', '=', object)
    .execute();
}

/**
 * Known live records whose id lies in the range and after `from`, and that are not among `present`, in the order of ids. A
 * record that came to be, or was written, after the page was asked for may rightly be missing and is left out.
 */
export async function absentRecords(
  db: Queryable,
  place: { readonly connection: string; readonly object: string },
  page: SweepPage,
  from: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from records where ${absentFrom(place, page, from)}
    order by length(id), id collate "C" limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

type Place = { readonly connection: string; readonly object: string };

/** Notes the records that the page should have held until the sweep is at its end; its first page forgets those of the last one. */
export async function noteAbsent(tx: Queryable, place: Place, page: SweepPage): Promise<void> {
  if (page.range.after === null) await forgetAbsent(tx, place);
  await sql`insert into sweep_absent (connection, object, record_id)
    select connection, object, id from records where ${absentFrom(place, page, null)} on conflict do nothing`.execute(
    tx,
  );
}

/** Some of the noted records, in no order: what is true of the first ones is likely to be true of all. */
export async function notedAbsent(db: Queryable, place: Place, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select record_id as id from sweep_absent
    where connection = ${place.connection} and object = ${place.object}
    order by md5(record_id), record_id limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/** How many records are noted, and how many live ones are known in all, the noted ones among them. */
export async function countAbsent(db: Queryable, place: Place): Promise<{ absent: number; known: number }> {
  const { rows } = await sql<{ absent: number; known: number }>`select
    (select count(*)::int from sweep_absent where connection = ${place.connection} and object = ${place.object}) as absent,
    (select count(*)::int from records where connection || ' ' || object = ${`${place.connection} ${place.object}`}
      and not deleted) as known`.execute(db);
  return rows[0] ?? { absent: 0, known: 0 };
}

/** Forgets noted records, all of them where no ids are given. */
export async function forgetAbsent(tx: Queryable, place: Place, ids?: readonly string[]): Promise<void> {
  await sql`delete from sweep_absent where connection = ${place.connection} and object = ${place.object}
    ${ids === undefined ? sql`` : sql`and record_id = any(${ids}::text[])`}`.execute(tx);
}

function absentFrom(
  place: { readonly connection: string; readonly object: string },
  page: SweepPage,
  from: string | null,
): RawBuilder<unknown> {
  const after = from ?? page.range.after;
  const { through } = page.range;
  // The place and the row (length, id) are those of the index records_in_order.
  const bound = (comparison: '>' | '<=', id: string | null) =>
    id === null
      ? sql``
      : sql`and (length(id), id collate "C") ${sql.raw(comparison)} (length(${id}::text), ${id}::text collate "C")`;
  return sql`connection || ' ' || object = ${`${place.connection} ${place.object}`} and not deleted
    ${bound('>', after)} ${bound('<=', through)}
    and greatest(modified_at, pushed_at) < ${page.requestedAt}::timestamptz
    and id <> all(${page.records.map((record) => record.id)}::text[])`;
}
