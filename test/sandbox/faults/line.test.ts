import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type FaultScheduleInput,
  Faults,
  SandboxClock,
  startHubSpot,
  startSalesforce,
  startSandbox,
} from '../../../sandbox/index.ts';

const clock = new SandboxClock(Date.parse('2026-06-01T00:00:00Z'));
const faults = new Faults();
let salesforce: Awaited<ReturnType<typeof startSalesforce>>;
let hubspot: Awaited<ReturnType<typeof startHubSpot>>;

beforeAll(async () => {
  salesforce = await startSalesforce({ clock, faults });
  hubspot = await startHubSpot({ clock, faults, limits: false });
});
afterAll(async () => {
  await salesforce.close();
  await hubspot.close();
});
beforeEach(() => faults.stop());

type Rule = FaultScheduleInput['rules'][number];
const strike = (...rules: Rule[]) => faults.use({ rules });

async function ask(url: string, token: string, method: string, path: string, body?: unknown, signal?: AbortSignal) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}
const force = (method: string, path: string, body?: unknown) =>
  ask(salesforce.url, salesforce.credentials.accessToken, method, `/services/data/v68.0${path}`, body);
const hub = (method: string, path: string, body?: unknown, signal?: AbortSignal) =>
  ask(hubspot.url, hubspot.serviceKey, method, `/crm/v3/objects${path}`, body, signal);

const leads = async () =>
  (await force('GET', `/query?q=${encodeURIComponent('SELECT Company FROM Lead')}`))
    .json()
    .records.map(({ Company }: { Company: string }) => Company)
    .sort();
const createLead = (name: string) => force('POST', '/sobjects/Lead', { LastName: 'L', Company: name });

describe('a lost connection', () => {
  test('before the effect: nothing was done', async () => {
    strike({ fault: 'reset-before', nth: 1 });
    await expect(createLead('never')).rejects.toThrow('fetch failed');
    expect(await leads()).not.toContain('never');
  });

  test.each([
    ['reset-after', { fault: 'reset-after', nth: 1 }],
    ['truncated', { fault: 'truncated', nth: 1 }],
  ] as const)('after the effect: it was done, the answer is gone (%s)', async (name, rule) => {
    strike(rule);
    await expect(createLead(name)).rejects.toThrow(/fetch failed|terminated/);
    expect(await leads()).toContain(name);
  });

  test('half a document may look like a whole one', async () => {
    strike({ fault: 'truncated', how: 'short', nth: 1 });
    const answer = await hub('GET', '/contacts');
    expect(answer.status).toBe(200);
    expect(() => answer.json()).toThrow(SyntaxError);
  });

  test.each([
    ['none', false],
    ['done', true],
  ] as const)('no answer ever comes, and the effect is %s', async (effect, isDone) => {
    strike({ fault: 'timeout', method: 'POST', effect, nth: 1 });
    const email = `late-${effect}@x.de`;
    const abort = new AbortController();
    const asked = hub('POST', '/contacts', { properties: { email } }, abort.signal);
    // Another request is answered meanwhile.
    expect((await hub('GET', '/contacts')).status).toBe(200);
    abort.abort();
    await expect(asked).rejects.toThrow('abort');
    const listed = (await hub('GET', '/contacts?properties=email&limit=100')).json().results as {
      properties: { email: string };
    }[];
    expect(listed.some(({ properties }) => properties.email === email)).toBe(isDone);
  });
});

