import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Signature } from '@hubspot/api-client';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Reception, WebhookRequest } from '../../../connectors/connector.ts';
import { hintsOf } from '../../../connectors/hubspot/events.ts';
import { createHubSpot, hubspotSettings } from '../../../connectors/hubspot/index.ts';
import { signatureOf } from '../../../connectors/hubspot/receive.ts';
import { SandboxClock, startHubSpot } from '../../../sandbox/index.ts';
import { recordPorts, stillClock } from '../ports.ts';

const SECRET = 'app-secret';
const APP = 3_100_000;
const NOW = Date.parse('2026-06-01T00:00:00.000Z');
const URL_SEEN = 'https://sluice.example/hooks/hubspot?crm=main%2Fone&n=%20a';

function open(webhooks: object = { clientSecret: SECRET, appId: APP }) {
  const recorded = recordPorts(stillClock());
  const settings = hubspotSettings.parse({ auth: { type: 'token', accessToken: 'key' }, webhooks });
  const { receive } = createHubSpot(settings, recorded.ports);
  if (receive === undefined) throw new Error('the connector does not receive');
  return { ...recorded, receive };
}

function request(body: string | Uint8Array, change: Partial<WebhookRequest> = {}, at = NOW): WebhookRequest {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const plain = { method: 'POST', url: URL_SEEN, body: bytes };
  const headers = {
    'x-hubspot-signature-v3': signatureOf(SECRET, plain, String(at)),
    'x-hubspot-request-timestamp': String(at),
  };
  return { ...plain, headers, ...change };
}

const event = (about: object = {}) => ({
  subscriptionType: 'contact.propertyChange',
  portalId: 44,
  appId: APP,
  objectId: 101,
  propertyName: 'firstname',
  propertyValue: 'Ann',
  occurredAt: NOW - 5_000,
  eventId: 1,
  attemptNumber: 0,
  changeSource: 'CRM_UI',
  sourceId: 'userId:1',
  ...about,
});
const accepted = (reception: Reception) => (reception.status === 'accepted' ? reception.hints : reception);
const statusOf = (reception: Reception) => (reception.status === 'refused' ? reception.httpStatus : 200);

