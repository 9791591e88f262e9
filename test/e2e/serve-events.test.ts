import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HubSpotSandbox, SandboxClock, startHubSpot } from '../../sandbox/index.ts';
import { killChildren, type Running, startSluice, temporaryFolder } from '../support/children.ts';

let hubspot: HubSpotSandbox;
let serving: Running;
let address: string;

/** How many runs `serve` has told of. */
const runs = () => serving.said.err.match(/ run_\d+: /g)?.length ?? 0;

async function crm(method: string, path: string, body?: object) {
  const response = await fetch(hubspot.url + path, {
    method,
    headers: { authorization: `Bearer ${hubspot.serviceKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

beforeAll(async () => {
  hubspot = await startHubSpot({ clock: new SandboxClock(), limits: false });
  await crm('POST', '/crm/v3/properties/contacts', {
    name: 'product_interest',
    label: 'Product of interest',
    type: 'string',
    fieldType: 'text',
    groupName: 'contactinformation',
  });
  const dir = join(temporaryFolder(), 'config');
  mkdirSync(dir, { recursive: true });
  const { url, clientId, clientSecret, refreshToken } = hubspot.credentials;
  const hub = {
    kind: 'hubspot',
    url,
    sandbox: true,
    auth: { type: 'oauth', clientId, clientSecret, refreshToken },
    webhooks: { clientSecret, appId: hubspot.appId },
  };
  const document = {
    vendor: { name: 'Solo Inc.', currency: 'USD' },
    connections: { hub },
    database: { embedded: 'database' },
  };
  writeFileSync(join(dir, 'sluice.yaml'), JSON.stringify({ ...document, schedule: { everyMinutes: 1440 } }));
  const provisioned = await startSluice(['provision', '--config', dir]).ended;
  if (provisioned.code !== 0) throw new Error(provisioned.err);
  serving = startSluice(['serve', '--config', dir, '--port', '0', '--json']);
  await serving.until('out', /"url"/);
  address = /"url":\s*"([^"]+)"/.exec(serving.said.out)?.[1] ?? '';
  await serving.until('err', / run_\d+: done/);
});
afterAll(async () => {
  await killChildren();
  await hubspot.close();
});

test('a change that HubSpot tells of is answered by a write long before the next poll', async () => {
  hubspot.subscribeToAll(`${address}/webhooks/hub`);
  const before = runs();
  const { id } = await crm('POST', '/crm/v3/objects/contacts', {
    properties: {
      email: 'anna.schmidt@acme.de',
      firstname: 'Anna',
      lastname: 'Schmidt',
      company: 'Acme GmbH',
      country: 'Germany',
      product_interest: 'Vault',
      lifecyclestage: 'marketingqualifiedlead',
    },
  });
  await hubspot.webhooks.idle();
  await serving.until('err', new RegExp(`(?: run_\\d+: .*[^]*){${before + 1}}`));
  const { properties } = await crm('GET', `/crm/v3/objects/contacts/${id}?properties=sluice_status,sluice_lead`);
  expect(properties.sluice_lead).toMatch(/^ld_/);
  expect(properties.sluice_status).not.toBeNull();
});

test('a forged delivery is refused, and one for nobody is not found', async () => {
  const forged = await fetch(`${address}/webhooks/hub`, {
    method: 'POST',
    body: '[]',
    headers: { 'x-hubspot-signature-v3': 'AAAA', 'x-hubspot-request-timestamp': String(Date.now()) },
  });
  expect(forged.status).toBe(401);
  expect((await fetch(`${address}/webhooks/other`, { method: 'POST', body: '[]' })).status).toBe(404);
});

test('it stops when it is told to, and leaves nothing behind', async () => {
  serving.child.kill('SIGTERM');
  expect(await serving.ended).toMatchObject({ code: 0 });
});
