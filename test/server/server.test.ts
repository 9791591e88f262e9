import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type Listening, type ServerOptions } from '../../src/server/server.ts';
import { type Fixture, fixture } from '../browser/fixture.ts';

let built: string;
let port: Fixture;
let running: Listening;
const failures: unknown[] = [];

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'sluice-console-'));
  mkdirSync(join(built, 'assets'));
  writeFileSync(join(built, 'index.html'), '<!doctype html><title>Sluice</title>');
  writeFileSync(join(built, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(built, 'assets', 'index-Ab12.js'), 'export {};');
  port = fixture();
  running = await createServer(port, {
    consoleDir: built,
    hosts: ['sluice.example.com'],
    requestsPerMinute: 10_000,
    onError: (error) => failures.push(error),
  }).listen();
});

afterAll(async () => {
  await running.close();
  rmSync(built, { recursive: true });
});

beforeEach(() => {
  port.broken = false;
  port.empty = false;
  port.asked.length = 0;
  failures.length = 0;
});

async function get(path: string) {
  const response = await fetch(running.url + path);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

async function withServer<T>(options: Partial<ServerOptions>, use: (url: string) => Promise<T>): Promise<T> {
  const server = await createServer(port, { consoleDir: built, ...options }).listen();
  try {
    return await use(server.url);
  } finally {
    await server.close();
  }
}

async function resend(id: string, headers: Readonly<Record<string, string>>) {
  const response = await fetch(`${running.url}/api/errors/${id}/resend`, { method: 'POST', headers, body: '{}' });
  return { status: response.status, body: await response.json() };
}

/** fetch sets Host itself; this sends the one given. */
function statusUnderHost(host: string, path = '/api/health'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port: tcpPort } = new URL(running.url);
    httpRequest({ hostname, port: tcpPort, path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('the API', () => {
  test('answers the overview, the ROI and the runs as the port gives them, never to be cached', async () => {
    const overview = await get('/api/overview');
    expect(overview.json()).toEqual(await port.overview());
    expect(overview.headers.get('cache-control')).toBe('no-store');
    expect((await get('/api/roi')).json()).toEqual(await port.roi());
    expect((await get('/api/runs?limit=3')).json()).toEqual(await port.runs(3));
    expect((await get('/api/runs')).json()).toHaveLength(20);
    expect((await get('/api/health')).json()).toEqual({ status: 'ok' });
  });

  test('asks the port for leads with defaults where the request names nothing', async () => {
    const page = (await get('/api/leads')).json();
    expect(page.total).toBe(2_000);
    expect(page.rows).toHaveLength(50);
    expect(port.asked).toEqual([{ sort: '-score', offset: 0, limit: 50 }]);
  });

  test('hands filters, order and page on, and leaves out filters that are empty', async () => {
    await get('/api/leads?state=No+decision&grade=B&partner=pt_1&q=%20Ann%20&sort=company&offset=40&limit=20');
    await get('/api/leads?q=');
    expect(port.asked).toEqual([
      { state: 'No decision', grade: 'B', partner: 'pt_1', q: 'Ann', sort: 'company', offset: 40, limit: 20 },
      { sort: '-score', offset: 0, limit: 50 },
    ]);
  });

  test.each([
    ['state=Gone', 'query parameter "state" must be one of: New, Held,'],
    ['grade=a', 'query parameter "grade" must be one of: A, B, C, D'],
    ['sort=email', 'query parameter "sort" must be one of: score, -score,'],
    ['limit=0', 'query parameter "limit" must be at least 1'],
    ['limit=1e3', 'query parameter "limit" must be a whole number'],
    ['limit=201', 'query parameter "limit" must be at most 200'],
    ['offset=-1', 'query parameter "offset" must be a whole number'],
    ['q=a&q=b', 'query parameter "q" must be given once'],
    ['stat=New', 'unknown query parameter: stat'],
    ['__proto__=1', 'unknown query parameter: __proto__'],
  ])('refuses %p as a query and says what is wrong', async (query, message) => {
    const answer = await get(`/api/leads?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json().error.message).toContain(message);
    expect(port.asked).toEqual([]);
  });

  test('refuses to look for more than 200 characters', async () => {
    const answer = await get(`/api/leads?q=${'x'.repeat(201)}`);
    expect(answer.status).toBe(400);
    expect(answer.json().error.message).toBe('query parameter "q" must have at most 200 characters');
  });

  test('answers one lead by its id, and 404 with a sentence for an id that nobody has', async () => {
    const id = port.rows[7]?.id ?? '';
    expect((await get(`/api/leads/${id}`)).json()).toEqual(await port.lead(id));
    const missing = await get('/api/leads/ld_nobody');
    expect(missing.status).toBe(404);
    expect(missing.json().error.message).toContain('There is no lead "ld_nobody"');
  });

  test('answers JSON also where the path is unknown, cannot be decoded or is written to', async () => {
    expect((await get('/api/nothing')).json()).toEqual({
      error: { message: 'There is no GET /api/nothing in this API.' },
    });
    expect((await get('/api/leads/%E0%A4%A')).status).toBe(400);
    const post = await fetch(`${running.url}/api/leads`, { method: 'POST' });
    expect(post.status).toBe(404);
    expect(await post.json()).toEqual({ error: { message: 'There is no POST /api/leads in this API.' } });
  });

  test('tells a failure of its own to the log in full and to the client without its words', async () => {
    port.broken = true;
    const answer = await get('/api/overview');
    expect(answer.status).toBe(500);
    expect(answer.json().error.message).toContain('could not answer GET /api/overview');
    expect(answer.text).not.toContain('secret-host');
    expect(String(failures)).toContain('secret-host');
  });

  test('stops answering an address that asks too often, and says so', async () => {
    await withServer({ requestsPerMinute: 2 }, async (url) => {
      const statuses = [];
      for (let i = 0; i < 3; i++) statuses.push((await fetch(`${url}/api/health`)).status);
      expect(statuses).toEqual([200, 200, 429]);
    });
  });
});

describe('protection', () => {
  test.each([
    'localhost',
    'localhost:4400',
    '127.0.0.1:4400',
    '[::1]:4400',
    'LOCALHOST',
    'localhost.',
    'sluice.example.com:443',
  ])('answers under the host name %s', async (host) => expect(await statusUnderHost(host)).toBe(200));

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'sluice.example.com.evil.example',
    '127.0.0.1@evil.example',
  ])('refuses the host name "%s", so that a rebound DNS name reads nothing', async (host) => {
    expect(await statusUnderHost(host)).toBe(403);
    expect(await statusUnderHost(host, '/')).toBe(403);
  });

  test('lets no script run but its own, and nobody frame it', async () => {
    const policy = (await get('/')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('upgrade-insecure-requests');
  });

  test('lets no other origin read its answers', async () => {
    const response = await fetch(`${running.url}/api/overview`, { headers: { origin: 'https://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });
});

describe('the console’s files', () => {
  test('hashed assets are kept for ever, the page and the icon are asked for anew', async () => {
    expect((await get('/assets/index-Ab12.js')).headers.get('cache-control')).toBe(
      'public, max-age=31536000, immutable',
    );
    expect((await get('/')).headers.get('cache-control')).toBe('no-cache');
    const icon = await get('/favicon.svg');
    expect(icon.headers.get('content-type')).toContain('image/svg+xml');
    expect(icon.headers.get('cache-control')).toBe('no-cache');
  });

  test('every page of the console is index.html, an asset that is gone is not', async () => {
    expect((await get('/leads/ld_1?state=Won')).text).toContain('<title>Sluice</title>');
    const gone = await get('/assets/index-Old.js');
    expect(gone.status).toBe(404);
    expect(gone.headers.get('content-type')).toContain('text/plain');
  });

  test('no path leads out of the folder', async () => {
    expect((await get('/..%2f..%2fpackage.json')).text).not.toContain('sluice');
    expect((await get('/assets/..%2f..%2f..%2fetc/passwd')).status).toBeGreaterThanOrEqual(400);
  });

  test('without a build it says how to make one, and serves it as soon as it is there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-unbuilt-'));
    await withServer({ consoleDir: folder }, async (url) => {
      const before = await fetch(url);
      expect(before.status).toBe(503);
      expect(await before.text()).toContain('npm run build');
      expect((await fetch(`${url}/api/health`)).status).toBe(200);
      writeFileSync(join(folder, 'index.html'), 'built');
      expect(await (await fetch(url)).text()).toBe('built');
    });
    rmSync(folder, { recursive: true });
  });
});

describe('listening', () => {
  test('it binds to loopback unless told otherwise', () => {
    expect(new URL(running.url).hostname).toBe('127.0.0.1');
  });

  test('a port in use is told in words', async () => {
    const taken = Number(new URL(running.url).port);
    await expect(createServer(port, { consoleDir: built }).listen('127.0.0.1', taken)).rejects.toThrow(
      `Port ${taken} of 127.0.0.1 is taken by another program`,
    );
  });

  test('closing does not wait for connections that a browser keeps open', async () => {
    const server = await createServer(port, { consoleDir: built }).listen();
    await (await fetch(server.url)).text();
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });
});

describe('errors', () => {
  const json = { 'content-type': 'application/json' };

  test('are listed by cause and shown one by one', async () => {
    expect((await get('/api/errors')).json().groups).toHaveLength(4);
    expect((await get('/api/errors/aaaaaaaaaaaa')).json()).toMatchObject({ records: 3, shown: { length: 3 } });
    expect((await get('/api/errors/nothing')).status).toBe(404);
  });

  test('of one cause are resent', async () => {
    expect(await resend('aaaaaaaaaaaa', json)).toMatchObject({ status: 200, body: { writes: 3 } });
    expect((await resend('nothing', json)).status).toBe(404);
  });

  test('are not resent by a page of somebody else', async () => {
    port.resent.length = 0;
    expect((await resend('aaaaaaaaaaaa', { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await resend('aaaaaaaaaaaa', { ...json, 'sec-fetch-site': 'cross-site' })).status).toBe(400);
    expect(port.resent).toEqual([]);
  });
});
