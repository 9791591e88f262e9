/** How facts are made of the store: one query a table, for some ids or for all. Each sees the facts that stand before it. */
import { type RawBuilder, sql } from 'kysely';
import { exponentOf, ODD_EXPONENTS } from '../../../model/money.ts';
import type { FactName } from '../../reports/facts.ts';

/** The ids to make facts of; null: of everything. */
export type Scope = readonly string[] | null;

const within = (column: string, ids: Scope): RawBuilder<unknown> =>
  ids === null ? sql`true` : sql`${sql.ref(column)} = any(${ids}::text[])`;

/** A fact of a person, '' where it is not known. */
const personFact = (name: string): RawBuilder<unknown> => sql`coalesce(btrim(p.facts->>${sql.lit(name)}), '')`;

/** The bands of the diagnosis of feedback. */
const SIZE = sql`case when p.facts->>'employees' is null then ''
  when (p.facts->>'employees')::numeric < 10 then '1-9' when (p.facts->>'employees')::numeric < 50 then '10-49'
  when (p.facts->>'employees')::numeric < 250 then '50-249' when (p.facts->>'employees')::numeric < 1000 then '250-999'
  when (p.facts->>'employees')::numeric < 5000 then '1000-4999' else '5000 and more' end`;

/** The first touch of each lead and campaign: a calendar date comes after the instants of its day. */
function touched(ids: Scope): RawBuilder<unknown> {
  return sql`select distinct on (l.id, c.campaign_id) l.id as lead_id, c.campaign_id as campaign, t.at, t.id as touch
    from leads l join links k on k.entity = 'person' and k.entity_id = l.person_id
      join touches t on t.connection = k.connection and t.subject_object = k.object and t.subject_id = k.record_id
      join campaign_records c on c.connection = t.connection and c.object = t.campaign_object and c.record_id = t.campaign_record
    where ${within('l.id', ids)}
    order by l.id, c.campaign_id, left(t.at, 10), length(t.at) = 10, t.at, t.id`;
}

function leads(ids: Scope): RawBuilder<unknown> {
  return sql`with touched as (${touched(ids)}),
    first as (select distinct on (lead_id) lead_id, campaign from touched
      order by lead_id, left(at, 10), length(at) = 10, at, touch),
    asked as (select lead_id, (array_agg(partner_id order by round desc) filter (where status = 'Accepted'))[1] as partner
      from offers where ${within('lead_id', ids)} group by lead_id),
    qualified as (select distinct entity_id as lead_id from events
      where type = 'lead.state' and data->>'to' = 'Qualified' and ${within('entity_id', ids)})
    select l.id as lead_id, (l.released_at at time zone 'UTC')::date as day, ${personFact('source')} as source,
      coalesce(f.campaign, '') as campaign, coalesce(a.partner, '') as partner, l.state, coalesce(l.grade, '') as grade,
      ${personFact('country')} as country, ${personFact('industry')} as industry, ${SIZE} as size, ${personFact('product')} as product,
      1 as leads, (a.lead_id is not null)::int as offered, (a.partner is not null)::int as accepted,
      (q.lead_id is not null or l.state = 'Won')::int as qualified, (l.state = 'Won')::int as won,
      (l.state = 'Lost')::int as lost, (l.state = 'No decision')::int as undecided
    from leads l left join people p on p.id = l.person_id left join first f on f.lead_id = l.id
      left join asked a on a.lead_id = l.id left join qualified q on q.lead_id = l.id
    where ${within('l.id', ids)}`;
}

