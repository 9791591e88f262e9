import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type Listening } from '../../src/server/server.ts';
import type { Delivery, Received } from '../../src/server/webhooks.ts';
import { fixture } from '../browser/fixture.ts';

const delivered: { connection: string; delivery: Delivery }[] = [];
let answer: Received = { status: 'accepted' };
let running: Listening;
let behindProxy: Listening;

beforeAll(async () => {
  const receive = async (connection: string, delivery: Delivery): Promise<Received> => {
    delivered.push({ connection, delivery });
    return connection === 'hubspot' ? answer : null;
  };
  const start = (publicUrl?: string) =>
    createServer(fixture(), {
      consoleDir: '/nowhere',
      webhooks: { receive, ...(publicUrl === undefined ? {} : { publicUrl }) },
    }).listen();
  running = await start();
  behindProxy = await start('https://sluice.example.com/hooks/');
});
afterAll(async () => {
  await running.close();
  await behindProxy.close();
});
beforeEach(() => {
  delivered.length = 0;
  answer = { status: 'accepted' };
});

async function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  url = running.url,
) {
  const response = await fetch(url + path, { method: 'POST', body, headers });
  return { status: response.status, body: await response.json() };
}

describe('a delivery', () => {
  test('is handed over as it came: method, address with its query, headers in lower case, the bytes of the body', async () => {
    const body = Uint8Array.from([0x5b, 0xff, 0x20, 0x5d]);
    const { status } = await post('/webhooks/hubspot?a=%2Fb', body, {
      'Content-Type': 'application/json',
      'X-HubSpot-Signature-v3': 'abc',
    });
    expect(status).toBe(200);
    expect(delivered).toHaveLength(1);
    const [{ connection, delivery } = { connection: '', delivery: null }] = delivered;
    expect(connection).toBe('hubspot');
    expect(delivery).toMatchObject({ method: 'POST', url: `${running.url}/webhooks/hubspot?a=%2Fb` });
    expect(delivery?.headers['x-hubspot-signature-v3']).toBe('abc');
    expect([...(delivery?.body ?? [])]).toEqual([...body]);
  });

  test('behind a proxy is told the address that the CRM knows', async () => {
    await post('/webhooks/hubspot?a=1', '[]', {}, behindProxy.url);
    expect(delivered[0]?.delivery.url).toBe('https://sluice.example.com/hooks/webhooks/hubspot?a=1');
  });

  test('may name any host: its signature proves it, not its Host', async () => {
    const { hostname, port } = new URL(running.url);
    const status = await new Promise((resolve, reject) => {
      httpRequest(
        { hostname, port, path: '/webhooks/hubspot', method: 'POST', headers: { host: 'sluice.example.com' } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on('error', reject)
        .end('[]');
    });
    expect(status).toBe(200);
  });

  test('without a body has an empty one', async () => {
    await post('/webhooks/hubspot', '');
    expect(delivered[0]?.delivery.body).toHaveLength(0);
  });
});

describe('what is refused', () => {
  test.each([
    [401, 'the signature does not fit'],
    [400, 'the body is no list of events'],
    [413, 'more events than HubSpot sends'],
  ] as const)('with %i says why, in JSON', async (httpStatus, reason) => {
    answer = { status: 'refused', httpStatus, reason };
    expect(await post('/webhooks/hubspot', 'x')).toEqual({ status: httpStatus, body: { error: { message: reason } } });
  });

  test('a connection that nobody knows is 404', async () => {
    expect((await post('/webhooks/other', '[]')).status).toBe(404);
  });

  test('a body over the limit is 413 by what its length says, and nobody looks at it', async () => {
    expect((await post('/webhooks/hubspot', 'x'.repeat(1_048_577))).status).toBe(413);
    expect(delivered).toEqual([]);
  });

  test('a body that does not say its length is 413 once the limit is reached', async () => {
    const { hostname, port } = new URL(running.url);
    const sent = await new Promise<{ status: number | undefined; chunks: number }>((resolve, reject) => {
      let chunks = 0;
      let answered = false;
      const request = httpRequest(
        { hostname, port, path: '/webhooks/hubspot', method: 'POST', headers: { 'transfer-encoding': 'chunked' } },
        (response) => {
          answered = true;
          response.resume();
          resolve({ status: response.statusCode, chunks });
          request.destroy();
        },
      ).on('error', (error) => {
        if (!answered) reject(error);
      });
      const more = () => {
        if (answered) return;
        chunks += 1;
        request.write(Buffer.alloc(65_536), more);
      };
      more();
    });
    expect(sent.status).toBe(413);
    expect(delivered).toEqual([]);
  });

  test('other methods are not webhooks', async () => {
    expect((await fetch(`${running.url}/webhooks/hubspot`)).status).not.toBe(200);
    expect(delivered).toEqual([]);
  });
});
