import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openPortal, type TestPortal } from './portal.ts';

type Event = Record<string, unknown>;
interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly events: Event[];
}

/** A receiver that keeps what arrives; `answer` decides the status of the n-th delivery, null: no answer at all. */
async function openReceiver(answer: (nth: number) => number | null = () => 200) {
  const deliveries: Delivery[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      deliveries.push({ headers: request.headers, body, events: JSON.parse(body) as Event[] });
      const status = answer(deliveries.length);
      if (status !== null) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hubspot%2Fhooks?crm=main`,
    deliveries,
    events: () => deliveries.flatMap(({ events }) => events),
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const ALL = [
  'contact.creation',
  'contact.deletion',
  'contact.propertyChange:firstname',
  'contact.merge',
  'contact.restore',
  'contact.associationChange',
  'contact.privacyDeletion',
  'company.creation',
];
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function open(
  options: Parameters<typeof openPortal>[0] = {},
  answer?: (nth: number) => number | null,
  delivery: object = {},
) {
  const receiver = await openReceiver(answer);
  const portal = await openPortal({
    ...options,
    webhooks: { targetUrl: receiver.url, subscriptions: ALL, disorder: false, ...delivery },
  });
  opened.push(portal.sandbox, receiver);
  return { ...portal, receiver };
}

const rename = (portal: TestPortal, id: string, firstname: string) =>
  portal.call('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { firstname } });

describe('webhooks', () => {
  test('a delivery is signed as documented, over the address with its escapes written out, by the sandbox clock', async () => {
    const { sandbox, receiver, make, clock } = await open();
    await make('contacts', { email: 'a@hook.example', firstname: 'Ann' });
    await sandbox.webhooks.idle();
    const { headers, body } = receiver.deliveries[0] as Delivery;
    const timestamp = headers['x-hubspot-request-timestamp'];
    const uri = receiver.url.replace('%2F', '/');
    expect(headers['x-hubspot-signature-v3']).toBe(
      createHmac('sha256', sandbox.credentials.clientSecret).update(`POST${uri}${body}${timestamp}`).digest('base64'),
    );
    expect(Math.abs(Number(timestamp) - clock.now())).toBeLessThan(60_000);
  });

  test('creations come with each subscribed value, changes with the new value and the app that made them', async () => {
    const { sandbox, receiver, make, ...portal } = await open();
    const id = await make('contacts', { email: 'b@hook.example', firstname: 'Bea' });
    await portal.call('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { firstname: '', lastname: 'X' } });
    await sandbox.webhooks.idle();
    const events = receiver.events();
    expect(events.map(({ subscriptionType, propertyValue }) => [subscriptionType, propertyValue])).toEqual([
      ['contact.creation', undefined],
      ['contact.propertyChange', 'Bea'],
      ['contact.propertyChange', ''],
    ]);
    expect(events[1]).toMatchObject({
      objectId: Number(id),
      propertyName: 'firstname',
      portalId: sandbox.portalId,
      appId: sandbox.appId,
      changeSource: 'INTEGRATION',
      sourceId: String(sandbox.appId + 1),
      attemptNumber: 0,
      occurredAt: expect.any(Number),
      eventId: expect.any(Number),
      subscriptionId: expect.any(Number),
    });
    await portal.call(
      'POST',
      '/crm/v3/objects/companies',
      { properties: { name: 'C' } },
      sandbox.credentials.accessToken,
    );
    await sandbox.webhooks.idle();
    expect(receiver.events().at(-1)).toMatchObject({
      subscriptionType: 'company.creation',
      sourceId: String(sandbox.appId),
    });
  });

  test('deletion, restore by a person, erasure, merge and association are told in their own fields', async () => {
    const portal = await open();
    const { sandbox, receiver, make, call } = portal;
    const [first, second, third] = [
      await make('contacts', { email: '1@m.example', phone: '1' }),
      await make('contacts', { email: '2@m.example', lastname: 'Two' }),
      await make('contacts', { email: '3@m.example' }),
    ];
    const company = await make('companies', { name: 'M' });
    await call('PUT', `/crm/v4/objects/contacts/${first}/associations/default/companies/${company}`);
    await sandbox.webhooks.idle();
    const before = receiver.events().length;
    expect(
      receiver.events().filter(({ subscriptionType }) => subscriptionType === 'contact.associationChange'),
    ).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          associationType: 'CONTACT_TO_COMPANY',
          fromObjectId: Number(first),
          toObjectId: Number(company),
          associationRemoved: false,
          isPrimaryAssociation: true,
        }),
      ]),
    );
    await call('DELETE', `/crm/v3/objects/contacts/${third}`);
    sandbox.restore('contacts', third);
    await call('POST', '/crm/v3/objects/contacts/gdpr-delete', { objectId: third });
    const merged = await call('POST', '/crm/v3/objects/contacts/merge', {
      primaryObjectId: first,
      objectIdToMerge: second,
    });
    await sandbox.webhooks.idle();
    const told = receiver
      .events()
      .slice(before)
      .filter(({ subscriptionType }) => subscriptionType !== 'contact.associationChange');
    expect(told).toEqual([
      expect.objectContaining({ subscriptionType: 'contact.deletion', objectId: Number(third) }),
      expect.objectContaining({ subscriptionType: 'contact.restore', changeSource: 'CRM_UI' }),
      expect.objectContaining({ subscriptionType: 'contact.privacyDeletion', objectId: Number(third) }),
      expect.objectContaining({
        subscriptionType: 'contact.merge',
        primaryObjectId: Number(first),
        mergedObjectIds: [Number(second)],
        newObjectId: Number(merged.body.id),
        numberOfPropertiesMoved: expect.any(Number),
      }),
    ]);
  });

  test('at most 100 events travel together, perhaps twice and in another order, and their ids repeat', async () => {
    const { sandbox, receiver, call } = await open({}, undefined, { duplicates: 0.3, disorder: true });
    for (let batch = 0; batch < 3; batch += 1) {
      const inputs = Array.from({ length: 100 }, (_, at) => ({
        properties: { email: `n${batch}-${at}@many.example` },
      }));
      await call('POST', '/crm/v3/objects/contacts/batch/create', { inputs });
    }
    await sandbox.webhooks.idle();
    const events = receiver.events();
    expect(Math.max(...receiver.deliveries.map((delivery) => delivery.events.length))).toBeLessThanOrEqual(100);
    const objects = events.map(({ objectId }) => Number(objectId));
    expect(new Set(objects).size).toBe(300);
    expect(objects.length).toBeGreaterThan(330);
    expect(objects).not.toEqual([...objects].sort((a, b) => a - b));
    const ids = new Map(events.map(({ eventId, objectId }) => [objectId, eventId]));
    expect(new Set(ids.values()).size).toBeLessThan(ids.size);
  });

  test('a refused delivery comes again, ten times within 24 hours of the sandbox clock, each time counted', async () => {
    const portal = await open({}, () => 503);
    const { sandbox, receiver, clock, make } = portal;
    await make('contacts', { email: 'again@hook.example' });
    await sandbox.webhooks.idle();
    for (let minutes = 0; minutes < 24 * 60; minutes += 10) {
      clock.advance(600_000);
      await sandbox.webhooks.idle();
    }
    const attempts = receiver.events().map(({ attemptNumber }) => attemptNumber);
    expect(attempts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(sandbox.webhooks.counts).toMatchObject({ failures: 11, dropped: 1 });
    expect(sandbox.webhooks.waiting).toBe(0);
  });

  test('a delivery that fails once is not lost, and writes never wait for a receiver', async () => {
    const portal = await open({}, (nth) => (nth === 1 ? null : 200), { timeoutMs: 50, compression: 1e9 });
    const { sandbox, receiver, make } = portal;
    const id = await make('contacts', { email: 'slow@hook.example' });
    expect((await rename(portal, id, 'Sly')).status).toBe(200);
    await sandbox.webhooks.idle();
    while (sandbox.webhooks.waiting > 0) await new Promise(setImmediate);
    await sandbox.webhooks.idle();
    expect(receiver.deliveries.length).toBeGreaterThan(1);
    expect(receiver.events().at(-1)).toMatchObject({ attemptNumber: 1 });
    expect(sandbox.webhooks.counts.dropped).toBe(0);
  });
});

describe('a sandbox that tells everything', () => {
  test('sends every event but those of the modified time, once it was asked to', async () => {
    const receiver = await openReceiver();
    const portal = await openPortal();
    opened.push(portal.sandbox, receiver);
    await portal.make('deals', { dealname: 'Before' });
    portal.sandbox.subscribeToAll(receiver.url);
    const id = await portal.make('deals', { dealname: 'After', amount: '5' });
    await portal.sandbox.webhooks.idle();
    const told = receiver.events();
    expect(new Set(told.map(({ objectId }) => objectId))).toEqual(new Set([Number(id)]));
    const properties = told.map(({ propertyName }) => propertyName);
    expect(properties).toEqual(expect.arrayContaining(['dealname', 'amount', 'hs_is_closed']));
    expect(properties).not.toContain('hs_lastmodifieddate');
  });
});

describe('subscriptions', () => {
  test('they are made, listed, paused and removed with the key of the developer or a token of the app', async () => {
    const receiver = await openReceiver();
    const portal = await openPortal();
    opened.push(portal.sandbox, receiver);
    const { sandbox, make } = portal;
    const key = `?hapikey=${sandbox.developerKey}`;
    const base = `/webhooks/v3/${sandbox.appId}`;
    const nobody = (method: string, path: string, body?: unknown) => portal.call(method, path, body, 'none');
    expect((await nobody('GET', `${base}/subscriptions`)).status).toBe(401);
    expect((await nobody('GET', `${base}/settings${key}`)).status).toBe(404);
    const settings = { targetUrl: receiver.url, throttling: { maxConcurrentRequests: 3 } };
    expect((await nobody('PUT', `${base}/settings${key}`, settings)).body).toMatchObject(settings);
    const made = await portal.call('POST', `${base}/subscriptions`, { eventType: 'contact.creation' });
    expect(made).toMatchObject({ status: 201, body: { eventType: 'contact.creation', active: false } });
    await make('contacts', { email: 'unheard@sub.example' });
    await portal.call('PATCH', `${base}/subscriptions/${made.body.id}`, { active: true });
    await make('contacts', { email: 'heard@sub.example' });
    await sandbox.webhooks.idle();
    expect(receiver.events()).toHaveLength(1);
    const inputs = [{ id: Number(made.body.id), active: false }];
    await portal.call('POST', `${base}/subscriptions/batch/update`, { inputs });
    expect((await portal.call('GET', `${base}/subscriptions`)).body.results).toMatchObject([{ active: false }]);
    expect((await portal.call('DELETE', `${base}/subscriptions/${made.body.id}`)).status).toBe(204);
    expect((await portal.call('GET', `${base}/subscriptions`)).body.results).toEqual([]);
    expect((await portal.call('GET', '/webhooks/v3/1/subscriptions')).status).toBe(404);
  });

  test('the modified time cannot be subscribed to, nor an unknown event, nor the same twice', async () => {
    const portal = await openPortal();
    opened.push(portal.sandbox);
    const subscribe = async (body: object) =>
      (await portal.call('POST', `/webhooks/v3/${portal.sandbox.appId}/subscriptions`, body)).status;
    expect(await subscribe({ eventType: 'company.propertyChange', propertyName: 'hs_lastmodifieddate' })).toBe(400);
    expect(await subscribe({ eventType: 'company.propertyChange' })).toBe(400);
    expect(await subscribe({ eventType: 'company.birthday' })).toBe(400);
    expect(await subscribe({ eventType: 'company.propertyChange', propertyName: 'unheard_of' })).toBe(400);
    expect(await subscribe({ eventType: 'company.propertyChange', propertyName: '*' })).toBe(400);
    expect(await subscribe({ eventType: 'object.creation' })).toBe(400);
    expect(await subscribe({ eventType: 'object.creation', objectTypeId: '0-136' })).toBe(201);
    expect(await subscribe({ eventType: 'company.propertyChange', propertyName: 'name' })).toBe(201);
    expect(await subscribe({ eventType: 'company.propertyChange', propertyName: 'name' })).toBe(409);
  });
});
