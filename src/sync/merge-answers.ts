/** Acts on what people answered to reviews, in the transaction of the next decision. */
import { sql } from 'kysely';
import { askedToUndo, undoMerge } from '../leads/service/undo-merge.ts';
import type { FieldValue } from '../mapping/described.ts';
import type { Queryable } from '../store/database.ts';
import { emit } from '../store/events.ts';
import { remember } from '../store/history.ts';
import { loadShared, saveShared } from '../store/shared-values.ts';
import type { Environment } from './environment.ts';
import type { FieldConflict } from './merge-disputes.ts';
import { type Answered, answerIdentity } from './merge-identity.ts';
import { sharedPlan } from './merge-plan.ts';
import { showAgain } from './merge-succession.ts';
import { holdKey, lost, readShared, type Said, taken, withHolds } from './merge-values.ts';
import { peoplePorts } from './people-ports.ts';

/** Answers acted on in one transaction. */
const ANSWERS_A_BATCH = 200;

/** Acts on the answers that no run has acted on yet; each is acted on once. */
export async function applyAnswers(env: Environment, tx: Queryable, at: string): Promise<void> {
  await undoAsked(env, tx, at);
  const { rows } = await sql<Answered>`select id, kind, subject, answer from reviews
    where answer is not null and applied_at is null order by id limit ${ANSWERS_A_BATCH}`.execute(tx);
  if (rows.length === 0) return;
  const people: string[] = [];
  for (const row of rows) {
    if (row.kind === 'recall')
      await emit(
        tx,
        [
          {
            type: 'recall.answered',
            entity: String((row.subject as { lead: string }).lead),
            data: { answer: row.answer },
          },
        ],
        at,
      );
    else if (row.kind === 'deal-match' || row.kind === 'deal-twin')
      await emit(
        tx,
        [{ type: 'opportunity.changed', entity: String((row.subject as { opportunity: string }).opportunity) }],
        at,
      );
    else if (row.kind === 'field-conflict') people.push(...(await answerField(env, tx, row, at)));
    else await answerIdentity(env, tx, row, at);
  }
  const ids = rows.map((row) => row.id);
  await sql`update reviews set applied_at = ${at}::timestamptz where id = any(${ids}::text[])`.execute(tx);
  const plan = sharedPlan(env.connections);
  if (plan !== null) await showAgain(tx, plan, [...new Set(people)], at);
}

/** Undoes the merges of persons that somebody asked to have undone. */
async function undoAsked(env: Environment, tx: Queryable, at: string): Promise<void> {
  for (const id of await askedToUndo(tx)) await undoMerge(tx, id, peoplePorts(env), at);
}

/** @returns the person whose value moved, where it did */
async function answerField(
  env: Environment,
  tx: Queryable,
  { subject, answer }: Answered,
  at: string,
): Promise<readonly string[]> {
  const conflict = subject as FieldConflict;
  const shared = sharedPlan(env.connections)
    ?.fieldsOf(conflict.connection, conflict.object)
    .find(({ property }) => property === conflict.property);
  const record = await tx
    .selectFrom('records')
    .innerJoin('links', (join) =>
      join
        .onRef('links.connection', '=', 'records.connection')
        .onRef('links.object', '=', 'records.object')
        .onRef('links.record_id', '=', 'records.id'),
    )
    .select(['records.fields', 'links.entity_id as person'])
    .where('records.connection', '=', conflict.connection)
    .where('records.object', '=', conflict.object)
    .where('records.id', '=', conflict.record)
    .where('records.deleted', '=', false)
    .executeTakeFirst();
  // The record is gone, or the mapping no longer shares the field: there is nothing left to decide.
  if (shared === undefined || record === undefined) return [];
  const personId = record.person;
  const held = (await loadShared(tx, [personId])).get(personId) ?? {};
  const ours = held[conflict.property];
  if (ours === undefined) return [];
  const holds = (ours.holds ?? []).filter((key) => key !== holdKey(shared, conflict.record));
  const crm = readShared(shared, record.fields as Record<string, FieldValue>);
  if (answer === 'crm' && crm !== undefined) {
    const said: Said = { personId, shared, recordId: conflict.record, base: undefined, crm, at };
    const why = 'chosen by a person in review';
    await saveShared(tx, [{ personId, held: { ...held, [conflict.property]: taken(said, holds, why) }, due: true }]);
    await remember(tx, [lost(said, ours.value, why)], at);
    return [personId];
  }
  await saveShared(tx, [{ personId, held: { ...held, [conflict.property]: withHolds(ours, holds) }, due: true }]);
  return [];
}