function offers(ids: Scope): RawBuilder<unknown> {
  const is = (status: string) => sql`(o.status = ${sql.lit(status)})::int`;
  const answered = sql`o.status in ('Accepted', 'Rejected')`;
  return sql`with missed as (select offer_id, bool_or(deadline = 'accept') as accept, bool_or(deadline = 'first-touch') as touch,
      count(*) filter (where deadline in ('report-back', 'refresh')) as reports
      from timers where kind = 'miss' and fired_at is not null and ${within('offer_id', ids)} group by offer_id),
    marked as (select distinct offer_id from offer_marks where kind in ('touch', 'report') and ${within('offer_id', ids)})
    select o.id as offer_id, o.lead_id, (o.offered_at at time zone 'UTC')::date as day, o.partner_id as partner,
      coalesce(f.source, '') as source, coalesce(f.campaign, '') as campaign, coalesce(f.country, '') as country,
      coalesce(f.industry, '') as industry, coalesce(f.product, '') as product, coalesce(f.grade, '') as grade, o.status,
      case when o.status = 'Rejected' then coalesce(nullif(btrim(o.response_reason), ''), 'no reason given') else '' end as reason,
      1 as offers, ${is('Accepted')} as accepted, ${is('Rejected')} as rejected, ${is('Expired')} as expired,
      ${is('Recalled')} as recalled, ${is('Open')} as open, (${answered})::int as answered,
      case when ${answered} and o.closed_at is not null
        then greatest(0, extract(epoch from o.closed_at - o.offered_at))::bigint else 0 end as answer_seconds,
      (${answered} and not coalesce(m.accept, false))::int as accept_kept,
      (o.status = 'Expired' or coalesce(m.accept, false))::int as accept_missed,
      (k.offer_id is not null and not coalesce(m.touch, false))::int as touch_kept, coalesce(m.touch, false)::int as touch_missed,
      coalesce(m.reports, 0) as report_missed
    from offers o left join fact_leads f on f.lead_id = o.lead_id left join missed m on m.offer_id = o.id
      left join marked k on k.offer_id = o.id
    where ${within('o.id', ids)}`;
}

/** A decimal text as minor units of a currency; 0 where it is no number. */
function minorOf(amount: RawBuilder<unknown>, currency: RawBuilder<unknown>): RawBuilder<unknown> {
  const odd = ODD_EXPONENTS.map(([code, digits]) => sql`when ${sql.lit(code)} then ${sql.lit(10 ** digits)}`);
  const usual = sql.lit(10 ** exponentOf('USD'));
  return sql`case when ${amount} ~ '^[+-]?[0-9]{1,15}([.][0-9]{1,20})?$'
    then round((${amount})::numeric * case ${currency} ${sql.join(odd, sql` `)} else ${usual} end)::bigint else 0 end`;
}

/** What a deal takes over of the lead that it came of; its partner is the one that sourced it. */
const OF_LEAD = sql`coalesce(b.partner_id, '') as partner, coalesce(f.source, '') as source, coalesce(f.campaign, '') as campaign,
  coalesce(f.country, '') as country, coalesce(f.industry, '') as industry, coalesce(f.product, '') as product`;

const SOURCED = sql`left join deal_partners b on b.opportunity_id = m.opportunity_id and b.role = 'sourced'`;

