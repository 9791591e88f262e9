/** One run of the sync, from reading both CRMs to reading our own writes back as no change. */
import { ConnectorError } from '../../connectors/connector.ts';
import { type Gain, gainOfAll } from '../leads/methods/assignment.ts';
import { counted } from '../leads/text.ts';
import { iso } from '../model/clock.ts';
import type { Lease } from '../store/lease.ts';
import { LeaseLost, underLease } from '../store/lease.ts';
import { TOLD_TO_STOP } from './api-budget.ts';
import { decide } from './decide.ts';
import type { Connection, Environment } from './environment.ts';
import { foreignOffers } from './foreign-offers.ts';
import { followHints } from './hints.ts';
import { settleLostAnswers } from './lost-answers.ts';
import { mergeAnew } from './merge-anew.ts';
import { mattersText, openMatters } from './open-matters.ts';
import { type PullOptions, type PullRequest, pull } from './pull.ts';
import { push } from './push.ts';
import { readRates } from './read-rates.ts';
import { saveReadTo } from './shadows.ts';
import { keepShapes } from './shapes.ts';
import { type SweepSettings, sweep } from './sweep.ts';
import { askSweep } from './sweep-store.ts';

/** What a run says that leaves nothing open. */
export const AGREED = 'both sides agree';

export type RunStatus = 'done' | 'done with rejects' | 'stopped' | 'failed';

/** What one connection did in a run. */
export interface ConnectionRun {
  read: number;
  changed: number;
  written: number;
  rejected: number;
  waiting: number;
  calls: number;
  /** The least number of calls that would have done, sweeps and hints apart. */
  floor: number;
  /** Pages of complete passes. */
  swept: number;
  /** Hints of events that were followed. */
  hints: number;
  /** Why it stopped, where it did. */
  problem: { code: string; message: string; hint: string | null; resumesAt: string | null } | null;
}

export interface RunSummary {
  readonly id: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly status: RunStatus;
  readonly connections: Readonly<Record<string, ConnectionRun>>;
  readonly offers: number;
  readonly entries: number;
  /** What assigning batches of leads at once was worth, where a route does. */
  readonly gain?: Gain;
  readonly message: string;
  /** True where only some objects were read, or what events hinted at. */
  readonly partial?: true;
}

export interface RunOptions extends PullOptions {
  /** True: only what events hinted at is read. The run is recorded where it brought anything to light. */
  readonly hintsOnly?: boolean;
  /** How complete passes go on beside the changes; left out, only those that must not wait are made. */
  readonly sweep?: SweepSettings;
  /** Read only these objects. */
  readonly only?: ReadonlySet<string>;
  readonly sleep: (ms: number) => Promise<void>;
  /** HTTP calls that a connection has made so far, set-up apart. */
  readonly calls: (connection: string) => number;
  readonly onPhase?: (phase: 'read' | 'decide' | 'write' | 'confirm') => void;
  /** Aborts where the process is told to stop: the run ends between two batches and says so. */
  readonly ending?: AbortSignal;
}

/** No object is swept on schedule. */
const UNSCHEDULED: SweepSettings = { everyMs: 24 * 3_600_000, calculatedEveryMs: 6 * 3_600_000, pagesARun: 0 };

/** What our own writes bring to light (an edit made meanwhile) is dealt with in the same run, but not for ever. */
const ROUNDS = 3;

/**
 * Runs once under the lease. A connection that cannot be used stops, the others go on; what it should have been told waits
 * in the outbox. Errors that are not a connector's are bugs: the run is recorded as failed and the error goes on.
 */
