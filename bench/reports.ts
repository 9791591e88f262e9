import { sql } from 'kysely';
import { CATALOGUE } from '../src/insight/reports/catalogue.ts';
import { FACT_NAMES } from '../src/insight/reports/facts.ts';
import { rebuild, refreshReports } from '../src/insight/service/reports/refresh.ts';
import { type ReportAsked, runReport } from '../src/insight/service/reports/run-report.ts';
import { type Database, openStore, type Store } from '../src/store/database.ts';
import { type Bench, type BenchOptions, machine, peakRssMb, rounded } from './bench.ts';
import { makeStore } from './reports/make-store.ts';

const PLAN = { leads: 1_000_000, leadsADeal: 10, partners: 500, campaigns: 200, days: 1095, changedADay: 2_000 };
const EVERYTHING: ReportAsked = {
  period: null,
  from: null,
  to: null,
  partner: null,
  campaign: null,
  models: null,
  drill: false,
};
const GROUND = { currency: 'USD', models: ['first', 'last', 'linear'], now: Date.parse('2026-07-01T00:00:00Z') };
const TURNS = 3;

/** What is asked of each report: all of it, a half-year, and one partner's half-year with the evidence. */
const ASKED: Readonly<Record<string, Partial<ReportAsked>>> = {
  '': {},
  'half-year': { from: '2025-01-01', to: '2025-06-30' },
  partner: { partner: 'Partner 7', from: '2025-01-01', to: '2025-06-30' },
};

/**
 * Every report of the catalogue over a million leads and a hundred thousand deals, from stored sums: the slowest of three turns each,
 * and how long recomputing from zero takes instead. What a change of a day costs is measured too.
 */
export const reports: Bench = {
  config: (options) => ({
    ...planOf(options),
    turns: TURNS,
    database: options.server ? 'server' : 'embedded',
    ...machine(),
  }),
  async run(tell, options) {
    const plan = planOf(options);
    const schema = `bench_reports_${process.pid}`;
    const store = await openStore(options.server ? { url: options.server, schema } : { embedded: null });
    try {
      return await measure(store, plan, tell);
    } finally {
      if (options.server) await sql`drop schema ${sql.id(schema)} cascade`.execute(store.db);
      await store.close();
    }
  },
};

function planOf({ records }: BenchOptions) {
  return { ...PLAN, leads: records ?? PLAN.leads };
}

async function measure(store: Store, plan: ReturnType<typeof planOf>, tell: (line: string) => void) {
  const { db } = store;
  const madeSeconds = await timed(() => makeStore(db, plan));
  tell(`${plan.leads} leads made in ${rounded(madeSeconds, 1)} s`);
  const fromZeroSeconds = await timed(() => db.transaction().execute((tx) => rebuild(tx, FACT_NAMES)));
  await sql`delete from report_news`.execute(db);
  await sql`analyze`.execute(db);
  tell(`facts and sums from zero in ${rounded(fromZeroSeconds, 1)} s`);
  const rows = await countRows(db);
  const ms: Record<string, number> = {};
  for (const entry of CATALOGUE) {
    for (const [what, asked] of Object.entries(ASKED)) {
      if (asked.partner && !entry.options.includes('partner')) continue;
      const name = `${entry.name}${what && ` ${what}`}`;
      const drill = Boolean(asked.partner) && entry.options.includes('drill');
      let slowest = 0;
      for (let turn = 0; turn < TURNS; turn++) {
        const took = await timed(() => runReport(db, entry, { ...EVERYTHING, ...asked, drill }, GROUND));
        slowest = Math.max(slowest, took * 1_000);
      }
      ms[name] = rounded(slowest, 0);
      tell(`${name.padEnd(24)} ${String(ms[name]).padStart(6)} ms`);
    }
  }
  const slowestMs = Math.max(...Object.values(ms));
  // What a day brings: leads that go on, and deals that are won.
  await sql`update leads set state = 'Lost', reason = 'bench' where id in (select id from leads order by id limit ${plan.changedADay})`.execute(
    db,
  );
  const refreshSeconds = await timed(() => refreshReports(db));
  return {
    slowestMs,
    slowest: Object.entries(ms).find(([, each]) => each === slowestMs)?.[0] ?? '',
    ms,
    rows,
    fromZeroSeconds: rounded(fromZeroSeconds, 1),
    ratioToFromZero: rounded(slowestMs / 1_000 / fromZeroSeconds, 4),
    refreshMsADay: rounded(refreshSeconds * 1_000, 0),
    peakRssMb: peakRssMb(),
  };
}

async function countRows(db: Database): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of [
    'leads',
    'offers',
    'touches',
    'opportunities',
    'entries',
    'credits',
    ...FACT_NAMES.map((name) => `sums_${name}`),
  ]) {
    const { rows } = await sql<{ count: string }>`select count(*) as count from ${sql.id(table)}`.execute(db);
    counts[table] = Number(rows[0]?.count ?? 0);
  }
  return counts;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}
