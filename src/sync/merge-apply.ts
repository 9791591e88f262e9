/** Takes what changed records say of shared properties into the channel, in the transaction of their page. */
import { sql } from 'kysely';
import { type RecordRef, refKey } from '../leads/service/people.ts';
import { isBlank, sameHeld } from '../mapping/merge.ts';
import type { EntityRead } from '../mapping/read.ts';
import type { Queryable } from '../store/database.ts';
import { remember } from '../store/history.ts';
import { loadShared, saveShared } from '../store/shared-values.ts';
import type { Change } from './compare.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { closeFieldReviews } from './gone-reviews.ts';
import { askOfFields } from './merge-disputes.ts';
import { OWNERS, type SharedField, type SharedPlan, sharedPlan } from './merge-plan.ts';
import { showAgain, succeedAll } from './merge-succession.ts';
import { hasHolds, mergeSaid, readShared, type Said } from './merge-values.ts';

/** A changed record of a person, as its mapping reads it; `read` is null where it is gone. */
export interface PersonReading {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly change: Change;
  readonly read: EntityRead | null;
}

/**
 * Merges the shared properties of changed records. Returns the persons whose facts have to be read again. Where no field is
 * shared, or none of them changed and no record is gone, nothing is asked of the store.
 */
export async function applyShared(
  env: Environment,
  tx: Queryable,
  readings: readonly PersonReading[],
  at: string,
): Promise<string[]> {
  const plan = sharedPlan(env.connections);
  if (plan === null) return [];
  const told = readings.flatMap((reading) => toldBy(plan, reading));
  const gone = readings.filter((reading) => isGone(plan, reading)).map(refOf);
  if (told.length === 0 && gone.length === 0) return [];
  await closeFieldReviews(tx, gone, at);
  const owners = await personsOf(tx, [...told.map(({ shared, recordId }) => placeOf(shared, recordId)), ...gone]);
  const said = told.flatMap((each): Said[] => {
    const owner = owners.get(refKey(placeOf(each.shared, each.recordId)));
    return owner === undefined || owner.retired ? [] : [{ ...each, personId: owner.person }];
  });
  const records = new Map([...owners.values()].map((owner) => [owner.person, owner.records]));
  const { moved, blank } = await mergeAndSave(tx, plan, said, records, at);
  const left = gone.flatMap((ref) => owners.get(refKey(ref))?.person ?? []);
  const succeeded = await succeedAll(tx, plan, [...new Set([...left, ...blank])], at);
  return [...new Set([...moved, ...succeeded])];
}

export interface MovedValues {
  /** Persons whose values moved: their facts have to be read again. */
  readonly moved: readonly string[];
  /** Those of them of whom a value is blank though some record may not be. */
  readonly blank: readonly string[];
}

/** Merges what was said, saves what comes of it and asks what a person must decide. */
export async function mergeAndSave(
  tx: Queryable,
  plan: SharedPlan,
  said: readonly Said[],
  records: ReadonlyMap<string, number>,
  at: string,
): Promise<MovedValues> {
  const known = await loadShared(tx, [...new Set(said.map(({ personId }) => personId))]);
  const merged = mergeSaid(plan, said, known, records);
  await saveShared(
    tx,
    [...merged.people].map(([personId, { held, due }]) => ({ personId, held, due })),
  );
  await remember(tx, merged.history, at);
  await askOfFields(tx, merged.disputes, at);
  const moved = [...merged.people].filter(([, person]) => person.moved);
  const asked = moved.filter(([, { held }]) => hasHolds(held)).map(([personId]) => personId);
  await showAgain(tx, plan, asked, at);
  return {
    moved: moved.map(([personId]) => personId),
    blank: moved.flatMap(([personId, { held }]) =>
      [...plan.neverBlank].some((property) => held[property] && isBlank(held[property].value)) ? [personId] : [],
    ),
  };
}

function placeOf({ connection, stream }: SharedField, id: string): RecordRef {
  return { connection: connection.name, object: stream.spec.object, id };
}

/** Whether a record that was known says nothing more: it was deleted or converted, or is no person any more. */
function isGone(plan: SharedPlan, { connection, stream, change, read }: PersonReading): boolean {
  if (change.before === null || (read !== null && read.converted === null)) return false;
  return plan.fieldsOf(connection.name, stream.spec.object).length > 0;
}

function refOf({ connection, stream, change }: PersonReading): RecordRef {
  return { connection: connection.name, object: stream.spec.object, id: change.record.id };
}

/** What a changed record says anew of shared properties. After conversion the story goes on elsewhere: it says nothing. */
function toldBy(plan: SharedPlan, { connection, stream, change, read }: PersonReading): Omit<Said, 'personId'>[] {
  if (read === null || read.converted !== null) return [];
  const changed = new Set(change.changed);
  return plan.fieldsOf(connection.name, stream.spec.object).flatMap((shared): Omit<Said, 'personId'>[] => {
    if (!change.isNew && !shared.source.fields.some((field) => changed.has(field))) return [];
    const crm = readShared(shared, change.fields);
    if (crm === undefined) return [];
    // An owner's record that has come back has its say as at first contact; any other only in what is new in it.
    const before = change.before ?? (OWNERS.has(shared.policy) ? undefined : change.lastAlive);
    const base = before === undefined ? undefined : readShared(shared, before);
    const said = { shared, recordId: change.record.id, base, crm, at: change.record.modifiedAt };
    // It may have to follow what happened meanwhile, though it holds what it held.
    if (change.lastAlive !== undefined) return [said];
    // Another spelling of the same, or a blank that nobody ever filled.
    if (base !== undefined ? sameHeld(base, crm, shared.kind) : isBlank(crm) && !change.isNew) return [];
    return [said];
  });
}

interface Owner {
  readonly person: string;
  readonly retired: boolean;
  /** How many records tell of the person. */
  readonly records: number;
}

async function personsOf(tx: Queryable, refs: readonly RecordRef[]): Promise<Map<string, Owner>> {
  const ids = [...new Set(refs.map((ref) => ref.id))];
  const { rows } = await sql<RecordRef & Owner>`
    select l.connection, l.object, l.record_id as id, l.entity_id as person, l.retired,
      (select count(*)::int from links o where o.entity_id = l.entity_id and o.entity = 'person' and not o.retired) as records
    from links l where l.record_id = any(${ids}::text[]) and l.entity = 'person'`.execute(tx);
  return new Map(rows.map((row) => [refKey(row), row]));
}
