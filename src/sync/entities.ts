/** What changed records mean to the channel model: each entity's own part of it takes them over. */
import { applyFunds, followCampaigns } from '../funds/service/apply.ts';
import { applyPartners } from '../leads/service/partners.ts';
import {
  applyPeople,
  type PeoplePorts,
  type PersonRecord,
  type PersonStatement,
  peopleOfCompanies,
  refreshFacts,
} from '../leads/service/people.ts';
import type { EntityName, EntityValue } from '../mapping/entities.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { appliesTo, type EntityRead, readEntity } from '../mapping/read.ts';
import {
  applyCampaigns,
  applyContactRoles,
  applyOpportunities,
  applyTouches,
  associatedRoles,
  type Changed,
  type TouchRecord,
} from '../revenue/service/apply.ts';
import { applyAccounts } from '../revenue/service/apply-accounts.ts';
import { applyLineItems, applyListedPartners, applyProducts } from '../revenue/service/apply-lines.ts';
import type { Queryable } from '../store/database.ts';
import { hasOpen, type RecordError, report, resolve } from '../store/errors.ts';
import { emit, type NewEvent } from '../store/events.ts';
import type { Change } from './compare.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { fundProblems, fundRecords } from './fund-records.ts';
import { leaveDeleted } from './gone-writes.ts';
import { applyShared } from './merge-apply.ts';
import { noteRewrites } from './merge-contests.ts';
import { peoplePorts } from './people-ports.ts';
import { companyValues } from './person-sources.ts';
import { readChange } from './reading.ts';

/** The changed records of one stream. */
export interface StreamChanges {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly changes: readonly Change[];
}

/** One changed record as one mapping reads it; `read` is null where the record is not (or no more) that entity. */
interface Reading {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly mapping: Mapping;
  readonly change: Change;
  readonly read: EntityRead | null;
}

/** Applies changed records in the caller's transaction, entity after entity: what is spoken of comes first. */
export async function applyEntities(
  env: Environment,
  tx: Queryable,
  streams: readonly StreamChanges[],
  at: string,
): Promise<void> {
  const problems: RecordError[] = [];
  const readings = streams.flatMap((each) =>
    each.stream.mappings.flatMap((mapping) => readAll(each, mapping, problems)),
  );
  const of = <E extends EntityName>(entity: E) => readings.filter(({ mapping }) => mapping.entity === entity);
  const ports = peoplePorts(env);

  await applyPartners(tx, changed(of('partner'), 'partner'), at);
  await applyCampaigns(
    tx,
    changed(of('campaign'), 'campaign'),
    env.connections.map(({ name }) => name),
    env.currency,
    at,
  );
  await applyPeople(tx, await personRecords(tx, of('person')), env.rules.intake, ports, at);
  await refreshFacts(tx, await applyShared(env, tx, of('person'), at), ports, at);
  await companiesChanged(tx, of('company'), ports, at);
  await applyAccounts(tx, changed(of('company'), 'company'), at);
  await applyTouches(
    tx,
    [...of('membership'), ...of('person').filter(({ mapping }) => mapping.touches.length > 0)]
      // What the person of a merged record did stays done.
      .filter(({ change }) => change.record.mergedInto === undefined)
      .map(touchesOf),
    at,
  );
  const deals = of('opportunity');
  const own = deals.length === 0 ? NO_CURRENCIES : await currenciesOf(tx);
  await applyOpportunities(
    tx,
    changed(
      deals.map((reading) => withCurrency(reading, own)),
      'opportunity',
    ),
    env.currency,
    at,
  );
  if (of('campaign').length > 0) await followCampaigns(tx);
  const unusable = await applyFunds(tx, fundRecords(of), env.currency, at);
  problems.push(...fundProblems(unusable));
  await applyContactRoles(tx, of('contactRole').flatMap(contactRoles), at);
  await applyProducts(tx, changed(of('product'), 'product'), at);
  await applyLineItems(tx, changed(of('lineItem'), 'lineItem'), at);
  await applyListedPartners(tx, changed(of('dealPartner'), 'dealPartner'), at);
  await noteRewrites(tx, streams, at);
  await leaveDeleted(tx, streams, at);
  await emit(tx, [...readings.flatMap(answersAndEdits), ...of('registration').flatMap(registrationsTold)], at);
  await settleProblems(tx, streams, problems, at);
}

function readAll({ connection, stream, changes }: StreamChanges, mapping: Mapping, problems: RecordError[]): Reading[] {
  return changes.map((change): Reading => {
    const record = { object: stream.spec.object, id: change.record.id, fields: change.fields };
    if (change.record.deleted || !appliesTo(mapping, record))
      return { connection, stream, mapping, change, read: null };
    const read = readChange(mapping, record.object, change);
    for (const problem of read.problems) {
      problems.push({
        connection: connection.name,
        object: stream.spec.object,
        recordId: change.record.id,
        stage: 'map',
        code: 'BAD_VALUE',
        message: problem.message,
        hint: `Correct ${problem.field} in the CRM, or how ${mapping.file} reads it.`,
        fields: [problem.field],
      });
    }
    return { connection, stream, mapping, change, read };
  });
}

