import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { Connector, Cursor, WriteRow } from '../../../connectors/connector.ts';
import { createSalesforce, salesforceSettings } from '../../../connectors/salesforce/index.ts';
import { type Clock, recordPorts, stillClock, type TokenStore } from '../ports.ts';

const HOST = 'https://acme.my.salesforce.com';
const DATA = '/services/data/v68.0';
const LEAD = { object: 'Lead', fields: ['Email'] };
const ACCESS = '00D000000000001!access';

const DESCRIBE = {
  name: 'Lead',
  fields: [
    { name: 'Id', type: 'id' },
    { name: 'Email', type: 'email' },
    { name: 'SystemModstamp', type: 'datetime' },
    { name: 'IsDeleted', type: 'boolean' },
  ],
};

function open(options: { clock?: Clock; store?: TokenStore; auth?: object; settings?: object } = {}) {
  const recorded = recordPorts(options.clock ?? stillClock(), options.store);
  const auth = {
    type: 'refresh_token',
    clientId: 'id',
    clientSecret: 'secret',
    refreshToken: 'r0',
    accessToken: ACCESS,
  };
  const settings = salesforceSettings.parse({ url: HOST, auth: { ...auth, ...options.auth }, ...options.settings });
  return { ...recorded, crm: createSalesforce(settings, recorded.ports) };
}

const describeLead = () => nock(HOST).get(`${DATA}/sobjects/Lead/describe`).reply(200, DESCRIBE);
const row = (id: string, stamp: string, email: string | null = 'a@example.org') => ({
  attributes: { type: 'Lead' },
  Id: id,
  SystemModstamp: stamp,
  IsDeleted: false,
  Email: email,
});
const page = (records: unknown[], done = true) => ({ totalSize: records.length, done, records });
const queryAll = () => nock(HOST).get(`${DATA}/queryAll`).query(true);
const update = () => nock(HOST).patch(`${DATA}/composite/sobjects`);
const token = () => nock(HOST).post('/services/oauth2/token');
const granted = (access: string, more: object = {}) => ({
  access_token: access,
  instance_url: HOST,
  token_type: 'Bearer',
  ...more,
});
const ended = () => [401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]] as const;
const writes = (...ids: string[]): WriteRow[] =>
  ids.map((id) => ({ key: `k-${id}`, id, fields: { Email: 'b@example.org' } }));
const ids = ['00Q000000000001AAA', '00Q000000000002AAA', '00Q000000000003AAA'] as const;

beforeEach(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});
// Test files share their worker's sockets: what is left patched here would answer in the next file too.
afterAll(() => {
  nock.restore();
});

describe('requests', () => {
  test('carry the version, the client name and the batch size, and each is reported once', async () => {
    describeLead();
    const seen: Record<string, string | undefined>[] = [];
    queryAll().reply(200, (request: Request) => {
      seen.push(Object.fromEntries(request.headers));
      return page([row(ids[0], '2026-01-01T00:00:00.000+0000')]);
    });
    const { crm, calls } = open();
    await crm.read(LEAD, null);
    expect(seen[0]).toMatchObject({ 'sforce-call-options': 'client=sluice', 'sforce-query-options': 'batchSize=2000' });
    expect(seen[0]?.authorization).toBe(`Bearer ${ACCESS}`);
    expect(calls).toEqual({ describe: 1, read: 1 });
  });

  test('that write switch off assignment rules and let duplicates be saved', async () => {
    let headers: Record<string, string> = {};
    update().reply(200, (request: Request) => {
      headers = Object.fromEntries(request.headers);
      return [{ id: ids[0], success: true, errors: [] }];
    });
    const { crm } = open();
    await crm.write('Lead', writes(ids[0]));
    expect(headers).toMatchObject({
      'sforce-auto-assign': 'FALSE',
      'sforce-duplicate-rule-header': 'allowSave=true; includeRecordDetails=false; runAsCurrentUser=true',
    });
  });
});

