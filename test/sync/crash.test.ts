import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Store } from '../../src/store/database.ts';
import { run } from '../../src/sync/run.ts';
import { Mortal } from '../support/mortal.ts';
import { testStore } from '../support/store.ts';
import { personInHubSpot, personInSalesforce, populate, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

/**
 * The boundaries worth dying at: before and after each write and read-back, between transactions (each begins by checking
 * the lease), and some of the many others, which differ in nothing that lasts.
 */
function worthTrying(passed: readonly string[]): number[] {
  return passed.flatMap((where, place) =>
    where === 'between transactions' || / (write|readBy\w+) /.test(where) || place % 29 === 0 ? [place] : [],
  );
}

/** Runs in a process that dies at a boundary, and gives back the process. */
async function runMortal(world: World, dieAt: number): Promise<Mortal> {
  const mortal = new Mortal((_where, place) => place === dieAt);
  const lease = await world.lease();
  const db = store.db.withPlugin(mortal);
  for (const crm of [world.salesforce, world.hubspot]) {
    crm.boundary = (call, when) => mortal.pass(`${when} ${crm.name} ${call.call} ${call.object}`);
  }
  try {
    await run(await world.environment(db), lease, world.runOptions());
  } catch (error) {
    if (dieAt === Number.POSITIVE_INFINITY) throw error;
  } finally {
    for (const crm of [world.salesforce, world.hubspot]) crm.boundary = () => undefined;
    // The lease of a dead process is taken over.
    await sql`update leases set expires_at = now() - interval '1 second'`.execute(store.db);
  }
  return mortal;
}

/** What must come out the same, instants and the ids that the CRM gave apart. */
async function endState(world: World) {
  const { db } = store;
  const offersInCrm = new Map(
    [...world.salesforce.records('Sluice_Offer__c')].map(([id, fields]) => [id, fields.Sluice_Id__c]),
  );
  const moments = /\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g;
  const told = JSON.stringify({
    leads: await db
      .selectFrom('leads')
      .select(['id', 'state', 'reason', 'score', 'grade', 'partner_id', 'offer_id', 'rounds'])
      .orderBy('id')
      .execute(),
    offers: await db
      .selectFrom('offers')
      .select(['id', 'lead_id', 'partner_id', 'status', 'round', 'response'])
      .orderBy('id')
      .execute(),
    entries: await db
      .selectFrom('entries')
      .select(['id', 'opportunity_id', 'kind', 'amount_minor', 'currency'])
      .orderBy('id')
      .execute(),
    credits: await db
      .selectFrom('credits')
      .select(['entry_id', 'model', 'touch_id', 'amount_minor'])
      .orderBy('entry_id')
      .orderBy('model')
      .orderBy('touch_id')
      .execute(),
    links: (await db.selectFrom('links').select(['object', 'record_id', 'entity', 'entity_id', 'retired']).execute())
      .map((link) => ({ ...link, record_id: offersInCrm.get(link.record_id) ?? link.record_id }))
      .map((link) => JSON.stringify(link))
      .sort(),
    people: await db.selectFrom('people').select(['id', 'facts', 'merged_into']).orderBy('id').execute(),
    feedback: await db
      .selectFrom('feedback')
      .select(['offer_id', 'kind', 'response', 'reason', 'via'])
      .orderBy('offer_id')
      .execute(),
    errors: await world.errors(),
    outbox: await world.outbox(),
    salesforce: {
      ...world.salesforce.contents(),
      Sluice_Offer__c: [...world.salesforce.records('Sluice_Offer__c').values()]
        .map((fields) => JSON.stringify(fields))
        .sort(),
    },
    hubspot: world.hubspot.contents(),
  });
  return JSON.parse(told.replace(moments, 'INSTANT'));
}

/** Some leads, one of them in both CRMs, a campaign that was answered, a deal that is won. */
function settle(world: World): void {
  populate(world);
  const { salesforce, hubspot } = world;
  salesforce.put('Lead', '00Q2', personInSalesforce('Bea', 'Kurz', 'bea@acme.de'));
  hubspot.put('contacts', '102', personInHubSpot('Cem', 'Aydin', 'cem@acme.de'));
  salesforce.put('Contact', '003D', {
    FirstName: 'Dora',
    LastName: 'Lang',
    Email: 'dora@acme.de',
    AccountId: '001C',
    Marketing_Stage__c: 'SQL',
    MailingCountry: 'DE',
    Product_Interest__c: 'Vault',
  });
  salesforce.put('Campaign', '701W', { Name: 'Webinar', ActualCost: 1000 });
  salesforce.put('CampaignMember', '00v1', {
    CampaignId: '701W',
    LeadId: null,
    ContactId: '003D',
    HasResponded: true,
    FirstRespondedDate: '2026-02-01',
  });
  salesforce.put('Opportunity', '006X', {
    Name: 'Deal',
    AccountId: '001C',
    Amount: 12_000,
    StageName: 'Closed Won',
    IsClosed: true,
    IsWon: true,
    CloseDate: '2026-03-01',
  });
  salesforce.put('OpportunityContactRole', '00K1', { OpportunityId: '006X', ContactId: '003D', IsPrimary: true });
}

/** Partners answer in both CRMs, a fact changes, a record goes. */
function move(world: World): void {
  world.pass(6);
  const { salesforce, hubspot } = world;
  const offers = [...salesforce.records('Sluice_Offer__c')].sort(([, a], [, b]) =>
    String(a.Sluice_Id__c) < String(b.Sluice_Id__c) ? -1 : 1,
  );
  const ofLead = (lead: string) => offers.find(([, fields]) => fields.Lead__c === lead)?.[0] ?? '';
  salesforce.put('Sluice_Offer__c', ofLead('00Q1'), { Response__c: 'Accepted' });
  salesforce.put('Sluice_Offer__c', ofLead('00Q2'), { Response__c: 'Rejected', Response_Reason__c: 'No budget' });
  const open = hubspot.fields('contacts', '102').sluice_offer_id;
  hubspot.put('contacts', '102', { sluice_response: `${open}:accepted`, jobtitle: 'Clerk' });
  salesforce.put('Opportunity', '006X', { Amount: 13_500 });
}

/** Clean runs until one finds nothing to do. */
async function settleDown(world: World): Promise<void> {
  for (let n = 0; n < 6; n++) {
    const { salesforce, hubspot } = await world.writesOf(() => world.sync());
    if (salesforce + hubspot === 0) return;
  }
  throw new Error('six clean runs were not enough');
}

describe.each([
  ['the first run', async () => undefined],
  [
    'a run that brings answers',
    async (world: World) => {
      await world.sync();
      move(world);
    },
  ],
] as const)('%s, killed', (name, prepare) => {
  test('wherever it is, and run again ends as if it had not been killed', async () => {
    const undisturbed = await World.create(store);
    settle(undisturbed);
    await prepare(undisturbed);
    const { passed } = await runMortal(undisturbed, Number.POSITIVE_INFINITY);
    await settleDown(undisturbed);
    const expected = await endState(undisturbed);
    expect(expected.outbox).toEqual([]);
    expect(expected.entries).toHaveLength(name === 'the first run' ? 1 : 2);

    const places = worthTrying(passed);
    expect(places.length).toBeGreaterThan(10);
    for (const place of places) {
      const world = await World.create(store);
      settle(world);
      await prepare(world);
      const mortal = await runMortal(world, place);
      expect(mortal.passed).toHaveLength(place);
      await settleDown(world);
      try {
        expect(await endState(world)).toEqual(expected);
      } catch (error) {
        throw new Error(`killed at boundary ${place}, ${passed[place]}: ${String(error)}`, { cause: error });
      }
    }
  });
});
