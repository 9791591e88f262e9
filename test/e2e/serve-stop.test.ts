import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HubSpotSandbox, SandboxClock, startHubSpot } from '../../sandbox/index.ts';
import { killChildren, sluice, startSluice, temporaryFolder } from '../support/children.ts';

const PEOPLE = 250;
const CONTACTS = '/crm/v3/objects/contacts';

let hubspot: HubSpotSandbox;
let gate: Server;
let config = '';
/** Which requests are held back for as long as the test wants; those that came, by path. */
let holds: (path: string) => boolean = () => false;
let came: string[] = [];
let release: () => void = () => undefined;
let isHeld: Promise<void> = Promise.resolve();

/** From now on the next request that `wanted` speaks of is held, and all after it. */
function hold(wanted: (path: string) => boolean): void {
  came = [];
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held: () => void = () => undefined;
  isHeld = new Promise((resolve) => {
    held = resolve;
  });
  gates = released;
  holds = (path) => {
    if (!wanted(path)) return false;
    held();
    return true;
  };
}
let gates: Promise<void> = Promise.resolve();

async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const path = request.url ?? '';
  came.push(path);
  if (holds(path)) await gates;
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
  const answer = await fetch(hubspot.url + path, {
    method: request.method ?? 'GET',
    headers: headers as Record<string, string>,
    ...(parts.length === 0 ? {} : { body: Buffer.concat(parts) }),
  });
  const type = answer.headers.get('content-type');
  response.writeHead(answer.status, type === null ? {} : { 'content-type': type });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function crm(method: string, path: string, body: object) {
  const response = await fetch(hubspot.url + path, {
    method,
    headers: { authorization: `Bearer ${hubspot.serviceKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

beforeAll(async () => {
  hubspot = await startHubSpot({ clock: new SandboxClock(), limits: false });
  gate = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  await crm('POST', '/crm/v3/properties/contacts', {
    name: 'product_interest',
    label: 'Product of interest',
    type: 'string',
    fieldType: 'text',
    groupName: 'contactinformation',
  });
  for (let from = 0; from < PEOPLE; from += 50) {
    const inputs = Array.from({ length: 50 }, (_, at) => ({
      properties: {
        email: `person${from + at}@acme.de`,
        lastname: `Person ${from + at}`,
        company: 'Acme GmbH',
        country: 'Germany',
        product_interest: 'Vault',
        lifecyclestage: 'marketingqualifiedlead',
      },
    }));
    await crm('POST', `${CONTACTS}/batch/create`, { inputs });
  }
  config = join(temporaryFolder(), 'config');
  mkdirSync(config, { recursive: true });
  const { clientId, clientSecret, refreshToken } = hubspot.credentials;
  const hub = {
    kind: 'hubspot',
    url: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    sandbox: true,
    auth: { type: 'oauth', clientId, clientSecret, refreshToken },
    listPageSize: 20,
    batchSize: 20,
    concurrency: 1,
  };
  const document = {
    vendor: { name: 'Solo Inc.', currency: 'USD' },
    connections: { hub },
    database: { embedded: 'database' },
    schedule: { everyMinutes: 1440 },
  };
  writeFileSync(join(config, 'sluice.yaml'), JSON.stringify(document));
  const provisioned = await sluice(['provision', '--config', config]);
  if (provisioned.code !== 0) throw new Error(provisioned.err);
});
afterAll(async () => {
  release();
  await killChildren();
  gate.closeAllConnections();
  await new Promise((resolve) => gate.close(resolve));
  await hubspot.close();
});

const serve = () => startSluice(['serve', '--config', config, '--port', '0', '--json']);
const written = (paths: readonly string[]) => paths.filter((path) => path.includes('contacts/batch/update')).length;

test('told to stop while it reads, it finishes the call in flight, makes no other, and says that the run stopped', async () => {
  hold(
    (path) => path.startsWith(`${CONTACTS}?`) && came.filter((each) => each.startsWith(`${CONTACTS}?`)).length === 3,
  );
  const serving = serve();
  await isHeld;
  serving.child.kill('SIGTERM');
  await serving.until('err', /stopping: calls in flight are finished first/);
  const before = came.length;
  release();
  const { code, err } = await serving.ended;
  expect(code).toBe(0);
  expect(err).toMatch(/ run_\d+: stopped, it was told to stop; nothing was lost/);
  expect(came.length).toBe(before);
});

test('told to stop while it writes, it finishes the batch in flight and begins no other', async () => {
  hold((path) => path.includes('contacts/batch/update') && written(came) === 2);
  const serving = serve();
  await isHeld;
  serving.child.kill('SIGTERM');
  await serving.until('err', /stopping/);
  release();
  expect((await serving.ended).code).toBe(0);
  expect(written(came)).toBe(2);
});

test('a second signal ends it at once, though a call is in flight', async () => {
  hold((path) => path.includes('contacts/batch/update'));
  const serving = serve();
  await isHeld;
  serving.child.kill('SIGTERM');
  await serving.until('err', /stopping/);
  serving.child.kill('SIGTERM');
  expect((await serving.ended).code).toBe(4);
  release();
});

test('and the next run does what was left, to the last record', async () => {
  hold(() => false);
  const synced = await sluice(['sync', '--json', '--config', config]);
  expect({ code: synced.code, err: synced.err }).toMatchObject({ code: 0 });
  const response = await fetch(`${hubspot.url}${CONTACTS}/search`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hubspot.serviceKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      filterGroups: [{ filters: [{ propertyName: 'sluice_lead', operator: 'HAS_PROPERTY' }] }],
      limit: 1,
    }),
  });
  expect(await response.json()).toMatchObject({ total: PEOPLE });
  const again = await sluice(['sync', '--json', '--config', config]);
  expect(JSON.parse(again.out)).toMatchObject({ status: 'done', connections: { hub: { written: 0 } } });
});
