/**
 * Records that are to be made for leads whose person has none in a CRM. A creation is `wanted` until the CRM was asked whether
 * the record is there already (merge-match.ts); then it is `checked` and written, or `linked` to the record that was found, or
 * in `review`. It is over, and gone, once the record is tied to the person.
 */
import { sql } from 'kysely';
import { uniteOnWord } from '../leads/service/answer-identity.ts';
import type { LeadRecord } from '../leads/service/lead-store.ts';
import type { FieldValue } from '../mapping/described.ts';
import { inverted, whyNeverInvertible } from '../mapping/invert.ts';
import { keyOf, type Mapping } from '../mapping/mapping.ts';
import { writeFields } from '../mapping/write.ts';
import { idOf } from '../model/ids.ts';
import type { Lead, LeadState } from '../model/lead.ts';
import { among, upsert } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { emit } from '../store/events.ts';
import { loadShared, type SharedValues } from '../store/shared-values.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import type { DesiredWrite } from './outbox.ts';
import { peoplePorts } from './people-ports.ts';

type Facts = Readonly<Record<string, FieldValue>>;

/** A mapping that makes records, with where it does. */
export interface Creating {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly mapping: Mapping;
}

/** A record to be made. */
export interface Creation {
  readonly link_id: string;
  readonly connection: string;
  readonly object: string;
  readonly person_id: string;
  readonly state: 'wanted' | 'checked' | 'linked' | 'review';
}

/** Leads for whom no record is made: nobody may be told of them, or their story is over. */
const NOT_MADE: ReadonlySet<LeadState> = new Set(['Withheld', 'Review', 'Lost', 'No decision']);

/** The mappings of a connection that make records. */
export function creatingIn(connection: Connection): Creating[] {
  return connection.streams.flatMap((stream) =>
    stream.spec.deleted
      ? []
      : stream.mappings.flatMap((mapping) => (mapping.creates ? [{ connection, stream, mapping }] : [])),
  );
}

/**
 * Notes which of these leads lack a record where one is to be made, and returns what to write for those that were checked.
 * Somebody who ever had a record in the CRM is not given another one: who deleted it had a reason.
 */
export async function createWrites(
  env: Environment,
  tx: Queryable,
  leads: readonly LeadRecord[],
  values: (lead: Lead, linkId: string, connection: Connection) => Parameters<typeof writeFields>[1],
  at: string,
): Promise<DesiredWrite[]> {
  const creating = env.connections.flatMap(creatingIn);
  if (creating.length === 0 || leads.length === 0) return [];
  const leadOf = new Map(leads.map(({ lead }) => [lead.personId, lead]));
  const writes: DesiredWrite[] = [];
  for (const each of creating) {
    const { connection, stream, mapping } = each;
    const lacking = await withoutRecord(tx, connection.name, [...leadOf.keys()]);
    await upsert(
      tx,
      'creations',
      lacking
        .filter((person) => !NOT_MADE.has(leadOf.get(person)?.state ?? 'Withheld'))
        .map((person) => ({
          link_id: idOf('ln', connection.name, stream.spec.object, 'made for', person),
          connection: connection.name,
          object: stream.spec.object,
          person_id: person,
          state: 'wanted',
        })),
      ['link_id'],
      [],
    );
    const checked = await tx
      .selectFrom('creations')
      .selectAll()
      .where('connection', '=', connection.name)
      .where('object', '=', stream.spec.object)
      .where('state', '=', 'checked')
      .where(among('person_id', [...leadOf.keys()]))
      .orderBy('link_id')
      .execute();
    const facts = await factsOf(
      tx,
      checked.map((row) => row.person_id),
    );
    const still = new Set(lacking);
    await endCreations(
      tx,
      checked.filter((row) => !still.has(row.person_id)).map((row) => row.link_id),
      at,
    );
    const key = keyOf(mapping)?.field ?? '';
    for (const row of checked) {
      const lead = leadOf.get(row.person_id);
      if (lead === undefined || !still.has(row.person_id)) continue;
      const isWanted = !NOT_MADE.has(lead.state);
      const owned = writeFields(mapping, values(lead, row.link_id, connection), stream.description);
      writes.push({
        connection: connection.name,
        object: stream.spec.object,
        rowKey: row.link_id,
        recordId: null,
        external: { field: key, value: row.link_id },
        // Without fields the row leaves the outbox again.
        fields: isWanted ? newRecord(each, facts.get(row.person_id) ?? {}, owned) : {},
      });
    }
  }
  return writes;
}

/** What a new record holds: all that is known and can be written, Sluice's own fields, and defaults where it would be blank. */
function newRecord({ stream, mapping }: Creating, facts: Facts, owned: Facts): Record<string, FieldValue> {
  const fields: Record<string, FieldValue> = {};
  for (const source of mapping.sources) {
    const value = facts[source.property] ?? null;
    if (value === null || whyNeverInvertible(source) !== null) continue;
    const [field = ''] = source.fields;
    const described = stream.description?.fields.find((each) => each.name === field);
    if (described?.writable === false) continue;
    const result = inverted(source, value, described);
    if ('value' in result && result.value !== null) fields[field] = result.value;
  }
  const filled = Object.fromEntries(Object.entries(owned).filter(([, value]) => value !== null));
  return { ...mapping.creates?.defaults, ...fields, ...filled };
}

