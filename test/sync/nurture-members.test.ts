/** A lead that is handed back becomes a member of marketing's campaign in Salesforce. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { compileFeedback } from '../../src/leads/feedback/feedback-rules.ts';
import { takeFeedback } from '../../src/leads/service/take-feedback.ts';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { mappingsWith, populate, World } from './world.ts';

const CAMPAIGN = '7015e000000AbCdEFG';
const JOINING = `
writes:
  linkId:
    field: Sluice_Id__c
    create: { kind: text, length: 64, unique: true, label: Sluice Id }
nurture: { CampaignId: ${CAMPAIGN}, Status: Sent }
`;
const withMembers = (more = JOINING) =>
  mappingsWith((file, text) => (file.endsWith('salesforce/campaign-member.yaml') ? `${text}\n${more}` : text));
const rules = compileFeedback('config/feedback.yaml', readFileSync('config/feedback.yaml', 'utf8'));
let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store, withMembers());
  populate(world);
  await world.sync();
  await state({ response: 'accepted' });
  await world.sync();
});

async function state(written: Record<string, string>): Promise<void> {
  world.pass(1);
  const { offer_id } = await world.lead('anna@acme.de');
  const given = [{ place: 1, written: { offer: offer_id ?? '', ...written } }];
  const [taken] = await takeFeedback(store.db, given, { rules, via: 'csv', now: world.now });
  expect(taken).toMatchObject({ result: 'taken' });
}
const members = () => [...world.salesforce.records('CampaignMember').values()];

describe('a lead that is handed back', () => {
  test('is made a member of the campaign, once', async () => {
    const { offer_id: offer } = await world.lead('anna@acme.de');
    await state({ nurture: 'bad-timing' });
    expect(members()).toEqual([]);
    await world.sync();
    expect(members()).toMatchObject([
      { CampaignId: CAMPAIGN, LeadId: '00Q1', Status: 'Sent', Sluice_Id__c: `cm_${offer}` },
    ]);
    expect(await world.outbox()).toEqual([]);
    expect(await world.writesOf(() => world.sync({ full: true }))).toEqual({ salesforce: 0, hubspot: 0 });
  });

  test('is left as marketing makes it: another status, or out of the campaign', async () => {
    await state({ nurture: 'bad-timing' });
    await world.sync();
    const [id = ''] = [...world.salesforce.records('CampaignMember').keys()];
    world.salesforce.put('CampaignMember', id, { Status: 'Responded' });
    world.salesforce.put('Lead', '00Q1', { Title: 'CEO' });
    await world.sync();
    expect(members()).toMatchObject([{ Status: 'Responded' }]);
    world.salesforce.delete('CampaignMember', id);
    world.salesforce.put('Lead', '00Q1', { Title: 'CFO' });
    await world.sync({ full: true });
    expect(members()).toEqual([]);
  });

  test('is none the worse for being a member already', async () => {
    world.salesforce.ruling = (object) =>
      object === 'CampaignMember'
        ? { status: 'reject', code: 'DUPLICATE_VALUE', message: 'Already a campaign member.', fields: [] }
        : null;
    await state({ nurture: 'bad-timing' });
    await world.sync();
    expect(await world.errors()).toEqual([]);
    expect(await world.outbox()).toEqual([]);
    world.salesforce.ruling = () => null;
    world.salesforce.put('Lead', '00Q1', { Title: 'CEO' });
    await world.sync();
    expect(members()).toEqual([]);
  });

  test.each([true, false])('is made a member once also where the answer was lost (written: %s)', async (written) => {
    let lost = 0;
    world.salesforce.ruling = (object) =>
      object === 'CampaignMember' && lost++ === 0 ? { status: 'unknown', written } : null;
    await state({ nurture: 'bad-timing' });
    for (let n = 0; n < 3; n++) {
      await world.sync();
      world.pass(1);
    }
    expect(members()).toHaveLength(1);
    expect(await world.outbox()).toEqual([]);
  });

  test('that comes back and is handed back again is asked for again', async () => {
    await state({ nurture: 'bad-timing' });
    await world.sync();
    world.pass(24);
    world.salesforce.put('Lead', '00Q1', { Marketing_Stage__c: 'MQL' });
    world.hubspot.put('contacts', '101', { lifecyclestage: 'marketingqualifiedlead' });
    await world.sync();
    const again = await world.lead('anna@acme.de');
    expect(again.state).toBe('Offered');
    await state({ response: 'accepted' });
    await world.sync();
    await state({ nurture: 'bad-timing' });
    await world.sync();
    expect(members().map(({ Sluice_Id__c }) => Sluice_Id__c)).toContain(`cm_${again.offer_id}`);
  });
});

describe('a mapping of members that are made', () => {
  test.each([
    ['nurture: { Status: Sent }\n', 'members are made of no campaign'],
    [`nurture: { CampaignId: ${CAMPAIGN} }\n`, 'members are made, but no unique field names them'],
  ])('must say of which campaign, and by which field they are named: %j', (more, message) => {
    expect(() => withMembers(more)).toThrow(message);
  });
});
