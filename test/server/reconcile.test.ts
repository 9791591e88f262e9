/** What reconciliation leaves to people, over HTTP. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AnswerRefused } from '../../src/revenue/service/answer-deal.ts';
import type { ConsolePort } from '../../src/server/api.ts';
import { createServer, type Listening } from '../../src/server/server.ts';

let server: Listening;
const given: unknown[] = [];
const review = { id: 'rv_1', kind: 'deal-match', why: 'Sale', subject: {}, createdAt: '2026-03-02T00:00:00Z' };
const deal = {
  id: 'op_1',
  name: 'Sale',
  record: 'salesforce 006',
  amount: { minor: 500_050n, currency: 'USD' },
  closeDate: '2026-04-30',
  account: 'Acme',
  partner: { id: 'pa_1', name: 'Alder' },
  lead: 'ld_1',
  acceptedAt: '2026-03-02T00:00:00Z',
  probability: 0.7059,
  reasons: [],
  step: 'Ask.',
};

beforeAll(async () => {
  server = await createServer({} as ConsolePort, {
    consoleDir: '/nowhere',
    reconciliation: {
      reviews: async () => [review],
      unrecorded: async () => [deal],
      answer: async (id, answer) => {
        given.push([id, answer]);
        if (id !== 'rv_1') throw new AnswerRefused('no question is open', 'look');
        return 'same ld_1';
      },
    },
  }).listen();
});
afterAll(() => server.close());

const ask = async (path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${server.url}/api/reconcile${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return [response.status, await response.json()];
};

test('questions and unrecorded deals are listed, amounts as decimal text', async () => {
  expect(await ask('/reviews')).toEqual([200, { open: [review] }]);
  expect(await ask('/unrecorded')).toEqual([200, { deals: [{ ...deal, amount: '5000.50', currency: 'USD' }] }]);
});

test('an answer is taken in, one that does not fit is refused with what to do', async () => {
  expect(await ask('/reviews/rv_1', { answer: 'same', with: 'ld_1' })).toEqual([
    200,
    { id: 'rv_1', answer: 'same ld_1' },
  ]);
  expect(given).toEqual([['rv_1', { word: 'same', with: 'ld_1' }]]);
  expect(await ask('/reviews/rv_2', { answer: 'different' })).toMatchObject([
    400,
    { error: { message: 'no question is open. look' } },
  ]);
  expect((await ask('/reviews/rv_1', { answer: 1 }))[0]).toBe(400);
  expect((await ask('/reviews/rv_1', { answer: 'same', with: 7 }))[0]).toBe(400);
});

test('a page of somebody else cannot answer', async () => {
  const [status] = await ask('/reviews/rv_1', { answer: 'different' }, { 'sec-fetch-site': 'cross-site' });
  expect(status).toBe(400);
});
