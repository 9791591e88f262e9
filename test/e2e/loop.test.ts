import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openApp } from '../../src/app.ts';
import { rawHubSpot, rawSalesforce } from '../../src/cli/demo/raw-crm.ts';
import { brokenPromises, summarise } from '../../src/cli/demo/summary.ts';
import { verifyWriteBack } from '../../src/cli/demo/write-back.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { LeadExplanation } from '../../src/leads/service/explain.ts';
import type { RunSummary } from '../../src/sync/run.ts';
import {
  killChildren,
  type Running,
  sandboxOf,
  sluiceHere,
  startSluice,
  type TestSandbox,
  temporaryFolder,
} from '../support/children.ts';
import { type PlainCrms, plainCrms } from '../support/crm-http.ts';

let sandbox: TestSandbox;
let config: string;
let crms: PlainCrms;
/** Holds the embedded database open while all others ask through it. */
let serving: Running;
const runs: RunSummary[] = [];

beforeAll(async () => {
  config = join(temporaryFolder(), 'config');
  sandbox = await sandboxOf(
    startSluice([
      'sandbox',
      '--leads',
      '40',
      '--seed',
      '7',
      '--base-time',
      '2026-09-01T06:00:00Z',
      '--write-config',
      config,
    ]),
  );
  crms = plainCrms(sandbox);
});
afterAll(killChildren);

async function json<T>(...argv: string[]): Promise<T> {
  const said = await sluiceHere(...argv, '--json', '--config', config);
  if (said.code !== 0) throw new Error(`sluice ${argv.join(' ')}: exit ${said.code}\n${said.err}`);
  return JSON.parse(said.out) as T;
}
async function sync(): Promise<RunSummary> {
  const summary = await json<RunSummary>('sync');
  runs.push(summary);
  return summary;
}
const explain = (what: string) => json<LeadExplanation>('explain', what);

const OFFERED = "SELECT Id, Sluice_Partner__c FROM Lead WHERE Sluice_Status__c = 'Offered'";

describe('provision', () => {
  interface Provisioned {
    connections: Record<string, { what: string; name: string; status: string }[]>;
  }
  const statuses = ({ connections }: Provisioned) => [
    ...new Set(Object.values(connections).flatMap((steps) => steps.map((step) => step.status))),
  ];

  test('with --dry-run says what it would create and creates nothing', async () => {
    expect(statuses(await json('provision', '--dry-run'))).toContain('create');
    expect(statuses(await json('provision', '--dry-run'))).not.toContain('created');
  });

  test('creates all of it, and a second time nothing', async () => {
    const first = await json<Provisioned>('provision');
    expect(statuses(first)).toContain('created');
    expect(statuses(first)).not.toContain('failed');
    expect(statuses(await json('provision'))).toEqual(['exists']);
  });
});

describe('while another process has the database open', () => {
  beforeAll(async () => {
    serving = startSluice(['serve', '--no-schedule', '--port', '0', '--json', '--config', config]);
    await serving.until('out', /\n}/);
  });

  test('sync runs in it, and ends with both sides in agreement', async () => {
    expect(await sync()).toMatchObject({ status: 'done', message: 'both sides agree' });
  });

  test('a second sync writes nothing and makes at most two calls a stream', async () => {
    await sync();
    const before = await sandbox.stats();
    const summary = await sync();
    const after = await sandbox.stats();
    for (const crm of ['salesforce', 'hubspot'] as const) {
      expect(summary.connections[crm]).toMatchObject({ changed: 0, written: 0 });
      const calls = after[crm].others - before[crm].others;
      expect(calls).toBeGreaterThan(0);
      // Lead, Contact, Account, Campaign, CampaignMember, Opportunity, its roles, offers; contacts, companies, campaigns.
      expect(calls).toBeLessThanOrEqual(2 * (crm === 'salesforce' ? 8 : 4));
    }
  });

  test('what the org says of offered leads over plain HTTP is what explain says of each', async () => {
    const rows = await crms.soql(OFFERED);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const { lead, decisions } = await explain(String(row.Id));
      expect(lead).toMatchObject({ state: 'Offered', partner: { recordId: row.Sluice_Partner__c } });
      expect(decisions.length).toBeGreaterThan(0);
    }
  });

  test('reports answer', async () => {
    expect((await sluiceHere('report', 'leads', '--config', config)).out).toMatch(/Offered/);
    expect((await sluiceHere('report', 'roi', '--format', 'csv', '--config', config)).code).toBe(0);
  });
});

