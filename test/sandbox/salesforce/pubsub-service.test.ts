/** How change events are fetched: test/sandbox/salesforce/pubsub.test.ts has what they say. */

import { type StatusObject, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Org } from './harness.ts';
import { PubSubClient } from './pubsub-client.ts';

let org: Org;
let client: PubSubClient;
let orgId = '';

beforeEach(async () => {
  org = await Org.start();
  [{ Id: orgId }] = (await org.rows('SELECT Id FROM Organization')) as [{ Id: string }];
  client = new PubSubClient(org, orgId);
});
afterEach(async () => {
  client.close();
  await org.close();
});

const TOPIC = '/data/LeadChangeEvent';
const PREFIX = 'sfdc.platform.eventbus.grpc.';
const HOUR = 3_600_000;
const lead = (LastName: string) => org.create('Lead', { LastName, Company: 'Acme' });
const control = () => {
  if (!org.sandbox.changeEvents) throw new Error('change data capture is off');
  return org.sandbox.changeEvents;
};
/** Returns when everything sent on the connection so far has arrived. */
const settled = () => client.call('GetTopic', { topic_name: TOPIC });

function expectFailure(failed: StatusObject, code: status, name: string): void {
  expect(failed.code).toBe(code);
  expect(failed.metadata.get('error-code')).toEqual([PREFIX + name]);
  expect(failed.details).toContain(`rpcId: ${String(failed.metadata.get('rpc-id')[0])}`);
}

describe('who may call', () => {
  test.each([
    ['no token', { accesstoken: '' }, 'service.auth.headers.invalid'],
    ['an org id of 15 characters', { tenantid: 'short' }, 'service.auth.headers.invalid'],
    ['an unknown token', { accesstoken: '00D!nobody' }, 'service.auth.error'],
    ['another instance', { instanceurl: 'https://else.my.salesforce.com' }, 'service.auth.error'],
    ['another org', { tenantid: '00D000000000000AAA' }, 'service.auth.error'],
  ])('%s is UNAUTHENTICATED', async (_, wrong, name) => {
    client.metadata = { ...client.metadata, ...wrong };
    expectFailure(await client.subscribe(TOPIC).end(), status.UNAUTHENTICATED, name);
    await expect(client.call('GetTopic', { topic_name: TOPIC })).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
    });
  });

  test('a session that ends does not end its stream, and opens no new one', async () => {
    const stream = client.subscribe(TOPIC);
    await settled();
    org.clock.advance(3 * HOUR);
    expectFailure(await client.subscribe(TOPIC).end(), status.UNAUTHENTICATED, 'service.auth.error');
    expect(stream.ended).toBeNull();
    expect((await stream.answer()).events).toEqual([]);
    stream.call.cancel();
  });
});

