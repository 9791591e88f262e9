/** Reads what has changed, stream by stream, and applies it page by page. */
import { ConnectorError, type Cursor, type Page } from '../../connectors/connector.ts';
import { type Lease, underLease } from '../store/lease.ts';
import { type Applied, applyPages, type StreamPage } from './apply.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { askAboutNamed } from './named-deletions.ts';
import { readAhead } from './reading.ts';
import { loadCursors } from './shadows.ts';
import { askSweep } from './sweep-store.ts';

/** Records whose associations one request can ask for (HubSpot's associations v4). */
const ASSOCIATIONS_A_CALL = 1_000;
/** Short pages of different streams are applied together, up to this many rows in one transaction. */
const ROWS_TOGETHER = 2_000;

export interface Pulled {
  read: number;
  changed: number;
  /** The least number of reads that these pages need. */
  floor: number;
  /** Why the connection stopped, where it did. */
  stopped: ConnectorError | null;
}

export interface PullOptions {
  /** Begin anew and look at every record there is. */
  readonly full?: boolean;
  readonly onPage?: (connection: string, object: string, rows: number) => void;
}

/** What to pull of a connection: all its streams, or only some objects. */
export interface PullRequest {
  readonly connection: Connection;
  readonly only?: ReadonlySet<string>;
  /** With `only`: the deleted records of these objects too. */
  readonly withDeleted?: boolean;
}

/** A stream whose first page has come. */
interface Started {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly from: Cursor | null;
  readonly page: Page;
  readonly pulled: Pulled;
}

/**
 * Pulls connections. The first pages of all streams are asked for at once; they are applied in the order of connections and
 * streams, since a later one (campaign members) speaks of records of an earlier one (leads). A connection that fails stops
 * where it failed, the others go on.
 */
export async function pull(
  env: Environment,
  requests: readonly PullRequest[],
  lease: Lease,
  options: PullOptions = {},
): Promise<Map<string, Pulled>> {
  const result = new Map<string, Pulled>();
  for (const { connection } of requests) result.set(connection.name, { read: 0, changed: 0, floor: 0, stopped: null });
  const started = await start(env, requests, options.full ?? false, result);
  let together: Started[] = [];
  const flush = async () => {
    const group = together;
    together = [];
    await applyTogether(env, group, lease, options);
  };
  for (const each of started) {
    if (each.stream.spec.deleted) {
      // A record may stand in the stream of changes and, deleted a moment later, in that of the deleted: one after the other.
      await flush();
      // A Bulk job that goes on in the next run still shows records that this list names: it is to name them after that, too.
      if (each.pulled.stopped) continue;
    }
    if (!each.page.done) {
      await flush();
      await readOn(env, each, lease, options);
      continue;
    }
    const rows = together.reduce((sum, { page }) => sum + page.records.length, 0);
    if (rows + each.page.records.length > ROWS_TOGETHER) await flush();
    together.push(each);
  }
  await flush();
  return result;
}

async function start(
  env: Environment,
  requests: readonly PullRequest[],
  full: boolean,
  result: ReadonlyMap<string, Pulled>,
): Promise<Started[]> {
  const cursors = new Map<string, Map<string, Cursor>>();
  if (!full)
    for (const { connection } of requests) cursors.set(connection.name, await loadCursors(env.db, connection.name));
  const asked: (Omit<Started, 'page'> & { page: Promise<Page> })[] = [];
  for (const { connection, only, withDeleted } of requests) {
    const pulled = result.get(connection.name);
    if (pulled === undefined) continue;
    for (const stream of connection.streams) {
      if (only && ((stream.spec.deleted && !withDeleted) || !only.has(stream.spec.object))) continue;
      const from = cursors.get(connection.name)?.get(stream.key) ?? null;
      asked.push({ connection, stream, from, pulled, page: connection.connector.read(stream.spec, from) });
    }
  }
  // Every first page is waited for, so that a failing one leaves no other request running behind our back.
  const settled = await Promise.allSettled(asked.map(({ page }) => page));
  return asked.flatMap((each, place): Started[] => {
    const outcome = settled[place];
    if (outcome === undefined || each.pulled.stopped) return [];
    if (outcome.status === 'fulfilled') return [{ ...each, page: outcome.value }];
    stop(each.pulled, outcome.reason);
    return [];
  });
}