const dayOf = (date: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`case when ${date} ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then (${date})::date else 'infinity' end`;

function deals(ids: Scope): RawBuilder<unknown> {
  return sql`select o.id as opportunity_id, coalesce(m.lead_id, '') as lead_id, ${dayOf(sql`(o.facts->>'closeDate')`)} as day,
      case when (o.facts->>'isWon')::boolean and (o.facts->>'isClosed')::boolean then 'won'
        when (o.facts->>'isClosed')::boolean then 'lost' else 'open' end as standing,
      coalesce(o.facts->>'stage', '') as stage, o.facts->>'currency' as currency, ${OF_LEAD}, coalesce(m.how, '') as how,
      1 as deals, ${minorOf(sql`(o.facts->>'amount')`, sql`(o.facts->>'currency')`)} as amount
    from opportunities o left join matches m on m.opportunity_id = o.id left join fact_leads f on f.lead_id = m.lead_id ${SOURCED}
    where ${within('o.id', ids)} and not coalesce((o.facts->>'deleted')::boolean, false)
      and not exists (select from deal_twins w where w.opportunity_id = o.id)`;
}

/** The day that a ledger line counts for: the close of the deal that it books or corrects. */
const ENTRY_DAY = sql`case when e.close_date is null then (e.at at time zone 'UTC')::date else ${dayOf(sql`e.close_date`)} end`;

/** How much more of a running sum stands than before: 1 where it leaves zero, -1 where it comes back to it. */
const stands = (after: RawBuilder<unknown>, change: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`((${after}) <> 0)::int - ((${after}) - (${change}) <> 0)::int`;

/** The amount of a line where its lead ever got so far. */
const ofThose = (step: string): RawBuilder<unknown> =>
  sql`e.reporting_minor * coalesce(f.${sql.raw(step)}, 0) as ${sql.raw(step)}`;

function revenue(ids: Scope): RawBuilder<unknown> {
  return sql`with lines as (select e.*, sum(e.reporting_minor) over (partition by e.opportunity_id, e.reporting_currency order by e.ordinal) as after
      from entries e where ${within('e.opportunity_id', ids)})
    select e.opportunity_id, e.id as entry_id, coalesce(m.lead_id, '') as lead_id, ${ENTRY_DAY} as day, e.reporting_currency as currency, e.kind,
      ${OF_LEAD}, coalesce(m.how, '') as how, e.reporting_minor as amount, ${stands(sql`e.after`, sql`e.reporting_minor`)} as deals,
      case when m.lead_id is null then 0 else e.reporting_minor end as matched,
      ${ofThose('offered')}, ${ofThose('accepted')}, ${ofThose('qualified')}, ${ofThose('won')}
    from lines e left join matches m on m.opportunity_id = e.opportunity_id left join fact_leads f on f.lead_id = m.lead_id ${SOURCED}`;
}

/** A deal counts once for each campaign, and once for all of them: it stands on the first campaign of the line. */
function credits(ids: Scope): RawBuilder<unknown> {
  return sql`with shares as (select c.opportunity_id, c.entry_id, c.model, e.reporting_currency as currency, c.campaign_id, c.reporting_minor as minor,
        e.ordinal, ${ENTRY_DAY} as day, sum(c.reporting_minor) over (
          partition by c.opportunity_id, c.model, e.reporting_currency, c.campaign_id, c.touch_id order by e.ordinal) as after
      from credits c join entries e on e.id = c.entry_id where ${within('c.opportunity_id', ids)}),
    parts as (select opportunity_id, entry_id, ordinal, day, model, currency, campaign_id, sum(minor) as amount,
        sum(${stands(sql`after`, sql`minor`)}) as touches
      from shares group by opportunity_id, entry_id, ordinal, day, model, currency, campaign_id),
    running as (select p.*, sum(amount) over campaign as after,
        sum(amount) over line as of_line, row_number() over line_order as place,
        sum(amount) over (partition by opportunity_id, model, currency order by ordinal) as of_deal
      from parts p window campaign as (partition by opportunity_id, model, currency, campaign_id order by ordinal),
        line as (partition by opportunity_id, model, currency, ordinal),
        line_order as (partition by opportunity_id, model, currency, ordinal order by campaign_id))
    select c.opportunity_id, c.entry_id, coalesce(m.lead_id, '') as lead_id, c.day, c.model, c.currency, c.campaign_id as campaign,
      coalesce(b.partner_id, '') as partner, coalesce(f.source, '') as source, coalesce(f.country, '') as country,
      coalesce(f.product, '') as product, c.amount,
      case when c.place = 1 then ${stands(sql`c.of_deal`, sql`c.of_line`)} else 0 end as deals,
      ${stands(sql`c.after`, sql`c.amount`)} as campaign_deals, c.touches
    from running c left join matches m on m.opportunity_id = c.opportunity_id left join fact_leads f on f.lead_id = m.lead_id ${SOURCED}`;
}

/** Each ledger line once for every partner that had a part in its deal. */
function parts(ids: Scope): RawBuilder<unknown> {
  return sql`with lines as (select e.*, sum(e.reporting_minor) over (partition by e.opportunity_id, e.reporting_currency order by e.ordinal) as after
      from entries e where ${within('e.opportunity_id', ids)})
    select e.opportunity_id, e.id as entry_id, coalesce(m.lead_id, '') as lead_id, ${ENTRY_DAY} as day, e.reporting_currency as currency, p.role,
      p.partner_id as partner, p.how, e.reporting_minor as amount, ${stands(sql`e.after`, sql`e.reporting_minor`)} as deals
    from lines e join deal_partners p on p.opportunity_id = e.opportunity_id left join matches m on m.opportunity_id = e.opportunity_id`;
}

/** Who answered a campaign bears a share of its cost, from the day of the first answer on. */
function responses(ids: Scope): RawBuilder<unknown> {
  return sql`select t.lead_id, ${dayOf(sql`left(t.at, 10)`)} as day, t.campaign, f.partner, f.source, 1 as responses
    from (${touched(ids)}) t join fact_leads f on f.lead_id = t.lead_id`;
}

/** The query of each table of facts; its columns go by name. */
export const FACT_SQL: Readonly<Record<FactName, (ids: Scope) => RawBuilder<unknown>>> = {
  leads,
  offers,
  deals,
  revenue,
  credits,
  parts,
  responses,
};
