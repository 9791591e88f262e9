/** The error centre: what waits for somebody to correct something, grouped by cause, and sent again once that is done. */
import { type RawBuilder, sql } from 'kysely';
import { csvLine } from '../model/csv.ts';
import type { Database, Queryable } from '../store/database.ts';
import { acceptSchema } from './drift-store.ts';
import type { ErrorGroup, ErrorRecord, Resent } from './error-group.ts';
import { hintFor } from './error-hints.ts';
import { retryContested } from './merge-contests.ts';

/** Which errors are meant. */
export type ErrorChoice = { readonly id: string } | { readonly code: string } | { readonly all: true };

const SAMPLES = 5;
const RECORDS_SHOWN = 100;

/** Stages of which an error is gone only when the data or the mapping is corrected. */
const RESENDABLE = ['write', 'value', 'schema', 'contested', 'map', 'read', 'notify'];

/** A message without what differs from record to record: quoted values, addresses, ids and numbers. */
const CAUSE = sql.raw(
  [
    `'"[^"]*"|''[^'']*'''`,
    `'[^[:space:]@<>]+@[^[:space:]@<>]+'`,
    `'\\m[a-z]{2}_[0-9a-z]{16}\\M'`,
    `'\\m(?=[[:alpha:]]*[[:digit:]])[[:alnum:]]{15}([[:alnum:]]{3})?\\M'`,
    `'[[:digit:]]+'`,
  ].reduce((text, pattern) => `regexp_replace(${text}, ${pattern}, '*', 'g')`, 'message'),
);
const GROUP_ID = sql<string>`substr(md5(concat_ws(' ', connection, object, stage, code, ${CAUSE})), 1, 12)`;
const OPEN = sql`from errors where resolved_at is null`;

/** All open errors by cause, the most records first. */
export async function errorGroups(db: Queryable): Promise<ErrorGroup[]> {
  return groupsWhere(db, sql``);
}

/** One cause with its records; null where nothing open has it. */
export async function errorGroup(
  db: Queryable,
  id: string,
): Promise<(ErrorGroup & { readonly shown: readonly ErrorRecord[] }) | null> {
  const [group] = await groupsWhere(db, sql`and ${GROUP_ID} = ${id}`);
  if (group === undefined) return null;
  const { rows } = await sql<ErrorRecord>`select record_id as "recordId", message, fields, count as times,
    first_at as "firstAt", last_at as "lastAt" ${OPEN} and ${GROUP_ID} = ${id}
    order by last_at desc, record_id limit ${RECORDS_SHOWN}`.execute(db);
  return { ...group, shown: rows };
}

async function groupsWhere(db: Queryable, condition: RawBuilder<unknown>): Promise<ErrorGroup[]> {
  const { rows } = await sql<Omit<ErrorGroup, 'canResend' | 'hint'> & { hint: string | null }>`
    select ${GROUP_ID} as id, connection, object, stage, code, min(message) as message, count(*)::int as records,
      sum(count)::int as times, min(first_at) as "firstAt", max(last_at) as "lastAt", min(hint) as hint,
      (array_agg(fields order by record_id))[1] as fields,
      to_jsonb((array_agg(record_id order by record_id))[1:${sql.lit(SAMPLES)}]) as samples
    ${OPEN} ${condition} group by 1, 2, 3, 4, 5 order by records desc, id`.execute(db);
  return rows.map((row) => ({
    ...row,
    hint: hintFor(row.code) ?? row.hint,
    // Without a record it is about an object as a whole, which no reading of records mends.
    canResend: RESENDABLE.includes(row.stage) && row.samples.some((recordId) => recordId !== ''),
  }));
}

/**
 * Sets going again what these errors hold up, after their cause was mended. Writes are sent, records looked at and read in the
 * next run. An error stays open until that shows it is gone, but for those of the schema and of contested fields: to resend
 * one of these is to accept the CRM's schema as it is, or to let Sluice write the field once more.
 */
export async function resend(db: Database, choice: ErrorChoice, at: string): Promise<Resent> {
  return db.transaction().execute(async (tx) => {
    const chosen =
      'id' in choice ? sql`and ${GROUP_ID} = ${choice.id}` : 'code' in choice ? sql`and code = ${choice.code}` : sql``;
    const { rows } = await sql<{ connection: string; object: string; record_id: string; stage: string }>`
      select connection, object, record_id, stage ${OPEN} ${chosen}`.execute(tx);
    const of = (...stages: string[]) => rows.filter(({ stage }) => stages.includes(stage));
    const drifted = of('schema');
    await acceptSchema(
      tx,
      drifted.map(({ record_id: field, ...place }) => ({ ...place, field })),
    );
    if (of('contested').length > 0) await retryContested(tx as Database);
    return {
      errors: rows.length,
      writes: await sendAgain(tx, of('write')),
      lookedAt:
        (await tellAgain(tx, of('notify'), at)) +
        (await lookAgain(tx, of('value'), at)) +
        (await readAgain(tx, of('map', 'read'), at)) +
        of('contested').length,
      accepted: drifted.length,
    };
  });
}

