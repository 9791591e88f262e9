import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Policy } from '../../src/mapping/merge.ts';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { historyOf, phoneShared, phones } from './shared-world.ts';
import { personInHubSpot, personInSalesforce, populate, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

const TWO_WAY = { salesforce: 'newest', hubspot: 'newest' } as const;
const PREFER_SALESFORCE = { salesforce: 'crm-unless-blank', hubspot: 'channel-unless-blank' } as const;
const HUBSPOT_FOLLOWS = { salesforce: 'crm', hubspot: 'channel' } as const;

/** Anna in both CRMs, with the phones given, after the first run. */
async function worldOf(
  policies: { readonly salesforce?: Policy; readonly hubspot?: Policy },
  salesforce: string | null,
  hubspot: string | null,
): Promise<World> {
  const world = await World.create(store, phoneShared(policies));
  populate(world);
  world.salesforce.put('Lead', '00Q1', { Phone: salesforce });
  world.hubspot.put('contacts', '101', { phone: hubspot });
  await world.sync();
  return world;
}

/** What is known of Anna's phone: what rules go by and `explain` tells. */
async function knownPhone(): Promise<unknown> {
  const link = store.db.selectFrom('links').select('entity_id').where('record_id', 'in', ['00Q1', '00Q2']);
  const person = await store.db.selectFrom('people').select('facts').where('id', 'in', link).executeTakeFirstOrThrow();
  return (person.facts as { phone: unknown }).phone;
}

const quiet = { salesforce: 0, hubspot: 0 };

describe('what is known of a person', () => {
  test('follows a policy that is added later', async () => {
    const world = await worldOf({}, '1', '2');
    expect(await knownPhone()).toBe('1');
    world.mappings = phoneShared(TWO_WAY);
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '2', hubspot: '2' });
    expect(await knownPhone()).toBe('2');
  });

  test('is what the records say where the policy is taken away before all of them hold the value', async () => {
    const world = await worldOf(TWO_WAY, '1', '1');
    world.salesforce.ruling = () => ({ status: 'retry', code: 'BUSY', message: 'busy', afterMs: 3_600_000 });
    world.hubspot.put('contacts', '101', { phone: '2' });
    await world.sync();
    expect(await knownPhone()).toBe('2');
    world.mappings = phoneShared({});
    await world.sync();
    expect(await knownPhone()).toBe('1');
    expect(await store.db.selectFrom('shared_values').selectAll().execute()).toEqual([]);
  });

  test('is the shared value of two persons whom somebody declared to be one', async () => {
    const world = await World.create(store, phoneShared(TWO_WAY));
    populate(world);
    world.salesforce.put('Lead', '00Q1', { Phone: '1' });
    world.hubspot.put('contacts', '101', { phone: '1' });
    await world.sync();
    world.pass(1);
    world.salesforce.put('Lead', '00Q2', {
      ...personInSalesforce('Anna', 'Schmidt-Meier', 'anna@private.example'),
      Phone: '2',
    });
    await world.sync();
    world.salesforce.merge('Lead', '00Q1', '00Q2');
    await world.sync();
    expect(world.hubspot.fields('contacts', '101').phone).toBe('2');
    expect(await knownPhone()).toBe('2');
  });
});

describe('a policy that becomes another', () => {
  test('does not make a value newer than it is: the stamp of the last edit stays with it', async () => {
    const world = await worldOf(HUBSPOT_FOLLOWS, '1', '1');
    world.salesforce.put('Lead', '00Q1', { Phone: '2' });
    world.hubspot.ruling = () => ({ status: 'retry', code: 'BUSY', message: 'busy', afterMs: 3_600_000 });
    await world.sync();
    // Another field of the Salesforce record is edited after the phone of the HubSpot record.
    world.hubspot.put('contacts', '101', { phone: '3' });
    world.salesforce.put('Lead', '00Q1', { Title: 'Clerk' });
    await world.sync();
    world.mappings = phoneShared({ salesforce: 'newest', hubspot: 'newest' });
    await world.sync();
    world.hubspot.ruling = () => null;
    world.pass(2);
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '3', hubspot: '3' });
  });
});

