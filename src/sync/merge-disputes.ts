/** Values that a person has to choose from: what the policy `review` makes of a field that both sides changed. */
import { sql } from 'kysely';
import type { FieldValue } from '../mapping/described.ts';
import { idOf } from '../model/ids.ts';
import { among } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import type { Dispute } from './merge-values.ts';

/** What a review of kind `field-conflict` is about. */
export interface FieldConflict {
  readonly connection: string;
  readonly object: string;
  readonly record: string;
  readonly person: string;
  readonly property: string;
  readonly field: string;
  /** What the record holds, and since when. */
  readonly crm: FieldValue;
  readonly crmAt: string;
  /** What the channel holds. */
  readonly channel: FieldValue;
}

/** Asks about fields in conflict, with the values as they are now; what no longer is one is settled by itself. */
export async function askOfFields(tx: Queryable, disputes: readonly Dispute[], at: string): Promise<void> {
  const last = new Map(disputes.map((dispute) => [reviewId(dispute), dispute]));
  const open = [...last].filter(([, { isOpen }]) => isOpen);
  if (open.length > 0) {
    const rows = JSON.stringify(
      open.map(([id, dispute]) => ({ id, subject: subjectOf(dispute), why: whyOf(dispute) })),
    );
    // A question that was answered before is asked again: these are other values.
    await sql`insert into reviews (id, kind, subject, why, created_at)
      select r.id, 'field-conflict', r.subject, r.why, ${at}::timestamptz
      from jsonb_to_recordset(${rows}::jsonb) as r(id text, subject jsonb, why text)
      on conflict (id) do update set subject = excluded.subject, why = excluded.why, created_at = excluded.created_at,
        resolved_at = null, answer = null, applied_at = null`.execute(tx);
  }
  const settled = [...last].filter(([, { isOpen }]) => !isOpen).map(([id]) => id);
  if (settled.length === 0) return;
  await tx
    .updateTable('reviews')
    .set({ resolved_at: at })
    .where(among('id', settled))
    .where('resolved_at', 'is', null)
    .execute();
}

/**
 * Has open questions about fields show the values as they are now. One that was answered with others in sight is open again,
 * unless the answer was acted on.
 */
export async function showFields(tx: Queryable, disputes: readonly Dispute[]): Promise<void> {
  if (disputes.length === 0) return;
  const rows = JSON.stringify(disputes.map((dispute) => ({ id: reviewId(dispute), subject: subjectOf(dispute) })));
  await sql`update reviews set subject = r.subject, answer = null, resolved_at = null
    from jsonb_to_recordset(${rows}::jsonb) as r(id text, subject jsonb)
    where reviews.id = r.id and reviews.applied_at is null and reviews.subject <> r.subject`.execute(tx);
}

function reviewId({ said }: Dispute): string {
  const { connection, stream, property } = said.shared;
  return idOf('rv', 'field', connection.name, stream.spec.object, said.recordId, property);
}

function subjectOf({ said, channel }: Dispute): FieldConflict {
  const { connection, stream, property, field } = said.shared;
  return {
    connection: connection.name,
    object: stream.spec.object,
    record: said.recordId,
    person: said.personId,
    property,
    field,
    crm: said.crm,
    crmAt: said.at,
    channel,
  };
}

function whyOf({ said }: Dispute): string {
  const { connection, stream, field, property } = said.shared;
  const what = said.base === undefined ? 'differ where they met first' : 'were changed on both sides';
  return `${field} of ${stream.spec.object} ${said.recordId} in ${connection.name} and Sluice's ${property} ${what}; choose one.`;
}
