import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { populate, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

test('an empty database does not offer again what the CRM shows as offered: it stops and says whose offers they are', async () => {
  const before = await World.create(store);
  populate(before);
  await before.sync();
  expect(before.salesforce.records('Sluice_Offer__c').size).toBe(1);

  const after = await World.create(store);
  Object.assign(after, { salesforce: before.salesforce, hubspot: before.hubspot, now: before.now });
  const contents = [after.salesforce.contents(), after.hubspot.contents()];
  const summary = await after.sync();
  expect(summary.status).toBe('stopped');
  expect(summary.connections.salesforce?.problem).toMatchObject({
    code: 'OFFERS_OF_ANOTHER_DATABASE',
    message: expect.stringContaining('1 records of Sluice_Offer__c'),
    hint: expect.stringContaining('sluice.yaml'),
  });
  expect([after.salesforce.contents(), after.hubspot.contents()]).toEqual(contents);
  expect(await store.db.selectFrom('offers').selectAll().execute()).toEqual([]);
});
