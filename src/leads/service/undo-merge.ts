/** Undoes merges of persons: records, keys, leads and what they share go back to whom they belonged, and they are not merged again. */
import { sql } from 'kysely';
import { among } from '../../store/bulk.ts';
import type { Database, Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { type MergeState, obstacleToUndo, undo } from '../matching/merge-record.ts';
import { type KeptMerge, keepApart, keptMerges, recordsOf } from './kept-merges.ts';
import { type PeoplePorts, refreshFacts } from './people.ts';
import { lockRouter } from './router-lock.ts';

/** What asking for a merge to be undone came to. */
export type AskedToUndo =
  | { readonly kind: 'asked'; readonly merge: KeptMerge }
  | { readonly kind: 'refused'; readonly why: string; readonly first: string | null };

/** Asks for a merge to be undone, which the next run does; or says why that cannot be, and which merge is in the way. */
export async function askToUndo(db: Database, id: string, at: string): Promise<AskedToUndo> {
  return db.transaction().execute(async (tx): Promise<AskedToUndo> => {
    await lockRouter(tx);
    const [merge] = await keptMerges(tx, { ids: [id] });
    if (merge === undefined) return { kind: 'refused', why: `there is no merge "${id}"`, first: null };
    const { obstacle } = await examine(tx, merge);
    if (obstacle !== null) return { kind: 'refused', why: obstacle.why, first: obstacle.by };
    await tx.updateTable('person_merges').set({ asked_at: at, problem: null }).where('id', '=', id).execute();
    return { kind: 'asked', merge };
  });
}

/** The merges that somebody asked to have undone, the latest merge first. */
export async function askedToUndo(tx: Queryable): Promise<string[]> {
  const rows = await tx
    .selectFrom('person_merges')
    .select('id')
    .where('asked_at', 'is not', null)
    .where('undone_at', 'is', null)
    .orderBy('seq', 'desc')
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * Undoes a merge, in the transaction of a run. What came to the persons since (new records, edits) stays with the one that went
 * on. Where something has come in the way since it was asked for, the merge stands and says why.
 */
export async function undoMerge(tx: Queryable, id: string, ports: PeoplePorts, at: string): Promise<void> {
  const [merge] = await keptMerges(tx, { ids: [id] });
  if (merge === undefined) return;
  const { state, obstacle } = await examine(tx, merge);
  if (obstacle !== null) {
    await tx.updateTable('person_merges').set({ asked_at: null, problem: obstacle.why }).where('id', '=', id).execute();
    return;
  }
  const { into, from, lead } = merge;
  const { holdings } = undo(state, merge).state;
  const back = holdings.filter(({ owner }) => owner === from).map(({ key }) => key);
  await sql`update links set entity_id = ${from}
    where entity = 'person' and entity_id = ${into} and connection || ' ' || object || ' ' || record_id = any(${back}::text[])`.execute(
    tx,
  );
  await sql`update person_keys set person_id = ${from}
    where person_id = ${into} and connection || ' ' || object || ' ' || record_id = any(${back}::text[])`.execute(tx);
  await tx.updateTable('people').set({ merged_into: null }).where('id', '=', from).execute();
  if (lead?.moved != null)
    await sql`update leads set person_id = ${from} where id = ${lead.moved} and person_id = ${into}`.execute(tx);
  await sql`delete from people_apart where by = ${id}`.execute(tx);
  await keepApart(tx, into, from);
  await ports.divideShared(tx, into, from, merge.shared, at);
  await tx.updateTable('person_merges').set({ undone_at: at, problem: null }).where('id', '=', id).execute();
  await emit(
    tx,
    [{ type: 'person.unmerged', entity: from, data: { into, merge: id, lead: lead?.yielded?.id ?? null } }],
    at,
  );
  await refreshFacts(tx, [into, from], ports, at);
}

async function examine(tx: Queryable, merge: KeptMerge) {
  const { into, from } = merge;
  const rows = await tx
    .selectFrom('people')
    .select(['id', 'merged_into'])
    .where(among('id', [into, from]))
    .execute();
  const state: MergeState = {
    holdings: await recordsOf(tx, [into]),
    values: {},
    becameOf: Object.fromEntries(
      rows.flatMap(({ id, merged_into }): [string, string][] => (merged_into === null ? [] : [[id, merged_into]])),
    ),
  };
  if (merge.how === 'crm') {
    const why = `${merge.why}: records that a CRM made one are separated there, if at all`;
    return { state, obstacle: { why, by: null } };
  }
  const later = (await keptMerges(tx, { people: [into] })).filter(
    ({ seq, undoneAt }) => seq > merge.seq && undoneAt === null,
  );
  return { state, obstacle: obstacleToUndo(state, merge, later) };
}
