import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openStore, type Store, type StoreLocation } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { testStore } from '../support/store.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

const applied = async (db: Store['db']) =>
  (
    await sql<{
      number: number;
      applied_at: string;
    }>`select number, applied_at from migrations order by number`.execute(db)
  ).rows;

describe('migrations', () => {
  test('are numbered without a gap from 1', () => {
    expect(migrations.map((migration) => migration.number)).toEqual(migrations.map((_, place) => place + 1));
  });

  test('a fresh store has seen them all', async () => {
    expect((await applied(store.db)).map((row) => row.number)).toEqual(migrations.map(({ number }) => number));
  });

  test('running them again changes nothing', async () => {
    const before = await applied(store.db);
    await migrate(store.db);
    await migrate(store.db);
    expect(await applied(store.db)).toEqual(before);
  });

  test('several processes that start at once do not trip over each other', async () => {
    await expect(Promise.all([migrate(store.db), migrate(store.db), migrate(store.db)])).resolves.toHaveLength(3);
  });
});

describe('a store that is opened again', () => {
  const url = process.env.SLUICE_TEST_DATABASE_URL;
  const folder = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const place: StoreLocation = url ? { url, schema } : { embedded: join(folder, 'deep', 'database') };
  afterAll(async () => {
    if (url) {
      const last = await openStore(place);
      await sql`drop schema ${sql.id(schema)} cascade`.execute(last.db);
      await last.close();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test('holds what was written before', async () => {
    const first = await openStore(place);
    await first.db.insertInto('consumers').values({ name: 'leads', last_event: 41 }).execute();
    await first.close();
    const second = await openStore(place);
    expect(await second.db.selectFrom('consumers').selectAll().execute()).toEqual([
      { name: 'leads', last_event: '41' },
    ]);
    await second.close();
  });
});

test('a server that is not there is told by the system error, and nothing stays open', async () => {
  await expect(openStore({ url: 'postgres://nobody@127.0.0.1:1/none' })).rejects.toThrow(/ECONNREFUSED/);
});
