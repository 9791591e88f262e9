import { afterEach, describe, expect, test } from '@jest/globals';
import type { SalesforceOptions } from '../../../sandbox/salesforce/index.ts';
import { Org, type Reply } from './harness.ts';

let org: Org;
afterEach(() => org.close());

async function start(options: Partial<SalesforceOptions> = {}, leads = 0): Promise<Org> {
  org = await Org.start(options);
  if (leads > 0) org.sandbox.controls.loadLeads(leads);
  return org;
}

function make(query: string, more: Record<string, unknown> = {}): Promise<Reply> {
  return org.call('POST', '/jobs/query', { operation: 'query', query, ...more });
}

const job = (id: string) => org.call('GET', `/jobs/query/${id}`);
const results = (id: string, rest = '') => org.call('GET', `/jobs/query/${id}/results${rest}`);

describe('a query job', () => {
  test('is told to be queued and gives pages of CSV, each with a header row, the last one saying null', async () => {
    await start({}, 5);
    const made = await make('SELECT Id, Email FROM Lead');
    expect(made).toMatchObject({
      status: 200,
      body: {
        operation: 'query',
        object: 'Lead',
        state: 'UploadComplete',
        concurrencyMode: 'Parallel',
        contentType: 'CSV',
        apiVersion: 68,
        lineEnding: 'LF',
        columnDelimiter: 'COMMA',
      },
    });
    const { id } = made.body;
    expect(id).toMatch(/^750/);
    expect((await job(id)).body).toMatchObject({
      state: 'JobComplete',
      jobType: 'V2Query',
      numberRecordsProcessed: 5,
      retries: 0,
    });
    const first = await results(id, '?maxRecords=3');
    expect(first.headers.get('content-type')).toBe('text/csv');
    expect(first.headers.get('sforce-numberofrecords')).toBe('3');
    const lines = first.body.trimEnd().split('\n');
    expect(lines[0]).toBe('"Id","Email"');
    expect(lines).toHaveLength(4);
    const locator = first.headers.get('sforce-locator') ?? '';
    const second = await results(id, `?maxRecords=3&locator=${locator}`);
    expect(second.body.split('\n')[0]).toBe('"Id","Email"');
    expect(second.headers.get('sforce-numberofrecords')).toBe('2');
    expect(second.headers.get('sforce-locator')).toBe('null');
    expect((await results(id, `?maxRecords=3&locator=${locator}`)).body).toBe(second.body);
  });

  test('shows values as they were when it ran, nulls as nothing, instants with a Z, quotes doubled', async () => {
    await start();
    const id = await org.create('Lead', { LastName: 'He said "no"', Company: 'A,\nB', NumberOfEmployees: 3 });
    const { body } = await make(
      'SELECT LastName, Company, Title, NumberOfEmployees, IsConverted, CreatedDate FROM Lead',
    );
    await job(body.id);
    await org.call('PATCH', `/sobjects/Lead/${id}`, { LastName: 'Later' });
    expect((await results(body.id)).body).toBe(
      '"LastName","Company","Title","NumberOfEmployees","IsConverted","CreatedDate"\n' +
        '"He said ""no""","A,\nB","","3","false","2026-01-05T09:00:00.000Z"\n',
    );
  });

  test('follows parents, sees deleted rows by queryAll only, and writes the delimiter and line ending asked for', async () => {
    await start();
    const account = await org.create('Account', { Name: 'Acme' });
    const gone = await org.create('Contact', { LastName: 'Gone', AccountId: account });
    await org.create('Contact', { LastName: 'Here', AccountId: account });
    await org.call('DELETE', `/sobjects/Contact/${gone}`);
    const query = 'SELECT LastName, Account.Name FROM Contact';
    const live = await make(query, { columnDelimiter: 'PIPE', lineEnding: 'CRLF' });
    const all = await make(query, { operation: 'queryAll' });
    expect((await results(live.body.id)).body).toBe('"LastName"|"Account.Name"\r\n"Here"|"Acme"\r\n');
    expect((await results(all.body.id)).body).toContain('"Gone"');
  });

  test('names up to five pages at a time that can be had side by side, from version 58.0 on', async () => {
    await start({ bulk: { pageRows: 50 } }, 260);
    const { id } = (await make('SELECT Id FROM Lead')).body;
    const { body } = await org.call('GET', `/jobs/query/${id}/resultPages`);
    expect(body.resultPages).toHaveLength(5);
    expect(body.done).toBe(false);
    const rest = await org.raw('GET', body.nextRecordsUrl, undefined, { authorization: `Bearer ${org.token}` });
    expect(rest.body).toMatchObject({
      done: true,
      resultPages: [{ resultUrl: expect.stringContaining(`/jobs/query/${id}/results`) }],
    });
    const urls = [...body.resultPages, ...rest.body.resultPages].map(({ resultUrl }) => resultUrl as string);
    const sizes = await Promise.all(
      urls.map(async (url) => {
        const page = await org.raw('GET', url, undefined, { authorization: `Bearer ${org.token}` });
        return Number(page.headers.get('sforce-numberofrecords'));
      }),
    );
    expect(sizes).toEqual([50, 50, 50, 50, 50, 10]);
  });

  test('goes from state to state by the clock, and gives no results before it is complete', async () => {
    await start({ bulk: { delayMs: 10_000 } }, 2);
    const { id } = (await make('SELECT Id FROM Lead')).body;
    expect((await job(id)).body.state).toBe('UploadComplete');
    expect(await results(id)).toMatchObject({ status: 412, body: [{ errorCode: 'JOB_NOT_COMPLETE' }] });
    org.clock.advance(5_000);
    expect((await job(id)).body.state).toBe('InProgress');
    org.clock.advance(5_000);
    expect((await job(id)).body.state).toBe('JobComplete');
  });

  test('can be aborted while it runs, not afterwards, and fails where the vendor says so', async () => {
    await start({ bulk: { delayMs: 1_000 } }, 2);
    const query = 'SELECT Id FROM Lead';
    const first = (await make(query)).body.id;
    const abort = (id: string) => org.call('PATCH', `/jobs/query/${id}`, { state: 'Aborted' });
    expect((await abort(first)).body.state).toBe('Aborted');
    const second = (await make(query)).body.id;
    org.clock.advance(1_000);
    expect(await abort(second)).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALIDJOBSTATE', message: 'Aborting already Completed Job not allowed' }],
    });
    org.sandbox.controls.failNextBulkJob('retried more than 15 times');
    const third = (await make(query)).body.id;
    org.clock.advance(1_000);
    expect((await job(third)).body).toMatchObject({ state: 'Failed', errorMessage: 'retried more than 15 times' });
  });

  test('is forgotten after seven days, or when it is deleted', async () => {
    await start({ sessionMs: 8 * 24 * 3_600_000 }, 1);
    const kept = (await make('SELECT Id FROM Lead')).body.id;
    const deleted = (await make('SELECT Id FROM Lead')).body.id;
    expect((await org.call('GET', '/jobs/query')).body).toMatchObject({
      done: true,
      records: [{ id: kept }, { id: deleted }],
    });
    expect((await org.call('DELETE', `/jobs/query/${deleted}`)).status).toBe(204);
    expect(await job(deleted)).toMatchObject({ status: 404, body: [{ errorCode: 'NOT_FOUND' }] });
    org.clock.advance(7 * 24 * 3_600_000);
    expect((await job(kept)).status).toBe(404);
  });
});

