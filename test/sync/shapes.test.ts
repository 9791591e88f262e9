import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { mappingsWith, populate, World } from './world.ts';

const HOUR = 3_600_000;
const sweep = { everyMs: 24 * HOUR, calculatedEveryMs: 6 * HOUR, pagesARun: 100 };

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store);
  populate(world);
  await world.sync({ sweep });
});

/** The admin edits the mapping of Leads. */
function edit(change: (text: string) => string): void {
  world.mappings = mappingsWith((file, text) => (file.endsWith('salesforce/lead.yaml') ? change(text) : text));
}

async function factsOf(email: string) {
  const row = await store.db
    .selectFrom('people')
    .innerJoin('person_keys', 'person_keys.person_id', 'people.id')
    .select('facts')
    .where('person_keys.key', '=', email)
    .executeTakeFirstOrThrow();
  return row.facts as Record<string, unknown>;
}

describe('a mapping that was edited', () => {
  test('has new fields fetched for the records that were read before', async () => {
    world.salesforce.recompute('Lead', '00Q1', { MobilePhone: '+49 170 1234567' });
    edit((text) => text.replace('phone: Phone', 'phone: { firstOf: [Phone, MobilePhone] }'));
    world.salesforce.addField('Lead', {
      name: 'MobilePhone',
      label: 'Mobile',
      kind: 'text',
      writable: true,
      unique: false,
    });
    const from = world.salesforce.calls.length;
    await world.sync({ sweep });
    const swept = world.salesforce.calls.slice(from).filter((call) => call.call === 'sweep');
    expect(swept.map((call) => call.object)).toEqual(['Lead']);
    expect(await factsOf('anna@acme.de')).toMatchObject({ phone: '+49 170 1234567' });
  });

  test('that reads the same fields otherwise is applied to the known records, and the CRM is not asked for them', async () => {
    edit((text) =>
      text.replace('Subscriber: subscriber, Lead: lead, MQL: mql', 'Subscriber: subscriber, Lead: mql, MQL: sql'),
    );
    const from = world.salesforce.calls.length;
    await world.sync({ sweep });
    expect(world.salesforce.calls.slice(from).some((call) => call.call === 'sweep')).toBe(false);
    expect(await factsOf('anna@acme.de')).toMatchObject({ stage: 'sql' });
  });

  test('in nothing but its comments changes nothing', async () => {
    edit((text) => `${text}\n# a note\n`);
    const before = await store.db.selectFrom('events').select('id').execute();
    await world.sync({ sweep });
    expect(await store.db.selectFrom('events').select('id').execute()).toEqual(before);
  });

  test('with another field for the key is refused, with what to do, and nothing is read or written', async () => {
    edit((text) => text.replace('field: Sluice_Id__c', 'field: Other_Id__c'));
    world.salesforce.addField('Lead', {
      name: 'Other_Id__c',
      label: 'Other',
      kind: 'text',
      writable: true,
      unique: true,
      length: 64,
    });
    const from = world.salesforce.calls.length;
    await expect(world.sync({ sweep })).rejects.toThrow(
      /lead\.yaml.*linkId of Lead was in the field Sluice_Id__c until now and is to be in Other_Id__c/s,
    );
    expect(world.salesforce.calls.slice(from)).toEqual([]);
  });
});

test('a process that ends while it applies an edited mapping leaves that to the next one', async () => {
  edit((text) =>
    text.replace('Subscriber: subscriber, Lead: lead, MQL: mql', 'Subscriber: subscriber, Lead: mql, MQL: sql'),
  );
  const shapes = await store.db.selectFrom('stream_shapes').select('mapping').where('object', '=', 'Lead').execute();
  const lease = await world.lease();
  await lease.release();
  const other = await world.lease();
  const { keepShapes } = await import('../../src/sync/shapes.ts');
  const env = await world.environment();
  await expect(keepShapes(env, env.connections, lease)).rejects.toThrow('another run has taken the lease');
  await other.release();
  expect(await store.db.selectFrom('stream_shapes').select('mapping').where('object', '=', 'Lead').execute()).toEqual(
    shapes,
  );
  expect(await factsOf('anna@acme.de')).toMatchObject({ stage: 'mql' });
});
