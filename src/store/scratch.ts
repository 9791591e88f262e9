/**
 * Work that is to leave no trace: it runs in one transaction that is always rolled back, and what it takes for a transaction
 * of its own is a savepoint in that one.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import PQueue from 'p-queue';
import type { Tables } from './tables.ts';

/** Runs `work` on a database that forgets. @param db a handle whose connection nobody else uses until then */
export async function inScratch<T>(db: Kysely<Tables>, work: (scratch: Kysely<Tables>) => Promise<T>): Promise<T> {
  const trx = await db.startTransaction().execute();
  try {
    return await work(nested(trx));
  } finally {
    await trx.rollback().execute();
  }
}

/** The transaction as a database: `transaction()` gives savepoints, one at a time. */
function nested(trx: Transaction<Tables>): Kysely<Tables> {
  const gate = new PQueue({ concurrency: 1 });
  const transaction = () => ({
    execute: <T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> =>
      gate.add(async () => {
        await sql`savepoint scratch`.execute(trx);
        try {
          const result = await work(trx);
          await sql`release savepoint scratch`.execute(trx);
          return result;
        } catch (error) {
          await sql`rollback to savepoint scratch`.execute(trx);
          await sql`release savepoint scratch`.execute(trx);
          throw error;
        }
      }),
  });
  return new Proxy(trx, {
    get(target, name) {
      if (name === 'transaction') return transaction;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
