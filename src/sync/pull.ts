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

/**
 * Pulls the streams of a connection in their order. The first pages of all streams are asked for at once; they are applied
 * one after the other, since a later stream (campaign members) speaks of records of an earlier one (leads).
 */
export async function pull(
  env: Environment,
  connection: Connection,
  lease: Lease,
  options: PullOptions = {},
): Promise<Pulled> {
  const streams = connection.streams.filter((stream) => options.only?.has(stream.spec.object) ?? true);
  const cursors = options.full ? new Map<string, Cursor>() : await loadCursors(env, connection.name);
  const read = (stream: Stream, cursor: Cursor | null) => connection.connector.read(stream.spec, cursor);
  const firsts = streams.map((stream) => read(stream, cursors.get(stream.spec.object) ?? null));
  // Every first page is waited for, so that a failing one leaves no other request running behind our back.
  const settled = await Promise.allSettled(firsts);
  const total: Pulled = { read: 0, changed: 0, floor: 0 };
  for (const [place, stream] of streams.entries()) {
    const first = settled[place];
    if (first === undefined) continue;
    if (first.status === 'rejected') throw first.reason;
    let page: Page = first.value;
    let rows = 0;
    let associated = 0;
    for (;;) {
      // The next page travels while this one is applied.
      const next = page.done ? null : read(stream, page.cursor);
      next?.catch(() => undefined);
      const applied = await applyPage(env, connection, stream, page, lease);
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
  return total;
}

async function loadCursors(env: Environment, connection: string): Promise<Map<string, Cursor>> {
  const rows = await env.db
    .selectFrom('streams')
    .select(['object', 'cursor'])
    .where('connection', '=', connection)
    .execute();
  return new Map(rows.map((row) => [row.object, row.cursor]));
}
