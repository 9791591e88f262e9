import { sql } from 'kysely';
import type { Database, Store } from './database.ts';

/** Tokens of a connection as they are kept: a refresh token that was rotated is worth nothing, so the newest must survive. */
type Tokens = Record<string, string>;

export interface TokenKeeper {
  load(): Promise<Tokens | null>;
  save(tokens: Tokens): Promise<void>;
  /** Runs `refresh` alone among all that share the store: two refreshes at once would invalidate each other. */
  exclusively<T>(refresh: () => Promise<T>): Promise<T>;
}

/** Where the tokens of connections lie: the database, or for a while the memory of this process. */
export interface TokenShelf {
  load(connection: string): Promise<Tokens | null>;
  save(connection: string, kind: string, tokens: Tokens): Promise<void>;
}

export function tokenShelf(db: Database): TokenShelf {
  return {
    async load(connection) {
      const row = await db.selectFrom('connections').select('tokens').where('name', '=', connection).executeTakeFirst();
      return row?.tokens ?? null;
    },
    async save(connection, kind, tokens) {
      const text = JSON.stringify(tokens);
      await db
        .insertInto('connections')
        .values({
          name: connection,
          kind,
          tokens: text,
          org_id: null,
          org_name: null,
          currency: null,
          last_sync_at: null,
          problem: null,
        })
        .onConflict((oc) => oc.column('name').doUpdateSet({ tokens: text }))
        .execute();
    },
  };
}

/**
 * Keeps the tokens of a connection. `settings` names the settings they were got with: once an admin points the connection
 * at another org or gives it other credentials, the kept tokens are no longer its own.
 */
export function tokenKeeper(
  store: Store,
  connection: string,
  kind: string,
  settings: string,
  shelf: TokenShelf = tokenShelf(store.db),
): TokenKeeper {
  let queue: Promise<unknown> = Promise.resolve();
  return {
    async load() {
      const { settings: gotWith, ...tokens } = (await shelf.load(connection)) ?? {};
      return gotWith === settings ? tokens : null;
    },
    save: (tokens) => shelf.save(connection, kind, { ...tokens, settings }),
    exclusively(refresh) {
      const alone = queue.then(
        () => (store.kind === 'server' ? underLock(store, connection, refresh) : refresh()),
        () => (store.kind === 'server' ? underLock(store, connection, refresh) : refresh()),
      );
      queue = alone.catch(() => undefined);
      return alone;
    },
  };
}

/** The embedded database has one process; on a server the others are kept out by an advisory lock. */
function underLock<T>(store: Store, connection: string, refresh: () => Promise<T>): Promise<T> {
  return store.db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext(${`sluice tokens ${connection}`}))`.execute(tx);
    return refresh();
  });
}
