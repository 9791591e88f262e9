/** Applies one page of changed records: shadows, entities, events and the cursor, in one transaction. */
import type { CrmRecord, Cursor, Page } from '../../connectors/connector.ts';
import { applyPartners } from '../leads/service/partners.ts';
import { applyPeople, type PersonRecord, peopleOfCompanies, refreshFacts } from '../leads/service/people.ts';
import { sameValue } from '../mapping/canonical.ts';
import type { EntityName, EntityValue } from '../mapping/entities.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { appliesTo, type EntityRead, readEntity } from '../mapping/read.ts';
import { iso } from '../model/clock.ts';
import {
  applyCampaigns,
  applyContactRoles,
  applyOpportunities,
  applyTouches,
  type Changed,
  type TouchRecord,
} from '../revenue/service/apply.ts';
import { among, upsert } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { type RecordError, report, resolve } from '../store/errors.ts';
import { emit, type NewEvent } from '../store/events.ts';
import { checkLease, type Lease } from '../store/lease.ts';
import { type Connection, type Environment, kindOf, type Stream } from './environment.ts';
import { companyValues, personSources } from './person-sources.ts';

type Fields = Readonly<Record<string, string | number | boolean | null>>;

/** A record as it stands after the page, with what was different before. */
interface Change {
  readonly record: CrmRecord;
  readonly fields: Fields;
  readonly changed: readonly string[];
  readonly isNew: boolean;
  readonly associations: Readonly<Record<string, string[]>> | null;
  readonly pushedAt: string | null;
}

function sameCursor(a: Cursor, b: Cursor | null): boolean {
  const sorted = (cursor: Cursor) => JSON.stringify(Object.entries(cursor).sort(([x], [y]) => (x < y ? -1 : 1)));
  return b !== null && sorted(a) === sorted(b);
}

export interface Applied {
  readonly changed: number;
  /** Records whose associations were read. */
  readonly associated: number;
}

/**
 * Applies a page. Records that hold what their shadow holds are no change; so is our own write coming back. A row older
 * than its shadow is dropped, and a field that was confirmed written after the page was asked for is not compared with it.
 */
export async function applyPage(
  env: Environment,
  connection: Connection,
  stream: Stream,
  page: Page,
  lease: Lease,
  from: Cursor | null = null,
): Promise<Applied> {
  const shadows = await shadowsOf(env.db, connection.name, stream.spec.object, page.records);
  const changes: Change[] = [];
  const stamped: { id: string; modifiedAt: string }[] = [];
  for (const record of page.records) {
    const shadow = shadows.get(record.id);
    const change = compare(stream, record, shadow, page.requestedAt);
    if (change === 'late') continue;
    if (change === null) {
      if (shadow && shadow.modified_at !== record.modifiedAt)
        stamped.push({ id: record.id, modifiedAt: record.modifiedAt });
    } else changes.push(change);
  }
  const { complete, associated } = await withAssociations(connection, stream, changes);
  if (complete.length === 0 && stamped.length === 0 && sameCursor(page.cursor, from))
    return { changed: 0, associated: 0 };
  const at = iso(env.clock.now());
  await env.db.transaction().execute(async (tx) => {
    await checkLease(tx, lease);
    await saveShadows(tx, connection, stream, complete, stamped);
    if (complete.length > 0) await applyEntities(env, tx, connection, stream, complete, at);
    await tx
      .insertInto('streams')
      .values({
        connection: connection.name,
        object: stream.spec.object,
        cursor: JSON.stringify(page.cursor),
        updated_at: at,
      })
      .onConflict((oc) =>
        oc.columns(['connection', 'object']).doUpdateSet({ cursor: JSON.stringify(page.cursor), updated_at: at }),
      )
      .execute();
  });
  return { changed: changes.length, associated };
}

interface Shadow {
  readonly fields: Fields;
  readonly modified_at: string;
  readonly deleted: boolean;
  readonly associations: Record<string, string[]> | null;
  readonly pushed_at: string | null;
}

