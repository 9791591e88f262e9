/** Reads the leads of a period as the findings about segments, rivals and territories need them: counted by the store, from the facts of reports. */
import { sql } from 'kysely';
import { partnerFacts } from '../../model/partner.ts';
import type { Database, Queryable } from '../../store/database.ts';
import type { Period } from '../period.ts';
import type { RivalCell } from '../rivals.ts';
import type { SegmentCell } from '../segments.ts';
import type { OutcomeCell, TerritoryCell, TerritoryPartner } from '../territories.ts';
import { refreshReports } from './reports/refresh.ts';

/** Leads that became leads within the period. */
function released({ from, to }: Period) {
  const last = new Date(Date.parse(to) - 1).toISOString().slice(0, 10);
  return sql`f.day between ${from.slice(0, 10)}::date and ${last}::date`;
}

/** Leads of partners that ended, by their facts; the half a lead is in follows from its id. */
export async function segmentCells(db: Database, period: Period): Promise<SegmentCell[]> {
  await refreshReports(db);
  const { rows } = await sql<{
    product: string;
    industry: string;
    size: string;
    country: string;
    source: string;
    half: 0 | 1;
    of: number;
    hits: number;
  }>`
    select product, industry, size, country, source, get_byte(decode(left(md5(lead_id), 2), 'hex'), 0) % 2 as half,
      count(*)::int as of, sum(won)::int as hits
    from fact_leads f where won + lost + undecided > 0 and partner <> '' and ${released(period)}
    group by 1, 2, 3, 4, 5, 6`.execute(db);
  return rows.map(({ half, of, hits, ...facts }) => ({ facts, half: half === 0 ? 0 : 1, of, hits }));
}

export async function rivalCells(db: Database, period: Period): Promise<RivalCell[]> {
  await refreshReports(db);
  const { rows } = await sql<RivalCell>`
    select partner, product, country, size, to_char(day, 'YYYY-"Q"Q') as quarter, count(*)::int as of, sum(won)::int as hits
    from fact_leads f where won + lost + undecided > 0 and partner <> '' and ${released(period)}
    group by 1, 2, 3, 4, 5`.execute(db);
  return rows;
}

export async function territoryCells(
  db: Database,
  period: Period,
): Promise<{ readonly cells: TerritoryCell[]; readonly outcomes: OutcomeCell[] }> {
  await refreshReports(db);
  const cells = await sql<TerritoryCell>`
    select country, product, size, count(*)::int as leads, sum(accepted)::int as accepted
    from fact_leads f where ${released(period)} group by 1, 2, 3`.execute(db);
  const outcomes = await sql<OutcomeCell>`
    select partner, country, product, size, count(*)::int as of, sum(won)::int as hits
    from fact_leads f where won + lost + undecided > 0 and partner <> '' and ${released(period)}
    group by 1, 2, 3, 4`.execute(db);
  return { cells: cells.rows, outcomes: outcomes.rows };
}

/** All partners by id; `active`: whether leads can go to it. */
export async function insightPartners(db: Queryable): Promise<(TerritoryPartner & { readonly active: boolean })[]> {
  const rows = await db.selectFrom('partners').select(['id', 'facts', 'active']).orderBy('id').execute();
  return rows.map(({ id, facts, active }) => {
    const { name, status, territories, competencies } = partnerFacts(facts as object);
    return { id, name, territories, competencies, active: active && status === 'Active' };
  });
}
