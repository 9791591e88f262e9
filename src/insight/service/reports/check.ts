/** The nightly check: facts and sums made from zero, held against those that were kept, and mended where they differ. */
import { sql } from 'kysely';
import { iso } from '../../../model/clock.ts';
import type { Database, Queryable } from '../../../store/database.ts';
import { columnsOf, FACT_NAMES, FACTS, type FactName, type FactTable, sumsKeyOf } from '../../reports/facts.ts';
import { factsOf, rebuild, refreshBatch, sumsOf, sumsTable } from './refresh.ts';

/** One cell or row that is not what it should be. */
export interface Difference {
  readonly table: string;
  /** Names the cell: dimension, day, value; or the fact. */
  readonly key: string;
  /** As kept, and as it comes out from zero; null where there is none. */
  readonly kept: string | null;
  readonly should: string | null;
}

export interface ReportCheck {
  /** Rows of facts and sums that were compared. */
  readonly compared: number;
  /** Up to a hundred of each table. */
  readonly differences: readonly Difference[];
  /** The tables that were made anew. */
  readonly mended: readonly string[];
}

const SHOWN = 100;

/**
 * Recomputes everything reports are read from, of one moment of the store, and mends the tables that differ.
 * @param always makes all of them anew, whether they differ or not
 */
export async function checkReports(db: Database, always = false): Promise<ReportCheck> {
  for (let attempt = 1; ; attempt++) {
    try {
      // Both sides are of one moment, while runs go on.
      return await db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute((tx) => checkOnce(tx, always));
    } catch (error) {
      // Another process brought the sums up to date meanwhile.
      if ((error as { code?: string }).code !== SERIALIZATION_FAILURE || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Checks once a UTC day, whoever asks and however often; null where it was done already, or another process is at it. */
export async function checkNightly(db: Database, now: number): Promise<ReportCheck | null> {
  const day = iso(now).slice(0, 10);
  const claimed =
    await sql`insert into report_checks (day) values (${day}) on conflict do nothing returning day`.execute(db);
  if (claimed.rows.length === 0) return null;
  const found = await checkReports(db);
  await sql`update report_checks set compared = ${found.compared}, differences = ${found.differences.length}
    where day = ${day}`.execute(db);
  return found;
}

const SERIALIZATION_FAILURE = '40001';
const ATTEMPTS = 5;

async function checkOnce(tx: Queryable, always: boolean): Promise<ReportCheck> {
  for (;;) if ((await refreshBatch(tx)).complete) break;
  const differences: Difference[] = [];
  const mended: FactName[] = [];
  let compared = 0;
  for (const name of FACT_NAMES) {
    const found = await differencesOf(tx, FACTS[name]);
    compared += await countOf(tx, FACTS[name]);
    differences.push(...found);
    if (!always && found.length === 0) continue;
    // Those that come after are made of these.
    await rebuild(tx, [name]);
    mended.push(name);
  }
  return { compared, differences, mended };
}

async function countOf(tx: Queryable, table: FactTable): Promise<number> {
  const { rows } = await sql<{ count: string }>`select
    (select count(*) from ${sql.id(`fact_${table.name}`)}) + (select count(*) from ${sumsTable(table)}) as count`.execute(
    tx,
  );
  return Number(rows[0]?.count ?? 0);
}

async function differencesOf(tx: Queryable, table: FactTable): Promise<Difference[]> {
  const facts = sql.id(`fact_${table.name}`);
  const columns = sql.join(columnsOf(table).map((column) => sql.id(column)));
  const { rows: wrong } = await sql<{ key: string; kept: string | null; should: string | null }>`
    with should as (${factsOf(table, null)}),
      only_kept as (select ${columns} from ${facts} except all select ${columns} from should),
      only_should as (select ${columns} from should except all select ${columns} from ${facts})
    select key, kept, should from (
      select ${sql.id(table.of)} as key, k::text as kept, null as should from only_kept k
      union all select ${sql.id(table.of)}, null, s::text from only_should s) d order by key, kept limit ${sql.lit(SHOWN)}`.execute(
    tx,
  );
  const keys = sumsKeyOf(table);
  const names = ['facts', ...table.sums];
  const row = (of: string) => sql`(${sql.join(names.map((column) => sql.ref(`${of}.${column}`)))})`;
  const { rows: cells } = await sql<{ key: string; kept: string | null; should: string | null }>`
    with should as (${sumsOf(table, factsOf(table, null))})
    select concat_ws(' ', ${sql.join(keys.map((column) => sql`coalesce(k.${sql.id(column)}, s.${sql.id(column)})::text`))}) as key,
      case when k.facts is not null then ${row('k')}::text end as kept, case when s.facts is not null then ${row('s')}::text end as should
    from ${sumsTable(table)} k full join should s using (${sql.join(keys.map((column) => sql.id(column)))})
    where ${row('k')} is distinct from ${row('s')} order by 1 limit ${sql.lit(SHOWN)}`.execute(tx);
  const of = (name: string) => (each: { key: string; kept: string | null; should: string | null }) => ({
    table: name,
    ...each,
  });
  return [...wrong.map(of(`fact_${table.name}`)), ...cells.map(of(`sums_${table.name}`))];
}
