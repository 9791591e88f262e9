/** Drift as it is remembered, told and, when the CRM's schema is mended or accepted, forgotten. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { ObjectDescription } from '../../connectors/connector.ts';
import type { Database, Queryable } from '../store/database.ts';
import { report } from '../store/errors.ts';
import { type Drift, type DriftCode, PAUSES } from './drift.ts';
import { askSweep } from './sweep-store.ts';

/** One object's schema. */
export interface Schema {
  readonly object: string;
  /** As it was when the mappings fitted. */
  readonly baseline: ObjectDescription | null;
  readonly now: ObjectDescription | null;
}

/** A schema as it is remembered, with the hash of the lists that its fields had when it was looked at last. */
type Baseline = ObjectDescription & { readonly lists?: string | null };

/** The schema of each object as it was when the mappings fitted. */
export async function loadBaselines(db: Queryable, connection: string): Promise<Map<string, Baseline | null>> {
  const rows = await db.selectFrom('descriptions').selectAll().where('connection', '=', connection).execute();
  return new Map(rows.map((row) => [row.object, row.description as Baseline | null]));
}

/** What had drifted when the connection was described last, as the error centre keeps it. */
export async function loadDrifts(db: Queryable, connection: string): Promise<Drift[]> {
  const rows = await db
    .selectFrom('errors')
    .select(['object', 'code', 'message', 'hint', 'fields'])
    .where('connection', '=', connection)
    .where('stage', '=', 'schema')
    .where('resolved_at', 'is', null)
    .orderBy('object')
    .orderBy('record_id')
    .execute();
  return rows.map(({ object, message, hint, fields, ...row }) => {
    const code = row.code as DriftCode;
    return { object, field: fields[0] ?? null, code, message, hint: hint ?? '', pauses: PAUSES[code] };
  });
}

/** Remembers the schemas and brings the error centre in line with what has drifted. @param at ISO instant, by the clock that runs go by */
export async function keepSchemas(
  db: Database,
  connection: string,
  schemas: readonly Schema[],
  drifts: readonly Drift[],
  at: string,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const before = await loadBaselines(tx, connection);
    await tx.deleteFrom('descriptions').where('connection', '=', connection).execute();
    for (const { object, baseline, now } of schemas) {
      const lists = listsOf(now);
      const description = baseline === null ? null : JSON.stringify({ ...baseline, lists });
      await tx.insertInto('descriptions').values({ connection, object, description, at }).execute();
      const was = before.get(object);
      if (was && was.lists !== lists) await tryHeldValues(tx, connection, object, at);
    }
    const mended = await resolveMended(tx, connection, drifts, at);
    for (const object of mended) {
      await writeAgain(tx, connection, object, at);
      // What was edited while a field was not read moved no stamp that comes again.
      await askSweep(tx, connection, object, { now: 0, whole: true, why: 'a field of it is back' });
    }
    await tellNew(tx, connection, drifts, at);
  });
}

/** What the lists of an object's fields hold, as a hash. */
function listsOf(description: ObjectDescription | null | undefined): string | null {
  const lists = (description?.fields ?? []).flatMap(({ name, values }) => (values ? [[name, values]] : []));
  return lists.length === 0 ? null : createHash('sha256').update(JSON.stringify(lists)).digest('hex').slice(0, 16);
}

const nameOf = (drift: Drift): string => drift.field ?? drift.object;

async function tellNew(tx: Queryable, connection: string, drifts: readonly Drift[], at: string): Promise<void> {
  const open = await tx
    .selectFrom('errors')
    .select(['object', 'record_id', 'code', 'message'])
    .where('connection', '=', connection)
    .where('stage', '=', 'schema')
    .where('resolved_at', 'is', null)
    .execute();
  const known = new Set(open.map((row) => JSON.stringify([row.object, row.record_id, row.code, row.message])));
  await report(
    tx,
    drifts
      .filter((drift) => !known.has(JSON.stringify([drift.object, nameOf(drift), drift.code, drift.message])))
      .map((drift) => ({
        connection,
        object: drift.object,
        recordId: nameOf(drift),
        stage: 'schema' as const,
        code: drift.code,
        message: drift.message,
        hint: drift.hint,
        fields: drift.field === null ? [] : [drift.field],
      })),
    at,
  );
}

