/**
 * The store: one dialect of SQL on the embedded PGlite or on a PostgreSQL server. Rows are written in bulk, never one by
 * one; whole numbers of 64 bits come back as strings and instants as ISO text, alike on both.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, PGliteDialect, PostgresDialect, sql, type Transaction } from 'kysely';
import { migrate } from './migrate.ts';
import { inScratch } from './scratch.ts';
import type { Tables } from './tables.ts';
import { readTemplate } from './template.ts';

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

/**
 * The embedded database never forces its files to disk, so that whole pages in its log protect from nothing; a fifth of the
 * time goes without them. Sorts and joins of a page's rows stay in memory.
 */
const EMBEDDED = ['full_page_writes=off', 'work_mem=32MB', 'wal_buffers=16MB'];

const INT8 = 20;
const TIMESTAMPTZ = 1184;
const DATE = 1082;
const asText = (value: string): string => value;
const asIso = (value: string): string => new Date(value).toISOString();

/** Opens the store and brings its tables up to date. Rejects with the system's error where the place cannot be reached. */
export async function openStore(location: StoreLocation): Promise<Store> {
  const store =
    'url' in location ? await openServer(location.url, location.schema ?? 'sluice') : await openEmbedded(location);
  try {
    await migrate(store.db);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

async function openEmbedded(location: { embedded: string | null }): Promise<Store> {
  const { PGlite } = await import('@electric-sql/pglite');
  if (location.embedded !== null) mkdirSync(dirname(location.embedded), { recursive: true });
  const isNew = location.embedded === null || !existsSync(location.embedded);
  const template = isNew ? readTemplate() : undefined;
  const pglite = await PGlite.create({
    ...(location.embedded === null ? {} : { dataDir: location.embedded }),
    ...(template ? { loadDataDir: template } : {}),
    relaxedDurability: false,
    startParams: [...PGlite.defaultStartParams, ...EMBEDDED.flatMap((setting) => ['-c', setting])],
    parsers: { [INT8]: asText, [TIMESTAMPTZ]: asIso, [DATE]: asText },
  });
  const open = () => new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
  const db = open();
  // A handle of its own: what others ask of `db` meanwhile is no part of its transaction.
  return { db, kind: 'embedded', scratch: (work) => inScratch(open(), work), close: () => db.destroy() };
}

async function openServer(url: string, schema: string): Promise<Store> {
  const { default: pg } = await import('pg');
  const parsers = new Map<number, (value: string) => unknown>([
    [INT8, asText],
    [TIMESTAMPTZ, asIso],
    [DATE, asText],
  ]);
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    options: `-c search_path=${schema} -c timezone=UTC`,
    types: {
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        parsers.get(id) ??
        (format === 'binary' ? pg.types.getTypeParser(id, 'binary') : pg.types.getTypeParser(id, 'text')),
    },
  });
  // A connection that breaks while idle is replaced by the pool; the next query reports what is really wrong.
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await sql`create schema if not exists ${sql.id(schema)}`.execute(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { db, kind: 'server', scratch: (work) => inScratch(db, work), close: () => db.destroy() };
}

/**
 * Refreshes the planner's statistics after many rows have changed. A server does so by itself; the embedded database
 * has nobody who would, and plans joins badly without.
 */
export async function refreshStatistics(store: Store): Promise<void> {
  if (store.kind === 'embedded') await sql`analyze`.execute(store.db);
}