describe('proof of a delivery', () => {
  test('our signature is the one that HubSpot documents and its own client computes', () => {
    const body = JSON.stringify([event()]);
    const mine = request(body);
    const theirs = Signature.getSignature('POST', 'v3', {
      signature: '',
      clientSecret: SECRET,
      requestBody: body,
      url: 'https://sluice.example/hooks/hubspot?crm=main/one&n=%20a',
      timestamp: NOW,
    });
    expect(mine.headers['x-hubspot-signature-v3']).toBe(theirs);
    expect(accepted(open().receive(mine))).toHaveLength(1);
  });

  test('a forged, unsigned or altered request is refused with 401, whatever it carries, and none of it is read', () => {
    const { receive, logged } = open();
    const good = request(JSON.stringify([event()]));
    const with_ = (headers: object) => ({ ...good, headers: { ...good.headers, ...headers } });
    const forged = [
      with_({ 'x-hubspot-signature-v3': undefined }),
      with_({ 'x-hubspot-request-timestamp': undefined }),
      with_({ 'x-hubspot-request-timestamp': 'soon' }),
      with_({ 'x-hubspot-request-timestamp': String(NOW - 1) }),
      with_({ 'x-hubspot-signature-v3': 'AAAA' }),
      with_({ 'x-hubspot-signature-v3': signatureOf('other', good, String(NOW)) }),
      { ...good, method: 'GET' },
      { ...good, url: `${good.url}&more=1` },
      { ...good, body: new TextEncoder().encode(JSON.stringify([event({ objectId: 102 })])) },
      { ...request('not json at all'), headers: {} },
    ];
    expect(forged.map((each) => statusOf(receive(each)))).toEqual(forged.map(() => 401));
    expect(logged).toEqual([]);
  });

  test('a flipped bit anywhere in the body or the signature is noticed', () => {
    const { receive } = open();
    const good = request(JSON.stringify([event()]));
    fc.assert(
      fc.property(fc.nat(good.body.length - 1), fc.nat(7), (at, bit) => {
        const body = Uint8Array.from(good.body);
        body[at] = (body[at] ?? 0) ^ (1 << bit);
        expect(statusOf(receive({ ...good, body }))).toBe(401);
      }),
    );
  });

  test('what is older than five minutes, or as far ahead, is refused with 401 though its signature is right', () => {
    const { receive } = open();
    const ages = [-300_001, -300_000, 300_000, 300_001];
    expect(ages.map((age) => statusOf(receive(request('[]', {}, NOW + age))))).toEqual([401, 200, 200, 401]);
  });

  test('a body above the limit is 413 before anything else, one that is no list of events 400', () => {
    const { receive } = open({ clientSecret: SECRET, maxBodyBytes: 2_000 });
    expect(statusOf(receive(request('x'.repeat(2_001), { headers: {} })))).toBe(413);
    const bad = [
      '',
      '{"a":1}',
      '[1]',
      '[null]',
      '[{"subscriptionType":"contact.creation"}]',
      new Uint8Array([255, 254]),
    ];
    expect(bad.map((body) => statusOf(receive(request(body))))).toEqual(bad.map(() => 400));
    expect(receive(request('{'))).toMatchObject({ reason: expect.stringContaining('JSON') });
  });

  test.each([
    ['a time beyond all calendars', { occurredAt: 8.64e15 }, 'occurredAt'],
    ['a time before all events', { occurredAt: -1 }, 'occurredAt'],
    ['half a millisecond', { occurredAt: 0.5 }, 'occurredAt'],
    ['an association named by a number', { associationType: 279 }, 'associationType'],
    ['an id of too many digits', { objectId: '1'.repeat(21) }, 'objectId'],
    ['an id that is none', { objectId: '12 or 1=1' }, 'objectId'],
    ['an id that is a list', { objectId: [1] }, 'objectId'],
    ['merged ids that are no list', { subscriptionType: 'contact.merge', mergedObjectIds: '12' }, 'mergedObjectIds'],
    [
      'more merged ids than a merge has',
      { subscriptionType: 'contact.merge', mergedObjectIds: Array(1_001).fill(1) },
      'mergedObjectIds',
    ],
    ['a portal that is none', { portalId: {} }, 'portalId'],
  ])('an event with %s is 400 and says which event and what of it', (_name, about, field) => {
    const body = JSON.stringify([event(), event(about)]);
    const reception = open({ clientSecret: SECRET, maxBodyBytes: 100_000 }).receive(request(body));
    expect(reception).toMatchObject({ status: 'refused', httpStatus: 400 });
    expect(reception).toMatchObject({ reason: expect.stringMatching(new RegExp(`event 2 .*${field}`)) });
  });

  test.each([
    'contact.constructor',
    'constructor.creation',
    '__proto__.creation',
    'contact',
    'contact.creation.more',
    '',
  ])('an event of the type "%s" is none of those that Sluice knows', (subscriptionType) => {
    const [first] = hintsOf([event({ subscriptionType })]);
    expect(first === undefined || first.object === 'contacts').toBe(true);
    expect(open().receive(request(JSON.stringify([event({ subscriptionType })])))).toMatchObject({
      status: 'accepted',
    });
  });

  test('of a type that Sluice does not use nothing but the frame is looked at', () => {
    const odd = event({ subscriptionType: 'conversation.newMessage', objectId: 'a-b-c', associationType: 3 });
    expect(open().receive(request(JSON.stringify([odd])))).toEqual({ status: 'accepted', hints: [] });
  });

  test('any JSON at all, signed, is taken or 400, and what is taken has times and ids that can be stored', () => {
    const { receive } = open();
    const part = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(NOW, 'contact.merge', 'object.creation', '0-1', 'constructor'),
    );
    const loose = fc.dictionary(fc.constantFrom(...Object.keys(event()), 'mergedObjectIds', 'fromObjectTypeId'), part);
    fc.assert(
      fc.property(
        fc.array(
          loose.map((about) => event(about)),
          { maxLength: 4 },
        ),
        (events) => {
          const reception = receive(request(JSON.stringify(events)));
          if (reception.status === 'refused') return expect(reception.httpStatus).toBe(400);
          for (const { at, ids } of reception.hints) {
            expect(at).toMatch(/^\d{4}-/);
            expect(ids.every((each) => /^\d{1,20}$/.test(each))).toBe(true);
          }
        },
      ),
    );
  });

  test('a limit of bytes that the server would not let through is refused with the settings', () => {
    const settings = (maxBodyBytes: number) =>
      hubspotSettings.safeParse({
        auth: { type: 'token', accessToken: 'key' },
        webhooks: { clientSecret: SECRET, maxBodyBytes },
      });
    expect(settings(1_048_576).success).toBe(true);
    expect(settings(1_048_577).error?.issues).toMatchObject([
      {
        path: ['webhooks', 'maxBodyBytes'],
        message: expect.stringContaining('the server takes no body of more than 1048576'),
      },
    ]);
  });

  test('without webhooks in the settings nothing is received', () => {
    const settings = hubspotSettings.parse({ auth: { type: 'token', accessToken: 'key' } });
    expect(createHubSpot(settings, recordPorts().ports).receive).toBeUndefined();
  });
});

