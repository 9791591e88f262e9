/** Asks the store for one table of a report: of the sums by day where they know enough, of the facts otherwise. */
import { type RawBuilder, sql } from 'kysely';
import type { Money } from '../../../model/money.ts';
import type { Cell, Column, Row, Table } from '../../../model/report.ts';
import type { Queryable } from '../../../store/database.ts';
import { DATASETS, type Dataset, type Dimension, type Measure, type Period } from '../../reports/datasets.ts';
import { FACTS, type Grain } from '../../reports/facts.ts';
import type { Filter, Narrowing, TableQuery } from '../../reports/query.ts';
import { ratio } from '../../reports/ratio.ts';
import { namesOf } from './names.ts';
import { summedWithin, within } from './within.ts';

const FORMATS: Readonly<Record<Period, string>> = {
  day: 'YYYY-MM-DD',
  week: 'IYYY-"W"IW',
  month: 'YYYY-MM',
  quarter: 'YYYY-"Q"Q',
  year: 'YYYY',
};

/** The table; its rows in the order asked for, with a total for everything that may be added up. */
export async function ask(tx: Queryable, query: TableQuery, narrowing: Narrowing): Promise<Table> {
  const shape = shapeOf(query, narrowing);
  const { rows } = await sql<Record<string, string>>`${statement(shape)}`.execute(tx);
  const names = await namesIn(tx, shape, rows);
  const cells = rows.map((row) => cellsOf(shape, row, names));
  return {
    name: query.name,
    title: query.title,
    columns: columnsOf(shape),
    rows: cells.slice(0, query.limit),
    totals: totalsOf(shape, rows),
  };
}

/** A query with everything it names looked up. */
interface Shape {
  readonly query: TableQuery;
  readonly dataset: Dataset;
  readonly by: readonly Dimension[];
  /** Kept apart besides: what differs in them is not added. */
  readonly apart: readonly Dimension[];
  readonly measures: readonly Measure[];
  readonly filters: readonly Filter[];
  readonly range: Pick<Narrowing, 'from' | 'to'>;
  /** The columns added up, of which measures are made. */
  readonly sums: readonly string[];
}

function shapeOf(query: TableQuery, narrowing: Narrowing): Shape {
  const dataset = DATASETS[query.dataset];
  const dimension = (name: string): Dimension => found(dataset.dimensions.get(name), `dimension "${name}"`);
  const by = query.by.map(dimension);
  const measures = query.measures.map((name) => found(dataset.measures.get(name), `measure "${name}"`));
  const filters = [...query.where, ...narrowed(dataset, narrowing)];
  const hasMoney = measures.some(({ type }) => type === 'money');
  const apart = FACTS[dataset.name].apart
    .filter((name) => name !== 'currency' || hasMoney)
    .filter((name) => !query.by.includes(name))
    .map(dimension);
  const shape = { query, dataset, by, apart, measures, filters, range: narrowing };
  const sums = [...new Set(measures.flatMap((measure) => partsOf(shape, measure)))];
  return { ...shape, sums };
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RangeError(`there is no ${what}`);
  return value;
}

function narrowed(dataset: Dataset, { partner, campaign, models }: Narrowing): Filter[] {
  const asked = { partner: partner && [partner], campaign: campaign && [campaign], model: models };
  return Object.entries(asked).flatMap(([dimension, values]) =>
    values && dataset.dimensions.has(dimension) ? [{ dimension, values, not: false }] : [],
  );
}

/** The columns that a measure is made of. Where campaigns are told apart, a deal counts once for each of them. */
function partsOf({ by, filters }: Pick<Shape, 'by' | 'filters'>, measure: Measure): readonly string[] {
  const isApart =
    by.some(({ name }) => name === 'campaign') || filters.some(({ dimension }) => dimension === 'campaign');
  return isApart && measure.perCampaign ? [measure.perCampaign] : measure.of;
}

/** The dimension of the sums by day that answers the query; null where only the facts do. */
function summedBy({ dataset, by, filters }: Shape): string | null {
  const { apart, summed } = FACTS[dataset.name];
  const asked = new Set(
    [...by.filter(({ period }) => period === null), ...filters.map(({ dimension }) => ({ name: dimension }))].map(
      ({ name }) => name,
    ),
  );
  for (const name of apart) asked.delete(name);
  const [only, ...more] = asked;
  if (more.length > 0) return null;
  if (only === undefined) return 'all';
  return summed.includes(only) ? only : null;
}

