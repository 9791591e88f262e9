import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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

describe('a write that was refused for good', () => {
  const PURGED = {
    status: 'reject',
    code: 'INVALID_CROSS_REFERENCE_KEY',
    message: 'invalid cross reference id',
  } as const;

  test('leaves the outbox and the error centre once its record is read as deleted', async () => {
    const world = await World.create(store);
    populate(world);
    world.salesforce.ruling = (object) => (object === 'Lead' ? PURGED : null);
    await world.sync();
    expect((await world.outbox()).map(({ state }) => state)).toEqual(['rejected']);
    world.salesforce.delete('Lead', '00Q1');
    const summary = await world.sync();
    expect(await world.outbox()).toEqual([]);
    expect(await world.errors()).toEqual([]);
    expect(summary.status).toBe('done');
  });

  test('leaves them too where the link of its record was retired before anybody looked at the outbox', async () => {
    const world = await World.create(store);
    populate(world);
    world.salesforce.ruling = (object) => (object === 'Lead' ? PURGED : null);
    await world.sync();
    await store.db.updateTable('links').set({ retired: true }).where('record_id', '=', '00Q1').execute();
    await world.sync();
    expect(await world.outbox()).toEqual([]);
    expect(await world.errors()).toEqual([]);
  });

  test.each(['before', 'after'])(
    'and that refers to a record read as deleted %s that is made without it',
    async (when) => {
      const world = await World.create(store);
      populate(world);
      let purged = when === 'before';
      world.salesforce.ruling = (object, { fields }) =>
        object === 'Sluice_Offer__c' && fields.Lead__c === '00Q1' ? { ...PURGED, dangling: true } : null;
      world.salesforce.boundary = (call, at) => {
        if (call.call !== 'write' || at !== 'before' || !purged) return;
        purged = false;
        world.salesforce.delete('Lead', '00Q1');
      };
      await world.sync();
      if (when === 'after') world.salesforce.delete('Lead', '00Q1');
      await world.sync();
      await world.sync();
      const made = [...world.salesforce.records('Sluice_Offer__c').values()];
      expect(made).toHaveLength(1);
      expect(made[0]?.Lead__c ?? null).toBeNull();
      expect(await world.outbox()).toEqual([]);
      expect(await world.errors()).toEqual([]);
    },
  );

  test('of a contested field begins a new count, should its record come back', async () => {
    const world = await World.create(store);
    populate(world);
    await world.sync();
    for (let round = 0; round < 3; round++) {
      world.salesforce.put('Lead', '00Q1', { Sluice_Status__c: 'Mine' });
      await world.sync();
    }
    expect(await world.errors()).toMatchObject([{ record_id: '00Q1', stage: 'contested' }]);
    world.salesforce.delete('Lead', '00Q1');
    await world.sync();
    expect(await world.errors()).toEqual([]);
    world.salesforce.put('Lead', '00Q1', {});
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe((await world.lead('anna@acme.de')).state);
  });
});
