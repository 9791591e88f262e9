/** Keeps open questions about who is who in step with merges. */
import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import { type IdentitySubject, subjectAfterMerge } from '../merged-reviews.ts';

/**
 * Questions that name a person who was merged into another name that one from now on; where nothing is left to ask they are closed,
 * and nothing is done by them. In the transaction of the merge.
 */
export async function followInReviews(tx: Queryable, into: string, from: string, at: string): Promise<void> {
  const { rows } = await sql<{ id: string; kind: 'identity' | 'merge'; subject: IdentitySubject }>`
    select id, kind, subject from reviews where resolved_at is null and kind in ('identity', 'merge')
      and (subject->>'person' = ${from} or subject->'candidates' ? ${from} or subject->'people' ? ${from})`.execute(tx);
  if (rows.length === 0) return;
  const followed = rows.map(({ id, kind, subject }) => ({
    id,
    subject: subjectAfterMerge(kind, subject, into, from),
  }));
  await sql`update reviews r set subject = coalesce(nullif(f.subject, 'null'::jsonb), r.subject),
      resolved_at = case when f.subject is null or f.subject = 'null'::jsonb then ${at}::timestamptz end
    from jsonb_to_recordset(${JSON.stringify(followed)}::jsonb) as f(id text, subject jsonb) where r.id = f.id`.execute(
    tx,
  );
}
