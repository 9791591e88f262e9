import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { verificationText } from '../../src/cli/verify.ts';
import type { Store } from '../../src/store/database.ts';
import { type Verification, type VerifyOptions, verify } from '../../src/sync/verify.ts';
import { testStore } from '../support/store.ts';
import { personInHubSpot, populate, World } from './world.ts';

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store);
  populate(world);
  await world.sync();
  await world.sync();
  world.pass(1);
});

async function verified(options: Partial<VerifyOptions> = {}): Promise<Verification> {
  const lease = await world.lease();
  try {
    return await verify(await world.environment(), store, lease, { show: 100, ...options });
  } finally {
    await lease.release();
  }
}

describe('verifying', () => {
  test('finds both sides in agreement after a sync, and changes nothing', async () => {
    const before = [await world.outbox(), world.salesforce.contents()];
    const found = await verified();
    expect(found).toMatchObject({ agree: true, explained: 0, unexplained: 0, differences: [] });
    expect(found.objects.find(({ object }) => object === 'Lead')).toMatchObject({ records: 1, causes: {} });
    expect([await world.outbox(), world.salesforce.contents()]).toEqual(before);
    expect(world.salesforce.calls.filter(({ call }) => call === 'sweep').length).toBeGreaterThan(0);
  });

  test('explains what users changed, added and deleted since', async () => {
    world.salesforce.put('Lead', '00Q1', { Title: 'Owner' });
    world.hubspot.put('contacts', '102', personInHubSpot('Bea', 'Kurz', 'bea@acme.de'));
    world.salesforce.purge('Account', '001B');
    const found = await verified();
    expect(found).toMatchObject({ agree: false, unexplained: 0, explained: 3 });
    expect(found.differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          record: '00Q1',
          field: 'Title',
          cause: 'changed',
          crm: 'Owner',
          model: 'Head of IT',
        }),
        expect.objectContaining({ connection: 'hubspot', record: '102', field: null, cause: 'changed' }),
        expect.objectContaining({ object: 'Account', record: '001B', field: null, cause: 'gone' }),
      ]),
    );
  });

  test('tells a change that was missed from one that the next run reads', async () => {
    world.hubspot.lagMs = 1_000 * 3_600_000;
    world.hubspot.put('contacts', '101', { jobtitle: 'Owner' });
    world.hubspot.put('contacts', '102', personInHubSpot('Bea', 'Kurz', 'bea@acme.de'));
    world.pass(1);
    await world.sync();
    world.pass(1);
    world.salesforce.put('Lead', '00Q1', { Title: 'Head of IT and more' });
    const found = await verified();
    expect(found.unexplained).toBe(2);
    expect(found.differences).toEqual([
      expect.objectContaining({ record: '101', field: 'jobtitle', cause: 'missed', crm: 'Owner' }),
      expect.objectContaining({ record: '102', field: null, cause: 'unknown' }),
      expect.objectContaining({ record: '00Q1', field: 'Title', cause: 'changed' }),
    ]);
    expect(verificationText(found)).toContain('`sluice sync --full`');
    await world.sync({ full: true });
    expect(await verified()).toMatchObject({ agree: true });
  });

  test.each([
    ['events alone were followed', { hintsOnly: true }],
    ['another object alone was read', { only: new Set(['Lead']) }],
  ])('a run in which %s has not read it, so that nothing was missed', async (_what, options) => {
    world.hubspot.put('contacts', '101', { jobtitle: 'Owner' });
    world.pass(1);
    await world.sync(options);
    expect((await verified()).differences).toMatchObject([{ record: '101', field: 'jobtitle', cause: 'changed' }]);
  });

  test('finds no difference in a value as the CRM can hold it: without what no database keeps, cut, rounded', async () => {
    world.salesforce.describe('Lead', (field) =>
      field.name === 'Title'
        ? { ...field, length: 10 }
        : field.name === 'NumberOfEmployees'
          ? { ...field, scale: 0 }
          : field,
    );
    await sql`update records set fields = fields || '{"Title": "Head of Information", "NumberOfEmployees": 300.4}'
      where id = '00Q1'`.execute(store.db);
    world.salesforce.recompute('Lead', '00Q1', { Title: 'Head of…', Product_Interest__c: 'Vault\u0000' });
    expect((await verified()).differences).toEqual([]);
  });

  test('finds no difference in a value that is held because its list lacks it', async () => {
    world.salesforce.describe('Lead', (field) =>
      field.name === 'Sluice_Status__c' ? { ...field, values: ['Open'] } : field,
    );
    await sql`update leads set state = 'Nurture'`.execute(store.db);
    const { differences } = await verified({ only: 'Lead' });
    expect(differences.filter(({ field }) => field === 'Sluice_Status__c')).toEqual([]);
  });

  test('calls it a fault where Sluice believes what the CRM never held', async () => {
    await sql`update records set fields = fields || '{"Title": "Clerk"}' where id = '00Q1'`.execute(store.db);
    const found = await verified();
    expect(found.unexplained).toBe(1);
    expect(found.differences).toMatchObject([{ record: '00Q1', field: 'Title', cause: 'shadow', model: 'Clerk' }]);
  });

  test('calls it a fault where a wanted value was never queued', async () => {
    await sql`update leads set reason = 'another one'`.execute(store.db);
    const found = await verified();
    expect(new Set(found.differences.map(({ cause }) => cause))).toEqual(new Set(['unwritten']));
  });

  test('explains a write that waits, and one that the CRM refused', async () => {
    world.salesforce.ruling = (object) => (object === 'Lead' ? { status: 'reject', code: 'NO', message: 'no' } : null);
    world.hubspot.ruling = (object) =>
      object === 'contacts' ? { status: 'retry', code: 'BUSY', message: 'busy', afterMs: 3_600_000 } : null;
    world.salesforce.put('Lead', '00Q1', { NumberOfEmployees: 5000, Sluice_Status__c: 'Nonsense' });
    world.hubspot.put('contacts', '101', { sluice_status: 'Nonsense' });
    await world.sync();
    const { differences, unexplained } = await verified();
    expect(unexplained).toBe(0);
    expect(differences).toContainEqual(
      expect.objectContaining({ connection: 'salesforce', field: 'Sluice_Status__c', cause: 'rejected' }),
    );
    expect(differences).toContainEqual(
      expect.objectContaining({ connection: 'hubspot', field: 'sluice_status', cause: 'write pending' }),
    );
  });

  test('looks at one object alone where that was asked for', async () => {
    world.hubspot.put('contacts', '101', { jobtitle: 'Owner' });
    const found = await verified({ only: 'Lead' });
    expect(found).toMatchObject({ agree: true });
    expect(found.objects.map(({ object }) => object)).toEqual(['Lead']);
  });

  test('counts all differences and lists as many as were asked for, the unexplained ones first', async () => {
    await sql`update records set fields = fields || '{"Title": "Clerk"}' where id = '00Q1'`.execute(store.db);
    world.hubspot.put('contacts', '101', { jobtitle: 'Owner' });
    const found = await verified({ show: 1 });
    expect(found).toMatchObject({ unexplained: 1, explained: 1 });
    expect(found.differences).toMatchObject([{ cause: 'shadow' }]);
  });
});