export async function run(env: Environment, lease: Lease, options: RunOptions): Promise<RunSummary> {
  const startedAt = iso(env.clock.now());
  const id = `run_${lease.fence.padStart(6, '0')}`;
  const before = new Map(env.connections.map((connection) => [connection.name, options.calls(connection.name)]));
  const done: Record<string, ConnectionRun> = {};
  for (const connection of env.connections) {
    const mine: ConnectionRun = {
      read: 0,
      changed: 0,
      written: 0,
      rejected: 0,
      waiting: 0,
      calls: 0,
      floor: 0,
      swept: 0,
      hints: 0,
      problem: null,
    };
    done[connection.name] = mine;
    if (connection.refused) note(env, mine, connection.refused);
  }
  await keepShapes(env, env.connections, lease);
  const hintsOnly = options.hintsOnly ?? false;
  const record = () =>
    env.db
      .insertInto('runs')
      .values({ id, started_at: startedAt, finished_at: null, status: 'running', summary: '{}' })
      .onConflict((oc) => oc.column('id').doNothing())
      .execute();
  if (!hintsOnly) await record();
  let offers = 0;
  let entries = 0;
  let gain: Gain | null = null;
  const finish = async (status: RunStatus, message: string): Promise<RunSummary> => {
    for (const [name, mine] of Object.entries(done)) mine.calls = options.calls(name) - (before.get(name) ?? 0);
    const summary: RunSummary = {
      id,
      startedAt,
      finishedAt: iso(env.clock.now()),
      status,
      connections: done,
      offers,
      entries,
      ...(gain === null ? {} : { gain }),
      message,
      ...(hintsOnly || options.only ? { partial: true } : {}),
    };
    if (hintsOnly) {
      if (Object.values(done).every((mine) => mine.changed + mine.written === 0 && !mine.problem)) return summary;
      await record();
    }
    await env.db
      .updateTable('runs')
      .set({ finished_at: summary.finishedAt, status, summary: JSON.stringify(summary) })
      .where('id', '=', id)
      .execute();
    if (!hintsOnly && status !== 'failed') {
      const whole = env.connections.filter(({ name }) => !done[name]?.problem).map(({ name }) => name);
      await saveReadTo(env.db, whole, options.only, startedAt);
    }
    for (const connection of env.connections) {
      // To be told to stop is no problem of a connection, nor was it synced to its end.
      if (options.ending?.aborted && !theirOwn(done[connection.name])) continue;
      const problem = done[connection.name]?.problem?.message ?? null;
      await env.db
        .updateTable('connections')
        .set(problem === null && !hintsOnly ? { problem, last_sync_at: summary.finishedAt } : { problem })
        .where('name', '=', connection.name)
        .execute();
    }
    return summary;
  };

  try {
    const reading = async (only: (connection: string) => ReadonlySet<string> | undefined, full: boolean) => {
      const requests = env.connections.flatMap((connection): PullRequest[] => {
        const objects = only(connection.name);
        if (done[connection.name]?.problem || objects?.size === 0) return [];
        return [{ connection, ...(objects ? { only: objects } : {}) }];
      });
      const pulled = await pull(env, requests, lease, { full, ...(options.onPage ? { onPage: options.onPage } : {}) });
      for (const [name, theirs] of pulled) {
        const mine = done[name];
        if (mine === undefined) continue;
        mine.read += theirs.read;
        mine.changed += theirs.changed;
        // Our own writes coming back have to be read, too.
        mine.floor += theirs.floor;
        if (theirs.stopped) note(env, mine, theirs.stopped);
      }
    };
    options.onPhase?.('read');
    // Before anything is read: of what is read then is merged only what changed.
    await mergeAnew(env, lease);
    for (const connection of env.connections) {
      const mine = done[connection.name];
      if (mine && !mine.problem) await stopping(env, mine, () => settleLostAnswers(env, connection, lease));
    }
    if (!hintsOnly) await reading(() => options.only, options.full ?? false);
    for (const connection of env.connections) {
      const mine = done[connection.name];
      if (mine && !mine.problem) await besides(env, connection, lease, options, mine);
    }
    const foreign = await foreignOffers(env);
    const holder = foreign && done[foreign.connection];
    if (holder) note(env, holder, foreign);
    for (let round = 1; round <= ROUNDS && !foreign && !options.ending?.aborted; round++) {
      const reachable = env.connections.filter(({ name }) => !done[name]?.problem);
      await readRates(env, reachable, lease);
      options.onPhase?.('decide');
      const decided = await decide(env, lease, {
        ending: options.ending,
        isWhole: !hintsOnly && options.only === undefined,
      });
      offers += decided.offers;
      entries += decided.entries;
      gain = gainOfAll([gain, decided.gain]);
      if (options.ending?.aborted) break;
      options.onPhase?.('write');
      const wrote = new Map<string, ReadonlySet<string>>();
      let lost = false;
      const pushing = env.connections.map(async (connection) => {
        const mine = done[connection.name];
        if (!mine || mine.problem) return;
        await stopping(env, mine, async () => {
          const pushed = await push(env, connection, lease, options.sleep);
          mine.written += pushed.written;
          mine.rejected += pushed.rejected;
          mine.waiting = pushed.waiting;
          mine.floor += pushed.floor;
          wrote.set(connection.name, pushed.objects);
          lost ||= pushed.lost || pushed.stepped;
        });
      });
      for (const outcome of await Promise.allSettled(pushing)) if (outcome.status === 'rejected') throw outcome.reason;
      if (!lost && [...wrote.values()].every((objects) => objects.size === 0)) break;
      // Between two polls our own writes come back as events, or with the next poll.
      if (hintsOnly && !lost) break;
      options.onPhase?.('confirm');
      const changedBefore = Object.values(done).reduce((sum, mine) => sum + mine.changed, 0);
      await reading((name) => wrote.get(name) ?? new Set(), false);
      if (!lost && Object.values(done).reduce((sum, mine) => sum + mine.changed, 0) === changedBefore) break;
    }
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    await finish('failed', error instanceof Error ? error.message : String(error));
    throw error;
  }
  const stopped = Object.entries(done).filter(([, mine]) => mine.problem !== null);
  const rejected = Object.values(done).reduce((sum, mine) => sum + mine.rejected, 0);
  if (options.ending?.aborted && !stopped.some(([, mine]) => theirOwn(mine)))
    return finish('stopped', 'it was told to stop; nothing was lost, the next run goes on from here');
  if (stopped.length > 0)
    return finish('stopped', stopped.map(([name, mine]) => `${name}: ${mine.problem?.message}`).join('; '));
  const drifted = env.connections.flatMap(({ name, drifts }) =>
    drifts.filter(({ pauses }) => pauses !== 'nothing').map(({ object, field }) => `${name} ${field ?? object}`),
  );
  const paused = drifted.length === 0 ? '' : `; paused: ${drifted.join(', ')}`;
  // What was refused in an earlier run and not sent again is no agreement either, nor is anything else that is left open.
  const open = await openMatters(env.db);
  const still = open.find(({ what }) => what === 'rejected')?.count ?? 0;
  const now = rejected > still ? [`${counted(rejected, 'write was', 'writes were')} rejected`] : [];
  const told = [...now, ...(open.length > 0 ? [mattersText(open)] : [])].join('; ') || AGREED;
  return finish(rejected + still > 0 ? 'done with rejects' : 'done', `${told}${paused}`);
}

