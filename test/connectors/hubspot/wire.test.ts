import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { WriteRow } from '../../../connectors/connector.ts';
import { createHubSpot, hubspotSettings } from '../../../connectors/hubspot/index.ts';
import { recordPorts, stillClock, type TokenStore } from '../ports.ts';

const HOST = 'https://api.hubapi.com';
const JSON_TYPE = { 'content-type': 'application/json' };
const CONTACTS = { object: 'contacts', fields: ['email'] };

function open(options: { auth?: object; settings?: object; store?: TokenStore } = {}) {
  const recorded = recordPorts(stillClock(), options.store);
  const auth = { type: 'oauth', clientId: 'id', clientSecret: 'shh', refreshToken: 'r0', accessToken: 'a0' };
  const settings = hubspotSettings.parse({ auth: { ...auth, ...options.auth }, ...options.settings });
  return { ...recorded, crm: createHubSpot(settings, recorded.ports) };
}
const withKey = () => {
  const recorded = recordPorts();
  const auth = { type: 'token', accessToken: 'key' };
  return { ...recorded, crm: createHubSpot(hubspotSettings.parse({ auth }), recorded.ports) };
};

const account = () => nock(HOST).get('/account-info/v3/details');
const properties = () =>
  nock(HOST)
    .get('/crm/v3/properties/contacts')
    .reply(200, {
      results: [
        { name: 'email', type: 'string' },
        { name: 'firstname', type: 'string' },
      ],
    });
const list = () => nock(HOST).get('/crm/v3/objects/contacts').query(true);
const update = () => nock(HOST).post('/crm/v3/objects/contacts/batch/update');
const token = () => nock(HOST).post('/oauth/v1/token');
const contact = (id: string) => ({
  id,
  properties: { email: `${id}@example.org`, lastmodifieddate: '2026-01-01T00:00:00Z' },
});
const rows = (...ids: string[]): WriteRow[] =>
  ids.map((id) => ({ key: `k${id}`, id, fields: { firstname: `N${id}` } }));
const EXPIRED = {
  status: 'error',
  message: 'The OAuth token used to make this call expired',
  category: 'EXPIRED_AUTHENTICATION',
};
const inputsOf = async (request: Request) => ((await request.json()) as { inputs: { id: string }[] }).inputs;

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

const prepare = () => {
  properties();
  account().reply(200, { portalId: 7 });
};

describe('rare answers to a read', () => {
  test.each([
    ['an HTML page with status 200', 200, '<html>', { 'content-type': 'text/html' }],
    ['half a JSON document', 200, '{"results":[{"id":', JSON_TYPE],
    ['an HTML error page', 502, '<html>Bad Gateway</html>', { 'content-type': 'text/html' }],
    ['a locked portal', 423, '', {}],
    ['a portal on the move', 477, '', { 'retry-after': '5' }],
    ['the burst limit', 429, '{"policyName":"TEN_SECONDLY_ROLLING","errorType":"RATE_LIMIT"}', JSON_TYPE],
  ])('%s is asked for again', async (_, status, body, headers) => {
    prepare();
    list().reply(status, body, headers as Record<string, string>);
    list().reply(200, { results: [contact('1')] });
    const { crm, calls, sleeps } = open();
    expect((await crm.read(CONTACTS, null)).records).toHaveLength(1);
    expect(calls.read).toBe(2);
    expect(sleeps).toHaveLength(1);
  });

  test('a broken connection is tried again', async () => {
    prepare();
    list().replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    list().reply(200, { results: [] });
    const { crm, calls } = open();
    expect((await crm.read(CONTACTS, null)).done).toBe(true);
    expect(calls.read).toBe(2);
  });

  test('a used-up day ends the run at once and says when to come back', async () => {
    prepare();
    list().reply(429, { policyName: 'DAILY', errorType: 'RATE_LIMIT', message: 'You have reached your daily limit.' });
    const { crm, calls } = open();
    await expect(crm.read(CONTACTS, null)).rejects.toMatchObject({
      action: 'stop',
      code: 'DAILY',
      retryAfterMs: 3_600_000,
    });
    expect(calls.read).toBe(1);
  });

  test('a missing scope is named', async () => {
    prepare();
    const errors = [{ message: 'One or more', context: { requiredGranularScopes: ['crm.objects.contacts.read'] } }];
    list().reply(403, { category: 'MISSING_SCOPES', message: 'not granted', errors });
    await expect(open().crm.read(CONTACTS, null)).rejects.toMatchObject({
      action: 'stop',
      code: 'MISSING_SCOPES',
      hint: expect.stringContaining('crm.objects.contacts.read'),
    });
  });

  test('a host that does not answer is named with its connection and what to do', async () => {
    nock.enableNetConnect('127.0.0.1');
    const { crm } = open({ settings: { url: 'http://127.0.0.1:9', sandbox: true } });
    const failure = await crm.check().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      action: 'stop',
      code: 'UNREACHABLE',
      hint: expect.stringContaining('Check the url'),
    });
    expect(String(failure)).toContain('HubSpot connection "crm" (http://127.0.0.1:9) cannot be reached');
  });

  test('an HTML not-found for a batch of ids means that none is there', async () => {
    properties();
    nock(HOST)
      .post('/crm/v3/objects/contacts/batch/read')
      .query(true)
      .times(2)
      .reply(404, '<html>', { 'content-type': 'text/html', 'x-hubspot-notfound': 'true' });
    nock(HOST).get('/crm/v3/objects/contacts/1').query(true).reply(404, '<html>', { 'content-type': 'text/html' });
    expect(await open().crm.readByIds(CONTACTS, ['1'])).toEqual([]);
  });

  test('of many ids that are gone, only those that the caller holds are asked for one by one', async () => {
    properties();
    const ids = Array.from({ length: 150 }, (_, at) => String(at + 1));
    nock(HOST).post('/crm/v3/objects/contacts/batch/read').query(true).times(4).reply(200, { results: [] });
    nock(HOST).get('/crm/v3/objects/contacts/7').query(true).reply(200, contact('900'));
    const { crm, calls } = open();
    expect(await crm.readByIds(CONTACTS, ids, new Set(['7']))).toMatchObject([{ id: '7', mergedInto: '900' }]);
    expect(calls.read).toBe(5);
  });

  test('an association list longer than a page is read to its end', async () => {
    const path = '/crm/v4/associations/contacts/companies/batch/read';
    const to = (id: number, typeId: number) => ({
      toObjectId: id,
      associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId, label: null }],
    });
    nock(HOST)
      .post(path)
      .reply(200, { results: [{ from: { id: '1' }, to: [to(11, 279)], paging: { next: { after: 'x' } } }] });
    nock(HOST)
      .post(path, { inputs: [{ id: '1', after: 'x' }] })
      .reply(200, { results: [{ from: { id: '1' }, to: [to(12, 279), to(12, 1)] }] });
    expect(await open().crm.readAssociations?.('contacts', 'companies', ['1'])).toEqual(new Map([['1', ['12', '11']]]));
  });
});

