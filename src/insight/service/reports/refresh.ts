/**
 * Keeps facts and their sums in step with the store. Whatever changes notes what it concerns in `report_news`, in its own
 * transaction; here the facts of those things are made anew, and the sums move by the difference. So the work is in
 * proportion to the news, doing it twice changes nothing, and a crash leaves the news where it was.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database, Queryable } from '../../../store/database.ts';
import {
  columnsOf,
  FACT_NAMES,
  FACTS,
  type FactName,
  type FactTable,
  type Grain,
  sumsKeyOf,
} from '../../reports/facts.ts';
import { FACT_SQL, type Scope } from './fact-sql.ts';

/** News dealt with in one transaction. */
const A_BATCH = 20_000;
/** Key of the advisory lock under which one process at a time refreshes. */
const REFRESH_LOCK = 7_583_422;
/** Events that tell of a person whose lead may look different in reports. */
const PERSON_EVENTS = ['person.changed', 'person.merged', 'touch.changed'];

/** Lets the reports be of all that is committed now. @returns how many things were looked at */
export async function refreshReports(db: Database): Promise<number> {
  let total = 0;
  for (;;) {
    const done = await db.transaction().execute((tx) => refreshBatch(tx));
    total += done.looked;
    if (done.complete) return total;
  }
}

/** One batch, in the caller's transaction. */
export async function refreshBatch(tx: Queryable): Promise<{ readonly looked: number; readonly complete: boolean }> {
  await sql`select pg_advisory_xact_lock(${sql.lit(REFRESH_LOCK)})`.execute(tx);
  const news = await takeNews(tx);
  const people = await takeEvents(tx);
  if (news.length === 0 && people.seen === 0) return { looked: 0, complete: true };
  const complete = news.length < A_BATCH && people.seen < A_BATCH;
  if (news.some(({ kind }) => kind === 'all')) {
    await rebuild(tx, FACT_NAMES);
    return { looked: news.length, complete };
  }
  const keys = (kind: string) => news.filter((each) => each.kind === kind).map(({ key }) => key);
  const scopes = await concerned(tx, {
    leads: keys('lead'),
    offers: keys('offer'),
    deals: keys('deal'),
    people: people.ids,
    campaigns: keys('campaign'),
  });
  for (const name of FACT_NAMES) await remake(tx, FACTS[name], scopes[FACTS[name].of] ?? []);
  return { looked: news.length + people.ids.length, complete };
}

async function takeNews(tx: Queryable): Promise<{ kind: string; key: string }[]> {
  // Deleted by what this statement sees: what others are about to add stays for the next time.
  const { rows } = await sql<{ kind: string; key: string }>`
    delete from report_news where id in (select id from report_news order by id limit ${sql.lit(A_BATCH)})
    returning kind, key`.execute(tx);
  return rows;
}

async function takeEvents(tx: Queryable): Promise<{ readonly seen: number; readonly ids: readonly string[] }> {
  const { rows } = await sql<{ id: string; person: string; into: string | null }>`
    select id, entity_id as person, data->>'into' as into from events
    where id > coalesce((select last_event from consumers where name = 'reports'), 0)
      and type = any(${PERSON_EVENTS}::text[]) order by id limit ${sql.lit(A_BATCH)}`.execute(tx);
  const last = rows.at(-1)?.id;
  if (last !== undefined) await keepPlace(tx, sql`${last}::bigint`);
  return { seen: rows.length, ids: rows.flatMap(({ person, into }) => (into === null ? [person] : [person, into])) };
}

async function keepPlace(tx: Queryable, event: RawBuilder<unknown>): Promise<void> {
  await sql`insert into consumers (name, last_event) select 'reports', ${event}
    on conflict (name) do update set last_event = greatest(consumers.last_event, excluded.last_event)`.execute(tx);
}

interface News {
  readonly leads: readonly string[];
  readonly offers: readonly string[];
  readonly deals: readonly string[];
  readonly people: readonly string[];
  readonly campaigns: readonly string[];
}

/** Whose facts the news may change, by the column that names them: those of a lead are also those of its offers and deals. */
async function concerned(tx: Queryable, news: News): Promise<Readonly<Record<string, string[]>>> {
  const leads = await idsOf(
    tx,
    sql`select unnest(${news.leads}::text[]) as id
      union select id from leads where person_id = any(${news.people}::text[])
      union select lead_id from offers where id = any(${news.offers}::text[])
      union select l.id from campaign_records c
        join touches t on t.connection = c.connection and t.campaign_object = c.object and t.campaign_record = c.record_id
        join links k on k.connection = t.connection and k.object = t.subject_object and k.record_id = t.subject_id and k.entity = 'person'
        join leads l on l.person_id = k.entity_id
        where c.campaign_id = any(${news.campaigns}::text[])
      union select lead_id from fact_responses where campaign = any(${news.campaigns}::text[])`,
  );
  const offers = await idsOf(
    tx,
    sql`select unnest(${news.offers}::text[]) as id union select id from offers where lead_id = any(${leads}::text[])`,
  );
  const deals = await idsOf(
    tx,
    sql`select unnest(${news.deals}::text[]) as id
      union select opportunity_id from matches where lead_id = any(${leads}::text[])
      union select opportunity_id from fact_deals where lead_id = any(${leads}::text[])`,
  );
  return { lead_id: leads, offer_id: offers, opportunity_id: deals };
}

