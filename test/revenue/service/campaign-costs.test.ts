import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Store } from '../../../src/store/database.ts';
import { emit } from '../../../src/store/events.ts';
import { Channel } from '../../support/channel.ts';
import { testStore } from '../../support/store.ts';

let store: Store;
let channel: Channel;

beforeAll(async () => {
  store = await testStore();
  channel = new Channel(store.db);
  await channel.campaign('701A', 'Fair', '1000');
  await channel.campaign('701B', 'Webinar', null);
});
afterAll(() => store.close());

const campaigns = async () =>
  (await store.db.selectFrom('campaigns').selectAll().orderBy('name').execute()).map((row) => [
    row.name,
    row.cost_minor,
    row.currency,
    row.cost_source,
    row.funded,
    row.over_minor,
  ]);

/** A claim of a request for a campaign was paid, so much in all. */
async function paid(id: string, record: string, minor: number, currency = 'USD'): Promise<void> {
  await sql`insert into fund_requests (id, budget_id, campaign_connection, campaign_record, title, currency, requested_minor, status, contents, escalated)
    values (${`rq_${id}`}, 'bu_1', 'salesforce', ${record}, 'Stand', ${currency}, 0, 'approved', '', 0)
    on conflict (id) do nothing`.execute(store.db);
  await sql`insert into fund_claims (id, request_id, title, currency, requested_minor, paid_minor, payments, proof, status, escalated, contents)
    values (${id}, ${`rq_${id}`}, 'Stand', ${currency}, 0, ${minor}, '[]', '[]', 'paid', 0, '')
    on conflict (id) do update set paid_minor = excluded.paid_minor`.execute(store.db);
  await emit(store.db, [{ type: 'fund.changed', entity: id, data: { kind: 'claim' } }], channel.at);
  await channel.decide();
}

test('a paid claim funds what the campaign says that it cost, and is the cost where it says nothing', async () => {
  await paid('c1', '701A', 40_000);
  await paid('c2', '701B', 25_000);
  expect(await campaigns()).toEqual([
    ['Fair', '100000', 'USD', 'campaign', [{ minor: '40000', currency: 'USD' }], null],
    ['Webinar', '25000', 'USD', 'claims', [{ minor: '25000', currency: 'USD' }], null],
  ]);
});

test('more than the cost is said, a second currency leaves the cost unknown, and what is taken back goes', async () => {
  await paid('c3', '701A', 70_000);
  await paid('c4', '701B', 100, 'EUR');
  expect((await campaigns()).map(([, ...rest]) => rest)).toEqual([
    ['100000', 'USD', 'campaign', [{ minor: '110000', currency: 'USD' }], '10000'],
    [
      null,
      null,
      'claims',
      [
        { minor: '100', currency: 'EUR' },
        { minor: '25000', currency: 'USD' },
      ],
      null,
    ],
  ]);
  await paid('c2', '701B', 0);
  await paid('c4', '701B', 0, 'EUR');
  expect((await campaigns())[1]).toEqual(['Webinar', null, null, null, [], null]);
});

test('campaigns that are read again keep it so', async () => {
  await channel.campaign('701B', 'Webinar', null);
  await channel.campaign('701C', 'Mailing', '5');
  expect((await campaigns())[0]).toEqual([
    'Fair',
    '100000',
    'USD',
    'campaign',
    [{ minor: '110000', currency: 'USD' }],
    '10000',
  ]);
});
