import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openStore, type Store } from '../../src/store/database.ts';
import { type TokenKeeper, tokenKeeper } from '../../src/store/tokens.ts';
import { needsServer } from '../support/on-server.ts';
import { testStore } from '../support/store.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.db.deleteFrom('connections').execute();
});

/**
 * Work that notes how much of it is under way at once. Each piece really waits for others in between, as a refresh waits
 * for the CRM: for a turn of the event loop and for the database.
 */
function crowd() {
  let inside = 0;
  const seen = { most: 0, done: 0 };
  const enter = async (db: Store['db']) => {
    inside += 1;
    seen.most = Math.max(seen.most, inside);
    await sql`select 1`.execute(db);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    seen.done += 1;
  };
  return { seen, enter };
}

describe('the tokens of a connection', () => {
  test('are null before any were saved', async () => {
    expect(await tokenKeeper(store, 'salesforce', 'salesforce', 'settings').load()).toBeNull();
  });

  test('are the newest that were saved, for every keeper', async () => {
    const keeper = tokenKeeper(store, 'salesforce', 'salesforce', 'settings');
    await keeper.save({ accessToken: 'a1', refreshToken: 'r1' });
    await keeper.save({ accessToken: 'a2' });
    expect(await tokenKeeper(store, 'salesforce', 'salesforce', 'settings').load()).toEqual({ accessToken: 'a2' });
  });

  test('are worth nothing to a connection that was pointed elsewhere or given other credentials since', async () => {
    await tokenKeeper(store, 'salesforce', 'salesforce', 'settings').save({ accessToken: 'a' });
    expect(await tokenKeeper(store, 'salesforce', 'salesforce', 'other settings').load()).toBeNull();
    expect(await tokenKeeper(store, 'salesforce', 'salesforce', 'settings').load()).toEqual({ accessToken: 'a' });
  });

  test('are kept apart by connection', async () => {
    await tokenKeeper(store, 'europe', 'salesforce', 'settings').save({ accessToken: 'eu' });
    expect(await tokenKeeper(store, 'america', 'salesforce', 'settings').load()).toBeNull();
  });

  test('saving them leaves alone what else is known of the connection', async () => {
    await store.db
      .insertInto('connections')
      .values({
        name: 'salesforce',
        kind: 'salesforce',
        org_id: '00D',
        org_name: 'Acme',
        currency: 'EUR',
        tokens: null,
        last_sync_at: null,
        problem: null,
      })
      .execute();
    await tokenKeeper(store, 'salesforce', 'salesforce', 'settings').save({ accessToken: 'a' });
    expect(await store.db.selectFrom('connections').selectAll().executeTakeFirst()).toMatchObject({
      org_id: '00D',
      currency: 'EUR',
    });
  });
});

describe('refreshing', () => {
  test('happens one at a time in one process', async () => {
    const keeper = tokenKeeper(store, 'salesforce', 'salesforce', 'settings');
    const { seen, enter } = crowd();
    await Promise.all(Array.from({ length: 5 }, () => keeper.exclusively(() => enter(store.db))));
    expect(seen).toEqual({ most: 1, done: 5 });
  });

  test('gives back what the refresh gave', async () => {
    expect(await tokenKeeper(store, 'salesforce', 'salesforce', 'settings').exclusively(async () => 'fresh')).toBe(
      'fresh',
    );
  });

  test('that fails is told to its caller alone; the next one goes on', async () => {
    const keeper = tokenKeeper(store, 'salesforce', 'salesforce', 'settings');
    const failing = keeper.exclusively(async () => {
      throw new Error('invalid_grant');
    });
    const next = keeper.exclusively(async () => 'fresh');
    await expect(failing).rejects.toThrow('invalid_grant');
    await expect(next).resolves.toBe('fresh');
  });

  test('saves within, also the first tokens of a connection', async () => {
    const keeper = tokenKeeper(store, 'salesforce', 'salesforce', 'settings');
    await keeper.exclusively(() => keeper.save({ refreshToken: 'rotated' }));
    expect(await keeper.load()).toEqual({ refreshToken: 'rotated' });
  });

  test('of different connections does not wait for each other', async () => {
    const first = tokenKeeper(store, 'europe', 'salesforce', 'settings');
    const second = tokenKeeper(store, 'america', 'salesforce', 'settings');
    // The first ends only after the second has run inside it.
    await expect(first.exclusively(() => second.exclusively(async () => 'both'))).resolves.toBe('both');
  });
});

const { url, describeOnServer } = needsServer('refreshing tokens in several processes');
describeOnServer('refreshing on a PostgreSQL server', () => {
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const stores: Store[] = [];
  beforeAll(async () => {
    for (let n = 0; n < 2; n++) stores.push(await openStore({ url, schema }));
  });
  afterAll(async () => {
    const [first] = stores;
    if (first) await sql`drop schema ${sql.id(schema)} cascade`.execute(first.db);
    for (const each of stores) await each.close();
  });
  const keepers = (): TokenKeeper[] => stores.map((each) => tokenKeeper(each, 'salesforce', 'salesforce', 'settings'));

  test('happens one at a time among processes that share it', async () => {
    const { seen, enter } = crowd();
    const mine = keepers();
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => mine[n % 2]?.exclusively(() => enter((stores[n % 2] ?? store).db))),
    );
    expect(seen).toEqual({ most: 1, done: 8 });
  });

  test('sees what the one before it has saved, so that a rotated token is used once', async () => {
    const [first, second] = keepers();
    await first?.save({ refreshToken: 'r0' });
    let rotations = 0;
    const refresh = (keeper: TokenKeeper | undefined) =>
      keeper?.exclusively(async () => {
        const held = await keeper.load();
        if (held?.refreshToken !== 'r0') return;
        rotations += 1;
        await keeper.save({ refreshToken: 'r1' });
      });
    await Promise.all([refresh(first), refresh(second), refresh(first), refresh(second)]);
    expect(rotations).toBe(1);
  });
});
