import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSandbox } from '../../../sandbox/index.ts';

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => {
  sandbox = await startSandbox({ market: false });
});
afterAll(() => sandbox.close());

const change = async (body: unknown) => {
  const response = await fetch(`${sandbox.control.url}/salesforce`, {
    method: 'PUT',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as { error?: string } };
};
const create = async (fields: object) => {
  const response = await fetch(`${sandbox.salesforce.url}/services/data/v68.0/sobjects/Lead`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sandbox.salesforce.accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ LastName: 'L', Company: 'C', ...fields }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> & unknown[] };
};

test('another process switches flows, duplicate rules, locks and limits of the org', async () => {
  expect((await change({ flows: [{ object: 'Lead', field: 'Email', formula: '"same@x.example"' }] })).status).toBe(200);
  expect((await create({})).status).toBe(201);
  await change({ duplicateRules: [{ object: 'Lead', by: 'email', action: 'block' }] });
  expect((await create({ Email: 'same@x.example' })).body).toMatchObject([{ errorCode: 'DUPLICATES_DETECTED' }]);
  await change({ flows: [], locks: { force: { rate: 1, seed: 1 } } });
  expect((await create({})).body).toMatchObject([{ errorCode: 'UNABLE_TO_LOCK_ROW' }]);
  await change({ locks: { force: null }, limits: { max: 0 } });
  expect((await create({})).status).toBe(403);
  await change({ limits: { max: 1000 } });
  expect((await create({})).status).toBe(201);
});

test.each([
  ['no JSON', '{', 'not JSON'],
  ['an unknown word', { flow: [] }, 'flow'],
  [
    'a formula that is wrong',
    { flows: [{ object: 'Lead', field: 'Email', formula: 'Nope' }] },
    'Field Nope does not exist',
  ],
  ['a field that is not there', { flows: [{ object: 'Lead', field: 'Nope', formula: '1' }] }, 'Lead.Nope'],
])('%s is refused with the reason', async (_, body, reason) => {
  expect(await change(body)).toMatchObject({ status: 400, body: { error: expect.stringContaining(reason) } });
});
