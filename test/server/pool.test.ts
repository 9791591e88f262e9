/** The shared pool over HTTP. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { compileRouting } from '../../src/leads/routing.ts';
import { claimLead } from '../../src/leads/service/claim.ts';
import { type PoolLead, type PoolLeadOfAll, poolFor, poolOfAll } from '../../src/leads/service/pool.ts';
import type { Offer } from '../../src/model/offer.ts';
import type { ConsolePort } from '../../src/server/api.ts';
import { createServer, type Listening } from '../../src/server/server.ts';
import { POOL_RULES } from '../leads/service/pool-rules.ts';
import { anna, Channel } from '../support/channel.ts';
import { emptyStore, testStore } from '../support/store.ts';

const store = await testStore();
const { db } = store;
const routing = compileRouting('routing.yaml', POOL_RULES);
let channel: Channel;
let server: Listening;
let [alder, brook, cove, lead] = ['', '', '', ''];

beforeAll(async () => {
  server = await createServer({} as ConsolePort, {
    consoleDir: '/nowhere',
    pool: {
      pool: (limit) => poolOfAll(db, routing, null, channel.now, limit),
      poolFor: (partner, limit) => poolFor(db, partner, routing, null, channel.now, limit),
      claim: (id, partner) => db.transaction().execute((tx) => claimLead(tx, id, partner, routing, null, channel.now)),
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
  await channel.rules('rules-1', POOL_RULES);
  alder = await channel.partner('001A', { name: 'Alder' });
  brook = await channel.partner('001B', { name: 'Brook' });
  cove = await channel.partner('001C', { name: 'Cove', territories: ['FR'] });
  await channel.people([anna]);
  await channel.decide();
  lead = (await channel.leadOf('pe_anna')).id;
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: {
    readonly leads?: readonly (PoolLead | PoolLeadOfAll)[];
    readonly again?: boolean;
    readonly offer?: Offer;
    readonly error?: { readonly message: string };
  };
}
async function ask(path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${server.url}/api/pool${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) };
}

describe('the pool', () => {
  test('is shown to a partner without anything that names the person or the company', async () => {
    const shown = await ask(`?partner=${alder}`);
    expect(shown.body.leads).toMatchObject([{ id: lead, facts: { country: 'DE', product: 'Vault' }, until: null }]);
    for (const secret of ['Anna', 'Schmidt', 'Acme', 'acme.de', 'Brook', 'Head of IT'])
      expect(shown.text).not.toContain(secret);
    expect((await ask(`?partner=${cove}`)).body.leads).toEqual([]);
    expect((await ask('?partner=pt_nobody')).status).toBe(404);
  });

  test('is shown to the vendor with those who may claim', async () => {
    const { body } = await ask('');
    expect(body.leads).toMatchObject([
      { id: lead, route: 'shared', claimants: [{ name: 'Alder' }, { name: 'Brook' }] },
    ]);
    expect((await ask('?limit=0')).status).toBe(400);
  });

  test('gives a lead once, however many claim at the same time and however often they ask', async () => {
    const claims = await Promise.all([alder, brook, alder, brook].map((partner) => ask(`/${lead}/claim`, { partner })));
    const [won, lost] = [claims.filter(({ status }) => status === 200), claims.filter(({ status }) => status === 409)];
    expect([won.length, lost.length]).toEqual([2, 2]);
    expect(won.map(({ body }) => body.again).sort()).toEqual([false, true]);
    expect(new Set(won.map(({ body }) => body.offer?.id)).size).toBe(1);
    expect(lost[0]?.body.error?.message).toBe(
      'The claim is refused: the lead is not in the pool any more: a partner has it.',
    );
    expect(await db.selectFrom('offers').selectAll().execute()).toHaveLength(1);
    expect(await db.selectFrom('events').selectAll().where('type', '=', 'lead.claimed').execute()).toHaveLength(1);
    expect((await ask('')).body.leads).toEqual([]);
  });

  test.each([
    ['ld_nothing', { partner: 'alder' }, 409, 'The claim is refused: there is no such lead.'],
    ['lead', { partner: 'pt_nobody' }, 409, 'The claim is refused: there is no such partner.'],
    ['lead', { partner: 'cove' }, 409, 'The claim is refused: Cove does not cover DE (covers FR).'],
    ['lead', {}, 400, 'Send {"partner": the id of the partner that claims the lead}.'],
    ['lead\u0000', { partner: 'pt_\u0000' }, 409, 'The claim is refused: there is no such lead.'],
  ])('refuses the claim of %s by %j', async (named, body, status, message) => {
    const id = named.startsWith('lead') ? named.replace('lead', lead) : named;
    const names: Record<string, string> = { alder, cove };
    const who = 'partner' in body ? { partner: names[body.partner] ?? body.partner } : body;
    const refused = await ask(`/${encodeURIComponent(id)}/claim`, who);
    expect([refused.status, refused.body.error?.message]).toEqual([status, message]);
    expect(await db.selectFrom('offers').selectAll().execute()).toEqual([]);
  });

  test('gives nothing to a page of somebody else', async () => {
    expect((await ask(`/${lead}/claim`, { partner: alder }, { 'sec-fetch-site': 'cross-site' })).status).toBe(400);
    expect((await channel.leadOf('pe_anna')).state).toBe('In pool');
  });
});
