import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { personInSalesforce, populate, World } from './world.ts';

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store);
  populate(world);
  world.salesforce.put('Campaign', '7011', { Name: 'Fair' });
  world.salesforce.put('CampaignMember', '00v1', {
    CampaignId: '7011',
    LeadId: '00Q1',
    ContactId: null,
    HasResponded: true,
    FirstRespondedDate: '2026-02-01',
  });
  await world.sync();
});

/** What Salesforce does when somebody converts the Lead. */
function convert(withRole: boolean): void {
  const { salesforce } = world;
  const { Company: _company, ...contact } = personInSalesforce('Anna', 'Schmidt', 'anna@acme.de');
  salesforce.put('Contact', '0031', { ...contact, AccountId: '001C' });
  salesforce.put('Opportunity', '0061', {
    Name: 'Acme: Vault',
    AccountId: '001C',
    Amount: null,
    StageName: 'Prospecting',
    IsClosed: false,
    IsWon: false,
    CloseDate: '2026-06-01',
  });
  if (withRole)
    salesforce.put('OpportunityContactRole', '00K1', { OpportunityId: '0061', ContactId: '0031', IsPrimary: true });
  salesforce.put('Lead', '00Q1', {
    IsConverted: true,
    ConvertedContactId: '0031',
    ConvertedAccountId: '001C',
    ConvertedOpportunityId: '0061',
  });
}

/** Somebody closes the deal. */
function win(): void {
  world.salesforce.put('Opportunity', '0061', {
    Amount: 1_000,
    StageName: 'Closed Won',
    IsClosed: true,
    IsWon: true,
    CloseDate: '2026-03-02',
  });
}

describe('a Lead that was converted', () => {
  test('is one person with its Contact: the lead goes on there and at the deal, and the Lead is left alone', async () => {
    const before = await world.lead('anna@acme.de');
    convert(true);
    const from = world.salesforce.calls.length;
    await world.sync();
    const lead = await world.lead('anna@acme.de');
    expect(lead).toMatchObject({ id: before.id, person_id: before.person_id, state: 'Qualified' });
    expect(world.salesforce.fields('Contact', '0031')).toMatchObject({
      Sluice_Lead__c: lead.id,
      Sluice_Status__c: 'Qualified',
    });
    expect(world.salesforce.fields('Opportunity', '0061')).toMatchObject({
      Sluice_Lead__c: lead.id,
      Sluice_Status__c: 'Qualified',
    });
    const written = world.salesforce.calls.slice(from).filter((call) => call.call === 'write');
    expect(written.map((call) => call.object)).not.toContain('Lead');
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
  });

  test('is written to no more, whatever becomes of the lead', async () => {
    convert(true);
    await world.sync();
    win();
    const from = world.salesforce.calls.length;
    await world.sync();
    expect((await world.lead('anna@acme.de')).state).toBe('Won');
    const objects = world.salesforce.calls
      .slice(from)
      .filter((call) => call.call === 'write')
      .map((call) => call.object);
    expect(objects.sort()).toEqual(['Contact', 'Opportunity']);
  });

  test.each([
    ['with', true],
    ['without', false],
  ])(
    'keeps its campaign response, and the revenue of the deal is credited to it, %s a contact role',
    async (_word, role) => {
      convert(role);
      win();
      await world.sync();
      expect(await store.db.selectFrom('touches').select(['subject_object', 'subject_id']).execute()).toEqual([
        { subject_object: 'Lead', subject_id: '00Q1' },
      ]);
      const credits = await store.db
        .selectFrom('credits')
        .select('amount_minor')
        .where('model', '=', 'first')
        .execute();
      expect(credits).toEqual([{ amount_minor: '100000' }]);
    },
  );

  test('may be read before its Contact and its deal are: what came late is tied all the same', async () => {
    const { salesforce } = world;
    convert(true);
    // Only the Lead is read now.
    await world.sync({ only: new Set(['Lead']) });
    expect((await world.lead('anna@acme.de')).state).toBe('Qualified');
    win();
    await world.sync();
    expect(salesforce.fields('Contact', '0031').Sluice_Status__c).toBe('Won');
    expect(await store.db.selectFrom('leads').select('id').execute()).toHaveLength(1);
    expect(await store.db.selectFrom('credits').select('amount_minor').where('model', '=', 'first').execute()).toEqual([
      { amount_minor: '100000' },
    ]);
  });

  test('may be converted into a Contact that is known already, under another address', async () => {
    world.salesforce.put('Contact', '0031', {
      ...personInSalesforce('Anna', 'S.', 'a.schmidt@acme.de'),
      Marketing_Stage__c: null,
    });
    await world.sync();
    convert(false);
    world.salesforce.put('Contact', '0031', { Email: 'a.schmidt@acme.de' });
    await world.sync();
    const people = await store.db
      .selectFrom('links')
      .select('entity_id')
      .distinct()
      .where('record_id', 'in', ['00Q1', '0031'])
      .where('entity', '=', 'person')
      .execute();
    expect(people).toHaveLength(1);
  });
});
