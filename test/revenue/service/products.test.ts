import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applyLineItems, applyListedPartners, applyProducts } from '../../../src/revenue/service/apply-lines.ts';
import { loadKits } from '../../../src/revenue/service/products.ts';
import type { Store } from '../../../src/store/database.ts';
import { Channel } from '../../support/channel.ts';
import { testStore } from '../../support/store.ts';

let store: Store;
let channel: Channel;
const CRM = 'salesforce';

beforeAll(async () => {
  store = await testStore();
  channel = new Channel(store.db);
});
afterAll(() => store.close());

const line = (id: string, amount: string | null, change: object = {}) => {
  const value = {
    opportunity: '0061',
    product: '01t1',
    name: 'A line',
    family: null,
    quantity: '1',
    amount,
    currency: null,
    ...change,
  };
  return applyLineItems(store.db, [{ connection: CRM, object: 'OpportunityLineItem', id, value }], channel.at);
};
const product = (id: string, name: string, family: string | null) =>
  applyProducts(store.db, [{ connection: CRM, object: 'Product2', id, value: { name, family } }], channel.at);
const lines = async () =>
  (await store.db.selectFrom('deal_products').selectAll().orderBy('line_id').execute()).map((row) => [
    row.line_id,
    row.product,
    row.family,
    row.amount_minor,
    row.currency,
  ]);

test('lines may be read before their deal and their product; what is known later is taken over', async () => {
  await line('1', '600');
  await channel.decide();
  expect(await lines()).toEqual([]);
  await channel.deal('0061', null, '1000', { currency: 'EUR' });
  await channel.decide();
  expect(await lines()).toEqual([['1', 'A line', null, '60000', 'EUR']]);
  await product('01t1', 'Vault', 'Storage');
  await channel.decide();
  expect(await lines()).toEqual([['1', 'Vault', 'Storage', '60000', 'EUR']]);
});

test('the sum of lines that is not the amount is said, with what is wrong with them', async () => {
  await line('2', null, { product: null, name: 'Free' });
  await line('3', '5', { product: null, name: 'Odd', currency: 'USD' });
  await channel.decide();
  expect(await loadKits(store.db, { families: [], products: [] })).toMatchObject([
    {
      record: 'salesforce 0061',
      share: '0.6000',
      difference: { minor: 40_000n, currency: 'EUR' },
      problems: ['Line 2 (Free) states no amount.', 'Line 3 (Odd) is in USD, the deal in EUR.'],
    },
  ]);
});

test('a line that moves to another deal, or is deleted, leaves the old one', async () => {
  await channel.deal('0062', null, '5');
  await line('3', '5', { opportunity: '0062', product: null, name: 'Odd', currency: 'USD' });
  await applyLineItems(
    store.db,
    [{ connection: CRM, object: 'OpportunityLineItem', id: '2', value: null }],
    channel.at,
  );
  await channel.decide();
  const rows = await store.db
    .selectFrom('deal_products as p')
    .innerJoin('opportunities as o', 'o.id', 'p.opportunity_id')
    .select(['o.record_id', 'p.line_id'])
    .orderBy('p.line_id')
    .execute();
  expect(rows).toEqual([
    { record_id: '0061', line_id: '1' },
    { record_id: '0062', line_id: '3' },
  ]);
});

test('two partners listed on a deal have a part each, and one that is taken off the list has none', async () => {
  const [alder, brook] = [await channel.partner('001A', {}), await channel.partner('001B', {})];
  const listed = (id: string, partner: string | null) => ({
    connection: CRM,
    object: 'OpportunityPartner',
    id,
    value: partner === null ? null : { opportunity: '0061', partner, role: 'Reseller' },
  });
  await applyListedPartners(store.db, [listed('1', '001A'), listed('2', '001B')], channel.at);
  await channel.decide();
  const parts = async () =>
    (await store.db.selectFrom('deal_partners').selectAll().orderBy('partner_id').execute()).map((row) => [
      row.partner_id,
      row.role,
    ]);
  expect(await parts()).toEqual(
    [
      [alder, 'assisted'],
      [brook, 'assisted'],
    ].sort(),
  );
  await applyListedPartners(store.db, [listed('2', null)], channel.at);
  await channel.decide();
  expect(await parts()).toEqual([[alder, 'assisted']]);
});