async function idsOf(tx: Queryable, query: RawBuilder<unknown>): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`${query}`.execute(tx);
  return rows.map(({ id }) => id);
}

/** The facts of a table as they should be, with the types of its columns. */
export function factsOf(table: FactTable, ids: Scope): RawBuilder<unknown> {
  const columns = columnsOf(table).map((column) => {
    const type = column === 'day' ? 'date' : table.sums.includes(column) ? 'bigint' : 'text';
    return sql`${sql.id(column)}::${sql.raw(type)} as ${sql.id(column)}`;
  });
  return sql`select ${sql.join(columns)} from (${FACT_SQL[table.name](ids)}) made`;
}

/** The sums of facts by day, month and ever; `sign` counts those for 1 that come and for -1 those that go. */
export function sumsOf(table: FactTable, facts: RawBuilder<unknown>, sign = sql`1`): RawBuilder<unknown> {
  const apart = table.apart.map((column) => sql.id(column));
  const dimensions = [
    sql`('all', '')`,
    ...table.summed.map((column) => sql`(${sql.lit(column)}, ${sql.ref(`f.${column}`)})`),
  ];
  const sums = ['facts', ...table.sums].map((column) => sql.id(column));
  const added = table.sums.map((column) => sql`sum(${sign} * ${sql.ref(`f.${column}`)})::bigint as ${sql.id(column)}`);
  const further = (grain: Grain, day: RawBuilder<unknown>) => sql`select dimension, ${sql.lit(grain)}::text, ${day},
    value, ${sql.join([...apart, ...sums.map((column) => sql`sum(${column})::bigint`)])} from days group by ${sql.join([sql`dimension`, day, sql`value`, ...apart])}`;
  const dated = table.timeless.length === 0 ? sql`true` : sql`dimension <> all(${[...table.timeless]}::text[])`;
  return sql`with days as (
      select d.dimension, 'day'::text as grain, f.day, d.value, ${sql.join([...table.apart.map((column) => sql.ref(`f.${column}`)), sql`sum(${sign})::bigint as facts`, ...added])}
      from (${facts}) f cross join lateral (values ${sql.join(dimensions)}) as d(dimension, value)
      group by ${sql.join([sql`d.dimension`, sql`f.day`, sql`d.value`, ...table.apart.map((column) => sql.ref(`f.${column}`))])}),
    every as (select * from days union all ${further('month', sql`date_trunc('month', day)::date`)})
    select * from every where ${dated} union all ${further('ever', sql`'-infinity'::date`)}`;
}

const factTable = ({ name }: FactTable): RawBuilder<unknown> => sql.id(`fact_${name}`);
export const sumsTable = ({ name }: FactTable): RawBuilder<unknown> => sql.id(`sums_${name}`);

/** Makes the facts of these ids anew and moves the sums by what changed. */
async function remake(tx: Queryable, table: FactTable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const columns = sql.join(columnsOf(table).map((column) => sql.id(column)));
  const key = sql.join(sumsKeyOf(table).map((column) => sql.id(column)));
  const added = ['facts', ...table.sums];
  const names = sql.join([...sumsKeyOf(table), ...added].map((column) => sql.id(column)));
  const moved = sumsOf(table, sql`select -1 as sign, * from gone union all select 1, * from made`, sql`f.sign`);
  const changed = sql.join(
    added.map((column) => sql`${sql.id(column)} <> 0`),
    sql` or `,
  );
  const sums = sumsTable(table);
  await sql`with gone as (delete from ${factTable(table)} where ${sql.id(table.of)} = any(${ids}::text[]) returning ${columns}),
      made as (insert into ${factTable(table)} (${columns}) ${factsOf(table, ids)} returning ${columns}),
      moved as (${moved})
    insert into ${sums} (${names}) select ${names} from moved where ${changed} order by ${key}
    on conflict (${key}) do update set ${sql.join(
      added.map((column) => sql`${sql.id(column)} = ${sums}.${sql.id(column)} + excluded.${sql.id(column)}`),
    )}`.execute(tx);
  await sql`delete from ${sums} where facts = 0`.execute(tx);
}

/** Makes tables of facts, and their sums, from zero. */
export async function rebuild(tx: Queryable, names: readonly FactName[]): Promise<void> {
  for (const name of FACT_NAMES.filter((each) => names.includes(each))) {
    const table = FACTS[name];
    const columns = sql.join(columnsOf(table).map((column) => sql.id(column)));
    const sums = sql.join([...sumsKeyOf(table), 'facts', ...table.sums].map((column) => sql.id(column)));
    await sql`delete from ${factTable(table)}`.execute(tx);
    await sql`insert into ${factTable(table)} (${columns}) ${factsOf(table, null)}`.execute(tx);
    await sql`delete from ${sumsTable(table)}`.execute(tx);
    await sql`insert into ${sumsTable(table)} (${sums}) select ${sums}
      from (${sumsOf(table, sql`select * from ${factTable(table)}`)}) s`.execute(tx);
  }
  await keepPlace(tx, sql`coalesce(max(id), 0) from events`);
}
