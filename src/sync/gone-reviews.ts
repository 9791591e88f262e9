/** Questions about records and persons that are gone: nobody has to answer them any more, and nothing is done by an answer. */
import { sql } from 'kysely';
import type { RecordRef } from '../leads/service/people.ts';
import type { Queryable } from '../store/database.ts';

const refsOf = (records: readonly RecordRef[]) =>
  sql`jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as g(connection text, object text, id text)`;
const IS_ABOUT = sql`r.kind = 'field-conflict' and r.subject->>'connection' = g.connection
  and r.subject->>'object' = g.object and r.subject->>'record' = g.id`;

/**
 * Closes the open questions about fields of records that were deleted, merged away or converted, and those whose answer no run
 * has acted on. The values that were to be chosen from are not kept; a record that comes back is asked about anew.
 */
export async function closeFieldReviews(tx: Queryable, gone: readonly RecordRef[], at: string): Promise<void> {
  if (gone.length === 0) return;
  await sql`update reviews r set resolved_at = coalesce(r.resolved_at, ${at}::timestamptz), answer = null,
      subject = r.subject - 'crm' - 'channel'
    from ${refsOf(gone)} where ${IS_ABOUT} and r.applied_at is null`.execute(tx);
}

/**
 * Takes out of all questions, answered ones too, what was said of records that are gone for good, and ends the open ones about
 * persons of whom nothing is left. Where only some of the choices are gone the others stay; where all are, nothing is the same.
 * @param people persons of whom no record is left
 */
export async function eraseReviews(
  tx: Queryable,
  gone: readonly RecordRef[],
  people: readonly string[],
  at: string,
): Promise<void> {
  await closeFieldReviews(tx, gone, at);
  await sql`update reviews r set subject = r.subject - 'crm' - 'channel' from ${refsOf(gone)} where ${IS_ABOUT}`.execute(
    tx,
  );
  await sql`update reviews set resolved_at = coalesce(resolved_at, ${at}::timestamptz), answer = null
    where applied_at is null and kind in ('identity', 'merge', 'match')
      and (subject->>'person' = any(${people}::text[]) or subject->'people' ?| ${people}::text[])`.execute(tx);
  const left = sql`(select coalesce(jsonb_agg(c), '[]') from jsonb_array_elements(subject->'candidates') c
    where not (kind = 'identity' and c #>> '{}' = any(${people}::text[]))
      and not (kind = 'match' and exists (select 1 from ${refsOf(gone)}
        where g.connection = subject->>'connection' and g.object = c->>'object' and g.id = c->>'id')))`;
  await sql`update reviews set subject = jsonb_set(subject, '{candidates}', ${left})
    where applied_at is null and resolved_at is null and kind in ('identity', 'match')
      and jsonb_array_length(${left}) < jsonb_array_length(subject->'candidates')`.execute(tx);
  await sql`update reviews set answer = 'different', resolved_at = ${at}::timestamptz
    where applied_at is null and resolved_at is null and kind in ('identity', 'match')
      and subject->'candidates' = '[]'::jsonb`.execute(tx);
}
