import { type RawBuilder, sql } from 'kysely';
import type { Grade, LeadState } from '../model/lead.ts';
import type { Queryable } from '../store/database.ts';
import type { LeadPage, LeadQuery, LeadRow, SortColumn } from './api.ts';

/** What a person is called: first and last name, else the e-mail; in SQL as `personName` has it. */
const NAME = sql`coalesce(nullif(btrim(concat_ws(' ', p.facts->>'firstName', p.facts->>'lastName')), ''), p.facts->>'email', '(no name)')`;
const COMPANY = sql`p.facts->>'companyName'`;
const PARTNER = sql`t.facts->>'name'`;

/** In one collation on every database; names without regard to case. */
const SORTS: Readonly<Record<SortColumn, RawBuilder<unknown>>> = {
  score: sql`d.score`,
  name: sql`lower(${NAME}) collate "C"`,
  company: sql`lower(${COMPANY}) collate "C"`,
  state: sql`d.state collate "C"`,
  partner: sql`lower(${PARTNER}) collate "C"`,
  acceptBy: sql`d.accept_by`,
  updatedAt: sql`d.updated_at`,
};

const PEOPLE = sql`join people p on p.id = d.person_id`;
const PARTNERS = sql`left join partners t on t.id = d.partner_id`;
const FROM = sql`from leads d ${PEOPLE} ${PARTNERS}`;

/** What has to be joined to order by a column. */
const JOINS: Readonly<Partial<Record<SortColumn, RawBuilder<unknown>>>> = {
  name: PEOPLE,
  company: PEOPLE,
  partner: PARTNERS,
};

/**
 * One page of the leads that fit a query, and how many fit; both by one snapshot of the caller's. First the page is found
 * with as little as its order needs, then its rows are filled: people and partners are looked up for those alone.
 */
export async function leadPage(tx: Queryable, query: LeadQuery): Promise<LeadPage> {
  const conditions = conditionsOf(query);
  const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
  const words = query.q === undefined ? sql`` : PEOPLE;
  const total = await sql<{ count: number }>`select count(*)::int as count from leads d ${words} ${where}`.execute(tx);
  const column = query.sort.replace(/^-/, '') as SortColumn;
  const direction = query.sort.startsWith('-') ? sql`desc` : sql`asc`;
  const joins = JOINS[column] === PEOPLE ? PEOPLE : sql`${words} ${JOINS[column] ?? sql``}`;
  const rows = await sql<RowShape>`
    with page as materialized (select d.id, row_number() over () as place from (
      select d.id from leads d ${joins} ${where}
      order by ${SORTS[column]} ${direction} nulls last, d.id limit ${query.limit} offset ${query.offset}) d)
    select ${COLUMNS} ${FROM} join page on page.id = d.id order by page.place`.execute(tx);
  return { total: total.rows[0]?.count ?? 0, rows: rows.rows.map(rowOf) };
}

/** The row of one lead; null where there is none. */
export async function leadRow(tx: Queryable, id: string): Promise<LeadRow | null> {
  const found = await sql<RowShape>`select ${COLUMNS} ${FROM} where d.id = ${id}`.execute(tx);
  return found.rows[0] ? rowOf(found.rows[0]) : null;
}

const COLUMNS = sql`d.id, ${NAME} as name, ${COMPANY} as company, p.facts->>'country' as country, d.score, d.grade, d.state,
  d.partner_id, ${PARTNER} as partner, d.reason, d.accept_by, d.updated_at`;

interface RowShape {
  readonly id: string;
  readonly name: string;
  readonly company: string | null;
  readonly country: string | null;
  readonly score: number | null;
  readonly grade: Grade | null;
  readonly state: LeadState;
  readonly partner_id: string | null;
  readonly partner: string | null;
  readonly reason: string;
  readonly accept_by: string | null;
  readonly updated_at: string;
}

function rowOf(row: RowShape): LeadRow {
  const { id, name, company, country, score, grade, state, reason } = row;
  const partner = row.partner_id === null ? null : { id: row.partner_id, name: row.partner ?? row.partner_id };
  return {
    id,
    name,
    company,
    country,
    score,
    grade,
    state,
    partner,
    reason,
    acceptBy: row.accept_by,
    updatedAt: row.updated_at,
  };
}

function conditionsOf(query: LeadQuery): RawBuilder<unknown>[] {
  const { state, grade, partner, q } = query;
  const words = (q ?? '').split(/\s+/).filter((word) => word !== '');
  return [
    ...(state === undefined ? [] : [sql`d.state = ${state}`]),
    ...(grade === undefined ? [] : [sql`d.grade = ${grade}`]),
    ...(partner === undefined ? [] : [sql`d.partner_id = ${partner}`]),
    // Every word must occur, in any of the fields: "schmidt acme" finds Anna Schmidt of Acme.
    ...words.map(
      (word) => sql`concat_ws(' ', p.facts->>'firstName', p.facts->>'lastName', p.facts->>'email', ${COMPANY}, d.id)
        ilike ${`%${word.replace(/[\\%_]/g, '\\$&')}%`}`,
    ),
  ];
}
