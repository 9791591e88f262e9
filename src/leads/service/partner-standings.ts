import { sql } from 'kysely';
import type { PartnerState } from '../../model/partner.ts';
import type { Queryable } from '../../store/database.ts';
import type { Programmes } from '../partners/compile-programmes.ts';
import { type PartnerReview, reviewPartner } from '../partners/review-partner.ts';
import { noCounts, type PartnerCounts, type PartnerStanding, standingOf } from '../partners/standing.ts';
import { loadPartners } from './facts.ts';

/** A partner as the CRM has it, what it has done, and what the rules of programmes.yaml say of it. */
export interface ReviewedPartner extends PartnerState, PartnerReview {
  readonly standing: PartnerStanding;
}

const DAY = 86_400_000;

/** All partners of the CRM under the rules, by name. `currency` is the vendor's, `now` in epoch milliseconds. */
export async function reviewPartners(
  db: Queryable,
  rules: Programmes,
  currency: string,
  now: number,
): Promise<ReviewedPartner[]> {
  const partners = await loadPartners(db, null);
  const counts = await loadCounts(db, currency, new Date(now - rules.overDays * DAY).toISOString());
  return partners
    .map((partner): ReviewedPartner => {
      const counted = counts.get(partner.id) ?? noCounts(currency);
      const standing = standingOf(partner.facts, counted, now, rules.noticeDays);
      return { ...partner, standing, ...reviewPartner(partner, standing, rules) };
    })
    .sort((a, b) => a.facts.name.localeCompare(b.facts.name, 'en') || (a.id < b.id ? -1 : 1));
}

/** What partners did with the offers made since an ISO instant, in one statement so that all of it is of one moment. */
async function loadCounts(db: Queryable, currency: string, since: string): Promise<Map<string, PartnerCounts>> {
  const { rows } = await sql<{
    id: string;
    offered: number;
    accepted: number;
    rejected: number;
    unanswered: number;
    median: string | null;
    answered: string | null;
    silent: number;
    silent_since: string | null;
    won: number;
    lost: number;
    minor: string;
  }>`
    with answers as (
      select partner_id, max(closed_at) as last from offers where status in ('Accepted', 'Rejected') group by partner_id),
    booked as (
      select m.lead_id, sum(e.amount_minor) as minor from entries e join matches m on m.opportunity_id = e.opportunity_id
      where e.currency = ${currency} and m.lead_id is not null group by m.lead_id)
    select o.partner_id as id,
      (count(*) filter (where o.offered_at >= ${since}))::int as offered,
      (count(*) filter (where o.offered_at >= ${since} and o.response = 'Accepted'))::int as accepted,
      (count(*) filter (where o.offered_at >= ${since} and o.response = 'Rejected'))::int as rejected,
      (count(*) filter (where o.offered_at >= ${since} and o.status = 'Expired'))::int as unanswered,
      round(extract(epoch from percentile_disc(0.5) within group (order by o.closed_at - o.offered_at)
        filter (where o.offered_at >= ${since} and o.status in ('Accepted', 'Rejected'))) * 1000)::text as median,
      min(a.last) as answered,
      (count(*) filter (where o.status = 'Expired' and (a.last is null or o.closed_at > a.last)))::int as silent,
      min(o.offered_at) filter (where o.status = 'Expired' and (a.last is null or o.closed_at > a.last)) as silent_since,
      (count(*) filter (where o.offered_at >= ${since} and o.status = 'Accepted' and l.state = 'Won'))::int as won,
      (count(*) filter (where o.offered_at >= ${since} and o.status = 'Accepted' and l.state = 'Lost'))::int as lost,
      (coalesce(sum(b.minor) filter (where o.offered_at >= ${since} and o.status = 'Accepted'), 0))::text as minor
    from offers o left join answers a on a.partner_id = o.partner_id left join leads l on l.id = o.lead_id
    left join booked b on b.lead_id = o.lead_id
    group by o.partner_id`.execute(db);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        offered: row.offered,
        accepted: row.accepted,
        rejected: row.rejected,
        unanswered: row.unanswered,
        medianAnswerMs: row.median === null ? null : Number(row.median),
        lastAnswerAt: row.answered,
        silent: row.silent,
        silentSince: row.silent_since,
        won: row.won,
        lost: row.lost,
        revenue: { minor: BigInt(row.minor), currency },
      },
    ]),
  );
}
