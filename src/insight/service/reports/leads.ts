/** The report `leads`: the funnel from synced to won, leads by state, offers by partner, and why they were rejected. */
import { sql } from 'kysely';
import type { Money } from '../../../model/money.ts';
import type { Column, Report, Row, Table } from '../../../model/report.ts';
import type { Queryable } from '../../../store/database.ts';
import type { Narrowing, TableQuery } from '../../reports/query.ts';
import { ask } from './ask.ts';
import { allPartners } from './names.ts';

/** The report. `currency`: the reporting currency, of rows without an amount. */
export async function leadsReport(tx: Queryable, narrowing: Narrowing, currency: string): Promise<Report> {
  return {
    name: 'leads',
    tables: [
      await funnel(tx, narrowing, currency),
      named('byState', 'Leads by state', await ask(tx, query('leads', ['state'], ['leads']), narrowing)),
      await byPartner(tx, narrowing, currency),
      named(
        'byRejectReason',
        'Why offers were rejected',
        await ask(
          tx,
          {
            ...query('offers', ['reason'], ['offers']),
            where: [{ dimension: 'status', values: ['Rejected'], not: false }],
          },
          narrowing,
        ),
      ),
    ],
  };
}

function query(dataset: TableQuery['dataset'], by: readonly string[], measures: readonly string[]): TableQuery {
  const sort = by.length === 0 ? [] : [{ by: measures[0] ?? '', descending: true }];
  return { name: '', title: '', dataset, by, measures, where: [], sort };
}

const named = (name: string, title: string, table: Table): Table => ({ ...table, name, title });

const STEPS = [
  { step: 'Leads', count: 'leads', booked: 'from-leads' },
  { step: 'Offered', count: 'offered', booked: 'offered' },
  { step: 'Accepted', count: 'accepted', booked: 'accepted' },
  { step: 'Qualified', count: 'qualified', booked: 'qualified' },
  { step: 'Won', count: 'won', booked: 'won' },
] as const;

/** Each step counts what ever got that far; its money is what was booked from deals of those. */
async function funnel(tx: Queryable, narrowing: Narrowing, always: string): Promise<Table> {
  const [leads = {}] = (
    await ask(
      tx,
      query(
        'leads',
        [],
        STEPS.map(({ count }) => count),
      ),
      narrowing,
    )
  ).rows;
  const worth = await ask(tx, query('revenue', [], ['booked', ...STEPS.map(({ booked }) => booked)]), narrowing);
  const byCurrency = new Map(worth.rows.map((row) => [String(row.currency), row]));
  const currencies = [...new Set([always, ...byCurrency.keys()])].sort();
  // Who is narrowed down to by a partner or a campaign is a lead; persons are known since their first record, which no report dates.
  const isWhole =
    narrowing.partner === null && narrowing.campaign === null && narrowing.from === null && narrowing.to === null;
  const people = isWhole ? [{ step: 'Synced people', count: await countPeople(tx), booked: 'booked' }] : [];
  const steps = [
    ...people,
    ...STEPS.map(({ step, count, booked }) => ({ step, count: Number(leads[count] ?? 0), booked })),
  ];
  return {
    name: 'funnel',
    title: 'Funnel',
    columns: [
      {
        key: 'step',
        title: 'Step',
        type: 'text',
        about: 'how far they came; who came further is counted in each step before',
      },
      { key: 'count', title: 'Count', type: 'count', about: 'everybody who ever got that far' },
      { key: 'currency', title: 'Currency', type: 'text', about: 'of the amount; two currencies are never added' },
      {
        key: 'booked',
        title: 'Booked',
        type: 'money',
        about: 'what the ledger holds of deals of those who got that far',
      },
    ],
    rows: steps.flatMap(({ step, count, booked }) =>
      currencies.map(
        (currency): Row => ({
          step,
          count,
          currency,
          booked: (byCurrency.get(currency)?.[booked] as Money | undefined) ?? { minor: 0n, currency },
        }),
      ),
    ),
    totals: [],
  };
}

