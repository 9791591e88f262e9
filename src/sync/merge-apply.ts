/** Takes what changed records say of shared properties into the channel, in the transaction of their page. */
import { sql } from 'kysely';
import type { RecordRef } from '../leads/service/people.ts';
import { isBlank, sameHeld } from '../mapping/merge.ts';
import type { EntityRead } from '../mapping/read.ts';
import type { Queryable } from '../store/database.ts';
import { remember } from '../store/history.ts';
import { loadShared, saveShared } from '../store/shared-values.ts';
import type { Change } from './compare.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { askOfFields } from './merge-disputes.ts';
import { type SharedPlan, sharedPlan } from './merge-plan.ts';
import { mergeSaid, readShared, type Said } from './merge-values.ts';

/** A changed record of a person, as its mapping reads it; `read` is null where it is gone. */
export interface PersonReading {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly change: Change;
  readonly read: EntityRead | null;
}

/**
 * Merges the shared properties of changed records. Returns the persons whose facts have to be read again. Where no field is
 * shared, or none of them changed, nothing is asked of the store.
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
  if (told.length === 0) return [];
  const owners = await personsOf(
    tx,
    told.map(({ shared, recordId }) => ({
      connection: shared.connection.name,
      object: shared.stream.spec.object,
      id: recordId,
    })),
  );
  const said = told.flatMap((each): Said[] => {
    const { connection, stream } = each.shared;
    const owner = owners.get(`${connection.name} ${stream.spec.object} ${each.recordId}`);
    return owner === undefined ? [] : [{ ...each, personId: owner.person }];
  });
  const records = new Map([...owners.values()].map((owner) => [owner.person, owner.records]));
  return mergeAndSave(tx, plan, said, records, at);
}

/** Merges what was said, saves what comes of it and asks what a person must decide. Returns whose values moved. */
export async function mergeAndSave(
  tx: Queryable,
  plan: SharedPlan,
  said: readonly Said[],
  records: ReadonlyMap<string, number>,
  at: string,
): Promise<string[]> {
  const known = await loadShared(tx, [...new Set(said.map(({ personId }) => personId))]);
  const merged = mergeSaid(plan, said, known, records);
  await saveShared(
    tx,
    [...merged.people].map(([personId, { held, due }]) => ({ personId, held, due })),
  );
  await remember(tx, merged.history, at);
  await askOfFields(tx, merged.disputes, at);
  return [...merged.people].filter(([, { moved }]) => moved).map(([personId]) => personId);
}

/** What a changed record says anew of shared properties. After conversion the story goes on elsewhere: it says nothing. */
function toldBy(plan: SharedPlan, { connection, stream, change, read }: PersonReading): Omit<Said, 'personId'>[] {
  if (read === null || read.converted !== null) return [];
  const changed = new Set(change.changed);
  return plan.fieldsOf(connection.name, stream.spec.object).flatMap((shared): Omit<Said, 'personId'>[] => {
    if (!change.isNew && !shared.source.fields.some((field) => changed.has(field))) return [];
    const crm = readShared(shared, change.fields);
    if (crm === undefined) return [];
    const base = change.before === null ? undefined : readShared(shared, change.before);
    // Another spelling of the same, or a blank that nobody ever filled.
    if (base !== undefined ? sameHeld(base, crm, shared.kind) : isBlank(crm) && !change.isNew) return [];
    return [{ shared, recordId: change.record.id, base, crm, at: change.record.modifiedAt }];
  });
}

async function personsOf(
  tx: Queryable,
  refs: readonly RecordRef[],
): Promise<Map<string, { person: string; records: number }>> {
  const ids = [...new Set(refs.map((ref) => ref.id))];
  const { rows } = await sql<{ connection: string; object: string; id: string; person: string; records: number }>`
    select l.connection, l.object, l.record_id as id, l.entity_id as person,
      (select count(*)::int from links o where o.entity_id = l.entity_id and o.entity = 'person' and not o.retired) as records
    from links l where l.record_id = any(${ids}::text[]) and l.entity = 'person' and not l.retired`.execute(tx);
  return new Map(rows.map((row) => [`${row.connection} ${row.object} ${row.id}`, row]));
}
