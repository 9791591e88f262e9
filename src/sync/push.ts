/** Sends what waits in the outbox, and settles what became of every row. */
import { ConnectorError, type Outcome, type WriteRow } from '../../connectors/connector.ts';
import { iso } from '../model/clock.ts';
import type { Queryable } from '../store/database.ts';
import { hasOpen, type RecordError, report, resolve } from '../store/errors.ts';
import { type Lease, underLease } from '../store/lease.ts';
import type { Connection, Environment } from './environment.ts';
import { settleLostAnswers } from './lost-answers.ts';
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
}

/** Rows that were refused for the moment are tried again this often in one run. */
const PASSES = 3;

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
  };
  const waiting = await outboxStates(env.db, connection.name);
  if (waiting.size === 0 || (waiting.size === 1 && waiting.has('rejected'))) return pushed;
  pushed.hasOpenErrors = await hasOpen(env.db, 'write', connection.name);
  for (let pass = 1; pass <= PASSES; pass++) {
    const rows = await underLease(env.db, lease, (tx) => takePending(tx, connection.name, iso(env.clock.now())));
    if (rows.length === 0) break;
    const sent: Sent = { soonest: Number.POSITIVE_INFINITY, unknown: false };
    await lease.renew();
    // Objects do not depend on each other; their requests travel side by side.
    const byObject = [...Map.groupBy(rows, (row) => row.object)];
    const sending = byObject.map(([object, mine]) => send(env, connection, object, mine, lease, pushed, sent));
    for (const outcome of await Promise.allSettled(sending)) if (outcome.status === 'rejected') throw outcome.reason;
    if (sent.unknown) {
      pushed.lost = true;
      await settleLostAnswers(env, connection, lease);
    } else if (sent.soonest === Number.POSITIVE_INFINITY) return pushed;
    if (pass < PASSES) await sleep(Math.min(sent.soonest, 2_000));
  }
  for (const [state, count] of await outboxStates(env.db, connection.name)) {
    if (state !== 'rejected') pushed.waiting += count;
  }
  return pushed;
}

/** What a pass brought besides rows that are settled. */
interface Sent {
  /** In how many milliseconds the soonest row that was refused for the moment may be sent again. */
  soonest: number;
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
  const settle = async (outcomes: readonly Outcome[]): Promise<void> => {
    if (outcomes.length === 0) return;
    for (const outcome of outcomes) {
      if (outcome.status === 'retry') sent.soonest = Math.min(sent.soonest, outcome.afterMs ?? 500);
      if (outcome.status === 'unknown') sent.unknown = true;
    }
    await underLease(env.db, lease, (tx) => settleOutcomes(env, tx, connection, object, outcomes, byKey, pushed));
    for (const outcome of outcomes) byKey.delete(outcome.key);
  };
  try {
    const outcomes = await connection.connector.write(object, rows.map(writeRow), settle);
    await settle(outcomes.filter((outcome) => byKey.has(outcome.key)));
  } catch (error) {
    // What has no outcome was not sent: it waits for the next run.
    if (error instanceof ConnectorError) {
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

function writeRow(row: OutboxRow): WriteRow {
  return {
    key: row.rowKey,
    // By its unique key a record is created or updated alike, so that both kinds of rows share a request.
    ...(row.external !== null ? { externalId: row.external } : row.recordId !== null ? { id: row.recordId } : {}),
    fields: row.fields,
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
  for (const outcome of outcomes) {
    const row = byKey.get(outcome.key);
    if (row === undefined) continue;
    if (outcome.status === 'ok') {
      done.push(row);
      // The unique key went with the row even where it stands beside its fields.
      const key = row.external === null ? {} : { [row.external.field]: row.external.value };
      const fields = { ...key, ...row.fields };
      written.push({ connection: connection.name, object, id: outcome.id, fields, isNew: row.recordId === null });
      pushed.written += 1;
    } else if (outcome.status === 'reject') {
      if (outcome.gone) {
        // The record was deleted under our hands: the next read says so and its link is retired.
        done.push(row);
        continue;
      }
      pushed.rejected += 1;
      changes.push({ row, state: 'rejected', sent: null, code: outcome.code, message: outcome.message });
      errors.push({
        connection: connection.name,
        object,
        recordId: row.recordId ?? row.rowKey,
        stage: 'write',
        code: outcome.code,
        message: outcome.message,
        hint: 'The record waits. Correct it or the rule that refuses it; it is sent again when what is to be written changes, or by `sluice sync --resend`.',
        fields: outcome.fields,
      });
    } else if (outcome.status === 'retry') {
      changes.push({
        row,
        state: 'pending',
        sent: null,
        attempts: row.attempts,
        notBefore: iso(now + (outcome.afterMs ?? 500)),
        code: outcome.code,
        message: outcome.message,
      });
    } else {
      changes.push({
        row,
        state: 'unknown',
        sent: row.fields,
        attempts: row.attempts,
        code: outcome.code,
        message: outcome.message,
      });
    }
  }
  await removeRows(tx, connection.name, object, done);
  await confirmWritten(tx, written, at);
  await linkOffers(tx, connection, object, written);
  await setStates(tx, changes);
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
