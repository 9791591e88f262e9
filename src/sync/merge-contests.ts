/**
 * Fields that a CRM changes again after each write: noticed, counted and, after a bounded number of rounds, left to the CRM.
 * A round is a value of ours that was replaced as a program does it: soon after our write, or by the very value of the round
 * before. People who change a field again, hours later and each time otherwise, begin a new count.
 */
import { sql } from 'kysely';
import { sameValue } from '../mapping/canonical.ts';
import type { FieldValue } from '../mapping/described.ts';
import type { Queryable } from '../store/database.ts';
import { type RecordError, report } from '../store/errors.ts';
import { type Overwritten, remember } from '../store/history.ts';
import type { Change } from './compare.ts';
import { type Connection, type Environment, kindOf, type Stream } from './environment.ts';

/** Rounds after which a field is contested. */
export const ROUNDS_TO_CONTEST = 3;
/** A round that comes later than this after the one before begins a new count. */
const WINDOW_MS = 24 * 3_600_000;
/** The same of one that answers our write: where a search index lags, it is met only by the complete pass of the next day. */
const ANSWERED_WINDOW_MS = 3 * WINDOW_MS;
/** A program that answers our write does so within this time of it, delays and clocks that differ included. */
const ANSWER_MS = 3_600_000;

/** The changed records of one stream. */
interface ChangedStream {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly changes: readonly Change[];
}

/** One field that no longer holds what Sluice had written there. */
interface Rewrite {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly recordId: string;
  readonly field: string;
  readonly ours: FieldValue;
  readonly theirs: FieldValue;
  readonly isOwned: boolean;
  /** Whether the record was changed about when Sluice wrote it last. */
  readonly isAnswer: boolean;
}

interface ContestRow {
  readonly connection: string;
  readonly object: string;
  readonly record_id: string;
  readonly field: string;
  readonly ours: FieldValue;
  readonly theirs: FieldValue;
  readonly rounds: number;
  readonly last_at: string;
  readonly contested_at: string | null;
}

/**
 * Notes the edits of fields that Sluice had written: each is in the record's history, and one that comes again and again makes
 * its field contested. Nothing is asked of the store where no such field changed.
 */
export async function noteRewrites(tx: Queryable, streams: readonly ChangedStream[], at: string): Promise<void> {
  const seen = streams.flatMap(rewritesOf);
  if (seen.length === 0) return;
  const known = await contestsOf(tx, seen);
  const sent = await outstanding(tx, seen);
  const rewrites = seen.filter((each) => {
    const { ours, theirs, isOwned } = each;
    const kind = kindOf(each.stream, each.field);
    // A write whose answer was lost has arrived: that is nobody else's edit.
    const mine = sent.get(keyOf(each))?.[each.field];
    if (mine !== undefined && sameValue(mine, theirs, kind)) return false;
    // People edit shared fields, too: only a value that Sluice had put there is taken from it.
    const row = known.get(contestKey(each));
    return isOwned || (row !== undefined && sameValue(row.ours, ours, kind));
  });
  const counted = rewrites.map((each) => ({ each, row: countedOf(each, known.get(contestKey(each)), at) }));
  await saveContests(
    tx,
    counted.map(({ row }) => row),
  );
  const contested = counted.filter(({ row, each }) => row.contested_at === at && !wasContested(known, each));
  await report(
    tx,
    contested.map(({ each, row }) => errorOf(each, row)),
    at,
  );
  const lostFor = new Set(counted.filter(({ row }) => row.contested_at !== null).map(({ each }) => contestKey(each)));
  await remember(
    tx,
    rewrites.filter((each) => each.isOwned).map((each) => historyOf(each, lostFor.has(contestKey(each)))),
    at,
  );
}

function rewritesOf({ connection, stream, changes }: ChangedStream): Rewrite[] {
  return changes.flatMap((change): Rewrite[] => {
    const { before, record } = change;
    if (before === null || change.isNew || record.deleted || change.pushedAt === null) return [];
    const isAnswer = Math.abs(Date.parse(record.modifiedAt) - Date.parse(change.pushedAt)) <= ANSWER_MS;
    return change.changed.flatMap((field): Rewrite[] => {
      const isOwned = stream.owned.has(field);
      if (!isOwned && !stream.shared.has(field)) return [];
      const theirs = change.fields[field] ?? null;
      const ours = before[field] ?? null;
      return [{ connection, stream, recordId: record.id, field, ours, theirs, isOwned, isAnswer }];
    });
  });
}