describe('what events say is to be read', () => {
  const AT = new Date(NOW - 5_000).toISOString();
  const hint = (object: string, ids: string[], what: string, at = AT) => ({ object, ids, at, what });

  test('changes, creations and restores are read, deletions and erasures looked for, one hint a record', () => {
    const events = [
      event(),
      event({ propertyName: 'lastname', occurredAt: NOW - 1_000 }),
      event({ subscriptionType: 'company.creation', objectId: 7 }),
      event({ subscriptionType: 'deal.restore', objectId: 8 }),
      event({ subscriptionType: 'contact.privacyDeletion', objectId: 9 }),
      event({ subscriptionType: 'object.deletion', objectTypeId: '0-136', objectId: 10 }),
      event({ subscriptionType: 'conversation.newMessage', objectId: 11 }),
      event({ subscriptionType: 'object.creation', objectTypeId: '2-77', objectId: 12 }),
    ];
    expect(hintsOf(events)).toEqual([
      hint('contacts', ['101'], 'changed', new Date(NOW - 1_000).toISOString()),
      hint('companies', ['7'], 'changed'),
      hint('deals', ['8'], 'changed'),
      hint('contacts', ['9'], 'deleted'),
      hint('leads', ['10'], 'deleted'),
    ]);
  });

  test('order and repetition make no difference, nor do event ids', () => {
    const some = [
      event(),
      event({ objectId: 102, eventId: 1 }),
      event({ subscriptionType: 'contact.merge', primaryObjectId: 101, mergedObjectIds: [102], newObjectId: 103 }),
      event({ subscriptionType: 'contact.deletion', objectId: 104, occurredAt: NOW }),
    ];
    const sorted = (list: readonly unknown[]) => list.map((each) => JSON.stringify(each)).sort();
    const expected = sorted(hintsOf(some));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...some), { maxLength: 12 }), (more) => {
        expect(sorted(hintsOf([...more, ...some, ...more].reverse()))).toEqual(expected);
      }),
    );
  });

  test('a merge names the primary, the merged and the new record', () => {
    const merge = { subscriptionType: 'contact.merge', primaryObjectId: 1, mergedObjectIds: [2, 3], newObjectId: 4 };
    expect(hintsOf([event(merge)])).toEqual([hint('contacts', ['1', '2', '3', '4'], 'merged')]);
    expect(hintsOf([event({ ...merge, newObjectId: null })])).toEqual([hint('contacts', ['1', '2', '3'], 'merged')]);
  });

  test('a changed association is a hint for both ends', () => {
    const tied = { subscriptionType: 'contact.associationChange', associationType: 'CONTACT_TO_COMPANY' };
    expect(hintsOf([event({ ...tied, fromObjectId: 5, toObjectId: 6 })])).toEqual([
      hint('contacts', ['5'], 'associated'),
      hint('companies', ['6'], 'associated'),
    ]);
    const generic = { subscriptionType: 'object.associationChange', fromObjectTypeId: '0-3', toObjectTypeId: '0-1' };
    expect(hintsOf([event({ ...generic, fromObjectId: 5, toObjectId: 6 })]).map(({ object }) => object)).toEqual([
      'deals',
      'contacts',
    ]);
  });

  test('what our own app wrote gives no hint; a merge or deletion always does, and so does another app', () => {
    const ours = { changeSource: 'INTEGRATION', sourceId: String(APP) };
    const events = [
      event(ours),
      event({ ...ours, subscriptionType: 'contact.creation', objectId: 2 }),
      event({ ...ours, subscriptionType: 'contact.deletion', objectId: 3 }),
      event({ changeSource: 'INTEGRATION', sourceId: '1', objectId: 4 }),
    ];
    expect(hintsOf(events, APP).map(({ ids }) => ids)).toEqual([['3'], ['4']]);
    expect(hintsOf(events)).toHaveLength(4);
  });
});

