/**
 * The store: one dialect of SQL on the embedded PGlite or on a PostgreSQL server. Rows are written in bulk, never one by
 * one; whole numbers of 64 bits come back as strings and instants as ISO text, alike on both.
 */
import { Kysely, sql, type Transaction } from 'kysely';
import type { Pool, PoolConfig } from 'pg';
import { openEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';
import { inScratch } from './scratch.ts';
import type { Tables } from './tables.ts';
import { WriteBehindDialect } from './write-behind.ts';

export type Database = Kysely<Tables>;
/** A transaction or the database itself: what a query function takes. */
export type Queryable = Database | Transaction<Tables>;

export type StoreLocation =
  /** A folder for the embedded database; null keeps it in memory. */
  | { readonly embedded: string | null }
  /** A `postgres://` URL; `schema` (default `sluice`) holds every table. */
  | { readonly url: string; readonly schema?: string };

export interface Store {
  readonly db: Database;
  readonly kind: 'embedded' | 'server';
  /**
   * Runs `work` on a database that forgets all of it. On the embedded one everybody else waits meanwhile, so that `work` must
   * not wait for anything that uses `db`.
   */
  scratch<T>(work: (scratch: Database) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** How the embedded database is signed in to, whatever the environment says of servers. */
const SESSION = { user: 'postgres', database: 'postgres', ssl: false, options: '-c timezone=UTC' } as const;

const INT8 = 20;
const TIMESTAMPTZ = 1184;
const DATE = 1082;
const asText = (value: string): string => value;
const asIso = (value: string): string => new Date(value).toISOString();

/** Opens the store and brings its tables up to date. Rejects with the system's error where the place cannot be reached. */
export async function openStore(location: StoreLocation): Promise<Store> {
  const store =
    'url' in location
      ? await openServer(location.url, location.schema ?? 'sluice')
      : await openInThread(location.embedded);
  try {
    await migrate(store.db);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

async function openInThread(folder: string | null): Promise<Store> {
  const embedded = await openEmbedded(folder);
  // One session, so one connection, and it stays.
  const pool = await poolOf({
    ...SESSION,
    stream: () => embedded.connect(),
    max: 1,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  });
  const db = new Kysely<Tables>({ dialect: new WriteBehindDialect({ pool }) });
  return {
    db,
    kind: 'embedded',
    scratch: (work) => inScratch(db, work),
    close: async () => {
      await db.destroy();
      await embedded.close();
    },
  };
}

async function openServer(url: string, schema: string): Promise<Store> {
  const pool = await poolOf({
    connectionString: url,
    max: 8,
    options: `-c search_path=${schema} -c timezone=UTC -c jit=off`,
  });
  const db = new Kysely<Tables>({ dialect: new WriteBehindDialect({ pool }) });
  try {
    await sql`create schema if not exists ${sql.id(schema)}`.execute(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { db, kind: 'server', scratch: (work) => inScratch(db, work), close: () => db.destroy() };
}

/** A pool of connections that read whole numbers of 64 bits and instants as texts. */
async function poolOf(config: PoolConfig): Promise<Pool> {
  const { default: pg } = await import('pg');
  const parsers = new Map<number, (value: string) => unknown>([
    [INT8, asText],
    [TIMESTAMPTZ, asIso],
    [DATE, asText],
  ]);
  const pool = new pg.Pool({
    ...config,
    types: {
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        parsers.get(id) ??
        (format === 'binary' ? pg.types.getTypeParser(id, 'binary') : pg.types.getTypeParser(id, 'text')),
    },
  });
  // A connection that breaks while idle is replaced by the pool; the next query reports what is really wrong.
  pool.on('error', () => undefined);
  return pool;
}

/**
 * Refreshes the planner's statistics after many rows have changed. A server does so by itself; the embedded database
 * has nobody who would, and plans joins badly without.
 */
export async function refreshStatistics(store: Store): Promise<void> {
  if (store.kind === 'embedded') await sql`analyze`.execute(store.db);
}
