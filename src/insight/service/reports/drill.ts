/** The evidence behind the report `roi`: each deal with its lead, offer, ledger lines, and the credit of each touch under each model. */
import { sql } from 'kysely';
import type { Column, Row, Table } from '../../../model/report.ts';
import type { Queryable } from '../../../store/database.ts';
import type { Narrowing } from '../../reports/query.ts';
import { namesOf } from './names.ts';

/** The deals shown, those with the most booked first. */
const DEALS_SHOWN = 500;

const text = (key: string, title: string, about?: string): Column => ({
  key,
  title,
  type: 'text',
  ...(about ? { about } : {}),
});
const money = (key: string, title: string, about?: string): Column => ({
  key,
  title,
  type: 'money',
  ...(about ? { about } : {}),
});

const DEAL = [text('deal', 'Deal'), text('dealId', 'Deal id')];

/** Tables `deals`, `entries`, `touches` and `offers` of the deals that the report is made of. */
export async function drillDown(tx: Queryable, narrowing: Narrowing, models: readonly string[]): Promise<Table[]> {
  const deals = await dealsOf(tx, narrowing);
  const ids = deals.map(({ id }) => id);
  const names = await namesOf(tx, 'deal', ids);
  const dealOf = (id: string) => ({ deal: names.get(id) ?? `deal ${id}`, dealId: id });
  const partners = await namesOf(
    tx,
    'partner',
    deals.map(({ partner }) => partner),
  );
  return [
    {
      name: 'deals',
      title: deals.length < DEALS_SHOWN ? 'Deals' : `Deals, the largest ${DEALS_SHOWN}`,
      columns: [
        ...DEAL,
        text('partner', 'Partner', 'the partner that sourced the deal'),
        text('leadId', 'Lead', 'the lead that the deal came of'),
        text('why', 'Tied because', 'what ties the deal to its lead'),
        text('closed', 'Closed'),
        text('currency', 'Currency'),
        money('booked', 'Booked', 'what the ledger holds of the deal'),
      ],
      rows: deals.map(({ id, partner, lead, day, currency, minor, why }) => ({
        ...dealOf(id),
        partner: partner === '' ? null : (partners.get(partner) ?? `partner ${partner}`),
        leadId: lead === '' ? null : lead,
        why,
        closed: day,
        currency,
        booked: { minor: BigInt(minor), currency },
      })),
      totals: [],
    },
    await entriesOf(tx, ids, dealOf),
    await touchesOf(tx, ids, models, narrowing.campaign, dealOf),
    await offersOf(
      tx,
      deals.flatMap(({ lead }) => (lead === '' ? [] : [lead])),
    ),
  ];
}

interface DealRow {
  readonly id: string;
  readonly partner: string;
  readonly lead: string;
  readonly day: string | null;
  readonly currency: string;
  readonly minor: string;
  readonly why: string | null;
}

async function dealsOf(tx: Queryable, { from, to, partner, campaign, models }: Narrowing): Promise<DealRow[]> {
  const conditions = [
    sql`true`,
    ...(partner === null ? [] : [sql`partner = ${partner}`]),
    ...(from === null ? [] : [sql`day >= ${from}::date`]),
    ...(to === null ? [] : [sql`day <= ${to}::date`]),
  ];
  const where = sql.join(conditions, sql` and `);
  const credited = sql`opportunity_id in (select opportunity_id from fact_credits where ${where} and campaign = ${campaign}
    and (${models}::text[] is null or model = any(${models}::text[])))`;
  const { rows } = await sql<DealRow>`
    select d.id, d.partner, d.lead, case when isfinite(d.day) then d.day end as day, d.currency, d.minor::text, m.reason as why from (
      select opportunity_id as id, min(partner) as partner, min(lead_id) as lead, max(day) as day, currency, sum(amount) as minor
      from fact_revenue where ${where} and ${campaign === null ? sql`true` : credited}
      group by opportunity_id, currency order by sum(amount) desc, opportunity_id limit ${sql.lit(DEALS_SHOWN)}) d
    left join matches m on m.opportunity_id = d.id order by d.minor desc, d.id, d.currency`.execute(tx);
  return rows;
}

type DealOf = (id: string) => { readonly deal: string; readonly dealId: string };

