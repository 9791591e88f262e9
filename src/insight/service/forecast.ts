/** Reads deals as forecasts need them, and keeps in which stages they stood, which no CRM record tells afterwards. */
import { sql } from 'kysely';
import type { Database, Queryable } from '../../store/database.ts';
import type { StoredEvent } from '../../store/events.ts';
import type { ForecastDeal } from '../forecast.ts';
import { refreshReports } from './reports/refresh.ts';

const DAY = 86_400_000;

/** Keeps the stages of deals that the events tell of, where they are others than before, in the caller's transaction. */
export async function keepStages(tx: Queryable, events: readonly StoredEvent[], at: string): Promise<void> {
  const ids = [...new Set(events.filter(({ type }) => type === 'opportunity.changed').map(({ entity }) => entity))];
  if (ids.length === 0) return;
  await sql`
    insert into deal_stages (opportunity_id, since, stage)
    select o.id, ${at}::timestamptz, coalesce(o.facts->>'stage', '') from opportunities o
    where o.id = any(${ids}::text[]) and coalesce(o.facts->>'stage', '') is distinct from (
      select s.stage from deal_stages s where s.opportunity_id = o.id order by s.since desc limit 1)
    on conflict (opportunity_id, since) do update set stage = excluded.stage`.execute(tx);
}

export interface ForecastDeals {
  readonly deals: readonly ForecastDeal[];
  /** Deals that cannot be used: in another currency, and without the day on which they were made. */
  readonly otherCurrency: number;
  readonly undated: number;
}

/** All deals in the reporting currency; one that two CRMs hold counts once. */
export async function loadForecastDeals(db: Database, currency: string): Promise<ForecastDeals> {
  await refreshReports(db);
  const { rows } = await sql<{
    id: string;
    created: string | null;
    closed: string | null;
    standing: string;
    currency: string;
    amount: string | null;
    stage: string;
    stages: { since: string; stage: string }[] | null;
  }>`
    with seen as (
      select opportunity_id, json_agg(json_build_object('since', since, 'stage', stage) order by since) as stages
      from deal_stages group by opportunity_id)
    select f.opportunity_id as id, left(o.facts->>'createdAt', 10) as created,
      case when f.standing <> 'open' then o.facts->>'closeDate' end as closed, f.standing, f.currency,
      case when o.facts->>'amount' is null or f.amount < 0 then null else f.amount end::text as amount, f.stage, s.stages
    from fact_deals f join opportunities o on o.id = f.opportunity_id left join seen s on s.opportunity_id = f.opportunity_id
    where not exists (select from deal_twins t where t.opportunity_id = f.opportunity_id)
    order by f.opportunity_id`.execute(db);
  const mine = rows.filter((row) => row.currency === currency);
  const dated = mine.filter((row) => row.created !== null && (row.standing === 'open' || row.closed !== null));
  return {
    otherCurrency: rows.length - mine.length,
    undated: mine.length - dated.length,
    deals: dated.map(({ id, created, closed, standing, amount, stage, stages }): ForecastDeal => {
      const made = dayOf(created ?? '');
      return {
        id,
        created: made,
        // A close date before the deal was made is a slip of the pen.
        closed: closed === null ? null : Math.max(made, dayOf(closed)),
        won: standing === 'won',
        amount: amount === null ? null : Number(amount),
        stage,
        stages: (stages ?? []).map((each) => ({ since: Math.floor(Date.parse(each.since) / DAY), stage: each.stage })),
      };
    }),
  };
}

function dayOf(date: string): number {
  return Math.floor(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / DAY);
}
