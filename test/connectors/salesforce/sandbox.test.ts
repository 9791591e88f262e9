import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Connector, CrmRecord, Cursor, ProvisionSpec, StreamSpec } from '../../../connectors/connector.ts';
import { createSalesforce, salesforceSettings } from '../../../connectors/salesforce/index.ts';
import { SandboxClock, startSalesforce } from '../../../sandbox/index.ts';
import { recordPorts } from '../ports.ts';

const clock = new SandboxClock(Date.parse('2026-06-01T00:00:00Z'));
let salesforce: Awaited<ReturnType<typeof startSalesforce>>;
let refreshToken = '';
let admin = '';

beforeAll(async () => {
  salesforce = await startSalesforce({ clock });
  refreshToken = salesforce.credentials.refreshToken;
  admin = salesforce.credentials.accessToken;
});
afterAll(async () => {
  await salesforce.close();
});

function open(settings: object = {}) {
  const { url, clientId, clientSecret } = salesforce.credentials;
  const recorded = recordPorts(clock);
  const { save } = recorded.ports.tokens;
  // The refresh token rotates: the next connector of this file starts with the newest one.
  recorded.ports.tokens.save = (tokens) => {
    refreshToken = tokens.refreshToken ?? refreshToken;
    admin = tokens.accessToken ?? admin;
    return save(tokens);
  };
  const auth = { type: 'refresh_token', clientId, clientSecret, refreshToken };
  const parsed = salesforceSettings.parse({ url, sandbox: true, auth, ...settings });
  return { ...recorded, crm: createSalesforce(parsed, recorded.ports) };
}

