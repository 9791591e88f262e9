/** What funds must know of revenue, as plain facts from the store. */
import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import type { CampaignCost, CampaignCredit, PartnerDeal, Worth } from '../roi.ts';

/**
 * The deals that partners sourced, with the revenue that stands of each now. A deal counts on the day it was
 * won when it was first booked: what becomes of it later changes its revenue, not its day.
 */
export async function partnerDeals(tx: Queryable): Promise<PartnerDeal[]> {
  const { rows } = await sql<{ id: string; partner: string; wonOn: string } & WorthRow>`
    select e.opportunity_id as id, p.partner_id as partner, e.currency, sum(e.amount_minor)::text as minor,
      e.reporting_currency as "reportingCurrency", sum(e.reporting_minor)::text as "reportingMinor",
      (select coalesce(f.close_date, to_char(f.at at time zone 'UTC', 'YYYY-MM-DD')) from entries f
        where f.opportunity_id = e.opportunity_id order by f.ordinal limit 1) as "wonOn"
    from entries e join deal_partners p on p.opportunity_id = e.opportunity_id and p.role = 'sourced'
    group by e.opportunity_id, p.partner_id, e.currency, e.reporting_currency having sum(e.amount_minor) <> 0
    order by e.opportunity_id, e.currency`.execute(tx);
  return rows.map(({ id, partner, wonOn, ...row }) => ({ id, partnerId: partner, wonOn, ...worthOf(row) }));
}

interface WorthRow {
  readonly currency: string;
  readonly minor: string;
  readonly reportingCurrency: string;
  readonly reportingMinor: string;
}

function worthOf({ currency, minor, reportingCurrency, reportingMinor }: WorthRow): Worth {
  return {
    currency,
    revenue: BigInt(minor),
    reporting: { minor: BigInt(reportingMinor), currency: reportingCurrency },
  };
}

/** What the ledger credits to the campaigns that funds pay for, under one model. */
export async function campaignCredits(tx: Queryable, model: string): Promise<CampaignCredit[]> {
  const { rows } = await sql<{ campaign: string; deals: number } & WorthRow>`
    select c.campaign_id as campaign, c.currency, sum(c.amount_minor)::text as minor,
      e.reporting_currency as "reportingCurrency",
      sum(c.reporting_minor)::text as "reportingMinor",
      count(distinct c.opportunity_id)::int as deals
    from credits c join entries e on e.id = c.entry_id
    where c.model = ${model} and c.campaign_id in (select campaign_id from fund_requests where campaign_id is not null)
    group by c.campaign_id, c.currency, e.reporting_currency having sum(c.amount_minor) <> 0 order by 1, 2`.execute(tx);
  return rows.map(({ campaign, deals, ...row }) => ({ campaignId: campaign, deals, ...worthOf(row) }));
}

/** What the campaigns that funds pay for have cost as a whole. */
export async function campaignCosts(tx: Queryable): Promise<CampaignCost[]> {
  const { rows } = await sql<{ campaign: string; currency: string; minor: string }>`
    select id as campaign, currency, cost_minor::text as minor from campaigns
    where cost_minor is not null and id in (select campaign_id from fund_requests where campaign_id is not null)`.execute(
    tx,
  );
  return rows.map(({ campaign, currency, minor }) => ({ campaignId: campaign, currency, cost: BigInt(minor) }));
}
