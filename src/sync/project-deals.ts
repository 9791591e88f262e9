/** What the CRMs should show of registrations: on their own records, and on the opportunities that they are tied to. */
import { sql } from 'kysely';
import { byIds, loadRegistrations } from '../deals/service/rows.ts';
import { sameValue } from '../mapping/canonical.ts';
import type { FieldValue } from '../mapping/described.ts';
import type { WriteName } from '../mapping/entities.ts';
import { inverted, whyNeverInvertible } from '../mapping/invert.ts';
import { keyOf, type Mapping, type SourceField } from '../mapping/mapping.ts';
import { writeFields } from '../mapping/write.ts';
import { idOf } from '../model/ids.ts';
import { decimalOf } from '../model/money.ts';
import type { Evidence, Registration } from '../model/registration.ts';
import { clip } from '../model/text.ts';
import type { Queryable } from '../store/database.ts';
import { type Connection, type Environment, kindOf, type Stream } from './environment.ts';
import type { DesiredWrite } from './outbox.ts';

type Fields = Record<string, FieldValue>;
type Values = Partial<Record<WriteName, FieldValue>>;

export interface PartnerRecord {
  readonly connection: string;
  readonly recordId: string;
  readonly name: string;
}

/** The longest text of a conflict that is written. */
const NOTE = 255;

/** Writes to the records of registrations, and to their opportunities where no lead writes to these too. */
export async function registrationWrites(
  env: Environment,
  tx: Queryable,
  ids: readonly string[],
  partners: ReadonlyMap<string, PartnerRecord>,
): Promise<DesiredWrite[]> {
  if (ids.length === 0) return [];
  const registrations = (await loadRegistrations(tx, byIds(ids))).map(({ registration }) => registration);
  const writes: DesiredWrite[] = [];
  for (const connection of env.connections) {
    for (const mapping of connection.mappings.filter(({ entity }) => entity === 'registration'))
      writes.push(...(await ownRecords(tx, connection, mapping, registrations, partners)));
    writes.push(...(await bareOpportunities(tx, connection, registrations, partners)));
  }
  return writes;
}

async function ownRecords(
  tx: Queryable,
  connection: Connection,
  mapping: Mapping,
  registrations: readonly Registration[],
  partners: ReadonlyMap<string, PartnerRecord>,
): Promise<DesiredWrite[]> {
  const key = keyOf(mapping);
  const stream = connection.streams.find((each) => each.spec.object === mapping.object);
  if (key === null || stream === undefined) return [];
  const places = await placesOf(tx, connection, mapping.object, registrations);
  const shadows = await shadowsOf(tx, connection, mapping.object, [...places.values()]);
  const opportunities = await opportunityRecords(tx, connection, registrations);
  return registrations.flatMap((registration): DesiredWrite[] => {
    const { id, source } = registration;
    const recordId = places.get(id) ?? null;
    const shadow = recordId === null ? null : (shadows.get(recordId) ?? null);
    const owned = writeFields(mapping, valuesOf(registration), stream.description);
    const write = { connection: connection.name, object: mapping.object, rowKey: id, recordId };
    const external = { field: key.field, value: id };
    if (shadow !== null) return [{ ...write, external: null, fields: different(stream, owned, shadow) }];
    // One that is gone, and what is another CRM's, are left alone; what came in no CRM is shown where its partner is known.
    const partner = partners.get(registration.partnerId);
    if (recordId !== null || source === connection.name || partner?.connection !== connection.name) return [];
    const stated = stateOnce(mapping, stream, registration, partner.recordId, opportunities.get(id) ?? null);
    return [{ ...write, external, fields: { ...stated, ...owned } }];
  });
}

