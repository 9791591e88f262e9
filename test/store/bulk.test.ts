import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { among, upsert } from '../../src/store/bulk.ts';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await sql`truncate campaigns, records, partner_versions, links`.execute(store.db);
});

const record = (id: string, more: object = {}) => ({
  connection: 'salesforce',
  object: 'Lead',
  id,
  fields: {},
  modified_at: '2026-03-02T08:00:00.000Z',
  deleted: false,
  associations: null,
  company_id: null,
  deal_id: null,
  pushed_at: null,
  ...more,
});
const RECORD_KEY = ['connection', 'object', 'id'] as const;
const campaign = (id: string, more: object = {}) => ({ id, name: id, cost_minor: null, currency: null, ...more });

describe('writing rows in bulk', () => {
  test('no rows are no statement', async () => {
    await upsert(store.db, 'campaigns', [], ['id']);
    expect(await store.db.selectFrom('campaigns').selectAll().execute()).toEqual([]);
  });

  test('text, JSON, instants, booleans and null arrive as what they are', async () => {
    const fields = { Name: 'Ünïcode "quoted" \\ back', Score: 12.5, Optout: false, Nothing: null };
    const written = record('1', {
      fields,
      associations: { companies: ['7', '8'] },
      modified_at: '2026-03-02T09:30:00.120+01:00',
      deleted: true,
      pushed_at: '2026-03-02T08:00:00Z',
    });
    await upsert(store.db, 'records', [written], RECORD_KEY);
    expect(await store.db.selectFrom('records').selectAll().execute()).toEqual([
      {
        ...written,
        modified_at: '2026-03-02T08:30:00.120Z',
        pushed_at: '2026-03-02T08:00:00.000Z',
        edited_at: null,
        echoed_at: null,
      },
    ]);
  });

  test('a bigint keeps every digit and comes back as text', async () => {
    const most = 9_223_372_036_854_775_807n;
    await upsert(store.db, 'campaigns', [campaign('1', { cost_minor: most, currency: 'USD' })], ['id']);
    const [row] = await store.db.selectFrom('campaigns').selectAll().execute();
    expect(row).toMatchObject({ cost_minor: '9223372036854775807' });
  });

  test('on a conflict every column that is no key takes the new value', async () => {
    await upsert(store.db, 'campaigns', [campaign('1', { name: 'old', currency: 'USD' })], ['id']);
    await upsert(store.db, 'campaigns', [campaign('1', { name: 'new' }), campaign('2')], ['id']);
    const rows = await store.db
      .selectFrom('campaigns')
      .select(['id', 'name', 'cost_minor', 'currency'])
      .orderBy('id')
      .execute();
    expect(rows).toEqual([
      { id: '1', name: 'new', cost_minor: null, currency: null },
      { id: '2', name: '2', cost_minor: null, currency: null },
    ]);
  });

  test('on a conflict only the named columns change where some are named', async () => {
    await upsert(store.db, 'campaigns', [campaign('1', { name: 'old', currency: 'USD' })], ['id']);
    await upsert(store.db, 'campaigns', [campaign('1', { name: 'new', currency: 'EUR' })], ['id'], ['name']);
    expect(await store.db.selectFrom('campaigns').selectAll().execute()).toMatchObject([
      { name: 'new', currency: 'USD' },
    ]);
  });

  test('on a conflict nothing changes where no column is named', async () => {
    await upsert(store.db, 'campaigns', [campaign('1', { name: 'first' })], ['id']);
    await upsert(store.db, 'campaigns', [campaign('1', { name: 'second' })], ['id'], []);
    expect(await store.db.selectFrom('campaigns').selectAll().execute()).toMatchObject([{ name: 'first' }]);
  });

  test('a failing row keeps all rows of the statement out', async () => {
    await expect(upsert(store.db, 'campaigns', [campaign('1'), campaign('2', { name: null })], ['id'])).rejects.toThrow(
      /null/,
    );
    expect(await store.db.selectFrom('campaigns').selectAll().execute()).toEqual([]);
  });

  test('more rows than a statement takes are all written', async () => {
    const rows = Array.from({ length: 5_001 }, (_, n) => campaign(`c${n}`, { cost_minor: BigInt(n) }));
    await upsert(store.db, 'campaigns', rows, ['id']);
    const { rows: found } = await sql<{ count: string; sum: string }>`
      select count(*) as count, sum(cost_minor)::bigint as sum from campaigns`.execute(store.db);
    expect(found).toEqual([{ count: '5001', sum: String((5_000 * 5_001) / 2) }]);
  });

  test('any text comes back as it went in, and finds its own row', async () => {
    // A NUL is the one character that PostgreSQL's text cannot hold.
    const text = fc
      .string({ unit: 'binary', maxLength: 30 })
      .filter((each) => !each.includes('\u0000') && each.isWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 10 }), async (ids) => {
        await sql`truncate campaigns`.execute(store.db);
        await upsert(
          store.db,
          'campaigns',
          ids.map((id) => campaign(id)),
          ['id'],
        );
        const found = await store.db.selectFrom('campaigns').select('id').where(among('id', ids)).execute();
        expect(found.map((row) => row.id).sort()).toEqual([...ids].sort());
      }),
      { numRuns: 25 },
    );
  });
});

describe('one of many values', () => {
  test('of none is none', async () => {
    await upsert(store.db, 'campaigns', [campaign('1')], ['id']);
    expect(await store.db.selectFrom('campaigns').selectAll().where(among('id', [])).execute()).toEqual([]);
  });

  test('takes as many as there are', async () => {
    await upsert(store.db, 'campaigns', [campaign('1'), campaign('39999'), campaign('x')], ['id']);
    const many = Array.from({ length: 40_000 }, (_, n) => String(n));
    const found = await store.db.selectFrom('campaigns').select('id').where(among('id', many)).execute();
    expect(found.map((row) => row.id).sort()).toEqual(['1', '39999']);
  });
});
