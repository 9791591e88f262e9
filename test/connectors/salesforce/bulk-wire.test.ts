import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { Cursor, WriteRow } from '../../../connectors/connector.ts';
import { createSalesforce, salesforceSettings } from '../../../connectors/salesforce/index.ts';
import { recordPorts } from '../ports.ts';

const HOST = 'https://acme.my.salesforce.com';
const DATA = '/services/data/v68.0';
const JOB = '750000000000001AAA';
const ids = ['00Q000000000001AAA', '00Q000000000002AAA'] as const;

function open(settings: object = {}) {
  const recorded = recordPorts();
  const auth = { type: 'refresh_token', clientId: 'c', refreshToken: 'r', accessToken: '00D000000000001!token' };
  const parsed = salesforceSettings.parse({ url: HOST, auth, bulk: { writeAbove: 1, pagesAhead: 0 }, ...settings });
  return { ...recorded, crm: createSalesforce(parsed, recorded.ports) };
}

beforeEach(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});
afterAll(() => {
  nock.restore();
});

const LEAD = { object: 'Lead', fields: ['LastName'] };

function describeLead() {
  nock(HOST)
    .get(`${DATA}/sobjects/Lead/describe`)
    .reply(200, {
      name: 'Lead',
      fields: ['Id', 'LastName', 'SystemModstamp', 'IsDeleted'].map((name) => ({
        name,
        type: name === 'SystemModstamp' ? 'datetime' : name === 'IsDeleted' ? 'boolean' : 'string',
      })),
    });
}

const CURSOR: Cursor = {
  org: '00D000000000001',
  object: 'Lead',
  job: JOB,
  locator: 'MTAwMDA',
  first: '2026-01-01T00:00:00.000Z',
  since: '2026-05-31T23:59:00.000Z',
  askedAt: '2026-06-01T00:00:00.000Z',
  tries: 1,
};

const HEAD = '"Id","SystemModstamp","IsDeleted","LastName"\n';
const line = (id: string) => `"${id}","2026-01-02T03:04:05.000Z","false","L"\n`;
const results = () => nock(HOST).get(`${DATA}/jobs/query/${JOB}/results`).query(true);
const headers = (rows: number, locator = 'null') => ({
  'content-type': 'text/csv',
  'sforce-locator': locator,
  'sforce-numberofrecords': String(rows),
});

describe('pages of a query job', () => {
  test('are asked for by locator; after the last one the changes since the job was made are read', async () => {
    describeLead();
    let asked = '';
    results().reply(
      200,
      (request: Request) => {
        asked = new URL(request.url).search;
        return HEAD + line(ids[0]);
      },
      headers(1),
    );
    const page = await open().crm.read(LEAD, CURSOR);
    expect(asked).toBe('?maxRecords=5000&locator=MTAwMDA');
    expect(page).toMatchObject({
      done: false,
      requestedAt: CURSOR.askedAt,
      records: [{ id: ids[0], deleted: false, fields: { LastName: 'L' }, modifiedAt: '2026-01-02T03:04:05.000Z' }],
      cursor: { modifiedAt: CURSOR.since, id: null },
    });
  });

  test('fetched ahead are not kept once the object is read by another job', async () => {
    describeLead();
    const other = '750000000000002AAA';
    const page = (job: string, locator: string, row: string, next: string) =>
      nock(HOST)
        .get(`${DATA}/jobs/query/${job}/results`)
        .query({ maxRecords: '5000', locator })
        .reply(200, HEAD + line(row), headers(1, next));
    page(JOB, 'MTAwMDA', ids[0], 'Mg');
    page(JOB, 'Mg', ids[0], 'null');
    const { crm } = open({ bulk: { pagesAhead: 1 } });
    await crm.read(LEAD, CURSOR);
    page(other, 'MQ', ids[0], 'null');
    await crm.read(LEAD, { ...CURSOR, job: other, locator: 'MQ' });
    // Whoever comes back to the first job gets its page as Salesforce gives it now.
    page(JOB, 'Mg', ids[1], 'null');
    const { records } = await crm.read(LEAD, { ...CURSOR, locator: 'Mg' });
    expect(records.map(({ id }) => id)).toEqual([ids[1]]);
    expect(nock.pendingMocks()).toEqual([]);
  });

  test.each([
    ['a page of HTML with status 200', '<html>Down for maintenance</html>', {}],
    ['fewer rows than it says', HEAD + line(ids[0]), headers(2)],
    ['a line that broke off', `${HEAD + line(ids[0])}"00Q0000000`, headers(2)],
    ['other columns than were asked for', '"Id","Name"\n"1","x"\n', headers(1)],
  ])('%s: asked for again, never taken', async (_, body, garbled) => {
    describeLead();
    results().reply(200, body, garbled);
    results().reply(200, HEAD + line(ids[0]) + line(ids[1]), headers(2, 'MjAwMDA'));
    const { crm, sleeps } = open();
    const page = await crm.read(LEAD, CURSOR);
    expect(page.records).toHaveLength(2);
    expect(page.cursor.locator).toBe('MjAwMDA');
    expect(sleeps).toHaveLength(1);
  });

  test('garbage again and again stops the run with the cursor unmoved', async () => {
    describeLead();
    results().times(5).reply(200, 'nonsense', headers(1));
    await expect(open().crm.read(LEAD, CURSOR)).rejects.toMatchObject({ action: 'stop', code: 'BAD_ANSWER' });
  });

  test('a job that takes long is waited for a while; then the caller gets an empty page and the same place', async () => {
    describeLead();
    nock(HOST).get(`${DATA}/jobs/query/${JOB}`).times(50).reply(200, { id: JOB, state: 'InProgress' });
    const { crm, calls, sleeps } = open();
    const page = await crm.read(LEAD, { ...CURSOR, locator: null });
    expect(page).toMatchObject({ records: [], done: false, cursor: { ...CURSOR, locator: null } });
    expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(60_000);
    expect(calls.read).toBeUndefined();
    expect(calls.poll).toBe(sleeps.length + 1);
  });

  test('a cursor that was tampered with is refused', async () => {
    describeLead();
    await expect(open().crm.read(LEAD, { ...CURSOR, job: '../../x' })).rejects.toMatchObject({ code: 'BAD_CURSOR' });
  });
});