describe('pages', () => {
  test('a full page goes on after its last record, and the last page starts the next run inclusively', async () => {
    describeLead();
    const queries: string[] = [];
    const answers = [
      page([row(ids[0], '2026-01-01T00:00:00.000+0000'), row(ids[1], '2026-01-01T00:00:00.000+0000')]),
      page([row(ids[2], '2026-01-01T00:00:05.000+0000')]),
      page([row(ids[2], '2026-01-01T00:00:05.000+0000')]),
    ];
    queryAll()
      .times(3)
      .reply(200, (request: Request) => {
        queries.push(new URL(request.url).searchParams.get('q') ?? '');
        return answers[queries.length - 1];
      });
    const { crm } = open({ settings: { pageSize: 2, overlapSeconds: 0 } });
    const first = await crm.read(LEAD, null);
    expect(first).toMatchObject({ done: false, pageSize: 2 });
    const second = await crm.read(LEAD, first.cursor);
    expect(second.done).toBe(true);
    const again = await crm.read(LEAD, second.cursor);
    expect(again.records.map(({ id }) => id)).toEqual([ids[2]]);
    expect(again.cursor).toEqual(second.cursor);
    expect(queries[1]).toContain(`SystemModstamp = 2026-01-01T00:00:00.000Z AND Id > '${ids[1]}'`);
    expect(queries[2]).toContain('WHERE SystemModstamp >= 2026-01-01T00:00:05.000Z');
  });

  test('a page that Salesforce cut short is not taken for the last one', async () => {
    describeLead();
    queryAll().reply(200, page([row(ids[0], '2026-01-01T00:00:00.000+0000')], false));
    const { crm } = open();
    expect(await crm.read(LEAD, null)).toMatchObject({ done: false, cursor: { id: ids[0] } });
  });

  test('the overlap moves the next start back once, not again at every idle run', async () => {
    describeLead();
    queryAll().reply(200, page([row(ids[0], '2026-01-01T00:01:00.000+0000')]));
    queryAll().reply(200, page([]));
    const { crm } = open({ settings: { overlapSeconds: 30 } });
    const first = await crm.read(LEAD, null);
    expect(first.cursor).toMatchObject({ modifiedAt: '2026-01-01T00:00:30.000Z', id: null });
    expect((await crm.read(LEAD, first.cursor)).cursor).toEqual(first.cursor);
  });

  test('a cursor of another org stops the run', async () => {
    describeLead();
    const cursor: Cursor = { org: '00D000000000999', object: 'Lead', modifiedAt: null, id: null };
    await expect(open().crm.read(LEAD, cursor)).rejects.toMatchObject({ action: 'stop', code: 'WRONG_ORG' });
  });

  test("an object that is not there is the mapping's mistake", async () => {
    nock(HOST)
      .get(`${DATA}/sobjects/Nope/describe`)
      .reply(404, [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }]);
    await expect(open().crm.read({ object: 'Nope', fields: [] }, null)).rejects.toMatchObject({
      action: 'reject',
      code: 'INVALID_TYPE',
    });
  });

  test('an object without IsDeleted is read without it', async () => {
    nock(HOST)
      .get(`${DATA}/sobjects/CampaignMember/describe`)
      .reply(200, {
        name: 'CampaignMember',
        fields: [
          { name: 'Id', type: 'id' },
          { name: 'SystemModstamp', type: 'datetime' },
        ],
      });
    let soql = '';
    queryAll().reply(200, (request: Request) => {
      soql = new URL(request.url).searchParams.get('q') ?? '';
      return page([]);
    });
    await open().crm.read({ object: 'CampaignMember', fields: ['Status'] }, null);
    expect(soql).not.toContain('IsDeleted');
  });
});