/** Closes what is no longer so; answers with the objects of which fields go on. */
async function resolveMended(
  tx: Queryable,
  connection: string,
  drifts: readonly Drift[],
  at: string,
): Promise<string[]> {
  const still = JSON.stringify(
    drifts.map((drift) => ({ object: drift.object, name: nameOf(drift), code: drift.code })),
  );
  const { rows } = await sql<{ object: string }>`update errors set resolved_at = ${at}
    where connection = ${connection} and stage = 'schema' and resolved_at is null and not exists (
      select 1 from jsonb_to_recordset(${still}::jsonb) as r(object text, name text, code text)
      where r.object = errors.object and r.name = errors.record_id and r.code = errors.code)
    returning object`.execute(tx);
  return [...new Set(rows.map(({ object }) => object))].sort();
}

/** What was not written meanwhile is worked out anew: every record of the object that Sluice writes is looked at. */
async function writeAgain(tx: Queryable, connection: string, object: string, at: string): Promise<void> {
  await sql`insert into events (type, entity_id, at, data)
    select 'owned.edited', l.link_id, ${at}::timestamptz, jsonb_build_object('connection', l.connection, 'object', l.object,
      'record', l.record_id, 'offer', case when l.entity = 'offer' then l.entity_id end)
    from links l where l.connection = ${connection} and l.object = ${object} and not l.retired`.execute(tx);
}

/** Looks again at records of which a value waits for a list that has changed. */
async function tryHeldValues(tx: Queryable, connection: string, object: string, at: string): Promise<void> {
  const held = sql`select l.* from errors e join links l on l.connection = e.connection and l.object = e.object
      and (l.record_id = e.record_id or l.link_id = e.record_id)
    where e.stage = 'value' and e.resolved_at is null and e.connection = ${connection} and e.object = ${object}`;
  await sql`insert into events (type, entity_id, at, data)
    select 'owned.edited', l.link_id, ${at}::timestamptz, jsonb_build_object('connection', l.connection, 'object', l.object,
      'record', l.record_id, 'offer', case when l.entity = 'offer' then l.entity_id end) from (${held}) l`.execute(tx);
  await sql`update shared_values set due = true where person_id in (select l.entity_id from (${held}) l)`.execute(tx);
}

/**
 * Takes the CRM's schema as it is now for the right one. Fields that the mappings cannot work with are then errors of the
 * configuration, as when the connection is set up.
 */
export async function acceptSchema(
  tx: Queryable,
  drifted: readonly { readonly connection: string; readonly object: string; readonly field: string }[],
): Promise<void> {
  for (const [key, mine] of Map.groupBy(drifted, ({ connection, object }) => JSON.stringify([connection, object]))) {
    const [connection, object] = JSON.parse(key) as [string, string];
    const row = await tx
      .selectFrom('descriptions')
      .select('description')
      .where('connection', '=', connection)
      .where('object', '=', object)
      .executeTakeFirst();
    const description = row?.description as ObjectDescription | null | undefined;
    if (!description) continue;
    const accepted = new Set(mine.map(({ field }) => field.toLowerCase()));
    const fields = description.fields.filter((field) => !accepted.has(field.name.toLowerCase()));
    const text = accepted.has(object.toLowerCase()) ? null : JSON.stringify({ ...description, fields });
    await tx
      .updateTable('descriptions')
      .set({ description: text })
      .where('connection', '=', connection)
      .where('object', '=', object)
      .execute();
  }
}

/** Codes with which a CRM refuses a write because its schema is not what it was taken for. */
const SCHEMA_CODES = [
  'INVALID_FIELD',
  'INVALID_FIELD_FOR_INSERT_UPDATE',
  'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
  'INVALID_TYPE',
  'REQUIRED_FIELD_MISSING',
  'STRING_TOO_LONG',
  'PROPERTY_DOESNT_EXIST',
  'INVALID_OPTION',
  'INVALID_ENUMERATION_OPTION',
  'MISSING_REQUIRED_PROPERTY',
  'READ_ONLY_VALUE',
];

/** Connections whose CRM has refused writes since then for its schema: it is to be described anew. */
export async function refusedBySchema(db: Queryable, since: string): Promise<string[]> {
  const rows = await db
    .selectFrom('errors')
    .select('connection')
    .distinct()
    .where('stage', '=', 'write')
    .where('code', 'in', SCHEMA_CODES)
    .where('last_at', '>=', since)
    .execute();
  return rows.map(({ connection }) => connection);
}
