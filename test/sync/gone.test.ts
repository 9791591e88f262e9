import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { replayDecisions } from '../../src/leads/service/replay.ts';
import type { Store } from '../../src/store/database.ts';
import { report } from '../../src/store/errors.ts';
import { remember } from '../../src/store/history.ts';
import { saveHints } from '../../src/sync/hint-store.ts';
import type { SweepSettings } from '../../src/sync/sweep.ts';
import { testStore } from '../support/store.ts';
import { phoneShared } from './shared-world.ts';
import { populate, World } from './world.ts';

const HOUR = 3_600_000;
const DAILY: SweepSettings = { everyMs: 24 * HOUR, calculatedEveryMs: 6 * HOUR, pagesARun: 100 };
const NOBODY = { state: 'Withheld', reason: 'No record of this person is left in any CRM', partner_id: null };

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store, phoneShared({ salesforce: 'newest', hubspot: 'newest' }));
  populate(world);
  world.hubspot.put('contacts', '101', { phone: '+49 89 1' });
  await world.sync();
});

const theLead = () => store.db.selectFrom('leads').selectAll().executeTakeFirstOrThrow();
const offers = () => [...world.salesforce.records('Sluice_Offer__c').values()].map((fields) => fields.Status__c);
const statuses = async () =>
  (await store.db.selectFrom('offers').select('status').orderBy('offered_at').execute()).map(({ status }) => status);

function deleteAll(): void {
  world.salesforce.delete('Lead', '00Q1');
  world.hubspot.delete('contacts', '101');
}

describe('a person of whom no record is left', () => {
  test('is offered to nobody any more: the open offer is recalled, and no deadline makes another one', async () => {
    expect(await statuses()).toEqual(['Open']);
    deleteAll();
    await world.sync();
    expect(await theLead()).toMatchObject(NOBODY);
    expect(offers()).toEqual(['Recalled']);
    world.pass(72);
    await world.sync();
    await world.sync();
    expect(await statuses()).toEqual(['Recalled']);
    expect(await theLead()).toMatchObject({ ...NOBODY, to_route: false });
    expect(await world.errors()).toEqual([]);
  });

  test('leaves the lead with a partner that has accepted it, as long as a record may come back', async () => {
    const [id = ''] = world.salesforce.records('Sluice_Offer__c').keys();
    world.salesforce.put('Sluice_Offer__c', id, { Response__c: 'Accepted' });
    await world.sync();
    expect((await theLead()).state).toBe('Accepted');
    deleteAll();
    await world.sync();
    expect((await theLead()).state).toBe('Accepted');
    world.salesforce.put('Lead', '00Q1', {});
    await world.sync();
    expect((await theLead()).state).toBe('Accepted');
    expect(offers()).toEqual(['Accepted']);
  });

  test('is offered again once a record comes back', async () => {
    deleteAll();
    await world.sync();
    world.salesforce.put('Lead', '00Q1', {});
    await world.sync();
    expect((await theLead()).state).toBe('Offered');
    expect(offers().sort()).toEqual(['Open', 'Recalled']);
  });

  test('becomes no lead where all of it happened before anybody looked', async () => {
    await store.db.deleteFrom('offers').execute();
    await store.db.deleteFrom('leads').execute();
    deleteAll();
    await world.sync();
    expect(await store.db.selectFrom('leads').selectAll().execute()).toEqual([]);
  });
});

test('while one record of two is left nothing changes for the lead', async () => {
  world.hubspot.delete('contacts', '101');
  await world.sync();
  expect((await theLead()).state).toBe('Offered');
  expect(await statuses()).toEqual(['Open']);
});

