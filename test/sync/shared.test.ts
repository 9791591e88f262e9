import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Policy } from '../../src/mapping/merge.ts';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { channelPhone, historyOf, phoneShared, phones } from './shared-world.ts';
import { personInHubSpot, personInSalesforce, populate, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

const TWO_WAY = { salesforce: 'newest', hubspot: 'newest' } as const;

/** Anna in both CRMs, with the phones given, after the first run. */
async function worldOf(
  policies: Parameters<typeof phoneShared>[0],
  first: { salesforce?: string | null; hubspot?: string | null } = {},
): Promise<World> {
  const world = await World.create(store, phoneShared(policies));
  populate(world);
  if (first.salesforce !== undefined) world.salesforce.put('Lead', '00Q1', { Phone: first.salesforce });
  if (first.hubspot !== undefined) world.hubspot.put('contacts', '101', { phone: first.hubspot });
  await world.sync();
  return world;
}

describe('a shared field', () => {
  test('that changed in one CRM is written to the other', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    world.hubspot.put('contacts', '101', { phone: '2' });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '2', hubspot: '2' });
    world.salesforce.put('Lead', '00Q1', { Phone: '3' });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '3', hubspot: '3' });
  });

  test('that was cleared in one CRM is cleared in the other', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    world.hubspot.put('contacts', '101', { phone: null });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: null, hubspot: null });
  });

  test('does not come back as a change: further runs write nothing', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    world.hubspot.put('contacts', '101', { phone: '2' });
    await world.sync();
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
    expect(await world.writesOf(() => world.sync({ full: true }))).toEqual({ salesforce: 0, hubspot: 0 });
  });

  test('goes with the other fields of its record in one write', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    const writes = await world.writesOf(async () => {
      world.hubspot.put('contacts', '101', { phone: '2', jobtitle: 'Clerk' });
      await world.sync();
    });
    expect(writes.salesforce).toBeLessThanOrEqual(1);
    expect(phones(world).salesforce).toBe('2');
  });

  test('is the fact that rules see, whichever CRM is first in the configuration', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    world.hubspot.put('contacts', '101', { phone: '2' });
    world.salesforce.ruling = () => ({ status: 'retry', code: 'BUSY', message: 'busy', afterMs: 3_600_000 });
    await world.sync();
    const people = await store.db.selectFrom('people').select('facts').execute();
    expect(people.map(({ facts }) => (facts as { phone: string }).phone)).toContain('2');
  });

  test('is written also for somebody who is no lead', async () => {
    const world = await World.create(store, phoneShared(TWO_WAY));
    const nobody = { Marketing_Stage__c: 'Subscriber' };
    world.salesforce.put('Lead', '00Q7', {
      ...personInSalesforce('Eva', 'Roth', 'eva@acme.de'),
      ...nobody,
      Phone: '1',
    });
    world.hubspot.put('contacts', '107', {
      ...personInHubSpot('Eva', 'Roth', 'eva@acme.de'),
      lifecyclestage: 'subscriber',
    });
    await world.sync();
    expect(await store.db.selectFrom('leads').select('id').execute()).toEqual([]);
    expect(world.hubspot.fields('contacts', '107').phone).toBe('1');
    world.hubspot.put('contacts', '107', { phone: '2' });
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q7').Phone).toBe('2');
  });

  test('of a converted Lead is left alone there and goes on at the Contact', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    world.salesforce.put('Contact', '0031', {
      FirstName: 'Anna',
      LastName: 'Schmidt',
      Email: 'anna@acme.de',
      Phone: '1',
      HasOptedOutOfEmail: false,
    });
    world.salesforce.put('Lead', '00Q1', { IsConverted: true, ConvertedContactId: '0031' });
    await world.sync();
    world.hubspot.put('contacts', '101', { phone: '2' });
    await world.sync();
    expect(world.salesforce.fields('Contact', '0031').Phone).toBe('2');
    expect(phones(world).salesforce).toBe('1');
  });

  test('takes the form that each CRM has for it', async () => {
    const world = await worldOf({
      edit: (file, text) =>
        /(lead|contact)\.yaml$/.test(file)
          ? text.replace(/^ {2}country: (\w+)$/m, '  country: { field: $1, policy: newest }')
          : text,
    });
    world.hubspot.put('contacts', '101', { country: 'AT' });
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Country).toBe('Austria');
    expect(world.hubspot.fields('contacts', '101').country).toBe('AT');
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
  });

  test('that a CRM cannot hold is reported and not cut', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    world.salesforce.describe('Lead', (field) => (field.name === 'Phone' ? { ...field, length: 3 } : field));
    world.hubspot.put('contacts', '101', { phone: '0123456789' });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '1', hubspot: '0123456789' });
    expect(await world.errors()).toContainEqual(
      expect.objectContaining({ record_id: '00Q1', code: 'CANNOT_BE_HELD:Phone', fields: ['Phone'] }),
    );
  });

  describe('of which a CRM can hold none of two', () => {
    const both = {
      ...TWO_WAY,
      edit: (file: string, text: string) =>
        /(lead|contact)\.yaml$/.test(file)
          ? text.replace(/^ {2}title: (\w+)$/m, '  title: { field: $1, policy: newest }')
          : text,
    };
    const narrow = (world: World, ...names: string[]) =>
      world.salesforce.describe('Lead', ({ length: _, ...field }) =>
        names.includes(field.name) ? { ...field, length: 3 } : field,
      );
    const refused = async (world: World) =>
      (await world.errors()).flatMap(({ code }) => (code.startsWith('CANNOT_BE_HELD') ? [code] : [])).sort();

    test('is reported for each field, and goes on being so while other fields are written', async () => {
      const world = await worldOf(both, { salesforce: '1', hubspot: '1' });
      narrow(world, 'Phone', 'Title');
      world.hubspot.put('contacts', '101', { phone: '0123456789', jobtitle: 'Head of Networks' });
      await world.sync();
      expect(await refused(world)).toEqual(['CANNOT_BE_HELD:Phone', 'CANNOT_BE_HELD:Title']);
      narrow(world, 'Phone');
      await world.sync();
      world.hubspot.put('contacts', '101', { jobtitle: 'Head of Net' });
      await world.sync();
      expect(world.salesforce.fields('Lead', '00Q1').Title).toBe('Head of Net');
      expect(await refused(world)).toEqual(['CANNOT_BE_HELD:Phone']);
    });
  });
});

