/** Reads which partners a fund supported, what they brought before and after, and what was known of them before it. */
import { sql } from 'kysely';
import { partnerFacts } from '../../model/partner.ts';
import type { Queryable } from '../../store/database.ts';
import { snapshot } from '../../store/snapshot.ts';
import type { LiftUnit } from '../lift.ts';
import type { Period } from '../period.ts';

const DAY = 86_400_000;

export interface FundUnits {
  readonly units: readonly LiftUnit[];
  readonly traits: readonly string[];
  /** Days, both included: those of the outcome before, after, and before that. */
  readonly before: readonly [from: string, to: string];
  readonly earlier: readonly [from: string, to: string];
}

/** The names of all funds, with their ids. */
export async function fundNames(db: Queryable): Promise<{ id: string; name: string }[]> {
  return db.selectFrom('fund_budgets').select(['id', 'name']).orderBy('name').orderBy('id').execute();
}

/**
 * Partners as units of a comparison. Funded is who had a request of the fund approved (or of one below it; null: of any fund) whose activity began
 * within the period, and of no other fund of these. The outcome is what the deals that a partner sourced booked, by the day of their close, in minor units of
 * `currency`, in the period and in as many days before it. Traits are of before the period.
 */
export async function loadFundUnits(
  db: Queryable,
  fund: string | null,
  period: Period,
  currency: string,
): Promise<FundUnits> {
  const length = Math.round((Date.parse(period.to) - Date.parse(period.from)) / DAY);
  const start = Date.parse(period.from.slice(0, 10));
  const dayAt = (days: number) => new Date(start + days * DAY).toISOString().slice(0, 10);
  const after = [dayAt(0), dayAt(length - 1)] as const;
  const before = [dayAt(-length), dayAt(-1)] as const;
  const earlier = [dayAt(-2 * length), dayAt(-length - 1)] as const;
  return snapshot(db, async (tx) => {
    const partners = await tx
      .selectFrom('partners')
      .select(['id', 'facts'])
      .where('active', '=', true)
      .orderBy('id')
      .execute();
    const funded = await fundedPartners(tx, fund, after);
    const booked = await bookedBy(tx, currency, [earlier, before, after]);
    const offered = await offeredTo(tx, before);
    const known = partners.map(({ id, facts }) => ({ id, facts: partnerFacts(facts as object) }));
    const tiers = wordsOf(known.map(({ facts }) => facts.tier));
    const categories = wordsOf(known.map(({ facts }) => facts.category));
    return {
      before,
      earlier,
      traits: [
        'offers before (ln)',
        'share accepted before',
        'territories',
        'products',
        'certifications',
        ...tiers.map((tier) => `tier ${tier}`),
        ...categories.map((category) => `category ${category}`),
      ],
      units: known.map(({ id, facts }): LiftUnit => {
        const offers = offered.get(id) ?? { offers: 0, accepted: 0 };
        const sums = booked.get(id) ?? [0, 0, 0];
        return {
          id,
          funded: funded.has(id),
          traits: [
            Math.log1p(offers.offers),
            // One offer more of each kind: no offer at all is in the middle.
            (offers.accepted + 1) / (offers.offers + 2),
            facts.territories.length,
            facts.competencies.length,
            facts.certifications.length,
            ...tiers.map((tier) => (facts.tier === tier ? 1 : 0)),
            ...categories.map((category) => (facts.category === category ? 1 : 0)),
          ],
          earlier: sums[0] ?? 0,
          before: sums[1] ?? 0,
          after: sums[2] ?? 0,
          cluster: null,
        };
      }),
    };
  });
}

/** All words but the first one, which the others are told from. */
function wordsOf(words: readonly (string | null)[]): string[] {
  return [...new Set(words.map((word) => word ?? 'not stated'))].sort().slice(1);
}

type Days = readonly [from: string, to: string];

async function fundedPartners(tx: Queryable, fund: string | null, [from, to]: Days): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ partner: string }>`
    with recursive below as (
      select id from fund_budgets where ${fund}::text is null or id = ${fund}
      union select b.id from fund_budgets b join below on b.parent_id = below.id)
    select distinct r.partner_id as partner from fund_requests r join below on below.id = r.budget_id
    where r.partner_id is not null and r.approved_minor > 0
      and coalesce(r.starts_on, to_char(r.submitted_at at time zone 'UTC', 'YYYY-MM-DD')) between ${from} and ${to}`.execute(
    tx,
  );
  return new Set(rows.map(({ partner }) => partner));
}

async function bookedBy(tx: Queryable, currency: string, spans: readonly Days[]): Promise<Map<string, number[]>> {
  const sums = spans.map(
    ([from, to], n) =>
      sql`coalesce(sum(e.reporting_minor) filter (where e.day between ${from} and ${to}), 0)::float8 as ${sql.id(`s${n}`)}`,
  );
  const { rows } = await sql<{ partner: string; s0: number; s1: number; s2: number }>`
    select d.partner_id as partner, ${sql.join(sums)}
    from (select *, coalesce(close_date, to_char(at at time zone 'UTC', 'YYYY-MM-DD')) as day from entries
      where reporting_currency = ${currency}) e
    join deal_partners d on d.opportunity_id = e.opportunity_id and d.role = 'sourced'
    group by d.partner_id`.execute(tx);
  return new Map(rows.map(({ partner, s0, s1, s2 }) => [partner, [s0, s1, s2]]));
}

async function offeredTo(
  tx: Queryable,
  [from, to]: Days,
): Promise<Map<string, { readonly offers: number; readonly accepted: number }>> {
  const { rows } = await sql<{ partner: string; offers: number; accepted: number }>`
    select partner_id as partner, count(*)::int as offers, (count(*) filter (where response = 'Accepted'))::int as accepted
    from offers where offered_at >= ${from}::timestamptz and offered_at < ${to}::timestamptz + interval '1 day'
    group by partner_id`.execute(tx);
  return new Map(rows.map(({ partner, offers, accepted }) => [partner, { offers, accepted }]));
}
