import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type HubSpotSandbox, SandboxClock, startHubSpot, startSandbox } from '../../sandbox/index.ts';
import type { App } from '../../src/app/app.ts';
import { openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { killChildren, temporaryFolder } from '../support/children.ts';

/** A configuration folder with one connection and Sluice's own rules and mappings. */
function configFolder(connections: object, more: object = {}): string {
  const dir = join(temporaryFolder(), 'config');
  mkdirSync(dir, { recursive: true });
  const document = { vendor: { name: 'Solo Inc.', currency: 'USD' }, connections, ...more };
  writeFileSync(join(dir, 'sluice.yaml'), JSON.stringify({ ...document, database: { embedded: 'database' } }));
  return dir;
}
const open = (dir: string): Promise<App> => openApp(loadConfig(dir, {}), { command: 'test', log: () => undefined });

/** What stands between HubSpot and the app: hands over each request as it came. */
async function openDoor(app: () => App): Promise<Server> {
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const url = `http://${incoming.headers.host}${incoming.url}`;
      const headers = incoming.headers as Record<string, string>;
      const request = { method: incoming.method ?? '', url, headers, body: Buffer.concat(parts) };
      app()
        .receive('hub', request)
        .then((reception) => response.writeHead(reception?.status === 'accepted' ? 204 : 401).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const QUIET = { changed: 0, written: 0 };

afterAll(killChildren);

describe('HubSpot alone', () => {
  let hubspot: HubSpotSandbox;
  let app: App;
  let door: Server;
  let campaign: string;
  const ids: Record<string, string> = {};

  const http = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(hubspot.url + path, {
      method,
      headers: { authorization: `Bearer ${hubspot.serviceKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  const make = async (object: string, properties: object, ties: [id: string, typeId: number][] = []) => {
    const associations = ties.map(([id, associationTypeId]) => ({
      to: { id },
      types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId }],
    }));
    return (await http('POST', `/crm/v3/objects/${object}`, { properties, associations })).id as string;
  };
  const read = async (object: string, id: string, ...properties: string[]) =>
    (await http('GET', `/crm/v3/objects/${object}/${id}?properties=${properties.join(',')}`)).properties;

  beforeAll(async () => {
    hubspot = await startHubSpot({ clock: new SandboxClock(), limits: false });
    const { url, clientId, clientSecret, refreshToken } = hubspot.credentials;
    const auth = { type: 'oauth', clientId, clientSecret, refreshToken };
    const webhooks = { clientSecret, appId: hubspot.appId };
    app = await open(configFolder({ hub: { kind: 'hubspot', url, sandbox: true, auth, webhooks } }));
    door = await openDoor(() => app);
    const label = 'Product of interest';
    const product = {
      name: 'product_interest',
      label,
      type: 'string',
      fieldType: 'text',
      groupName: 'contactinformation',
    };
    await http('POST', '/crm/v3/properties/contacts', product);
  });
  afterAll(async () => {
    await app.close();
    await hubspot.close();
    door.closeAllConnections();
    await new Promise((resolve) => door.close(resolve));
  });

  test('provision makes the properties of partners and deals beside those of contacts, once', async () => {
    const steps = (await app.provision({ dryRun: false })).hub ?? [];
    const made = steps.filter(({ status }) => status === 'created').map(({ name }) => name);
    expect(made).toEqual(
      expect.arrayContaining(['companies.partner_status', 'deals.sluice_id', 'contacts.sluice_response']),
    );
    expect(steps.filter(({ status }) => status === 'failed')).toEqual([]);
    const again = (await app.provision({ dryRun: false })).hub ?? [];
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set(['exists']));
  });

  test('a contact that marketing released is scored, routed and offered to the partner company that covers it', async () => {
    const partner = { type: 'PARTNER', partner_status: 'Active', partner_tier: 'Gold', partner_capacity: '5' };
    const sells = { partner_competencies: 'Vault;Fabric' };
    await make('companies', { name: 'Rhein IT', partner_territories: 'DE;AT', ...partner, ...sells });
    await make('companies', { name: 'Hudson IT', partner_territories: 'US', ...partner, ...sells });
    ids.acme = await make('companies', {
      name: 'Acme GmbH',
      domain: 'acme.de',
      country: 'Germany',
      numberofemployees: '300',
    });
    campaign = (await http('POST', '/marketing/v3/campaigns', { properties: { hs_name: 'Autumn' } })).id;
    const seen = new Date(Date.now() - 86_400_000).toISOString();
    const anna = {
      email: 'anna.schmidt@acme.de',
      firstname: 'Anna',
      lastname: 'Schmidt',
      jobtitle: 'Head of IT',
      phone: '+49 30 1',
      product_interest: 'Vault',
      lifecyclestage: 'marketingqualifiedlead',
      hs_analytics_first_touch_converting_campaign: campaign,
      hs_analytics_first_timestamp: seen,
    };
    ids.anna = await make('contacts', { ...anna, country: 'Germany' }, [[ids.acme, 1]]);
    expect(await app.sync()).toMatchObject({ status: 'done' });
    const contact = await read(
      'contacts',
      ids.anna,
      'sluice_status',
      'sluice_partner',
      'sluice_score',
      'sluice_offer_id',
    );
    expect(contact).toMatchObject({ sluice_status: 'Offered', sluice_partner: 'Rhein IT' });
    expect(Number(contact.sluice_score)).toBeGreaterThan(0);
    ids.offer = contact.sluice_offer_id;
  });

  test('a second sync finds nothing to do', async () => {
    await app.sync();
    expect((await app.sync()).connections.hub).toMatchObject(QUIET);
  });

  test('the partner answers on the contact', async () => {
    const properties = { sluice_response: `${ids.offer}:accepted` };
    await http('PATCH', `/crm/v3/objects/contacts/${ids.anna}`, { properties });
    await app.sync();
    expect(await read('contacts', ids.anna ?? '', 'sluice_status')).toMatchObject({ sluice_status: 'Accepted' });
  });

  test('a deal of that contact is booked when it is won, credited to the campaign, and carries the fields of the lead', async () => {
    const deal = {
      dealname: 'Acme vaults',
      dealstage: 'closedwon',
      amount: '1200.50',
      deal_currency_code: 'EUR',
      closedate: new Date().toISOString(),
    };
    ids.deal = await make('deals', deal, [
      [ids.anna ?? '', 3],
      [ids.acme ?? '', 341],
    ]);
    expect(await app.sync()).toMatchObject({ status: 'done' });
    const { db } = app.store;
    const entries = await db
      .selectFrom('entries')
      .select(['kind', 'amount_minor', 'currency', 'reporting_minor', 'reporting_currency'])
      .execute();
    expect(entries).toEqual([
      {
        kind: 'booked',
        amount_minor: '120050',
        currency: 'EUR',
        reporting_minor: '132055',
        reporting_currency: 'USD',
      },
    ]);
    const matches = await db.selectFrom('matches').select(['how', 'lead_id']).execute();
    expect(matches).toEqual([{ how: 'contact role', lead_id: expect.any(String) }]);
    const credits = await db.selectFrom('credits').select(['model', 'amount_minor']).orderBy('model').execute();
    expect(credits.map(({ model, amount_minor }) => [model, Number(amount_minor)])).toEqual([
      ['first', 120_050],
      ['last', 120_050],
      ['linear', 120_050],
    ]);
    const standing = { sluice_status: 'Won', sluice_partner: 'Rhein IT', sluice_lead: matches[0]?.lead_id };
    const fields = ['sluice_status', 'sluice_partner', 'sluice_lead'];
    expect(await read('deals', ids.deal, ...fields)).toMatchObject(standing);
    expect(await read('contacts', ids.anna ?? '', ...fields)).toMatchObject(standing);
  });

  test('after that nothing is written any more', async () => {
    await app.sync();
    expect((await app.sync()).connections.hub).toMatchObject(QUIET);
  });

  test('a contact that is tied to the deal no more has no part in it; an edited deal is adjusted, not booked again', async () => {
    await http('DELETE', `/crm/v4/objects/deals/${ids.deal}/associations/contacts/${ids.anna}`);
    await http('PATCH', `/crm/v3/objects/deals/${ids.deal}`, { properties: { amount: '1000.50' } });
    await app.sync();
    const { db } = app.store;
    expect(await db.selectFrom('contact_roles').selectAll().execute()).toEqual([]);
    const entries = await db.selectFrom('entries').select(['kind', 'amount_minor']).orderBy('ordinal').execute();
    expect(entries.map(({ kind, amount_minor }) => [kind, Number(amount_minor)])).toEqual([
      ['booked', 120_050],
      ['adjusted', -20_000],
    ]);
  });

  test('an event brings a new contact in at once, and of our own writes none comes back', async () => {
    const targetUrl = `http://127.0.0.1:${(door.address() as AddressInfo).port}/webhooks/hub`;
    hubspot.subscribeToAll(targetUrl);
    const bob = { email: 'bob.meier@acme.de', firstname: 'Bob', lastname: 'Meier', jobtitle: 'Head of Sales' };
    const rest = {
      phone: '+49 30 2',
      product_interest: 'Vault',
      lifecyclestage: 'marketingqualifiedlead',
      country: 'DE',
    };
    ids.bob = await make('contacts', { ...bob, ...rest }, [[ids.acme ?? '', 1]]);
    await hubspot.webhooks.idle();
    expect(await app.absorb()).toMatchObject({ status: 'done' });
    expect(await read('contacts', ids.bob, 'sluice_status')).toMatchObject({ sluice_status: 'Offered' });
    await hubspot.webhooks.idle();
    expect(hubspot.webhooks.counts).toMatchObject({ failures: 0 });
    expect(await app.absorb()).toBeNull();
  });

  test('a lead lives on in the contact that its contact was merged into', async () => {
    const { sluice_lead: lead } = await read('contacts', ids.bob ?? '', 'sluice_lead');
    const other = await make('contacts', { email: 'b.meier@acme.de', firstname: 'Bob', lastname: 'Meier' });
    await app.sync();
    const merge = { primaryObjectId: ids.bob, objectIdToMerge: other };
    const { id } = await http('POST', '/crm/v3/objects/contacts/merge', merge);
    await hubspot.webhooks.idle();
    await app.absorb();
    await app.sync();
    const { db } = app.store;
    const links = await db
      .selectFrom('links')
      .select(['record_id', 'retired'])
      .where('record_id', 'in', [ids.bob ?? '', id])
      .execute();
    expect(links.filter(({ retired }) => !retired).map(({ record_id }) => record_id)).toEqual([id]);
    expect(await read('contacts', id, 'sluice_lead', 'sluice_status')).toMatchObject({
      sluice_lead: lead,
      sluice_status: 'Offered',
    });
    expect((await app.sync()).connections.hub).toMatchObject(QUIET);
  });
});

describe('Salesforce alone', () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  let app: App;

  beforeAll(async () => {
    sandbox = await startSandbox({ leads: 40, seed: 7, baseTime: Date.parse('2026-09-01T06:00:00Z') });
    const { url, clientId, clientSecret, refreshToken } = sandbox.salesforce;
    const auth = { type: 'refresh_token', clientId, clientSecret, refreshToken };
    const connection = { kind: 'salesforce', url, sandbox: true, auth };
    app = await open(configFolder({ org: connection }, { clock: { url: `${sandbox.control.url}/time` } }));
    await app.provision({ dryRun: false });
    for (let day = 0; day < 20; day += 2) {
      await app.sync();
      const moved = await fetch(`${sandbox.control.url}/advance`, { method: 'POST', body: '{"hours":48}' });
      if (!moved.ok) throw new Error(await moved.text());
    }
    await app.sync();
  });
  afterAll(async () => {
    await app.close();
    await sandbox.close();
  });

  test('its leads are offered to partner accounts and answered on the record of the offer', async () => {
    const { db } = app.store;
    const offers = await db.selectFrom('offers').select('status').execute();
    expect(offers.length).toBeGreaterThan(0);
    expect(offers.map(({ status }) => status)).toContain('Accepted');
  });

  test('won opportunities are booked, matched to leads and credited to campaigns', async () => {
    const { db } = app.store;
    const { booked } = await db
      .selectFrom('entries')
      .select((eb) => eb.fn.countAll<string>().as('booked'))
      .executeTakeFirstOrThrow();
    expect(Number(booked)).toBeGreaterThan(0);
    const matched = await db.selectFrom('matches').select('how').where('lead_id', 'is not', null).execute();
    expect(matched.length).toBeGreaterThan(0);
    expect((await db.selectFrom('credits').selectAll().execute()).length).toBeGreaterThan(0);
  });

  test('a second sync finds nothing to do', async () => {
    await app.sync();
    expect((await app.sync()).connections.org).toMatchObject(QUIET);
  });
});

describe('with both CRMs', () => {
  test('partners and revenue are those of Salesforce: what stands for them in HubSpot is left out', () => {
    const hubspot = { kind: 'hubspot', auth: { type: 'token', accessToken: 'x' } };
    const salesforce = { kind: 'salesforce', url: 'https://a.my.salesforce.com' };
    const entities = (connections: object) =>
      loadConfig(configFolder(connections), {})
        .mappings.filter(({ crm }) => crm === 'hubspot')
        .map(({ entity }) => entity)
        .sort();
    expect(entities({ hubspot, salesforce })).toEqual(['campaign', 'company', 'person']);
    expect(entities({ hubspot })).toEqual([
      'campaign',
      'company',
      'contactRole',
      'opportunity',
      'partner',
      'person',
      'registration',
    ]);
  });
});