/** Notes that a connector has stopped; any other error is a bug and goes on. */
function stop(pulled: Pulled, error: unknown): void {
  if (!(error instanceof ConnectorError)) throw error;
  pulled.stopped = error;
}

async function applyTogether(
  env: Environment,
  group: readonly Started[],
  lease: Lease,
  options: PullOptions,
): Promise<void> {
  if (group.length === 0) return;
  try {
    await sweepWhatIsIncomplete(env, group, lease);
    await askAboutNamed(env, group, lease);
    const applied = await applyPages(env, group, lease);
    for (const [place, each] of group.entries()) {
      const { changed = 0, associated = 0 } = applied[place] ?? {};
      count(each, each.page.records.length, changed, options);
      addFloor(each, each.page.records.length, associated);
    }
  } catch (error) {
    const failed =
      error instanceof ConnectorError
        ? group.find(({ connection }) => connection.name === error.connection)
        : undefined;
    if (failed === undefined) throw error;
    stop(failed.pulled, error);
    await applyTogether(
      env,
      group.filter(({ pulled }) => pulled !== failed.pulled),
      lease,
      options,
    );
  }
}

/** Applies a stream's first page and those after it; short pages are applied together while the next ones travel. */
async function readOn(env: Environment, started: Started, lease: Lease, options: PullOptions): Promise<void> {
  const { pulled } = started;
  let rows = 0;
  let associated = 0;
  try {
    let group: StreamPage[] = [started];
    for (;;) {
      const last = group.at(-1);
      const next = last === undefined || last.page.done ? null : readGroup(started, last.page.cursor);
      next?.catch(() => undefined);
      await sweepWhatIsIncomplete(env, group, lease);
      await askAboutNamed(env, group, lease);
      const applied = await applyGroup(env, group, lease);
      const read = group.reduce((sum, { page }) => sum + page.records.length, 0);
      rows += read;
      associated += applied.reduce((sum, each) => sum + each.associated, 0);
      count(
        started,
        read,
        applied.reduce((sum, each) => sum + each.changed, 0),
        options,
      );
      if (next === null) break;
      await lease.renew();
      group = await next;
    }
  } catch (error) {
    stop(pulled, error);
  }
  addFloor(started, rows, associated);
}

/** Where a CRM can no longer tell all that happened, the object is swept: asked for before the cursor moves past the gap. */
async function sweepWhatIsIncomplete(env: Environment, pages: readonly StreamPage[], lease: Lease): Promise<void> {
  for (const { connection, stream, page } of pages) {
    if (!page.incomplete) continue;
    const { object } = stream.spec;
    env.log('info', 'changes are past the time for which the CRM keeps them: the object is swept', {
      connection: connection.name,
      object,
    });
    await underLease(env.db, lease, (tx) =>
      askSweep(tx, connection.name, object, { now: env.clock.now(), whole: true, why: 'changes could not be told' }),
    );
  }
}

/** The next pages of a stream, up to ROWS_TOGETHER rows. */
async function readGroup({ connection, stream, from: begun }: Started, cursor: Cursor): Promise<StreamPage[]> {
  const group: StreamPage[] = [];
  let from = cursor;
  for (let rows = 0; ; ) {
    const page = await connection.connector.read(stream.spec, from);
    group.push({ connection, stream, page, from });
    if (begun === null) await readAhead(stream, page);
    rows += page.records.length;
    if (page.done || rows + page.pageSize > ROWS_TOGETHER) return group;
    from = page.cursor;
  }
}

/** Applies pages of one stream together; one after the other where a record stands in two, because it changed meanwhile. */
async function applyGroup(env: Environment, group: readonly StreamPage[], lease: Lease): Promise<Applied[]> {
  const ids = group.flatMap(({ page }) => page.records.map((record) => record.id));
  if (new Set(ids).size === ids.length) return applyPages(env, group, lease);
  const applied: Applied[] = [];
  for (const page of group) applied.push(...(await applyPages(env, [page], lease)));
  return applied;
}

function count({ pulled, connection, stream }: Started, rows: number, changed: number, options: PullOptions): void {
  pulled.read += rows;
  pulled.changed += changed;
  options.onPage?.(connection.name, stream.spec.object, rows);
}

function addFloor({ pulled, stream, page }: Started, rows: number, associated: number): void {
  pulled.floor += Math.max(1, Math.ceil(rows / page.pageSize));
  pulled.floor += stream.associations.length * Math.ceil(associated / ASSOCIATIONS_A_CALL);
}