describe('rare answers to a write', () => {
  test.each([
    [
      'a broken connection',
      () => update().replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
      'ECONNRESET',
    ],
    ['half an answer', () => update().reply(200, '{"results":[', JSON_TYPE), 'BAD_ANSWER'],
    ['a gateway time-out', () => update().reply(504, '<html>'), 'HTTP_504'],
  ])('%s leaves its rows unknown, and nothing is sent twice', async (_, answer, code) => {
    answer();
    const { crm, calls } = open();
    const outcomes = await crm.write('contacts', rows('1', '2'));
    expect(outcomes).toMatchObject([
      { key: 'k1', status: 'unknown', code },
      { key: 'k2', status: 'unknown', code },
    ]);
    expect(calls.write).toBe(1);
  });

  test('a refused connection is tried again, for nothing was sent', async () => {
    update().replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    update().reply(200, { status: 'COMPLETE', results: [contact('1')] });
    expect(await open().crm.write('contacts', rows('1'))).toMatchObject([{ status: 'ok', id: '1' }]);
  });

  test('one bad row that fails the whole batch is isolated by halving', async () => {
    update()
      .times(5)
      .reply(async (request: Request) => {
        const inputs = await inputsOf(request);
        if (inputs.some(({ id }) => id === '3')) {
          return [400, { status: 'error', category: 'VALIDATION_ERROR', message: 'Property values were not valid' }];
        }
        return [200, { status: 'COMPLETE', results: inputs.map(({ id }) => contact(id)).reverse() }];
      });
    const told: string[] = [];
    const { crm, calls } = open();
    const outcomes = await crm.write('contacts', rows('1', '2', '3', '4', '5'), async (some) => {
      told.push(...some.map(({ key }) => key));
    });
    expect(
      outcomes
        .filter(({ status }) => status === 'ok')
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(['k1', 'k2', 'k4', 'k5']);
    expect(outcomes.find(({ key }) => key === 'k3')).toMatchObject({ status: 'reject', code: 'VALIDATION_ERROR' });
    expect(told.toSorted()).toEqual(['k1', 'k2', 'k3', 'k4', 'k5']);
    expect(calls.write).toBe(5);
  });

  test('of a refused batch no half is sent for a caller that may send nothing more', async () => {
    update().reply(400, { status: 'error', category: 'VALIDATION_ERROR', message: 'Property values were not valid' });
    const { crm, calls } = open();
    const writing = crm.write('contacts', rows('1', '2'), () => Promise.reject(new Error('the lease is lost')));
    await expect(writing).rejects.toThrow('the lease is lost');
    expect(calls.write).toBe(1);
  });

  test('an answer that does not say which rows its errors belong to is completed by sending those rows alone', async () => {
    const errors = [{ message: 'some row' }, { message: 'another' }];
    update().reply(207, { status: 'COMPLETE', results: [contact('1')], numErrors: 2, errors });
    update()
      .times(2)
      .reply(async (request: Request) => {
        const [only, ...more] = await inputsOf(request);
        expect(more).toEqual([]);
        return only?.id === '2'
          ? [404, '<html>', { 'x-hubspot-notfound': 'true' }]
          : [200, { results: [contact('3')] }];
      });
    const outcomes = await open().crm.write('contacts', rows('1', '2', '3'));
    expect(outcomes).toMatchObject([
      { key: 'k1', status: 'ok' },
      { key: 'k2', status: 'reject', gone: true },
      { key: 'k3', status: 'ok' },
    ]);
  });

  test('a create that meets a record with the same e-mail is rejected in the words of HubSpot', async () => {
    nock(HOST)
      .post('/crm/v3/objects/contacts/batch/upsert')
      .reply(409, { status: 'error', message: 'Contact already exists. Existing ID: 123', category: 'CONFLICT' });
    const row = { key: 'k', externalId: { field: 'sluice_id', value: 'L1' }, fields: { email: 'a@example.org' } };
    expect(await open().crm.write('contacts', [row])).toMatchObject([
      { status: 'reject', code: 'CONFLICT', message: 'Contact already exists. Existing ID: 123', duplicateOf: ['123'] },
    ]);
  });
});

describe('a connection that breaks inside a body', () => {
  test('is asked again for a read and leaves a write unknown', async () => {
    nock.enableNetConnect('127.0.0.1');
    let broken = 0;
    const server = createServer((request, response) => {
      if (request.method === 'GET' && broken > 0) {
        response.end(JSON.stringify({ portalId: 7 }));
        return;
      }
      broken += 1;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
      response.write('{"results":[');
      setImmediate(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { crm, calls } = open({ settings: { url: `http://127.0.0.1:${port}`, sandbox: true } });
      expect((await crm.check()).orgId).toBe('7');
      expect(await crm.write('contacts', rows('1'))).toMatchObject([{ status: 'unknown' }]);
      expect(calls).toMatchObject({ check: 2, write: 1 });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('the token', () => {
  test('that ended is renewed once for all, and saved before it is used', async () => {
    const store: TokenStore = { tokens: null, lock: Promise.resolve() };
    nock(HOST)
      .get(/^\/crm\/v3\/properties\//)
      .times(4)
      .reply((request: Request) => {
        if (request.headers.get('authorization') === 'Bearer a0') return [401, EXPIRED];
        expect(store.tokens).toMatchObject({
          accessToken: 'a1',
          refreshToken: 'r1',
          expiresAt: '2026-06-01T00:30:00.000Z',
        });
        return [200, { results: [] }];
      });
    let form = '';
    token().reply(200, async (request: Request) => {
      form = await request.text();
      expect(request.headers.get('authorization')).toBeNull();
      return { access_token: 'a1', refresh_token: 'r1', expires_in: 1800 };
    });
    const { crm, calls } = open({ store });
    await Promise.all([crm.describe('contacts'), crm.describe('companies')]);
    expect(calls).toEqual({ describe: 4, auth: 1 });
    expect(new URLSearchParams(form).get('refresh_token')).toBe('r0');
  });

  test('that stays refused stops the run instead of looping', async () => {
    account().times(2).reply(401, EXPIRED);
    token().reply(200, { access_token: 'a1', refresh_token: 'r1', expires_in: 1800 });
    const { crm, calls } = open();
    await expect(crm.check()).rejects.toMatchObject({ action: 'stop', code: 'BAD_CREDENTIALS' });
    expect(calls).toEqual({ check: 2, auth: 1 });
  });

  test('that cannot be renewed stops the run with what to do', async () => {
    token().reply(400, {
      error: 'invalid_grant',
      status: 'BAD_REFRESH_TOKEN',
      message: 'missing or invalid refresh token',
    });
    await expect(open({ auth: { accessToken: undefined } }).crm.check()).rejects.toMatchObject({
      action: 'stop',
      code: 'BAD_CREDENTIALS',
      hint: expect.stringContaining('refreshToken'),
    });
  });

  test('of a service key is never renewed', async () => {
    account().reply(401, { ...EXPIRED, category: 'INVALID_AUTHENTICATION' });
    const { crm, calls } = withKey();
    await expect(crm.check()).rejects.toMatchObject({ action: 'stop', code: 'BAD_CREDENTIALS' });
    expect(calls).toEqual({ check: 1 });
  });

  test('and values never reach the log', async () => {
    prepare();
    list().reply(502, '');
    list().reply(200, { results: [contact('1')] });
    const { crm, logged } = open();
    await crm.read(CONTACTS, null);
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join()).not.toMatch(/a0|r0|shh|example\.org/);
  });
});
