import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Store } from '../../src/store/database.ts';
import { consumed, emit, eventsFor } from '../../src/store/events.ts';
import { testStore } from '../support/store.ts';

const AT = '2026-03-02T08:00:00.000Z';
let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await sql`truncate events, consumers`.execute(store.db);
});

const people = (...ids: string[]) => ids.map((id) => ({ type: 'person.changed' as const, entity: id }));
const next = async (limit = 100, consumer = 'leads') =>
  (await eventsFor(store.db, consumer, ['person.changed', 'partner.changed'], limit)).map((event) => event.entity);

describe('events', () => {
  test('come in the order in which they were emitted, with what they tell', async () => {
    await emit(
      store.db,
      [...people('pe_2', 'pe_1'), { type: 'partner.changed', entity: 'pt_1', data: { tier: 'Gold' } }],
      AT,
    );
    const found = await eventsFor(store.db, 'leads', ['person.changed', 'partner.changed'], 100);
    expect(found).toMatchObject([
      { type: 'person.changed', entity: 'pe_2', at: AT, data: {} },
      { type: 'person.changed', entity: 'pe_1' },
      { type: 'partner.changed', entity: 'pt_1', data: { tier: 'Gold' } },
    ]);
  });

  test('none are none', async () => {
    await emit(store.db, [], AT);
    expect(await next()).toEqual([]);
  });

  test('of a transaction that fails never happened', async () => {
    await expect(
      store.db.transaction().execute(async (tx) => {
        await emit(tx, people('pe_1'), AT);
        throw new Error('crash');
      }),
    ).rejects.toThrow('crash');
    expect(await next()).toEqual([]);
  });
});

describe('a consumer', () => {
  test('is given only the types it asks for, and not more than it can take', async () => {
    await emit(
      store.db,
      [...people('pe_1'), { type: 'campaign.changed', entity: 'ca_1' }, ...people('pe_2', 'pe_3')],
      AT,
    );
    expect(await next(2)).toEqual(['pe_1', 'pe_2']);
  });

  test('is given the same events until it says that it has dealt with them', async () => {
    await emit(store.db, people('pe_1', 'pe_2'), AT);
    expect(await next()).toEqual(['pe_1', 'pe_2']);
    expect(await next()).toEqual(['pe_1', 'pe_2']);
  });

  test('goes on after the last one it dealt with', async () => {
    await emit(store.db, people('pe_1', 'pe_2', 'pe_3'), AT);
    const [first] = await eventsFor(store.db, 'leads', ['person.changed'], 1);
    await consumed(store.db, 'leads', first?.id ?? '');
    expect(await next()).toEqual(['pe_2', 'pe_3']);
  });

  test('has a place of its own', async () => {
    await emit(store.db, people('pe_1'), AT);
    const [only] = await eventsFor(store.db, 'leads', ['person.changed'], 1);
    await consumed(store.db, 'leads', only?.id ?? '');
    expect(await next(100, 'leads')).toEqual([]);
    expect(await next(100, 'revenue')).toEqual(['pe_1']);
  });

  test('deals with each event exactly once, however often it crashes on the way', async () => {
    await emit(store.db, people('pe_1', 'pe_2', 'pe_3', 'pe_4', 'pe_5'), AT);
    // Effects and place are saved in one transaction; every second attempt crashes before it is committed.
    for (let attempt = 1; (await next()).length > 0; attempt++) {
      const work = store.db.transaction().execute(async (tx) => {
        const events = await eventsFor(tx, 'leads', ['person.changed'], 2);
        for (const event of events) {
          await sql`insert into reviews (id, kind, subject, why, created_at)
            values (${event.id}, 'test', '{}', ${event.entity}, ${AT})`.execute(tx);
        }
        await consumed(tx, 'leads', events.at(-1)?.id ?? '0');
        if (attempt % 2 === 1) throw new Error('crash');
      });
      await (attempt % 2 === 1 ? expect(work).rejects.toThrow('crash') : work);
    }
    const done = await store.db.selectFrom('reviews').select('why').orderBy('why').execute();
    expect(done.map((row) => row.why)).toEqual(['pe_1', 'pe_2', 'pe_3', 'pe_4', 'pe_5']);
  });
});
