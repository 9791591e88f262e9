/** Counts what partners did in a period, all of one moment of the store, and has it judged. */
import { type RawBuilder, sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import type { Money } from '../../model/money.ts';
import { partnerFacts } from '../../model/partner.ts';
import { normalQuantile } from '../../model/statistics.ts';
import type { Queryable } from '../../store/database.ts';
import { snapshot } from '../../store/snapshot.ts';
import { EXACT_RANKS, medianRanks } from '../median.ts';
import type { Counted, PartnerCounts, ScoredPartner, Speed } from '../partner-counts.ts';
import type { Period } from '../period.ts';
import { type Scorecards, scorecards } from '../scorecard.ts';
import type { ScorecardRules } from '../scorecard-config.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** What is drawn for the intervals of ranks: the same for the same figures. */
const SEED = 20_260_101;
/** The reasons of rejections that a card names. */
const REASONS = 5;

export interface ScorecardAsk {
  readonly period: Period;
  /** The reporting currency. */
  readonly currency: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The scorecards of all partners that are active or were offered leads in the period. */
export async function loadScorecards(db: Queryable, rules: ScorecardRules, ask: ScorecardAsk): Promise<Scorecards> {
  const counted = await snapshot(db, (tx) => loadCounts(tx, rules, ask));
  return scorecards(counted, rules, { period: ask.period, currency: ask.currency, seed: SEED });
}

async function loadCounts(tx: Queryable, rules: ScorecardRules, ask: ScorecardAsk): Promise<Counted[]> {
  const partners = await loadPartners(tx);
  const counts = await countOffers(tx, ask);
  const booked = await bookedInPeriod(tx, ask);
  const reasons = await rejectReasons(tx, ask.period);
  const toAccept = await speeds(tx, rules.confidence, answerTimes(ask.period));
  const toTouch = await speeds(tx, rules.confidence, touchTimes(ask.period));
  const open = await openLeads(tx, iso(ask.now - rules.freshDays * DAY));
  const zero: Money = { minor: 0n, currency: ask.currency };
  return partners.flatMap(({ partner, active }): Counted[] => {
    const row = counts.get(partner.id);
    if (row === undefined && !active) return [];
    return [
      {
        partner,
        counts: {
          ...(row ?? noCounts(ask.currency)),
          bookedInPeriod: booked.get(partner.id) ?? zero,
          rejectReasons: reasons.get(partner.id) ?? [],
          toAccept: toAccept.get(partner.id) ?? null,
          toTouch: toTouch.get(partner.id) ?? null,
          open: open.get(partner.id) ?? { leads: 0, stale: 0, lastWordAt: null },
        },
      },
    ];
  });
}

async function loadPartners(tx: Queryable): Promise<{ partner: ScoredPartner; active: boolean }[]> {
  const rows = await tx.selectFrom('partners').select(['id', 'facts', 'active']).orderBy('id').execute();
  return rows.map(({ id, facts, active }) => {
    const { name, status, tier, category } = partnerFacts(facts as object);
    return { partner: { id, name, status, tier, category }, active: active && status === 'Active' };
  });
}

type OfferCounts = Omit<PartnerCounts, 'bookedInPeriod' | 'rejectReasons' | 'toAccept' | 'toTouch' | 'open'>;

function noCounts(currency: string): OfferCounts {
  const none = { hits: 0, of: 0 };
  return {
    offered: 0,
    waiting: 0,
    accepted: 0,
    rejected: 0,
    expired: 0,
    recalled: 0,
    touchedInTime: none,
    reportedInTime: none,
    converted: none,
    won: 0,
    lost: 0,
    noDecision: 0,
    revenue: { minor: 0n, currency },
    perEnded: { leads: 0, sum: 0, squares: 0 },
    otherCurrency: 0,
    held: 0,
  };
}

/** The offers made within the period. */
function offersOf({ from, to }: Period): RawBuilder<unknown> {
  return sql`select * from offers where offered_at >= ${from}::timestamptz and offered_at < ${to}::timestamptz`;
}

/**
 * Offers by partner with what came of them since. A deadline counts as met where the deed is there and the timer of its end has
 * not fired, as missed where it has; one that was left alone because no record could have told of the deed counts as neither.
 */
async function countOffers(tx: Queryable, { period, currency }: ScorecardAsk): Promise<Map<string, OfferCounts>> {
  const { rows } = await sql<{
    partner: string;
    offered: number;
    waiting: number;
    accepted: number;
    rejected: number;
    expired: number;
    recalled: number;
    touched: number;
    untouched: number;
    reported: number;
    unreported: number;
    converted: number;
    came: number;
    won: number;
    lost: number;
    undecided: number;
    minor: string;
    sum: number;
    squares: number;
    other: number;
    held: number;
  }>`
    with made as (${offersOf(period)}),
    deeds as (
      select m.offer_id, bool_or(m.kind = 'report') as reported from offer_marks m join made o on o.id = m.offer_id
      where m.kind in ('touch', 'report') group by m.offer_id),
    missed as (
      select t.offer_id, bool_or(t.deadline = 'first-touch') as touch, bool_or(t.deadline = 'report-back') as report
      from timers t join made o on o.id = t.offer_id
      where t.kind = 'miss' and t.fired_at is not null and t.outcome in ('done', 'late')
        and t.deadline in ('first-touch', 'report-back')
      group by t.offer_id),
    booked as (
      select m.lead_id, (sum(e.reporting_minor) filter (where e.reporting_currency = ${currency})) as minor,
        count(*) filter (where e.reporting_currency <> ${currency}) as other
      from entries e join matches m on m.opportunity_id = e.opportunity_id where m.lead_id is not null group by m.lead_id),
    held as (
      select m.lead_id, count(*) as deals from held_revenue h join matches m on m.opportunity_id = h.opportunity_id
      where m.lead_id is not null group by m.lead_id),
    qualified as (
      select entity_id, max(at) as at from events
      where type = 'lead.state' and data->>'to' = 'Qualified' group by entity_id),
    told as (
      select o.partner_id, o.status, o.response, o.terms is not null as timed,
        d.offer_id is not null as touched, coalesce(d.reported, false) as reported,
        coalesce(x.touch, false) as untouched, coalesce(x.report, false) as unreported,
        o.response = 'Accepted' and o.status <> 'Accepted' as taken_back,
        case when o.status = 'Accepted' then l.state end as state,
        o.status = 'Accepted' and (l.state in ('Qualified', 'Won') or q.at >= o.closed_at) as converted,
        b.minor, coalesce(b.other, 0) as other, coalesce(h.deals, 0) as held
      from made o left join leads l on l.id = o.lead_id
      left join deeds d on d.offer_id = o.id left join missed x on x.offer_id = o.id
      left join booked b on b.lead_id = o.lead_id and o.status = 'Accepted'
      left join held h on h.lead_id = o.lead_id and o.status = 'Accepted'
      left join qualified q on q.entity_id = o.lead_id)
    select partner_id as partner, count(*)::int as offered,
      (count(*) filter (where status = 'Open'))::int as waiting,
      (count(*) filter (where response = 'Accepted'))::int as accepted,
      (count(*) filter (where response = 'Rejected'))::int as rejected,
      (count(*) filter (where status = 'Expired'))::int as expired,
      (count(*) filter (where status = 'Recalled' and response is null))::int as recalled,
      (count(*) filter (where response = 'Accepted' and timed and touched and not untouched))::int as touched,
      (count(*) filter (where response = 'Accepted' and untouched))::int as untouched,
      (count(*) filter (where response = 'Accepted' and timed and reported and not unreported))::int as reported,
      (count(*) filter (where response = 'Accepted' and unreported))::int as unreported,
      (count(*) filter (where converted))::int as converted,
      (count(*) filter (where converted or taken_back or state in ('Lost', 'No decision', 'Nurture')))::int as came,
      (count(*) filter (where state = 'Won'))::int as won,
      (count(*) filter (where state = 'Lost'))::int as lost,
      (count(*) filter (where state = 'No decision'))::int as undecided,
      coalesce(sum(minor), 0)::text as minor,
      coalesce(sum(minor) filter (where state in ('Won', 'Lost', 'No decision')), 0)::float8 as sum,
      coalesce(sum(minor::float8 * minor::float8) filter (where state in ('Won', 'Lost', 'No decision')), 0) as squares,
      coalesce(sum(other), 0)::int as other, coalesce(sum(held), 0)::int as held
    from told group by partner_id`.execute(tx);
  return new Map(
    rows.map((row): [string, OfferCounts] => [
      row.partner,
      {
        offered: row.offered,
        waiting: row.waiting,
        accepted: row.accepted,
        rejected: row.rejected,
        expired: row.expired,
        recalled: row.recalled,
        touchedInTime: { hits: row.touched, of: row.touched + row.untouched },
        reportedInTime: { hits: row.reported, of: row.reported + row.unreported },
        converted: { hits: row.converted, of: row.came },
        won: row.won,
        lost: row.lost,
        noDecision: row.undecided,
        revenue: { minor: BigInt(row.minor), currency },
        perEnded: { leads: row.won + row.lost + row.undecided, sum: row.sum, squares: row.squares },
        otherCurrency: row.other,
        held: row.held,
      },
    ]),
  );
}

/**
 * What the ledger holds of the period for deals that a partner sourced: at most one partner a deal, so that partners add up. Whole
 * months are those in which entries count; other periods go by the day on which the deal was closed.
 */
async function bookedInPeriod(tx: Queryable, { period, currency }: ScorecardAsk): Promise<Map<string, Money>> {
  const { from, to } = period;
  const within = [from, to].every((at) => at.endsWith('-01T00:00:00.000Z'))
    ? sql`e.period >= ${from.slice(0, 7)} and e.period < ${to.slice(0, 7)}`
    : sql`coalesce(e.close_date, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD')) between ${from.slice(0, 10)} and ${lastDay(to)}`;
  const { rows } = await sql<{ partner: string; minor: string }>`
    select d.partner_id as partner, sum(e.reporting_minor)::text as minor
    from entries e join deal_partners d on d.opportunity_id = e.opportunity_id and d.role = 'sourced'
    where e.reporting_currency = ${currency} and ${within}
    group by d.partner_id`.execute(tx);
  return new Map(rows.map(({ partner, minor }) => [partner, { minor: BigInt(minor), currency }]));
}

/** The day of the last instant before `to`. */
function lastDay(to: string): string {
  return iso(Date.parse(to) - 1).slice(0, 10);
}

async function rejectReasons(tx: Queryable, period: Period): Promise<Map<string, PartnerCounts['rejectReasons']>> {
  const { rows } = await sql<{ partner: string; reason: string; offers: number }>`
    with counted as (
      select partner_id, coalesce(nullif(trim(response_reason), ''), 'no reason given') as reason, count(*)::int as offers
      from (${offersOf(period)}) o where response = 'Rejected' group by 1, 2),
    placed as (
      select *, row_number() over (partition by partner_id order by offers desc, reason) as place from counted)
    select partner_id as partner, reason, offers from placed where place <= ${REASONS}
    order by partner_id, place`.execute(tx);
  const byPartner = Map.groupBy(rows, ({ partner }) => partner);
  return new Map([...byPartner].map(([id, mine]) => [id, mine.map(({ reason, offers }) => ({ reason, offers }))]));
}

/** Partner and milliseconds of every answer that a partner gave. */
function answerTimes(period: Period): RawBuilder<unknown> {
  return sql`select partner_id as partner, (extract(epoch from closed_at - offered_at) * 1000)::float8 as ms
    from (${offersOf(period)}) o where status in ('Accepted', 'Rejected') and closed_at is not null`;
}

/** From the acceptance to the first sign of work. */
function touchTimes(period: Period): RawBuilder<unknown> {
  return sql`select o.partner_id as partner, (extract(epoch from min(m.at) - o.closed_at) * 1000)::float8 as ms
    from (${offersOf(period)}) o join offer_marks m on m.offer_id = o.id
    where o.status = 'Accepted' and m.kind in ('touch', 'report') and m.at >= o.closed_at
    group by o.partner_id, o.id, o.closed_at`;
}

/**
 * The median of each partner's times with its interval: by ranks, in one pass, so that only the values asked for leave the store. The
 * ranks of many times are reckoned there by the formula of median.ts.
 */
async function speeds(tx: Queryable, confidence: number, times: RawBuilder<unknown>): Promise<Map<string, Speed>> {
  const few = Array.from({ length: EXACT_RANKS }, (_, n) => {
    const { middle, ends } = medianRanks(n + 1, confidence);
    return { of: n + 1, middle, low: ends?.[0] ?? null, high: ends?.[1] ?? null };
  });
  const z = -normalQuantile((1 - confidence) / 2);
  const { rows } = await sql<{ partner: string; of: number; middle: number; low: number | null; high: number | null }>`
    with t as materialized (${times}),
    counts as (select partner, count(*) as of from t group by partner),
    many as (
      select partner, of, floor((of + 1) / 2.0 - ${z}::float8 * sqrt(of) / 2)::bigint as low from counts
      where of > ${EXACT_RANKS}),
    ranks as (
      select c.partner, c.of, f.middle, f.low, f.high from counts c
        join jsonb_to_recordset(${JSON.stringify(few)}::jsonb) as f(of bigint, middle bigint, low bigint, high bigint) on f.of = c.of
      union all select partner, of, (of + 1) / 2, low, of + 1 - low from many),
    placed as (select partner, ms, row_number() over (partition by partner order by ms) as place from t)
    select p.partner, r.of::int, max(ms) filter (where place = r.middle) as middle,
      max(ms) filter (where place = r.low) as low, max(ms) filter (where place = r.high) as high
    from placed p join ranks r on r.partner = p.partner
    where place in (r.middle, r.low, r.high) group by p.partner, r.of`.execute(tx);
  const hours = (ms: number | null) => (ms === null ? null : ms / HOUR);
  return new Map(
    rows.map(({ partner, of, middle, low, high }) => [
      partner,
      { of, hours: middle / HOUR, low: hours(low), high: hours(high) },
    ]),
  );
}

/** The leads that partners hold now, and when each was last heard of: its acceptance, a sign of work or a statement. */
async function openLeads(tx: Queryable, staleSince: string): Promise<Map<string, PartnerCounts['open']>> {
  const { rows } = await sql<{ partner: string; leads: number; stale: number; last: string | null }>`
    with held as (
      select l.partner_id as partner, o.id, o.closed_at from leads l join offers o on o.id = l.offer_id
      where l.partner_id is not null and l.state in ('Accepted', 'Working', 'Qualified')),
    signs as (
      select m.offer_id as id, max(m.at) as at from offer_marks m join held h on h.id = m.offer_id
      where m.kind in ('touch', 'report') group by 1),
    words as (
      select s.offer_id as id, max(s.at) as at from statements s join held h on h.id = s.offer_id group by 1),
    heard as (
      select h.partner, greatest(h.closed_at, s.at, w.at) as at
      from held h left join signs s on s.id = h.id left join words w on w.id = h.id)
    select partner, count(*)::int as leads,
      (count(*) filter (where at is null or at < ${staleSince}::timestamptz))::int as stale, max(at) as last
    from heard group by partner`.execute(tx);
  return new Map(rows.map(({ partner, leads, stale, last }) => [partner, { leads, stale, lastWordAt: last }]));
}
