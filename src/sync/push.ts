/** Sends what waits in the outbox, and settles what became of every row. */
import { ConnectorError, type Outcome, type WriteRow } from '../../connectors/connector.ts';
import { iso } from '../model/clock.ts';
import type { Queryable } from '../store/database.ts';
import { hasOpen, type RecordError, report, resolve } from '../store/errors.ts';
import { emit, type NewEvent } from '../store/events.ts';
import { checkLease, type Lease, underLease } from '../store/lease.ts';
import type { Connection, Environment } from './environment.ts';
import { leaveRetired } from './gone-writes.ts';
import { lookAgain, settleLostAnswers } from './lost-answers.ts';
import { noteSharedWrites } from './merge-confirm.ts';
import { createsIn, tieCreated } from './merge-creates.ts';
import { settleCreations } from './merge-match.ts';
import { askOfDuplicates } from './merge-match-ask.ts';
import { askAboutMissing } from './named-deletions.ts';
import { isMemberAlready, keepMembers } from './nurture-members.ts';
import { nurturesWritten } from './nurture-writes.ts';
import { linkOffers } from './offer-links.ts';
import {
  confirmWritten,
  type OutboxRow,
  outboxStates,
  removeRows,
  type StateChange,
  setStates,
  takePending,
  type Written,
} from './outbox.ts';
import { noteRefused, parentsOf, retryDelay, reviveRefused } from './refused.ts';

export interface Pushed {
  written: number;
  rejected: number;
  /** Rows that wait for a later run. */
  waiting: number;
  /** The least number of requests that the written rows need. */
  floor: number;
  /** Objects that were written to. */
  objects: Set<string>;
  /** Whether the error centre holds writes of this connection that were refused: those that succeed now are closed. */
  hasOpenErrors: boolean;
  /** Whether answers were lost: what they leave to be written is worked out anew. */
  lost: boolean;
  /** Whether a field was cleared that the next decision sets. */
  stepped: boolean;
}

/** Rows that were refused for the moment are tried again this often in one run. */
const PASSES = 3;
/** The longest that a run waits to try rows again. */
const LONGEST_WAIT_MS = 2_000;
/** Rows in memory at a time; a vendor's bulk interface is worth its while from some ten thousand. */
const ROWS_AT_ONCE = 20_000;

/** Outcomes saved in one transaction. */
const SAVED_TOGETHER = 1_000;

export async function push(
  env: Environment,
  connection: Connection,
  lease: Lease,
  sleep: (ms: number) => Promise<void>,
): Promise<Pushed> {
  const pushed: Pushed = {
    written: 0,
    rejected: 0,
    waiting: 0,
    floor: 0,
    objects: new Set(),
    hasOpenErrors: false,
    lost: false,
    stepped: false,
  };
  await settleCreations(env, connection, lease);
  let waiting = await outboxStates(env.db, connection.name);
  if (waiting.has('rejected')) {
    await underLease(env.db, lease, async (tx) => {
      await leaveRetired(tx, connection.name, iso(env.clock.now()));
      await reviveRefused(tx, connection);
    });
    waiting = await outboxStates(env.db, connection.name);
  }
  if (waiting.size === 0 || (waiting.size === 1 && waiting.has('rejected'))) return pushed;
  pushed.hasOpenErrors = await hasOpen(env.db, 'write', connection.name);
  for (let pass = 1; pass <= PASSES; pass++) {
    const rows = await underLease(env.db, lease, (tx) =>
      takePending(tx, connection.name, iso(env.clock.now()), ROWS_AT_ONCE),
    );
    if (rows.length === 0) break;
    const settledBefore = pushed.written + pushed.rejected;
    const sent: Sent = { delays: [], unknown: false };
    await lease.renew();
    // Objects do not depend on each other; their requests travel side by side.
    const byObject = [...Map.groupBy(rows, (row) => row.object)];
    const sending = byObject.map(([object, mine]) => send(env, connection, object, mine, lease, pushed, sent));
    for (const outcome of await Promise.allSettled(sending)) if (outcome.status === 'rejected') throw outcome.reason;
    if (sent.unknown) {
      pushed.lost = true;
      await settleLostAnswers(env, connection, lease);
    }
    const settled = pushed.written + pushed.rejected;
    if (rows.length === ROWS_AT_ONCE && settled > settledBefore) {
      // There is more that has not been sent at all.
      pass -= 1;
      continue;
    }
    if (!sent.unknown && sent.delays.length === 0) return pushed;
    const soon = sent.delays.filter((ms) => ms <= LONGEST_WAIT_MS);
    // What may be sent only later waits for the next run.
    if (soon.length === 0 && !sent.unknown) break;
    if (pass < PASSES && soon.length > 0) await sleep(Math.max(...soon));
  }
  for (const [state, count] of await outboxStates(env.db, connection.name)) {
    if (state !== 'rejected') pushed.waiting += count;
  }
  return pushed;
}

