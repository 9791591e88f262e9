/** Reads what has changed in a connection, stream by stream, and applies it page by page. */
import type { Cursor, Page } from '../../connectors/connector.ts';
import type { Lease } from '../store/lease.ts';
import { applyPage } from './apply.ts';
import type { Connection, Environment, Stream } from './environment.ts';

/** Records whose associations one request can ask for (HubSpot's associations v4). */
const ASSOCIATIONS_A_CALL = 1_000;

export interface Pulled {
  read: number;
  changed: number;
  /** The least number of reads that these pages need. */
  floor: number;
}

export interface PullOptions {
  /** Begin anew and look at every record there is. */
  readonly full?: boolean;
  /** Only these objects. */
  readonly only?: ReadonlySet<string>;
  readonly onPage?: (connection: string, object: string, rows: number) => void;
}

/** A pull whose first requests are under way. */
export interface PullUnderWay {
  /** Applies the pages and reads on to the end of every stream. */
  finish(): Promise<Pulled>;
}

/**
 * Begins to pull the streams of a connection: the first pages of all of them are asked for at once. `finish` applies them one
 * after the other, in the order of the streams, since a later one (campaign members) speaks of records of an earlier one (leads).
 */
export async function beginPull(
  env: Environment,
  connection: Connection,
  lease: Lease,
  options: PullOptions = {},
): Promise<PullUnderWay> {
  const streams = connection.streams.filter((stream) => options.only?.has(stream.spec.object) ?? true);
  const cursors = options.full ? new Map<string, Cursor>() : await loadCursors(env, connection.name);
  const read = (stream: Stream, cursor: Cursor | null) => connection.connector.read(stream.spec, cursor);
  const starts = streams.map((stream) => ({ stream, from: cursors.get(stream.spec.object) ?? null }));
  // Every first page is waited for, so that a failing one leaves no other request running behind our back.
  const firsts = Promise.allSettled(starts.map(({ stream, from }) => read(stream, from)));
  return {
    async finish() {
      const total: Pulled = { read: 0, changed: 0, floor: 0 };
      const settled = await firsts;
      for (const [place, { stream, from }] of starts.entries()) {
        const first = settled[place];
        if (first === undefined) continue;
        if (first.status === 'rejected') throw first.reason;
        await readOn(env, connection, lease, options, { stream, from, first: first.value, read }, total);
      }
      return total;
    },
  };
}

/** Applies a stream's first page and those after it. */
async function readOn(
  env: Environment,
  connection: Connection,
  lease: Lease,
  options: PullOptions,
  start: {
    stream: Stream;
    from: Cursor | null;
    first: Page;
    read: (stream: Stream, cursor: Cursor) => Promise<Page>;
  },
  total: Pulled,
): Promise<void> {
  const { stream } = start;
  let page = start.first;
  let from = start.from;
  let rows = 0;
  let associated = 0;
  for (;;) {
    // The next page travels while this one is applied.
    const next = page.done ? null : start.read(stream, page.cursor);
    next?.catch(() => undefined);
    const applied = await applyPage(env, connection, stream, page, lease, from);
    from = page.cursor;
    rows += page.records.length;
    total.read += page.records.length;
    total.changed += applied.changed;
    associated += applied.associated;
    options.onPage?.(connection.name, stream.spec.object, page.records.length);
    if (next === null) break;
    await lease.renew();
    page = await next;
  }
  total.floor += Math.max(1, Math.ceil(rows / page.pageSize));
  total.floor += stream.associations.length * Math.ceil(associated / ASSOCIATIONS_A_CALL);
}

async function loadCursors(env: Environment, connection: string): Promise<Map<string, Cursor>> {
  const rows = await env.db
    .selectFrom('streams')
    .select(['object', 'cursor'])
    .where('connection', '=', connection)
    .execute();
  return new Map(rows.map((row) => [row.object, row.cursor]));
}
