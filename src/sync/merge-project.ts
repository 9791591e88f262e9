/** What records are to be written of the values that their persons share. */
import { sql } from 'kysely';
import { type LeadRecord, loadLeads } from '../leads/service/lead-store.ts';
import { sameValue } from '../mapping/canonical.ts';
import type { FieldValue } from '../mapping/described.ts';
import { inverted } from '../mapping/invert.ts';
import { mayWrite, sameHeld } from '../mapping/merge.ts';
import type { Queryable } from '../store/database.ts';
import type { RecordError } from '../store/errors.ts';
import { loadShared, type SharedValues, takeDue } from '../store/shared-values.ts';
import { type Environment, kindOf } from './environment.ts';
import { sharedPlan } from './merge-plan.ts';
import { holdKey, readShared } from './merge-values.ts';

type Fields = Readonly<Record<string, FieldValue>>;

/** Persons looked at in one transaction. */
const PEOPLE_A_BATCH = 1_000;

/** The shared part of what records are to hold. */
export interface SharedWrites {
  /** Whether anything is shared at all. */
  readonly isAny: boolean;
  /** The fields of a live record of a person that are to be written. */
  of(record: {
    connection: string;
    object: string;
    record_id: string;
    person: string;
    fields: Fields;
  }): Record<string, FieldValue>;
  /** Values that a CRM's field cannot hold. */
  readonly problems: readonly RecordError[];
}

const NOTHING: SharedWrites = { isAny: false, of: () => ({}), problems: [] };

/** Loads the shared values of persons and says what their records lack of them. */
export async function sharedWrites(
  env: Environment,
  tx: Queryable,
  personIds: readonly string[],
): Promise<SharedWrites> {
  const plan = sharedPlan(env.connections);
  const held = plan === null ? new Map<string, SharedValues>() : await loadShared(tx, personIds);
  if (plan === null || held.size === 0) return NOTHING;
  const problems: RecordError[] = [];
  return {
    isAny: true,
    problems,
    of: (record) => {
      const values = held.get(record.person);
      const fields: Record<string, FieldValue> = {};
      if (values === undefined) return fields;
      for (const shared of plan.fieldsOf(record.connection, record.object)) {
        const ours = values[shared.property];
        if (ours === undefined || ours.holds?.includes(holdKey(shared, record.record_id))) continue;
        const theirs = readShared(shared, record.fields);
        // What cannot be read is not written over: somebody has to see it first.
        if (theirs === undefined && shared.field in record.fields) continue;
        if (!mayWrite(shared.policy, ours.value, theirs ?? null)) continue;
        if (sameHeld(theirs ?? null, ours.value, shared.kind)) continue;
        const result = inverted(shared.source, ours.value, shared.described);
        if ('problem' in result) {
          problems.push({
            connection: record.connection,
            object: record.object,
            recordId: record.record_id,
            stage: 'value',
            // A record may have several.
            code: `CANNOT_BE_HELD:${shared.field}`,
            message: `${shared.field} cannot take Sluice's ${shared.property}: ${result.problem}`,
            hint: `Correct the value where it came from (${ours.from.connection}, ${ours.from.object} ${ours.from.id}), the field, or ${shared.mapping.file}.`,
            fields: [shared.field],
          });
        } else if (!sameValue(result.value, record.fields[shared.field] ?? null, kindOf(shared.stream, shared.field))) {
          fields[shared.field] = result.value;
        }
      }
      return fields;
    },
  };
}

/**
 * Takes the persons whose shared values moved: adds their leads to `leads`, as they stand, and returns those who are no leads.
 * `complete` is false where more of them wait.
 */
export async function duePeople(
  env: Environment,
  tx: Queryable,
  leads: Map<string, LeadRecord>,
): Promise<{ readonly people: readonly string[]; readonly complete: boolean }> {
  if (sharedPlan(env.connections) === null) return { people: [], complete: true };
  const due = await takeDue(tx, PEOPLE_A_BATCH);
  const found = await loadLeads(tx, 'person_id', due);
  for (const record of found) if (!leads.has(record.lead.id)) leads.set(record.lead.id, record);
  const withLead = new Set(found.map(({ lead }) => lead.personId));
  return { people: due.filter((id) => !withLead.has(id)), complete: due.length < PEOPLE_A_BATCH };
}

/** Has the persons of these records looked at again: what they share may not have arrived. */
export async function lookAtShared(
  tx: Queryable,
  connection: string,
  object: string,
  rows: readonly { readonly recordId: string | null }[],
): Promise<void> {
  const ids = rows.flatMap(({ recordId }) => recordId ?? []);
  await sql`update shared_values set due = true where person_id in (select entity_id from links
    where connection = ${connection} and object = ${object} and entity = 'person' and record_id = any(${ids}::text[]))`.execute(
    tx,
  );
}
