/** What deals sell and who is listed on them, from each CRM through the connector into the store. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { SandboxClock, startHubSpot, startSandbox } from '../../sandbox/index.ts';
import type { App } from '../../src/app/app.ts';
import { openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/model/config-error.ts';
import { loadKits } from '../../src/revenue/service/products.ts';
import { killChildren, temporaryFolder } from '../support/children.ts';

afterAll(killChildren);

function configFolder(connections: object, reads: string[], more: object = {}): string {
  const dir = join(temporaryFolder(), 'config');
  mkdirSync(dir, { recursive: true });
  const document = { connections, reads, database: { embedded: 'database' }, ...more };
  writeFileSync(join(dir, 'sluice.yaml'), JSON.stringify(document));
  return dir;
}
const open = (dir: string): Promise<App> => openApp(loadConfig(dir, {}), { command: 'test', log: () => undefined });
const soldBy = async ({ store: { db } }: App, deal: string) => {
  const rows = await db
    .selectFrom('deal_products as p')
    .innerJoin('opportunities as o', 'o.id', 'p.opportunity_id')
    .select(['p.product', 'p.family', 'p.quantity', 'p.amount_minor', 'p.currency'])
    .where('o.record_id', '=', deal)
    .orderBy('p.product')
    .execute();
  return rows.map((row) => [row.product, row.family, row.quantity, row.amount_minor, row.currency]);
};

test('a word under reads that no mapping knows is refused with the nearest one', () => {
  expect(() => loadConfig(configFolder({}, ['product']), {})).toThrow(ConfigError);
});

describe('HubSpot alone', () => {
  test('line items of a deal are its products, in its currency, and go when they are deleted', async () => {
    const hubspot = await startHubSpot({ clock: new SandboxClock(), limits: false });
    const { url, clientId, clientSecret, refreshToken } = hubspot.credentials;
    const auth = { type: 'oauth', clientId, clientSecret, refreshToken };
    const app = await open(configFolder({ hub: { kind: 'hubspot', url, sandbox: true, auth } }, ['products']));
    const http = async (method: string, path: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${hubspot.serviceKey}`, 'content-type': 'application/json' };
      const response = await fetch(hubspot.url + path, {
        method,
        headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text === '' ? null : JSON.parse(text);
    };
    try {
      const product = { name: 'product_interest', label: 'Product', type: 'string', fieldType: 'text' };
      await http('POST', '/crm/v3/properties/contacts', { ...product, groupName: 'contactinformation' });
      await app.provision({ dryRun: false });
      const deal = (
        await http('POST', '/crm/v3/objects/deals', {
          properties: { dealname: 'Seats', amount: '1000', dealstage: 'closedwon', closedate: '2026-01-15' },
        })
      ).id;
      const line = async (properties: object) => {
        const types = [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 20 }];
        const body = { properties, associations: [{ to: { id: deal }, types }] };
        return (await http('POST', '/crm/v3/objects/line_items', body)).id;
      };
      await line({ name: 'Vault', quantity: '3', price: '250.5', discount: '0.5' });
      const gone = await line({ name: 'Relay', quantity: '1', price: '100', hs_discount_percentage: '25' });
      await app.sync();
      expect(await soldBy(app, deal)).toEqual([
        ['Relay', null, '1', '7500', 'USD'],
        ['Vault', null, '3', '75000', 'USD'],
      ]);
      expect(await loadKits(app.store.db, { families: [], products: ['relay'] })).toMatchObject([
        { name: 'Seats', share: '0.7500', difference: { minor: 17_500n, currency: 'USD' } },
      ]);
      await http('DELETE', `/crm/v3/objects/line_items/${gone}`);
      await app.sync({ full: true });
      expect(await soldBy(app, deal)).toEqual([['Vault', null, '3', '75000', 'USD']]);
    } finally {
      await app.close();
      await hubspot.close();
    }
  });
});

describe('Salesforce alone', () => {
  test('lines of an opportunity are its products, with their family, and a partner listed on it assisted it', async () => {
    const sandbox = await startSandbox({ leads: 20, seed: 3, baseTime: Date.parse('2026-09-01T06:00:00Z') });
    const { url, clientId, clientSecret, refreshToken } = sandbox.salesforce;
    const auth = { type: 'refresh_token', clientId, clientSecret, refreshToken };
    const connection = { kind: 'salesforce', url, sandbox: true, auth };
    const clock = { url: `${sandbox.control.url}/time` };
    const app = await open(configFolder({ org: connection }, ['products', 'deal-partners'], { clock }));
    try {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      });
      const granted = await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: form });
      const token = ((await granted.json()) as { access_token: string }).access_token;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const create = async (type: string, fields: object): Promise<string> => {
        const answer = await fetch(`${url}/services/data/v68.0/sobjects/${type}`, {
          method: 'POST',
          headers,
          body: JSON.stringify(fields),
        });
        const body = (await answer.json()) as { id?: string };
        if (body.id === undefined) throw new Error(JSON.stringify(body));
        return body.id;
      };
      const query = async (soql: string): Promise<{ Id: string }> => {
        const answer = await fetch(`${url}/services/data/v68.0/query?q=${encodeURIComponent(soql)}`, { headers });
        const [first] = ((await answer.json()) as { records: { Id: string }[] }).records;
        if (first === undefined) throw new Error(`nothing found: ${soql}`);
        return first;
      };
      await app.provision({ dryRun: false });
      await app.sync();
      const book = await query('SELECT Id FROM Pricebook2 WHERE IsStandard = true');
      const reseller = await query(
        "SELECT Id FROM Account WHERE Type = 'Channel Partner / Reseller' ORDER BY Name LIMIT 1",
      );
      const product = await create('Product2', { Name: 'Vault', Family: 'Storage', IsActive: true });
      const price = { Pricebook2Id: book.Id, Product2Id: product, UnitPrice: 250, IsActive: true };
      const entry = await create('PricebookEntry', price);
      const deal = await create('Opportunity', { Name: 'Seats', StageName: 'Closed Won', CloseDate: '2026-08-31' });
      await create('OpportunityLineItem', {
        OpportunityId: deal,
        PricebookEntryId: entry,
        Quantity: 4,
        UnitPrice: 200,
      });
      await create('OpportunityPartner', { OpportunityId: deal, AccountToId: reseller.Id, Role: 'VAR/Reseller' });
      const moved = await fetch(`${sandbox.control.url}/advance`, { method: 'POST', body: '{"hours":1}' });
      expect(moved.ok).toBe(true);
      await app.sync();
      expect(await soldBy(app, deal)).toEqual([['Vault', 'Storage', '4', '80000', 'USD']]);
      const { db } = app.store;
      const parts = await db
        .selectFrom('deal_partners as p')
        .innerJoin('opportunities as o', 'o.id', 'p.opportunity_id')
        .innerJoin('partners as q', 'q.id', 'p.partner_id')
        .select(['q.record_id', 'p.role', 'p.evidence'])
        .where('o.record_id', '=', deal)
        .execute();
      expect(parts).toEqual([
        {
          record_id: reseller.Id,
          role: 'assisted',
          evidence: { leads: [], reasons: ['It stands in the deal\'s list of partners as "VAR/Reseller".'] },
        },
      ]);
    } finally {
      await app.close();
      await sandbox.close();
    }
  });
});
