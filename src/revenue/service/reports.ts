/** Revenue in all, for the summary of a run. */
import { sql } from 'kysely';
import type { Money } from '../../model/money.ts';
import type { Model } from '../../model/revenue.ts';
import type { Queryable } from '../../store/database.ts';
import { roiOf } from '../roi.ts';

/** Revenue in all, for the summary of a run; only what is in the reporting currency. */
export interface RevenueTotals {
  readonly currency: string;
  /** The sum of the ledger. */
  readonly booked: Money;
  /** What of it came of deals that are tied to a lead. */
  readonly matched: Money;
  /** `credited` + `unattributed` = `booked` under each model. */
  readonly models: Readonly<Record<Model, { readonly credited: Money; readonly unattributed: Money }>>;
  /** The cost of all campaigns. */
  readonly spend: Money;
  /** (credited - spend) / spend with four decimals; null where nothing was spent. */
  readonly roi: Readonly<Record<Model, string | null>>;
}

/** Sums up the ledger, its credits and the campaign costs, in one statement so that they are of one moment. */
export async function revenueTotals(db: Queryable, currency: string, models: readonly Model[]): Promise<RevenueTotals> {
  const found = await sql<{ booked: string; matched: string; spend: string; credited: Record<string, string> }>`
    select
      (select coalesce(sum(amount_minor), 0)::text from entries where currency = ${currency}) as booked,
      (select coalesce(sum(e.amount_minor), 0)::text from entries e join matches m on m.opportunity_id = e.opportunity_id
        where e.currency = ${currency} and m.lead_id is not null) as matched,
      (select coalesce(sum(cost_minor), 0)::text from campaigns where currency = ${currency}) as spend,
      (select coalesce(jsonb_object_agg(model, minor), '{}') from (select model, sum(amount_minor)::text as minor
        from credits where currency = ${currency} group by model) c) as credited`.execute(db);
  const row = found.rows[0];
  if (row === undefined) throw new Error('the store gave no totals');
  const money = (minor: string | bigint): Money => ({ minor: BigInt(minor), currency });
  const booked = money(row.booked);
  const spend = money(row.spend);
  const credited = (model: Model) => money(row.credited[model] ?? '0');
  return {
    currency,
    booked,
    matched: money(row.matched),
    models: Object.fromEntries(
      models.map((model) => [
        model,
        { credited: credited(model), unattributed: money(booked.minor - credited(model).minor) },
      ]),
    ),
    spend,
    roi: Object.fromEntries(models.map((model) => [model, roiOf(credited(model), spend)])),
  };
}
