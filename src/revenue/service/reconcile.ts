/** Ties deals to leads and books what is won in the ledger. */
import { sql } from 'kysely';
import type { Opportunity } from '../../model/revenue.ts';
import { among } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { type EventType, emit, type StoredEvent } from '../../store/events.ts';
import type { AttributionConfig } from '../config.ts';
import type { LedgerRules } from '../ledger-config.ts';
import { DEFAULT_RECONCILE, type ReconcileRules } from '../reconcile-config.ts';
import { amountOf, type OpportunityFacts, opportunityId } from './apply.ts';
import { openBooks, saveHeld } from './book.ts';
import { settleCampaignCosts } from './campaign-costs.ts';
import { recredit } from './credits.ts';
import { dealsRegistered } from './deal-partners.ts';
import { loadEntries } from './entries.ts';
import { dealsOfWorkedLeads, noteWorkedLeads } from './match-facts.ts';
import { settleProducts } from './products.ts';
import { settleAll } from './settle-deals.ts';
import { tieToLeads } from './tie.ts';
import { loadTwins, settleTwins } from './twins.ts';

/** The events that may change what a deal is worth, whose it is, or who is credited. */
export const REVENUE_EVENTS: readonly EventType[] = [
  'opportunity.changed',
  'lead.converted',
  'lead.state',
  'touch.changed',
  'person.merged',
  'person.unmerged',
  'campaign.changed',
  'rates.changed',
  'fund.changed',
  'registration.changed',
];

/** Deals that the events may concern. */
export async function dealsConcerned(tx: Queryable, events: readonly StoredEvent[]): Promise<string[]> {
  const deals = new Set<string>();
  const people = new Set<string>();
  const leads = new Set<string>();
  const registrations = new Set<string>();
  if (events.some(({ type, data }) => type === 'fund.changed' && data.kind === 'claim')) await settleCampaignCosts(tx);
  let all = false;
  for (const event of events) {
    if (event.type === 'opportunity.changed') deals.add(event.entity);
    else if (event.type === 'registration.changed') registrations.add(event.entity);
    else if (event.type === 'touch.changed') people.add(event.entity);
    // Deals may still be matched to the one that went.
    else if (event.type === 'person.merged' || event.type === 'person.unmerged')
      people.add(String(event.data.into)).add(event.entity);
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
  for (const id of await dealsRegistered(tx, [...registrations])) deals.add(id);
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
    await noteWorkedLeads(tx, [...leads]);
    for (const id of await dealsOfWorkedLeads(tx, [...leads])) deals.add(id);
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
  rules: ReconcileRules = DEFAULT_RECONCILE,
): Promise<{ readonly entries: number; readonly moved: number }> {
  if (dealIds.length === 0) return { entries: 0, moved: 0 };
  const wanted = await settleTwins(tx, dealIds, rules, at);
  const twins = await loadTwins(tx, wanted);
  const rows = await tx.selectFrom('opportunities').selectAll().where(among('id', wanted)).orderBy('id').execute();
  const ids = rows.map((row) => row.id);
  const deals = rows.map((row) => {
    const facts = row.facts as OpportunityFacts;
    const twin = twins.get(row.id);
    const deal = opportunityOf(row.id, row.account_record, row.connection, facts);
    return { ...row, facts, twin, deal: twin ? { ...deal, sameAs: twin.twinOf } : deal };
  });
  await settleProducts(tx, deals);
  const { matches, events } = await tieToLeads(tx, deals, rules, at);
  const oldEntries = Map.groupBy(await loadEntries(tx, ids), (entry) => entry.opportunityId);
  const books = await openBooks(
    tx,
    deals.map(({ deal }) => deal),
    ledger,
    at,
  );
  const settled = await settleAll(
    tx,
    deals.map(({ deal }) => deal),
    oldEntries,
    books,
  );
  await saveHeld(tx, ids, settled.held, at);
  await recredit(tx, ids, matches, config);
  await emit(tx, events, at);
  return { entries: settled.added, moved: events.length };
}

/** A deal as the CRM holds it, of what the store keeps of it. */
export function opportunityOf(
  id: string,
  account: string | null,
  connection: string,
  facts: OpportunityFacts,
): Opportunity {
  return {
    id,
    name: facts.name,
    accountId: account,
    amount: amountOf(facts),
    stage: facts.stage,
    isClosed: facts.isClosed,
    isWon: facts.isWon,
    closeDate: facts.closeDate,
    createdAt: facts.createdAt ?? null,
    deleted: facts.deleted,
    connection,
    ...(facts.mergedInto === undefined ? {} : { mergedInto: facts.mergedInto }),
  };
}
