/** The leads of the pool, as partners and as the vendor may see them. */
import { sql } from 'kysely';
import type { PersonFacts } from '../../model/person.ts';
import type { Queryable } from '../../store/database.ts';
import { mayClaim } from '../claims.ts';
import type { RoutableLead } from '../routable-lead.ts';
import type { Routing } from '../routing.ts';
import { loadAccounts } from './account-facts.ts';
import { loadPeople, loadTouchFacts } from './facts.ts';
import { type LeadRecord, loadPool } from './lead-store.ts';
import { closedOffices } from './offices.ts';
import { loadStanding, type Standing } from './standing.ts';
import type { SlaRules } from './terms.ts';

/** A lead of the pool as a partner may see it before it has it: nothing that names the person or the company. */
export interface PoolLead {
  readonly id: string;
  readonly grade: string;
  readonly facts: Pick<PersonFacts, 'country' | 'region' | 'industry' | 'employees' | 'product' | 'language'>;
  /** Until when it can be claimed (ISO); null: until somebody does. */
  readonly until: string | null;
}

/** The same for the vendor, with those who may claim it. */
export interface PoolLeadOfAll extends PoolLead {
  /** Why it lies there. */
  readonly reason: string;
  /** By which route it came there; null: by none. */
  readonly route: string | null;
  /** By name. */
  readonly claimants: readonly { readonly id: string; readonly name: string }[];
}

/** Leads that are looked at together. */
const PAGE = 1_000;

/** The first `limit` leads of the pool that a partner may claim now, those released first first; null: there is no such partner. */
export async function poolFor(
  tx: Queryable,
  partnerId: string,
  routing: Routing,
  sla: SlaRules | null,
  now: number,
  limit = 1_000,
): Promise<PoolLead[] | null> {
  const standing = await loadStanding(tx, null, routing, now);
  const partner = standing.partners.find(({ id }) => id === partnerId);
  if (partner === undefined) return null;
  const found: PoolLead[] = [];
  for await (const page of pagesOfPool(tx, routing, standing, sla, now)) {
    for (const claimable of page)
      if (mayClaim(claimable.lead, partner, routing, standing.market, claimable.pool) === null)
        found.push(withoutNames(claimable));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

/** The first `limit` leads of the pool, those released first first, each with the partners that may claim it. */
export async function poolOfAll(
  tx: Queryable,
  routing: Routing,
  sla: SlaRules | null,
  now: number,
  limit = 1_000,
): Promise<PoolLeadOfAll[]> {
  const standing = await loadStanding(tx, null, routing, now);
  const found: PoolLeadOfAll[] = [];
  for await (const page of pagesOfPool(tx, routing, standing, sla, now)) {
    for (const claimable of page.slice(0, limit - found.length)) {
      const { lead, pool, record } = claimable;
      const claimants = standing.partners
        .filter((partner) => mayClaim(lead, partner, routing, standing.market, pool) === null)
        .map(({ id, facts }) => ({ id, name: facts.name }))
        .sort((a, b) => a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1));
      found.push({ ...withoutNames(claimable), reason: record.lead.reason, route: pool.route, claimants });
    }
    if (found.length >= limit) break;
  }
  return found;
}

function withoutNames({ lead, pool }: Claimable): PoolLead {
  const { country, region, industry, employees, product, language } = lead.person;
  const facts = { country, region, industry, employees, product, language };
  return { id: lead.id, grade: lead.score.grade, facts, until: pool.auction?.until ?? null };
}

async function* pagesOfPool(
  tx: Queryable,
  routing: Routing,
  standing: Standing,
  sla: SlaRules | null,
  now: number,
): AsyncGenerator<Claimable[]> {
  let after: LeadRecord | null = null;
  for (;;) {
    const records: LeadRecord[] = await loadPool(tx, PAGE, after);
    yield claimables(tx, records, routing, standing, sla, now);
    after = records.at(-1) ?? null;
    if (records.length < PAGE) return;
  }
}

/** A lead of the pool with what the checks of a claim need. */
export interface Claimable {
  readonly record: LeadRecord;
  readonly lead: RoutableLead;
  readonly pool: Parameters<typeof mayClaim>[4];
}

/** Leads as the checks of a claim see them. */
export async function claimables(
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
  const accounts = await loadAccounts(tx, people, routing.asks.accounts, now);
  const closed = routing.asks.hours ? closedOffices(standing.partners, sla, now) : [];
  const routes = await routesOf(
    tx,
    records.map(({ lead }) => lead.id),
  );
  return records.flatMap((record): Claimable[] => {
    const { lead, declined, rounds, auction = null } = record;
    const person = people.get(lead.personId);
    if (person === undefined || lead.score === null) return [];
    const account = accounts.get(lead.personId);
    return [
      {
        record,
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