async function entriesOf(tx: Queryable, ids: readonly string[], dealOf: DealOf): Promise<Table> {
  const { rows } = await sql<{
    id: string;
    deal: string;
    kind: string;
    at: string;
    closed: string | null;
    minor: string;
    currency: string;
    rate: string;
    rated: string;
    worth: string;
    reporting: string;
    reason: string;
  }>`select id, opportunity_id as deal, kind, at, close_date as closed, amount_minor as minor, currency, rate, rate_date as rated,
      reporting_minor as worth, reporting_currency as reporting, reason
    from entries where opportunity_id = any(${ids}::text[]) order by opportunity_id, ordinal`.execute(tx);
  return {
    name: 'entries',
    title: 'Ledger lines',
    columns: [
      ...DEAL,
      text('entry', 'Line'),
      text('kind', 'Kind'),
      text('at', 'Written'),
      text('closed', 'Closed'),
      text('currency', 'Currency'),
      money('amount', 'Amount', 'in the currency of the deal'),
      text('rate', 'Rate', 'units of the reporting currency for one of the deal’s'),
      text('rateDate', 'Rate of'),
      text('reportingCurrency', 'Reporting currency'),
      money('worth', 'Worth', 'the amount at that rate'),
      text('reason', 'Reason'),
    ],
    rows: rows.map(({ id, deal, kind, at, closed, minor, currency, rate, rated, worth, reporting, reason }) => ({
      ...dealOf(deal),
      entry: id,
      kind,
      at,
      closed,
      currency,
      amount: { minor: BigInt(minor), currency },
      rate,
      rateDate: rated,
      reportingCurrency: reporting,
      worth: { minor: BigInt(worth), currency: reporting },
      reason,
    })),
    totals: [],
  };
}

async function touchesOf(
  tx: Queryable,
  ids: readonly string[],
  models: readonly string[],
  campaign: string | null,
  dealOf: DealOf,
): Promise<Table> {
  const { rows } = await sql<{
    deal: string;
    model: string;
    touch: string;
    campaign: string;
    at: string | null;
    kind: string | null;
    funded: string | null;
    minor: string;
    currency: string;
  }>`select c.opportunity_id as deal, c.model, c.touch_id as touch, c.campaign_id as campaign, t.at,
      coalesce(t.kind, 'partner-' || nullif(split_part(c.touch_id, ' ', 2), '')) as kind,
      (select min(r.title) from fund_requests r where r.campaign_id = c.campaign_id and r.status in ('approved', 'claimed', 'paid')) as funded,
      sum(c.reporting_minor)::text as minor, e.reporting_currency as currency
    from credits c join entries e on e.id = c.entry_id left join touches t on t.id = c.touch_id
    where c.opportunity_id = any(${ids}::text[]) and c.model = any(${models}::text[]) and (${campaign}::text is null or c.campaign_id = ${campaign})
    group by c.opportunity_id, c.model, c.touch_id, c.campaign_id, t.at, t.kind, e.reporting_currency
    order by c.opportunity_id, array_position(${models}::text[], c.model), t.at, c.touch_id`.execute(tx);
  const names = await namesOf(
    tx,
    'campaign',
    rows.map((row) => row.campaign),
  );
  return {
    name: 'touches',
    title: 'Credit of each touch',
    columns: [
      ...DEAL,
      text('model', 'Model'),
      text('at', 'Touched'),
      text('campaign', 'Campaign'),
      text('kind', 'Kind'),
      text('funded', 'Funded by'),
      text('touch', 'Touch'),
      text('currency', 'Currency'),
      money('credited', 'Credited', 'the share of all ledger lines of the deal that this touch gets'),
    ],
    rows: rows.map(
      ({ deal, model, touch, campaign: id, at, kind, funded, minor, currency }): Row => ({
        ...dealOf(deal),
        model,
        at,
        campaign: names.get(id) ?? `campaign ${id}`,
        kind,
        funded,
        touch,
        currency,
        credited: { minor: BigInt(minor), currency },
      }),
    ),
    totals: [],
  };
}

async function offersOf(tx: Queryable, leads: readonly string[]): Promise<Table> {
  const { rows } = await sql<{
    id: string;
    lead: string;
    partner: string;
    status: string;
    offered: string;
    closed: string | null;
    reason: string | null;
  }>`select id, lead_id as lead, partner_id as partner, status, offered_at as offered, closed_at as closed, response_reason as reason
    from offers where lead_id = any(${leads}::text[]) order by lead_id, round`.execute(tx);
  const names = await namesOf(
    tx,
    'partner',
    rows.map(({ partner }) => partner),
  );
  return {
    name: 'offers',
    title: 'Offers of the leads behind',
    columns: [
      text('leadId', 'Lead'),
      text('offer', 'Offer'),
      text('partner', 'Partner'),
      text('status', 'Status'),
      text('offered', 'Offered'),
      text('closed', 'Answered or ended'),
      text('reason', 'Reason'),
    ],
    rows: rows.map(({ id, lead, partner, status, offered, closed, reason }) => ({
      leadId: lead,
      offer: id,
      partner: names.get(partner) ?? `partner ${partner}`,
      status,
      offered,
      closed,
      reason,
    })),
    totals: [],
  };
}
