import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { StreamSpec } from '../../../connectors/connector.ts';
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

test('only what Salesforce deletes for good has a stream of the deleted', () => {
  const { crm } = org.open();
  expect(crm.listsDeleted('CampaignMember')).toBe(true);
  expect(crm.listsDeleted('Lead')).toBe(false);
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
