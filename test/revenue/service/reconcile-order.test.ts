/** What reconciliation comes to does not depend on what is read first, and looking again changes nothing. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyContactRoles, applyOpportunities, opportunityId } from '../../../src/revenue/service/apply.ts';
import { applyAccounts } from '../../../src/revenue/service/apply-accounts.ts';
import { applyLineItems, applyListedPartners, applyProducts } from '../../../src/revenue/service/apply-lines.ts';
import type { Store } from '../../../src/store/database.ts';
import { emit } from '../../../src/store/events.ts';
import { anna, bert, Channel } from '../../support/channel.ts';
import { emptyStore, testStore } from '../../support/store.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

const [FORCE, HUB] = ['salesforce', 'hubspot'];

/** What the CRMs hold of deals, each record a step of its own. */
function steps({ db, at }: Channel): (() => Promise<void>)[] {
  const account = (connection: string, id: string) => () => {
    const value = { name: 'Acme AG', domain: 'acme.de', website: null, country: null, industry: null, employees: null };
    return applyAccounts(db, [{ connection, object: 'company', id, value }], at);
  };
  const deal = (connection: string, id: string, change: object, sameAs?: string) => () => {
    const value = {
      name: `Deal ${id}`,
      account: '1',
      amount: '1000',
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
    const crossIds = sameAs === undefined ? [] : [{ crm: FORCE, object: 'Opportunity', id: sameAs }];
    return applyOpportunities(db, [{ connection, object: 'deal', id, value, crossIds }], 'USD', at);
  };
  const role = (connection: string, opportunity: string, contact: string) => () => {
    const value = { opportunity, contact, primary: true };
    return applyContactRoles(db, [{ connection, object: 'role', id: `${opportunity}/${contact}`, value }], at);
  };
  const line = {
    opportunity: '0061',
    product: '01t1',
    name: null,
    family: null,
    quantity: '1',
    amount: '900',
    currency: null,
  };
  const listed = { opportunity: '0062', partner: '001B', role: 'Reseller' };
  return [
    account(FORCE, '1'),
    account(HUB, '1'),
    deal(FORCE, '0061', {}),
    deal(HUB, '11', { amount: '990' }, '0061'),
    deal(FORCE, '0062', { amount: '70', createdAt: '2026-03-10T00:00:00Z', closeDate: '2026-03-02' }),
    deal(HUB, '12', { amount: '70', closeDate: '2026-03-02' }),
    deal(HUB, '13', { amount: '5', account: null }),
    role(HUB, '11', '48213377190'),
    role(FORCE, '0062', '0035e00001XyZabAAB'),
    () => applyLineItems(db, [{ connection: FORCE, object: 'OpportunityLineItem', id: '1', value: line }], at),
    () =>
      applyProducts(
        db,
        [{ connection: FORCE, object: 'Product2', id: '01t1', value: { name: 'Vault', family: null } }],
        at,
      ),
    () => applyListedPartners(db, [{ connection: FORCE, object: 'OpportunityPartner', id: '1', value: listed }], at),
  ];
}

/** What is derived, without the instants at which it was. */
async function derived() {
  const { db } = store;
  const entries = await db.selectFrom('entries').select(['opportunity_id', 'amount_minor']).execute();
  return {
    matches: await db.selectFrom('matches').selectAll().orderBy('opportunity_id').execute(),
    parts: await db.selectFrom('deal_partners').selectAll().orderBy('opportunity_id').orderBy('partner_id').execute(),
    twins: await db.selectFrom('deal_twins').selectAll().orderBy('opportunity_id').execute(),
    lines: await db.selectFrom('deal_products').selectAll().orderBy('line_id').execute(),
    open: await db
      .selectFrom('reviews')
      .select(['id', 'subject', 'why'])
      .where('resolved_at', 'is', null)
      .orderBy('id')
      .execute(),
    worth: [...Map.groupBy(entries, (row) => row.opportunity_id)]
      .map(([id, rows]) => [id, rows.reduce((sum, row) => sum + Number(row.amount_minor), 0)] as const)
      .filter(([, minor]) => minor !== 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

async function play(order: readonly number[], together: number): Promise<Awaited<ReturnType<typeof derived>>> {
  await emptyStore(store);
  const channel = new Channel(store.db);
  await channel.rules('rules-1');
  await channel.partner('001A', { name: 'Alder', tier: 'Platinum', capacity: 50 });
  await channel.partner('001B', { name: 'Brook', tier: 'Silver', capacity: 50 });
  await channel.people([anna, bert]);
  await channel.decide();
  await channel.answer(await channel.offerOf('pe_anna'), 'Accepted');
  await channel.decide();
  const all = steps(channel);
  for (const [place, index] of order.entries()) {
    await all[index]?.();
    if (place % together === 0) await channel.decide();
  }
  await channel.decide();
  return derived();
}

test('whatever is read first, and however much of it at once, the same comes of it, once', async () => {
  const inOrder = Array.from({ length: 12 }, (_, place) => place);
  const expected = await play(inOrder, 1);
  const id = (connection: string, record: string) => opportunityId({ connection, id: record });
  // The pair that an id ties counts once; the pair that is only likely counts twice until a person answers.
  expect(expected.worth).toEqual(
    [
      [id(FORCE as string, '0061'), 100_000],
      [id(FORCE as string, '0062'), 7_000],
      [id(HUB as string, '12'), 7_000],
      [id(HUB as string, '13'), 500],
    ].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(inOrder, { minLength: 12 }),
      fc.integer({ min: 1, max: 12 }),
      async (order, together) => {
        expect(await play(order, together)).toEqual(expected);
        const deals = await store.db.selectFrom('opportunities').select('id').execute();
        const channel = new Channel(store.db);
        await emit(
          store.db,
          deals.map((deal) => ({ type: 'opportunity.changed' as const, entity: deal.id })),
          channel.at,
        );
        await channel.decide();
        expect(await derived()).toEqual(expected);
      },
    ),
    { numRuns: 3 },
  );
});
