import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { personInSalesforce, populate, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

const quiet = { salesforce: 0, hubspot: 0 };

test('the offer of a Lead that was deleted before it was written is made, without it', async () => {
  const world = await World.create(store);
  populate(world);
  const refused = { status: 'reject', code: 'ENTITY_IS_DELETED', message: 'entity is deleted', gone: true } as const;
  world.salesforce.ruling = (object, { fields }) =>
    object === 'Sluice_Offer__c' && fields.Lead__c === '00Q1' ? refused : null;
  world.salesforce.boundary = (call, when) => {
    if (call.call === 'write' && when === 'before') world.salesforce.delete('Lead', '00Q1');
  };
  await world.sync();
  world.salesforce.boundary = () => undefined;
  await world.sync();
  const offers = await store.db.selectFrom('offers').select('id').execute();
  expect(offers.length).toBeGreaterThan(0);
  const made = [...world.salesforce.records('Sluice_Offer__c').values()];
  expect(made.map(({ Sluice_Id__c }) => Sluice_Id__c).sort()).toEqual(offers.map(({ id }) => id).sort());
  expect(await world.outbox()).toEqual([]);
  expect(await world.errors()).toEqual([]);
  expect(await world.writesOf(() => world.sync())).toEqual(quiet);
});

test('the error of a refused write is closed where nothing is to be written any more', async () => {
  const world = await World.create(store);
  populate(world);
  world.salesforce.ruling = (object) =>
    object === 'Lead' ? { status: 'reject', code: 'CANNOT_UPDATE_CONVERTED_LEAD', message: 'it is converted' } : null;
  await world.sync();
  expect(await world.errors()).toMatchObject([{ record_id: '00Q1', code: 'CANNOT_UPDATE_CONVERTED_LEAD' }]);
  world.salesforce.put('Contact', '0031', personInSalesforce('Anna', 'Schmidt', 'anna@acme.de'));
  world.salesforce.put('Lead', '00Q1', { IsConverted: true, ConvertedContactId: '0031' });
  await world.sync();
  expect(await world.outbox()).toEqual([]);
  expect(await world.errors()).toEqual([]);
});
