import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { personInHubSpot, personInSalesforce, populate, World } from './world.ts';

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store);
  populate(world);
});

async function personOf(record: string): Promise<string | undefined> {
  const link = await store.db
    .selectFrom('links')
    .select('entity_id')
    .where('record_id', '=', record)
    .where('entity', '=', 'person')
    .executeTakeFirst();
  return link?.entity_id;
}

const leads = () => store.db.selectFrom('leads').selectAll().orderBy('released_at').orderBy('id').execute();
const reviews = () => store.db.selectFrom('reviews').select(['kind', 'subject']).execute();

/** Anna once more, under another address: nothing but a merge says that it is she. */
function annaAgain() {
  return personInSalesforce('Anna', 'Schmidt-Meier', 'anna@private.example');
}

describe('records that the CRM merges', () => {
  test('bring their persons together: one lead goes on, with the offers of the elder', async () => {
    await world.sync();
    world.pass(1);
    world.salesforce.put('Lead', '00Q2', annaAgain());
    await world.sync();
    const [elder, younger] = await leads();
    expect(await personOf('00Q1')).not.toBe(await personOf('00Q2'));

    world.salesforce.merge('Lead', '00Q2', '00Q1');
    await world.sync();

    expect(await personOf('00Q2')).toBe(await personOf('00Q1'));
    const after = await leads();
    expect(after.find((lead) => lead.id === elder?.id)).toMatchObject({ state: 'Offered', offer_id: elder?.offer_id });
    expect(after.find((lead) => lead.id === younger?.id)).toMatchObject({
      state: 'No decision',
      reason: `One person with lead ${elder?.id}, whose story goes on`,
      offer_id: null,
    });
    const offers = await store.db.selectFrom('offers').select(['lead_id', 'status']).execute();
    expect(offers).toContainEqual({ lead_id: younger?.id, status: 'Recalled' });
    expect(offers).toContainEqual({ lead_id: elder?.id, status: 'Open' });
    expect(world.salesforce.fields('Lead', '00Q1')).toMatchObject({
      Sluice_Lead__c: elder?.id,
      Sluice_Status__c: 'Offered',
    });
    const inCrm = [...world.salesforce.records('Sluice_Offer__c').values()].map((offer) => offer.Status__c);
    expect(inCrm.sort()).toEqual(['Open', 'Recalled']);
    expect(await reviews()).toEqual([]);
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
  });

  test('also where the loser is the elder: its lead goes on at the survivor', async () => {
    await world.sync();
    world.pass(1);
    world.salesforce.put('Lead', '00Q2', annaAgain());
    await world.sync();
    const [elder] = await leads();
    world.salesforce.merge('Lead', '00Q1', '00Q2');
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q2')).toMatchObject({ Sluice_Lead__c: elder?.id });
    expect(world.hubspot.fields('contacts', '101')).toMatchObject({ sluice_lead: elder?.id });
  });

  test('let the lead go on that a partner has accepted, though it is the younger one', async () => {
    await world.sync();
    world.pass(1);
    world.salesforce.put('Lead', '00Q2', annaAgain());
    await world.sync();
    const [elder, younger] = await leads();
    await accept(younger?.offer_id);
    world.salesforce.merge('Lead', '00Q2', '00Q1');
    await world.sync();
    const after = await leads();
    expect(after.find((lead) => lead.id === younger?.id)).toMatchObject({ state: 'Accepted' });
    expect(after.find((lead) => lead.id === elder?.id)).toMatchObject({ state: 'No decision' });
    expect(world.salesforce.fields('Lead', '00Q1')).toMatchObject({ Sluice_Lead__c: younger?.id });
  });

  test('are left to a person where two partners are at work', async () => {
    await world.sync();
    world.pass(1);
    world.salesforce.put('Lead', '00Q2', annaAgain());
    await world.sync();
    const [elder, younger] = await leads();
    await accept(elder?.offer_id);
    await store.db
      .updateTable('leads')
      .set({ partner_id: 'another' })
      .where('id', '=', younger?.id ?? '')
      .execute();
    await accept(younger?.offer_id);
    world.salesforce.merge('Lead', '00Q2', '00Q1');
    await world.sync();
    expect((await leads()).map((lead) => lead.state)).toEqual(['Accepted', 'Accepted']);
    expect(await reviews()).toEqual([
      { kind: 'merge', subject: { people: [await personOf('00Q1'), await personOf('00Q2')] } },
    ]);
  });

  async function accept(offer: string | null | undefined): Promise<void> {
    const found = [...world.salesforce.records('Sluice_Offer__c')].find(([, fields]) => fields.Sluice_Id__c === offer);
    world.salesforce.put('Sluice_Offer__c', found?.[0] ?? '', { Response__c: 'Accepted' });
    await world.sync();
  }

  test('of which Sluice never saw the loser tell nothing', async () => {
    world.salesforce.put('Lead', '00Q0', annaAgain());
    world.salesforce.merge('Lead', '00Q0', '00Q1');
    await world.sync();
    expect(await leads()).toHaveLength(1);
    expect(await store.db.selectFrom('record_merges').selectAll().execute()).toEqual([]);
  });
});

