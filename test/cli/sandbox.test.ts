import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { killChildren, sluiceHere, startSluice, temporaryFolder } from '../support/children.ts';

afterAll(killChildren);

async function ready(...args: string[]) {
  const running = startSluice(['sandbox', '--no-market', ...args]);
  await running.until('out', /\n/);
  return { running, crms: JSON.parse(running.said.out) };
}

describe('sluice sandbox', () => {
  test('takes a load, no limits and where the events go', async () => {
    const heard = createServer((request, response) => {
      request.resume().once('end', () => response.end());
    }).listen(0, '127.0.0.1');
    await once(heard, 'listening');
    const url = `http://127.0.0.1:${(heard.address() as AddressInfo).port}/webhooks/hubspot`;
    const { running, crms } = await ready('--bulk-leads', '30', '--no-limits', '--hubspot-webhooks', url);
    expect(crms.salesforce.pubSub).toMatch(/^127\.0\.0\.1:\d+$/);
    const query = `${crms.salesforce.url}/services/data/v65.0/query?q=${encodeURIComponent('SELECT count() FROM Lead')}`;
    const leads = await fetch(query, { headers: { authorization: `Bearer ${crms.salesforce.accessToken}` } });
    expect(await leads.json()).toMatchObject({ totalSize: 30 });
    const told = once(heard, 'request');
    await fetch(`${crms.hubspot.url}/crm/v3/objects/contacts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${crms.hubspot.serviceKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ properties: { email: 'ada@example.com' } }),
    });
    const [request] = await told;
    expect(request.url).toBe('/webhooks/hubspot');
    expect(request.headers['x-hubspot-signature-v3']).toEqual(expect.any(String));
    heard.close();
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });

  test('without a market writes a configuration that fits: it can be provisioned and synced', async () => {
    const config = join(temporaryFolder(), 'config');
    const { running } = await ready('--write-config', config);
    const provisioned = await sluiceHere('provision', '--config', config);
    expect(provisioned).toMatchObject({ code: 0, err: expect.not.stringContaining('has no field') });
    const synced = await sluiceHere('sync', '--config', config);
    expect({ code: synced.code, err: synced.err }).toEqual({ code: 0, err: expect.not.stringContaining('sluice:') });
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });

  test('tells no change events where it is told not to', async () => {
    const { running, crms } = await ready('--no-change-events');
    expect(crms.salesforce.pubSub).toBe('');
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });
});
