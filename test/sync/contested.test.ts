import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Store } from '../../src/store/database.ts';
import { ROUNDS_TO_CONTEST } from '../../src/sync/merge-contests.ts';
import { resendRejected } from '../../src/sync/outbox.ts';
import { testStore } from '../support/store.ts';
import { historyOf, phoneShared, phones } from './shared-world.ts';
import { populate, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

type Automation = (fields: Readonly<Record<string, unknown>>) => Record<string, string | null | undefined>;

/** Salesforce (or HubSpot) changes what is written to a record of an object right after it was written. */
function automate(world: World, crm: 'salesforce' | 'hubspot', object: string, id: string, change: Automation | null) {
  world[crm].boundary = (call, when) => {
    if (change === null || when !== 'after' || call.call !== 'write' || call.object !== object) return;
    const row = call.rows.find((each) => each.id === id);
    const changed = Object.entries(row ? change(row.fields) : {}).flatMap(([field, value]) =>
      value === undefined ? [] : [[field, value] as const],
    );
    if (changed.length > 0) world[crm].put(object, id, Object.fromEntries(changed));
  };
}

const statusWrites = (world: World) =>
  world.salesforce
    .written()
    .filter((row) => row.id === '00Q1' && 'Sluice_Status__c' in row.fields)
    .map((row) => row.fields.Sluice_Status__c);

describe('an own field that a CRM keeps changing', () => {
  async function fought(runs = 6): Promise<World> {
    const world = await World.create(store);
    populate(world);
    automate(world, 'salesforce', 'Lead', '00Q1', (fields) =>
      'Sluice_Status__c' in fields ? { Sluice_Status__c: 'Open' } : {},
    );
    for (let n = 0; n < runs; n++) await world.sync();
    return world;
  }

  test('is written a bounded number of times, then left to the CRM', async () => {
    const world = await fought();
    expect(statusWrites(world)).toHaveLength(ROUNDS_TO_CONTEST);
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Open');
    expect(await world.writesOf(() => world.sync({ full: true }))).toEqual({ salesforce: 0, hubspot: 0 });
    expect(await world.outbox()).toEqual([]);
  });

  test('is shown in the error centre, with both values and what to do', async () => {
    const world = await fought();
    expect(await world.errors()).toMatchObject([
      {
        record_id: '00Q1',
        stage: 'contested',
        code: 'CONTESTED Sluice_Status__c',
        message: expect.stringContaining('Sluice writes "Offered", and it becomes "Open"'),
        hint: expect.stringContaining('sluice sync --resend'),
        fields: ['Sluice_Status__c'],
        count: 1,
      },
    ]);
  });

  test('does not keep the other fields of its record from being written', async () => {
    const world = await fought();
    expect(world.salesforce.fields('Lead', '00Q1')).toMatchObject({
      Sluice_Grade__c: expect.anything(),
      Sluice_Lead__c: expect.anything(),
    });
    world.salesforce.put('Lead', '00Q1', { Title: 'Clerk', NumberOfEmployees: 3 });
    const before = world.salesforce.fields('Lead', '00Q1').Sluice_Score__c;
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Score__c).not.toBe(before);
  });

  test('is tried again when its value becomes another', async () => {
    const world = await fought();
    automate(world, 'salesforce', 'Lead', '00Q1', null);
    const [offer] = world.salesforce.records('Sluice_Offer__c').keys();
    world.salesforce.put('Sluice_Offer__c', String(offer), { Response__c: 'Accepted' });
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Accepted');
    expect(await world.errors()).toEqual([]);
  });

  test('is tried again when somebody asks for it', async () => {
    const world = await fought();
    automate(world, 'salesforce', 'Lead', '00Q1', null);
    await resendRejected(store.db);
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
    expect(await world.errors()).toEqual([]);
  });

  test('is in the history: what was set back, and at last what was left', async () => {
    const world = await fought();
    const history = (await historyOf(world)).filter(({ field }) => field === 'Sluice_Status__c');
    expect(history).toMatchObject([
      ...Array.from({ length: ROUNDS_TO_CONTEST - 1 }, () => ({
        record_id: '00Q1',
        before: 'Open',
        after: 'Offered',
        winner: 'channel',
        run: expect.stringMatching(/^run_/),
      })),
      { before: 'Offered', after: 'Open', winner: 'crm', why: 'contested: no longer written' },
    ]);
  });

  test('that people edit once in a while is set back each time and never contested', async () => {
    const world = await World.create(store);
    populate(world);
    await world.sync();
    for (let day = 0; day < 5; day++) {
      world.pass(25);
      world.salesforce.put('Lead', '00Q1', { Sluice_Grade__c: 'Z' });
      await world.sync();
      expect(world.salesforce.fields('Lead', '00Q1').Sluice_Grade__c).not.toBe('Z');
    }
    expect(await world.errors()).toEqual([]);
  });

  test('that people type over, otherwise each time and not at once, is set back within a day, too, and never contested', async () => {
    const world = await World.create(store);
    populate(world);
    await world.sync();
    for (let n = 0; n < 2 * ROUNDS_TO_CONTEST; n++) {
      world.pass(2);
      world.salesforce.put('Lead', '00Q1', { Sluice_Grade__c: `by hand ${n}` });
      await world.sync();
      expect(world.salesforce.fields('Lead', '00Q1').Sluice_Grade__c).not.toContain('by hand');
    }
    expect(await world.errors()).toEqual([]);
  });

  test('that something sets to one and the same value, every few hours, is contested', async () => {
    const world = await World.create(store);
    populate(world);
    await world.sync();
    for (let n = 0; n < ROUNDS_TO_CONTEST; n++) {
      world.pass(2);
      world.salesforce.put('Lead', '00Q1', { Sluice_Grade__c: 'Z' });
      await world.sync();
    }
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Grade__c).toBe('Z');
    expect(await world.errors()).toMatchObject([{ code: 'CONTESTED Sluice_Grade__c' }]);
  });

  test('at once, which is met only a day later, is contested all the same', async () => {
    const world = await World.create(store);
    populate(world);
    const grade = () => world.salesforce.fields('Lead', '00Q1').Sluice_Grade__c;
    await world.sync();
    for (let n = 0; n < ROUNDS_TO_CONTEST; n++) {
      expect(grade()).not.toContain('theirs');
      world.salesforce.put('Lead', '00Q1', { Sluice_Grade__c: `theirs ${n}` });
      world.pass(26);
      await world.sync();
    }
    expect(grade()).toContain('theirs');
    expect(await world.errors()).toMatchObject([{ code: 'CONTESTED Sluice_Grade__c' }]);
  });

  test('whose write got no answer is no edit of anybody', async () => {
    const world = await World.create(store);
    populate(world);
    await world.sync();
    const [offer] = world.salesforce.records('Sluice_Offer__c').keys();
    world.salesforce.put('Sluice_Offer__c', String(offer), { Response__c: 'Accepted' });
    let left = 1;
    world.salesforce.ruling = (object) =>
      object === 'Lead' && left-- > 0 ? { status: 'unknown', written: true } : null;
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Accepted');
    expect(await historyOf(world)).toEqual([]);
    expect(await store.db.selectFrom('contests').selectAll().execute()).toEqual([]);
  });
});

