/** Keeps which partners had a part in which deal. */
import { sql } from 'kysely';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { type DealPartner, dealPartners, type PartnerFactsOfDeal, type PartnerWork } from '../deal-partners.ts';
import type { Match } from '../match.ts';
import { acceptedAt } from './acceptance.ts';
import type { OpportunityFacts } from './apply.ts';

/** A deal as the store has it. */
export interface StoredDeal {
  readonly id: string;
  readonly connection: string;
  readonly facts: OpportunityFacts;
}

/** Settles anew the parts of partners in the given deals; of a deleted deal none is left. */
export async function settleDealPartners(
  tx: Queryable,
  deals: readonly StoredDeal[],
  matches: ReadonlyMap<string, Match>,
): Promise<void> {
  const ids = deals.map(({ id }) => id);
  const works = await loadWorks(tx, ids, matches);
  const named = await loadNamedPartners(tx, ids);
  const registrations = await loadRegistrations(tx, ids);
  const rows = deals.flatMap(({ id, facts }) => {
    if (facts.deleted) return [];
    const mine: PartnerFactsOfDeal = {
      works: works.get(id) ?? [],
      named: named.get(id) ?? [],
      registrations: registrations.get(id) ?? [],
    };
    const deal = { ...facts, createdAt: facts.createdAt ?? null, leadId: matches.get(id)?.leadId ?? null };
    return dealPartners(deal, mine).map((part: DealPartner) => ({
      opportunity_id: id,
      partner_id: part.partnerId,
      role: part.role,
      how: part.how,
      evidence: part.evidence,
    }));
  });
  await tx.deleteFrom('deal_partners').where(among('opportunity_id', ids)).execute();
  await upsert(tx, 'deal_partners', rows, ['opportunity_id', 'partner_id']);
}

/** Every acceptance of a lead of somebody of the deals, also of offers that were recalled since. */
async function loadWorks(
  tx: Queryable,
  dealIds: readonly string[],
  matches: ReadonlyMap<string, Match>,
): Promise<Map<string, PartnerWork[]>> {
  const matched = JSON.stringify(dealIds.map((id) => ({ deal: id, lead: matches.get(id)?.leadId ?? null })));
  const { rows } = await sql<{ deal: string; tie: PartnerWork['tie']; partner: string; lead: string; at: string }>`
    with tied as (
      select o.id as deal, 'converted lead' as tie, l.entity_id as person from opportunities o
        join records r on r.connection = o.connection and r.deal_id = o.record_id
        join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.id and l.entity = 'person'
      where o.id = any(${dealIds}::text[])
      union
      select o.id, 'contact role', l.entity_id from opportunities o
        join contact_roles c on c.connection = o.connection and c.opportunity_record = o.record_id
        join links l on l.connection = c.connection and l.record_id = c.contact_record and l.entity = 'person'
      where o.id = any(${dealIds}::text[])
      union
      select m.deal, 'account', d.person_id from jsonb_to_recordset(${matched}::jsonb) as m(deal text, lead text)
        join leads d on d.id = m.lead
      union
      select o.id, 'account', d.person_id from opportunities o
        join accounts a on a.connection = o.connection and a.record_id = o.account_record
        join worked_leads w on w.domain = a.domain join leads d on d.id = w.lead_id
      where o.id = any(${dealIds}::text[])
      union
      select o.id, 'account', l.entity_id from opportunities o
        join records r on r.connection = o.connection and r.company_id = o.account_record
        join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.id and l.entity = 'person'
      where o.id = any(${dealIds}::text[]))
    select t.deal, t.tie, f.partner_id as partner, d.id as lead,
      ${acceptedAt('f')} as at
    from tied t join leads d on d.person_id = t.person
      join offers f on f.lead_id = d.id and f.response = 'Accepted' and f.closed_at is not null
    order by t.deal, t.tie, d.id, f.round`.execute(tx);
  const works = new Map<string, PartnerWork[]>();
  for (const { deal, tie, partner, lead, at } of rows) {
    const mine = works.get(deal) ?? [];
    mine.push({ partnerId: partner, leadId: lead, acceptedAt: at, tie });
    works.set(deal, mine);
  }
  return works;
}

/** The partners that the CRMs name on the deals. */
export async function loadNamedPartners(
  tx: Queryable,
  dealIds: readonly string[],
): Promise<Map<string, PartnerFactsOfDeal['named']>> {
  const { rows } = await sql<{ deal: string; partner: string; listed: boolean; role: string | null }>`
    select o.id as deal, p.id as partner, false as listed, null as role from opportunities o
      join partners p on p.connection = o.connection and p.record_id = o.facts->>'partner'
    where o.id = any(${dealIds}::text[])
    union select o.id, p.id, true, l.role from opportunities o
      join listed_partners l on l.connection = o.connection and l.opportunity_record = o.record_id
      join partners p on p.connection = l.connection and p.record_id = l.partner_record
    where o.id = any(${dealIds}::text[]) order by 1, 2, 3, 4`.execute(tx);
  const named = new Map<string, PartnerFactsOfDeal['named'][number][]>();
  for (const { deal, partner, listed, role } of rows) {
    const as = role === null ? '' : ` as "${role}"`;
    const where = listed ? `the deal's list of partners${as}` : "the deal's partner field";
    named.set(deal, [...(named.get(deal) ?? []), { partnerId: partner, where }]);
  }
  return named;
}

/** The registrations of the deals that the vendor approved, whatever became of them since. */
async function loadRegistrations(
  tx: Queryable,
  dealIds: readonly string[],
): Promise<Map<string, PartnerFactsOfDeal['registrations']>> {
  const { rows } = await sql<{ deal: string; partner: string; id: string; at: string }>`
    select opportunity_id as deal, partner_id as partner, id, decided_at as at from registrations
    where opportunity_id = any(${dealIds}::text[]) and protected_until is not null and decided_at is not null
    order by opportunity_id, decided_at, id`.execute(tx);
  return new Map(
    [...Map.groupBy(rows, ({ deal }) => deal)].map(([deal, mine]) => [
      deal,
      mine.map(({ partner, id, at }) => ({ partnerId: partner, registrationId: id, approvedAt: at })),
    ]),
  );
}

/** The deals that these registrations are of. */
export async function dealsRegistered(tx: Queryable, registrationIds: readonly string[]): Promise<string[]> {
  if (registrationIds.length === 0) return [];
  const rows = await tx
    .selectFrom('registrations')
    .select('opportunity_id')
    .where(among('id', registrationIds))
    .where('opportunity_id', 'is not', null)
    .execute();
  return rows.flatMap(({ opportunity_id }) => opportunity_id ?? []);
}