describe('topics', () => {
  test('that do not exist or are not selected are NOT_FOUND', async () => {
    expectFailure(await client.subscribe('/data/NoChangeEvent').end(), status.NOT_FOUND, 'topic.not.found');
    control().selected = ['Contact'];
    const failed = await client.subscribe(TOPIC).end();
    expectFailure(failed, status.NOT_FOUND, 'topic.not.found');
    expect(failed.details).toContain(`org CORE/prod/${orgId} and topic ${TOPIC} not found`);
    await lead('not captured');
    control().selected = null;
    const stream = client.subscribe(TOPIC, 10, { replay_preset: 'EARLIEST' });
    const id = await lead('captured');
    expect((await stream.events(1))[0]?.body.ChangeEventHeader.recordIds).toEqual([id]);
    stream.call.cancel();
  });

  test('that the user may not see are PERMISSION_DENIED, and silent on the common channel', async () => {
    control().forbidden = ['Lead'];
    expectFailure(await client.subscribe(TOPIC).end(), status.PERMISSION_DENIED, 'subscription.topic.cannot.subscribe');
    const stream = client.subscribe('/data/ChangeEvents');
    await settled();
    await lead('unseen');
    const account = await org.create('Account', { Name: 'Seen' });
    expect((await stream.events(1))[0]?.body.ChangeEventHeader.recordIds).toEqual([account]);
    stream.call.cancel();
  });

  test('are described, with the id of their schema', async () => {
    const info = await client.call('GetTopic', { topic_name: TOPIC });
    expect(info).toMatchObject({ topic_name: TOPIC, can_publish: false, can_subscribe: true });
    const schema = await client.call('GetSchema', { schema_id: info.schema_id });
    expect(JSON.parse(schema.schema_json)).toMatchObject({ name: 'LeadChangeEvent', namespace: 'com.sforce.eventbus' });
    await expect(client.call('GetSchema', { schema_id: 'unknown' })).rejects.toMatchObject({ code: status.NOT_FOUND });
    await expect(client.call('Publish', { topic_name: TOPIC })).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });

  test('stay what they are within a stream', async () => {
    const stream = client.subscribe(TOPIC);
    stream.ask(1, { topic_name: '/data/ContactChangeEvent' });
    expectFailure(await stream.end(), status.INVALID_ARGUMENT, 'subscription.fetch.topic.mismatch');
    expectFailure(
      await client.subscribe(TOPIC, 0).end(),
      status.INVALID_ARGUMENT,
      'subscription.fetch.requested.events.invalid',
    );
  });
});

describe('flow', () => {
  test('no more events come than were asked for; the rest follows the next request', async () => {
    const stream = client.subscribe(TOPIC, 2);
    await settled();
    for (const name of ['1', '2', '3']) await lead(name);
    const first = await stream.events(2);
    expect(first.map(({ body }) => body.Name.LastName)).toEqual(['1', '2']);
    expect(stream.waiting).toBe(0);
    stream.ask(1);
    expect((await stream.events(1))[0]?.body.Name.LastName).toBe('3');
    stream.call.cancel();
  });

  test('at most 100 events are owed', async () => {
    const stream = client.subscribe(TOPIC, 80);
    stream.ask(80);
    await settled();
    await lead('1');
    expect((await stream.answer()).pending_num_requested).toBe(99);
    stream.call.cancel();
  });

  test('a stream that owes nothing ends after 60 seconds without a request', async () => {
    const stream = client.subscribe(TOPIC, 1);
    await settled();
    await lead('1');
    await stream.events(1);
    org.clock.advance(59_000);
    await settled();
    expect(stream.ended).toBeNull();
    org.clock.advance(2_000);
    expect((await stream.end()).code).toBe(status.OK);
  });

  test('a stream that owes something is kept alive, each time with a fresh replay id', async () => {
    const stream = client.subscribe(TOPIC);
    await settled();
    org.clock.advance(270_000);
    const first = await stream.answer();
    expect(first).toMatchObject({ events: [], pending_num_requested: 100 });
    org.clock.advance(270_000);
    const second = await stream.answer();
    stream.call.cancel();
    await lead('after');
    const resumed = client.subscribe(TOPIC, 10, { replay_preset: 'CUSTOM', replay_id: second.latest_replay_id });
    expect((await resumed.events(1))[0]?.body.Name.LastName).toBe('after');
    resumed.call.cancel();
  });
});

