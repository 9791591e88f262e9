/** Erases what Sluice kept of persons' records that their CRM knows no more: somebody may have asked for it. */
import { sql } from 'kysely';
import { peopleGone } from '../leads/service/facts.ts';
import { eraseKeptMerges } from '../leads/service/kept-merges.ts';
import { EMPTY_PERSON } from '../model/person.ts';
import { among } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { emit } from '../store/events.ts';
import { dropShared } from '../store/shared-values.ts';
import { eraseReviews } from './gone-reviews.ts';
import type { StreamRef } from './shadows.ts';

/** Records of one object that are gone for good: no read finds them, not even in a recycle bin. */
export interface Erased extends StreamRef {
  readonly ids: readonly string[];
}

/**
 * Erases the contents of records that are gone for good, in the caller's transaction, after their links were retired: values,
 * history, contests, waiting writes and the wording of errors. Of a person of whom no record is left the facts go too, and
 * what decisions were made from. That there was a record, a lead, an offer or a decision stays.
 * @param at ISO instant
 */
export async function eraseRecords(tx: Queryable, erased: readonly Erased[], at: string): Promise<void> {
  const gone: { connection: string; object: string; id: string }[] = [];
  for (const { connection, object, ids } of erased) {
    if (ids.length === 0) continue;
    const { rows } = await sql<{ id: string }>`update records set fields = '{}'::jsonb
      where connection = ${connection} and object = ${object} and id = any(${ids}::text[]) and deleted
      returning id`.execute(tx);
    gone.push(...rows.map(({ id }) => ({ connection, object, id })));
  }
  if (gone.length === 0) return;
  const refs = sql`jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) as r(connection text, object text, id text)`;
  for (const table of ['history', 'contests', 'outbox']) {
    await sql`delete from ${sql.table(table)} t using ${refs}
      where t.connection = r.connection and t.object = r.object and t.record_id = r.id`.execute(tx);
  }
  await sql`update errors e set message = 'Erased with its record.', hint = null, resolved_at = coalesce(e.resolved_at, ${at}::timestamptz)
    from ${refs} where e.connection = r.connection and e.object = r.object and e.record_id = r.id`.execute(tx);
  const { rows } = await sql<{ person: string }>`select distinct l.entity_id as person from links l join ${refs}
    on l.connection = r.connection and l.object = r.object and l.record_id = r.id where l.entity = 'person'`.execute(
    tx,
  );
  const people = await peopleGone(
    tx,
    rows.map(({ person }) => person),
  );
  await eraseReviews(tx, gone, [...people.keys()], at);
  await erasePeople(tx, [...people.keys()], at);
}

async function erasePeople(tx: Queryable, personIds: readonly string[], at: string): Promise<void> {
  if (personIds.length === 0) return;
  const erased = await tx
    .updateTable('people')
    .set({ facts: JSON.stringify(EMPTY_PERSON) })
    .where(among('id', personIds))
    .returning('id')
    .execute();
  await dropShared(tx, personIds);
  await eraseKeptMerges(tx, personIds);
  // The reasons of a score quote facts: of the inputs nothing stays.
  await sql`update decisions set inputs = '{"person": null}'
    where lead_id in (select id from leads where person_id = any(${personIds}::text[]))`.execute(tx);
  // The score and its reasons are made of the facts.
  await emit(
    tx,
    erased.map(({ id }) => ({ type: 'person.changed' as const, entity: id })),
    at,
  );
}
