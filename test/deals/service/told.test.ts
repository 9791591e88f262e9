import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { loadPartners } from '../../../src/deals/service/deal-desk.ts';
import { partnersGone } from '../../../src/deals/service/follow.ts';
import { takeTold } from '../../../src/deals/service/told.ts';
import { listDeals } from '../../../src/deals/service/view.ts';
import type { EntityValue } from '../../../src/mapping/entities.ts';
import type { StoredEvent } from '../../../src/store/events.ts';
import { emptyStore, testStore } from '../../support/store.ts';
import { Stage } from './stage.ts';

const store = await testStore();
afterAll(() => store.close());
let stage: Stage;
beforeEach(async () => {
  await emptyStore(store);
  stage = new Stage(store.db);
  await stage.partner('Birch');
  await stage.partner('Cedar');
});

type Told = EntityValue<'registration'>;
const nothing: Told = {
  ...{ partner: null, partnerName: null, account: null, company: null, domain: null, country: null, city: null },
  ...{ product: null, amount: null, currency: null, closes: null, opportunity: null },
  ...{ decision: null, decisionReason: null },
};
const alder: Told = {
  ...nothing,
  partner: 'Birch',
  company: 'Alder Systems',
  domain: 'aldersystems.com',
  amount: '900',
};

async function tell(record: string, told: Told | null, registrationId: string | null = null): Promise<void> {
  await tellAll([{ type: 'registration.told', data: { record, told, registrationId } }]);
}
async function tellAll(events: readonly Pick<StoredEvent, 'type' | 'data'>[]): Promise<void> {
  const place = { connection: 'salesforce', object: 'Sluice_Deal_Registration__c' };
  const stored = events.map(({ type, data }, n) => ({
    ...{ id: String(n), type, entity: String(data.record), at: stage.at, data: { ...place, ...data } },
  }));
  const companies = new Map([['001A', { name: 'Alder Systems', domain: 'aldersystems.com', country: 'DE' }]]);
  await store.db.transaction().execute(async (tx) => {
    await takeTold(tx, stored, async () => companies, stage.ports, await loadPartners(tx), stage.now);
  });
}
async function only() {
  const { deals } = await listDeals(store.db, {}, stage.now);
  if (deals.length !== 1 || deals[0] === undefined) throw new Error(`there are ${deals.length} registrations`);
  return stage.show(deals[0].id);
}

test('a record becomes a registration, once, with what its company’s record completes', async () => {
  const pointing = { ...nothing, partner: 'Birch', account: '001A', amount: '900' };
  await tell('a0R1', pointing);
  await tell('a0R1', pointing);
  const found = await only();
  expect(found).toMatchObject({
    ...{ state: 'Pending', verdict: 'clear', source: 'salesforce', key: 'Sluice_Deal_Registration__c/a0R1' },
    account: { name: 'Alder Systems', domain: 'aldersystems.com', country: 'DE', record: { id: '001A' } },
  });
  expect(found.history).toHaveLength(1);
});

test('one that lacks something is held with every reason, and goes on once it is corrected', async () => {
  await tell('a0R1', { ...nothing, amount: '-5' });
  expect(await only()).toMatchObject({ state: 'Held' });
  expect((await only()).reason).toContain('the account is missing');
  expect((await only()).reason).toContain('amount -5 is negative');
  stage.days(1);
  await tell('a0R1', alder);
  expect(await only()).toMatchObject({ state: 'Pending', submittedAt: stage.at, partner: { name: 'Birch' } });
});

test('an unknown partner and a closed deal hold it', async () => {
  await tell('a0R1', { ...alder, partner: '001ZZ' });
  expect((await only()).reason).toContain('there is no partner "001ZZ"');
  await stage.opportunity('006A', null, { isWon: true });
  await tell('a0R1', { ...alder, opportunity: '006A' });
  expect((await only()).reason).toContain('is closed already');
});