describe('refusals of query jobs', () => {
  test.each([
    ['SELECT Country, COUNT(Id) FROM Lead GROUP BY Country', 'FEATURENOTENABLED'],
    ['SELECT COUNT() FROM Lead', 'FEATURENOTENABLED'],
    ['SELECT Id FROM Lead ORDER BY Id LIMIT 5 OFFSET 5', 'FEATURENOTENABLED'],
    ['SELECT Id, (SELECT Id FROM Contacts) FROM Account', 'FEATURENOTENABLED'],
    ['SELECT Id, MailingAddress FROM Contact', 'FUNCTIONALITY_NOT_ENABLED'],
    ['SELECT Id, Nothing FROM Lead', 'INVALID_FIELD'],
    ['SELECT Id FROM Nothing', 'INVALID_TYPE'],
    ['SELECT Id FROM', 'MALFORMED_QUERY'],
  ])('%s', async (query, errorCode) => {
    await start();
    expect(await make(query)).toMatchObject({ status: 400, body: [{ errorCode }] });
  });

  test('another API version than the job was made with is a conflict, a wrong locator is refused', async () => {
    await start({}, 2);
    const { id } = (await make('SELECT Id FROM Lead')).body;
    const other = await org.raw('GET', `/services/data/v67.0/jobs/query/${id}/results`, undefined, {
      authorization: `Bearer ${org.token}`,
    });
    expect(other.status).toBe(409);
    expect(await results(id, '?locator=zzz')).toMatchObject({ status: 400 });
  });

  test('the number of jobs a day is limited', async () => {
    await start({ bulk: { dailyQueryJobs: 1 } }, 1);
    await make('SELECT Id FROM Lead');
    expect(await make('SELECT Id FROM Lead')).toMatchObject({ status: 400, body: [{ errorCode: 'EXCEEDEDQUOTA' }] });
    expect((await org.call('GET', '/limits')).body.DailyBulkV2QueryJobs).toEqual({ Max: 1, Remaining: 0 });
  });
});
