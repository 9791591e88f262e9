import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerDeal, openDealReviews } from '../../../src/revenue/service/answer-deal.ts';
import { applyContactRoles, applyOpportunities, opportunityId } from '../../../src/revenue/service/apply.ts';
import { applyAccounts } from '../../../src/revenue/service/apply-accounts.ts';
import type { Store } from '../../../src/store/database.ts';
import { emit } from '../../../src/store/events.ts';
import { anna, Channel } from '../../support/channel.ts';
import { testStore } from '../../support/store.ts';

let store: Store;
let channel: Channel;

beforeAll(async () => {
  store = await testStore();
  channel = new Channel(store.db);
  await channel.rules('rules-1');
  await channel.partner('001A', { name: 'Alder' });
  await channel.people([anna]);
  const company = { name: 'Acme', domain: 'acme.de', website: null, country: null, industry: null, employees: null };
  for (const connection of ['salesforce', 'hubspot'])
    await applyAccounts(store.db, [{ connection, object: 'company', id: '1', value: company }], channel.at);
  await channel.decide();
});
afterAll(() => store.close());

/** A won deal of one of the CRMs. */
async function sale(
  connection: string,
  id: string,
  { sameAs, ...change }: { name?: string; amount?: string; closeDate?: string; sameAs?: string } = {},
): Promise<string> {
  const value = {
    name: 'Acme: 20 seats',
    account: '1',
    amount: '5000',
    currency: 'USD',
    stage: 'Closed',
    isClosed: true,
    isWon: true,
    closeDate: '2026-02-27',
    createdAt: null,
    partner: null,
    lead: null,
    ...change,
  };
  const crossIds = sameAs === undefined ? [] : [{ crm: 'salesforce', object: 'Opportunity', id: sameAs }];
  await applyOpportunities(store.db, [{ connection, object: 'deal', id, value, crossIds }], 'USD', channel.at);
  return opportunityId({ connection, id });
}
const booked = async (...deals: string[]) => {
  const rows = await store.db.selectFrom('entries').select(['opportunity_id', 'amount_minor']).execute();
  return deals.map((deal) =>
    rows.filter((row) => row.opportunity_id === deal).reduce((sum, row) => sum + Number(row.amount_minor), 0),
  );
};

test('a deal that HubSpot ties to an opportunity counts once, whichever is read first', async () => {
  const hub = await sale('hubspot', '11', { sameAs: '0061', name: 'Other words', amount: '4000' });
  await channel.decide();
  // Nobody knows yet that Salesforce holds it too.
  expect(await booked(hub)).toEqual([400_000]);
  const force = await sale('salesforce', '0061');
  await channel.decide();
  expect(await booked(hub, force)).toEqual([0, 500_000]);
  const match = await store.db.selectFrom('matches').selectAll().where('opportunity_id', '=', hub).executeTakeFirst();
  expect([match?.zone, match?.reason]).toEqual([
    'twin',
    `It is the same deal as ${force}, which counts in its place. One of the two holds the id of the other one.`,
  ]);
});

test('the people that the other CRM names on it count for it', async () => {
  const role = { opportunity: '11', contact: '48213377190', primary: false };
  await applyContactRoles(store.db, [{ connection: 'hubspot', object: 'deals', id: '11/1', value: role }], channel.at);
  await channel.decide();
  const force = opportunityId({ connection: 'salesforce', id: '0061' });
  const match = await store.db.selectFrom('matches').selectAll().where('opportunity_id', '=', force).executeTakeFirst();
  expect([match?.lead_id, match?.how]).toEqual([(await channel.leadOf('pe_anna')).id, 'contact role']);
});

test('without an id a person is asked where it is only likely; both count until then', async () => {
  const force = await sale('salesforce', '0062', { name: 'March order', amount: '700', closeDate: '2026-01-15' });
  const hub = await sale('hubspot', '12', { name: 'Acme again', amount: '700', closeDate: '2026-01-15' });
  await channel.decide();
  expect(await booked(hub, force)).toEqual([70_000, 70_000]);
  const asked = (await openDealReviews(store.db)).filter(({ kind }) => kind === 'deal-twin');
  expect(asked.map(({ subject }) => subject)).toMatchObject([
    { opportunity: hub, candidates: [{ opportunity: force, connection: 'salesforce', probability: 0.7059 }] },
  ]);
  await answerDeal(store.db, asked[0]?.id ?? '', { word: 'same' }, channel.at);
  await emit(store.db, [{ type: 'opportunity.changed', entity: hub }], channel.at);
  await channel.decide();
  expect(await booked(hub, force)).toEqual([0, 70_000]);
});

test('two deals of one CRM never are one, and looking again changes nothing', async () => {
  const twice = [
    await sale('salesforce', '0063', { amount: '90' }),
    await sale('salesforce', '0064', { amount: '90' }),
  ];
  await channel.decide();
  expect(await booked(...twice)).toEqual([9_000, 9_000]);
  const state = async () => [
    await store.db.selectFrom('entries').selectAll().orderBy('id').execute(),
    await store.db.selectFrom('deal_twins').selectAll().orderBy('opportunity_id').execute(),
    await store.db.selectFrom('reviews').selectAll().orderBy('id').execute(),
    await store.db.selectFrom('matches').selectAll().orderBy('opportunity_id').execute(),
  ];
  const before = await state();
  const all = await store.db.selectFrom('opportunities').select('id').execute();
  await emit(
    store.db,
    all.map(({ id }) => ({ type: 'opportunity.changed' as const, entity: id })),
    channel.at,
  );
  await channel.decide();
  expect(await state()).toEqual(before);
});
