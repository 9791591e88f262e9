/** `sluice serve` as a partner meets it: a mail with a signed link, the page behind it, one answer, and a lead claimed from the pool. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { type HubSpotSandbox, SandboxClock, startHubSpot } from '../../sandbox/index.ts';
import { signToken } from '../../src/leads/notify/answer-token.ts';
import { killChildren, type Running, startSluice, temporaryFolder } from '../support/children.ts';

const SECRET = 'a secret of no less than thirty-two characters';
const mails: string[] = [];
const smtp = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  onData(stream, _session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      mails.push(Buffer.concat(chunks).toString('utf8').replace(/=\r\n/g, '').replace(/=3D/g, '='));
      done();
    });
  },
});
let hubspot: HubSpotSandbox;
let serving: Running;
let address: string;
let contact: string;

async function crm(method: string, path: string, body?: object) {
  const response = await fetch(hubspot.url + path, {
    method,
    headers: { authorization: `Bearer ${hubspot.serviceKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}
const status = async () =>
  (await crm('GET', `/crm/v3/objects/contacts/${contact}?properties=sluice_status`)).properties.sluice_status;
const runs = () => serving.said.err.match(/ run_\d+: /g)?.length ?? 0;
const anotherRun = (before: number) => serving.until('err', new RegExp(`(?: run_\\d+: .*[^]*){${before + 1}}`));

beforeAll(async () => {
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  hubspot = await startHubSpot({ clock: new SandboxClock(), limits: false });
  await crm('POST', '/crm/v3/properties/contacts', {
    ...{ name: 'product_interest', label: 'Product of interest', type: 'string', fieldType: 'text' },
    groupName: 'contactinformation',
  });
  const dir = join(temporaryFolder(), 'config');
  mkdirSync(dir, { recursive: true });
  const { url, clientId, clientSecret, refreshToken } = hubspot.credentials;
  const auth = { type: 'oauth', clientId, clientSecret, refreshToken };
  const document = {
    vendor: { name: 'Solo Inc.', currency: 'USD' },
    connections: { hub: { kind: 'hubspot', url, sandbox: true, auth } },
    database: { embedded: 'database' },
    server: { publicUrl: 'https://sluice.example' },
    mail: {
      url: `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`,
      from: 'Channel <channel@vendor.example>',
    },
    links: { secret: SECRET },
    schedule: { everyMinutes: 1440 },
  };
  writeFileSync(join(dir, 'sluice.yaml'), JSON.stringify(document));
  const provisioned = await startSluice(['provision', '--config', dir]).ended;
  if (provisioned.code !== 0) throw new Error(provisioned.err);
  await crm('POST', '/crm/v3/objects/companies', {
    properties: {
      ...{ name: 'Alder Systems', domain: 'alder.example', type: 'PARTNER', partner_status: 'Active' },
      ...{ partner_territories: 'DE', partner_competencies: 'Vault', partner_tier: 'Gold', partner_capacity: '5' },
      partner_email: 'offers@alder.example',
    },
  });
  contact = (
    await crm('POST', '/crm/v3/objects/contacts', {
      properties: {
        ...{ email: 'anna.schmidt@acme.de', firstname: 'Anna', lastname: 'Schmidt', company: 'Acme GmbH' },
        ...{ country: 'Germany', product_interest: 'Vault', lifecyclestage: 'marketingqualifiedlead' },
        ...{ jobtitle: 'Head of IT', numemployees: '500-1000' },
      },
    })
  ).id;
  serving = startSluice(['serve', '--config', dir, '--port', '0', '--json']);
  await serving.until('out', /"url"/);
  address = /"url":\s*"([^"]+)"/.exec(serving.said.out)?.[1] ?? '';
  // Notices are sent before the run is told of.
  await serving.until('err', / run_\d+: .*/);
});
afterAll(async () => {
  await killChildren();
  await hubspot.close();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

const token = () => /https:\/\/sluice\.example\/answer\/([\w.-]+)/.exec(mails[0] ?? '')?.[1] ?? '';
const look = (link: string) => fetch(`${address}/answer/${link}`);
const press = (link: string, answer: 'accept' | 'decline') =>
  fetch(`${address}/answer/${link}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ answer, ...(answer === 'decline' ? { reason: 'No budget' } : {}) }),
  });

test('a partner is told of an offer by mail, without a name, with a link that anybody may open without changing anything', async () => {
  expect([await status(), serving.said.err]).toEqual(['Offered', expect.stringMatching(/done/)]);
  expect(mails[0]).toContain('offers@alder.example');
  expect(mails[0]).not.toContain('Schmidt');
  expect(token()).not.toBe('');
  for (let n = 0; n < 3; n++) {
    const page = await look(token());
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Alder Systems');
  }
  expect(await status()).toBe('Offered');
});

test('a link that was forged opens nothing, nor does one that is too old, and neither answers', async () => {
  const [offerId = ''] = token().split('.');
  const forged = `${token().slice(0, -2)}${token().endsWith('AA') ? 'BB' : 'AA'}`;
  const old = signToken({ offerId, expiresAt: Date.now() - 1_000 }, SECRET);
  const another = signToken({ offerId, expiresAt: Date.now() + 60_000 }, `${SECRET}!`);
  expect([(await look(forged)).status, (await press(forged, 'accept')).status]).toEqual([403, 403]);
  expect([(await look(another)).status, (await press(another, 'accept')).status]).toEqual([403, 403]);
  expect([(await look(old)).status, (await press(old, 'accept')).status]).toEqual([410, 410]);
  expect(await status()).toBe('Offered');
});

test('a press of the button answers once: the CRM hears of it with the next run, and a second press is told', async () => {
  const before = runs();
  expect((await press(token(), 'accept')).status).toBe(200);
  await anotherRun(before);
  expect(await status()).toBe('Accepted');
  const again = await press(token(), 'decline');
  expect([again.status, await again.text()]).toEqual([409, expect.stringMatching(/accepted/i)]);
  expect((await look(token())).status).toBe(200);
  expect(await status()).toBe('Accepted');
});

test('the pool is served beside it, and refuses in words', async () => {
  expect(await (await fetch(`${address}/api/pool`)).json()).toEqual({ leads: [] });
  const refused = await fetch(`${address}/api/pool/ld_nothing/claim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ partner: 'pt_nobody' }),
  });
  expect([refused.status, await refused.json()]).toEqual([
    409,
    { error: { message: 'The claim is refused: there is no such lead.' } },
  ]);
});
