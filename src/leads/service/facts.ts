import { sql } from 'kysely';
import { type PartnerFacts, type PartnerState, partnerFacts } from '../../model/partner.ts';
import { type PersonFacts, personOf } from '../../model/person.ts';
import { among } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import type { TouchFacts } from '../rule-scope.ts';

const DAY = 86_400_000;

/** What is known of persons, by id. */
export async function loadPeople(tx: Queryable, ids: readonly string[]): Promise<Map<string, PersonFacts>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom('people')
    .select(['id', 'facts'])
    .where(among('id', ids))
    .where('merged_into', 'is', null)
    .execute();
  return new Map(rows.map((row) => [row.id, personOf(row.facts)]));
}

/**
 * Which of these persons have had records and have none any more: all were deleted, or erased without a trace. A record that was
 * merged into another goes on in that one, and one that was not read yet counts as there.
 */
export async function peopleGone(
  tx: Queryable,
  personIds: readonly string[],
): Promise<Map<string, 'deleted' | 'erased'>> {
  if (personIds.length === 0) return new Map();
  const { rows } = await sql<{ person: string; erased: boolean }>`
    with recursive places (person, connection, object, id) as (
      select entity_id, connection, object, record_id from links
      where entity = 'person' and entity_id = any(${personIds}::text[])
      union
      select p.person, m.connection, m.object, m.into_id from places p
      join record_merges m on m.record_id = p.id and m.object = p.object and m.connection = p.connection)
    select p.person, bool_and(coalesce(r.erased, false)) as erased from places p
    left join lateral (select deleted, fields = '{}'::jsonb as erased from records
      where id = p.id and object = p.object and connection = p.connection offset 0) r on true
    group by p.person having bool_and(coalesce(r.deleted, false))`.execute(tx);
  return new Map(rows.map((row) => [row.person, row.erased ? 'erased' : 'deleted']));
}

/** What persons have done with campaigns up to `now` (epoch ms); every id has an entry. */
export async function loadTouchFacts(
  tx: Queryable,
  personIds: readonly string[],
  now: number,
): Promise<Map<string, TouchFacts>> {
  const none: TouchFacts = { count: 0, campaigns: 0, daysSinceLast: null };
  const facts = new Map(personIds.map((id) => [id, none]));
  if (personIds.length === 0) return facts;
  const found = await sql<{ person: string; count: number; campaigns: number; latest: string }>`
    select l.entity_id as person, count(*)::int as count,
      count(distinct coalesce(c.campaign_id, t.campaign_record))::int as campaigns, max(t.at) as latest
    from links l join touches t on t.connection = l.connection and t.subject_object = l.object and t.subject_id = l.record_id
    left join campaign_records c on c.connection = t.connection and c.object = t.campaign_object and c.record_id = t.campaign_record
    where l.entity = 'person' and l.entity_id = any(${personIds}::text[])
    group by l.entity_id`.execute(tx);
  for (const row of found.rows) {
    const days = Math.floor((now - Date.parse(row.latest)) / DAY);
    facts.set(row.person, { count: row.count, campaigns: row.campaigns, daysSinceLast: Math.max(0, days) });
  }
  return facts;
}

/**
 * The partners as the router saw them just before the place `before` in the common order; null: as they are now.
 * Open offers and accepted leads that are not closed make the load.
 */
export async function loadPartners(tx: Queryable, before: string | null): Promise<PartnerState[]> {
  const limit = before === null ? sql`` : sql`where v.seq < ${before}`;
  const versions = await sql<{ id: string; facts: Partial<PartnerFacts>; active: boolean }>`
    select distinct on (v.partner_id) v.partner_id as id, v.facts, v.active from partner_versions v ${limit}
    order by v.partner_id, v.seq desc`.execute(tx);
  const opened = before === null ? sql`` : sql`where o.opened_seq < ${before}`;
  const held = before === null ? sql`o.freed_seq is null` : sql`(o.freed_seq is null or o.freed_seq > ${before})`;
  const offers = await sql<{ id: string; load: number; last: string }>`
    select o.partner_id as id, (count(*) filter (where ${held}))::int as load, max(o.opened_seq) as last
    from offers o ${opened} group by o.partner_id`.execute(tx);
  const standing = new Map(offers.rows.map((row) => [row.id, row]));
  return versions.rows
    .filter((row) => row.active)
    .map((row) => ({
      id: row.id,
      facts: partnerFacts(row.facts),
      load: standing.get(row.id)?.load ?? 0,
      lastServed: Number(standing.get(row.id)?.last ?? 0),
    }));
}

/** What partners are called, by id. */
export async function partnerNames(tx: Queryable): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; name: string }>`select id, facts->>'name' as name from partners`.execute(tx);
  return new Map(rows.map((row) => [row.id, row.name]));
}
