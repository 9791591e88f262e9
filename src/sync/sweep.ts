/**
 * Complete passes over an object, page by page in the order of ids, beside the stream of changes: they find what nothing told
 * of. A change that search never showed, a record erased for good, a formula's new value, an association.
 */
import { ConnectorError, type Cursor, type SweepPage } from '../../connectors/connector.ts';
import { iso } from '../model/clock.ts';
import { report, resolve } from '../store/errors.ts';
import { type Lease, underLease } from '../store/lease.ts';
import { applyPages } from './apply.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { readNamed } from './named.ts';
import {
  countAbsent,
  endSweep,
  forgetAbsent,
  keepIdsInOrder,
  loadSweeps,
  noteAbsent,
  notedAbsent,
  type SweepState,
  saveSweep,
  scheduleFirst,
} from './sweep-store.ts';

export interface SweepSettings {
  /** How long after the end of one sweep the next one of the object is due. */
  readonly everyMs: number;
  /** The same for objects with mapped fields that the CRM computes, which move no modification stamp. */
  readonly calculatedEveryMs: number;
  /** Pages that the sweeps of one connection may read in one run: the sync itself goes first. */
  readonly pagesARun: number;
}

export interface Swept {
  pages: number;
  read: number;
  changed: number;
  /** Records found to be gone. */
  gone: number;
  stopped: ConnectorError | null;
}

export interface SweepOptions {
  readonly settings: SweepSettings;
  /** Somebody asked for a complete look: many records that are gone are then believed to be. */
  readonly believed?: boolean;
  readonly onPage?: (connection: string, object: string, rows: number) => void;
}

/** Absent records asked for by id at a time. */
const ABSENT_A_BATCH = 1_000;
/** So many gone in one sweep, and more than this share of all that were there, is no ordinary day. */
const MANY = 100;
const MANY_OF_ALL = 0.2;

/** Goes on with the sweeps of a connection that are due, within a run's share of pages. */
export async function sweep(
  env: Environment,
  connection: Connection,
  lease: Lease,
  options: SweepOptions,
): Promise<Swept> {
  const swept: Swept = { pages: 0, read: 0, changed: 0, gone: 0, stopped: null };
  let left = options.settings.pagesARun;
  try {
    const due = await dueSweeps(env, connection, lease, options.settings);
    const now = due.filter(({ state }) => state.whole || left > 0);
    if (now.length > 0) await keepIdsInOrder(env.db);
    for (const { stream, state } of now) {
      if (!state.whole && left <= 0) continue;
      const before = swept.pages;
      await sweepObject(env, connection, stream, state, lease, options, swept, state.whole ? Infinity : left);
      if (!state.whole) left -= swept.pages - before;
    }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    swept.stopped = error;
  }
  return swept;
}

/** The sweeps whose time has come: those that must be whole first, then the longest overdue. Puts new objects on the schedule. */
async function dueSweeps(
  env: Environment,
  connection: Connection,
  lease: Lease,
  settings: SweepSettings,
): Promise<{ stream: Stream; state: SweepState }[]> {
  const now = env.clock.now();
  const streams = connection.streams.filter((stream) => !stream.spec.deleted);
  const states = await loadSweeps(env.db, connection.name);
  const unknown = streams.filter((stream) => !states.has(stream.spec.object));
  if (unknown.length > 0) {
    await underLease(env.db, lease, (tx) =>
      scheduleFirst(
        tx,
        connection.name,
        unknown.map((stream) => ({ object: stream.spec.object, dueAt: iso(now + intervalOf(stream, settings)) })),
      ),
    );
  }
  return streams
    .flatMap((stream) => {
      const state = states.get(stream.spec.object);
      return state && Date.parse(state.due_at) <= now ? [{ stream, state }] : [];
    })
    .sort((a, b) => Number(b.state.whole) - Number(a.state.whole) || (a.state.due_at < b.state.due_at ? -1 : 1));
}

function intervalOf(stream: Stream, settings: SweepSettings): number {
  const calculated = new Set(
    stream.description?.fields.filter((field) => field.calculated).map((field) => field.name.toLowerCase()),
  );
  return stream.spec.fields.some((field) => calculated.has(field.toLowerCase()))
    ? Math.min(settings.calculatedEveryMs, settings.everyMs)
    : settings.everyMs;
}