function countedOf(each: Rewrite, row: ContestRow | undefined, at: string): ContestRow {
  const restMs = row === undefined ? Number.POSITIVE_INFINITY : Date.parse(at) - Date.parse(row.last_at);
  const isSame = row !== undefined && sameValue(row.theirs, each.theirs, kindOf(each.stream, each.field));
  const goesOn = each.isAnswer
    ? restMs <= ANSWERED_WINDOW_MS
    : restMs <= WINDOW_MS && (isSame || (row?.contested_at ?? null) !== null);
  const rounds = (goesOn ? (row?.rounds ?? 0) : 0) + 1;
  return {
    connection: each.connection.name,
    object: each.stream.spec.object,
    record_id: each.recordId,
    field: each.field,
    ours: each.ours,
    theirs: each.theirs,
    rounds,
    last_at: at,
    contested_at: rounds >= ROUNDS_TO_CONTEST ? (row?.contested_at ?? at) : null,
  };
}

function errorOf(each: Rewrite, row: ContestRow): RecordError {
  const { connection, stream, recordId, field } = each;
  return {
    connection: connection.name,
    object: stream.spec.object,
    recordId,
    stage: 'contested',
    code: contestCode(field),
    message: `${connection.name} has changed ${field} ${row.rounds} times after Sluice wrote it: Sluice writes ${told(each.ours)}, and it becomes ${told(each.theirs)}. Sluice no longer writes it.`,
    hint: `Find what in ${connection.name} (a flow, a workflow, another integration) sets ${field}, and decide which of the two is to; then run \`sluice sync --resend\`.`,
    fields: [field],
  };
}

function told(value: FieldValue): string {
  return value === null || value === '' ? 'nothing' : `"${String(value).slice(0, 60)}"`;
}

function historyOf(each: Rewrite, isLost: boolean): Overwritten {
  const { connection, stream, recordId, field, ours, theirs } = each;
  const place = { connection: connection.name, object: stream.spec.object, recordId, field };
  return isLost
    ? { ...place, before: ours, after: theirs, winner: 'crm', policy: 'channel', why: 'contested: no longer written' }
    : {
        ...place,
        before: theirs,
        after: ours,
        winner: 'channel',
        policy: 'channel',
        why: `edited in ${connection.name}; the field is Sluice's own and is set back`,
      };
}

function wasContested(known: ReadonlyMap<string, ContestRow>, each: Rewrite): boolean {
  return (known.get(contestKey(each))?.contested_at ?? null) !== null;
}

/** The error centre's code of a contested field: a record may have several. */
function contestCode(field: string): string {
  return `CONTESTED ${field}`;
}

interface Place {
  readonly connection: string;
  readonly object: string;
  readonly record_id: string;
}

function placeKey(place: Place): string {
  return `${place.connection} ${place.object} ${place.record_id}`;
}

function keyOf({ connection, stream, recordId }: Rewrite): string {
  return `${connection.name} ${stream.spec.object} ${recordId}`;
}

function contestKey(each: Rewrite): string {
  return `${keyOf(each)} ${each.field}`;
}

async function contestsOf(tx: Queryable, rewrites: readonly Rewrite[]): Promise<Map<string, ContestRow>> {
  const { rows } =
    await sql<ContestRow>`select connection, object, record_id, field, ours, theirs, rounds, last_at, contested_at
    from contests where record_id = any(${rewrites.map(({ recordId }) => recordId)}::text[])`.execute(tx);
  return new Map(rows.map((row) => [`${placeKey(row)} ${row.field}`, row]));
}

/** What was sent to these records and not yet answered for. */
async function outstanding(
  tx: Queryable,
  rewrites: readonly Rewrite[],
): Promise<Map<string, Readonly<Record<string, FieldValue>>>> {
  const { rows } = await sql<
    Place & { sent: Record<string, FieldValue> }
  >`select connection, object, record_id, coalesce(sent, fields) as sent
    from outbox where state in ('sent', 'unknown')
      and record_id = any(${rewrites.map(({ recordId }) => recordId)}::text[])`.execute(tx);
  return new Map(rows.map((row) => [placeKey(row), row.sent]));
}