describe('what Sluice kept of a record that is gone for good', () => {
  const told = (id: string) => saveHints(store.db, 'hubspot', [hintOf(id)], new Set(['contacts']));
  const hintOf = (id: string) =>
    ({ object: 'contacts', ids: [id], at: new Date(world.tick()).toISOString(), what: 'deleted' }) as const;
  const shadow = (id: string) =>
    store.db.selectFrom('records').select(['fields', 'deleted']).where('id', '=', id).executeTakeFirstOrThrow();
  const facts = async () => (await store.db.selectFrom('people').select('facts').executeTakeFirstOrThrow()).facts;

  beforeEach(async () => {
    const at = new Date(world.tick()).toISOString();
    const place = { connection: 'hubspot', object: 'contacts', recordId: '101' };
    await remember(
      store.db,
      [
        {
          ...place,
          field: 'phone',
          before: '+49 89 0',
          after: '+49 89 1',
          winner: 'crm',
          policy: 'newest',
          why: 'later',
        },
      ],
      at,
    );
    await report(store.db, [{ ...place, stage: 'map', code: 'BAD_VALUE', message: '"anna@" is no address' }], at);
  });

  async function expectErased(id: string): Promise<void> {
    expect(await shadow(id)).toEqual({ fields: {}, deleted: true });
    expect(await store.db.selectFrom('history').selectAll().where('record_id', '=', id).execute()).toEqual([]);
    expect(await store.db.selectFrom('person_keys').selectAll().where('record_id', '=', id).execute()).toEqual([]);
    expect(await store.db.selectFrom('outbox').selectAll().where('record_id', '=', id).execute()).toEqual([]);
    const errors = await store.db.selectFrom('errors').selectAll().where('record_id', '=', id).execute();
    expect(errors.map(({ message }) => message)).toEqual(errors.map(() => 'Erased with its record.'));
    expect(errors.every(({ resolved_at }) => resolved_at !== null)).toBe(true);
  }

  test('is erased when an event tells of it; what other records say of the person stays', async () => {
    world.hubspot.purge('contacts', '101');
    await told('101');
    await world.sync({ hintsOnly: true });
    await expectErased('101');
    expect(await facts()).toMatchObject({ email: 'anna@acme.de' });
    expect((await theLead()).state).toBe('Offered');
  });

  test('is erased when a complete pass misses it', async () => {
    world.hubspot.purge('contacts', '101');
    world.pass(25);
    await world.sync({ sweep: DAILY });
    await expectErased('101');
  });

  test('is erased after its time in the recycle bin too, where an event tells of it', async () => {
    world.hubspot.delete('contacts', '101');
    await world.sync();
    expect((await shadow('101')).fields).toMatchObject({ email: 'anna@acme.de' });
    await told('101');
    await world.sync({ hintsOnly: true });
    expect((await shadow('101')).fields).toMatchObject({ email: 'anna@acme.de' });
    world.hubspot.purge('contacts', '101');
    await told('101');
    await world.sync({ hintsOnly: true });
    await expectErased('101');
  });

  describe('and that was the last one of its person', () => {
    beforeEach(async () => {
      world.salesforce.purge('Lead', '00Q1');
      world.hubspot.purge('contacts', '101');
      world.pass(25);
      await world.sync({ sweep: DAILY });
    });

    test('takes with it all that was known of the person, also what decisions were made from', async () => {
      await expectErased('101');
      await expectErased('00Q1');
      expect(Object.values((await facts()) as object).filter((fact) => fact !== null && fact !== false)).toEqual([]);
      expect(await store.db.selectFrom('shared_values').selectAll().execute()).toEqual([]);
      const lead = await theLead();
      expect(lead).toMatchObject(NOBODY);
      const kept = await store.db.selectFrom('decisions').selectAll().execute();
      expect(kept.length).toBeGreaterThan(0);
      expect(JSON.stringify([kept.map(({ inputs }) => inputs), lead])).not.toMatch(/anna|schmidt|head of it/i);
    });

    test('leaves the decisions themselves, which say why they cannot be replayed', async () => {
      const lead = await theLead();
      const compile = () => {
        throw new Error('no rules are needed');
      };
      const [first] = await replayDecisions(store.db, lead.id, compile, new Map());
      expect(first).toMatchObject({
        verified: false,
        problem: 'what was known of the person was erased, as no record is left in any CRM',
        trace: null,
      });
      expect(first?.lines).toEqual([expect.stringContaining(lead.id)]);
    });

    test('lets a record that comes back after all be read as a new one', async () => {
      populate(world);
      world.pass(25);
      await world.sync({ sweep: DAILY });
      expect(await facts()).toMatchObject({ email: 'anna@acme.de' });
      expect((await theLead()).state).toBe('Offered');
    });
  });
});
