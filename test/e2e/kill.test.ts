import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunSummary } from '../../src/sync/run.ts';
import {
  configFor,
  killChildren,
  sluiceHere,
  startSandbox,
  startSluice,
  type TestSandbox,
} from '../support/children.ts';
import { plainCrms } from '../support/crm-http.ts';

/** Two sandboxes of one seed and base time: alike to the last record. */
const MARKET = ['--leads', '25', '--seed', '11', '--base-time', '2026-09-01T06:00:00Z'];
interface Side {
  readonly sandbox: TestSandbox;
  readonly config: string;
}
let calm: Side;
let rough: Side;

beforeAll(async () => {
  const side = async (): Promise<Side> => {
    const sandbox = await startSandbox(...MARKET);
    return { sandbox, config: configFor(sandbox) };
  };
  [calm, rough] = await Promise.all([side(), side()]);
  for (const { config } of [calm, rough]) {
    expect(await sluiceHere('provision', '--config', config)).toMatchObject({ code: 0 });
  }
});
afterAll(killChildren);

async function sync({ config }: Side): Promise<RunSummary> {
  const said = await sluiceHere('sync', '--json', '--config', config);
  if (said.code !== 0) throw new Error(said.err);
  return JSON.parse(said.out) as RunSummary;
}

/** Lehmer's generator: the same delays at every run of this test. */
let seed = 20_260_901;
const random = () => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
};

/** Starts a sync and kills it a random while after it has come to a phase; true where it was killed before its end. */
async function killedSync({ config }: Side, phase: RegExp, upToMs: number): Promise<boolean> {
  const running = startSluice(['sync', '--config', config]);
  await running.until('err', phase);
  await new Promise((resolve) => setTimeout(resolve, random() * upToMs));
  running.child.kill('SIGKILL');
  return (await running.ended).code === null;
}

/** All that Sluice writes in both CRMs, instants apart. */
async function shown({ sandbox }: Side) {
  const crms = plainCrms(sandbox);
  const owned =
    'Sluice_Id__c, Sluice_Lead__c, Sluice_Score__c, Sluice_Grade__c, Sluice_Partner__c, Sluice_Status__c, Sluice_Reason__c';
  const told = JSON.stringify({
    leads: await crms.soql(`SELECT Id, ${owned} FROM Lead ORDER BY Id`),
    contacts: await crms.soql(`SELECT Id, ${owned} FROM Contact ORDER BY Id`),
    opportunities: await crms.soql(`SELECT Id, Amount, ${owned} FROM Opportunity ORDER BY Id`),
    offers: await crms.soql(
      'SELECT Sluice_Id__c, Sluice_Lead__c, Lead__c, Partner__c, Status__c, Response__c FROM Sluice_Offer__c ORDER BY Sluice_Id__c',
    ),
    hubspot: await crms.contacts([
      'sluice_id',
      'sluice_lead',
      'sluice_score',
      'sluice_grade',
      'sluice_partner',
      'sluice_status',
      'sluice_reason',
      'sluice_offer_id',
    ]),
  });
  const plain = JSON.parse(told.replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+0000)/g, 'INSTANT'));
  plain.hubspot.sort((a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1));
  for (const lists of Object.values(plain) as Record<string, unknown>[][]) {
    for (const row of lists)
      for (const stamp of ['attributes', 'hs_lastmodifieddate', 'lastmodifieddate', 'createdate']) delete row[stamp];
  }
  return plain;
}

/** What breaks on the line to both CRMs, chosen so that it is met early and waits for nobody. */
const BAD_LINE = [
  { fault: 'reset-after', crm: 'salesforce', path: '/services/data/*/composite/sobjects*', nth: [1, 3] },
  { fault: 'truncated', crm: 'salesforce', path: '/services/data/*/composite/sobjects*', nth: [4] },
  { fault: 'reset-after', crm: 'hubspot', path: '/crm/*/batch/up*', nth: [1, 4] },
  { fault: 'server-error', effect: 'done', crm: 'hubspot', path: '/crm/*/batch/up*', nth: [2] },
  { fault: 'unauthorized', crm: 'salesforce', nth: [2, 9] },
  { fault: 'garbage', path: '/services/data/*/query*', nth: [3] },
];

/** Lets things go wrong in a sandbox from now on; tells what did so far. */
async function breakLine({ sandbox }: Side, rules: readonly object[]): Promise<Record<string, number>> {
  const answer = await fetch(`${sandbox.control.url}/faults`, { method: 'PUT', body: JSON.stringify({ rules }) });
  const told = (await answer.json()) as { counts: Record<string, number>; error?: string };
  if (!answer.ok) throw new Error(told.error);
  return told.counts;
}

describe('a sync that is killed with -9 and run again', () => {
  test.each([
    ['its first run', 0, []],
    ['a later run over a bad line, with answers and conversions to bring over', 48, BAD_LINE],
  ])('ends like one that was never killed: %s', async (_which, hours, faults) => {
    for (const { sandbox } of [calm, rough]) if (hours > 0) await sandbox.advance(hours);
    await breakLine(rough, faults);
    const kills = [
      await killedSync(rough, /reading \.\.\./, 200),
      await killedSync(rough, /writing \.\.\./, 60),
      await killedSync(rough, /writing \.\.\./, 250),
    ];
    expect(kills).toContain(true);
    const struck = await breakLine(rough, []);
    if (faults.length > 0) expect(Object.keys(struck).length).toBeGreaterThan(2);
    // A killed process leaves its lock, which the next one takes over.
    const lock = join(rough.config, 'database.lock');
    if (existsSync(lock)) expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ command: 'sync' });
    await sync(calm);
    await sync(rough);
    expect((await sync(rough)).connections).toMatchObject({
      salesforce: { written: 0, waiting: 0, rejected: 0 },
      hubspot: { written: 0, waiting: 0, rejected: 0 },
    });
    expect(await shown(rough)).toEqual(await shown(calm));
    const offered = (await shown(rough)).leads.filter(
      (lead: Record<string, unknown>) => lead.Sluice_Status__c !== null,
    );
    expect(offered.length).toBeGreaterThan(0);
  });
});
