import { afterEach, describe, expect, test } from '@jest/globals';
import type { StreamSpec } from '../../../connectors/connector.ts';
import { idsOf, readAll, stored, TestOrg } from './org.ts';

const LEADS: StreamSpec = {
  object: 'Lead',
  fields: ['LastName', 'Email', 'Title', 'NumberOfEmployees', 'HasOptedOutOfEmail', 'CreatedDate', 'OwnerId'],
};

let org: TestOrg;
afterEach(() => org.close());

async function start(leads = 0, spreadSeconds?: number): Promise<TestOrg> {
  org = await TestOrg.start();
  if (leads > 0) org.controls.loadLeads(leads, spreadSeconds === undefined ? {} : { spreadSeconds });
  return org;
}

const BIG = { bulk: { readAbove: 400, pageRows: 300, pagesAhead: 2 }, pageSize: 200 };
const BY_QUERY = { bulk: { readAbove: 1_000_000 } };

describe('changes', () => {
  test('25,500 rows on one stamp come once each, a crash at each page boundary included', async () => {
    await start(25_500, 0);
    const { crm } = org.open(BY_QUERY);
    const { records, pages } = await readAll(crm, LEADS, null, async () => org.open(BY_QUERY).crm);
    expect(new Set(records.map(({ modifiedAt }) => modifiedAt)).size).toBe(1);
    expect(pages).toHaveLength(13);
    expect(records).toHaveLength(25_500);
    expect(new Set(idsOf(records)).size).toBe(25_500);
  });

  test('rows that become visible late are found by the overlap, and an idle run reads nothing', async () => {
    await start(300);
    org.clock.advance(3_600_000);
    const { crm, calls } = org.open();
    const first = await readAll(crm, LEADS, null);
    expect((await crm.read(LEADS, first.cursor)).records).toEqual([]);
    const seen = await org.create('Lead', { LastName: 'Seen', Company: 'Acme' });
    const second = await readAll(crm, LEADS, first.cursor);
    expect(idsOf(second.records)).toEqual([seen]);
    org.clock.advance(20_000);
    org.controls.lateRows.byMs = 40_000;
    const late = await org.create('Lead', { LastName: 'Late', Company: 'Acme' });
    org.controls.lateRows.byMs = 0;
    const third = await readAll(crm, LEADS, second.cursor);
    expect(idsOf(third.records)).toContain(late);
    org.clock.advance(120_000);
    const fourth = await readAll(crm, LEADS, third.cursor);
    expect(idsOf(fourth.records)).toEqual(expect.arrayContaining([seen, late]));
    // Two minutes later nothing can turn up any more: no row is read twice again.
    expect((await readAll(crm, LEADS, fourth.cursor)).records).toEqual([]);
    expect(calls.read).toBe(6);
  });

  test('a merged record names the one that it was merged into', async () => {
    await start();
    const fields = { Company: 'Acme' };
    const [winner, loser] = [
      await org.create('Lead', { LastName: 'Winner', ...fields }),
      await org.create('Lead', { LastName: 'Loser', ...fields }),
    ];
    const merge = `<merge><request><masterRecord><type>Lead</type><Id>${winner}</Id></masterRecord><recordToMergeIds>${loser}</recordToMergeIds></request></merge>`;
    const answer = await fetch(`${org.sandbox.url}/services/Soap/u/68.0`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml', soapaction: 'merge' },
      body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><SessionHeader><sessionId>${org.sandbox.credentials.accessToken}</sessionId></SessionHeader></e:Header><e:Body>${merge}</e:Body></e:Envelope>`,
    });
    expect(await answer.text()).toContain('<success>true</success>');
    const { records } = await readAll(org.open().crm, LEADS, null);
    expect(records.find(({ id }) => id === loser)).toMatchObject({ deleted: true, mergedInto: winner });
    expect(records.find(({ id }) => id === winner)?.mergedInto).toBeUndefined();
  });
});

test('named records come page after page, however many there are', async () => {
  await start(450);
  const ids = (await org.rows('SELECT Id FROM Lead')).map(({ Id }) => Id as string);
  const { crm, calls } = org.open({ pageSize: 200 });
  expect(idsOf(await crm.readByIds(LEADS, ids)).sort()).toEqual([...ids].sort());
  expect(calls.read).toBe(3);
});

describe('a full pass over a large object', () => {
  test('is a Bulk job after the first pages, with the same records that queries bring', async () => {
    await start(1_500);
    await org.create('Lead', {
      LastName: 'Quote " comma , and\nline',
      Company: 'Acme',
      Title: '#N/A',
      NumberOfEmployees: 7,
    });
    const byBulk = await readAll(org.open(BIG).crm, LEADS, null);
    const byQuery = await readAll(org.open(BY_QUERY).crm, LEADS, null);
    const unique = new Map(byBulk.records.map((record) => [record.id, record]));
    expect(unique.size).toBe(1_501);
    expect(byQuery.records.map(({ id }) => unique.get(id))).toEqual(byQuery.records);
  });

  test('costs pages only, its polls apart, and is followed by what changed meanwhile', async () => {
    await start(3_000);
    org.clock.advance(3_600_000);
    org.controls.bulk.delayMs = 20_000;
    const { crm, calls, sleeps } = org.open(BIG);
    let changed = '';
    const { records, cursor, pages } = await readAll(crm, LEADS, null, async (page, count) => {
      if (count === 6) {
        changed = page.records[0]?.id ?? '';
        await org.http('PATCH', `/sobjects/Lead/${changed}`, { LastName: 'Meanwhile' });
      }
      return undefined;
    });
    expect(new Set(idsOf(records)).size).toBe(3_000);
    expect(records.filter(({ id }) => id === changed).at(-1)?.fields.LastName).toBe('Meanwhile');
    expect(sleeps.length).toBeGreaterThan(3);
    expect(calls.poll).toBe(sleeps.length + 1);
    // Two pages by query, the job, ten pages of at most 300 rows, one page of changes.
    expect(calls.read).toBe(2 + 1 + 10 + 1);
    const fromBulk = pages.filter(({ pageSize }) => pageSize === 300);
    // Bulk rows are as old as the job: whoever compares them with writes made since then must know.
    expect(new Set(fromBulk.map(({ requestedAt }) => requestedAt)).size).toBe(1);
    expect((await crm.read(LEADS, cursor)).records.length).toBeLessThanOrEqual(1);
  });

  test('goes on after a crash at each page boundary, without a new job', async () => {
    await start(2_000);
    const { records } = await readAll(org.open(BIG).crm, LEADS, null, async () => org.open(BIG).crm);
    expect(new Set(idsOf(records)).size).toBe(2_000);
    expect((await org.http('GET', '/jobs/query')).records).toHaveLength(1);
  });

  test('begins anew where the job is gone, and goes on by queries where that happens again and again', async () => {
    await start(2_000);
    let lost = 0;
    const { records } = await readAll(org.open(BIG).crm, LEADS, null, async (page) => {
      if (page.cursor.job === undefined) return undefined;
      lost += 1;
      org.controls.forgetBulkJobs();
      return org.open(BIG).crm;
    });
    expect(lost).toBe(3);
    expect(new Set(idsOf(records)).size).toBe(2_000);
  });

  test('begins anew where the job fails', async () => {
    await start(2_000);
    org.controls.failNextBulkJob('retried more than 15 times');
    const { crm, logged } = org.open(BIG);
    const { records } = await readAll(crm, LEADS, null);
    expect(new Set(idsOf(records)).size).toBe(2_000);
    expect((await org.http('GET', '/jobs/query')).records.map(({ state }: { state: string }) => state)).toEqual([
      'Failed',
      'JobComplete',
    ]);
    expect(logged.join()).toContain('the pass begins anew');
  });

  test("is done by queries where Bulk cannot say it: compound fields, parents' fields, no jobs left", async () => {
    await start(900);
    for (const field of ['Address', 'Owner.Name']) {
      const { records } = await readAll(org.open(BIG).crm, { object: 'Lead', fields: ['LastName', field] }, null);
      expect(new Set(idsOf(records)).size).toBe(900);
    }
    org.controls.bulk.dailyQueryJobs = 0;
    expect((await readAll(org.open(BIG).crm, LEADS, null)).records).toHaveLength(900);
    expect((await org.http('GET', '/jobs/query')).records).toEqual([]);
  });
});

describe('a sweep', () => {
  test('brings all live records in the order of ids, each page saying which ids it covers', async () => {
    await start(450);
    const [gone, last] = await org.rows('SELECT Id FROM Lead ORDER BY Id DESC LIMIT 2');
    await org.http('DELETE', `/sobjects/Lead/${gone.Id}`);
    const { crm, calls } = org.open({ pageSize: 200 });
    const first = await crm.sweep(LEADS, null);
    const second = await crm.sweep(LEADS, stored(first.cursor));
    const third = await org.open({ pageSize: 200 }).crm.sweep(LEADS, stored(second.cursor));
    const ids = idsOf([...first.records, ...second.records, ...third.records]);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toHaveLength(449);
    expect(ids.at(-1)).toBe(last.Id);
    expect([first, second, third].map(({ done, range }) => ({ done, range }))).toEqual([
      { done: false, range: { after: null, through: ids[199] } },
      { done: false, range: { after: ids[199], through: ids[399] } },
      { done: true, range: { after: ids[399], through: null } },
    ]);
    expect(calls.read).toBe(2);
    await expect(crm.sweep({ object: 'Contact', fields: [] }, first.cursor)).rejects.toMatchObject({
      code: 'BAD_CURSOR',
    });
    await expect(crm.sweep(LEADS, { ...first.cursor, org: '00D000000000999' })).rejects.toMatchObject({
      code: 'WRONG_ORG',
    });
  });
});
