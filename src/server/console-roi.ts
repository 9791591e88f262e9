import { sql } from 'kysely';
import { decimalOf, type Money } from '../model/money.ts';
import type { Model } from '../model/revenue.ts';
import { roiOf } from '../revenue/roi.ts';
import type { Queryable } from '../store/database.ts';
import type { CampaignRoi, ModelView, RoiView } from './api.ts';

/**
 * ROI by campaign in the reporting currency, summed by the database: the same figures as the report `roi`, without
 * reading every touch. A cost stated in another currency is none in this one.
 */
export async function roiView(tx: Queryable, currency: string, models: readonly ModelView[]): Promise<RoiView> {
  const perModel = <T>(of: (model: Model) => T): Record<Model, T> =>
    Object.fromEntries(models.map(({ name }) => [name, of(name)]));
  const money = (minor: string | null | undefined): Money => ({ minor: BigInt(minor ?? 0), currency });
  const campaigns = await sql<{
    id: string;
    name: string | null;
    cost: string | null;
    credited: Record<string, string>;
  }>`
    with given as (select campaign_id as id, jsonb_object_agg(model, minor) as credited
      from (select campaign_id, model, sum(amount_minor)::text as minor from credits
        where currency = ${currency} group by campaign_id, model) c group by campaign_id)
    select id, coalesce(c.name, 'work of ' || (p.facts->>'name')) as name, case when c.currency = ${currency} then c.cost_minor::text end as cost, coalesce(g.credited, '{}') as credited
    from campaigns c full join given g using (id) left join partners p using (id) order by c.name collate "C", id`.execute(
    tx,
  );
  const booked = await sql<{ minor: string }>`
    select coalesce(sum(amount_minor), 0)::text as minor from entries where currency = ${currency}`.execute(tx);
  const inLedger = money(booked.rows[0]?.minor);
  const rows = campaigns.rows.map((row) => ({
    id: row.id,
    name: row.name ?? `campaign ${row.id}`,
    cost: row.cost === null ? null : money(row.cost),
    credited: (model: Model) => money(row.credited[model]),
  }));
  const cost = total(
    rows.flatMap((row) => row.cost ?? []),
    currency,
  );
  return {
    currency,
    models,
    campaigns: rows.map(
      (row): CampaignRoi => ({
        id: row.id,
        name: row.name,
        cost: row.cost === null ? null : decimalOf(row.cost),
        byModel: perModel((model) => ({
          credited: decimalOf(row.credited(model)),
          roi: roiOf(row.credited(model), row.cost),
        })),
      }),
    ),
    totals: {
      cost: decimalOf(cost),
      byModel: perModel((model) => {
        const credited = total(
          rows.map((row) => row.credited(model)),
          currency,
        );
        const unattributed = { minor: inLedger.minor - credited.minor, currency };
        return { credited: decimalOf(credited), unattributed: decimalOf(unattributed), roi: roiOf(credited, cost) };
      }),
    },
    booked: decimalOf(inLedger),
  };
}

function total(amounts: readonly Money[], currency: string): Money {
  return { minor: amounts.reduce((sum, amount) => sum + amount.minor, 0n), currency };
}