/** What a pass brought besides rows that are settled. */
interface Sent {
  /** In how many milliseconds each row that was refused for the moment may be sent again. */
  readonly delays: number[];
  /** Whether an answer was lost. */
  unknown: boolean;
}

/** Sends rows of one object. */
async function send(
  env: Environment,
  connection: Connection,
  object: string,
  rows: readonly OutboxRow[],
  lease: Lease,
  pushed: Pushed,
  sent: Sent,
): Promise<void> {
  const byKey = new Map(rows.map((row) => [row.rowKey, row]));
  const save = async (outcomes: readonly Outcome[]): Promise<void> => {
    for (const outcome of outcomes) {
      const row = byKey.get(outcome.key);
      if (outcome.status === 'retry' && row) sent.delays.push(retryDelay(row, outcome.afterMs));
      if (outcome.status === 'unknown') sent.unknown = true;
    }
    await underLease(env.db, lease, (tx) => settleOutcomes(env, tx, connection, object, outcomes, byKey, pushed));
    for (const outcome of outcomes) byKey.delete(outcome.key);
  };
  // What is told batch by batch is saved some batches at a time, while the next ones travel. A process that ends before has
  // its rows marked as sent: they are read back.
  let told: Outcome[] = [];
  let saving: Promise<void> = Promise.resolve();
  const startSaving = async (): Promise<void> => {
    await saving;
    const part = told;
    told = [];
    if (part.length === 0) return;
    saving = save(part);
    saving.catch(() => undefined);
  };
  const settle = async (outcomes: readonly Outcome[]): Promise<void> => {
    told.push(...outcomes);
    if (told.length >= SAVED_TOGETHER) await startSaving();
    // The connector sends its next request only after this: whose lease was taken sends nothing more.
    await lease.renew();
    await checkLease(env.db, lease);
  };
  const settled = async (): Promise<void> => {
    await startSaving();
    await saving;
  };
  try {
    const parents = await parentsOf(env.db, connection, object, rows);
    const outcomes = await connection.connector.write(
      object,
      rows.map((row) => writeRow(row, parents)),
      settle,
    );
    await settled();
    told = outcomes.filter((outcome) => byKey.has(outcome.key));
    await settled();
  } catch (error) {
    if (error instanceof ConnectorError) {
      await settled();
      // What has no outcome was not sent: it waits for the next run.
      await underLease(env.db, lease, (tx) =>
        setStates(
          tx,
          [...byKey.values()].map((row): StateChange => ({ row, state: 'pending' })),
        ),
      );
    }
    throw error;
  }
  if (rows.length > byKey.size) {
    pushed.floor += Math.ceil((rows.length - byKey.size) / connection.connector.batchSize);
    pushed.objects.add(object);
  }
}

function writeRow(row: OutboxRow, parents: ReadonlyMap<string, string>): WriteRow {
  const parent = parents.get(row.recordId ?? '');
  return {
    key: row.rowKey,
    // By its unique key a record is created or updated alike, so that both kinds of rows share a request.
    ...(row.external !== null ? { externalId: row.external } : row.recordId !== null ? { id: row.recordId } : {}),
    fields: row.fields,
    ...(parent === undefined ? {} : { parent }),
  };
}