describe('replay', () => {
  test('goes on after an event, from the earliest one, or with the next', async () => {
    for (const name of ['1', '2', '3']) await lead(name);
    const all = client.subscribe(TOPIC, 10, { replay_preset: 'EARLIEST' });
    const events = await all.events(3);
    const late = client.subscribe(TOPIC, 10, { replay_preset: 'CUSTOM', replay_id: events[1]?.replayId });
    expect((await late.events(1))[0]?.body.Name.LastName).toBe('3');
    const next = client.subscribe(TOPIC, 10);
    await settled();
    await lead('4');
    expect((await next.events(1))[0]?.body.Name.LastName).toBe('4');
    for (const stream of [all, late, next]) stream.call.cancel();
  });

  test('an event is kept for 72 hours; an id that is older, broken, of another stream or left out is refused', async () => {
    await lead('1');
    const stream = client.subscribe(TOPIC, 10, { replay_preset: 'EARLIEST' });
    const [event] = await stream.events(1);
    const replayId = event?.replayId ?? Buffer.alloc(0);
    stream.call.cancel();
    const from = (id: Buffer) => client.subscribe(TOPIC, 10, { replay_preset: 'CUSTOM', replay_id: id });
    const corrupted = 'subscription.fetch.replayid.corrupted';
    const broken = Buffer.from(replayId);
    broken.writeUInt8((broken.readUInt8(7) + 1) % 256, 7);
    expectFailure(await from(broken).end(), status.INVALID_ARGUMENT, corrupted);
    expectFailure(await from(Buffer.from('x')).end(), status.INVALID_ARGUMENT, corrupted);
    expectFailure(
      await from(Buffer.alloc(0)).end(),
      status.INVALID_ARGUMENT,
      'subscription.fetch.replayid.validation.failed',
    );
    const good = from(replayId);
    await settled();
    expect(good.ended).toBeNull();
    good.call.cancel();
    org.clock.advance(73 * HOUR);
    client.metadata.accesstoken = await freshToken();
    expectFailure(await from(replayId).end(), status.INVALID_ARGUMENT, corrupted);
  });

  test('a stream that begins anew knows no old id', async () => {
    await lead('1');
    const stream = client.subscribe(TOPIC, 10, { replay_preset: 'EARLIEST' });
    const [event] = await stream.events(1);
    stream.call.cancel();
    control().restart();
    await lead('2');
    const failed = await client.subscribe(TOPIC, 10, { replay_preset: 'CUSTOM', replay_id: event?.replayId }).end();
    expectFailure(failed, status.INVALID_ARGUMENT, 'subscription.fetch.replayid.corrupted');
  });
});

describe('on demand', () => {
  test('streams are dropped with UNAVAILABLE', async () => {
    const stream = client.subscribe(TOPIC);
    await settled();
    control().dropStreams();
    expectFailure(await stream.end(), status.UNAVAILABLE, 'service.unavailable');
  });

  test('events come several times', async () => {
    control().deliveries = 2;
    const stream = client.subscribe(TOPIC);
    await settled();
    await lead('1');
    const [first, second] = await stream.events(2);
    expect(first?.replayId).toEqual(second?.replayId);
    stream.call.cancel();
  });

  test('the deliveries of the day run out', async () => {
    control().deliveriesLeft = 1;
    const stream = client.subscribe(TOPIC);
    await settled();
    const id = await lead('1');
    const [event] = await stream.events(1);
    expect(event?.body.ChangeEventHeader.recordIds).toEqual([id]);
    await lead('2');
    expectFailure(await stream.end(), status.RESOURCE_EXHAUSTED, 'subscription.limit.exceeded');
    expectFailure(await client.subscribe(TOPIC).end(), status.RESOURCE_EXHAUSTED, 'subscription.limit.exceeded');
  });

  test('events come late', async () => {
    control().delayMs = HOUR;
    const stream = client.subscribe(TOPIC);
    await settled();
    await lead('1');
    await settled();
    expect(stream.waiting).toBe(0);
    org.clock.advance(HOUR);
    expect((await stream.events(1))[0]?.body.Name.LastName).toBe('1');
    stream.call.cancel();
  });

  test('an org without change data capture has no Pub/Sub API', async () => {
    const without = await Org.start({ changeEvents: false });
    expect(without.sandbox.credentials.pubSub).toBe('');
    expect(without.sandbox.changeEvents).toBeNull();
    await without.close();
  });
});

async function freshToken(): Promise<string> {
  const { clientId, clientSecret, refreshToken } = org.sandbox.credentials;
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  });
  const reply = await org.raw('POST', '/services/oauth2/token', form.toString(), {
    'content-type': 'application/x-www-form-urlencoded',
  });
  return reply.body.access_token;
}