describe('ingest jobs', () => {
  const rows: WriteRow[] = ids.map((id) => ({ key: `k-${id}`, id, fields: { LastName: 'L' } }));
  const base = `${DATA}/jobs/ingest/${JOB}`;
  const create = () => nock(HOST).post(`${DATA}/jobs/ingest`).reply(200, { id: JOB, state: 'Open' });
  const upload = () => nock(HOST).put(`${base}/batches`);
  const close = () => nock(HOST).patch(base, { state: 'UploadComplete' });
  const state = (name: string) => nock(HOST).get(base).reply(200, { id: JOB, state: name });
  const csv = { 'content-type': 'text/csv' };
  const done = (which: string, body: string) => nock(HOST).get(`${base}/${which}/`).reply(200, body, csv);
  const collections = () =>
    nock(HOST)
      .patch(`${DATA}/composite/sobjects`)
      .reply(
        200,
        ids.map((id) => ({ id, success: true, errors: [] })),
      );

  test('an answer lost while the job is closed is found out by its state', async () => {
    create();
    upload().reply(201);
    close().replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    state('InProgress');
    state('JobComplete');
    done(
      'successfulResults',
      `"sf__Id","sf__Created","Id","LastName"\n${ids.map((id) => `"${id}","false","${id}","L"\n`).join('')}`,
    );
    done('failedResults', '"sf__Id","sf__Error","Id","LastName"\n');
    done('unprocessedrecords', '"Id","LastName"\n');
    const outcomes = await open().crm.write('Lead', rows);
    expect(outcomes.map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  test('a job that turns out not to be closed is aborted before its rows go by collections', async () => {
    create();
    upload().reply(201);
    close().replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    state('Open');
    const aborted = nock(HOST).patch(base, { state: 'Aborted' }).reply(200, { id: JOB, state: 'Aborted' });
    collections();
    const outcomes = await open().crm.write('Lead', rows);
    expect(outcomes.map(({ status }) => status)).toEqual(['ok', 'ok']);
    expect(aborted.isDone()).toBe(true);
  });

  test('an upload whose answer was lost has written nothing: its rows go by collections', async () => {
    create();
    upload().replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    collections();
    expect((await open().crm.write('Lead', rows)).map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  test('a row that no result names is unknown, never taken for written; locks are sent again', async () => {
    create();
    upload().reply(201);
    close().reply(200, { id: JOB, state: 'UploadComplete' });
    state('JobComplete');
    done('successfulResults', '"sf__Id","sf__Created","Id","LastName"\n');
    done(
      'failedResults',
      `"sf__Id","sf__Error","Id","LastName"\n"${ids[0]}","UNABLE_TO_LOCK_ROW:unable to obtain exclusive access: 1 record:--","${ids[0].slice(0, 15)}","L"\n`,
    );
    done('unprocessedrecords', '"Id","LastName"\n');
    nock(HOST)
      .patch(`${DATA}/composite/sobjects`)
      .reply(200, [{ id: ids[0], success: true, errors: [] }]);
    const outcomes = await open().crm.write('Lead', rows);
    expect(outcomes).toHaveLength(2);
    expect(outcomes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: `k-${ids[0]}`, status: 'ok' }),
        expect.objectContaining({ key: `k-${ids[1]}`, status: 'unknown' }),
      ]),
    );
  });

  test('where the run has to stop after the job was closed, its rows are unknown', async () => {
    create();
    upload().reply(201);
    close().reply(200, { id: JOB, state: 'UploadComplete' });
    nock(HOST)
      .get(base)
      .reply(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }]);
    const saved: string[] = [];
    const attempt = open().crm.write('Lead', rows, async (some) => {
      saved.push(...some.map(({ status }) => status));
    });
    await expect(attempt).rejects.toMatchObject({ action: 'stop', code: 'REQUEST_LIMIT_EXCEEDED' });
    expect(saved).toEqual(['unknown', 'unknown']);
  });
});

describe('garbage with status 200', () => {
  test.each([
    [
      'a query',
      () => nock(HOST).get(`${DATA}/queryAll`).query(true),
      '{"done":true,"records":[{"LastName":"L"}]}',
      null,
    ],
    [
      'an empty page that is not the last',
      () => nock(HOST).get(`${DATA}/queryAll`).query(true),
      '{"done":false,"records":[]}',
      null,
    ],
  ])('%s is asked for again and then stops the run', async (_, request, body, cursor) => {
    describeLead();
    request().times(5).reply(200, body, { 'content-type': 'application/json' });
    await expect(open().crm.read(LEAD, cursor)).rejects.toMatchObject({ action: 'stop', code: 'BAD_ANSWER' });
  });

  test('a list of deletions without its end is not taken', async () => {
    nock(HOST).get(`${DATA}/sobjects/CampaignMember/deleted/`).query(true).times(5).reply(200, { deletedRecords: [] });
    const attempt = open().crm.read({ object: 'CampaignMember', fields: [], deleted: true }, null);
    await expect(attempt).rejects.toMatchObject({ action: 'stop', code: 'BAD_ANSWER' });
  });
});
