/** Touches as the store keeps them: what people did with campaigns, and what partners did with their leads. */
import { sql } from 'kysely';
import type { Touch } from '../../model/revenue.ts';
import type { Queryable } from '../../store/database.ts';
import type { PartnerTouch } from '../attribution/config-schema.ts';

/**
 * The touches of persons, each with the one campaign that its record belongs to; null: of everybody. A campaign for which fund
 * money was approved is funded, and so are its touches.
 */
export async function loadTouches(tx: Queryable, personIds: readonly string[] | null): Promise<Touch[]> {
  if (personIds !== null && personIds.length === 0) return [];
  const whose = personIds === null ? sql`` : sql`and l.entity_id = any(${personIds}::text[])`;
  const found = await sql<{
    id: string;
    person: string;
    campaign: string;
    name: string;
    at: string;
    kind: string;
    status: string | null;
    request: string | null;
  }>`
    with funded as (select c.campaign_id as campaign, min(r.id) as request from fund_requests r
      join campaign_records c on c.campaign_id = r.campaign_id
        or (c.connection = r.campaign_connection and c.record_id = r.campaign_record)
      where r.status in ('approved', 'claimed', 'paid') group by 1)
    select t.id, l.entity_id as person, c.campaign_id as campaign, c.name, t.at, t.kind, t.status, f.request
    from links l join touches t on t.connection = l.connection and t.subject_object = l.object and t.subject_id = l.record_id
    join campaign_records c on c.connection = t.connection and c.object = t.campaign_object and c.record_id = t.campaign_record
    left join funded f on f.campaign = c.campaign_id
    where l.entity = 'person' ${whose} order by t.id`.execute(tx);
  return found.rows.map((row) => ({
    id: row.id,
    personId: row.person,
    campaignId: row.campaign,
    campaignName: row.name,
    at: row.at,
    kind: row.kind,
    ...(row.status === null ? {} : { status: row.status }),
    ...(row.request === null ? {} : { fundRequestId: row.request }),
  }));
}

/**
 * What partners did with the leads of persons: accepted one, touched it for the first time, said that there was a meeting.
 * Also of offers that were recalled since: what was done was done.
 */
export async function loadPartnerTouches(
  tx: Queryable,
  personIds: readonly string[] | null,
  wanted: readonly PartnerTouch[],
): Promise<Touch[]> {
  if (wanted.length === 0 || personIds?.length === 0) return [];
  const whose = personIds === null ? sql`` : sql`and d.person_id = any(${personIds}::text[])`;
  const found = await sql<{
    offer: string;
    partner: string;
    name: string;
    person: string;
    kind: PartnerTouch;
    at: string;
  }>`
    with done as (
      select f.id as offer, 'accepted' as kind,
        coalesce((select min(b.at) from feedback b where b.offer_id = f.id and b.response = 'Accepted'), f.closed_at) as at
      from offers f where f.response = 'Accepted'
      union all select offer_id, 'first-touch', min(at) from offer_marks where kind = 'touch' group by offer_id
      union all select offer_id, 'meeting', min(at) from statements
        where kind = 'taken' and said->'stage'->>'name' = 'meeting' group by offer_id)
    select f.id as offer, f.partner_id as partner, coalesce(p.facts->>'name', f.partner_id) as name, d.person_id as person,
      e.kind, e.at
    from done e join offers f on f.id = e.offer join leads d on d.id = f.lead_id left join partners p on p.id = f.partner_id
    where e.at is not null and e.kind = any(${[...wanted]}::text[]) ${whose} order by f.id, e.kind`.execute(tx);
  return found.rows.map((row) => ({
    id: `${row.offer} ${row.kind}`,
    personId: row.person,
    campaignId: row.partner,
    campaignName: row.name,
    partnerId: row.partner,
    at: row.at,
    kind: `partner-${row.kind}`,
  }));
}
