import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { write } from '../../src/store/write-behind.ts';
import { testStore } from '../support/store.ts';

const store = await testStore();
afterAll(() => store.close());
const { db } = store;
await sql`create table notes (id int primary key, text text not null)`.execute(db);
beforeEach(() => sql`delete from notes`.execute(db));

const note = (id: number, text = 'x') => sql`insert into notes (id, text) values (${id}, ${text})`;
const ids = async () =>
  (await sql<{ id: number }>`select id from notes order by id`.execute(db)).rows.map(({ id }) => id);

describe('a write that nobody waits for', () => {
  test('is seen by whatever is asked after it, in the order in which it was given', async () => {
    const seen = await db.transaction().execute(async (tx) => {
      await write(tx, note(1, 'a'));
      await write(tx, sql`update notes set text = text || 'b' where id = 1`);
      await write(tx, sql`update notes set text = text || 'c' where id = 1`);
      return sql<{ text: string }>`select text from notes`.execute(tx);
    });
    expect(seen.rows).toEqual([{ text: 'abc' }]);
  });

  test('does not hold up who gave it', async () => {
    await db.transaction().execute(async (tx) => {
      const order: string[] = [];
      const slow = sql`insert into notes select 1, 'x' from pg_sleep(0.05)`;
      await write(tx, slow).then(() => order.push('given'));
      const asked = sql`select 1`.execute(tx).then(() => order.push('done'));
      expect(order).toEqual(['given']);
      await asked;
      expect(order).toEqual(['given', 'done']);
    });
  });

  test('is there when the transaction has ended', async () => {
    await db.transaction().execute(async (tx) => {
      for (const id of [1, 2, 3]) await write(tx, note(id));
    });
    expect(await ids()).toEqual([1, 2, 3]);
  });

  test('that fails fails the transaction, with its own reason, and nothing of it is kept', async () => {
    const failing = db.transaction().execute(async (tx) => {
      await write(tx, note(1));
      await write(tx, note(1));
      await write(tx, note(2));
    });
    await expect(failing).rejects.toThrow(/duplicate key/);
    expect(await ids()).toEqual([]);
  });

  test('that fails is the reason that the next question is answered with', async () => {
    const failing = db.transaction().execute(async (tx) => {
      await write(tx, sql`insert into notes (id, text) values (1, null)`);
      await sql`select 1`.execute(tx);
    });
    await expect(failing).rejects.toThrow(/null value in column "text"/);
  });

  test('is waited for before what failed by itself is rolled back', async () => {
    const failing = db.transaction().execute(async (tx) => {
      await write(tx, note(1));
      throw new Error('changed its mind');
    });
    await expect(failing).rejects.toThrow('changed its mind');
    expect(await ids()).toEqual([]);
    await write(db, note(2));
    expect(await ids()).toEqual([2]);
  });

  test('is waited for outside of a transaction', async () => {
    await write(db, note(1));
    await expect(write(db, note(1))).rejects.toThrow(/duplicate key/);
  });
});
