/** Follows hints: reads the records that a CRM's events named. A hint only says what to read; the poll stays the truth. */
import { ConnectorError } from '../../connectors/connector.ts';
import { type Lease, underLease } from '../store/lease.ts';
import type { Connection, Environment } from './environment.ts';
import { removeHints, type WaitingHint, waitingHints } from './hint-store.ts';
import { readNamed } from './named.ts';
import { pull } from './pull.ts';
import { rereadRecords } from './reread.ts';

/** Hints followed at a time. */
const HINTS_A_BATCH = 2_000;

export interface Followed {
  /** Hints that were dealt with. */
  hints: number;
  read: number;
  changed: number;
  stopped: ConnectorError | null;
}

/** Follows the hints of a connection that wait now. Where the connector stops, what was not read waits on. */
export async function followHints(env: Environment, connection: Connection, lease: Lease): Promise<Followed> {
  const followed: Followed = { hints: 0, read: 0, changed: 0, stopped: null };
  try {
    for (;;) {
      const hints = await waitingHints(env.db, connection.name, HINTS_A_BATCH);
      if (hints.length === 0) return followed;
      for (const [object, mine] of Map.groupBy(hints, (hint) => hint.object))
        await followObject(env, connection, object, mine, lease, followed);
      await underLease(env.db, lease, (tx) => removeHints(tx, connection.name, hints));
      followed.hints += hints.length;
      await lease.renew();
      if (hints.length < HINTS_A_BATCH) return followed;
    }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    followed.stopped = error;
    return followed;
  }
}

async function followObject(
  env: Environment,
  connection: Connection,
  object: string,
  hints: readonly WaitingHint[],
  lease: Lease,
  followed: Followed,
): Promise<void> {
  const stream = connection.streams.find((each) => each.spec.object === object && !each.spec.deleted);
  // Of an object that is read no more nothing has to be known.
  if (stream === undefined) return;
  if (hints.some((hint) => hint.what === 'gap')) {
    const pulled = (await pull(env, [{ connection, only: new Set([object]), withDeleted: true }], lease)).get(
      connection.name,
    );
    followed.read += pulled?.read ?? 0;
    followed.changed += pulled?.changed ?? 0;
    if (pulled?.stopped) throw pulled.stopped;
  }
  const wanted = hints.filter((hint) => hint.recordId !== '' && isNews(hint));
  if (wanted.length === 0) return;
  const named = await readNamed(
    env,
    connection,
    stream,
    wanted.map((hint) => hint.recordId),
    lease,
    { associated: new Set(wanted.filter((hint) => hint.what === 'associated').map((hint) => hint.recordId)) },
  );
  followed.read += named.read;
  followed.changed += named.changed;
  const resent = wanted.filter((hint) => hint.what === 'resend').map((hint) => hint.recordId);
  if (resent.length > 0) await rereadRecords(env, connection, stream, resent, lease);
}

/** A record that was read under a stamp as late as the event holds what the event speaks of: our own writes, mostly. */
function isNews({ what, at, knownAt }: WaitingHint): boolean {
  return what !== 'changed' || knownAt === null || Date.parse(knownAt) < Date.parse(at);
}