describe('with the emulated portal', () => {
  test('its deliveries are taken, its duplicates and disorder give the right hints, other portals are left aside', async () => {
    const clock = new SandboxClock(NOW);
    const receptions: Reception[] = [];
    let take: ((request: WebhookRequest) => Reception) | undefined;
    const server = createServer((incoming, response) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => {
        const url = `http://${incoming.headers.host}${incoming.url}`;
        const headers = incoming.headers as Record<string, string>;
        const got = take?.({ method: incoming.method ?? '', url, headers, body: Buffer.concat(parts) });
        if (got !== undefined) receptions.push(got);
        response.writeHead(got?.status === 'accepted' ? 204 : 401).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const targetUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/hub%3Aspot?a=b%20c`;
    const subscriptions = ['contact.creation', 'contact.propertyChange:firstname', 'contact.deletion', 'contact.merge'];
    const hubspot = await startHubSpot({ clock, webhooks: { targetUrl, subscriptions, duplicates: 0.5 } });
    const recorded = recordPorts(clock);
    const { url, clientId, clientSecret, refreshToken } = hubspot.credentials;
    const settings = hubspotSettings.parse({
      url,
      sandbox: true,
      auth: { type: 'oauth', clientId, clientSecret, refreshToken },
      webhooks: { clientSecret, appId: hubspot.appId },
    });
    const crm = createHubSpot(settings, recorded.ports);
    await crm.check();
    take = crm.receive;
    const send = async (token: string, method: string, path: string, body: unknown) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
      return (await answer.json()) as { id: string };
    };
    const contacts = '/crm/v3/objects/contacts';
    const { id } = await send(hubspot.serviceKey, 'POST', contacts, { properties: { email: 'a@r.example' } });
    const { id: other } = await send(hubspot.serviceKey, 'POST', contacts, { properties: { email: 'b@r.example' } });
    const own = await crm.write('contacts', [{ key: 'k', id, fields: { firstname: 'Ours' } }]);
    expect(own).toMatchObject([{ status: 'ok' }]);
    const merge = { primaryObjectId: id, objectIdToMerge: other };
    const merged = await send(hubspot.serviceKey, 'POST', `${contacts}/merge`, merge);
    await hubspot.webhooks.idle();
    expect(receptions.every(({ status }) => status === 'accepted')).toBe(true);
    const hints = receptions.flatMap((each) => (each.status === 'accepted' ? each.hints : []));
    const changed = hints.filter(({ what }) => what === 'changed').flatMap(({ ids }) => ids);
    expect(new Set(changed)).toEqual(new Set([id, other]));
    expect(hints.find(({ what }) => what === 'merged')?.ids).toEqual([id, other, merged.id]);
    const body = new TextEncoder().encode(JSON.stringify([event({ portalId: hubspot.portalId + 1 })]));
    const at = String(clock.now());
    const foreign = { method: 'POST', url: targetUrl, body };
    const headers = {
      'x-hubspot-signature-v3': signatureOf(clientSecret, foreign, at),
      'x-hubspot-request-timestamp': at,
    };
    expect(take?.({ ...foreign, headers })).toEqual({ status: 'accepted', hints: [] });
    expect(recorded.logged.join()).toContain('another HubSpot portal');
    await crm.close();
    await hubspot.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
