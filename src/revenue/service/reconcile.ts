/** Ties deals to leads and books what is won in the ledger. */
import { sql } from 'kysely';
import { moneyFrom } from '../../model/money.ts';
import type { Entry, Opportunity } from '../../model/revenue.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { type EventType, emit, type NewEvent, type StoredEvent } from '../../store/events.ts';
import type { AttributionConfig } from '../config.ts';
import { settle } from '../ledger.ts';
import type { LedgerRules } from '../ledger-config.ts';
import { type Match, matchOpportunity, type TiedPerson } from '../match.ts';
import { type OpportunityFacts, opportunityId } from './apply.ts';
import { type HeldDeal, loadEntries, openBooks, saveEntries, saveHeld } from './book.ts';
import { recredit } from './credits.ts';
import { settleDealPartners } from './deal-partners.ts';

/** The events that may change what a deal is worth, whose it is, or who is credited. */
export const REVENUE_EVENTS: readonly EventType[] = [
  'opportunity.changed',
  'lead.converted',
  'lead.state',
  'touch.changed',
  'person.merged',
  'campaign.changed',
  'rates.changed',
];

/** Deals that the events may concern. */
export async function dealsConcerned(tx: Queryable, events: readonly StoredEvent[]): Promise<string[]> {
  const deals = new Set<string>();
  const people = new Set<string>();
  const leads = new Set<string>();
  let all = false;
  for (const event of events) {
    if (event.type === 'opportunity.changed') deals.add(event.entity);
    else if (event.type === 'touch.changed') people.add(event.entity);
    // Deals may still be matched to the one that went.
    else if (event.type === 'person.merged') people.add(String(event.data.into)).add(event.entity);
    else if (event.type === 'campaign.changed') all = true;
    else if (event.type === 'lead.state' && (event.data.from === null || event.data.to === 'Accepted'))
      leads.add(event.entity);
    else if (event.type === 'lead.converted' && typeof event.data.opportunity === 'string') {
      deals.add(opportunityId({ connection: String(event.data.connection), id: event.data.opportunity }));
    }
  }
  if (events.some((event) => event.type === 'rates.changed')) {
    const waiting = await tx.selectFrom('held_revenue').select('opportunity_id').where('why', '=', 'rate').execute();
    for (const row of waiting) deals.add(row.opportunity_id);
  }
  if (all) {
    // Which records are one campaign was settled anew: credits name campaigns, so every booked deal is looked at again.
    const booked = await tx.selectFrom('entries').select('opportunity_id').distinct().execute();
    for (const row of booked) deals.add(row.opportunity_id);
  }
  if (leads.size > 0) {
    const rows = await tx
      .selectFrom('leads')
      .select('person_id')
      .where(among('id', [...leads]))
      .execute();
    for (const row of rows) people.add(row.person_id);
  }
  if (people.size > 0) {
    const found = await sql<{ id: string }>`
      with mine as (select connection, object, record_id from links
        where entity = 'person' and entity_id = any(${[...people]}::text[]))
      select o.id from mine m
        cross join lateral (select opportunity_record from contact_roles
          where connection = m.connection and contact_record = m.record_id offset 0) c
        join opportunities o on o.connection = m.connection and o.record_id = c.opportunity_record
      union select o.id from mine m
        cross join lateral (select company_id from records
          where id = m.record_id and object = m.object and connection = m.connection and company_id is not null offset 0) r
        join opportunities o on o.connection = m.connection and o.account_record = r.company_id
      union select p.opportunity_id from matches p where p.person_ids ?| ${[...people]}::text[]`.execute(tx);
    for (const row of found.rows) deals.add(row.id);
  }
  return [...deals].sort();
}

/**
 * Reconciles the given deals in the caller's transaction: match, ledger, credits. Running it again changes nothing.
 * `moved` counts the deals that leads were told of.
 */