function statement(shape: Shape): RawBuilder<unknown> {
  const { by, apart, filters, range, sums, query } = shape;
  const facts = FACTS[shape.dataset.name];
  const dimension = summedBy(shape);
  // In the sums a dimension's value stands in one column; what is kept apart has its own in both.
  const column = (name: string) => sql.id(dimension === null || facts.apart.includes(name) ? name : 'value');
  const keys = [...by, ...apart].map(({ name, period }) =>
    period === null
      ? sql`${column(name)} as ${sql.id(name)}`
      : sql`case when isfinite(day) then to_char(day, ${sql.lit(FORMATS[period])}) else '' end as ${sql.id(name)}`,
  );
  const conditions = [
    ...(dimension === null ? [] : [sql`dimension = ${sql.lit(dimension)}`]),
    ...filters.map(({ dimension: name, values, not }) =>
      not ? sql`${column(name)} <> all(${[...values]}::text[])` : sql`${column(name)} = any(${[...values]}::text[])`,
    ),
    dimension === null ? within(range) : summedWithin(range, coarsest(by)),
  ];
  const from = dimension === null ? sql.id(`fact_${facts.name}`) : sql.id(`sums_${facts.name}`);
  const places = sql.join(keys.map((_, place) => sql.lit(place + 1)));
  return sql`select * from (
    select ${sql.join([...keys, ...sums.map((each) => sql`coalesce(sum(${sql.id(each)}), 0)::text as ${sql.id(`sum ${each}`)}`)])}
    from ${from} where ${conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `)}
    ${keys.length === 0 ? sql`` : sql`group by ${places}`}) r
    ${query.by.length + apart.length === 0 ? sql`` : sql`order by ${sql.join(orderOf(shape))}`}`;
}

/** The coarsest sums that still tell apart the periods asked for. */
function coarsest(by: readonly Dimension[]): Grain {
  const periods = by.flatMap(({ period }) => period ?? []);
  if (periods.length === 0) return 'ever';
  return periods.some((period) => period === 'day' || period === 'week') ? 'day' : 'month';
}

/** What is kept apart first, then as asked, then by the dimensions. */
function orderOf(shape: Shape): RawBuilder<unknown>[] {
  const { by, apart, query } = shape;
  const text = (name: string) => sql`${sql.id(name)} collate "C"`;
  const asked = (query.sort ?? []).map(({ by: name, descending }) => {
    const measure = shape.measures.find((each) => each.name === name);
    const value = measure === undefined ? text(name) : sortValue(partsOf(shape, measure));
    return descending ? sql`${value} desc nulls last` : sql`${value} nulls last`;
  });
  return [...apart.map(({ name }) => text(name)), ...asked, ...by.map(({ name }) => text(name))];
}

function sortValue([part = '', whole]: readonly string[]): RawBuilder<unknown> {
  const sum = (name: string) => sql`${sql.id(`sum ${name}`)}::numeric`;
  return whole === undefined ? sum(part) : sql`${sum(part)} / nullif(${sum(whole)}, 0)`;
}

type Names = Readonly<Record<'partner' | 'campaign', ReadonlyMap<string, string>>>;

async function namesIn(tx: Queryable, { by }: Shape, rows: readonly Record<string, string>[]): Promise<Names> {
  const names = { partner: new Map(), campaign: new Map() } as Record<keyof Names, ReadonlyMap<string, string>>;
  for (const { name, names: kind } of by) {
    if (kind !== null)
      names[kind] = await namesOf(
        tx,
        kind,
        rows.map((row) => row[name] ?? ''),
      );
  }
  return names;
}

function columnsOf({ by, apart, measures }: Shape): Column[] {
  return [
    ...by.flatMap(({ name, title, about, names }): Column[] => [
      { key: name, title, type: 'text', about },
      ...(names === null
        ? []
        : [{ key: `${name}Id`, title: `${title} id`, type: 'text' as const, about: `the id of the ${names}` }]),
    ]),
    ...apart.map(({ name, title, about }): Column => ({ key: name, title, type: 'text', about })),
    ...measures.map(({ name, title, about, type }): Column => ({ key: name, title, type, about })),
  ];
}

function cellsOf(shape: Shape, row: Readonly<Record<string, string>>, names: Names): Row {
  const cells: Record<string, Cell> = {};
  for (const { name, names: kind, blank } of shape.by) {
    const value = row[name] ?? '';
    if (kind === null) cells[name] = value === '' ? blank : value;
    else {
      cells[name] = value === '' ? blank : (names[kind].get(value) ?? `${kind} ${value}`);
      cells[`${name}Id`] = value === '' ? null : value;
    }
  }
  for (const { name } of shape.apart) cells[name] = row[name] || null;
  return { ...cells, ...figuresOf(shape, (sum) => BigInt(row[`sum ${sum}`] ?? '0'), row.currency ?? '') };
}

function figuresOf(shape: Shape, sum: (name: string) => bigint, currency: string): Record<string, Cell> {
  return Object.fromEntries(
    shape.measures.map((measure): [string, Cell] => {
      const [part = '', whole] = partsOf(shape, measure);
      if (whole !== undefined) return [measure.name, ratio(sum(part), sum(whole) * BigInt(measure.scale ?? 1))];
      if (measure.type === 'count') return [measure.name, Number(sum(part))];
      return [measure.name, { minor: sum(part), currency } satisfies Money];
    }),
  );
}

/** One total a currency, model or whatever else is kept apart. */
function totalsOf(shape: Shape, rows: readonly Record<string, string>[]): Row[] {
  const [first] = shape.by;
  if (first === undefined || shape.dataset.overlaps) return [];
  // A dimension that is itself kept apart (by: [currency]) is not added up either.
  const apart = [...shape.apart, ...shape.by.filter(({ name }) => FACTS[shape.dataset.name].apart.includes(name))];
  if (shape.by.every(({ name }) => apart.some((each) => each.name === name))) return [];
  const groups = Map.groupBy(rows, (row) => JSON.stringify(apart.map(({ name }) => row[name])));
  return [...groups.values()].map((group) => {
    const sum = (name: string) => group.reduce((total, row) => total + BigInt(row[`sum ${name}`] ?? '0'), 0n);
    const blanks = shape.by.flatMap(({ name, names }) => [
      [name, null],
      ...(names === null ? [] : [[`${name}Id`, null]]),
    ]);
    const same = apart.map(({ name }) => [name, group[0]?.[name] ?? null]);
    return {
      ...Object.fromEntries([...blanks, ...same]),
      ...(apart.some(({ name }) => name === first.name) ? {} : { [first.name]: 'Total' }),
      ...figuresOf(shape, sum, group[0]?.currency ?? ''),
    };
  });
}
