/** Loads everything that can tie deals to leads, of many deals at once. */
import { sql } from 'kysely';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { companyKey } from '../company-key.ts';
import type { Candidate, CompanyTie } from '../evidence.ts';
import { type MatchFacts, NO_FACTS, type TiedPerson } from '../match.ts';
import { compareMoments, momentOf } from '../moment.ts';
import { acceptedAt } from './acceptance.ts';
import { loadNamedPartners } from './deal-partners.ts';
import { answersOfDeals } from './deal-reviews.ts';
import type { DealRow } from './deal-row.ts';
import { soldBy } from './products.ts';

type Draft = { -readonly [K in keyof MatchFacts]: MatchFacts[K] };

export async function loadMatchFacts(
  tx: Queryable,
  deals: readonly DealRow[],
): Promise<ReadonlyMap<string, MatchFacts>> {
  const ids = deals.map(({ id }) => id);
  const found = new Map<string, Draft>(ids.map((id) => [id, { ...NO_FACTS }]));
  for (const row of await tiedPeople(tx, ids)) {
    const mine = found.get(row.deal);
    if (mine === undefined) continue;
    const person: TiedPerson = { personId: row.person, leadId: row.lead, acceptedAt: row.accepted };
    if (row.how === 'named') mine.named = [...mine.named, person];
    else if (row.how === 'converted') mine.converted = [...mine.converted, person];
    else mine.contactRoles = [...mine.contactRoles, { ...person, isPrimary: row.is_primary }];
  }
  const closes = new Map(deals.map(({ id, facts }) => [id, facts.isClosed ? facts.closeDate : null]));
  for (const [deal, candidates] of await candidatesOf(tx, ids, closes)) {
    const mine = found.get(deal);
    if (mine) mine.candidates = candidates;
  }
  for (const [deal, partners] of await loadNamedPartners(tx, ids)) {
    const mine = found.get(deal);
    if (mine) mine.evidence = { ...mine.evidence, partners: [...new Set(partners.map(({ partnerId }) => partnerId))] };
  }
  for (const [deal, products] of await soldBy(tx, ids)) {
    const mine = found.get(deal);
    if (mine) mine.evidence = { ...mine.evidence, products };
  }
  for (const [deal, answer] of await answersOfDeals(tx, ids)) {
    const mine = found.get(deal);
    if (mine) mine.answer = answer;
  }
  return found;
}

interface TiedRow {
  readonly deal: string;
  readonly how: 'named' | 'converted' | 'role';
  readonly is_primary: boolean;
  readonly person: string;
  readonly lead: string | null;
  readonly accepted: string | null;
}

/** Everybody whom the deals themselves speak of, and how; what another CRM says of the same deal counts too. */
async function tiedPeople(tx: Queryable, dealIds: readonly string[]): Promise<TiedRow[]> {
  const { rows } = await sql<TiedRow>`
    with members as (
      select id as deal, id as member from unnest(${dealIds}::text[]) as id
      union select twin_of, opportunity_id from deal_twins where twin_of = any(${dealIds}::text[])),
    tied as (
      select b.deal, 'named' as how, false as is_primary, d.person_id as person from members b join opportunities o on o.id = b.member
        join leads d on d.id = o.facts->>'lead'
      union
      select b.deal, 'named', false, l.entity_id from members b join opportunities o on o.id = b.member
        join links l on l.connection = o.connection and l.record_id = o.facts->>'lead' and l.entity = 'person'
      union
      select b.deal, 'converted', false, l.entity_id from members b join opportunities o on o.id = b.member
        join records r on r.connection = o.connection and r.deal_id = o.record_id
        join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.id and l.entity = 'person'
      union
      select b.deal, 'role', c.is_primary, l.entity_id from members b join opportunities o on o.id = b.member
        join contact_roles c on c.connection = o.connection and c.opportunity_record = o.record_id
        join links l on l.connection = c.connection and l.record_id = c.contact_record and l.entity = 'person')
    select t.*, d.id as lead, (select f.closed_at from offers f where f.lead_id = d.id and f.status = 'Accepted' order by f.round desc limit 1) as accepted
    from tied t left join leads d on d.person_id = t.person
    order by t.deal, t.how, t.person`.execute(tx);
  return rows;
}

/** The leads of the deals' companies: at the same account, or accepted by a partner and of a company of one domain or name. */
async function candidatesOf(
  tx: Queryable,
  dealIds: readonly string[],
  closes: ReadonlyMap<string, string | null>,
): Promise<Map<string, Candidate[]>> {
  const ties = await sql<{ deal: string; company: CompanyTie; lead: string; person: string; product: string | null }>`
    with deals as (
      select o.id, o.connection, o.account_record, a.domain, a.name_key from opportunities o
        left join accounts a on a.connection = o.connection and a.record_id = o.account_record
      where o.id = any(${dealIds}::text[])),
    found as (
      select s.id as deal, 'account' as company, d.id as lead from deals s
        join records r on r.connection = s.connection and r.company_id = s.account_record
        join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.id and l.entity = 'person'
        join leads d on d.person_id = l.entity_id
      union select s.id, 'domain', w.lead_id from deals s join worked_leads w on w.domain = s.domain
      union select s.id, 'name', w.lead_id from deals s join worked_leads w on w.name_key = s.name_key and s.name_key <> '')
    select f.deal, f.company, f.lead, d.person_id as person, p.facts->>'product' as product
    from found f join leads d on d.id = f.lead join people p on p.id = d.person_id and p.merged_into is null
    order by f.deal, f.lead, f.company`.execute(tx);
  const work = await workOn(
    tx,
    ties.rows.map(({ lead }) => lead),
  );
  const candidates = new Map<string, Candidate[]>();
  for (const { deal, company, lead, person, product } of ties.rows) {
    const close = closes.get(deal) ?? null;
    const mine = candidates.get(deal) ?? [];
    mine.push({ leadId: lead, personId: person, company, product, ...workBefore(work.get(lead) ?? [], close) });
    candidates.set(deal, mine);
  }
  return candidates;
}

