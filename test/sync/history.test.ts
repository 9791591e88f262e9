import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Store } from '../../src/store/database.ts';
import { historyOfLead } from '../../src/store/history.ts';
import { testStore } from '../support/store.ts';
import { historyOf, phoneShared } from './shared-world.ts';
import { populate, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

const TWO_WAY = { salesforce: 'newest', hubspot: 'newest' } as const;

async function worldOf(policies: Parameters<typeof phoneShared>[0], phone: string | null): Promise<World> {
  const world = await World.create(store, phoneShared(policies));
  populate(world);
  if (phone !== null) {
    world.salesforce.put('Lead', '00Q1', { Phone: phone });
    world.hubspot.put('contacts', '101', { phone });
  }
  await world.sync();
  return world;
}

describe('the history of a record', () => {
  test('is empty where nothing was overwritten', async () => {
    const world = await worldOf(TWO_WAY, '1');
    await world.sync();
    expect(await historyOf(world)).toEqual([]);
  });

  test('holds each value that gave way, on both sides, with who, when, why and the run', async () => {
    const world = await worldOf(TWO_WAY, '1');
    world.hubspot.put('contacts', '101', { phone: '2' });
    const run = await world.sync();
    const why = expect.stringContaining('changed in hubspot, contacts 101');
    expect(await historyOf(world)).toMatchObject([
      {
        connection: 'hubspot',
        object: 'contacts',
        record_id: '101',
        field: 'phone',
        before: '1',
        after: '2',
        winner: 'crm',
        policy: 'newest',
        why,
        run: run.id,
      },
      {
        connection: 'salesforce',
        object: 'Lead',
        record_id: '00Q1',
        field: 'Phone',
        before: '1',
        after: '2',
        winner: 'channel',
        policy: 'newest',
        why,
        run: run.id,
      },
    ]);
  });

  test('holds the edit that lost a conflict', async () => {
    const world = await worldOf({ hubspot: 'channel' }, '1');
    world.hubspot.put('contacts', '101', { phone: 'mine' });
    await world.sync();
    expect(await historyOf(world)).toMatchObject([
      { connection: 'hubspot', field: 'phone', before: 'mine', after: '1', winner: 'channel', policy: 'channel' },
    ]);
  });

  test('holds an edit of a field that is only Sluice’s to write', async () => {
    const world = await worldOf({}, null);
    const grade = world.salesforce.fields('Lead', '00Q1').Sluice_Grade__c;
    world.salesforce.put('Lead', '00Q1', { Sluice_Grade__c: 'Z' });
    await world.sync();
    expect(await historyOf(world)).toMatchObject([
      {
        field: 'Sluice_Grade__c',
        before: 'Z',
        after: grade,
        winner: 'channel',
        why: expect.stringContaining('set back'),
      },
    ]);
  });

  test('of a lead is that of all its records, newest first', async () => {
    const world = await worldOf(TWO_WAY, '1');
    world.hubspot.put('contacts', '101', { phone: '2' });
    await world.sync();
    world.pass(1);
    world.salesforce.put('Lead', '00Q1', { Phone: '3' });
    await world.sync();
    const lead = await world.lead('anna@acme.de');
    const history = await historyOfLead(store.db, lead.id, 10);
    expect(history.map(({ connection, before, after }) => `${connection} ${before} ${after}`)).toEqual([
      'hubspot 2 3',
      'salesforce 2 3',
      'salesforce 1 2',
      'hubspot 1 2',
    ]);
    expect(await historyOfLead(store.db, lead.id, 1)).toHaveLength(1);
  });
});
