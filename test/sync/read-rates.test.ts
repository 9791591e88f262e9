import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ConnectorError, type StatedRate } from '../../connectors/connector.ts';
import { applyOpportunities } from '../../src/revenue/service/apply.ts';
import { allRates } from '../../src/revenue/service/rates.ts';
import { upsert } from '../../src/store/bulk.ts';
import type { Store } from '../../src/store/database.ts';
import { type Lease, takeLease } from '../../src/store/lease.ts';
import type { Connection, Environment } from '../../src/sync/environment.ts';
import { readRates } from '../../src/sync/read-rates.ts';
import { LEDGER_RULES } from '../support/books.ts';
import { emptyStore, testStore } from '../support/store.ts';

const EURO: StatedRate = { from: 'EUR', to: 'USD', rate: '1.1', date: '2026-01-01', isDated: true };
let store: Store;
let lease: Lease;
let now = Date.parse('2026-03-02T08:00:00.000Z');
let asked = 0;
let logged: string[] = [];
let stated: readonly StatedRate[] | ConnectorError = [EURO];

beforeAll(async () => {
  store = await testStore();
});
beforeEach(async () => {
  await emptyStore(store);
  const taken = await takeLease(store.db, 'sync', 'test');
  if ('holder' in taken) throw new Error('the lease is taken');
  lease = taken;
  asked = 0;
  logged = [];
  stated = [EURO];
});
afterAll(() => store.close());

async function read(): Promise<void> {
  const env = {
    db: store.db,
    clock: { now: () => now },
    rules: { ledger: LEDGER_RULES },
    log: (_level: string, message: string) => logged.push(message),
  } as unknown as Environment;
  const connector = {
    readRates: async () => {
      asked += 1;
      if (stated instanceof ConnectorError) throw stated;
      return [...stated];
    },
  };
  await readRates(env, [{ name: 'org', connector } as unknown as Connection], lease);
}
async function deal(currency: string, isWon: boolean): Promise<void> {
  const value = {
    name: 'Deal',
    account: null,
    amount: '5',
    currency,
    stage: 'x',
    isClosed: isWon,
    isWon,
    closeDate: '2026-03-01',
    createdAt: null,
    partner: null,
    lead: null,
  };
  await applyOpportunities(
    store.db,
    [{ connection: 'org', object: 'Opportunity', id: '1', value }],
    'USD',
    new Date(now).toISOString(),
  );
}

test('a CRM is asked for rates only where a won deal in another currency is to be booked', async () => {
  await read();
  await deal('USD', true);
  await read();
  await deal('EUR', false);
  await read();
  expect(asked).toBe(0);
  await deal('EUR', true);
  await read();
  expect(asked).toBe(1);
  expect(await allRates(store.db)).toEqual([{ ...EURO, source: 'crm:org' }]);
});

test('as long as a deal waits for a rate it is asked again, once an hour', async () => {
  await upsert(
    store.db,
    'held_revenue',
    [{ opportunity_id: 'op_1', reason: 'no rate', at: new Date(now).toISOString(), why: 'rate', until: null }],
    ['opportunity_id'],
  );
  await read();
  await read();
  expect(asked).toBe(1);
  now += 3_600_000;
  await read();
  expect(asked).toBe(2);
});

test('rates that cannot be right are left out, and it is said how many', async () => {
  await deal('EUR', true);
  stated = [EURO, { ...EURO, rate: '0' }, { ...EURO, rate: '-1' }, { ...EURO, from: 'XYZ' }, { ...EURO, to: 'EUR' }];
  await read();
  expect(await allRates(store.db)).toHaveLength(1);
  expect(logged).toEqual(['exchange rates that cannot be right were left out']);
});

test('a CRM that does not tell its rates stops nothing', async () => {
  await deal('EUR', true);
  stated = new ConnectorError('no', { action: 'stop', connection: 'org', code: 'MISSING_SCOPES' });
  await read();
  expect(await allRates(store.db)).toEqual([]);
  expect(logged).toEqual(['the exchange rates could not be read']);
});
