import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { GivenRow, TakenRow } from '../../src/leads/service/take-feedback.ts';
import type { ConsolePort } from '../../src/server/api.ts';
import { createServer, type Listening } from '../../src/server/server.ts';

let listening: Listening;
let brought: { rows: readonly GivenRow[]; via: string; dryRun?: boolean }[] = [];

beforeAll(async () => {
  const take = async (rows: readonly GivenRow[], how: { via: string; dryRun?: boolean }): Promise<TakenRow[]> => {
    brought.push({ rows, ...how });
    return rows.map(({ place }) => ({ place, result: 'taken', offer: 'of_1', partner: 'Alder', problems: [] }));
  };
  listening = await createServer({} as ConsolePort, { consoleDir: '/nowhere', feedback: { take } }).listen();
});
afterAll(() => listening.close());
beforeEach(() => {
  brought = [];
});

function post(body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  return fetch(`${listening.url}/api/feedback`, { method: 'POST', headers, body });
}

test('statements are taken in under their source, each answered by its number', async () => {
  const statements = [{ offer: 'of_1', response: 'accepted' }, { ofer: 'of_1' }, 'accepted'];
  const answer = await post(JSON.stringify({ source: 'portal', statements }));
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    rows: [
      { place: 1, result: 'taken', partner: 'Alder' },
      { place: 2, result: 'refused', problems: [expect.stringMatching(/"ofer" is none of the names/)] },
      { place: 3, result: 'refused' },
    ],
  });
  expect(brought).toEqual([
    { rows: [{ place: 1, written: { offer: 'of_1', response: 'accepted' } }], via: 'portal', dryRun: false },
  ]);
});

test.each([
  ['no statements', '{}'],
  ['none', '{"statements": []}'],
  ['a field that is not read', '{"statements": [{}], "dry": true}'],
  ['what is no JSON', '{'],
])('a body with %s is refused, and nothing is taken in', async (_what, body) => {
  const answer = await post(body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { message: expect.any(String) } });
  expect(brought).toEqual([]);
});

test('nothing is taken from the page of somebody else', async () => {
  const body = JSON.stringify({ statements: [{ offer: 'of_1', response: 'accepted' }] });
  expect((await post(body, { 'content-type': 'text/plain' })).status).toBe(400);
  expect((await post(body, { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' })).status).toBe(400);
  expect(brought).toEqual([]);
});