describe('answers in the vendor’s words', () => {
  test.each([
    [{ fault: 'unauthorized', nth: 1 }, 401, 'INVALID_SESSION_ID'],
    [{ fault: 'forbidden', nth: 1 }, 403, 'API_DISABLED_FOR_ORG'],
    [{ fault: 'limited', nth: 1 }, 403, 'REQUEST_LIMIT_EXCEEDED'],
    [{ fault: 'limited', scope: 'daily', nth: 1 }, 403, 'REQUEST_LIMIT_EXCEEDED'],
    [{ fault: 'server-error', nth: 1 }, 500, 'UNKNOWN_EXCEPTION'],
    [{ fault: 'server-error', status: 503, nth: 1 }, 503, 'SERVER_UNAVAILABLE'],
  ] as const)('Salesforce: %j', async (rule, status, errorCode) => {
    strike(rule);
    const answer = await force('GET', '/sobjects');
    expect(answer.status).toBe(status);
    expect(answer.json()).toEqual([{ errorCode, message: expect.any(String) }]);
  });

  test.each([
    [{ fault: 'unauthorized', nth: 1 }, 401, { category: 'EXPIRED_AUTHENTICATION' }],
    [{ fault: 'forbidden', nth: 1 }, 403, { category: 'MISSING_SCOPES' }],
    [{ fault: 'locked', nth: 1 }, 423, {}],
    [{ fault: 'limited', nth: 1 }, 429, { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' }],
    [{ fault: 'limited', scope: 'daily', nth: 1 }, 429, { policyName: 'DAILY' }],
    [{ fault: 'server-error', status: 504, nth: 1 }, 504, {}],
  ] as const)('HubSpot: %j', async (rule, status, words) => {
    strike(rule);
    const answer = await hub('GET', '/contacts');
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ status: 'error', correlationId: expect.any(String), ...words });
  });

  test('a wait is asked for where the schedule says so', async () => {
    strike({ fault: 'limited', retryAfterSeconds: 3, nth: 1 }, { fault: 'migrating', retryAfterSeconds: 60, nth: 2 });
    expect((await hub('GET', '/contacts')).headers.get('retry-after')).toBe('3');
    const moving = await hub('GET', '/contacts');
    expect([moving.status, moving.headers.get('retry-after')]).toEqual([477, '60']);
    strike({ fault: 'limited', nth: 1 });
    expect((await hub('GET', '/contacts')).headers.get('retry-after')).toBeNull();
  });

  test('an error page of a proxy is HTML', async () => {
    strike({ fault: 'html', status: 503, nth: 1 });
    const page = await force('GET', '/sobjects');
    expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html']);
    expect(page.text).toContain('<h1>503 Service Temporarily Unavailable</h1>');
  });

  test('garbage comes with status 200', async () => {
    strike({ fault: 'garbage', every: 1 });
    const bodies = new Set<string>();
    for (let n = 0; n < 30; n++) {
      const answer = await hub('GET', '/contacts');
      expect(answer.status).toBe(200);
      bodies.add(answer.text);
    }
    expect(bodies.size).toBeGreaterThan(3);
    expect([...bodies].some((body) => body.includes('"results":['))).toBe(false);
  });
});

describe('some rows of a write', () => {
  test('Salesforce: meet a locked row, the others are written; order and count stay', async () => {
    strike({ fault: 'row-lock', share: 0.4, path: '/services/data/*/composite/sobjects', nth: 1 });
    const records = Array.from({ length: 8 }, (_, n) => ({
      attributes: { type: 'Lead' },
      LastName: 'L',
      Company: `row ${n}`,
    }));
    const rows = (await force('POST', '/composite/sobjects', { allOrNone: false, records })).json() as {
      success: boolean;
      errors: { statusCode: string; message: string }[];
    }[];
    expect(rows).toHaveLength(8);
    const there = new Set(await leads());
    for (const [n, row] of rows.entries()) {
      expect(there.has(`row ${n}`)).toBe(row.success);
      if (!row.success) expect(row.errors).toMatchObject([{ statusCode: 'UNABLE_TO_LOCK_ROW', fields: [] }]);
    }
    expect(rows.some(({ success }) => success)).toBe(true);
    expect(rows.some(({ success }) => !success)).toBe(true);
  });

  test('HubSpot: are refused for the moment, the others written, with status 207', async () => {
    strike({ fault: 'partial', share: 0.4, every: 1 });
    const inputs = Array.from({ length: 8 }, (_, n) => ({
      properties: { email: `row-${n}@x.de` },
      objectWriteTraceId: `t${n}`,
    }));
    const answer = await hub('POST', '/contacts/batch/create', { inputs });
    expect(answer.status).toBe(207);
    const { results, errors, numErrors } = answer.json();
    expect(numErrors).toBe(1);
    expect(errors[0]).toMatchObject({ status: 'error', category: 'RATE_LIMITS' });
    const refused: string[] = errors[0].context.objectWriteTraceId;
    const made = results.map(({ properties }: { properties: { email: string } }) => properties.email);
    for (const [n] of inputs.entries()) expect(made.includes(`row-${n}@x.de`)).toBe(!refused.includes(`t${n}`));
    expect(made.length + refused.length).toBe(8);
  });

  test('HubSpot: without trace ids a batch stands or falls as one, so that no row is singled out', async () => {
    strike({ fault: 'partial', every: 1 });
    const answer = await hub('POST', '/contacts/batch/create', { inputs: [{ properties: { email: 'whole@x.de' } }] });
    expect([answer.status, answer.json().results.length]).toEqual([201, 1]);
  });
});

