/**
 * The channel's own value of what CRMs share: one row a person, none for a person who shares nothing. Beside each value stands
 * when and by which record it came, and which records wait for somebody to decide between it and theirs.
 */
import { sql } from 'kysely';
import { among } from './bulk.ts';
import type { Queryable } from './database.ts';

type Scalar = string | number | boolean | null;

export interface SharedValue {
  readonly value: Scalar;
  /** ISO instant at which it was changed where it came from. */
  readonly at: string;
  readonly from: { readonly connection: string; readonly object: string; readonly id: string };
  /** Why it was taken. */
  readonly why: string;
  /** Keys of the records (connection, object, id) whose own value a person must choose from. */
  readonly holds?: readonly string[];
}

/** The shared values of one person, by property. */
export type SharedValues = Readonly<Record<string, SharedValue>>;

/** The shared values of persons; who has none is left out. */
export async function loadShared(db: Queryable, personIds: readonly string[]): Promise<Map<string, SharedValues>> {
  if (personIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('shared_values')
    .select(['person_id', 'held'])
    .where(among('person_id', personIds))
    .execute();
  return new Map(rows.map((row) => [row.person_id, row.held as SharedValues]));
}

/** Saves shared values; a person that is due stays so until its records have been looked at. */
export async function saveShared(
  tx: Queryable,
  rows: readonly { readonly personId: string; readonly held: SharedValues; readonly due: boolean }[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = JSON.stringify(rows.map(({ personId, held, due }) => ({ person_id: personId, held, due })));
  await sql`insert into shared_values (person_id, held, due)
    select * from jsonb_to_recordset(${values}::jsonb) as r(person_id text, held jsonb, due boolean)
    on conflict (person_id) do update set held = excluded.held, due = shared_values.due or excluded.due`.execute(tx);
}

/** Takes up to `limit` persons whose records are to be looked at. */
export async function takeDue(tx: Queryable, limit: number): Promise<string[]> {
  const { rows } = await sql<{ person_id: string }>`update shared_values set due = false where person_id in (
    select person_id from shared_values where due order by person_id limit ${limit}) returning person_id`.execute(tx);
  return rows.map((row) => row.person_id).sort();
}

/** Forgets all that persons share. */
export async function dropShared(tx: Queryable, personIds: readonly string[]): Promise<void> {
  if (personIds.length === 0) return;
  await tx.deleteFrom('shared_values').where(among('person_id', personIds)).execute();
}