describe('a shared value whose record is deleted', () => {
  /** Two Leads of Anna that both own the phone: 00Q2 was edited later and gave the value. */
  async function twoLeads(policies: typeof PREFER_SALESFORCE | typeof HUBSPOT_FOLLOWS): Promise<World> {
    const world = await worldOf(policies, '1', null);
    world.pass(1);
    world.salesforce.put('Lead', '00Q2', { ...personInSalesforce('Anna', 'Schmidt', 'anna@acme.de'), Phone: '2' });
    await world.sync();
    expect(world.hubspot.fields('contacts', '101').phone).toBe('2');
    return world;
  }

  test.each([
    ['Salesforce is preferred', PREFER_SALESFORCE],
    ['HubSpot follows', HUBSPOT_FOLLOWS],
  ])('gives way to the one of the owner that is left: %s', async (_name, policies) => {
    const world = await twoLeads(policies);
    world.salesforce.delete('Lead', '00Q2');
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '1', hubspot: '1' });
    expect(await knownPhone()).toBe('1');
    expect(await historyOf(world)).toContainEqual(
      expect.objectContaining({ before: '2', after: '1', why: expect.stringContaining('Lead 00Q2') }),
    );
    expect(await world.writesOf(() => world.sync({ full: true }))).toEqual(quiet);
  });

  test('counts again when the record is restored', async () => {
    const world = await twoLeads(PREFER_SALESFORCE);
    world.salesforce.delete('Lead', '00Q2');
    await world.sync();
    world.pass(1);
    world.salesforce.put('Lead', '00Q2', { Phone: '2' });
    await world.sync();
    expect(world.hubspot.fields('contacts', '101').phone).toBe('2');
  });

  test('stays where the later edit counts: the edit was made all the same', async () => {
    const world = await worldOf(TWO_WAY, '1', '1');
    world.salesforce.put('Lead', '00Q1', { Phone: '2' });
    await world.sync();
    world.salesforce.delete('Lead', '00Q1');
    await world.sync();
    expect(world.hubspot.fields('contacts', '101').phone).toBe('2');
    expect(await knownPhone()).toBe('2');
    expect(await world.writesOf(() => world.sync({ full: true }))).toEqual(quiet);
  });
});

describe('two persons who become one', () => {
  test.each([
    ['HubSpot follows', HUBSPOT_FOLLOWS],
    ['Salesforce is preferred', PREFER_SALESFORCE],
  ])('share what the owner holds, not what was changed later in a copy: %s', async (_name, policies) => {
    const world = await worldOf(policies, '1', '1');
    world.pass(1);
    world.hubspot.put('contacts', '102', { ...personInHubSpot('Anna', 'Meier', 'anna@private.example'), phone: '2' });
    await world.sync();
    world.hubspot.merge('contacts', '102', '101');
    world.hubspot.put('contacts', '101', { phone: '2' });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '1', hubspot: '1' });
    expect(await knownPhone()).toBe('1');
    expect(await world.writesOf(() => world.sync({ full: true }))).toEqual(quiet);
  });
});

describe('a record that is never blanked', () => {
  test.each<Policy>(['channel-unless-blank', 'crm-unless-blank'])(
    'gives its value back to the CRM where somebody cleared it: Salesforce %s, HubSpot newest',
    async (salesforce) => {
      const world = await worldOf({ salesforce, hubspot: 'newest' }, '1', '1');
      world.hubspot.put('contacts', '101', { phone: null });
      await world.sync();
      expect(phones(world)).toEqual({ salesforce: '1', hubspot: '1' });
      expect(await knownPhone()).toBe('1');
      expect(await world.writesOf(() => world.sync({ full: true }))).toEqual(quiet);
    },
  );
});