type Place = { readonly connection: string; readonly object: string; readonly record_id: string };

const places = (rows: readonly Place[]) =>
  sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p(connection text, object text, record_id text)`;

async function sendAgain(tx: Queryable, rows: readonly Place[]): Promise<number> {
  if (rows.length === 0) return 0;
  const done = await sql`update outbox set state = 'pending', attempts = 0, not_before = null from ${places(rows)}
    where outbox.connection = p.connection and outbox.object = p.object and outbox.state = 'rejected'
      and p.record_id in (outbox.record_id, outbox.row_key)`.execute(tx);
  return Number(done.numAffectedRows ?? 0n);
}

/** What Sluice wants of these records is worked out anew. */
async function lookAgain(tx: Queryable, rows: readonly Place[], at: string): Promise<number> {
  if (rows.length === 0) return 0;
  const links = sql`from links l join ${places(rows)} on l.connection = p.connection and l.object = p.object
    and p.record_id in (l.record_id, l.link_id)`;
  const done = await sql`insert into events (type, entity_id, at, data)
    select 'owned.edited', l.link_id, ${at}::timestamptz, jsonb_build_object('connection', l.connection, 'object', l.object,
      'record', l.record_id, 'offer', case when l.entity = 'offer' then l.entity_id end) ${links}`.execute(tx);
  await sql`update shared_values set due = true where person_id in (select l.entity_id ${links})`.execute(tx);
  return Number(done.numAffectedRows ?? 0n);
}

/** Notices that could not be sent are sent after the next run; an error names the notice, or the partner without an address. */
async function tellAgain(tx: Queryable, rows: readonly Place[], at: string): Promise<number> {
  if (rows.length === 0) return 0;
  const ids = rows.map(({ record_id }) => record_id);
  const done = await sql`update notices set state = 'waiting', attempts = 0, not_before = ${at}::timestamptz
    where state = 'failed' and (id = any(${ids}::text[]) or partner_id = any(${ids}::text[]))`.execute(tx);
  await sql`update errors set resolved_at = ${at}::timestamptz where stage = 'notify' and resolved_at is null
    and record_id = any(${ids}::text[])`.execute(tx);
  return Number(done.numAffectedRows ?? 0n);
}

/** The CRM is asked for these records by id in the next run, and what is made of them is worked out anew, changed or not. */
async function readAgain(tx: Queryable, rows: readonly Place[], at: string): Promise<number> {
  if (rows.length === 0) return 0;
  const done = await sql`insert into hints (connection, object, record_id, what, at)
    select distinct p.connection, p.object, p.record_id, 'resend', ${at}::timestamptz from ${places(rows)}
    where p.record_id <> '' on conflict (connection, object, record_id, what) do nothing`.execute(tx);
  return Number(done.numAffectedRows ?? 0n);
}

const COLUMNS = [
  'cause',
  'connection',
  'object',
  'record',
  'stage',
  'code',
  'message',
  'fields',
  'hint',
  'times',
  'first',
  'last',
];
const ROWS_A_STATEMENT = 5_000;

/** Every open error as CSV, a piece at a time; formulas are neutralised, since messages quote what people typed. */
export async function* errorsAsCsv(db: Queryable): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  for (let offset = 0; ; offset += ROWS_A_STATEMENT) {
    const { rows } = await sql<{
      id: string;
      connection: string;
      object: string;
      record_id: string;
      stage: string;
      code: string;
      message: string;
      fields: string[];
      hint: string | null;
      count: number;
      first_at: string;
      last_at: string;
    }>`select ${GROUP_ID} as id, connection, object, record_id, stage, code, message, fields, hint, count, first_at, last_at
      ${OPEN} order by connection, object, stage, code, record_id limit ${sql.lit(ROWS_A_STATEMENT)} offset ${offset}`.execute(
      db,
    );
    for (const row of rows) {
      yield csvLine([
        row.id,
        row.connection,
        row.object,
        row.record_id,
        row.stage,
        row.code,
        row.message,
        row.fields.join(' '),
        hintFor(row.code) ?? row.hint,
        row.count,
        row.first_at,
        row.last_at,
      ]);
    }
    if (rows.length < ROWS_A_STATEMENT) return;
  }
}
