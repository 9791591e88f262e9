/**
 * A store for one test file: `const store = await testStore(); afterAll(() => store.close())`. Embedded and in memory
 * (`npm ci` makes the template that it is copied from); where SLUICE_TEST_DATABASE_URL is set, a schema of its own on that server.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { openStore, type Store } from '../../src/store/database.ts';

/** An empty store with all tables. Closing it removes all that it held. */
export async function testStore(): Promise<Store> {
  const url = process.env.SLUICE_TEST_DATABASE_URL;
  if (url) return onServer(url);
  return openStore({ embedded: null });
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
