import { sql } from 'kysely';
import type { LeadState } from '../model/lead.ts';
import { decimalOf, exponentOf, moneyFrom } from '../model/money.ts';
import type { Queryable } from '../store/database.ts';
import type { ConnectionView, FunnelStep, Overview } from './api.ts';

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

/** The connections; `syncing`: a run is at work now. */
export async function connectionViews(tx: Queryable, syncing: boolean): Promise<ConnectionView[]> {
  const rows = await tx
    .selectFrom('connections')
    .select(['name', 'kind', 'last_sync_at', 'problem'])
    .orderBy('name')
    .execute();
  const calls = await sql<{ name: string; calls: number }>`
    select c.key as name, sum((c.value->>'calls')::bigint)::float8 as calls
    from runs r cross join lateral jsonb_each(r.summary->'connections') c group by c.key`.execute(tx);
  const callsOf = new Map(calls.rows.map((row) => [row.name, row.calls]));
  return rows.map((row) => ({
    name: row.name,
    kind: row.kind,
    status: row.problem !== null ? 'problem' : syncing ? 'syncing' : row.last_sync_at === null ? 'never synced' : 'ok',
    lastSyncAt: row.last_sync_at,
    calls: callsOf.get(row.name) ?? 0,
    problem: row.problem,
  }));
}

/** How many record errors and how many questions to people are open. */
export async function openCounts(tx: Queryable): Promise<{ errors: number; reviews: number }> {
  const found = await sql<{ errors: number; reviews: number }>`
    select (select count(*)::int from errors where resolved_at is null) as errors,
      (select count(*)::int from reviews where resolved_at is null) as reviews`.execute(tx);
  return found.rows[0] ?? { errors: 0, reviews: 0 };
}