async function sweepObject(
  env: Environment,
  connection: Connection,
  stream: Stream,
  state: SweepState,
  lease: Lease,
  options: SweepOptions,
  swept: Swept,
  limit: number,
): Promise<void> {
  const { object } = stream.spec;
  const startedAt = state.started_at ?? iso(env.clock.now());
  const read = (cursor: Cursor | null) => connection.connector.sweep(stream.spec, cursor);
  let next: Promise<SweepPage> = read(state.cursor);
  for (let pages = 1; ; pages++) {
    const page = await next;
    const goesOn = !page.done && pages < limit;
    if (goesOn) {
      next = read(page.cursor);
      // Heard when it is waited for; a failure here must not leave it unheard.
      next.catch(() => undefined);
    }
    swept.pages += 1;
    swept.read += page.records.length;
    const [applied] = await applyPages(env, [{ connection, stream, page, from: null, movesCursor: false }], lease);
    swept.changed += applied?.changed ?? 0;
    const place = { connection: connection.name, object };
    await underLease(env.db, lease, (tx) => noteAbsent(tx, place, page));
    if (page.done) await settleAbsent(env, connection, stream, lease, options, swept);
    const now = env.clock.now();
    await underLease(env.db, lease, (tx) =>
      page.done
        ? endSweep(tx, connection.name, object, {
            finishedAt: iso(now),
            dueAt: iso(now + intervalOf(stream, options.settings)),
          })
        : saveSweep(tx, connection.name, object, { startedAt, cursor: page.cursor, pages: state.pages + pages }),
    );
    await lease.renew();
    options.onPage?.(connection.name, object, page.records.length);
    if (!goesOn) return;
  }
}

/**
 * Asks by id for the known records that no page of the sweep has held: only what the CRM then knows no more, or says is deleted,
 * is gone. At the end of the sweep, since no page can tell how many of all they are.
 */
async function settleAbsent(
  env: Environment,
  connection: Connection,
  stream: Stream,
  lease: Lease,
  options: SweepOptions,
  swept: Swept,
): Promise<void> {
  const place = { connection: connection.name, object: stream.spec.object };
  const { absent, known } = await countAbsent(env.db, place);
  const sofar = { asked: 0, gone: 0 };
  for (;;) {
    const ids = await notedAbsent(env.db, place, ABSENT_A_BATCH);
    if (ids.length === 0) break;
    let held = false;
    const accept = async (gone: number): Promise<boolean> => {
      // What those asked for so far say of all that are absent.
      const likely = ((sofar.gone + gone) / (sofar.asked + ids.length)) * absent;
      held = !options.believed && likely >= MANY && likely > known * MANY_OF_ALL;
      if (held) await reportManyGone(env, place, Math.round(likely), known, lease);
      return !held;
    };
    const { changed, gone } = await readNamed(env, connection, stream, ids, lease, { accept });
    if (held) return;
    await underLease(env.db, lease, (tx) => forgetAbsent(tx, place, ids));
    swept.changed += changed;
    swept.gone += gone;
    sofar.asked += ids.length;
    sofar.gone += gone;
  }
  await believeAgain(env, place, lease);
}

interface Place {
  readonly connection: string;
  readonly object: string;
}

/** A permission that was taken away looks like a great many deletions: nothing is done about them until somebody says so. */
async function reportManyGone(
  env: Environment,
  place: Place,
  gone: number,
  known: number,
  lease: Lease,
): Promise<void> {
  env.log('warn', 'many records are missing at once; none is taken for deleted', { ...place, gone });
  await underLease(env.db, lease, (tx) =>
    report(
      tx,
      [
        {
          ...place,
          recordId: '',
          stage: 'read',
          code: 'MANY_GONE',
          message: `About ${gone} of the ${known} records of ${place.object} that were there are missing at once; none of them was taken for deleted.`,
          hint: `See whether the user of this connection may still read all records of ${place.object}. If they were really deleted, run \`sluice sync --full\`.`,
        },
      ],
      iso(env.clock.now()),
    ),
  );
}

async function believeAgain(env: Environment, place: Place, lease: Lease): Promise<void> {
  await underLease(env.db, lease, (tx) => resolve(tx, 'read', [{ ...place, recordId: '' }], iso(env.clock.now())));
}
