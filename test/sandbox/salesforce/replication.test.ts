import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Org } from './harness.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let org: Org;
beforeEach(async () => {
  org = await Org.start({ sessionMs: 40 * DAY });
});
afterEach(() => org.close());

const at = (msAgo: number) => encodeURIComponent(new Date(org.clock.now() - msAgo).toISOString());
const ask = (which: 'updated' | 'deleted', object: string, from: number, to = 0) =>
  org.call('GET', `/sobjects/${object}/${which}/?start=${at(from)}&end=${at(to)}`);

async function member(): Promise<string> {
  const CampaignId = await org.create('Campaign', { Name: 'Fair' });
  const LeadId = await org.create('Lead', { LastName: 'L', Company: 'Acme' });
  return org.create('CampaignMember', { CampaignId, LeadId });
}

describe('/deleted', () => {
  test('tells of campaign members, which no query shows any more', async () => {
    const id = await member();
    await org.call('DELETE', `/sobjects/CampaignMember/${id}`);
    expect((await org.query('SELECT Id FROM CampaignMember', {}, 'queryAll')).body.records).toEqual([]);
    const { body } = await ask('deleted', 'CampaignMember', 5 * MINUTE, -MINUTE);
    expect(body.deletedRecords).toEqual([{ id, deletedDate: '2026-01-05T09:00:00.000+0000' }]);
    expect(body.latestDateCovered).toBe('2026-01-05T09:00:00.000+0000');
  });

  test('covers no more than what transactions under way leave certain', async () => {
    org.sandbox.controls.lateRows.byMs = 10 * MINUTE;
    const { body } = await ask('deleted', 'Lead', 60 * MINUTE);
    expect(body.latestDateCovered).toBe('2026-01-05T08:50:00.000+0000');
  });

  test('looks back 15 days, /updated 30', async () => {
    const refusal = { status: 400, body: [{ errorCode: 'INVALID_REPLICATION_DATE' }] };
    expect((await ask('deleted', 'Lead', 15 * DAY - MINUTE)).status).toBe(200);
    expect(await ask('deleted', 'Lead', 15 * DAY + MINUTE)).toMatchObject(refusal);
    expect((await ask('updated', 'Lead', 30 * DAY - MINUTE)).status).toBe(200);
    expect(await ask('updated', 'Lead', 30 * DAY + MINUTE)).toMatchObject(refusal);
    expect(await ask('deleted', 'Lead', 0)).toMatchObject(refusal);
  });

  test('answers with so many ids and no more', async () => {
    const ids = [await member(), await member()];
    for (const id of ids) await org.call('DELETE', `/sobjects/CampaignMember/${id}`);
    org.sandbox.controls.replication.maxIds = 1;
    expect(await ask('deleted', 'CampaignMember', 5 * MINUTE)).toMatchObject({
      status: 400,
      body: [{ errorCode: 'EXCEEDED_ID_LIMIT' }],
    });
    org.sandbox.controls.replication.maxIds = 2;
    expect((await ask('deleted', 'CampaignMember', 5 * MINUTE)).body.deletedRecords).toHaveLength(2);
  });
});

describe('rows of long transactions', () => {
  test('are seen with a stamp that lies before rows seen earlier', async () => {
    const early = await org.create('Lead', { LastName: 'Early', Company: 'Acme' });
    org.clock.advance(60_000);
    Object.assign(org.sandbox.controls.lateRows, { byMs: 90_000, everyNth: 2 });
    const made = [];
    for (const name of ['A', 'B', 'C', 'D']) made.push(await org.create('Lead', { LastName: name, Company: 'Acme' }));
    const rows = await org.rows('SELECT Id, SystemModstamp FROM Lead ORDER BY SystemModstamp, Id');
    const first = rows.findIndex((row) => row.Id === early);
    expect(first).toBe(2);
    expect(rows.map((row) => row.SystemModstamp.slice(14, 19))).toEqual(['59:30', '59:30', '00:00', '01:00', '01:00']);
    expect(made).toHaveLength(4);
  });

  test('the stamp of a row never goes back', async () => {
    const id = await org.create('Lead', { LastName: 'L', Company: 'Acme' });
    org.sandbox.controls.lateRows.byMs = 600_000;
    await org.call('PATCH', `/sobjects/Lead/${id}`, { LastName: 'M' });
    expect(await org.rows('SELECT SystemModstamp FROM Lead')).toMatchObject([
      { SystemModstamp: '2026-01-05T09:00:00.000+0000' },
    ]);
  });
});