/** Opens what could not be read in the error centre and closes what can be read again. */
async function settleProblems(
  tx: Queryable,
  streams: readonly StreamChanges[],
  problems: readonly RecordError[],
  at: string,
): Promise<void> {
  await report(tx, problems, at);
  const open = new Set<string>();
  for (const name of new Set(streams.map(({ connection }) => connection.name))) {
    if (await hasOpen(tx, 'map', name)) open.add(name);
  }
  const bad = new Set(problems.map((problem) => `${problem.connection} ${problem.object} ${problem.recordId}`));
  const told = streams.filter(({ connection }) => open.has(connection.name));
  const good = told.flatMap(({ connection, stream, changes }) =>
    changes
      .filter((change) => !bad.has(`${connection.name} ${stream.spec.object} ${change.record.id}`))
      .map((change) => ({ connection: connection.name, object: stream.spec.object, recordId: change.record.id })),
  );
  await resolve(tx, 'map', good, at);
}

const NO_CURRENCIES: ReadonlyMap<string, string> = new Map();

/** The own currency of each connection whose CRM says it. */
async function currenciesOf(tx: Queryable): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.selectFrom('connections').select(['name', 'currency']).execute();
  return new Map(rows.flatMap(({ name, currency }) => (currency === null ? [] : [[name, currency] as const])));
}

/**
 * A deal that names no currency is in the CRM's own, where that is known. One in a currency that cannot be read is in neither: what
 * stands there is kept, and the ledger holds it.
 */
function withCurrency(reading: Reading, own: ReadonlyMap<string, string>): Reading {
  const { connection, mapping, change, read } = reading;
  if (read?.entity !== 'opportunity' || read.value.currency !== null) return reading;
  const fields = mapping.sources.find(({ property }) => property === 'currency')?.fields ?? [];
  const bad = read.problems.find(({ field }) => fields.includes(field));
  const currency =
    bad === undefined ? (own.get(connection.name) ?? null) : String(change.fields[bad.field] ?? '').slice(0, 20);
  return { ...reading, read: { ...read, value: { ...read.value, currency } } };
}

function ref({ connection, stream, change }: Reading) {
  return { connection: connection.name, object: stream.spec.object, id: change.record.id };
}

function changed<E extends EntityName>(readings: readonly Reading[], entity: E): Changed<EntityValue<E>>[] {
  return readings.map((reading) => ({
    ...ref(reading),
    value: reading.read?.entity === entity ? (reading.read.value as EntityValue<E>) : null,
    crossIds: reading.read?.crossIds ?? [],
  }));
}

/** A record that is a contact role, or the roles of all contacts associated with a deal. */
function contactRoles(reading: Reading): Changed<EntityValue<'contactRole'>>[] {
  const { mapping, change, read } = reading;
  const tied = mapping.associations.find(({ property }) => property === 'contact');
  if (tied === undefined) return changed([reading], 'contactRole');
  const before = change.associationsBefore?.[tied.toObject] ?? [];
  // Once they were read, an object that is not named has none.
  const now = read === null ? [] : (change.associations?.[tied.toObject] ?? []);
  return associatedRoles(ref(reading), now, before);
}

async function personRecords(tx: Queryable, readings: readonly Reading[]): Promise<PersonRecord[]> {
  const companies = new Map<string, EntityValue<'company'>>();
  for (const [connection, mine] of Map.groupBy(readings, (reading) => reading.connection)) {
    const ids = mine.flatMap(({ read }) =>
      read?.entity === 'person' && read.value.company !== null ? [read.value.company] : [],
    );
    for (const [id, value] of await companyValues(tx, connection, ids))
      companies.set(`${connection.name} ${id}`, value);
  }
  return readings.flatMap((reading): PersonRecord[] => {
    const { stream, change, mapping, read } = reading;
    const said = statementOf(reading, read, companies);
    const before =
      change.before === null
        ? null
        : readEntity(
            mapping,
            { object: stream.spec.object, id: change.record.id, fields: change.before },
            change.associationsBefore ?? {},
          );
    const saidBefore = before && statementOf(reading, before, companies);
    // What a record says of campaigns or of Sluice's own fields is no news of the person.
    if (said.value !== null && saidBefore !== null && JSON.stringify(said) === JSON.stringify(saidBefore)) return [];
    return [{ ...ref(reading), role: mapping.role ?? 'contact', ...said, before: saidBefore }];
  });
}

/** What a record says of a person: facts, its company's facts, and where else the person is known. */
function statementOf(
  { connection, stream, change }: Reading,
  read: EntityRead | null,
  companies: ReadonlyMap<string, EntityValue<'company'>>,
): PersonStatement {
  const person = read?.entity === 'person' ? read : null;
  const contact = person?.converted?.contact;
  const contacts = objectOf(connection, 'person', 'contact');
  return {
    value: person?.value ?? null,
    company: person?.value.company ? (companies.get(`${connection.name} ${person.value.company}`) ?? null) : null,
    addresses: [
      `${connection.crm}.${stream.spec.object}:${change.record.id}`,
      ...(person?.crossIds.map((cross) => `${cross.crm}.${cross.object}:${cross.id}`) ?? []),
      ...(contact && contacts ? [`${connection.crm}.${contacts}:${contact}`] : []),
    ],
  };
}

