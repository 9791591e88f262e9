/** Merges the shared properties of all persons anew after the mappings have changed what is shared, a batch at a time. */
import { refreshFacts } from '../leads/service/people.ts';
import { sameHeld } from '../mapping/merge.ts';
import { iso } from '../model/clock.ts';
import { among } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { type Lease, underLease } from '../store/lease.ts';
import { dropShared, loadShared, type SharedValues, saveShared } from '../store/shared-values.ts';
import type { Connection, Environment } from './environment.ts';
import { mergeAndSave } from './merge-apply.ts';
import { type SharedPlan, sharedPlan } from './merge-plan.ts';
import { saidOfLive } from './merge-succession.ts';
import type { Said } from './merge-values.ts';
import { peoplePorts } from './people-ports.ts';

/** Persons merged in one transaction. */
const PEOPLE_A_BATCH = 2_000;
/** The hash of a property that is shared no more, until it is forgotten of everybody. */
const NOT_SHARED = '';

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
  for (let isOver = properties.length === 0; !isOver; ) {
    isOver = await underLease(env.db, lease, (tx) => mergeBatch(env, tx, plan, properties));
    await lease.renew();
  }
  settled.add(env.connections);
}

/** Compares the setup with the one of last time; returns the properties that have to be merged anew, or still to the end. */
async function begin(tx: Queryable, plan: SharedPlan | null): Promise<string[]> {
  const rows = await tx.selectFrom('shared_setup').selectAll().execute();
  const known = new Map(rows.map((row) => [row.name, row]));
  const setup = plan?.setup ?? new Map<string, string>();
  const wanted = new Map([...rows.map(({ name }) => [name, NOT_SHARED] as const), ...setup]);
  for (const [name, hash] of wanted) {
    if (known.get(name)?.hash === hash) continue;
    await tx
      .insertInto('shared_setup')
      .values({ name, hash, through: '' })
      .onConflict((oc) => oc.column('name').doUpdateSet({ hash, through: '' }))
      .execute();
    known.set(name, { name, hash, through: '' });
  }
  return [...known.values()].flatMap(({ name, through }) => (through === null ? [] : [name]));
}

/** Merges the next persons; true where there were no more. */
async function mergeBatch(
  env: Environment,
  tx: Queryable,
  plan: SharedPlan | null,
  properties: readonly string[],
): Promise<boolean> {
  const at = iso(env.clock.now());
  const setup = await tx.selectFrom('shared_setup').select('through').where(among('name', properties)).execute();
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
  const before = await loadShared(tx, ids);
  await forget(tx, before, properties);
  const moved = plan === null ? [] : await mergeFirst(tx, plan, properties, ids, before, at);
  const since = await loadShared(tx, [...before.keys()]);
  const changed = [...before].flatMap(([person, values]) =>
    properties.some(
      (name) => name in values && !sameHeld(values[name]?.value, since.get(person)?.[name]?.value, 'text'),
    )
      ? [person]
      : [],
  );
  await refreshFacts(tx, [...new Set([...moved, ...changed])], peoplePorts(env), at);
  const isOver = people.length < PEOPLE_A_BATCH;
  await tx
    .updateTable('shared_setup')
    .set({ through: isOver ? null : (ids.at(-1) ?? null) })
    .where(among('name', properties))
    .execute();
  if (isOver) await tx.deleteFrom('shared_setup').where('hash', '=', NOT_SHARED).execute();
  return isOver;
}

/** Takes the properties out of what persons hold. */
async function forget(
  tx: Queryable,
  held: ReadonlyMap<string, SharedValues>,
  properties: readonly string[],
): Promise<void> {
  const left = [...held].map(([personId, values]) => ({
    personId,
    held: Object.fromEntries(Object.entries(values).filter(([name]) => !properties.includes(name))),
    due: false,
  }));
  const isEmpty = (values: SharedValues) => Object.keys(values).length === 0;
  await saveShared(
    tx,
    left.filter((row) => !isEmpty(row.held)),
  );
  await dropShared(
    tx,
    left.filter((row) => isEmpty(row.held)).map(({ personId }) => personId),
  );
}

/** Merges what the persons' records say as if it were said for the first time. Returns whose values moved. */
async function mergeFirst(
  tx: Queryable,
  plan: SharedPlan,
  properties: readonly string[],
  ids: readonly string[],
  before: ReadonlyMap<string, SharedValues>,
  at: string,
): Promise<readonly string[]> {
  const live = await saidOfLive(tx, plan, ids);
  const said = live
    .filter(({ shared }) => properties.includes(shared.property))
    .map((each) => ({ ...each, at: stampOf(each, before.get(each.personId)) }));
  const records = new Map(
    [...Map.groupBy(live, ({ personId }) => personId)].map(([person, mine]) => [
      person,
      new Set(mine.map(({ shared, recordId }) => `${shared.connection.name} ${shared.stream.spec.object} ${recordId}`))
        .size,
    ]),
  );
  return (await mergeAndSave(tx, plan, said, records, at)).moved;
}

/** When a record came to say what it says: of the value that the channel had from it that is known, else the record's own stamp. */
function stampOf({ shared, recordId, crm, at }: Said, before: SharedValues | undefined): string {
  const value = before?.[shared.property];
  const isFromIt =
    value?.from.id === recordId &&
    value.from.object === shared.stream.spec.object &&
    value.from.connection === shared.connection.name &&
    sameHeld(crm, value.value, shared.kind);
  return value !== undefined && isFromIt ? value.at : at;
}
