import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { upsert } from '../../src/store/bulk.ts';
import type { Queryable, Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';

let store: Store;
const entry = (id: string, ordinal: number, minor: bigint, period = '2026-03') => ({
  id,
  opportunity_id: 'op_1',
  ordinal,
  kind: 'booking',
  amount_minor: minor,
  currency: 'EUR',
  at: '2026-03-02T08:00:00.000Z',
  close_date: '2026-03-01',
  reason: 'closed won',
  reporting_minor: minor * 2n,
  reporting_currency: 'USD',
  rate: '2',
  rate_date: '2026-03-01',
  rate_source: 'a test',
  period,
});
const posting = (id: string, side: number, minor: bigint, change: object = {}) => ({
  entry_id: id,
  side,
  account: side === 1 ? 'deal:op_1' : 'won',
  amount_minor: minor,
  currency: 'EUR',
  reporting_minor: minor * 2n,
  reporting_currency: 'USD',
  ...change,
});
const add = (tx: Queryable, row: ReturnType<typeof entry>) => upsert(tx, 'entries', [row], []);
const book = (
  row: ReturnType<typeof entry>,
  postings = [posting(row.id, 1, row.amount_minor), posting(row.id, 2, -row.amount_minor)],
) =>
  store.db.transaction().execute(async (tx) => {
    await add(tx, row);
    await upsert(tx, 'postings', postings, []);
  });

beforeAll(async () => {
  store = await testStore();
  await book(entry('en_1', 1, 1_200_000n));
  await sql`insert into journal values (1, now(), 'rules', '', '{}', 'x')`.execute(store.db);
});
afterAll(() => store.close());

describe('the revenue ledger is append-only', () => {
  const refusal = /append-only: answer a change with a reversing or adjusting entry/;

  test.each(['entries', 'postings', 'journal'])('nothing of %s can be changed, deleted or emptied', async (table) => {
    const at = sql.id(table);
    const column = sql.id(table === 'journal' ? 'body' : 'currency');
    await expect(sql`update ${at} set ${column} = 'CHF'`.execute(store.db)).rejects.toThrow(refusal);
    await expect(sql`delete from ${at}`.execute(store.db)).rejects.toThrow(refusal);
    await expect(sql`truncate ${at} cascade`.execute(store.db)).rejects.toThrow(refusal);
  });

  test('an entry cannot be written over by a conflicting one', async () => {
    await expect(upsert(store.db, 'entries', [entry('en_1', 1, 5n)], ['id'])).rejects.toThrow(refusal);
  });

  test('two entries of a deal cannot take the same place, nor two lines of the journal', async () => {
    await expect(book(entry('en_2', 1, 5n))).rejects.toThrow(/unique/);
    await expect(sql`insert into journal values (1, now(), 'rules', '', '{}', 'y')`.execute(store.db)).rejects.toThrow(
      /unique/,
    );
  });

  test('a further entry is taken, and the first stands as it was', async () => {
    await book(entry('en_3', 2, -1_200_000n));
    const rows = await store.db.selectFrom('entries').select(['id', 'amount_minor']).orderBy('ordinal').execute();
    expect(rows).toEqual([
      { id: 'en_1', amount_minor: '1200000' },
      { id: 'en_3', amount_minor: '-1200000' },
    ]);
  });
});

describe('an entry balances, or the database refuses the transaction', () => {
  const refusal = /entry en_9 does not balance/;
  const row = entry('en_9', 9, 100n);
  test.each([
    ['without postings', []],
    ['with one side', [posting('en_9', 1, 100n)]],
    ['with sides that are not zero together', [posting('en_9', 1, 100n), posting('en_9', 2, -99n)]],
    ['with sides of another amount', [posting('en_9', 1, 50n), posting('en_9', 2, -50n)]],
    ['in two currencies', [posting('en_9', 1, 100n), posting('en_9', 2, -100n, { currency: 'USD' })]],
    [
      'out of balance in the reporting currency',
      [posting('en_9', 1, 100n), posting('en_9', 2, -100n, { reporting_minor: 0 })],
    ],
    [
      'in two reporting currencies',
      [posting('en_9', 1, 100n), posting('en_9', 2, -100n, { reporting_currency: 'CHF' })],
    ],
  ])('%s', async (_name, postings) => {
    await expect(book(row, postings)).rejects.toThrow(refusal);
    expect(await store.db.selectFrom('entries').select('id').where('id', '=', 'en_9').execute()).toEqual([]);
  });

  test('a third posting, or one of no entry, is refused', async () => {
    await expect(upsert(store.db, 'postings', [posting('en_1', 3, 0n)], [])).rejects.toThrow(/check/);
    await expect(upsert(store.db, 'postings', [posting('en_1', 2, 0n)], [])).rejects.toThrow(/unique/);
    await expect(upsert(store.db, 'postings', [posting('en_0', 1, 0n)], [])).rejects.toThrow(/foreign key/);
  });
});

describe('a closed month', () => {
  test('takes no entry, nor does any before it; the next one does; it is not opened again', async () => {
    await sql`insert into closed_periods values ('2026-04', now(), null)`.execute(store.db);
    await expect(book(entry('en_4', 3, 1n, '2026-04'))).rejects.toThrow('the month 2026-04 is closed');
    await expect(book(entry('en_4', 3, 1n, '2025-12'))).rejects.toThrow('the month 2025-12 is closed');
    await book(entry('en_4', 3, 1n, '2026-05'));
    await expect(sql`delete from closed_periods`.execute(store.db)).rejects.toThrow(/append-only/);
    await expect(sql`update closed_periods set month = '2026-01'`.execute(store.db)).rejects.toThrow(/append-only/);
  });
});