async function countPeople(tx: Queryable): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*)::int as count from people where merged_into is null`.execute(tx);
  return rows[0]?.count ?? 0;
}

const COUNTS = ['offers', 'accepted', 'rejected', 'expired', 'open', 'won'] as const;
const COUNT_COLUMNS: readonly Column[] = [
  { key: 'offers', title: 'Offers', type: 'count', about: 'offers made to the partner' },
  { key: 'accepted', title: 'Accepted', type: 'count', about: 'of these, accepted' },
  { key: 'rejected', title: 'Rejected', type: 'count', about: 'of these, rejected' },
  { key: 'expired', title: 'Expired', type: 'count', about: 'of these, not answered in time' },
  { key: 'open', title: 'Open', type: 'count', about: 'of these, still open' },
  { key: 'won', title: 'Won', type: 'count', about: 'leads that the partner accepted and won' },
];

/** A partner has a row in every currency it brought revenue in; the counts stand in the first of them only, so that rows add up. */
async function byPartner(tx: Queryable, narrowing: Narrowing, always: string): Promise<Table> {
  const offers = await ask(
    tx,
    query('offers', ['partner'], ['offers', 'accepted', 'rejected', 'expired', 'open']),
    narrowing,
  );
  const leads = await ask(tx, query('leads', ['partner'], ['won']), narrowing);
  const revenue = await ask(tx, query('revenue', ['partner'], ['booked']), narrowing);
  const names = new Map<string, string>(narrowing.partner === null ? await allPartners(tx) : []);
  for (const { partner, partnerId } of [...offers.rows, ...leads.rows, ...revenue.rows])
    if (partnerId !== null) names.set(String(partnerId), String(partner));
  const of = (table: Table) => Map.groupBy(table.rows, (row) => row.partnerId);
  const [offersOf, leadsOf, revenueOf] = [of(offers), of(leads), of(revenue)];
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const rows = [...names]
    .sort(([idA, a], [idB, b]) => compare(a, b) || compare(idA, idB))
    .flatMap(([id, name]): Row[] => {
      const mine: Row = { ...offersOf.get(id)?.[0], won: leadsOf.get(id)?.[0]?.won ?? 0 };
      const amounts = (revenueOf.get(id) ?? [])
        .map((row) => row.booked as Money)
        .sort((a, b) => compare(a.currency, b.currency));
      const all = amounts.length === 0 ? [{ minor: 0n, currency: always }] : amounts;
      return all.map((amount, place) => ({
        name,
        id,
        ...Object.fromEntries(COUNTS.map((key) => [key, place === 0 ? Number(mine[key] ?? 0) : 0])),
        currency: amount.currency,
        revenue: amount,
      }));
    });
  return {
    name: 'byPartner',
    title: 'Leads by partner',
    columns: [
      { key: 'name', title: 'Partner', type: 'text' },
      { key: 'id', title: 'Id', type: 'text' },
      ...COUNT_COLUMNS,
      {
        key: 'currency',
        title: 'Currency',
        type: 'text',
        about: 'of the revenue; counts stand in the first row of a partner only',
      },
      {
        key: 'revenue',
        title: 'Revenue',
        type: 'money',
        about: 'what the ledger holds of deals that the partner sourced',
      },
    ],
    rows,
    totals: [...Map.groupBy(rows, (row) => String(row.currency))]
      .sort(([a], [b]) => compare(a, b))
      .map(([currency, group]) => ({
        name: 'Total',
        id: null,
        ...Object.fromEntries(COUNTS.map((key) => [key, group.reduce((total, row) => total + Number(row[key]), 0)])),
        currency,
        revenue: { minor: group.reduce((total, row) => total + (row.revenue as Money).minor, 0n), currency },
      })),
  };
}