/** Plain HTTP, as another user of the org. */
async function http(method: string, path: string, body?: unknown) {
  const response = await fetch(`${salesforce.credentials.url}/services/data/v68.0${path}`, {
    method,
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

async function createLeads(names: string[], more: Record<string, unknown> = {}): Promise<string[]> {
  const records = names.map((name) => ({ attributes: { type: 'Lead' }, LastName: name, Company: 'Acme', ...more }));
  const results = await http('POST', '/composite/sobjects', { allOrNone: true, records });
  return results.map((result: { id: string }) => result.id);
}

async function readAll(crm: Connector, stream: StreamSpec, cursor: Cursor | null) {
  const records: CrmRecord[] = [];
  let pages = 0;
  for (let at = cursor; ; ) {
    const page = await crm.read(stream, at);
    records.push(...page.records);
    pages += 1;
    at = JSON.parse(JSON.stringify(page.cursor)) as Cursor;
    if (page.done) return { records, pages, cursor: at };
  }
}

const LEADS = { object: 'Lead', fields: ['LastName', 'Company', 'HasOptedOutOfEmail'] };
const SPEC: ProvisionSpec = {
  objects: [{ name: 'Sluice_Offer__c', label: 'Sluice Offer', plural: 'Sluice Offers' }],
  fields: [
    { object: 'Sluice_Offer__c', name: 'Sluice_Id__c', label: 'Sluice Id', kind: 'text', length: 64, unique: true },
    { object: 'Sluice_Offer__c', name: 'Lead__c', label: 'Lead', kind: 'reference', referenceTo: 'Lead' },
    { object: 'Sluice_Offer__c', name: 'Status__c', label: 'Status', kind: 'picklist', values: ['Open', 'Accepted'] },
    {
      object: 'Sluice_Offer__c',
      name: 'Response__c',
      label: 'Response',
      kind: 'picklist',
      values: ['Accepted', 'Rejected'],
      restricted: true,
    },
    { object: 'Lead', name: 'Sluice_Id__c', label: 'Sluice Id', kind: 'text', length: 64, unique: true },
    { object: 'Lead', name: 'Sluice_Lead__c', label: 'Sluice Lead', kind: 'text', length: 64, indexed: true },
    { object: 'Lead', name: 'Sluice_Score__c', label: 'Score', kind: 'number', length: 3 },
    { object: 'Lead', name: 'Sluice_Partner__c', label: 'Partner', kind: 'reference', referenceTo: 'Account' },
    {
      object: 'Lead',
      name: 'Sluice_Accept_By__c',
      label: 'Accept by',
      kind: 'datetime',
      help: 'Until when the partner may accept',
    },
    { object: 'Lead', name: 'Sluice_Reason__c', label: 'Reason', kind: 'text', length: 255 },
    { object: 'Contact', name: 'Sluice_Id__c', label: 'Sluice Id', kind: 'text', length: 64, unique: true },
    { object: 'Contact', name: 'Sluice_Partner__c', label: 'Partner', kind: 'reference', referenceTo: 'Account' },
  ],
};

describe('against the emulated org', () => {
  test('check says which org it is', async () => {
    const { crm, calls } = open();
    const org = await crm.check();
    expect(org.orgId).toMatch(/^00D\w{15}$/);
    expect(org.name).not.toBe('');
    expect(calls).toEqual({ auth: 1, check: 2 });
  });

  test('a plan to provision names everything and changes nothing', async () => {
    const steps = await open().crm.provision(SPEC, { dryRun: true });
    expect(new Set(steps.map(({ status }) => status))).toEqual(new Set(['create']));
    expect(steps.filter(({ what }) => what === 'field')).toHaveLength(SPEC.fields.length);
    expect(await open().crm.describe('Sluice_Offer__c')).toBeNull();
  });

  test('a half-finished provision is completed, and a second one changes nothing', async () => {
    const { crm } = open();
    const half = { objects: SPEC.objects, fields: SPEC.fields.slice(0, 2) };
    const first = await crm.provision(half, { dryRun: false });
    expect(first.filter(({ status }) => status !== 'created')).toEqual([]);
    const rest = await crm.provision(SPEC, { dryRun: false });
    expect(rest.filter(({ status }) => status !== 'created' && status !== 'exists')).toEqual([]);
    const again = await crm.provision(SPEC, { dryRun: false });
    expect(again.filter(({ status }) => status !== 'exists')).toEqual([]);
    const lead = await crm.describe('Lead');
    const field = (name: string) => lead?.fields.find((one) => one.name === name);
    expect(field('Sluice_Id__c')).toMatchObject({ kind: 'text', length: 64, unique: true, writable: true });
    expect(field('Sluice_Score__c')).toMatchObject({ kind: 'number', scale: 0 });
    expect(field('Sluice_Partner__c')).toMatchObject({ kind: 'reference', referenceTo: ['Account'] });
    expect(field('Sluice_Accept_By__c')).toMatchObject({ kind: 'datetime' });
    const offer = await crm.describe('Sluice_Offer__c');
    expect(offer?.fields.find(({ name }) => name === 'Response__c')).toMatchObject({
      kind: 'picklist',
      values: ['Accepted', 'Rejected'],
    });
  });

  test('a field of another type is reported, not changed', async () => {
    const fields = [{ object: 'Lead', name: 'Sluice_Score__c', label: 'Score', kind: 'text' as const }];
    const steps = await open().crm.provision({ objects: [], fields }, { dryRun: false });
    expect(steps.find(({ what }) => what === 'field')).toMatchObject({ status: 'different' });
  });

  test('rows of one stamp are all read, one request a page; then only changes come', async () => {
    const made = await createLeads(['A', 'B', 'C', 'D', 'E']);
    const { crm, calls } = open({ pageSize: 2 });
    const full = await readAll(crm, LEADS, null);
    expect(
      full.records
        .map(({ id }) => id)
        .filter((id) => made.includes(id))
        .toSorted(),
    ).toEqual(made.toSorted());
    expect(calls.read).toBe(full.pages);
    expect(full.records[0]).toMatchObject({
      object: 'Lead',
      deleted: false,
      fields: { Company: 'Acme', HasOptedOutOfEmail: false },
    });
    expect(full.records[0]?.modifiedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    clock.advance(60_000);
    await http('PATCH', `/sobjects/Lead/${made[1]}`, { LastName: 'Changed' });
    const changes = await readAll(crm, LEADS, full.cursor);
    expect(changes.records.at(-1)).toMatchObject({ id: made[1], fields: { LastName: 'Changed' } });
  });

  test('a deleted lead comes as a change and is marked', async () => {
    const [gone = ''] = await createLeads(['Gone']);
    const { crm } = open();
    const before = await readAll(crm, LEADS, null);
    clock.advance(60_000);
    await http('DELETE', `/sobjects/Lead/${gone}`);
    const after = await readAll(crm, LEADS, before.cursor);
    expect(after.records.find(({ id }) => id === gone)?.deleted).toBe(true);
    const [named] = await crm.readByIds(LEADS, [gone, '00Q000000000000AAA', 'nonsense']);
    expect(named).toMatchObject({ id: gone, deleted: true });
  });

  test("a parent's field comes under its path", async () => {
    const account = await http('POST', '/sobjects/Account', { Name: 'Parent' });
    await http('POST', '/sobjects/Contact', { LastName: 'Child', AccountId: account.id });
    await http('POST', '/sobjects/Contact', { LastName: 'Orphan' });
    const { records } = await readAll(open().crm, { object: 'Contact', fields: ['LastName', 'Account.Name'] }, null);
    expect(records.map(({ fields }) => fields)).toEqual([
      { LastName: 'Child', 'Account.Name': 'Parent' },
      { LastName: 'Orphan', 'Account.Name': null },
    ]);
  });

  test('campaign members are read though they have no deletion mark', async () => {
    const { crm } = open();
    const page = await crm.read({ object: 'CampaignMember', fields: ['Status'] }, null);
    expect(page).toMatchObject({ records: [], done: true });
  });

  test('outcomes: a row the org refuses does not hold up the others; null clears', async () => {
    const [a = '', b = '', c = ''] = await createLeads(['A', 'B', 'C'], { Title: 'Old' });
    await http('DELETE', `/sobjects/Lead/${c}`);
    const { crm, calls } = open();
    const outcomes = await crm.write('Lead', [
      {
        key: 'a',
        id: a,
        fields: { Title: null, Sluice_Score__c: 70, Sluice_Accept_By__c: '2026-06-02T00:00:00.000Z' },
      },
      { key: 'b', id: b, fields: { Sluice_Reason__c: 'x'.repeat(300) } },
      { key: 'c', id: c, fields: { Title: 'New' } },
    ]);
    expect(outcomes).toMatchObject([
      { key: 'a', status: 'ok', id: a, created: false },
      { key: 'b', status: 'reject', code: 'STRING_TOO_LONG', fields: ['Sluice_Reason__c'] },
      { key: 'c', status: 'reject', gone: true },
    ]);
    expect(calls.write).toBe(1);
    const [record] = await crm.readByIds(
      { object: 'Lead', fields: ['Title', 'Sluice_Score__c', 'Sluice_Accept_By__c'] },
      [a],
    );
    expect(record?.fields).toEqual({
      Title: null,
      Sluice_Score__c: 70,
      Sluice_Accept_By__c: '2026-06-02T00:00:00.000Z',
    });
  });

  test('a column that does not exist rejects the rows that carry it', async () => {
    const [a = '', b = ''] = await createLeads(['A', 'B']);
    const outcomes = await open().crm.write('Lead', [
      { key: 'a', id: a, fields: { No_Such__c: 'x' } },
      { key: 'b', id: b, fields: { Title: 'T' } },
    ]);
    expect(Object.fromEntries(outcomes.map(({ key, status }) => [key, status]))).toEqual({ a: 'reject', b: 'ok' });
  });

  test('rows without an id are created by the external id, then updated, and found by it', async () => {
    const { crm } = open();
    const row = (status: string) => ({
      key: 'k',
      externalId: { field: 'Sluice_Id__c', value: 'O-1' },
      fields: { Status__c: status },
    });
    const [made] = await crm.write('Sluice_Offer__c', [row('Open')]);
    expect(made).toMatchObject({ status: 'ok', created: true });
    const [again] = await crm.write('Sluice_Offer__c', [row('Accepted')]);
    expect(again).toMatchObject({ status: 'ok', created: false });
    const found = await crm.readByKey({ object: 'Sluice_Offer__c', fields: ['Status__c'] }, 'Sluice_Id__c', [
      'O-1',
      'O-2',
    ]);
    expect(found.map(({ fields }) => fields)).toEqual([{ Status__c: 'Accepted', Sluice_Id__c: 'O-1' }]);
  });

  test('a key with quotes and backslashes is looked for as it stands', async () => {
    const name = "O'Brien\\' OR LastName != '";
    const [id = ''] = await createLeads([name]);
    const found = await open().crm.readByKey(LEADS, 'LastName', [name]);
    expect(found.map((record) => record.id)).toEqual([id]);
  });

  test('every request that reaches Salesforce was reported, once', async () => {
    const [lead = ''] = await createLeads(['Counted']);
    const { crm, calls } = open({ pageSize: 3 });
    const before = salesforce.requests.total;
    await readAll(crm, LEADS, null);
    clock.advance(6 * 3_600_000);
    await crm.write('Lead', [{ key: 'x', id: lead, fields: { Title: 'X' } }]);
    await crm.provision(SPEC, { dryRun: false });
    // Salesforce counts neither the token nor the userinfo requests.
    const { auth, check, ...counted } = calls;
    expect([auth, check]).toEqual([2, 1]);
    expect(Object.values(counted).reduce((sum, count) => sum + count, 0)).toBe(salesforce.requests.total - before);
  });

  test('time jumps: the session is renewed before it is used, with the rotated token', async () => {
    const { crm, calls } = open();
    await crm.objects();
    clock.advance(6 * 3_600_000);
    await crm.describe('Lead');
    clock.advance(6 * 3_600_000);
    expect(await crm.objects()).toContain('Lead');
    await crm.describe('Account');
    expect(calls).toEqual({ auth: 3, describe: 3 });
  });
});