/** What one partner did with a lead that it accepted. */
interface Work {
  readonly lead: string;
  readonly partner: string;
  readonly at: string;
  readonly marks: readonly string[];
  readonly said: { readonly kind: string; readonly minor: string | null; readonly currency: string | null } | null;
}

/** What came of it before a close, by the partner that accepted it last before then. */
function workBefore(
  works: readonly Work[],
  close: string | null,
): Pick<Candidate, 'partnerId' | 'acceptedAt' | 'reports' | 'said' | 'value'> {
  const isBefore = (at: string) => close === null || compareMoments(momentOf(at), momentOf(close)) <= 0;
  const last = works
    .filter(({ at }) => isBefore(at))
    .reduce<Work | null>(
      (latest, work) => (latest === null || compareMoments(momentOf(work.at), momentOf(latest.at)) > 0 ? work : latest),
      null,
    );
  if (last === null) return { partnerId: null, acceptedAt: null, reports: 0, said: null, value: null };
  const { said } = last;
  return {
    partnerId: last.partner,
    acceptedAt: last.at,
    reports: last.marks.filter(isBefore).length,
    said: said === null ? null : said.kind === 'won' ? 'won' : 'lost',
    value: said?.minor && said.currency ? { minor: BigInt(said.minor), currency: said.currency } : null,
  };
}

/**
 * What partners did with leads. Only their own doing: that a deal moved is a report too, but of this very match, which must not
 * prove itself.
 */
async function workOn(tx: Queryable, leadIds: readonly string[]): Promise<Map<string, Work[]>> {
  if (leadIds.length === 0) return new Map();
  const { rows } = await sql<Work>`
    select f.lead_id as lead, f.partner_id as partner, ${acceptedAt('f')} as at,
      array(select to_char(w.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from (
          select m.at from offer_marks m where m.offer_id = f.id and m.kind = 'touch'
          union all select s.at from statements s where s.offer_id = f.id and s.kind <> 'contradiction') w order by w.at) as marks,
      (select jsonb_build_object('kind', s.said->'outcome'->>'kind', 'minor', s.said->'outcome'->'value'->>'minor',
          'currency', s.said->'outcome'->'value'->>'currency')
        from statements s where s.offer_id = f.id and s.kind <> 'contradiction' and s.said->'outcome'->>'kind' is not null
        order by s.at desc, s.id desc limit 1) as said
    from offers f where f.lead_id = any(${[...new Set(leadIds)]}::text[]) and f.response = 'Accepted' and f.closed_at is not null
    order by f.lead_id, f.round`.execute(tx);
  return Map.groupBy(rows, ({ lead }) => lead);
}

/**
 * Keeps the companies of leads that a partner accepted, so that deals of these companies find them. null: of all leads;
 * of the others nothing is kept.
 */
export async function noteWorkedLeads(tx: Queryable, leadIds: readonly string[] | null): Promise<void> {
  if (leadIds?.length === 0) return;
  const whose = leadIds === null ? sql`` : sql`and d.id = any(${leadIds}::text[])`;
  const { rows } = await sql<{ lead: string; domain: string | null; company: string | null }>`
    select d.id as lead, p.facts->>'domain' as domain, p.facts->>'companyName' as company
    from leads d join people p on p.id = d.person_id
    where exists (select 1 from offers f where f.lead_id = d.id and f.response = 'Accepted') ${whose} order by d.id`.execute(
    tx,
  );
  await upsert(
    tx,
    'worked_leads',
    rows.map(({ lead, domain, company }) => ({ lead_id: lead, domain, name_key: companyKey(company) })),
    ['lead_id'],
  );
}

/** Deals whose account is the company of these leads, by domain or name. */
export async function dealsOfWorkedLeads(tx: Queryable, leadIds: readonly string[]): Promise<string[]> {
  if (leadIds.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    with mine as (select domain, name_key from worked_leads where ${among('lead_id', leadIds)}),
    companies as (
      select a.connection, a.record_id from mine m join accounts a on a.domain = m.domain
      union select a.connection, a.record_id from mine m join accounts a on a.name_key = m.name_key and m.name_key <> '')
    select o.id from companies c join opportunities o on o.connection = c.connection and o.account_record = c.record_id
    order by 1`.execute(tx);
  return rows.map(({ id }) => id);
}