describe('rare answers to a read', () => {
  test.each([
    ['an HTML page with status 200', 200, '<html>maintenance</html>', { 'content-type': 'text/html' }],
    ['half a JSON document', 200, '{"totalSize":1,"done":true,"reco', { 'content-type': 'application/json' }],
    ['an HTML error page', 502, '<html>Bad Gateway</html>', { 'content-type': 'text/html' }],
    [
      'a busy server',
      503,
      '[{"errorCode":"SERVER_UNAVAILABLE","message":"busy"}]',
      { 'content-type': 'application/json' },
    ],
    ['the odd 420', 420, '', {}],
  ])('%s is asked for again', async (_, status, body, headers) => {
    describeLead();
    queryAll().reply(status, body, headers as Record<string, string>);
    queryAll().reply(200, page([row(ids[0], '2026-01-01T00:00:00.000+0000')]));
    const { crm, calls, sleeps } = open();
    expect((await crm.read(LEAD, null)).records).toHaveLength(1);
    expect(calls.read).toBe(2);
    expect(sleeps).toHaveLength(1);
  });

  test('a broken connection is tried again', async () => {
    describeLead();
    queryAll().replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    queryAll().reply(200, page([]));
    const { crm, calls } = open();
    expect((await crm.read(LEAD, null)).done).toBe(true);
    expect(calls.read).toBe(2);
  });

  test('a pause that Salesforce asks for is made', async () => {
    describeLead();
    queryAll().reply(429, '', { 'retry-after': '20' });
    queryAll().reply(200, page([]));
    const { crm, sleeps } = open();
    await crm.read(LEAD, null);
    expect(sleeps[0]).toBeGreaterThanOrEqual(20_000);
  });

  test('a server that keeps failing ends the run after five tries', async () => {
    describeLead();
    queryAll().times(5).reply(500, '[{"errorCode":"UNKNOWN_EXCEPTION","message":"oops"}]');
    const { crm, calls } = open();
    await expect(crm.read(LEAD, null)).rejects.toMatchObject({ action: 'stop', code: 'UNKNOWN_EXCEPTION' });
    expect(calls.read).toBe(5);
  });

  test('an org out of requests ends the run at once and says when to come back', async () => {
    describeLead();
    queryAll().reply(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }]);
    const { crm, calls } = open();
    await expect(crm.read(LEAD, null)).rejects.toMatchObject({
      action: 'stop',
      code: 'REQUEST_LIMIT_EXCEEDED',
      retryAfterMs: 3_600_000,
    });
    expect(calls.read).toBe(1);
  });

  test('a host that does not answer is named with its connection and what to do', async () => {
    nock.enableNetConnect('127.0.0.1');
    const { crm, calls } = open({ settings: { url: 'http://127.0.0.1:9', sandbox: true } });
    const failure = await crm.describe('Lead').catch((error: unknown) => error);
    expect(failure).toMatchObject({ action: 'stop', code: 'UNREACHABLE' });
    expect(String(failure)).toContain('Salesforce connection "crm" (http://127.0.0.1:9) cannot be reached');
    expect(failure).toHaveProperty('hint', expect.stringContaining('Check the url'));
    expect(calls.describe).toBe(5);
  });
});