async function shadowsOf(
  db: Queryable,
  connection: string,
  object: string,
  records: readonly CrmRecord[],
): Promise<Map<string, Shadow>> {
  if (records.length === 0) return new Map();
  const rows = await db
    .selectFrom('records')
    .select(['id', 'fields', 'modified_at', 'deleted', 'associations', 'pushed_at'])
    .where('connection', '=', connection)
    .where('object', '=', object)
    .where(
      among(
        'id',
        records.map((record) => record.id),
      ),
    )
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

function compare(
  stream: Stream,
  record: CrmRecord,
  shadow: Shadow | undefined,
  requestedAt: string,
): Change | 'late' | null {
  if (shadow === undefined) {
    // A record that is gone before it was ever seen has nothing to tell.
    if (record.deleted) return null;
    return {
      record,
      fields: record.fields,
      changed: Object.keys(record.fields),
      isNew: true,
      associations: null,
      pushedAt: null,
    };
  }
  if (Date.parse(record.modifiedAt) < Date.parse(shadow.modified_at)) return 'late';
  const askedBeforeWrite = shadow.pushed_at !== null && Date.parse(requestedAt) <= Date.parse(shadow.pushed_at);
  const fields: Record<string, string | number | boolean | null> = { ...shadow.fields };
  const changed: string[] = [];
  for (const [name, value] of Object.entries(record.fields)) {
    if (askedBeforeWrite && stream.owned.has(name)) continue;
    // A field never seen before that holds nothing is no news.
    if (sameValue(shadow.fields[name] ?? null, value, kindOf(stream, name))) continue;
    fields[name] = value;
    changed.push(name);
  }
  if (changed.length === 0 && record.deleted === shadow.deleted) return null;
  return {
    record,
    fields,
    changed,
    isNew: shadow.deleted && !record.deleted,
    associations: shadow.associations,
    pushedAt: shadow.pushed_at,
  };
}

/** Reads the associations of changed records: changes of associations alone move no modification stamp. */
async function withAssociations(
  connection: Connection,
  stream: Stream,
  changes: readonly Change[],
): Promise<{ complete: readonly Change[]; associated: number }> {
  const { connector } = connection;
  // What Sluice itself wrote says nothing of associations.
  const wanted = changes.filter(
    (change) => !change.record.deleted && (change.isNew || change.changed.some((field) => !stream.owned.has(field))),
  );
  if (stream.associations.length === 0 || wanted.length === 0 || !connector.readAssociations)
    return { complete: changes, associated: 0 };
  const found = new Map<string, Record<string, string[]>>(wanted.map((change) => [change.record.id, {}]));
  for (const toObject of stream.associations) {
    const ids = await connector.readAssociations(stream.spec.object, toObject, [...found.keys()]);
    for (const [id, to] of ids) {
      const mine = found.get(id);
      if (mine) mine[toObject] = to;
    }
  }
  return {
    complete: changes.map((change) => ({
      ...change,
      associations: found.get(change.record.id) ?? change.associations,
    })),
    associated: found.size,
  };
}

async function saveShadows(
  tx: Queryable,
  connection: Connection,
  stream: Stream,
  changes: readonly Change[],
  stamped: readonly { id: string; modifiedAt: string }[],
): Promise<void> {
  const personMapping = stream.mappings.find((mapping) => mapping.entity === 'person');
  await upsert(
    tx,
    'records',
    changes.map((change) => ({
      connection: connection.name,
      object: stream.spec.object,
      id: change.record.id,
      fields: change.fields,
      modified_at: change.record.modifiedAt,
      deleted: change.record.deleted,
      associations: change.associations,
      ...tiesOf(personMapping, change),
      pushed_at: change.pushedAt,
    })),
    ['connection', 'object', 'id'],
    ['fields', 'modified_at', 'deleted', 'associations', 'company_id', 'deal_id'],
  );
  if (stamped.length > 0) {
    await upsert(
      tx,
      'records',
      stamped.map((row) => ({
        connection: connection.name,
        object: stream.spec.object,
        id: row.id,
        fields: {},
        modified_at: row.modifiedAt,
        deleted: false,
      })),
      ['connection', 'object', 'id'],
      ['modified_at'],
    );
  }
}

/** The records of the same CRM that a person's record points to: its company, and the deal it was converted into. */
function tiesOf(mapping: Mapping | undefined, change: Change): { company_id: string | null; deal_id: string | null } {
  if (mapping === undefined) return { company_id: null, deal_id: null };
  const read = readEntity(mapping, { ...change.record, fields: change.fields }, change.associations ?? {});
  return {
    company_id: read.entity === 'person' ? read.value.company : null,
    deal_id: read.converted?.opportunity ?? null,
  };
}

/** One record as one mapping reads it; `read` is null where the record is not (or no more) that entity. */
interface Reading {
  readonly change: Change;
  readonly read: EntityRead | null;
}

async function applyEntities(
  env: Environment,
  tx: Queryable,
  connection: Connection,
  stream: Stream,
  changes: readonly Change[],
  at: string,
): Promise<void> {
  const problems: RecordError[] = [];
  const events: NewEvent[] = [];
  for (const mapping of stream.mappings) {
    const readings = changes.map((change): Reading => {
      const record = { object: stream.spec.object, id: change.record.id, fields: change.fields };
      if (change.record.deleted || !appliesTo(mapping, record)) return { change, read: null };
      const read = readEntity(mapping, record, change.associations ?? {});
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
      return { change, read };
    });
    await appliers[mapping.entity](env, tx, connection, stream, mapping, readings, at);
    events.push(...answersAndEdits(connection, stream, mapping, readings));
  }
  await report(tx, problems, at);
  const good = changes
    .map((change) => change.record.id)
    .filter((id) => !problems.some((problem) => problem.recordId === id));
  await resolve(tx, connection.name, stream.spec.object, 'map', good, at);
  await emit(tx, events, at);
}

type Applier = (
  env: Environment,
  tx: Queryable,
  connection: Connection,
  stream: Stream,
  mapping: Mapping,
  readings: readonly Reading[],
  at: string,
) => Promise<void>;

const appliers: Record<EntityName, Applier> = {
  person: async (env, tx, connection, stream, mapping, readings, at) => {
    const companies = await companyValues(
      tx,
      connection,
      readings.flatMap(({ read }) =>
        read?.entity === 'person' && read.value.company !== null ? [read.value.company] : [],
      ),
    );
    const records = readings.map(({ change, read }): PersonRecord => {
      const person = read?.entity === 'person' ? read : null;
      const crossIds = person?.crossIds.map((cross) => `${cross.crm}.${cross.object}:${cross.id}`) ?? [];
      const contact = person?.converted?.contact;
      return {
        connection: connection.name,
        object: stream.spec.object,
        id: change.record.id,
        role: mapping.role ?? 'contact',
        value: person?.value ?? null,
        company: person?.value.company ? (companies.get(person.value.company) ?? null) : null,
        addresses: [
          `${connection.crm}.${stream.spec.object}:${change.record.id}`,
          ...crossIds,
          ...(contact ? [`${connection.crm}.${contactObject(connection)}:${contact}`] : []),
        ],
      };
    });
    const ports = {
      sources: (queryable: Queryable, refs: Parameters<typeof personSources>[2]) => personSources(env, queryable, refs),
    };
    await applyPeople(tx, records, env.rules.intake, ports, at);
    if (mapping.touches.length === 0) return;
    const campaigns = campaignObject(connection);
    await applyTouches(
      tx,
      readings.map(({ change, read }) => ({
        connection: connection.name,
        object: stream.spec.object,
        id: change.record.id,
        touches: (read?.touches ?? []).map(
          (touch): TouchRecord => ({
            subject: { object: stream.spec.object, id: change.record.id },
            campaign: { object: campaigns, id: touch.campaign },
            at: touch.at,
            kind: touch.kind,
          }),
        ),
      })),
      at,
    );
  },
  company: async (env, tx, connection, _stream, _mapping, readings, at) => {
    const known = readings.filter(({ change }) => !change.isNew).map(({ change }) => change.record.id);
    const people = await peopleOfCompanies(tx, connection.name, known);
    await refreshFacts(tx, people, { sources: (queryable, refs) => personSources(env, queryable, refs) }, at);
  },
  partner: async (_env, tx, connection, stream, _mapping, readings, at) => {
    await applyPartners(
      tx,
      readings.map(({ change, read }) => ({
        connection: connection.name,
        object: stream.spec.object,
        id: change.record.id,
        value: read?.entity === 'partner' ? read.value : null,
      })),
      at,
    );
  },
  campaign: async (env, tx, connection, stream, _mapping, readings, at) => {
    const records = readings.map(({ change, read }) => ({
      connection: connection.name,
      object: stream.spec.object,
      id: change.record.id,
      value: read?.entity === 'campaign' ? read.value : null,
    }));
    await applyCampaigns(
      tx,
      records,
      env.connections.map((each) => each.name),
      env.currency,
      at,
    );
  },
  membership: async (_env, tx, connection, stream, _mapping, readings, at) => {
    await applyTouches(
      tx,
      readings.map(({ change, read }) => ({
        connection: connection.name,
        object: stream.spec.object,
        id: change.record.id,
        touches: read?.entity === 'membership' ? membershipTouches(connection, read.value) : [],
      })),
      at,
    );
  },
  opportunity: async (env, tx, connection, stream, _mapping, readings, at) => {
    await applyOpportunities(tx, changedOf(connection, stream, readings, 'opportunity'), env.currency, at);
  },
  contactRole: async (_env, tx, connection, stream, _mapping, readings, at) => {
    await applyContactRoles(tx, changedOf(connection, stream, readings, 'contactRole'), at);
  },
  // An offer is Sluice's own record: only the answers given on it are read, below.
  offer: async () => undefined,
};

function changedOf<E extends 'opportunity' | 'contactRole'>(
  connection: Connection,
  stream: Stream,
  readings: readonly Reading[],
  entity: E,
): Changed<EntityValue<E>>[] {
  return readings.map(({ change, read }) => ({
    connection: connection.name,
    object: stream.spec.object,
    id: change.record.id,
    value: read?.entity === entity ? (read.value as EntityValue<E>) : null,
  }));
}

function membershipTouches(
  connection: Connection,
  value: Extract<EntityRead, { entity: 'membership' }>['value'],
): TouchRecord[] {
  const subject = value.lead
    ? { object: objectOf(connection, 'person', 'lead'), id: value.lead }
    : value.contact
      ? { object: contactObject(connection), id: value.contact }
      : null;
  if (!value.responded || value.respondedAt === null || value.campaign === null || subject === null) return [];
  return [
    {
      subject,
      campaign: { object: campaignObject(connection), id: value.campaign },
      at: value.respondedAt,
      kind: value.kind ?? 'response',
    },
  ];
}

function objectOf(connection: Connection, entity: EntityName, role: 'lead' | 'contact' | null): string {
  return connection.mappings.find((mapping) => mapping.entity === entity && mapping.role === role)?.object ?? '';
}
function contactObject(connection: Connection): string {
  return objectOf(connection, 'person', 'contact');
}
function campaignObject(connection: Connection): string {
  return objectOf(connection, 'campaign', null);
}

/** Answers of partners, conversions, and edits by somebody else of fields that are Sluice's to write. */
function answersAndEdits(
  connection: Connection,
  stream: Stream,
  mapping: Mapping,
  readings: readonly Reading[],
): NewEvent[] {
  const events: NewEvent[] = [];
  for (const { change, read } of readings) {
    const at = { connection: connection.name, object: stream.spec.object, record: change.record.id };
    if (read?.answer && (change.isNew || answeredIn(mapping, change.changed))) {
      events.push({
        type: 'offer.answered',
        entity: read.answer.offerId,
        data: { ...at, response: read.answer.response, reason: read.answer.reason, at: change.record.modifiedAt },
      });
    }
    if (read?.converted && mapping.converted && (change.isNew || change.changed.includes(mapping.converted.when))) {
      events.push({ type: 'lead.converted', entity: change.record.id, data: { ...at, ...read.converted } });
    }
    if (!change.isNew && change.changed.some((field) => stream.owned.has(field))) {
      events.push({ type: 'owned.edited', entity: change.record.id, data: at });
    }
  }
  return events;
}

function answeredIn(mapping: Mapping, changed: readonly string[]): boolean {
  if (mapping.answers === null) return false;
  const fields = 'combined' in mapping.answers ? [mapping.answers.combined] : [mapping.answers.response];
  return fields.some((answer) => changed.includes(answer.field));
}
