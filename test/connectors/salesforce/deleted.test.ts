import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StreamSpec } from '../../../connectors/connector.ts';
import { SalesforceDesk } from '../../sim/crms.ts';
import { idsOf, stored, TestOrg } from './org.ts';

const DAY = 24 * 3_600_000;
const GONE: StreamSpec = { object: 'CampaignMember', fields: [], deleted: true };

let org: TestOrg;
let campaign: string;
beforeEach(async () => {
  org = await TestOrg.start();
  campaign = await org.create('Campaign', { Name: 'Fair' });
});
afterEach(() => org.close());

async function member(): Promise<string> {
  const LeadId = await org.create('Lead', { LastName: 'L', Company: 'Acme' });
  return org.create('CampaignMember', { CampaignId: campaign, LeadId });
}
const remove = (id: string) => org.http('DELETE', `/sobjects/CampaignMember/${id}`);

test('what Salesforce deletes for good has a stream of the deleted, and people and deals, who may leave the bin before they are read', () => {
  const { crm } = org.open();
  for (const object of ['CampaignMember', 'Lead', 'Contact', 'Opportunity', 'OpportunityContactRole']) {
    expect([object, crm.listsDeleted(object)]).toEqual([object, true]);
  }
  for (const object of ['Account', 'Campaign', 'Sluice_Offer__c']) {
    expect([object, crm.listsDeleted(object)]).toEqual([object, false]);
  }
});

describe('objects with a recycle bin', () => {
  const LEADS: StreamSpec = { object: 'Lead', fields: [], deleted: true };
  const lead = () => org.create('Lead', { LastName: 'L', Company: 'Acme' });

  test('are only named: whether they are in the bin, were merged or are gone for good is asked by id', async () => {
    const [binned, purged] = [await lead(), await lead()];
    const { crm } = org.open();
    const start = await crm.read(LEADS, null);
    expect(start).toMatchObject({ records: [], named: [], done: true });
    for (const id of [binned, purged]) await org.http('DELETE', `/sobjects/Lead/${id}`);
    await new SalesforceDesk(org.sandbox.url, org.sandbox.credentials.accessToken).erase(purged);
    const page = await crm.read(LEADS, stored(start.cursor));
    expect(page.records).toEqual([]);
    expect([...(page.named ?? [])].sort()).toEqual([binned, purged].sort());
    expect(await crm.readByIds({ object: 'Lead', fields: [] }, page.named ?? [])).toMatchObject([
      { id: binned, deleted: true },
    ]);
  });

  test('are named by the first list as far back as it reaches: one was read, then erased before any list was read to its end', async () => {
    const read = await lead();
    const desk = new SalesforceDesk(org.sandbox.url, org.sandbox.credentials.accessToken);
    org.clock.advance(DAY);
    await desk.remove('Lead', read);
    await desk.erase(read);
    org.clock.advance(14 * DAY - 2 * 3_600_000);
    const { crm } = org.open();
    const first = await crm.read(LEADS, null);
    expect(first).toMatchObject({ records: [], named: [read] });
    org.clock.advance(600_000);
    expect(await crm.read(LEADS, stored(first.cursor))).toMatchObject({ records: [], named: [] });
  });

  test('are not compared as a whole where the list cannot tell: queryAll tells of nearly all, the next complete pass of the rest', async () => {
    const { crm, logged } = org.open();
    const { cursor } = await crm.read(LEADS, null);
    org.clock.advance(16 * DAY);
    const late = await crm.read(LEADS, stored(cursor));
    expect(late.incomplete).toBeUndefined();
    const before = await crm.read(LEADS, stored(late.cursor));
    for (let i = 0; i < 3; i++) await org.http('DELETE', `/sobjects/Lead/${await lead()}`);
    org.controls.replication.maxIds = 2;
    const page = await crm.read(LEADS, stored(before.cursor));
    expect(page).toMatchObject({ records: [], named: [] });
    expect(page.incomplete).toBeUndefined();
    expect(logged.join()).toContain('EXCEEDED_ID_LIMIT');
  });
});

test('each page starts where the last one was complete, and a deletion is not missed at the seam', async () => {
  const [first, second] = [await member(), await member()];
  await remove(first);
  const { crm, calls } = org.open();
  const one = await crm.read(GONE, null);
  expect(one).toMatchObject({ done: true, records: [{ id: first, deleted: true, fields: {} }] });
  expect(one.incomplete).toBeUndefined();
  await remove(second);
  const two = await crm.read(GONE, stored(one.cursor));
  expect(idsOf(two.records)).toContain(second);
  org.clock.advance(600_000);
  const three = await crm.read(GONE, stored(two.cursor));
  org.clock.advance(600_000);
  const four = await crm.read(GONE, stored(three.cursor));
  expect(four.records).toEqual([]);
  expect(calls.read).toBe(4);
});

test('a stream that was not read for 15 days says that it cannot tell all, and starts afresh', async () => {
  const { crm } = org.open();
  const before = await crm.read(GONE, null);
  await remove(await member());
  org.clock.advance(16 * DAY);
  const after = await crm.read(GONE, stored(before.cursor));
  expect(after).toMatchObject({ records: [], done: true, incomplete: true });
  const id = await member();
  await remove(id);
  const next = await crm.read(GONE, stored(after.cursor));
  expect(idsOf(next.records)).toEqual([id]);
  expect(next.incomplete).toBeUndefined();
});

test('more ids than one answer holds is the same', async () => {
  const { crm, logged } = org.open();
  const before = await crm.read(GONE, null);
  for (let i = 0; i < 3; i++) await remove(await member());
  org.controls.replication.maxIds = 2;
  expect(await crm.read(GONE, stored(before.cursor))).toMatchObject({ records: [], incomplete: true });
  expect(logged.join()).toContain('EXCEEDED_ID_LIMIT');
});

test('a cursor of another org or object is refused', async () => {
  const { crm } = org.open();
  const { cursor } = await crm.read(GONE, null);
  await expect(crm.read(GONE, { ...cursor, org: '00D000000000999' })).rejects.toMatchObject({ code: 'WRONG_ORG' });
  await expect(crm.read({ ...GONE, object: 'Lead' }, cursor)).rejects.toMatchObject({ code: 'BAD_CURSOR' });
});
