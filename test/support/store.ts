/**
 * A store for one test file: `const store = await testStore(); afterAll(() => store.close())`. Embedded and in memory
 * (`npm ci` makes the template that it is copied from); where SLUICE_TEST_DATABASE_URL is set, a schema of its own on that server.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { openStore, type Store } from '../../src/store/database.ts';

/** Tables that refuse deletes. */
const APPEND_ONLY = ['entries', 'postings', 'journal', 'closed_periods'];

/** An empty store with all tables. Closing it removes all that it held. */
export async function testStore(): Promise<Store> {
  const url = process.env.SLUICE_TEST_DATABASE_URL;
  if (url) return onServer(url);
  return openStore({ embedded: null });
}

/**
 * Empties a store that may have been used before. By deletes in one statement: truncating makes new files for every table,
 * which takes longer than many a test.
 */
export async function emptyStore({ db }: Store): Promise<void> {
  const found = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = current_schema() and tablename <> 'migrations'`.execute(db);
  const deletes = found.rows.map(({ name }) => sql`${sql.id(`no_${name}`)} as (delete from ${sql.id(name)})`);
  await db.transaction().execute(async (tx) => {
    for (const table of APPEND_ONLY) await sql`alter table ${sql.id(table)} disable trigger user`.execute(tx);
    await sql`with ${sql.join(deletes)}
      select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) from pg_sequences
      where schemaname = current_schema()`.execute(tx);
    for (const table of APPEND_ONLY) await sql`alter table ${sql.id(table)} enable trigger user`.execute(tx);
    // The deletes themselves are news to reports.
    await sql`delete from report_news`.execute(tx);
  });
}

async function onServer(url: string): Promise<Store> {
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const store = await openStore({ url, schema });
  return {
    ...store,
    close: async () => {
      await sql`drop schema ${sql.id(schema)} cascade`.execute(store.db);
      await store.close();
    },
  };
}
