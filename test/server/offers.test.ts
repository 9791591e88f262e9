/** The clock of an offer over HTTP. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { moveClock, type OfferView, viewOffer } from '../../src/leads/service/offer-clock.ts';
import { compileSlaVersion } from '../../src/leads/service/terms.ts';
import type { ConsolePort } from '../../src/server/api.ts';
import { createServer, type Listening } from '../../src/server/server.ts';
import { anna, Channel } from '../support/channel.ts';
import { emptyStore, testStore } from '../support/store.ts';

const store = await testStore();
const { db } = store;
const SLA = `
version: 1
calendars: { office: { zone: UTC, hours: { mon-fri: ["09:00-17:00"] } } }
calendarOf: { otherwise: office }
pauses: [{ name: vendor-owes-answer, text: the vendor owes an answer }]
policies:
  standard:
    accept: { within: 4 working hours, missed: reassign, extend: { times: 1, by: 2 working hours } }
    first-touch: { within: 1 working day, missed: reassign }
use: [{ policy: standard }]
`;
let channel: Channel;
let server: Listening;
let offer: string;

beforeAll(async () => {
  server = await createServer({} as ConsolePort, {
    consoleDir: '/nowhere',
    clocks: {
      offer: (id) => viewOffer(db, id, channel.now, channel.sla),
      move: (id, move) => moveClock(db, id, move, channel.now, channel.sla),
    },
  }).listen();
});
afterAll(async () => {
  await server.close();
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  channel = new Channel(db);
  channel.sla = { sla: compileSlaVersion({ file: 'sla.yaml', text: SLA, holidays: [] }), hash: 'sla-1' };
  await channel.rules('rules-1');
  await channel.partner('001A', { name: 'Alder' });
  await channel.people([anna]);
  await channel.decideAt('2026-03-02T09:00:00Z');
  offer = await channel.offerOf('pe_anna');
});

async function ask(path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}/api/offers/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return {
    status: response.status,
    body: (await response.json()) as Partial<OfferView> & { error?: { message: string } },
  };
}
const acceptOf = ({ body }: Awaited<ReturnType<typeof ask>>) => body.deadlines?.[0];

describe('the clock of an offer', () => {
  test('is told with its policy, calendar and deadlines', async () => {
    const told = await ask(offer);
    expect(told.status).toBe(200);
    expect(told.body).toMatchObject({
      ...{ id: offer, status: 'Open', policy: 'standard', calendar: { name: 'office', zone: 'UTC' }, pausedFor: null },
      deadlines: [
        { name: 'accept', state: 'running', dueAt: '2026-03-02T13:00:00.000Z', extensionsLeft: 1, missed: 'reassign' },
        { name: 'first-touch', state: 'waiting', dueAt: null },
      ],
    });
    expect((await ask('of_nothing')).status).toBe(404);
  });

  test('stands still and goes on with as much time left, and so does the deadline in the CRM', async () => {
    channel.now = Date.parse('2026-03-02T10:00:00Z');
    const paused = await ask(`${offer}/pause`, { reason: 'vendor-owes-answer' });
    expect([paused.body.pausedFor, acceptOf(paused)?.state]).toEqual(['vendor-owes-answer', 'paused']);
    await channel.decideAt('2026-03-03T10:00:00Z');
    expect(await channel.leadOf('pe_anna')).toMatchObject({ state: 'Offered' });
    expect((await ask(`${offer}/resume`, { reason: 'vendor-owes-answer' })).status).toBe(200);
    await channel.decide();
    const [row] = await db.selectFrom('offers').selectAll().execute();
    expect(row?.accept_by).toBe('2026-03-03T13:00:00.000Z');
  });

  test('may be answered while it stands still, however long', async () => {
    channel.now = Date.parse('2026-03-02T10:00:00Z');
    await ask(`${offer}/pause`, { reason: 'vendor-owes-answer' });
    channel.now = Date.parse('2026-03-04T10:00:00Z');
    await channel.answer(offer, 'Accepted');
    await channel.decide();
    expect(await channel.leadOf('pe_anna')).toMatchObject({ state: 'Accepted' });
  });

  test('is extended as often as the policy says, before the deadline', async () => {
    const extended = await ask(`${offer}/extend`, { deadline: 'accept' });
    expect(acceptOf(extended)).toMatchObject({ dueAt: '2026-03-02T15:00:00.000Z', extensionsLeft: 0 });
    const again = await ask(`${offer}/extend`, { deadline: 'accept' });
    expect([again.status, again.body.error?.message]).toEqual([
      400,
      'accept was extended 1 time, as often as the policy allows',
    ]);
    channel.now = Date.parse('2026-03-02T15:00:01Z');
    expect((await ask(`${offer}/extend`, { deadline: 'accept' })).body.error?.message).toContain('not running');
  });

  test.each([
    ['pause', { reason: 'vendor-ows-answer' }, 'sla.yaml has no pause "vendor-ows-answer". It has vendor-owes-answer.'],
    ['resume', { reason: 'vendor-owes-answer' }, 'the clock does not stand still for "vendor-owes-answer"'],
    ['extend', { deadline: 'first-touch' }, 'policy "standard" lets nobody extend first-touch'],
    [
      'extend',
      { deadline: 'never' },
      'there is no deadline "never". There are accept, first-touch, report-back, refresh.',
    ],
    ['stop', { reason: 'x' }, 'Send {"deadline": ...} to extend, {"reason": ...} to pause or resume.'],
  ])('refuses to %s by %j', async (action, body, message) => {
    const refused = await ask(`${offer}/${action}`, body);
    expect([refused.status, refused.body.error?.message]).toEqual([400, message]);
    expect(await db.selectFrom('offer_marks').selectAll().execute()).toEqual([]);
  });

  test('cannot be moved of an offer that is over, nor from a page of somebody else', async () => {
    const foreign = await ask(`${offer}/pause`, { reason: 'vendor-owes-answer' }, { 'sec-fetch-site': 'cross-site' });
    expect(foreign.status).toBe(400);
    await channel.answer(offer, 'Rejected');
    await channel.decide();
    expect((await ask(`${offer}/pause`, { reason: 'vendor-owes-answer' })).body.error?.message).toBe(
      `offer ${offer} is over (Rejected): nothing of it is due any more`,
    );
  });
});
