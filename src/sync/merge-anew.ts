/** Merges the shared properties of all persons anew after the mappings have changed what is shared, a batch at a time. */
import { sql } from 'kysely';
import { readEntity } from '../mapping/read.ts';
import { iso } from '../model/clock.ts';
import type { Queryable } from '../store/database.ts';
import { type Lease, underLease } from '../store/lease.ts';
import type { Connection, Environment } from './environment.ts';
import { mergeAndSave } from './merge-apply.ts';
import { type SharedPlan, sharedPlan } from './merge-plan.ts';
import { readShared, type Said } from './merge-values.ts';

/** Persons merged in one transaction. */
const PEOPLE_A_BATCH = 2_000;

/** Connections whose setup was found to be the one that everything was merged by. */
const settled = new WeakSet<readonly Connection[]>();

/**
 * Where properties have come to be shared, or shared in another way, every record of every person is met for the first
 * time: values are kept of none of them before. What is no longer shared is forgotten. A crash goes on where it was.
 */
export async function mergeAnew(env: Environment, lease: Lease): Promise<void> {
  if (settled.has(env.connections)) return;
  const plan = sharedPlan(env.connections);
  const properties = await underLease(env.db, lease, (tx) => begin(tx, plan));
  for (let isOver = properties.length === 0; plan !== null && !isOver; ) {
    isOver = await underLease(env.db, lease, (tx) => mergeBatch(tx, plan, properties, iso(env.clock.now())));
    await lease.renew();
  }
  settled.add(env.connections);
}

/** Compares the setup with the one of last time; returns the properties that have to be merged anew, or still to the end. */
async function begin(tx: Queryable, plan: SharedPlan | null): Promise<string[]> {
  const rows = await tx.selectFrom('shared_setup').selectAll().execute();
  const known = new Map(rows.map((row) => [row.name, row]));
  const setup = plan?.setup ?? new Map<string, string>();
  const gone = rows.filter((row) => !setup.has(row.name)).map((row) => row.name);
  const changed = [...setup].filter(([name, hash]) => known.get(name)?.hash !== hash);
  const forgotten = [...gone, ...changed.map(([name]) => name)];
  if (forgotten.length > 0) {
    await sql`delete from shared_setup where name = any(${forgotten}::text[])`.execute(tx);
    await sql`update shared_values set held = held - ${forgotten}::text[]`.execute(tx);
    await sql`delete from shared_values where held = '{}'::jsonb`.execute(tx);
  }
  for (const [name, hash] of changed) await tx.insertInto('shared_setup').values({ name, hash, through: '' }).execute();
  const changedNames = new Set(changed.map(([name]) => name));
  return [...setup.keys()].filter((name) => changedNames.has(name) || (known.get(name)?.through ?? null) !== null);
}

/** Merges the next persons; true where there were no more. */
async function mergeBatch(
  tx: Queryable,
  plan: SharedPlan,
  properties: readonly string[],
  at: string,
): Promise<boolean> {
  const setup = await tx.selectFrom('shared_setup').select('through').where('name', 'in', properties).execute();
  const after = setup.map(({ through }) => through ?? '').sort()[0] ?? '';
  const people = await tx
    .selectFrom('people')
    .select('id')
    .where('id', '>', after)
    .where('merged_into', 'is', null)
    .orderBy('id')
    .limit(PEOPLE_A_BATCH)
    .execute();
  const ids = people.map(({ id }) => id);
  const { rows } = await sql<{
    connection: string;
    object: string;
    id: string;
    person: string;
    fields: Record<string, string | number | boolean | null>;
    modified_at: string;
  }>`select r.connection, r.object, r.id, l.entity_id as person, r.fields, r.modified_at
    from links l join records r on r.connection = l.connection and r.object = l.object and r.id = l.record_id
    where l.entity = 'person' and not l.retired and not r.deleted and l.entity_id = any(${ids}::text[])`.execute(tx);
  const said = rows.flatMap((row) =>
    plan.fieldsOf(row.connection, row.object).flatMap((shared): Said[] => {
      if (!properties.includes(shared.property)) return [];
      if (shared.mapping.converted && readEntity(shared.mapping, row).converted !== null) return [];
      const crm = readShared(shared, row.fields);
      if (crm === undefined) return [];
      return [{ personId: row.person, shared, recordId: row.id, base: undefined, crm, at: row.modified_at }];
    }),
  );
  const records = new Map([...Map.groupBy(rows, (row) => row.person)].map(([person, mine]) => [person, mine.length]));
  await mergeAndSave(tx, plan, said, records, at);
  const isOver = people.length < PEOPLE_A_BATCH;
  await tx
    .updateTable('shared_setup')
    .set({ through: isOver ? null : (ids.at(-1) ?? null) })
    .where('name', 'in', properties)
    .execute();
  return isOver;
}