async function settleOutcomes(
  env: Environment,
  tx: Queryable,
  connection: Connection,
  object: string,
  outcomes: readonly Outcome[],
  byKey: ReadonlyMap<string, OutboxRow>,
  pushed: Pushed,
): Promise<void> {
  const now = env.clock.now();
  const at = iso(now);
  const done: OutboxRow[] = [];
  const written: Written[] = [];
  const changes: StateChange[] = [];
  const errors: RecordError[] = [];
  const anew: NewEvent[] = [];
  const missing: OutboxRow[] = [];
  const members: { readonly fields: Record<string, string> }[] = [];
  for (const outcome of outcomes) {
    const row = byKey.get(outcome.key);
    if (row === undefined) continue;
    if (outcome.status === 'reject' && (outcome.gone || outcome.dangling)) missing.push(row);
    if (outcome.status === 'ok') {
      done.push(row);
      // The unique key went with the row even where it stands beside its fields.
      const key = row.external === null ? {} : { [row.external.field]: row.external.value };
      const fields = { ...key, ...row.fields };
      written.push({ connection: connection.name, object, id: outcome.id, fields, isNew: row.recordId === null });
      pushed.written += 1;
    } else if (outcome.status === 'reject' && isMemberAlready(connection, object, outcome.code)) {
      done.push(row);
      members.push({ fields: row.external === null ? {} : { [row.external.field]: row.external.value } });
    } else if (outcome.status === 'reject') {
      if (outcome.gone) {
        // The record was deleted under our hands: the next read says so and its link is retired.
        done.push(row);
        // Or a record that the row refers to: what is wanted is worked out anew, by then without it.
        if (row.recordId === null || outcome.fields.length > 0) anew.push(lookAgain(connection, row));
        continue;
      }
      // What is wanted is worked out anew, by then without the record that is not there; the same again stays refused.
      if (outcome.dangling) anew.push(lookAgain(connection, row));
      pushed.rejected += 1;
      changes.push({ row, state: 'rejected', code: outcome.code, message: outcome.message });
      errors.push({
        connection: connection.name,
        object,
        recordId: row.recordId ?? row.rowKey,
        stage: 'write',
        code: outcome.code,
        message: outcome.message,
        hint: hintOf(outcome),
        fields: outcome.fields,
      });
    } else if (outcome.status === 'retry') {
      changes.push({
        row,
        state: 'pending',
        attempts: row.attempts,
        notBefore: iso(now + retryDelay(row, outcome.afterMs)),
        code: outcome.code,
        message: outcome.message,
      });
    } else {
      changes.push({
        row,
        state: 'unknown',
        attempts: row.attempts,
        code: outcome.code,
        message: outcome.message,
      });
    }
  }
  await removeRows(tx, connection.name, object, done);
  await emit(tx, anew, at);
  await askAboutMissing(tx, connection.name, missing, at);
  const known = written.filter((record) => !record.isNew);
  await noteSharedWrites(env, tx, connection, object, known, at);
  // A record made for a lead gets its shadow when it is read: what the CRM itself filled in belongs to it.
  const made = createsIn(connection, object);
  await confirmWritten(tx, made ? known : written, at);
  const steps = done.flatMap(({ rowKey, recordId, fields }) =>
    recordId === null ? [] : [{ rowKey, id: recordId, fields }],
  );
  const cleared = await nurturesWritten(env, tx, connection, object, steps, at);
  pushed.stepped ||= cleared.size > 0;
  await emit(
    tx,
    done.filter(({ rowKey }) => cleared.has(rowKey)).map((row) => lookAgain(connection, row)),
    at,
  );
  if (made) {
    const ids = outcomes.flatMap((each) => (each.status === 'ok' ? [{ linkId: each.key, id: each.id }] : []));
    await tieCreated(tx, connection, object, ids);
  }
  await linkOffers(tx, connection, object, written);
  await keepMembers(tx, connection, object, [...written, ...members]);
  await setStates(tx, changes);
  await noteRefused(
    tx,
    connection,
    object,
    changes.flatMap(({ row, state }) => (state === 'rejected' ? [row] : [])),
  );
  await askOfDuplicates(tx, connection, object, outcomes, byKey, at);
  await report(tx, errors, at);
  if (!pushed.hasOpenErrors) return;
  const settled = done.flatMap((row) => [row.recordId ?? row.rowKey, row.rowKey]);
  await resolve(
    tx,
    'write',
    settled.map((recordId) => ({ connection: connection.name, object, recordId })),
    at,
  );
}

type Rejected = Extract<Outcome, { status: 'reject' }>;

function hintOf({ duplicateOf = [] }: Rejected): string {
  const waits =
    'The record waits. Correct it or the rule that refuses it; it is sent again when it, its mapping or the CRM changes, or by `sluice sync --resend`.';
  if (duplicateOf.length === 0) return waits;
  return `The CRM takes it for ${duplicateOf.join(', ')}. If it is, merge them there or say so by \`sluice review\`; if not, allow it in the duplicate rule. ${waits}`;
}