describe('answers', () => {
  /** An offered lead as HubSpot shows it; hours go by until there is one. */
  async function offeredContact() {
    for (let hours = 0; hours < 96; hours += 6) {
      const contacts = await crms.contacts(['sluice_status', 'sluice_offer_id']);
      const found = contacts.find((each) => each.sluice_status === 'Offered');
      if (found) return { contact: found.id, offer: String(found.sluice_offer_id) };
      await sandbox.advance(6);
      await sync();
    }
    throw new Error('no offered lead is in HubSpot');
  }
  const offerRecord = async (offer: string) =>
    (await crms.soql(`SELECT Id, Status__c FROM Sluice_Offer__c WHERE Sluice_Id__c = '${offer}'`))[0];

  test('given in Salesforce reach HubSpot', async () => {
    const { contact, offer } = await offeredContact();
    await crms.patch('Sluice_Offer__c', String((await offerRecord(offer))?.Id), { Response__c: 'Accepted' });
    await sync();
    expect((await explain(contact)).lead.state).toBe('Accepted');
    expect(await crms.contact(contact, ['sluice_status'])).toMatchObject({ sluice_status: 'Accepted' });
    expect(await offerRecord(offer)).toMatchObject({ Status__c: 'Accepted' });
  });

  test('given in HubSpot reach Salesforce, and a rejected lead goes to another partner', async () => {
    const { contact, offer } = await offeredContact();
    const before = (await explain(contact)).lead.partner?.id;
    await crms.patchContact(contact, { sluice_response: `${offer}:rejected:No budget` });
    await sync();
    const explained = await explain(contact);
    expect(explained.offers[0]).toMatchObject({ id: offer, status: 'Rejected', responseReason: 'No budget' });
    expect(explained.lead.partner?.id ?? null).not.toBe(before);
    expect(await offerRecord(offer)).toMatchObject({ Status__c: 'Rejected' });
    expect(await crms.contact(contact, ['sluice_status'])).toMatchObject({ sluice_status: explained.lead.state });
  });
});

describe('days later', () => {
  beforeAll(async () => {
    for (let day = 0; day < 20; day += 2) {
      await sandbox.advance(48);
      await sync();
    }
  });

  test('converted leads go on at the Contact and the Opportunity, which carry the fields', async () => {
    const converted = await crms.soql(
      'SELECT Id, Sluice_Lead__c, ConvertedContactId, ConvertedOpportunityId FROM Lead WHERE IsConverted = true AND Sluice_Lead__c != null AND ConvertedOpportunityId != null',
    );
    expect(converted.length).toBeGreaterThan(0);
    for (const row of converted) {
      const { lead } = await explain(String(row.Id));
      const wanted = { Sluice_Lead__c: lead.id, Sluice_Status__c: lead.state };
      for (const [object, id] of [
        ['Contact', row.ConvertedContactId],
        ['Opportunity', row.ConvertedOpportunityId],
      ]) {
        const [record] = await crms.soql(`SELECT Sluice_Lead__c, Sluice_Status__c FROM ${object} WHERE Id = '${id}'`);
        expect(record).toMatchObject(wanted);
      }
    }
  });

  test('the converted Lead is left alone', async () => {
    const query = 'SELECT Id, SystemModstamp, Sluice_Status__c FROM Lead WHERE IsConverted = true';
    const before = await crms.soql(query);
    expect(before.length).toBeGreaterThan(0);
    await sync();
    await sync();
    expect(await crms.soql(query)).toEqual(before);
  });

  test('a sync after all that still finds nothing to do', async () => {
    const { connections } = await sync();
    expect(connections).toMatchObject({ salesforce: { changed: 0, written: 0 }, hubspot: { changed: 0, written: 0 } });
  });
});

describe('the summary of the demo', () => {
  beforeAll(async () => {
    serving.child.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
  });

  async function summed() {
    const app = await openApp(loadConfig(config), { command: 'test', log: () => undefined });
    try {
      const raw = { salesforce: await rawSalesforce(sandbox.salesforce), hubspot: await rawHubSpot(sandbox.hubspot) };
      const summary = await summarise(app, sandbox, raw, runs, { seed: 7, days: 20, startedAt: performance.now() });
      return { summary, back: await verifyWriteBack(app, raw), broken: brokenPromises(summary) };
    } finally {
      await app.close();
    }
  }

  test('holds: booked is what was closed won, and every write is found in the CRMs', async () => {
    const { summary, broken } = await summed();
    expect(broken).toEqual([]);
    expect(summary.revenue.booked).toBe(summary.revenue.closedWon);
    expect(Object.values(summary.writeBack).every((back) => back.verified > 0)).toBe(true);
  });

  test('fails where one value was changed in Salesforce behind our back', async () => {
    const [lead] = await crms.soql(
      'SELECT Id, Sluice_Score__c FROM Lead WHERE IsConverted = false AND Sluice_Score__c != null',
    );
    await crms.patch('Lead', String(lead?.Id), { Sluice_Score__c: 1 });
    const { back, broken } = await summed();
    expect(back.salesforce?.differences).toEqual([`Lead ${lead?.Id}: Sluice_Score__c`]);
    expect(broken).toEqual([expect.stringMatching(/^salesforce: 1 of \d+ written records are not what Sluice holds/)]);
    await crms.patch('Lead', String(lead?.Id), { Sluice_Score__c: lead?.Sluice_Score__c ?? null });
    expect((await summed()).broken).toEqual([]);
  });

  test('fails where one value was changed in HubSpot behind our back', async () => {
    const contact = (await crms.contacts(['sluice_reason'])).find((each) => each.sluice_reason !== null);
    await crms.patchContact(contact?.id ?? '', { sluice_reason: 'because' });
    expect((await summed()).broken).toEqual([expect.stringMatching(/^hubspot: 1 of \d+ written records/)]);
    await crms.patchContact(contact?.id ?? '', { sluice_reason: contact?.sluice_reason ?? null });
  });

  test('fails where a deal was won that is not in the ledger', async () => {
    await crms.create('Opportunity', { Name: 'Unseen', StageName: 'Closed Won', Amount: 1.5, CloseDate: '2026-09-20' });
    expect((await summed()).broken).toEqual([expect.stringMatching(/is booked, but .* was closed won in the CRM/)]);
  });
});
