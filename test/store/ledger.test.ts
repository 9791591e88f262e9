import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { upsert } from '../../src/store/bulk.ts';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';

let store: Store;
const entry = (id: string, ordinal: number, minor: bigint) => ({
  id,
  opportunity_id: 'op_1',
  ordinal,
  kind: 'booking',
  amount_minor: minor,
  currency: 'USD',
  at: '2026-03-02T08:00:00.000Z',
  close_date: '2026-03-01',
  reason: 'closed won',
  reporting_minor: minor,
  reporting_currency: 'USD',
  rate: '1',
  rate_date: '2026-03-01',
  rate_source: 'same currency',
  period: '2026-03',
});

beforeAll(async () => {
  store = await testStore();
  await upsert(store.db, 'entries', [entry('en_1', 1, 1_200_000n)], ['id'], []);
});
afterAll(() => store.close());

describe('the revenue ledger is append-only', () => {
  const refusal = /append-only: answer a change with a reversing or adjusting entry/;

  test('an entry cannot be changed', async () => {
    await expect(sql`update entries set amount_minor = 1`.execute(store.db)).rejects.toThrow(refusal);
  });

  test('an entry cannot be deleted', async () => {
    await expect(sql`delete from entries`.execute(store.db)).rejects.toThrow(refusal);
  });

  test('the ledger cannot be emptied', async () => {
    await expect(sql`truncate entries`.execute(store.db)).rejects.toThrow(refusal);
  });

  test('an entry cannot be written over by a conflicting one', async () => {
    await expect(upsert(store.db, 'entries', [entry('en_1', 1, 5n)], ['id'])).rejects.toThrow(refusal);
  });

  test('two entries of a deal cannot take the same place', async () => {
    await expect(upsert(store.db, 'entries', [entry('en_2', 1, 5n)], ['id'], [])).rejects.toThrow(/unique/);
  });

  test('a further entry is taken, and the first stands as it was', async () => {
    await upsert(store.db, 'entries', [entry('en_1', 1, 5n), entry('en_3', 2, -1_200_000n)], ['id'], []);
    const rows = await store.db.selectFrom('entries').select(['id', 'amount_minor']).orderBy('ordinal').execute();
    expect(rows).toEqual([
      { id: 'en_1', amount_minor: '1200000' },
      { id: 'en_3', amount_minor: '-1200000' },
    ]);
  });
});