test('the second record of a deal runs into the first', async () => {
  const cedar = { ...alder, partner: 'Cedar' };
  await tell('a0R1', alder);
  await tell('a0R2', cedar);
  const { deals } = await listDeals(store.db, {}, stage.now);
  const verdicts = new Map(deals.map(({ key, verdict }) => [key.slice(-4), verdict]));
  expect(verdicts).toEqual(
    new Map([
      ['a0R2', 'conflict'],
      ['a0R1', 'clear'],
    ]),
  );
});

test('the same partner’s second record of a deal is rejected as its duplicate', async () => {
  await tell('a0R1', alder);
  await tell('a0R2', { ...alder, amount: '950' });
  const { counts } = await listDeals(store.db, {}, stage.now);
  expect(counts).toEqual({ Pending: 1, Rejected: 1 });
});

test('a decision made in the CRM counts; one that cannot be is said on the record, once', async () => {
  await tell('a0R1', alder);
  await tell('a0R1', { ...alder, decision: 'Approved' });
  expect(await only()).toMatchObject({ state: 'Approved', isProtected: true });
  await tell('a0R2', { ...alder, partner: 'Cedar' });
  const approving = { ...alder, partner: 'Cedar', decision: 'Approved' };
  await tell('a0R2', approving);
  await tell('a0R2', approving);
  const { deals } = await listDeals(store.db, { state: 'Pending' }, stage.now);
  const second = await stage.show(deals[0]?.id);
  expect(second.reason).toContain('could not be approved in the CRM: Birch has it until');
  expect(second.history.map(({ kind }) => kind)).toEqual(['registered', 'edited']);
});

test('what was decided stands, whatever the record says later; a deletion withdraws it', async () => {
  await tell('a0R1', { ...alder, decision: 'Approved' });
  await tell('a0R1', { ...alder, decision: 'Approved', company: 'Quantum Bakery' });
  expect(await only()).toMatchObject({ state: 'Approved', account: { name: 'Alder Systems' } });
  await tell('a0R1', null);
  expect(await only()).toMatchObject({ state: 'Withdrawn', reason: 'its record was deleted in the CRM' });
});

test('a record that Sluice made for what came another way only shows it', async () => {
  const { registration } = await stage.register({ partner: 'Birch', company: 'Alder Systems', amount: '900' });
  await tell('a0R9', { ...alder, amount: '1' }, registration);
  expect(await only()).toMatchObject({ state: 'Pending', amount: '900.00', source: 'api' });
  await stage.opportunity('006A', null);
  await tell('a0R9', { ...alder, opportunity: '006A', decision: 'Rejected', decisionReason: 'ours' }, registration);
  expect(await only()).toMatchObject({ state: 'Rejected', reason: 'ours' });
});

test('what a partner had registered ends when it is a partner no more', async () => {
  await tell('a0R1', { ...alder, decision: 'Approved' });
  const birch = await stage.partner('Birch', { status: 'Terminated' });
  const event: StoredEvent = { id: '1', type: 'partner.changed', entity: birch, at: stage.at, data: {} };
  await store.db.transaction().execute(async (tx) => {
    await partnersGone(tx, [event], stage.ports, await loadPartners(tx), stage.now);
  });
  expect(await only()).toMatchObject({ state: 'Withdrawn', reason: 'Birch is a partner no more' });
});

test('a correction keeps the place of what waits, another company does not', async () => {
  await tell('a0R1', alder);
  const { submittedAt } = await only();
  stage.days(1);
  await tell('a0R1', { ...alder, amount: '2000' });
  expect(await only()).toMatchObject({ submittedAt, amount: '2000.00' });
  await tell('a0R1', { ...alder, company: 'Quantum Bakery', domain: null });
  expect(await only()).toMatchObject({ submittedAt: stage.at });
});

test('an approved one is tied by the field on its record, also to a deal that is won already', async () => {
  await tell('a0R1', { ...alder, decision: 'Approved' });
  stage.days(2);
  const opportunity = await stage.opportunity('006A', null, { isWon: true });
  await tell('a0R1', { ...alder, decision: 'Approved', opportunity: '006A' });
  expect(await only()).toMatchObject({ state: 'Won', opportunityId: opportunity, share: 10_000 });
});
