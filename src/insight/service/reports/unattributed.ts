/** The report `unattributed`: what is booked without a lead behind it, and what is won and cannot be booked. */
import { sql } from 'kysely';
import type { Report } from '../../../model/report.ts';
import type { Queryable } from '../../../store/database.ts';
import type { Narrowing } from '../../reports/query.ts';
import { ask } from './ask.ts';

/** The deals shown, those with the most first. */
const SHOWN = 200;

export async function unattributedReport(tx: Queryable, narrowing: Narrowing): Promise<Report> {
  const { from, to } = narrowing;
  const inPeriod = sql`(${from}::date is null or f.day >= ${from}::date) and (${to}::date is null or f.day <= ${to}::date)`;
  const { rows: deals } = await sql<{
    id: string;
    name: string | null;
    day: string | null;
    currency: string;
    minor: string;
    why: string | null;
  }>`with none as (select opportunity_id as id, currency, sum(amount) as minor, max(day) as day from fact_revenue f
      where f.lead_id = '' and ${inPeriod} group by opportunity_id, currency having sum(amount) <> 0)
    select n.id, o.facts->>'name' as name, case when isfinite(n.day) then n.day end as day, n.currency, n.minor::text, m.reason as why
    from (select * from none order by currency collate "C", minor desc, id limit ${sql.lit(SHOWN)}) n
      left join opportunities o on o.id = n.id left join matches m on m.opportunity_id = n.id
    order by n.currency collate "C", n.minor desc, n.id`.execute(tx);
  const { rows: held } = await sql<{ id: string; name: string | null; why: string }>`
    select h.opportunity_id as id, o.facts->>'name' as name, h.reason as why from held_revenue h
      left join opportunities o on o.id = h.opportunity_id order by h.at, h.opportunity_id limit ${sql.lit(SHOWN)}`.execute(
    tx,
  );
  const byMonth = await ask(
    tx,
    {
      name: 'byMonth',
      title: 'Booked, and of that from leads, by month of close',
      dataset: 'revenue',
      by: ['month'],
      measures: ['booked', 'from-leads', 'deals'],
      where: [],
    },
    narrowing,
  );
  const deal = [
    { key: 'name', title: 'Deal', type: 'text' as const },
    { key: 'id', title: 'Id', type: 'text' as const },
  ];
  const why = { key: 'why', title: 'Why', type: 'text' as const };
  return {
    name: 'unattributed',
    tables: [
      byMonth,
      {
        name: 'deals',
        title: `Deals without a lead, the largest ${SHOWN}`,
        columns: [
          ...deal,
          { key: 'closed', title: 'Closed', type: 'text' },
          { key: 'currency', title: 'Currency', type: 'text' },
          { key: 'booked', title: 'Booked', type: 'money', about: 'what the ledger holds of the deal' },
          { ...why, about: 'why no lead is tied to the deal' },
        ],
        rows: deals.map((row) => ({
          name: row.name ?? `deal ${row.id}`,
          id: row.id,
          closed: row.day,
          currency: row.currency,
          booked: { minor: BigInt(row.minor), currency: row.currency },
          why: row.why,
        })),
        totals: [],
      },
      {
        name: 'held',
        title: 'Won deals that cannot be booked until they are corrected',
        columns: [...deal, { ...why, about: 'what has to be corrected in the CRM' }],
        rows: held.map((row) => ({ name: row.name ?? `deal ${row.id}`, id: row.id, why: row.why })),
        totals: [],
      },
    ],
  };
}