describe('a shared field that both CRMs keep changing', () => {
  async function fought(runs = 8): Promise<World> {
    const world = await World.create(store, phoneShared({ salesforce: 'newest', hubspot: 'newest' }));
    populate(world);
    await world.sync();
    let n = 0;
    automate(world, 'salesforce', 'Lead', '00Q1', ({ Phone }) => (Phone == null ? {} : { Phone: `s${++n}` }));
    automate(world, 'hubspot', 'contacts', '101', ({ phone }) => (phone == null ? {} : { phone: `h${++n}` }));
    world.hubspot.put('contacts', '101', { phone: '1' });
    for (let run = 0; run < runs; run++) await world.sync();
    return world;
  }

  test('comes to rest after a bounded number of rounds', async () => {
    const world = await fought();
    const writes = world.salesforce.written().filter((row) => 'Phone' in row.fields).length;
    expect(writes).toBeLessThanOrEqual(ROUNDS_TO_CONTEST);
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
    expect((await world.errors()).map(({ stage }) => stage)).toContain('contested');
  });

  test('that only one CRM spells in its own way settles on that spelling', async () => {
    const world = await World.create(store, phoneShared({ salesforce: 'newest', hubspot: 'newest' }));
    populate(world);
    await world.sync();
    automate(world, 'salesforce', 'Lead', '00Q1', ({ Phone }) => (Phone == null ? {} : { Phone: '+49 30 1' }));
    world.hubspot.put('contacts', '101', { phone: '030 1' });
    await world.sync();
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: '+49 30 1', hubspot: '+49 30 1' });
    expect(await world.errors()).toEqual([]);
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
  });
});