/** What a record that Sluice makes says of the registration; from then on it is only read. */
function stateOnce(
  mapping: Mapping,
  stream: Stream,
  { account, product, amount, closes }: Registration,
  partner: string,
  opportunity: string | null,
): Fields {
  const said: Readonly<Record<string, FieldValue>> = {
    partner,
    account: account.record?.id ?? null,
    company: account.name,
    domain: account.domain,
    country: account.country,
    city: account.city,
    product,
    amount: amount && decimalOf(amount),
    currency: amount?.currency ?? null,
    closes,
    opportunity,
  };
  const described = new Map(stream.description?.fields.map((field) => [field.name, field]));
  return Object.fromEntries(
    mapping.sources.flatMap((source): [string, FieldValue][] => {
      const [field] = source.fields;
      const value = said[source.property] ?? null;
      if (field === undefined || value === null) return [];
      const written = AS_IT_IS.has(source.transform) ? { value } : asRead(source, value, described.get(field));
      return 'value' in written ? [[field, written.value]] : [];
    }),
  );
}

/** What is written just as it is read. */
const AS_IT_IS: ReadonlySet<SourceField['transform']> = new Set(['reference', 'domain']);

function asRead(source: SourceField, value: FieldValue, described: Parameters<typeof inverted>[2]) {
  if (whyNeverInvertible(source) !== null) return { problem: 'it cannot be turned back' };
  // A decimal goes into a field of numbers as one; the CRM keeps as many places as the field has.
  return inverted(source, source.transform === 'money' ? Number(value) : value, described);
}

/** The values that an opportunity shows of the registration tied to it. */
export async function standingsOn(
  tx: Queryable,
  connection: Connection,
  records: readonly string[],
  partners: ReadonlyMap<string, PartnerRecord>,
): Promise<Map<string, Values>> {
  if (records.length === 0 || !writesStanding(connection)) return new Map();
  const { rows } = await sql<{ record: string; id: string }>`
    select distinct on (o.record_id) o.record_id as record, g.id from opportunities o
    join registrations g on g.opportunity_id = o.id
    where o.connection = ${connection.name} and o.record_id = any(${records}::text[])
    order by o.record_id, array_position(array['Won', 'Approved', 'Pending', 'Lost', 'Expired', 'Held', 'Withdrawn', 'Rejected'], g.state),
      g.submitted_at, g.id`.execute(tx);
  const found = await loadRegistrations(tx, byIds(rows.map(({ id }) => id)));
  const byId = new Map(found.map(({ registration }) => [registration.id, registration]));
  return new Map(
    rows.flatMap(({ record, id }) => {
      const registration = byId.get(id);
      return registration ? [[record, standingOf(registration, connection, partners)] as const] : [];
    }),
  );
}

function writesStanding({ mappings }: Connection): boolean {
  return mappings.some(
    ({ entity, writes }) =>
      entity === 'opportunity' && writes.some(({ property }) => property === 'registrationStatus'),
  );
}

function standingOf(
  registration: Registration,
  connection: Connection,
  partners: ReadonlyMap<string, PartnerRecord>,
): Values {
  const partner = partners.get(registration.partnerId);
  return {
    registrationStatus: registration.state,
    registrant: partner?.connection === connection.name ? partner.recordId : null,
    registrantName: partner?.name ?? null,
    protectedUntil: registration.protectedUntil,
    registrationConflict: noteOf(registration.conflicts),
  };
}

function valuesOf(registration: Registration): Values {
  return {
    registrationId: registration.id,
    registrationStatus: registration.state,
    reason: clip(registration.reason, NOTE),
    decideBy: registration.decideBy,
    protectedUntil: registration.protectedUntil,
    registrationConflict: noteOf(registration.conflicts),
  };
}

/** What stands against a registration, as one line. */
function noteOf(conflicts: readonly Evidence[]): string | null {
  const [first, ...more] = conflicts.filter(({ weight }) => weight !== 'note');
  if (first === undefined) return null;
  const { weight, kind, id, holder, state, probability } = first;
  const others = more.length === 0 ? '' : `; and ${more.length} more`;
  const text = `${weight}: ${holder.name}, ${kind} ${id} (${state}), ${Math.round(probability * 100)} % the same company${others}`;
  return clip(text, NOTE);
}