async function saveContests(tx: Queryable, rows: readonly ContestRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`insert into contests (connection, object, record_id, field, ours, theirs, rounds, last_at, contested_at)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(connection text, object text, record_id text,
      field text, ours jsonb, theirs jsonb, rounds int, last_at timestamptz, contested_at timestamptz)
    on conflict (record_id, field, object, connection) do update set ours = excluded.ours, theirs = excluded.theirs,
      rounds = excluded.rounds, last_at = excluded.last_at, contested_at = excluded.contested_at`.execute(tx);
}

/** A write that is wanted of a record. */
export interface Wanted {
  readonly connection: string;
  readonly object: string;
  readonly recordId: string | null;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/**
 * The same writes without what is contested. An own field whose value has become another since is tried again; a shared one,
 * whose value may be the doing of the same automation, only after a day of rest.
 */
export async function withoutContested<W extends Wanted>(
  env: Environment,
  tx: Queryable,
  writes: readonly W[],
  at: string,
): Promise<W[]> {
  const ids = writes.flatMap(({ recordId, fields }) =>
    recordId !== null && Object.keys(fields).length > 0 ? [recordId] : [],
  );
  if (ids.length === 0) return [...writes];
  const { rows } =
    await sql<ContestRow>`select connection, object, record_id, field, ours, theirs, rounds, last_at, contested_at
    from contests where contested_at is not null and record_id = any(${ids}::text[])`.execute(tx);
  if (rows.length === 0) return [...writes];
  const open = new Map(rows.map((row) => [`${placeKey(row)} ${row.field}`, row]));
  const over: ContestRow[] = [];
  const kept = writes.map((write) => {
    const stream = env.connections
      .find(({ name }) => name === write.connection)
      ?.streams.find(({ spec }) => spec.object === write.object);
    const fields = Object.entries(write.fields).filter(([field, value]) => {
      const row = open.get(`${write.connection} ${write.object} ${write.recordId} ${field}`);
      if (row === undefined || stream === undefined) return true;
      const isAnother = !sameValue(row.ours, value, kindOf(stream, field));
      const isRested = Date.parse(at) - Date.parse(row.last_at) > WINDOW_MS;
      if (!isAnother || !(stream.owned.has(field) || isRested)) return false;
      over.push(row);
      return true;
    });
    return { ...write, fields: Object.fromEntries(fields) };
  });
  await forget(tx, over, at);
  return kept;
}

async function forget(tx: Queryable, rows: readonly ContestRow[], at: string): Promise<void> {
  if (rows.length === 0) return;
  const over = JSON.stringify(rows.map((row) => ({ ...row, code: contestCode(row.field) })));
  await sql`delete from contests using jsonb_to_recordset(${over}::jsonb) as r(connection text, object text, record_id text, field text)
    where contests.connection = r.connection and contests.object = r.object and contests.record_id = r.record_id
      and contests.field = r.field`.execute(tx);
  await sql`update errors set resolved_at = ${at} from jsonb_to_recordset(${over}::jsonb)
      as r(connection text, object text, record_id text, code text)
    where errors.stage = 'contested' and errors.resolved_at is null and errors.connection = r.connection
      and errors.object = r.object and errors.record_id = r.record_id and errors.code = r.code`.execute(tx);
}

/** Lets Sluice write all contested fields once more: their records are looked at in the next run. */
export async function retryContested(db: Queryable): Promise<void> {
  await sql`insert into events (type, entity_id, at, data)
    select distinct 'owned.edited', record_id, last_at,
      jsonb_build_object('connection', connection, 'object', object, 'record', record_id)
    from contests where contested_at is not null`.execute(db);
  await sql`update shared_values set due = true where person_id in (
    select l.entity_id from contests c join links l on l.connection = c.connection and l.object = c.object
      and l.record_id = c.record_id and l.entity = 'person' where c.contested_at is not null)`.execute(db);
  await sql`update errors set resolved_at = last_at where stage = 'contested' and resolved_at is null`.execute(db);
  await sql`delete from contests where contested_at is not null`.execute(db);
}
