/** Market development funds between a whole Sluice and the emulated Salesforce, with the real client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSandbox } from '../../sandbox/index.ts';
import type { App } from '../../src/app/app.ts';
import { openApp } from '../../src/app.ts';
import { fund } from '../../src/cli/fund.ts';
import { writeConfig } from '../../src/cli/write-config.ts';
import { loadConfig } from '../../src/config/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-funds-'));
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let app: App;
beforeAll(async () => {
  sandbox = await startSandbox({
    leads: 20,
    seed: 7,
    partnerFunds: true,
    baseTime: Date.parse('2026-09-01T06:00:00Z'),
  });
  writeConfig(folder, sandbox, 'Fund vendor', ['partner-funds']);
  app = await openApp(loadConfig(folder, {}), { command: 'test', log: () => undefined });
  await app.provision({ dryRun: false });
  await app.sync();
});
afterAll(async () => {
  await app?.close();
  await sandbox?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(args: readonly string[], options: Record<string, unknown> = {}) {
  let out = '';
  const io = { out: (text: string) => (out += text), err: () => undefined, tty: false };
  const exit = await fund(app, io, { ...options, json: true }, args);
  return { exit, ...JSON.parse(out) };
}

async function inSalesforce(object: string, id: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${sandbox.salesforce.url}/services/data/v68.0/sobjects/${object}/Sluice_Id__c/${id}`, {
    headers: { authorization: `Bearer ${sandbox.salesforce.accessToken}` },
  });
  return (await response.json()) as Record<string, unknown>;
}

test('the funds of the org are there after a sync, and keep every rule', async () => {
  const { budgets, allocations, requests, claims } = await run(['list']);
  expect([budgets.length, allocations.length, requests.length]).toEqual([1, 8, 8]);
  expect(claims.length).toBeGreaterThan(2);
  expect(await run(['check'])).toMatchObject({ exit: 0, problems: [] });
});

test('a request that is made here is created there, approved, claimed and paid', async () => {
  const { allocations } = await run(['list']);
  const [allocation] = allocations;
  const amount = String(Math.min(Number(allocation.free), 1000));
  const made = await run(['request'], {
    partner: allocation.partner.id,
    allocation: allocation.id,
    activity: 'other',
    title: 'Roadshow',
    amount,
    from: '2026-09-10',
    by: 'p@partner.example',
  });
  await app.sync();
  expect(await inSalesforce('PartnerFundRequest', made.id)).toMatchObject({
    Title: 'Roadshow',
    Status: 'Draft',
    RequestedAmount: Number(amount),
  });
  const [{ waitsFor }] = made.requests;
  await run(['approve', made.id], { by: waitsFor.who[0] });
  const claim = await run(['claim', made.id], { amount: '500', proof: ['invoice=I-1'] });
  await app.sync();
  expect(await inSalesforce('PartnerFundRequest', made.id)).toMatchObject({
    Status: 'Approved',
    Amount: Number(amount),
  });
  await run(['approve', claim.id], { by: waitsFor.who[0] });
  await run(['pay', claim.id], { reference: 'P-1', on: '2026-09-01' });
  await app.sync();
  expect(await inSalesforce('PartnerFundClaim', claim.id)).toMatchObject({ Status: 'Paid', Amount: 500 });
});

test('what the org refuses waits in the error centre with its words', async () => {
  // An edit in the CRM that Sluice has not seen yet takes the room away.
  const { allocations } = await run(['list']);
  const allocation = allocations.at(-1);
  const made = await run(['request'], {
    partner: allocation.partner.id,
    allocation: allocation.id,
    activity: 'other',
    title: 'Late',
    amount: '900',
    from: '2026-09-10',
    by: 'p@partner.example',
  });
  await app.sync();
  const id = allocation.heldIn.id;
  const promised = Number(allocation.promised);
  await fetch(`${sandbox.salesforce.url}/services/data/v68.0/sobjects/PartnerFundAllocation/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${sandbox.salesforce.accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ Amount: promised + 1 }),
  });
  await run(['approve', made.id], { by: made.requests[0].waitsFor.who[0] });
  await app.sync();
  const errors = await app.store.db
    .selectFrom('errors')
    .select(['object', 'message'])
    .where('resolved_at', 'is', null)
    .execute();
  expect(errors).toContainEqual({
    object: 'PartnerFundRequest',
    message: expect.stringContaining("can't be more than the allocation's remaining total"),
  });
  expect(await run(['check'])).toMatchObject({ exit: 3, problems: [{ rule: 'overdrawn', kind: 'allocation' }] });
});
