/**
 * Writes that nobody waits for: within a transaction they are sent one after the other while the caller goes on preparing the
 * next ones, and the transaction commits only when all of them are done. What is asked after them sees them.
 */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Kysely,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type QueryResult,
  type RawBuilder,
  type TransactionSettings,
} from 'kysely';
import type { Tables } from './tables.ts';

const behind = new WeakSet<CompiledQuery>();

/**
 * Sends a write whose outcome is not asked for. In a transaction it returns at once, and a failure comes to light with the next
 * statement that is waited for, the commit at the latest; outside of one it is waited for.
 */
export async function write(db: Kysely<Tables>, statement: RawBuilder<unknown>): Promise<void> {
  const query = statement.compile(db);
  behind.add(query);
  await db.executeQuery(query);
}

export class WriteBehindDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): PostgresDriver {
    return new WriteBehindDriver(this.#config);
  }
}

class WriteBehindDriver extends PostgresDriver {
  readonly #lines = new WeakMap<DatabaseConnection, Line>();

  override async acquireConnection(...options: Parameters<PostgresDriver['acquireConnection']>) {
    const connection = await super.acquireConnection(...options);
    if (!this.#lines.has(connection)) this.#lines.set(connection, new Line(connection));
    return connection;
  }

  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const line = this.#lines.get(connection);
    line?.begin();
    await super.beginTransaction(connection, settings);
    line?.begun();
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#lines.get(connection)?.end();
    await super.commitTransaction(connection);
  }

  override async rollbackTransaction(
    ...[connection]: Parameters<PostgresDriver['rollbackTransaction']>
  ): Promise<void> {
    // Why there is a rollback is known already.
    await this.#lines
      .get(connection)
      ?.end()
      .catch(() => undefined);
    await super.rollbackTransaction(connection);
  }
}

/** The statements of one connection, in the order in which they were given. */
class Line {
  #last: Promise<unknown> = Promise.resolve();
  /** What is not waited for: nothing, the writes that ask for it, or whatever is sent. */
  #unwaited: 'none' | 'writes' | 'all' = 'none';
  /** What failed while nobody waited for it. Nothing more is sent then: it would be refused, or stand outside of its transaction. */
  #failure: { readonly error: unknown } | null = null;

  constructor(connection: DatabaseConnection) {
    const send = connection.executeQuery.bind(connection);
    connection.executeQuery = async <R>(...query: Parameters<typeof send>): Promise<QueryResult<R>> => {
      const sent = this.#last.then(() => {
        if (this.#failure) throw this.#failure.error;
        return send<R>(...query);
      });
      this.#last = sent.catch(() => undefined);
      if (this.#unwaited === 'none' || (this.#unwaited === 'writes' && !behind.has(query[0]))) return await sent;
      sent.catch((error) => {
        this.#failure ??= { error };
      });
      return { rows: [] };
    };
  }

  /** The statement that begins a transaction is not waited for. */
  begin(): void {
    this.#failure = null;
    this.#unwaited = 'all';
  }

  begun(): void {
    this.#unwaited = 'writes';
  }

  /** Waits until all is done; rejects where anything failed that was not waited for. */
  async end(): Promise<void> {
    this.#unwaited = 'none';
    await this.#last;
    const failure = this.#failure;
    this.#failure = null;
    if (failure) throw failure.error;
  }
}
