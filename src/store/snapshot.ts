import type { Database, Queryable } from './database.ts';

/**
 * Runs queries that must agree with each other on one state of the store, whatever is committed meanwhile. The embedded
 * database has one connection, so there the transaction alone sees to it. A transaction that is passed in is used as it is.
 */
export async function snapshot<T>(db: Queryable, read: (tx: Queryable) => Promise<T>): Promise<T> {
  if (db.isTransaction) return read(db);
  return (db as Database).transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read);
}
