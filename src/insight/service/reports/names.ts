/** The names of what stands in reports by its id. */
import { sql } from 'kysely';
import type { Queryable } from '../../../store/database.ts';

const WHERE = {
  partner: sql`select id, facts->>'name' as name from partners`,
  campaign: sql`select id, name from campaigns`,
  deal: sql`select id, facts->>'name' as name from opportunities`,
};

/** Names by id; what is gone has none here. */
export async function namesOf(
  tx: Queryable,
  kind: keyof typeof WHERE,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids)].filter((id) => id !== '');
  if (wanted.length === 0) return new Map();
  const { rows } = await sql<{ id: string; name: string | null }>`
    select id, name from (${WHERE[kind]}) n where id = any(${wanted}::text[])`.execute(tx);
  const names = new Map(rows.flatMap(({ id, name }) => (name === null ? [] : [[id, name]])));
  if (kind !== 'campaign') return names;
  // What partners did is credited to the partner where a campaign stands else.
  const others = wanted.filter((id) => !names.has(id));
  for (const [id, name] of await namesOf(tx, 'partner', others)) names.set(id, `work of ${name}`);
  return names;
}

/** The partners or campaigns that a person may mean by a word: those of that id, else of that name, whatever the case. */
export async function meant(tx: Queryable, kind: 'partner' | 'campaign', word: string): Promise<string[]> {
  const { rows } = await sql<{ id: string; exact: boolean }>`
    select id, id = ${word} as exact from (${WHERE[kind]}) n where id = ${word} or lower(name) = lower(${word}) order by id`.execute(
    tx,
  );
  const exact = rows.filter((row) => row.exact);
  return (exact.length > 0 ? exact : rows).map(({ id }) => id);
}

/** All names of a kind, for suggestions. */
export async function allNames(tx: Queryable, kind: 'partner' | 'campaign'): Promise<string[]> {
  return (await allNamed(tx, kind)).map(({ name }) => name);
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

/** Partners or campaigns by name, the first few thousand. */
export async function allNamed(tx: Queryable, kind: 'partner' | 'campaign'): Promise<Named[]> {
  const { rows } = await sql<Named>`
    select id, name from (${WHERE[kind]}) n where name is not null order by name collate "C", id limit 5000`.execute(
    tx,
  );
  return rows;
}

/** Every partner with its name. */
export async function allPartners(tx: Queryable): Promise<[id: string, name: string][]> {
  const { rows } = await sql<{ id: string; name: string | null }>`${WHERE.partner} order by id`.execute(tx);
  return rows.map(({ id, name }) => [id, name ?? `partner ${id}`]);
}
