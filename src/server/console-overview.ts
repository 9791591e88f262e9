import { sql } from 'kysely';
import type { LeadState } from '../model/lead.ts';
import { decimalOf, exponentOf, moneyFrom } from '../model/money.ts';
import { orgBudget } from '../store/budget.ts';
import { type BudgetRules, type BudgetState, standing } from '../store/budget-math.ts';
import type { Queryable } from '../store/database.ts';
import type { CallBudget, ConnectionView, FunnelStep, Overview } from './api.ts';

/**
 * The funnel. The counts are those of the report `leads`. Accepted and qualified leads are worth the deals that are tied to
 * them, whatever became of them; won ones what the ledger holds of them; all in the reporting currency.
 */
export async function funnelOf(tx: Queryable, currency: string): Promise<FunnelStep[]> {
  const digits = exponentOf(currency);
  const found = await sql<{
    people: number;
    leads: number;
    offered: number;
    accepted: number;
    qualified: number;
    won: number;
    accepted_worth: string;
    qualified_worth: string;
    won_worth: string;
  }>`
    with accepted as materialized (select distinct lead_id as id from offers where status = 'Accepted'),
    won as materialized (select id from leads where state = 'Won'),
    qualified as materialized (select id from won union
      select d.id from events v join leads d on d.id = v.entity_id
      where v.type = 'lead.state' and v.data->>'to' = 'Qualified'),
    worth as materialized (select m.lead_id as id, sum(round((o.facts->>'amount')::numeric, ${sql.lit(digits)})) as amount
      from matches m join opportunities o on o.id = m.opportunity_id
      where m.lead_id is not null and o.facts->>'currency' = ${currency} and o.facts->>'deleted' = 'false'
      group by m.lead_id)
    select
      (select count(*)::int from people where merged_into is null) as people,
      (select count(*)::int from leads) as leads,
      (select count(*)::int from offers where round = 1) as offered,
      (select count(*)::int from accepted) as accepted,
      (select count(*)::int from qualified) as qualified,
      (select count(*)::int from won) as won,
      (select coalesce(sum(amount), 0)::text from worth join accepted using (id)) as accepted_worth,
      (select coalesce(sum(amount), 0)::text from worth join qualified using (id)) as qualified_worth,
      (select coalesce(sum(e.amount_minor), 0)::text from entries e join matches m on m.opportunity_id = e.opportunity_id
        join won on won.id = m.lead_id where e.currency = ${currency}) as won_worth`.execute(tx);
  const row = found.rows[0];
  if (row === undefined) throw new Error('the store gave no funnel');
  const worth = (amount: string) => {
    const money = moneyFrom(amount, currency);
    return money === null ? null : decimalOf(money);
  };
  return [
    { key: 'synced', label: 'People synced', count: row.people, amount: null },
    { key: 'leads', label: 'Leads', count: row.leads, amount: null },
    { key: 'offered', label: 'Offered', count: row.offered, amount: null },
    { key: 'accepted', label: 'Accepted', count: row.accepted, amount: worth(row.accepted_worth) },
    { key: 'qualified', label: 'Qualified', count: row.qualified, amount: worth(row.qualified_worth) },
    {
      key: 'won',
      label: 'Won',
      count: row.won,
      amount: decimalOf({ minor: BigInt(row.won_worth), currency }),
    },
  ];
}

export async function leadStates(tx: Queryable): Promise<Overview['leadStates']> {
  const found = await sql<{ state: LeadState; count: number }>`
    select state, count(*)::int as count from leads group by state order by count desc, state`.execute(tx);
  return found.rows;
}

/** What the connections are shown by. */
export interface ConnectionsAsked {
  /** A run is at work now. */
  readonly syncing: boolean;
  /** By the names of the connections. */
  readonly budgets: ReadonlyMap<string, BudgetRules>;
  readonly now: number;
}

export async function connectionViews(tx: Queryable, asked: ConnectionsAsked): Promise<ConnectionView[]> {
  const { rows } = await sql<{
    name: string;
    kind: string;
    org_id: string | null;
    last_sync_at: string | null;
    problem: string | null;
    calls: number;
    heard_at: string | null;
    hints: number;
    swept_at: string | null;
    paused: number;
  }>`
    with calls as (select c.key as name, sum((c.value->>'calls')::bigint)::float8 as calls
      from runs r cross join lateral jsonb_each(r.summary->'connections') c group by c.key),
    swept as (select s.connection as name, case when count(s.finished_at) = count(*) then min(s.finished_at) end as at
      from sweeps s join descriptions d on d.connection = s.connection and d.object = s.object group by s.connection)
    select c.name, c.kind, c.org_id, c.last_sync_at, c.problem, coalesce(calls.calls, 0) as calls,
      l.updated_at as heard_at, swept.at as swept_at,
      (select count(*)::int from hints h where h.connection = c.name) as hints,
      (select count(distinct e.object || ' ' || e.record_id)::int from errors e
        where e.connection = c.name and e.stage = 'schema' and e.resolved_at is null) as paused
    from connections c left join calls on calls.name = c.name left join swept on swept.name = c.name
      left join listeners l on l.connection = c.name
    order by c.name`.execute(tx);
  const states = await budgetStates(tx);
  return rows.map((row) => ({
    name: row.name,
    kind: row.kind,
    status:
      row.problem !== null ? 'problem' : asked.syncing ? 'syncing' : row.last_sync_at === null ? 'never synced' : 'ok',
    lastSyncAt: row.last_sync_at,
    calls: row.calls,
    problem: row.problem,
    heardAt: row.heard_at,
    hintsWaiting: row.hints,
    sweptAt: row.swept_at,
    fieldsPaused: row.paused,
    budget: budgetView(row, states, asked),
  }));
}

async function budgetStates(tx: Queryable): Promise<ReadonlyMap<string, BudgetState>> {
  const rows = await tx.selectFrom('budgets').select(['name', 'state']).execute();
  return new Map(rows.map((row) => [row.name, row.state as BudgetState]));
}

function budgetView(
  connection: { readonly name: string; readonly kind: string; readonly org_id: string | null },
  states: ReadonlyMap<string, BudgetState>,
  { budgets, now }: ConnectionsAsked,
): CallBudget | null {
  const rules = budgets.get(connection.name);
  const state = connection.org_id === null ? undefined : states.get(orgBudget(connection.kind, connection.org_id));
  if (rules === undefined || state === undefined) return null;
  const { own, share } = standing(state, rules, now);
  return { made: own, share };
}

/** How many record errors and how many questions to people are open. */
export async function openCounts(tx: Queryable): Promise<{ errors: number; reviews: number }> {
  const found = await sql<{ errors: number; reviews: number }>`
    select (select count(*)::int from errors where resolved_at is null) as errors,
      (select count(*)::int from reviews where resolved_at is null) as reviews`.execute(tx);
  return found.rows[0] ?? { errors: 0, reviews: 0 };
}