export async function reconcileDeals(
  tx: Queryable,
  dealIds: readonly string[],
  config: AttributionConfig,
  at: string,
  ledger: LedgerRules,
): Promise<{ readonly entries: number; readonly moved: number }> {
  if (dealIds.length === 0) return { entries: 0, moved: 0 };
  const rows = await tx.selectFrom('opportunities').selectAll().where(among('id', dealIds)).orderBy('id').execute();
  const ids = rows.map((row) => row.id);
  const ties = await tiesOf(tx, ids);
  const oldMatches = new Map(
    (await tx.selectFrom('matches').selectAll().where(among('opportunity_id', ids)).execute()).map((row) => [
      row.opportunity_id,
      row,
    ]),
  );
  const oldEntries = Map.groupBy(await loadEntries(tx, ids), (entry) => entry.opportunityId);
  const matches = new Map<string, Match>();
  const deals = rows.map((row) => ({
    row,
    deal: opportunityOf(row.id, row.account_record, row.connection, row.facts as OpportunityFacts),
  }));
  const books = await openBooks(
    tx,
    deals.map(({ deal }) => deal),
    ledger,
    at,
  );
  const newEntries: Entry[] = [];
  const held: HeldDeal[] = [];
  const events: NewEvent[] = [];
  for (const { row, deal: opportunity } of deals) {
    const facts = row.facts as OpportunityFacts;
    const match = matchOpportunity(opportunity, ties.get(row.id) ?? { converted: [], contactRoles: [], account: [] });
    matches.set(row.id, match);
    const settled = settle(opportunity, oldEntries.get(row.id) ?? [], books);
    newEntries.push(...settled.entries);
    if (settled.held) held.push({ opportunityId: row.id, held: settled.held });
    // People of the deal's account had no part in it: only a lead named on the deal follows its course.
    if (match.leadId !== null && match.how !== 'account' && !facts.deleted) {
      const data = { opportunity: row.id, name: facts.name, isClosed: facts.isClosed, isWon: facts.isWon };
      const told = oldMatches.get(row.id);
      const standing = JSON.stringify([facts.isClosed, facts.isWon]);
      if (told?.lead_id !== match.leadId || told.standing !== standing)
        events.push({ type: 'deal.moved', entity: match.leadId, data });
    }
  }
  await upsert(
    tx,
    'matches',
    rows.flatMap((row) => {
      const match = matches.get(row.id);
      const facts = row.facts as OpportunityFacts;
      if (match === undefined) return [];
      return [
        {
          opportunity_id: row.id,
          lead_id: match.leadId,
          how: match.how,
          reason: match.reason,
          person_ids: match.personIds,
          standing: JSON.stringify([facts.isClosed, facts.isWon]),
        },
      ];
    }),
    ['opportunity_id'],
  );
  await settleDealPartners(
    tx,
    rows.map((row) => ({ ...row, facts: row.facts as OpportunityFacts })),
    matches,
  );
  await saveEntries(tx, newEntries, new Map([...oldEntries].map(([id, lines]) => [id, lines.length])));
  await saveHeld(tx, ids, held, at);
  await recredit(tx, ids, matches, config);
  await emit(tx, events, at);
  return { entries: newEntries.length, moved: events.length };
}

function opportunityOf(id: string, account: string | null, connection: string, facts: OpportunityFacts): Opportunity {
  return {
    id,
    name: facts.name,
    accountId: account,
    amount: facts.amount === null ? null : moneyFrom(facts.amount, facts.currency),
    stage: facts.stage,
    isClosed: facts.isClosed,
    isWon: facts.isWon,
    closeDate: facts.closeDate,
    deleted: facts.deleted,
    connection,
  };
}

interface Ties {
  converted: TiedPerson[];
  contactRoles: (TiedPerson & { isPrimary: boolean })[];
  account: TiedPerson[];
}

/** Everybody tied to the deals, and how. */
async function tiesOf(tx: Queryable, dealIds: readonly string[]): Promise<Map<string, Ties>> {
  const found = await sql<{
    deal: string;
    how: 'converted' | 'role' | 'account';
    is_primary: boolean;
    person: string;
    lead: string | null;
    accepted: string | null;
  }>`
    with tied as (
      select o.id as deal, 'converted' as how, false as is_primary, l.entity_id as person from opportunities o
        join records r on r.connection = o.connection and r.deal_id = o.record_id
        join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.id and l.entity = 'person'
      where o.id = any(${dealIds}::text[])
      union
      select o.id, 'role', c.is_primary, l.entity_id from opportunities o
        join contact_roles c on c.connection = o.connection and c.opportunity_record = o.record_id
        join links l on l.connection = c.connection and l.record_id = c.contact_record and l.entity = 'person'
      where o.id = any(${dealIds}::text[])
      union
      select o.id, 'account', false, l.entity_id from opportunities o
        join records r on r.connection = o.connection and r.company_id = o.account_record
        join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.id and l.entity = 'person'
      where o.id = any(${dealIds}::text[]))
    select t.*, d.id as lead, (select f.closed_at from offers f where f.lead_id = d.id and f.status = 'Accepted' order by f.round desc limit 1) as accepted
    from tied t left join leads d on d.person_id = t.person
    order by t.deal, t.how, t.person`.execute(tx);
  const ties = new Map<string, Ties>();
  for (const row of found.rows) {
    const mine = ties.get(row.deal) ?? { converted: [], contactRoles: [], account: [] };
    const person: TiedPerson = { personId: row.person, leadId: row.lead, acceptedAt: row.accepted };
    if (row.how === 'converted') mine.converted.push(person);
    else if (row.how === 'role') mine.contactRoles.push({ ...person, isPrimary: row.is_primary });
    else mine.account.push(person);
    ties.set(row.deal, mine);
  }
  return ties;
}