/** A company that changed may complete the facts of its people; a new one is read before they are. */
async function companiesChanged(
  tx: Queryable,
  readings: readonly Reading[],
  ports: PeoplePorts,
  at: string,
): Promise<void> {
  const people = new Set<string>();
  for (const [connection, mine] of Map.groupBy(readings, (reading) => reading.connection.name)) {
    const known = mine.filter(({ change }) => !change.isNew).map(({ change }) => change.record.id);
    for (const person of await peopleOfCompanies(tx, connection, known)) people.add(person);
  }
  await refreshFacts(tx, [...people], ports, at);
}

function touchesOf(reading: Reading): ReturnType<typeof ref> & { touches: TouchRecord[] } {
  const { connection, read } = reading;
  const campaigns = objectOf(connection, 'campaign', null);
  if (read?.entity === 'membership')
    return { ...ref(reading), touches: membershipTouches(connection, campaigns, read.value) };
  const { object, id } = ref(reading);
  return {
    ...ref(reading),
    touches: (read?.touches ?? []).map((touch) => ({
      subject: { object, id },
      campaign: { object: campaigns ?? '', id: touch.campaign },
      at: touch.at,
      kind: touch.kind,
    })),
  };
}

function membershipTouches(
  connection: Connection,
  campaigns: string | undefined,
  value: EntityValue<'membership'>,
): TouchRecord[] {
  const subject = value.lead
    ? { object: objectOf(connection, 'person', 'lead'), id: value.lead }
    : { object: objectOf(connection, 'person', 'contact'), id: value.contact };
  if (!value.responded || value.respondedAt === null || value.campaign === null) return [];
  if (campaigns === undefined || subject.object === undefined || subject.id === null) return [];
  return [
    {
      subject: { object: subject.object, id: subject.id },
      campaign: { object: campaigns, id: value.campaign },
      at: value.respondedAt,
      kind: value.kind ?? 'response',
      status: value.status,
    },
  ];
}

/** The object of a connection that holds an entity. */
function objectOf(connection: Connection, entity: EntityName, role: 'lead' | 'contact' | null): string | undefined {
  return connection.mappings.find((mapping) => mapping.entity === entity && mapping.role === role)?.object;
}

/** Answers of partners, conversions, and edits by somebody else of fields that are Sluice's to write. */
function answersAndEdits({ connection, stream, mapping, change, read }: Reading): NewEvent[] {
  const events: NewEvent[] = [];
  const at = { connection: connection.name, object: stream.spec.object, record: change.record.id };
  if (read?.answer && (change.isNew || answeredIn(mapping, change.changed))) {
    const { offerId, response, reason } = read.answer;
    events.push({
      type: 'offer.answered',
      entity: offerId,
      data: { ...at, response, reason, at: change.record.modifiedAt },
    });
  }
  if (read?.converted && mapping.converted && (change.isNew || change.changed.includes(mapping.converted.when))) {
    events.push({ type: 'lead.converted', entity: change.record.id, data: { ...at, ...read.converted } });
  }
  // Who was at work before Sluice knew the record has nobody's offer.
  if (read?.worked && mapping.worked && !change.isNew && change.changed.includes(mapping.worked.field)) {
    events.push({
      type: 'lead.worked',
      entity: change.record.id,
      data: { ...at, at: change.record.modifiedAt },
    });
  }
  if (!change.isNew && change.changed.some((field) => stream.owned.has(field))) {
    events.push({ type: 'owned.edited', entity: change.record.id, data: at });
  }
  return events;
}

/** What the record of a registration says, where it is news. */
function registrationsTold(reading: Reading): NewEvent[] {
  const { connection, stream, mapping, change, read } = reading;
  const { object, id } = ref(reading);
  const data = { connection: connection.name, object, record: id };
  const before = change.before && { object: stream.spec.object, id, fields: change.before };
  const was =
    before && appliesTo(mapping, before) ? readEntity(mapping, before, change.associationsBefore ?? {}) : null;
  if (read?.entity !== 'registration') {
    if (was === null) return [];
    const registrationId = was.written.registrationId ?? null;
    return [{ type: 'registration.told', entity: id, data: { ...data, told: null, registrationId } }];
  }
  if (was !== null && JSON.stringify(was.value) === JSON.stringify(read.value)) return [];
  const registrationId = read.written.registrationId ?? null;
  return [{ type: 'registration.told', entity: id, data: { ...data, told: read.value, registrationId } }];
}

function answeredIn(mapping: Mapping, changedFields: readonly string[]): boolean {
  if (mapping.answers === null) return false;
  const answer = 'combined' in mapping.answers ? mapping.answers.combined : mapping.answers.response;
  return changedFields.includes(answer.field);
}
