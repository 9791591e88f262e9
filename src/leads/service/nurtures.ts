/** Leads that were handed back to marketing, in the store. */
import { sql } from 'kysely';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import type { Nurture } from '../feedback/nurture.ts';

export interface NewNurture extends Pick<Nurture, 'offerId' | 'leadId' | 'partnerId' | 'why' | 'since'> {
  /** Offers made up to then. */
  readonly rounds: number;
}

export async function addNurtures(tx: Queryable, nurtures: readonly NewNurture[]): Promise<void> {
  await upsert(
    tx,
    'nurtures',
    nurtures.map(({ offerId, leadId, partnerId, why, since, rounds }) => ({
      offer_id: offerId,
      lead_id: leadId,
      partner_id: partnerId,
      why,
      since,
      rounds,
      rested_at: null,
      returned_at: null,
    })),
    ['offer_id'],
    [],
  );
}

/** The stay with marketing that has not ended, by lead. */
export async function openNurtures(tx: Queryable, leadIds: readonly string[]): Promise<ReadonlyMap<string, Nurture>> {
  if (leadIds.length === 0) return new Map();
  const { rows } = await sql<Nurture>`
    select distinct on (lead_id) offer_id as "offerId", lead_id as "leadId", partner_id as "partnerId", why, since,
      rested_at as "restedAt", returned_at as "returnedAt"
    from nurtures where lead_id = any(${leadIds}::text[]) and returned_at is null order by lead_id, since desc`.execute(
    tx,
  );
  return new Map(rows.map((nurture) => [nurture.leadId, nurture]));
}

/** Notes that the persons of these leads were seen unreleased, or that the leads came back. */
export async function markNurtures(
  tx: Queryable,
  offerIds: readonly string[],
  what: 'rested_at' | 'returned_at',
  at: string,
): Promise<void> {
  if (offerIds.length === 0) return;
  await sql`update nurtures set ${sql.ref(what)} = ${at}::timestamptz
    where offer_id = any(${offerIds}::text[]) and ${sql.ref(what)} is null`.execute(tx);
}

/** Offers that were made before leads came back from marketing, by lead: they are no rounds of what follows. */
export async function roundsBeforeReturn(
  tx: Queryable,
  leadIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (leadIds.length === 0) return new Map();
  const { rows } = await sql<{ lead: string; rounds: number }>`
    select lead_id as lead, max(rounds) as rounds from nurtures
    where lead_id = any(${leadIds}::text[]) and returned_at is not null group by lead_id`.execute(tx);
  return new Map(rows.map(({ lead, rounds }) => [lead, rounds]));
}