describe('a clock that is wrong', () => {
  test('shows in the Date header and in the stamps of records', async () => {
    strike({ fault: 'clock-skew', crm: 'hubspot', skewMs: 3_600_000 });
    const made = await hub('POST', '/contacts', { properties: { email: 'early@x.de' } });
    const ahead = Date.parse(made.json().createdAt) - clock.now();
    expect(ahead).toBeGreaterThan(3_500_000);
    expect(Date.parse(made.headers.get('date') ?? '') - clock.now()).toBeGreaterThan(3_500_000);
    const { id } = (await createLead('on time')).json();
    const lead = (await force('GET', `/sobjects/Lead/${id}`)).json();
    expect(Date.parse(lead.SystemModstamp)).toBeLessThanOrEqual(clock.now());
  });
});

describe('webhooks', () => {
  test('come twice where the schedule says so', async () => {
    const received: unknown[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        received.push(...(JSON.parse(body) as unknown[]));
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const targetUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const own = new Faults({ rules: [{ fault: 'duplicate-events', every: 1, share: 1 }] });
    const portal = await startHubSpot({
      clock,
      faults: own,
      webhooks: { targetUrl, subscriptions: ['contact.creation'] },
    });
    try {
      const made = await ask(portal.url, portal.serviceKey, 'POST', '/crm/v3/objects/contacts', {
        properties: { email: 'told@x.de' },
      });
      await portal.webhooks.idle();
      expect(received).toHaveLength(2);
      expect(received[0]).toMatchObject({ objectId: Number(made.json().id) });
      expect(received[1]).toEqual(received[0]);
      expect(own.counts).toEqual({ 'duplicate-events': 1 });
    } finally {
      await portal.close();
      await new Promise((resolve) => receiver.close(resolve));
    }
  });
});

describe('a whole sandbox', () => {
  test('takes a schedule, spares its market, and lets it be changed and counted', async () => {
    const sandbox = await startSandbox({
      leads: 5,
      seed: 2,
      baseTime: Date.parse('2026-03-02T08:00:00Z'),
      faults: { rules: [{ fault: 'unauthorized', every: 1 }] },
    });
    try {
      const door = async (method: string, body?: string) => {
        const response = await fetch(`${sandbox.control.url}/faults`, {
          method,
          ...(body === undefined ? {} : { body }),
        });
        return [response.status, await response.json()];
      };
      const list = () =>
        fetch(`${sandbox.hubspot.url}/crm/v3/objects/contacts`, {
          headers: { authorization: `Bearer ${sandbox.hubspot.accessToken}` },
        });
      expect((await list()).status).toBe(401);
      await fetch(`${sandbox.control.url}/advance`, { method: 'POST', body: '{"hours": 0.25}' });
      expect(await door('GET')).toMatchObject([200, { counts: { unauthorized: 1 } }]);
      expect(await door('PUT', 'rules:\n  - { fault: timeout }')).toMatchObject([
        400,
        { error: expect.stringContaining('body:2:') },
      ]);
      expect(await door('PUT', '{"rules": []}')).toMatchObject([200, { schedule: { rules: [] } }]);
      expect((await list()).status).toBe(200);
    } finally {
      await sandbox.close();
    }
  });

  test('refuses a bad schedule before it starts', async () => {
    await expect(startSandbox({ faults: { rules: [{ fault: 'timeout' }] } })).rejects.toThrow('say when it strikes');
  });
});