describe('rare answers to a write', () => {
  const outcomesOf = (crm: Connector, rows = writes(...ids)) => crm.write('Lead', rows);

  test.each([
    [
      'a broken connection',
      () => update().replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
      'ECONNRESET',
    ],
    [
      'half an answer',
      () => update().reply(200, '[{"id":"00Q00', { 'content-type': 'application/json' }),
      'BAD_ANSWER',
    ],
    ['an answer with too few rows', () => update().reply(200, []), 'BAD_ANSWER'],
    ['a server error', () => update().reply(500, '<html/>'), 'HTTP_500'],
  ])('%s leaves its rows unknown, and nothing is sent twice', async (_, answer, code) => {
    answer();
    const { crm, calls } = open();
    const outcomes = await outcomesOf(crm);
    expect(outcomes.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(outcomes[0]).toMatchObject({ code });
    expect(calls.write).toBe(1);
  });

  test('an external id field that does not exist rejects all rows at once', async () => {
    nock(HOST)
      .patch(`${DATA}/composite/sobjects/Lead/Nope__c`)
      .reply(404, [
        { errorCode: 'NOT_FOUND', message: 'Provided external ID field does not exist or is not accessible: Nope__c' },
      ]);
    const rows = ['1', '2', '3'].map((value) => ({ key: value, externalId: { field: 'Nope__c', value }, fields: {} }));
    const { crm, calls } = open();
    expect((await outcomesOf(crm, rows)).map(({ status }) => status)).toEqual(['reject', 'reject', 'reject']);
    expect(calls.write).toBe(1);
  });

  test('a refused connection is tried again, for nothing was sent', async () => {
    update().replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    update().reply(
      200,
      ids.map((id) => ({ id, success: true, errors: [] })),
    );
    const { crm, calls } = open();
    expect((await outcomesOf(crm)).every(({ status }) => status === 'ok')).toBe(true);
    expect(calls.write).toBe(2);
  });

  test('each row has an outcome of its own', async () => {
    update().reply(200, [
      { id: ids[0], success: true, errors: [] },
      {
        success: false,
        errors: [{ statusCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message: 'bad value', fields: ['Stage'] }],
      },
      { success: false, errors: [{ statusCode: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [] }] },
    ]);
    const told: number[] = [];
    const outcomes = await open().crm.write('Lead', writes(...ids), async (some) => {
      told.push(some.length);
    });
    expect(outcomes).toMatchObject([
      { key: `k-${ids[0]}`, status: 'ok', created: false },
      { status: 'reject', code: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message: 'bad value', fields: ['Stage'] },
      { status: 'reject', gone: true },
    ]);
    expect(told).toEqual([3]);
  });

  test('a column that does not exist rejects the rows that carry it and lets the others through', async () => {
    const error = [{ errorCode: 'INVALID_FIELD', message: "No such column 'Nope__c' on sobject of type Lead" }];
    update().reply(400, error);
    update().reply(200, [{ id: ids[1], success: true, errors: [] }]);
    const { crm } = open();
    const outcomes = await crm.write('Lead', [
      { key: 'bad', id: ids[0], fields: { Nope__c: 'x' } },
      { key: 'good', id: ids[1], fields: { Email: 'b@example.org' } },
    ]);
    expect(outcomes).toMatchObject([
      { key: 'bad', status: 'reject', code: 'INVALID_FIELD', fields: ['Nope__c'] },
      { key: 'good', status: 'ok' },
    ]);
  });

  test('a request refused for no named row is halved until the row stands alone', async () => {
    update()
      .times(5)
      .reply(async (request: Request) => {
        const { records } = (await request.json()) as { records: { id: string }[] };
        if (records.some(({ id }) => id === ids[2])) return [400, [{ errorCode: 'JSON_PARSER_ERROR', message: 'bad' }]];
        return [200, records.map(({ id }) => ({ id, success: true, errors: [] }))];
      });
    const outcomes = await outcomesOf(open().crm);
    expect(Object.fromEntries(outcomes.map(({ key, status }) => [key, status]))).toEqual({
      [`k-${ids[0]}`]: 'ok',
      [`k-${ids[1]}`]: 'ok',
      [`k-${ids[2]}`]: 'reject',
    });
  });

  test('an org out of requests stops, and the rows not sent have no outcome', async () => {
    update().reply(200, [{ id: ids[0], success: true, errors: [] }]);
    update().reply(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }]);
    const saved: string[] = [];
    const { crm } = open({ settings: { batchSize: 1, concurrency: 1 } });
    const attempt = crm.write('Lead', writes(...ids), async (some) => {
      saved.push(...some.map(({ key }) => key));
    });
    await expect(attempt).rejects.toMatchObject({ action: 'stop', code: 'REQUEST_LIMIT_EXCEEDED' });
    expect(saved).toEqual([`k-${ids[0]}`]);
  });
});

