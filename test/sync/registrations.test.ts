/** Registrations between the CRMs and the channel: read from records, shown on records and opportunities, heeded by routing. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type DealMove, moveDeal } from '../../src/deals/service/move.ts';
import { registerDeals } from '../../src/deals/service/register.ts';
import type { Written } from '../../src/deals/written.ts';
import type { Store } from '../../src/store/database.ts';
import { dealPorts } from '../../src/sync/deal-ports.ts';
import { testStore } from '../support/store.ts';
import { personInHubSpot, personInSalesforce, populate, World } from './world.ts';

const OBJECT = 'Sluice_Deal_Registration__c';
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

const record = {
  Partner__c: '001B',
  Company__c: 'Acme GmbH',
  Domain__c: 'acme.de',
  Country__c: 'Germany',
  Amount__c: 900,
};
const fields = (id: string) => world.salesforce.fields(OBJECT, id);

async function ports() {
  const { rules, connections, currency } = await world.environment();
  const found = dealPorts(rules, connections, currency);
  if (found === null) throw new Error('the world has deals.yaml');
  return found;
}
async function register(written: Written) {
  const [done] = await registerDeals(
    store.db,
    [{ place: 1, written }],
    { source: 'api', by: 'api' },
    await ports(),
    world.tick(),
  );
  return done;
}
const move = async (id: string, what: DealMove) => moveDeal(store.db, id, what, 'anna', await ports(), world.tick());

test('a record made in the CRM becomes a registration, and shows where it stands', async () => {
  world.salesforce.put(OBJECT, 'a0R1', record);
  await world.sync();
  expect(fields('a0R1')).toMatchObject({
    Status__c: 'Pending',
    Status_Reason__c: 'waits for a decision; nothing stands against it',
  });
  expect(fields('a0R1').Sluice_Id__c).toMatch(/^rg_/);
  world.salesforce.put(OBJECT, 'a0R1', { Decision__c: 'Approved' });
  await world.sync();
  expect(fields('a0R1')).toMatchObject({
    Status__c: 'Approved',
    Protected_Until__c: expect.stringContaining('2026-05-31'),
  });
});

test('a record that lacks what is needed is held, with the reason on it, until it is corrected', async () => {
  world.salesforce.put(OBJECT, 'a0R1', { ...record, Company__c: null, Domain__c: 'jo@gmail.com' });
  await world.sync();
  expect(fields('a0R1')).toMatchObject({
    Status__c: 'Held',
    Status_Reason__c: expect.stringContaining('the account is missing'),
  });
  world.salesforce.put(OBJECT, 'a0R1', { Company__c: 'Acme GmbH' });
  await world.sync();
  expect(fields('a0R1').Status__c).toBe('Pending');
});

test('what is registered another way gets a record where its partner is, once', async () => {
  await world.sync({ only: new Set(['Account']) });
  const done = await register({ partner: 'Birch', company: 'Acme GmbH', domain: 'acme.de', amount: '1250.50' });
  await world.sync();
  const made = [...world.salesforce.records(OBJECT).keys()];
  expect(made).toHaveLength(1);
  expect(fields(made[0] ?? '')).toMatchObject({
    ...{ Sluice_Id__c: done?.registration, Status__c: 'Pending', Partner__c: '001B' },
    ...{ Company__c: 'Acme GmbH', Domain__c: 'acme.de', Amount__c: 1250.5, Currency__c: 'USD' },
  });
  expect(await world.writesOf(() => world.sync({ full: true }))).toEqual({ salesforce: 0, hubspot: 0 });
  expect(world.salesforce.records(OBJECT).size).toBe(1);
});

test('its opportunity shows who registered it and until when; a conflict is shown, too', async () => {
  world.salesforce.put('Opportunity', '006A', {
    Name: 'Acme Vault',
    AccountId: '001C',
    StageName: 'Proposal',
    IsClosed: false,
    IsWon: false,
  });
  world.salesforce.put(OBJECT, 'a0R1', { ...record, Opportunity__c: '006A' });
  await world.sync();
  world.salesforce.put(OBJECT, 'a0R2', { ...record, Partner__c: '001A' });
  await world.sync();
  expect(fields('a0R2').Conflict__c).toContain('conflict: Birch, ');
  world.salesforce.put(OBJECT, 'a0R1', { Decision__c: 'Approved' });
  await world.sync();
  expect(world.salesforce.fields('Opportunity', '006A')).toMatchObject({
    Sluice_Registration__c: 'Approved',
    Sluice_Registrant__c: '001B',
    Sluice_Protected_Until__c: expect.stringContaining('2026-05-31'),
  });
  world.salesforce.put('Opportunity', '006A', { IsClosed: true, IsWon: true, CloseDate: '2026-03-02', Amount: 900 });
  await world.sync();
  expect(fields('a0R1').Status__c).toBe('Won');
  expect(world.salesforce.fields('Opportunity', '006A').Sluice_Registration__c).toBe('Won');
});

test('a lead of the company goes to the registrant, and to nobody else', async () => {
  // Without the registration it is Alder's, which has the better tier.
  await world.sync({ only: new Set(['Account']) });
  const done = await register({
    partner: 'Birch',
    company: 'Acme',
    domain: 'acme.de',
    amount: '900',
    product: 'Vault',
  });
  await move(String(done?.registration), { kind: 'approve', step: null, despite: true });
  await world.sync();
  const lead = await world.lead('anna@acme.de');
  const partner = await store.db
    .selectFrom('partners')
    .select('record_id')
    .where('id', '=', String(lead.partner_id))
    .executeTakeFirstOrThrow();
  expect(partner.record_id).toBe('001B');
});

test('a lead of another company, or of another product, is not its matter', async () => {
  await world.sync({ only: new Set(['Account']) });
  const done = await register({
    partner: 'Birch',
    company: 'Acme',
    domain: 'acme.de',
    amount: '900',
    product: 'Relay',
  });
  await move(String(done?.registration), { kind: 'approve', step: null, despite: true });
  world.salesforce.put('Lead', '00Q2', { ...personInSalesforce('Bea', 'Kurz', 'bea@other.de'), Company: 'Other' });
  world.hubspot.put('contacts', '102', { ...personInHubSpot('Bea', 'Kurz', 'bea@other.de'), company: 'Other' });
  await world.sync();
  for (const email of ['anna@acme.de', 'bea@other.de']) {
    const { partner_id } = await world.lead(email);
    const partner = await store.db
      .selectFrom('partners')
      .select('record_id')
      .where('id', '=', String(partner_id))
      .executeTakeFirstOrThrow();
    expect(partner.record_id).toBe('001A');
  }
});