/** Of these persons those who never had a record in the connection. */
async function withoutRecord(tx: Queryable, connection: string, personIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from unnest(${personIds}::text[]) as p(id)
    where not exists (select 1 from links l where l.entity = 'person' and l.entity_id = p.id and l.connection = ${connection})
    order by id`.execute(tx);
  return rows.map((row) => row.id);
}

/** What is known of persons, shared values before what single records say. */
export async function factsOf(tx: Queryable, personIds: readonly string[]): Promise<Map<string, Facts>> {
  if (personIds.length === 0) return new Map();
  const rows = await tx.selectFrom('people').select(['id', 'facts']).where(among('id', personIds)).execute();
  const shared = await loadShared(tx, personIds);
  return new Map(
    rows.map((row) => {
      const held: SharedValues = shared.get(row.id) ?? {};
      const ours = Object.entries(held).map(([property, { value }]) => [property, value]);
      return [row.id, { ...(row.facts as Facts), ...Object.fromEntries(ours) }];
    }),
  );
}

/** Ties made or found records to the persons they were made for; records of no creation are passed over. */
export async function tieCreated(
  tx: Queryable,
  connection: Connection,
  object: string,
  records: readonly { readonly linkId: string; readonly id: string }[],
): Promise<void> {
  if (records.length === 0) return;
  const role =
    connection.mappings.find((each) => each.object === object && each.entity === 'person')?.role ?? 'contact';
  await sql`with made as (
      delete from creations using jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as r("linkId" text, id text)
      where creations.link_id = r."linkId" and creations.connection = ${connection.name} and creations.object = ${object}
      returning creations.link_id, creations.person_id, r.id)
    insert into links (connection, object, record_id, entity, entity_id, role, link_id, retired)
    select ${connection.name}, ${object}, made.id, 'person', made.person_id, ${role}, made.link_id, false from made
    on conflict (record_id, object, connection) do nothing`.execute(tx);
}

/** Whether an object has records of which some may have been made for leads. */
export function createsIn(connection: Connection, object: string): boolean {
  return creatingIn(connection).some(({ stream }) => stream.spec.object === object);
}

/** Acts on the answer which record is the lead's; `chosen` is null where none of them is. */
export async function answerMatch(
  env: Environment,
  tx: Queryable,
  subject: Readonly<Record<string, unknown>>,
  chosen: string | null,
  at: string,
): Promise<void> {
  const linkId = String(subject.creation);
  const person = String(subject.person);
  const candidates = subject.candidates as readonly { readonly object: string; readonly id: string }[];
  const candidate = candidates.find(({ id }) => id === chosen);
  if (candidate === undefined) {
    await tx.updateTable('creations').set({ state: 'checked' }).where('link_id', '=', linkId).execute();
    await emit(tx, [{ type: 'person.changed', entity: person }], at);
    return;
  }
  const connection = String(subject.connection);
  const link = await tx
    .selectFrom('links')
    .select('entity_id')
    .where('connection', '=', connection)
    .where('object', '=', candidate.object)
    .where('record_id', '=', candidate.id)
    .where('entity', '=', 'person')
    .executeTakeFirst();
  if (link) {
    await endCreations(tx, [linkId], at);
    await uniteOnWord(tx, link.entity_id, person, peoplePorts(env), at);
    return;
  }
  await linkFound(tx, connection, person, linkId, candidate, at);
}

/** Nothing is to be made any more: the person has a record. */
async function endCreations(tx: Queryable, linkIds: readonly string[], at: string): Promise<void> {
  if (linkIds.length === 0) return;
  await tx.deleteFrom('creations').where(among('link_id', linkIds)).execute();
  await leaveOutbox(tx, linkIds, at);
}

/** Takes creates that were not sent, or refused, out of the outbox, and closes what was refused of them. */
async function leaveOutbox(tx: Queryable, linkIds: readonly string[], at: string): Promise<void> {
  await tx
    .deleteFrom('outbox')
    .where(among('row_key', linkIds))
    .where('record_id', 'is', null)
    .where('state', 'in', ['pending', 'rejected'])
    .execute();
  await tx
    .updateTable('errors')
    .set({ resolved_at: at })
    .where(among('record_id', linkIds))
    .where('resolved_at', 'is', null)
    .execute();
}

/** Ties a record that was found to the person; it is read before anything else happens to it. */
export async function linkFound(
  tx: Queryable,
  connection: string,
  person: string,
  linkId: string,
  record: { readonly object: string; readonly id: string },
  at: string,
): Promise<void> {
  await leaveOutbox(tx, [linkId], at);
  await tx
    .insertInto('links')
    .values({
      connection,
      object: record.object,
      record_id: record.id,
      entity: 'person',
      entity_id: person,
      role: 'lead',
      link_id: linkId,
      retired: false,
    })
    .onConflict((oc) => oc.columns(['record_id', 'object', 'connection']).doNothing())
    .execute();
  await tx.updateTable('creations').set({ state: 'linked' }).where('link_id', '=', linkId).execute();
}

/** Has the CRM asked once more about creations whose answer was lost and whose record is not there. */
export async function checkAnew(tx: Queryable, linkIds: readonly string[]): Promise<void> {
  await tx
    .updateTable('creations')
    .set({ state: 'wanted' })
    .where(among('link_id', linkIds))
    .where('state', '=', 'checked')
    .execute();
}