describe('a connection that breaks inside a body', () => {
  test('is asked again for a read and leaves a write unknown; the process lives', async () => {
    nock.enableNetConnect('127.0.0.1');
    let broken = 0;
    const server = createServer((request, response) => {
      if (request.url?.endsWith('/describe')) {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(DESCRIBE));
        return;
      }
      if (request.method === 'GET' && broken > 0) {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(page([])));
        return;
      }
      broken += 1;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
      response.write('{"totalSize":1,');
      setImmediate(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { crm, calls } = open({ settings: { url: `http://127.0.0.1:${port}`, sandbox: true } });
      expect((await crm.read(LEAD, null)).done).toBe(true);
      expect(await crm.write('Lead', writes(ids[0]))).toMatchObject([{ status: 'unknown' }]);
      expect(calls).toMatchObject({ read: 2, write: 1 });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('the session', () => {
  test('an access token whose time has passed is replaced before it is used', async () => {
    const clock = stillClock();
    token().reply(200, { ...granted('00D000000000001!a1'), issued_at: String(clock.now()) });
    token().reply(200, { ...granted('00D000000000001!a2'), issued_at: String(clock.now() + 6 * 3_600_000) });
    nock(HOST).get(`${DATA}/sobjects`).times(1).reply(200, { sobjects: [] });
    nock(HOST).get(`${DATA}/sobjects/Lead/describe`).reply(200, DESCRIBE);
    const { crm, calls, store } = open({ clock, auth: { accessToken: undefined } });
    await crm.objects();
    clock.advance(6 * 3_600_000);
    await crm.describe('Lead');
    expect(calls).toEqual({ auth: 2, describe: 2 });
    expect(store.tokens?.accessToken).toBe('00D000000000001!a2');
  });

  test('many calls that find the session ended share one refresh, and the rotated token is saved before use', async () => {
    const store: TokenStore = { tokens: null, lock: Promise.resolve() };
    const used: string[] = [];
    nock(HOST)
      .get(/describe$/)
      .times(6)
      .reply((request: Request) => {
        const bearer = String(request.headers.get('authorization'));
        used.push(bearer);
        if (bearer === `Bearer ${ACCESS}`) return [...ended()];
        expect(store.tokens?.refreshToken).toBe('r1');
        return [200, DESCRIBE];
      });
    let form = '';
    token().reply(200, async (request: Request) => {
      form = await request.text();
      return granted('00D000000000001!new', { refresh_token: 'r1' });
    });
    const { crm, calls, saved } = open({ store });
    await Promise.all(['Lead', 'Contact', 'Account'].map((object) => crm.describe(object)));
    expect(calls.auth).toBe(1);
    expect(saved).toHaveLength(1);
    expect(form).toContain('r0');
    expect(used.filter((bearer) => bearer === 'Bearer 00D000000000001!new')).toHaveLength(3);
  });

  test('two processes that find the session ended make one refresh between them', async () => {
    const store: TokenStore = { tokens: null, lock: Promise.resolve() };
    nock(HOST)
      .get(/describe$/)
      .times(4)
      .reply((request: Request) => {
        const old = request.headers.get('authorization') === `Bearer ${ACCESS}`;
        return old ? [...ended()] : [200, DESCRIBE];
      });
    token().reply(200, granted('00D000000000001!new', { refresh_token: 'r1' }));
    const [one, two] = [open({ store }), open({ store })];
    await Promise.all([one.crm.describe('Lead'), two.crm.describe('Lead')]);
    expect((one.calls.auth ?? 0) + (two.calls.auth ?? 0)).toBe(1);
  });

  test('a session that stays refused after a refresh stops the run instead of looping', async () => {
    nock(HOST)
      .get(/describe$/)
      .times(2)
      .reply(...ended());
    token().reply(200, granted('00D000000000001!new'));
    const { crm, calls } = open();
    await expect(crm.describe('Lead')).rejects.toMatchObject({ action: 'stop', code: 'BAD_CREDENTIALS' });
    expect(calls).toEqual({ describe: 2, auth: 1 });
  });

  test('a revoked refresh token stops the run with what to do', async () => {
    token().reply(400, { error: 'invalid_grant', error_description: 'expired access/refresh token' });
    const failure = open({ auth: { accessToken: undefined } }).crm.describe('Lead');
    await expect(failure).rejects.toMatchObject({
      action: 'stop',
      code: 'BAD_CREDENTIALS',
      hint: expect.stringContaining('refreshToken'),
    });
  });

  test('where the stored refresh token is void, the one in the settings is tried', async () => {
    const tokens = { refreshToken: 'old' };
    token().reply(400, { error: 'invalid_grant', error_description: 'expired access/refresh token' });
    token().reply(200, granted('00D000000000001!new'));
    describeLead();
    const { crm, store } = open({ store: { tokens, lock: Promise.resolve() } });
    await crm.describe('Lead');
    expect(store.tokens).toMatchObject({ accessToken: '00D000000000001!new', refreshToken: 'r0' });
  });

  test('a token answer that points outside Salesforce is refused', async () => {
    token().reply(200, granted('00D000000000001!new', { instance_url: 'https://evil.example' }));
    const { crm } = open({ auth: { accessToken: undefined } });
    await expect(crm.describe('Lead')).rejects.toMatchObject({ code: 'UNTRUSTED_INSTANCE' });
  });

  test('neither tokens nor values reach the log', async () => {
    nock(HOST)
      .get(/describe$/)
      .reply(...ended());
    token().reply(200, granted('00D000000000001!new', { refresh_token: 'r1' }));
    describeLead();
    queryAll().reply(503, '');
    queryAll().reply(200, page([row(ids[0], '2026-01-01T00:00:00.000+0000', 'secret.person@example.org')]));
    const { crm, logged } = open();
    await crm.readByKey(LEAD, 'Email', []);
    await crm.read(LEAD, null);
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join()).not.toMatch(/secret|example\.org|!new|!access|r1/);
  });
});
