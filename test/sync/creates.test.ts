import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../src/store/database.ts';
import { answerReview, openReviews } from '../../src/store/reviews.ts';
import { testStore } from '../support/store.ts';
import { mappingsWith, personInHubSpot, personInSalesforce, populate, World } from './world.ts';

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store, creating);
  populate(world);
});

const MAKES = 'creates: leads\nmatch: [email]\nonCreate: { LeadSource: Partner Channel, Company: Unknown }\n';
const creating = mappingsWith((file, text) =>
  file.endsWith('salesforce/lead.yaml') ? text.replace('\ncrossIds:', `\n${MAKES}\ncrossIds:`) : text,
);

/** Ben is a contact in HubSpot alone. */
function ben(): void {
  world.hubspot.put('contacts', '102', { ...personInHubSpot('Ben', 'Kurz', 'ben@kurz.de'), company: 'Kurz AG' });
}

const madeForBen = () => [...world.salesforce.records('Lead')].filter(([, fields]) => fields.Email === 'ben@kurz.de');
const creates = () =>
  world.salesforce.written().filter((row) => row.externalId?.field === 'Sluice_Id__c' && 'LastName' in row.fields);

describe('a lead without a record in a CRM', () => {
  test('is not given one unless the mapping says so', async () => {
    world = await World.create(store);
    populate(world);
    ben();
    await world.sync();
    expect(madeForBen()).toEqual([]);
  });

  test('is given one, with all that is known, defaults for the rest and its standing', async () => {
    ben();
    await world.sync();
    expect(madeForBen()).toHaveLength(1);
    expect(madeForBen()[0]?.[1]).toMatchObject({
      FirstName: 'Ben',
      LastName: 'Kurz',
      Company: 'Kurz AG',
      Country: 'Germany',
      LeadSource: 'Partner Channel',
      Marketing_Stage__c: 'MQL',
      Sluice_Lead__c: (await world.lead('ben@kurz.de')).id,
      Sluice_Id__c: expect.stringMatching(/^ln_/),
    });
  });

  test('is given one only: further runs write nothing and make nothing', async () => {
    ben();
    await world.sync();
    await world.sync();
    expect(await world.writesOf(() => world.sync({ full: true }))).toEqual({ salesforce: 0, hubspot: 0 });
    expect(madeForBen()).toHaveLength(1);
    expect(creates()).toHaveLength(1);
    expect(await store.db.selectFrom('creations').selectAll().execute()).toEqual([]);
  });

  test('goes on with it like with any other record of the person', async () => {
    ben();
    await world.sync();
    const [id = ''] = madeForBen()[0] ?? [];
    world.salesforce.put('Lead', id, { NumberOfEmployees: 5000 });
    await world.sync();
    const people = await store.db.selectFrom('people').select('facts').execute();
    expect(people.map(({ facts }) => (facts as { employees: number }).employees)).toContain(5000);
    expect(people).toHaveLength(2);
  });

  test('is given none again after somebody deleted it', async () => {
    ben();
    await world.sync();
    world.salesforce.delete('Lead', madeForBen()[0]?.[0] ?? '');
    await world.sync();
    world.hubspot.put('contacts', '102', { jobtitle: 'CEO' });
    await world.sync();
    expect(madeForBen()).toEqual([]);
    expect(creates()).toHaveLength(1);
  });

  test('and whose create got no answer is found by its key, not made twice', async () => {
    for (const written of [true, false]) {
      world = await World.create(store, creating);
      populate(world);
      ben();
      let left = 1;
      world.salesforce.ruling = (object, row) =>
        object === 'Lead' && row.externalId && left-- > 0 ? { status: 'unknown', written } : null;
      await world.sync();
      await world.sync();
      expect(madeForBen()).toHaveLength(1);
      expect(await world.outbox()).toEqual([]);
      expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
    }
  });

  test('of whom no match key is known is reported, not made', async () => {
    world.hubspot.put('contacts', '103', { ...personInHubSpot('Cara', 'Lang', null), phone: '030 1' });
    await world.sync();
    const leads = await store.db.selectFrom('leads').select('id').execute();
    expect([...world.salesforce.records('Lead').keys()]).toEqual(['00Q1']);
    if (leads.length > 1) expect(await world.errors()).toMatchObject([{ stage: 'match', code: 'NO_MATCH_KEY' }]);
  });
});

describe('before a record is made the CRM is asked', () => {
  /** Sales types the lead in just before it would be made. */
  function typedInMeanwhile(...ids: string[]): void {
    let isDone = false;
    world.salesforce.boundary = (call, when) => {
      if (isDone || call.call !== 'readByKey' || when !== 'before') return;
      isDone = true;
      for (const id of ids) {
        world.salesforce.put('Lead', id, {
          ...personInSalesforce('Benedikt', 'Kurz', 'Ben@Kurz.de'),
          Email: 'ben@kurz.de',
        });
      }
    };
  }

  test('and the one record that is there is tied to the lead', async () => {
    ben();
    typedInMeanwhile('00Q9');
    await world.sync();
    expect(madeForBen().map(([id]) => id)).toEqual(['00Q9']);
    expect(creates()).toEqual([]);
    expect(world.salesforce.fields('Lead', '00Q9').Sluice_Lead__c).toBe((await world.lead('ben@kurz.de')).id);
    expect(await store.db.selectFrom('people').select('id').execute()).toHaveLength(2);
  });

  test('and where there are several, a person is, and nothing is made', async () => {
    ben();
    typedInMeanwhile('00Q8', '00Q9');
    await world.sync();
    expect(creates()).toEqual([]);
    const [review] = await openReviews(store.db, 'match');
    expect(review?.subject.candidates).toEqual([
      { object: 'Lead', id: '00Q8' },
      { object: 'Lead', id: '00Q9' },
    ]);
  });
});

describe('a duplicate rule of the CRM', () => {
  beforeEach(async () => {
    ben();
    world.salesforce.put('Contact', '003X', { FirstName: 'B.', LastName: 'Kurz', Email: 'office@kurz.de' });
    world.salesforce.ruling = (object, row) =>
      object === 'Lead' && row.externalId
        ? { status: 'reject', code: 'DUPLICATES_DETECTED', message: 'Use one of these records?', duplicateOf: ['00Q7'] }
        : null;
    await world.sync();
  });

  test('is answered in the error centre with the matching record', async () => {
    expect(await world.errors()).toMatchObject([
      { code: 'DUPLICATES_DETECTED', hint: expect.stringContaining('The CRM takes it for 00Q7') },
    ]);
  });

  test('offers the record as the match, and the answer ties it', async () => {
    const [review] = await openReviews(store.db, 'match');
    if (review === undefined) throw new Error('nothing was asked');
    world.salesforce.put('Lead', '00Q7', { ...personInSalesforce('B', 'Kurz', 'b.kurz@kurz.de') });
    await answerReview(store.db, review.id, 'same 00Q7', '2026-03-02T12:00:00.000Z');
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q7').Sluice_Lead__c).toBe((await world.lead('ben@kurz.de')).id);
    expect(await world.outbox()).toEqual([]);
    expect(creates()).toHaveLength(1);
  });
});
