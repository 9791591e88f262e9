/** Claims of leads that lie in the pool or in an auction: the first one gets it, all others are told why not. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import type { Offer } from '../../model/offer.ts';
import type { PartnerState } from '../../model/partner.ts';
import type { PersonFacts } from '../../model/person.ts';
import type { Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { mayClaim } from '../claims.ts';
import type { CompactDecision } from '../decision.ts';
import type { RoutableLead } from '../routable-lead.ts';
import type { Routing } from '../routing.ts';
import { loadAccounts } from './account-facts.ts';
import { settleClocks } from './clocks.ts';
import { Desk } from './desk.ts';
import { loadPeople, loadTouchFacts } from './facts.ts';
import { type LeadRecord, loadLeads, loadPool, nextSeq } from './lead-store.ts';
import { closedOffices } from './offices.ts';
import { openUnder } from './open-offers.ts';
import { madeOf } from './route.ts';
import { lockRouter } from './router-lock.ts';
import { loadStanding, type Standing } from './standing.ts';
import type { SlaRules } from './terms.ts';

/** What a claim came to. `why` is for the partner to read. */
export type Claimed =
  | { readonly kind: 'claimed'; readonly offer: Offer }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Lets a partner claim a lead, in the caller's transaction: it becomes an offer that is accepted already. Whoever claims at the
 * same time waits, also in another process, and so does the router: one gets the lead, and nobody more than it takes.
 */
export async function claimLead(
  tx: Queryable,
  leadId: string,
  partnerId: string,
  routing: Routing,
  sla: SlaRules | null,
  now: number,
): Promise<Claimed> {
  await lockRouter(tx);
  const [record] = await loadLeads(tx, 'id', [leadId]);
  const standing = await loadStanding(tx, null, routing, now);
  const partner = standing.partners.find(({ id }) => id === partnerId);
  if (record === undefined || partner === undefined)
    return { kind: 'refused', why: record === undefined ? 'there is no such lead' : 'there is no such partner' };
  if (record.lead.state !== 'In pool')
    return { kind: 'refused', why: `the lead is not in the pool: ${record.lead.state}` };
  const [claimable] = await claimables(tx, [record], routing, standing, sla, now);
  if (claimable === undefined) return { kind: 'refused', why: 'nothing is known of the person any more' };
  const refused = mayClaim(claimable.lead, partner, routing, standing.market, claimable.pool);
  if (refused !== null) return { kind: 'refused', why: refused };
  return { kind: 'claimed', offer: await give(tx, record, claimable, partner, standing, routing, sla, now) };
}

/** A lead of the pool as a partner may see it before it has it: nothing that names the person or the company. */
export interface PoolLead {
  readonly id: string;
  readonly grade: string;
  readonly facts: Pick<PersonFacts, 'country' | 'region' | 'industry' | 'employees' | 'product' | 'language'>;
  /** Until when it can be claimed (ISO); null: until somebody does. */
  readonly until: string | null;
}

/** The leads of the pool that a partner may claim now, those released first first; of the first `limit` leads in the pool. */
export async function poolFor(
  tx: Queryable,
  partnerId: string,
  routing: Routing,
  sla: SlaRules | null,
  now: number,
  limit = 1_000,
): Promise<PoolLead[]> {
  const standing = await loadStanding(tx, null, routing, now);
  const partner = standing.partners.find(({ id }) => id === partnerId);
  if (partner === undefined) return [];
  const found = await claimables(tx, await loadPool(tx, limit), routing, standing, sla, now);
  return found
    .filter(({ lead, pool }) => mayClaim(lead, partner, routing, standing.market, pool) === null)
    .map(({ lead, pool }) => {
      const { country, region, industry, employees, product, language } = lead.person;
      const facts = { country, region, industry, employees, product, language };
      return { id: lead.id, grade: lead.score.grade, facts, until: pool.auction?.until ?? null };
    });
}

interface Claimable {
  readonly lead: RoutableLead;
  readonly pool: Parameters<typeof mayClaim>[4];
}

/** Leads as the checks of a claim see them. */
async function claimables(
  tx: Queryable,
  records: readonly LeadRecord[],
  routing: Routing,
  standing: Standing,
  sla: SlaRules | null,
  now: number,
): Promise<Claimable[]> {
  const personIds = records.map(({ lead }) => lead.personId);
  const people = await loadPeople(tx, personIds);
  const touches = await loadTouchFacts(tx, personIds, now);
  const accounts = routing.asks.accounts ? await loadAccounts(tx, [...people.values()]) : null;
  const closed = routing.asks.hours ? closedOffices(standing.partners, sla, now) : [];
  const routes = await routesOf(
    tx,
    records.map(({ lead }) => lead.id),
  );
  return records.flatMap((record): Claimable[] => {
    const { lead, declined, rounds, auction = null } = record;
    const person = people.get(lead.personId);
    if (person === undefined || lead.score === null) return [];
    const account = accounts?.get(person.domain ?? '');
    return [
      {
        lead: {
          ...{ id: lead.id, person, score: lead.score, declined, rounds, at: now, closed },
          touches: touches.get(lead.personId) ?? { count: 0, campaigns: 0, daysSinceLast: null },
          ...(account ? { account } : {}),
        },
        pool: { route: auction?.route ?? routes.get(lead.id) ?? null, auction },
      },
    ];
  });
}

/** The routes that put leads into the pool, by lead; one that came there otherwise has none. */
async function routesOf(tx: Queryable, leadIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ lead: string; route: string | null }>`
    select distinct on (lead_id) lead_id as lead, result->>'route' as route from decisions
    where lead_id = any(${leadIds}::text[]) order by lead_id, seq desc`.execute(tx);
  return new Map(rows.flatMap(({ lead, route }): [string, string][] => (route === null ? [] : [[lead, route]])));
}

async function give(
  tx: Queryable,
  record: LeadRecord,
  { lead: inputs, pool }: Claimable,
  partner: PartnerState,
  standing: Standing,
  routing: Routing,
  sla: SlaRules | null,
  now: number,
): Promise<Offer> {
  const at = iso(now);
  const decision: CompactDecision = {
    ...{ leadId: record.lead.id, outcome: 'offer', cause: 'claim', route: pool.route, partnerId: partner.id },
    ...{ acceptWithinMs: 0, points: null, runnersUp: [], dropped: {}, sentence: '' },
  };
  const { offer, terms } = openUnder(
    sla,
    record.lead,
    inputs,
    { ...decision, trace: null },
    standing.partners,
    routing,
    now,
  );
  const accepted: Offer = { ...offer, status: 'Accepted', acceptBy: at, closedAt: at, response: 'Accepted' };
  const [openedSeq = '0'] = await nextSeq(tx, 1);
  const made = madeOf(inputs, decision);
  const opened = { offer: accepted, openedSeq, freedSeq: null, terms, made, outcome: null };
  const desk = new Desk(tx, at);
  desk.hold([record], [opened]);
  desk.changeOffer(opened, accepted, false);
  const event = { kind: 'claimed', offer: accepted, partner: partner.facts.name } as const;
  desk.happen(record.lead.id, event, { rounds: record.rounds + 1 });
  if (sla) await settleClocks(tx, desk, sla, now);
  await desk.save();
  await emit(tx, [{ type: 'lead.claimed', entity: record.lead.id, data: { offer: accepted.id } }], at);
  return accepted;
}
