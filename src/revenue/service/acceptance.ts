import { sql } from 'kysely';

/** When an offer was accepted; one that was recalled since has closed later. */
export function acceptedAt(offer: string) {
  const of = (column: string) => sql.ref(`${offer}.${column}`);
  return sql`case when ${of('status')} = 'Accepted' then ${of('closed_at')} else coalesce(
    (select min(b.at) from feedback b where b.offer_id = ${of('id')} and b.response = 'Accepted'), ${of('closed_at')}) end`;
}
