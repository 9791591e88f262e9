/** Market development funds of a Salesforce org with PRM: read into the model, and what was made here written back. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { compileFunds } from '../../src/funds/rules.ts';
import { askFor, claimFor, moveFund } from '../../src/funds/service/fund-desk.ts';
import { checkFunds, viewFunds } from '../../src/funds/service/views.ts';
import { provisionSpecOf } from '../../src/mapping/streams.ts';
import type { Store } from '../../src/store/database.ts';
import { presentMappings } from '../../src/sync/connect.ts';
import { testStore } from '../support/store.ts';
import { mappingsWith, populate, World } from './world.ts';

const RULES = compileFunds(
  'funds.yaml',
  `version: 1
activities: [{ name: event, also: [Trade Show] }, { name: other }]
approval: [{ name: manager, who: [m@vendor.example] }]
`,
);
const MAPPINGS = mappingsWith((_file, text) => text, true);

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store, MAPPINGS);
  populate(world);
  const { salesforce } = world;
  salesforce.put('Campaign', '7011', { Name: 'Fair', ActualCost: 2000 });
  salesforce.put('PartnerMarketingBudget', '0dB1', {
    Title: 'EMEA',
    Amount: 10000,
    StartDate: '2026-01-01',
    EndDate: '2026-12-31',
  });
  salesforce.put('PartnerFundAllocation', '0dA1', {
    Title: 'Alder',
    Amount: 4000,
    BudgetId: '0dB1',
    ChannelPartnerId: '001A',
  });
  salesforce.put('PartnerFundRequest', '0dR1', {
    Title: 'Fair stand',
    BudgetId: '0dB1',
    AllocationId: '0dA1',
    ChannelPartnerId: '001A',
    CampaignId: '7011',
    Activity: 'Trade Show',
    RequestedAmount: 1500,
    Amount: 1200.5,
    Status: 'Approved',
  });
  salesforce.put('PartnerFundClaim', '0dC1', { Title: 'Stand', RequestId: '0dR1', Amount: 1000.25, Status: 'Paid' });
});

const at = () => ({ rules: RULES, now: world.now });
const funds = () => viewFunds(store.db, at());

describe('the funds of a CRM', () => {
  test('are read with their partner, campaign, amounts and payment, and the CRM decides about them', async () => {
    await world.sync();
    const { budgets, allocations, requests, claims } = await funds();
    expect(budgets).toMatchObject([
      {
        name: 'EMEA',
        amount: '10000.00',
        allocated: '4000.00',
        free: '6000.00',
        heldIn: { connection: 'salesforce', id: '0dB1' },
      },
    ]);
    expect(allocations).toMatchObject([
      { name: 'Alder', partner: { name: 'Alder' }, promised: '1200.50', free: '2799.50' },
    ]);
    expect(requests).toMatchObject([
      { name: 'Fair stand', status: 'approved', approved: '1200.50', paid: '1000.25', campaign: { name: 'Fair' } },
    ]);
    expect(claims).toMatchObject([{ status: 'paid', payment: 'paid', paid: '1000.25', campaign: { name: 'Fair' } }]);
    await expect(
      moveFund(store.db, requests[0]?.id ?? '', { kind: 'withdraw' }, { ...at(), who: 'm@vendor.example' }),
    ).rejects.toThrow('the request is held in salesforce');
    const written = world.salesforce.calls.filter(
      ({ call, object }) => call === 'write' && object.startsWith('Partner'),
    );
    expect(written).toEqual([]);
  });

  test('are followed when they change and go', async () => {
    await world.sync();
    world.pass(1);
    world.salesforce.put('PartnerFundRequest', '0dR1', {
      ...world.salesforce.fields('PartnerFundRequest', '0dR1'),
      Amount: 1300,
    });
    world.salesforce.delete('PartnerFundClaim', '0dC1');
    await world.sync();
    const { requests, claims } = await funds();
    expect(requests).toMatchObject([{ approved: '1300.00', paid: '0.00' }]);
    expect(claims).toEqual([]);
  });

  test('that break a rule are taken as they are, and told', async () => {
    world.salesforce.put('PartnerFundAllocation', '0dA2', {
      Title: 'Birch',
      Amount: 7000,
      BudgetId: '0dB1',
      ChannelPartnerId: '001B',
    });
    await world.sync();
    const { problems } = await checkFunds(store.db, at());
    expect(problems).toMatchObject([
      {
        rule: 'overdrawn',
        name: 'EMEA',
        message: '"EMEA" holds 10000.00 USD, and 11000.00 USD of it are given away',
        heldIn: { id: '0dB1' },
      },
    ]);
  });

  test('that say no amount, or a negative one, wait in the error centre until they do', async () => {
    world.salesforce.put('PartnerFundAllocation', '0dA3', { Title: 'Nothing', BudgetId: '0dB1' });
    world.salesforce.put('PartnerMarketingBudget', '0dB2', { Title: 'Below', Amount: -5 });
    await world.sync();
    expect((await world.errors()).map(({ record_id, message }) => [record_id, message])).toEqual([
      ['0dA3', 'It states no amount.'],
      ['0dB2', 'It states -5, which is negative.'],
    ]);
    expect((await funds()).budgets).toHaveLength(1);
    world.pass(1);
    world.salesforce.put('PartnerFundAllocation', '0dA3', { Title: 'Something', BudgetId: '0dB1', Amount: 5 });
    world.salesforce.put('PartnerMarketingBudget', '0dB2', { Title: 'Below', Amount: 5 });
    await world.sync();
    expect(await world.errors()).toEqual([]);
    expect((await funds()).budgets).toHaveLength(2);
  });
});

describe('a request that was made here, of a fund of the CRM', () => {
  const who = (name: string) => ({ ...at(), who: name });
  async function made(): Promise<string> {
    const { budgets, allocations } = await funds();
    const { id } = await askFor(
      store.db,
      {
        budgetId: budgets[0]?.id ?? '',
        allocationId: allocations[0]?.id ?? '',
        partnerId: allocations[0]?.partner?.id ?? '',
        campaign: null,
        title: 'Roadshow',
        activity: 'event',
        amount: 200_000n,
        currency: 'USD',
        startsOn: '2026-03-10',
        endsOn: '2026-03-12',
        claimBy: null,
        key: null,
        draft: false,
      },
      who('p@alder.example'),
    );
    return id;
  }
  const inCrm = (object: string, id: string) =>
    [...world.salesforce.records(object)].find(([, fields]) => fields.Sluice_Id__c === id);

  test('is written there, follows what is decided, and its claims after it; read back it is no second one', async () => {
    await world.sync();
    const id = await made();
    await world.sync();
    expect(inCrm('PartnerFundRequest', id)?.[1]).toMatchObject({
      Title: 'Roadshow',
      Status: 'Draft',
      RequestedAmount: 2000,
      BudgetId: '0dB1',
      AllocationId: '0dA1',
      ChannelPartnerId: '001A',
    });
    await moveFund(store.db, id, { kind: 'approve', amount: 150_000n }, who('m@vendor.example'));
    const claim = await claimFor(
      store.db,
      { requestId: id, title: 'Bus', amount: 90_000n, proof: [], key: null },
      who('p@alder.example'),
    );
    world.pass(1);
    await world.sync();
    expect(inCrm('PartnerFundRequest', id)?.[1]).toMatchObject({ Status: 'Approved', Amount: 1500 });
    expect(inCrm('PartnerFundClaim', claim.id)?.[1]).toMatchObject({
      Status: 'Draft',
      Amount: 900,
      RequestId: inCrm('PartnerFundRequest', id)?.[0],
    });
    await moveFund(store.db, claim.id, { kind: 'approve', amount: 80_000n }, who('m@vendor.example'));
    await moveFund(store.db, claim.id, { kind: 'pay', reference: 'P-1', on: '2026-03-02' }, who('finance'));
    world.pass(1);
    await world.sync();
    expect(inCrm('PartnerFundClaim', claim.id)?.[1]).toMatchObject({ Status: 'Paid', Amount: 800 });
    world.pass(1);
    const quiet = await world.writesOf(() => world.sync());
    expect(quiet.salesforce).toBe(0);
    expect((await funds()).requests.map(({ name }) => name).sort()).toEqual(['Fair stand', 'Roadshow']);
    expect((await checkFunds(store.db, at())).problems).toEqual([]);
  });

  test('and its claim, made before either was written, both arrive', async () => {
    await world.sync();
    const id = await made();
    await moveFund(store.db, id, { kind: 'approve', amount: 150_000n }, who('m@vendor.example'));
    const claim = await claimFor(
      store.db,
      { requestId: id, title: 'Bus', amount: 90_000n, proof: [], key: null },
      who('p@alder.example'),
    );
    await world.sync();
    world.pass(1);
    await world.sync();
    expect(inCrm('PartnerFundClaim', claim.id)?.[1]).toMatchObject({ RequestId: inCrm('PartnerFundRequest', id)?.[0] });
  });

  test('that somebody changes there is told what stands here again', async () => {
    await world.sync();
    const id = await made();
    await world.sync();
    const [record, fields] = inCrm('PartnerFundRequest', id) ?? ['', {}];
    world.pass(1);
    world.salesforce.put('PartnerFundRequest', record, { ...fields, Status: 'Approved', Amount: 9999 });
    await world.sync();
    expect(inCrm('PartnerFundRequest', id)?.[1]).toMatchObject({ Status: 'Draft' });
    expect((await funds()).requests.find((each) => each.id === id)).toMatchObject({ status: 'submitted' });
  });
});

test('an org without PRM has none of it: nothing is read, created or missed', async () => {
  world = await World.create(
    store,
    mappingsWith((_file, text) => text),
  );
  populate(world);
  world.mappings = MAPPINGS;
  const summary = await world.sync();
  expect(summary.status).toBe('done');
  const connection = world.salesforce.connector();
  const mine = MAPPINGS.filter(({ crm }) => crm === 'salesforce');
  const { fields } = provisionSpecOf(await presentMappings(store.db, 'salesforce', connection, mine));
  expect(fields.filter(({ object }) => object.startsWith('Partner'))).toEqual([]);
  expect((await funds()).budgets).toEqual([]);
});
