/** Deal registrations over HTTP. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { moveDeal } from '../../src/deals/service/move.ts';
import { registerDeals } from '../../src/deals/service/register.ts';
import { listDeals, showDeal } from '../../src/deals/service/view.ts';
import type { ConsolePort } from '../../src/server/api.ts';
import { createServer, type Listening } from '../../src/server/server.ts';
import { Stage } from '../deals/service/stage.ts';
import { emptyStore, testStore } from '../support/store.ts';

const store = await testStore();
const { db } = store;
let stage: Stage;
let server: Listening;

beforeAll(async () => {
  server = await createServer({} as ConsolePort, {
    consoleDir: '/nowhere',
    deals: {
      register: (rows, brought) => registerDeals(db, rows, brought, stage.ports, stage.now),
      move: async (id, move, by) => {
        await moveDeal(db, id, move, by, stage.ports, stage.now);
        return stage.show(id);
      },
      show: (id) => showDeal(db, id, stage.now),
      list: (filter) => listDeals(db, filter, stage.now),
    },
  }).listen();
});
afterAll(async () => {
  await server.close();
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  stage = new Stage(db);
  await stage.partner('Birch');
});

async function ask(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}/api/deals${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the answers are looked at piece by piece
  return { status: response.status, body: (await response.json()) as any };
}
const alder = { partner: 'Birch', company: 'Alder Systems', amount: 900, key: 'k1' };

test('a registration is taken once, shown, listed and approved', async () => {
  const first = await ask('', { source: 'portal', registrations: [alder] });
  const again = await ask('', { source: 'portal', registrations: [alder] });
  const { registration } = first.body.rows[0];
  expect(first.body.rows[0]).toMatchObject({ result: 'registered', state: 'Pending' });
  expect(again.body.rows[0]).toMatchObject({ result: 'repeat', registration });
  expect((await ask(`/${registration}`)).body).toMatchObject({ id: registration, amount: '900.00', source: 'portal' });
  expect((await ask('?state=Pending')).body.deals).toHaveLength(1);
  const approved = await ask(`/${registration}/approve`, { by: 'anna', as: 'board' });
  expect(approved).toMatchObject({ status: 200, body: { state: 'Approved', approvals: [{ by: 'anna' }] } });
});

test('bad rows are refused by themselves, the good one is kept', async () => {
  const { body } = await ask('', { registrations: [{ ...alder, amount: -1 }, 7, { ...alder, colour: 'red' }, alder] });
  expect(body.rows.map(({ place, result }: { place: number; result: string }) => [place, result])).toEqual([
    [1, 'refused'],
    [2, 'refused'],
    [3, 'refused'],
    [4, 'registered'],
  ]);
});

test.each<[string, unknown, number, string]>([
  ['/rg_none', undefined, 404, 'There is no registration "rg_none".'],
  ['?state=Perhaps', undefined, 400, 'state is one of'],
  ['?partner=Nobody', undefined, 404, 'there is no partner "Nobody".'],
  ['', { registrations: [] }, 400, 'with 1 to 1000 registrations'],
  ['/rg_none/approve', {}, 400, 'there is no registration "rg_none"'],
  ['/rg_none/reject', {}, 400, 'reason'],
  ['/rg_none/constructor', {}, 400, 'no "constructor"'],
  ['/rg_none/convert', { opportunity: 'a\u0000b' }, 400, 'there is no registration'],
])('%s is answered in words', async (path, body, status, message) => {
  const answered = await ask(path, body);
  expect(answered.status).toBe(status);
  expect(answered.body.error.message).toContain(message);
});

test('no page of somebody else can register or decide', async () => {
  const foreign = { 'sec-fetch-site': 'cross-site' };
  expect((await ask('', { registrations: [alder] }, foreign)).status).toBe(400);
  expect((await ask('/rg_none/approve', {}, foreign)).status).toBe(400);
});
