import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../../sandbox/index.ts';
import type { Truth } from '../../../sandbox/market/truth.ts';
import { Offerer } from './offerer.ts';

const baseTime = Date.parse('2026-03-02T08:00:00Z');
const options = { leads: 40, seed: 3, baseTime, days: 30 };

const control = async (sandbox: Sandbox, path: string, body?: unknown) => {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(sandbox.control.url + path, init);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};
const tellTruth = async (sandbox: Sandbox) => (await control(sandbox, '/truth')) as Truth;

const soql = async (sandbox: Sandbox, query: string, token = sandbox.salesforce.accessToken) => {
  const path = `/services/data/v68.0/query?q=${encodeURIComponent(query)}`;
  const response = await fetch(sandbox.salesforce.url + path, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as { totalSize: number; records: Record<string, unknown>[] };
};

const hubspotContacts = async (sandbox: Sandbox) => {
  const rows: { id: string; properties: Record<string, string | null> }[] = [];
  let after = '';
  do {
    const query = `limit=100&properties=email,lifecyclestage,product_interest,salesforceleadid${after}`;
    const headers = { authorization: `Bearer ${sandbox.hubspot.accessToken}` };
    const response = await fetch(`${sandbox.hubspot.url}/crm/v3/objects/contacts?${query}`, { headers });
    const page = (await response.json()) as { results: typeof rows; paging?: { next?: { after: string } } };
    rows.push(...page.results);
    after = page.paging?.next ? `&after=${page.paging.next.after}` : '';
  } while (after !== '');
  return rows;
};

describe('a seeded sandbox at its start', () => {
  let sandbox: Sandbox;
  let truth: Truth;
  beforeAll(async () => {
    sandbox = await startSandbox(options);
    truth = await tellTruth(sandbox);
  });
  afterAll(() => sandbox.close());

  const idsOf = (object: string) =>
    truth.people
      .flatMap(({ records }) => records.filter((record) => record.object === object).map(({ id }) => id))
      .sort();

  test('stands at its base time with credentials that work', async () => {
    const time = (await control(sandbox, '/time')) as { now: string; epochMs: number };
    expect(time.epochMs).toBeGreaterThanOrEqual(baseTime);
    expect(time.epochMs).toBeLessThan(baseTime + 60_000);
    expect((await soql(sandbox, 'SELECT Id FROM Account LIMIT 1')).totalSize).toBe(1);
    expect(Object.keys(sandbox.salesforce).sort()).toEqual([
      'accessToken',
      'clientId',
      'clientSecret',
      'pubSub',
      'refreshToken',
      'url',
    ]);
  });

  test('holds exactly the records that the truth names', async () => {
    for (const object of ['Lead', 'Contact']) {
      const { records } = await soql(sandbox, `SELECT Id FROM ${object}`);
      expect(records.map(({ Id }) => Id).sort()).toEqual(idsOf(object));
    }
    expect((await hubspotContacts(sandbox)).map(({ id }) => id).sort()).toEqual(idsOf('contacts'));
  });

  test("shows the vendor's fields to the integration, forty partners among the Accounts", async () => {
    const fields =
      'Partner_Status__c, Partner_Territories__c, Partner_Competencies__c, Partner_Tier__c, Partner_Capacity__c, Partner_Certifications__c';
    const { records } = await soql(
      sandbox,
      `SELECT Id, Name, ${fields} FROM Account WHERE Type = 'Channel Partner / Reseller'`,
    );
    expect(records).toHaveLength(40);
    expect(records.map(({ Id }) => Id).sort()).toEqual(truth.partners.map(({ accountId }) => accountId).sort());
    for (const partner of records) {
      expect(String(partner.Partner_Territories__c)).toMatch(/^[A-Z]{2}(;[A-Z]{2})*$/);
      expect(Number(partner.Partner_Capacity__c)).toBeGreaterThan(0);
    }
    const expiries = records.flatMap(
      ({ Partner_Certifications__c: text }) => String(text ?? '').match(/\d{4}-\d{2}-\d{2}/g) ?? [],
    );
    const [first = '', last = ''] = [expiries.sort()[0], expiries.at(-1)];
    const today = new Date(options.baseTime).toISOString().slice(0, 10);
    expect([first < today, last > today]).toEqual([true, true]);
    const staged = await soql(sandbox, 'SELECT Id, HubSpot_Contact_Id__c FROM Lead WHERE Marketing_Stage__c != null');
    expect(staged.totalSize).toBe(idsOf('Lead').length);
  });

  test('has a history: records and responses of different days', async () => {
    const { records } = await soql(sandbox, 'SELECT CreatedDate FROM Lead');
    const days = new Set(records.map(({ CreatedDate }) => String(CreatedDate).slice(0, 10)));
    expect(days.size).toBeGreaterThan(3);
    const members = await soql(sandbox, 'SELECT FirstRespondedDate FROM CampaignMember WHERE HasResponded = true');
    expect(new Set(members.records.map(({ FirstRespondedDate }) => FirstRespondedDate)).size).toBeGreaterThan(3);
  });

  test('keeps a campaign that stands in both CRMs at the same cost', async () => {
    const headers = { authorization: `Bearer ${sandbox.hubspot.accessToken}` };
    const url = `${sandbox.hubspot.url}/marketing/v3/campaigns?limit=100&properties=hs_name,hs_spend_items_sum_amount`;
    const { results } = (await (await fetch(url, { headers })).json()) as {
      results: { properties: Record<string, string> }[];
    };
    const { records } = await soql(sandbox, 'SELECT Name, ActualCost FROM Campaign');
    const costs = new Map(records.map(({ Name, ActualCost }) => [Name, Number(ActualCost)]));
    const shared = results.filter(({ properties }) => costs.has(properties.hs_name));
    expect(results).toHaveLength(6);
    expect(records).toHaveLength(11);
    expect(shared).toHaveLength(3);
    for (const { properties } of shared) {
      expect(Number(properties.hs_spend_items_sum_amount)).toBe(costs.get(properties.hs_name));
    }
  });

  test('nothing was refused, and the requests of the market are told from those of others', async () => {
    const stats = (await control(sandbox, '/stats')) as Record<
      'salesforce' | 'hubspot',
      { market: number; others: number }
    > & {
      refusals: unknown[];
    };
    expect(stats.refusals).toEqual([]);
    expect(stats.salesforce.market).toBeGreaterThan(10);
    expect(stats.salesforce.others).toBeGreaterThan(0);
    await soql(sandbox, 'SELECT Id FROM Lead LIMIT 1');
    const later = (await control(sandbox, '/stats')) as typeof stats;
    expect(later.salesforce.others).toBe(stats.salesforce.others + 1);
    expect(later.salesforce.market).toBe(stats.salesforce.market);
  });
});

/** Twelve days of offers on a market of its own. */
async function play() {
  const sandbox = await startSandbox(options);
  const offerer = new Offerer(sandbox);
  await control(sandbox, '/advance', { hours: 6 });
  await offerer.provision();
  const acted: Record<string, number> = {};
  for (let round = 0; round < 16; round++) {
    const { people } = await tellTruth(sandbox);
    const hubspotOf = new Map<string, string>();
    for (const { records } of people) {
      const contact = records.find(({ crm }) => crm === 'hubspot');
      for (const { id } of contact ? records.filter(({ object }) => object === 'Lead') : [])
        hubspotOf.set(id, contact?.id ?? '');
    }
    const alone = people.flatMap(({ records: [record, ...more] }) =>
      record?.crm === 'hubspot' && more.length === 0 ? [record.id] : [],
    );
    const { epochMs } = (await control(sandbox, '/time')) as { epochMs: number };
    await offerer.close(epochMs);
    await offerer.offer(epochMs, hubspotOf, round === 0 ? alone : []);
    const answer = (await control(sandbox, '/advance', { hours: 18 })) as { acted: Record<string, number> };
    for (const [what, times] of Object.entries(answer.acted)) acted[what] = (acted[what] ?? 0) + times;
  }
  return { sandbox, offerer, acted, truth: await tellTruth(sandbox) };
}

describe('a market under way', () => {
  let first: Awaited<ReturnType<typeof play>>;
  beforeAll(async () => {
    first = await play();
  });
  afterAll(() => first.sandbox.close());

  test('partners accept, reject with a reason, ignore, on the offer or in HubSpot', async () => {
    const offers = await first.offerer.responses();
    const of = (response: string | null) => offers.filter(({ Response__c }) => Response__c === response);
    expect(of('Accepted').length).toBeGreaterThan(3);
    expect(of('Rejected').length).toBeGreaterThan(1);
    expect(of(null).length).toBeGreaterThan(0);
    for (const { Response_Reason__c } of of('Rejected')) expect(Response_Reason__c).toEqual(expect.any(String));
    for (const { Response_Reason__c } of of('Accepted')) expect(Response_Reason__c).toBeNull();
    const contacts = first.truth.people.flatMap(({ records }) =>
      records.filter(({ crm }) => crm === 'hubspot').map(({ id }) => id),
    );
    const answers = await first.offerer.hubspotResponses(contacts);
    expect(answers.length).toBeGreaterThan(0);
    for (const answer of answers) expect(answer).toMatch(/^offer-\w+:(accepted|rejected:[A-Z].+)$/);
  });

  test('accepted leads are worked: some are converted, deals open, are won and lost with cents in their amounts', async () => {
    const { sandbox, truth, acted } = first;
    expect(acted.converted).toBeGreaterThan(0);
    const { records } = await soql(
      sandbox,
      'SELECT Id, Amount, IsWon, IsClosed, AccountId FROM Opportunity',
      await token(sandbox),
    );
    const byId = new Map(records.map((row) => [row.Id, row]));
    expect([...byId.keys()].sort()).toEqual(truth.deals.map(({ opportunityId }) => opportunityId).sort());
    for (const deal of truth.deals) {
      const row = byId.get(deal.opportunityId);
      expect(Number(row?.Amount).toFixed(2)).toBe(deal.amount);
      expect(row?.IsWon).toBe(deal.won);
      expect(row?.AccountId).toBe(deal.accountId);
    }
    expect(truth.deals.some(({ partnerAccountId }) => partnerAccountId !== null)).toBe(true);
    expect(truth.deals.some(({ partnerAccountId }) => partnerAccountId === null)).toBe(true);
    expect(truth.deals.some(({ won }) => won)).toBe(true);
  });

  test('the Contact of a conversion belongs to the person in the truth', async () => {
    const { sandbox, truth } = first;
    const query = 'SELECT Id, ConvertedContactId FROM Lead WHERE IsConverted = true';
    const { records } = await soql(sandbox, query, await token(sandbox));
    const personOf = new Map(truth.people.flatMap(({ id, records: mine }) => mine.map((record) => [record.id, id])));
    expect(records.length).toBeGreaterThan(0);
    for (const { Id, ConvertedContactId } of records) {
      expect(personOf.get(String(Id))).toBeDefined();
      expect(personOf.get(String(ConvertedContactId))).toBe(personOf.get(String(Id)));
    }
  });

  test('the same seed and the same moves give the same market', async () => {
    const second = await play();
    const told = (truth: Truth) => JSON.stringify(truth, null, 1).split('\n');
    expect(told(second.truth)).toEqual(told(first.truth));
    await second.sandbox.close();
  });

  const token = async (sandbox: Sandbox) => {
    const { clientId, clientSecret, url } = sandbox.salesforce;
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    const response = await fetch(`${url}/services/oauth2/token`, { method: 'POST', body });
    return ((await response.json()) as { access_token: string }).access_token;
  };
});

describe('other ways to start', () => {
  test('without a market there are two empty CRMs whose time moves', async () => {
    const sandbox = await startSandbox({ market: false, baseTime });
    expect((await soql(sandbox, 'SELECT Id FROM Lead')).totalSize).toBe(0);
    expect(await hubspotContacts(sandbox)).toEqual([]);
    expect(await tellTruth(sandbox)).toEqual({ seed: 1, people: [], partners: [], deals: [], touches: [] });
    const { now } = (await control(sandbox, '/advance', { hours: 1.5 })) as { now: string };
    expect(now.slice(0, 16)).toBe('2026-03-02T09:30');
    await sandbox.close();
  });

  test('moves asked for at once are made one after the other', async () => {
    const sandbox = await startSandbox({ leads: 4, baseTime });
    await Promise.all([1, 2, 3].map((hours) => control(sandbox, '/advance', { hours })));
    const { now } = (await control(sandbox, '/time')) as { now: string };
    expect(now.slice(0, 13)).toBe('2026-03-02T14');
    await sandbox.close();
  });

  test('a process of its own prints one JSON line and ends when told to', async () => {
    const main = fileURLToPath(new URL('../../../sandbox/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, '--leads', '4', '--base-time', '2026-03-02T08:00:00Z'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      const ready = JSON.parse(line) as Sandbox;
      expect(Object.keys(ready)).toEqual(['salesforce', 'hubspot', 'control']);
      expect((await fetch(`${ready.control.url}/health`)).status).toBe(200);
      child.kill('SIGTERM');
    }
    expect(lines).toHaveLength(1);
    expect(await exit).toBe(0);
  });

  test('an option without sense is refused with a message that names it', async () => {
    const main = fileURLToPath(new URL('../../../sandbox/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, '--leads', 'many'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    for await (const chunk of child.stderr) said += String(chunk);
    expect(said).toContain('--leads must be a whole number');
  });
});