/** What is read beside the stream of changes: what events hinted at, and the complete passes. */
async function besides(
  env: Environment,
  connection: Connection,
  lease: Lease,
  options: RunOptions,
  mine: ConnectionRun,
): Promise<void> {
  // What a person asked for by `only` is all that is read.
  if (options.only) return;
  const followed = await followHints(env, connection, lease);
  mine.hints += followed.hints;
  mine.read += followed.read;
  mine.changed += followed.changed;
  if (followed.stopped) return note(env, mine, followed.stopped);
  if (options.hintsOnly) return;
  if (options.full) await sweepAll(env, connection, lease);
  const swept = await sweep(env, connection, lease, {
    settings: options.sweep ?? UNSCHEDULED,
    believed: options.full ?? false,
    ...(options.onPage ? { onPage: options.onPage } : {}),
  });
  mine.swept += swept.pages;
  mine.read += swept.read;
  mine.changed += swept.changed;
  if (swept.stopped) note(env, mine, swept.stopped);
}

/** Lets every object be swept to its end in this run. */
async function sweepAll(env: Environment, connection: Connection, lease: Lease): Promise<void> {
  const objects = connection.streams.flatMap(({ spec }) => (spec.deleted ? [] : [spec.object]));
  await underLease(env.db, lease, async (tx) => {
    const ask = { now: env.clock.now(), whole: true, why: 'asked for' };
    for (const object of objects) await askSweep(tx, connection.name, object, ask);
  });
}

/** Runs a part that a connection may stop: its own trouble is noted and the run goes on without it. */
async function stopping(env: Environment, mine: ConnectionRun, part: () => Promise<void>): Promise<void> {
  try {
    await part();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    note(env, mine, error);
  }
}

/** Whether a connection stopped for a reason of its own, and not because the process was told to stop. */
function theirOwn(mine: ConnectionRun | undefined): boolean {
  return mine !== undefined && mine.problem !== null && mine.problem.code !== TOLD_TO_STOP;
}

function note(env: Environment, mine: ConnectionRun, error: ConnectorError): void {
  const resumesAt = error.retryAfterMs === undefined ? null : iso(env.clock.now() + error.retryAfterMs);
  mine.problem = { code: error.code, message: error.message, hint: error.hint ?? null, resumesAt };
  env.log('warn', 'a connection stopped', { connection: error.connection, code: error.code });
}
