import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Org } from './harness.ts';

let org: Org;
let accounts: string[];
beforeAll(async () => {
  org = await Org.start();
  accounts = [await org.create('Account', { Name: 'A' }), await org.create('Account', { Name: 'B' })];
});
afterAll(() => org.close());

const contact = (account = 0) => ({ LastName: 'C', AccountId: accounts[account] });
const post = (account: number) => org.call('POST', '/sobjects/Contact', contact(account));
const patch = (id: string) => org.call('PATCH', `/sobjects/Contact/${id}`, { Title: 'x' });

test('children of one account lock it: a second write fails while the first one is under way, one to another account does not', async () => {
  const { locks } = org.sandbox.controls;
  locks.overlapping = true;
  const release = locks.hold();
  const first = post(0);
  // Its contact can be seen while its answer is kept back.
  while ((await org.rows('SELECT Id FROM Contact')).length === 0);
  const second = await org.call('PATCH', `/sobjects/Account/${accounts[0]}`, {});
  expect(second.body).toEqual([
    {
      errorCode: 'UNABLE_TO_LOCK_ROW',
      message: `unable to obtain exclusive access to this record or 1 records: ${accounts[0]}`,
      fields: [],
    },
  ]);
  const rows = await org.call('POST', '/composite/sobjects', {
    records: [{ attributes: { type: 'Contact' }, ...contact(0) }],
  });
  expect(rows.body[0].errors[0].statusCode).toBe('UNABLE_TO_LOCK_ROW');
  const other = post(1);
  release();
  expect((await first).status).toBe(201);
  expect((await other).status).toBe(201);
  expect((await post(0)).status).toBe(201);
  locks.overlapping = false;
});

test('locks can be made to fail rows by chance, the same rows for the same seed', async () => {
  const { locks } = org.sandbox.controls;
  const id = await org.create('Contact', contact());
  const run = async () => {
    locks.force({ rate: 0.5, seed: 7 });
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await patch(id)).status);
    locks.force(null);
    return statuses;
  };
  const statuses = await run();
  expect(new Set(statuses)).toEqual(new Set([204, 400]));
  expect(await run()).toEqual(statuses);
  expect((await patch(id)).status).toBe(204);
});

test('the daily allowance and the number of calls at once can be changed while the org runs', async () => {
  const { limits, locks } = org.sandbox.controls;
  const { max } = limits;
  limits.max = 0;
  expect(await org.call('GET', '/limits')).toMatchObject({
    status: 403,
    body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }],
  });
  limits.max = max;
  expect((await org.call('GET', '/limits')).body.DailyApiRequests.Max).toBe(max);
  limits.maxConcurrent = 1;
  locks.overlapping = true;
  const release = locks.hold();
  const first = post(0);
  let second = await org.call('GET', '/limits');
  while (second.status !== 403) second = await org.call('GET', '/limits');
  expect(second.body).toEqual([
    { errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentPerOrgLongTxn Limit exceeded.' },
  ]);
  release();
  await first;
  limits.maxConcurrent = null;
  locks.overlapping = false;
});