describe('a CRM that says of the survivor what it absorbed', () => {
  beforeEach(async () => {
    world.hubspot.put('contacts', '102', personInHubSpot('Anna', 'Schmidt-Meier', 'anna@private.example'));
    await world.sync();
  });

  test('has the loser taken for deleted, and its person for the survivor', async () => {
    world.hubspot.fuse('contacts', ['101', '102'], '101');
    await world.sync();
    const row = await store.db.selectFrom('records').select('deleted').where('id', '=', '102').executeTakeFirst();
    expect(row).toEqual({ deleted: true });
    expect(await personOf('102')).toBe(await personOf('101'));
    expect((await leads()).filter((lead) => lead.state === 'Offered')).toHaveLength(1);
  });

  test('may mint a new id: the lead goes on there, and no new one is made', async () => {
    const [first] = await leads();
    world.hubspot.fuse('contacts', ['101', '102'], '103');
    await world.sync();
    expect(await leads()).toHaveLength(2);
    expect(await personOf('103')).toBe(await personOf('00Q1'));
    expect(world.hubspot.fields('contacts', '103')).toMatchObject({ sluice_lead: first?.id, sluice_status: 'Offered' });
    expect(await world.errors()).toEqual([]);
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
  });

  test('may tell of it after the loser was found to be gone', async () => {
    const from = world.hubspot.calls.length;
    world.hubspot.lagMs = 48 * 3_600_000;
    world.hubspot.fuse('contacts', ['101', '102'], '101');
    world.hubspot.hideFromSweeps.add('101');
    world.pass(25);
    await world.sync({ sweep: { everyMs: 1, calculatedEveryMs: 1, pagesARun: 100 } });
    expect(world.hubspot.calls.slice(from).some((call) => call.call === 'sweep')).toBe(true);
    world.pass(25);
    await world.sync();
    expect(await personOf('102')).toBe(await personOf('101'));
  });

  test('tells it at every read: only the first one counts', async () => {
    world.hubspot.fuse('contacts', ['101', '102'], '101');
    await world.sync();
    const before = await store.db.selectFrom('events').select('id').execute();
    await world.sync({ full: true });
    expect(await store.db.selectFrom('events').select('id').execute()).toEqual(before);
  });
});

describe('what names a merged record', () => {
  test('touches, contact roles and deals are followed to the survivor', async () => {
    world.salesforce.put('Contact', '0031', annaAgain());
    world.salesforce.put('Contact', '0032', { ...annaAgain(), Email: 'anna.2@private.example', LastName: 'Schmitt' });
    world.salesforce.put('Account', '001D', { Name: 'Acme GmbH', Type: 'Customer - Direct' });
    world.salesforce.put('Campaign', '7011', { Name: 'Fair' });
    world.salesforce.put('CampaignMember', '00v1', {
      CampaignId: '7011',
      ContactId: '0032',
      HasResponded: true,
      FirstRespondedDate: '2026-02-01',
    });
    world.salesforce.put('Opportunity', '0061', {
      Name: 'Deal',
      AccountId: '001D',
      Amount: 1000,
      StageName: 'Closed Won',
      IsClosed: true,
      IsWon: true,
      CloseDate: '2026-03-01',
    });
    world.salesforce.put('OpportunityContactRole', '00K1', {
      OpportunityId: '0061',
      ContactId: '0032',
      IsPrimary: true,
    });
    await world.sync();
    // The CRM moves what hangs on the loser without a word.
    world.salesforce.merge('Contact', '0032', '0031');
    world.salesforce.merge('Account', '001D', '001C');
    await world.sync();
    expect(await store.db.selectFrom('touches').select('subject_id').execute()).toEqual([{ subject_id: '0031' }]);
    expect(await store.db.selectFrom('contact_roles').select('contact_record').execute()).toEqual([
      { contact_record: '0031' },
    ]);
    expect(await store.db.selectFrom('opportunities').select('account_record').execute()).toEqual([
      { account_record: '001C' },
    ]);
    const [match] = await store.db.selectFrom('matches').select('person_ids').execute();
    expect(match?.person_ids).toEqual([await personOf('0031')]);
    const credits = await store.db.selectFrom('credits').select('amount_minor').where('model', '=', 'first').execute();
    expect(credits).toEqual([{ amount_minor: '100000' }]);
  });
});

test('a deleted record that comes back is tied to its person again', async () => {
  await world.sync();
  const person = await personOf('00Q1');
  world.salesforce.delete('Lead', '00Q1');
  await world.sync();
  const link = () => store.db.selectFrom('links').select('retired').where('record_id', '=', '00Q1').executeTakeFirst();
  expect(await link()).toEqual({ retired: true });
  world.salesforce.put('Lead', '00Q1', {});
  await world.sync();
  expect(await link()).toEqual({ retired: false });
  expect(await personOf('00Q1')).toBe(person);
});