describe('a record that was gone and comes back', () => {
  test.each<[Policy, string]>([
    ['newest', '2'],
    ['crm-unless-blank', '1'],
  ])('policy %s', async (salesforce, expected) => {
    const world = await worldOf({ salesforce, hubspot: 'newest' }, { salesforce: '1', hubspot: '1' });
    world.salesforce.delete('Lead', '00Q1');
    await world.sync();
    world.hubspot.put('contacts', '101', { phone: '2' });
    await world.sync();
    world.salesforce.put('Lead', '00Q1', {});
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: expected, hubspot: expected });
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
  });

  test('with another value than it had is an edit', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    world.salesforce.delete('Lead', '00Q1');
    await world.sync();
    world.hubspot.put('contacts', '101', { phone: '2' });
    await world.sync();
    world.salesforce.put('Lead', '00Q1', { Phone: '3' });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '3', hubspot: '3' });
  });
});

describe('first contact', () => {
  test('of equal values writes nothing', async () => {
    const world = await World.create(store, phoneShared(TWO_WAY));
    populate(world);
    world.salesforce.put('Lead', '00Q1', { Phone: '1' });
    world.hubspot.put('contacts', '101', { phone: ' 1 ' });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '1', hubspot: ' 1 ' });
    expect(await historyOf(world)).toEqual([]);
  });

  test.each(['newest', 'channel', 'crm-unless-blank', 'channel-unless-blank', 'review'] as const)(
    'fills a blank, policy %s',
    async (policy) => {
      const world = await worldOf({ salesforce: policy, hubspot: policy }, { salesforce: null, hubspot: '2' });
      expect(phones(world)).toEqual({ salesforce: '2', hubspot: '2' });
      expect(await historyOf(world)).toEqual([]);
    },
  );

  test.each<[Policy | undefined, Policy | undefined, string, string]>([
    // HubSpot was changed last.
    ['newest', 'newest', '2', '2'],
    [undefined, 'channel', '1', '1'],
    ['crm-unless-blank', 'channel-unless-blank', '1', '1'],
    ['channel-unless-blank', 'crm-unless-blank', '2', '2'],
    ['review', 'review', '1', '2'],
    [undefined, undefined, '1', '2'],
  ])('of two values: Salesforce %s, HubSpot %s', async (salesforce, hubspot, inSalesforce, inHubSpot) => {
    const world = await worldOf(
      { ...(salesforce ? { salesforce } : {}), ...(hubspot ? { hubspot } : {}) },
      { salesforce: '1', hubspot: '2' },
    );
    expect(phones(world)).toEqual({ salesforce: inSalesforce, hubspot: inHubSpot });
  });

  test('happens for all records where a policy is added later', async () => {
    const world = await worldOf({}, { salesforce: '1', hubspot: '2' });
    expect(phones(world)).toEqual({ salesforce: '1', hubspot: '2' });
    // Our own writes of the first run have moved both stamps, in any order.
    world.hubspot.put('contacts', '101', { jobtitle: 'Head of Networks' });
    await world.sync();
    world.mappings = phoneShared(TWO_WAY);
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '2', hubspot: '2' });
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
  });

  test('prefers the value that somebody changed later, not the record that Sluice wrote to later', async () => {
    const world = await worldOf({}, { salesforce: '1', hubspot: '2' });
    world.pass(1);
    // As our own write does, this moves the stamp and nothing else.
    world.salesforce.put('Lead', '00Q1', {});
    await world.sync();
    world.pass(1);
    world.salesforce.put('Lead', '00Q1', {});
    await world.sync();
    world.mappings = phoneShared(TWO_WAY);
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '2', hubspot: '2' });
  });

  test('starts anew where a policy was taken away and comes back', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    world.mappings = phoneShared({});
    await world.sync();
    expect(await channelPhone(world)).toBeNull();
    world.salesforce.put('Lead', '00Q1', { Phone: '5' });
    world.hubspot.put('contacts', '101', { phone: '5' });
    await world.sync();
    world.mappings = phoneShared(TWO_WAY);
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '5', hubspot: '5' });
  });
});

