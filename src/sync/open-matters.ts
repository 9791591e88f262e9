/** What is left open though a run is done: both sides agree only where there is none of it. */
import { sql } from 'kysely';
import { counted } from '../leads/text.ts';
import type { Queryable } from '../store/database.ts';
import { PAUSES } from './drift.ts';

/** Each kind of open matter: one, several, and the command that shows them. */
const MATTERS = {
  rejected: ['record still rejected', 'records still rejected', 'sluice errors'],
  manyGone: [
    'object of which very many records are missing at once',
    'objects of which very many records are missing at once',
    'sluice errors',
  ],
  paused: ['field paused, because the CRM changed it', 'fields paused, because the CRM changed them', 'sluice errors'],
  held: ['value held, because its list lacks it', 'values held, because their lists lack them', 'sluice errors'],
  contested: [
    'field contested, because the CRM keeps changing it',
    'fields contested, because the CRM keeps changing them',
    'sluice errors',
  ],
  reviews: ['question waits for a person', 'questions wait for a person', 'sluice review list'],
  waiting: ['write waits for the next run', 'writes wait for the next run', 'sluice plan'],
  hints: ['event of a CRM waits to be read', 'events of the CRMs wait to be read', 'sluice sync'],
} as const satisfies Readonly<Record<string, readonly [one: string, many: string, see: string]>>;

export interface OpenMatter {
  readonly what: keyof typeof MATTERS;
  readonly count: number;
  /** The command that shows them, or that deals with them. */
  readonly see: string;
}

/** Codes of a changed schema that let a field stand still. */
const PAUSING = Object.entries(PAUSES).flatMap(([code, pauses]) => (pauses === 'nothing' ? [] : [code]));

/** What is open, the gravest first; with `only`, of one object alone. Questions about no object count always. */
export async function openMatters(db: Queryable, only?: string): Promise<OpenMatter[]> {
  const of = (object: string) => (only === undefined ? sql`` : sql`and ${sql.raw(object)} = ${only}`);
  const error = (condition: ReturnType<typeof sql>, counting = 'count(*)') =>
    sql`(select ${sql.raw(counting)}::int from errors where resolved_at is null and ${condition} ${of('object')})`;
  const { rows } = await sql<Record<OpenMatter['what'], number>>`select
    (select count(*)::int from outbox where state = 'rejected' ${of('object')}) as rejected,
    ${error(sql`stage = 'read' and code = 'MANY_GONE'`)} as "manyGone",
    ${error(sql`stage = 'schema' and code = any(${PAUSING}::text[])`, "count(distinct connection || ' ' || object || ' ' || record_id)")} as paused,
    ${error(sql`stage = 'value'`)} as held,
    (select count(*)::int from contests where contested_at is not null ${of('object')}) as contested,
    (select count(*)::int from reviews where resolved_at is null
      ${only === undefined ? sql`` : sql`and coalesce(subject->>'object', ${only}) = ${only}`}) as reviews,
    (select count(*)::int from outbox where state <> 'rejected' ${of('object')}) as waiting,
    (select count(*)::int from hints where true ${of('object')}) as hints`.execute(db);
  const [counts] = rows;
  return (Object.keys(MATTERS) as OpenMatter['what'][]).flatMap((what) => {
    const count = counts?.[what] ?? 0;
    return count === 0 ? [] : [{ what, count, see: MATTERS[what][2] }];
  });
}

/** "2 records still rejected, 1 question waits for a person (see `sluice errors`, `sluice review list`)". */
export function mattersText(matters: readonly OpenMatter[]): string {
  const told = matters.map(({ what, count }) => counted(count, MATTERS[what][0], MATTERS[what][1]));
  const see = [...new Set(matters.map((matter) => `\`${matter.see}\``))];
  return `${told.join(', ')} (see ${see.join(', ')})`;
}