/** Opportunities of registrations that no lead is tied to; those of leads get both at once, with the lead. */
async function bareOpportunities(
  tx: Queryable,
  connection: Connection,
  registrations: readonly Registration[],
  partners: ReadonlyMap<string, PartnerRecord>,
): Promise<DesiredWrite[]> {
  const mapping = connection.mappings.find(({ entity }) => entity === 'opportunity');
  const stream = connection.streams.find((each) => each.spec.object === mapping?.object);
  if (mapping === undefined || stream === undefined || !writesStanding(connection)) return [];
  const ids = registrations.flatMap(({ opportunityId }) => opportunityId ?? []);
  const { rows } = await sql<{ record: string; fields: Fields }>`
    select o.record_id as record, r.fields from opportunities o
    join records r on r.connection = o.connection and r.object = ${mapping.object} and r.id = o.record_id and not r.deleted
    where o.connection = ${connection.name} and o.id = any(${ids}::text[]) and not exists (
      select 1 from links l join leads d on d.person_id = l.entity_id
      where l.connection = o.connection and l.object = ${mapping.object} and l.record_id = o.record_id and l.entity = 'deal')`.execute(
    tx,
  );
  const standings = await standingsOn(
    tx,
    connection,
    rows.map(({ record }) => record),
    partners,
  );
  return rows.map(({ record, fields }): DesiredWrite => {
    const rowKey = idOf('ln', connection.name, mapping.object, record);
    const wanted = writeFields(mapping, { linkId: rowKey, ...standings.get(record) }, stream.description);
    return {
      ...{ connection: connection.name, object: mapping.object, rowKey, recordId: record },
      external: null,
      fields: different(stream, wanted, fields),
    };
  });
}

/** Persons whose leads are tied to the opportunities of these registrations: what is written there is written with the lead. */
export async function personsOnDeals(tx: Queryable, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ person: string }>`
    select distinct l.entity_id as person from registrations g join opportunities o on o.id = g.opportunity_id
    join links l on l.connection = o.connection and l.record_id = o.record_id and l.entity = 'deal'
    where g.id = any(${ids}::text[]) order by 1`.execute(tx);
  return rows.map(({ person }) => person);
}

/** The record of each registration in a CRM: the one it was read from, or the one that was made for it. */
async function placesOf(
  tx: Queryable,
  connection: Connection,
  object: string,
  registrations: readonly Registration[],
): Promise<Map<string, string>> {
  const made = await sql<{ id: string; record: string }>`
    select entity_id as id, record_id as record from links where entity = 'registration' and not retired
      and connection = ${connection.name} and object = ${object}
      and entity_id = any(${registrations.map(({ id }) => id)}::text[])`.execute(tx);
  const places = new Map(made.rows.map(({ id, record }) => [id, record]));
  for (const { id, source, key } of registrations)
    if (source === connection.name && key.startsWith(`${object}/`)) places.set(id, key.slice(object.length + 1));
  return places;
}

async function shadowsOf(
  tx: Queryable,
  connection: Connection,
  object: string,
  ids: readonly string[],
): Promise<Map<string, Fields>> {
  const { rows } = await sql<{ id: string; fields: Fields }>`
    select id, fields from records where connection = ${connection.name} and object = ${object} and not deleted
      and id = any(${ids}::text[])`.execute(tx);
  return new Map(rows.map(({ id, fields }) => [id, fields]));
}

async function opportunityRecords(
  tx: Queryable,
  connection: Connection,
  registrations: readonly Registration[],
): Promise<Map<string, string>> {
  const ids = registrations.flatMap(({ opportunityId }) => opportunityId ?? []);
  const { rows } = await sql<{ id: string; record: string }>`
    select id, record_id as record from opportunities where connection = ${connection.name} and id = any(${ids}::text[])`.execute(
    tx,
  );
  const byId = new Map(rows.map(({ id, record }) => [id, record]));
  return new Map(
    registrations.flatMap(({ id, opportunityId }) => {
      const record = byId.get(opportunityId ?? '');
      return record === undefined ? [] : [[id, record] as const];
    }),
  );
}

/** The fields whose wanted value is not what the CRM is known to hold. */
function different(stream: Stream, wanted: Readonly<Fields>, shadow: Readonly<Fields>): Fields {
  return Object.fromEntries(
    Object.entries(wanted).filter(([field, value]) => !sameValue(value, shadow[field] ?? null, kindOf(stream, field))),
  );
}