describe('both sides changed between two runs', () => {
  async function changed(policies: Parameters<typeof phoneShared>[0]): Promise<World> {
    const world = await worldOf(policies, { salesforce: '1', hubspot: '1' });
    world.hubspot.put('contacts', '101', { phone: 'h' });
    world.salesforce.put('Lead', '00Q1', { Phone: 's' });
    await world.sync();
    return world;
  }

  test.each<[Policy | undefined, Policy | undefined, string, string]>([
    ['newest', 'newest', 's', 's'],
    [undefined, 'channel', 's', 's'],
    ['crm-unless-blank', 'channel-unless-blank', 's', 's'],
    ['channel-unless-blank', 'crm-unless-blank', 'h', 'h'],
  ])('Salesforce %s, HubSpot %s', async (salesforce, hubspot, inSalesforce, inHubSpot) => {
    const world = await changed({ ...(salesforce ? { salesforce } : {}), ...(hubspot ? { hubspot } : {}) });
    expect(phones(world)).toEqual({ salesforce: inSalesforce, hubspot: inHubSpot });
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
  });

  test('the order in which the CRMs are read does not matter', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    world.salesforce.put('Lead', '00Q1', { Phone: 's' });
    world.hubspot.put('contacts', '101', { phone: 'h' });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: 'h', hubspot: 'h' });
  });
});

describe('a write whose answer was lost', () => {
  test('and that arrived is no edit, and is not sent again', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    let left = 1;
    world.salesforce.ruling = (object) =>
      object === 'Lead' && left-- > 0 ? { status: 'unknown', written: true } : null;
    world.hubspot.put('contacts', '101', { phone: '2' });
    const writes = await world.writesOf(() => world.sync());
    expect(phones(world)).toEqual({ salesforce: '2', hubspot: '2' });
    expect(writes.salesforce).toBe(1);
  });

  test('and that did not arrive is sent again', async () => {
    const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
    let left = 1;
    world.salesforce.ruling = (object) =>
      object === 'Lead' && left-- > 0 ? { status: 'unknown', written: false } : null;
    world.hubspot.put('contacts', '101', { phone: '2' });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '2', hubspot: '2' });
  });

  test('leaves an edit that somebody made meanwhile alone, whether it arrived or not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.constantFrom('9', null), async (written, edited) => {
        const world = await worldOf(TWO_WAY, { salesforce: '1', hubspot: '1' });
        let left = 1;
        world.salesforce.ruling = (object) => (object === 'Lead' && left > 0 ? { status: 'unknown', written } : null);
        world.salesforce.boundary = (call, when) => {
          if (call.call !== 'write' || call.object !== 'Lead' || when !== 'after' || left-- !== 1) return;
          world.salesforce.put('Lead', '00Q1', { Phone: edited });
        };
        world.hubspot.put('contacts', '101', { phone: '2' });
        await world.sync();
        expect(phones(world)).toEqual({ salesforce: edited, hubspot: edited });
        expect(await world.outbox()).toEqual([]);
        expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
      }),
      { numRuns: 4 },
    );
  });
});

describe('any course of edits on both sides', () => {
  test('ends with both CRMs holding the same, and a further run writes nothing', async () => {
    const edit = fc.record({
      side: fc.constantFrom('salesforce' as const, 'hubspot' as const),
      value: fc.constantFrom('a', 'b', 'c', null),
      runAfter: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Policy>('newest', 'channel-unless-blank', 'channel'),
        fc.array(edit, { minLength: 1, maxLength: 5 }),
        async (hubspot, edits) => {
          const salesforce = hubspot === 'newest' ? 'newest' : 'crm-unless-blank';
          const world = await worldOf({ salesforce, hubspot }, { salesforce: '1', hubspot: '1' });
          for (const { side, value, runAfter } of edits) {
            // Who has edits set back several times within a day is taken for an automation (contested.test.ts).
            world.pass(25);
            if (side === 'salesforce') world.salesforce.put('Lead', '00Q1', { Phone: value });
            else world.hubspot.put('contacts', '101', { phone: value });
            if (runAfter) await world.sync();
          }
          await world.sync();
          const held = phones(world);
          expect(held.salesforce).toBe(held.hubspot);
          expect(await channelPhone(world)).toBe(held.salesforce);
          expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
        },
      ),
      { numRuns: 12 },
    );
  });
});
