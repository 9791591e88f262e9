import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Connector, CrmRecord, Cursor, ProvisionSpec, StreamSpec } from '../../../connectors/connector.ts';
import { createHubSpot, hubspotSettings } from '../../../connectors/hubspot/index.ts';
import { type HubSpotSandbox, SandboxClock, startHubSpot } from '../../../sandbox/index.ts';
import { recordPorts } from '../ports.ts';

const clock = new SandboxClock(Date.parse('2026-06-01T00:00:00Z'));
let hubspot: HubSpotSandbox;

beforeAll(async () => {
  hubspot = await startHubSpot({ clock });
});
afterAll(async () => {
  await hubspot.close();
});

/** @param aheadMs how far our clock is ahead of HubSpot's */
function open(settings: object = {}, aheadMs = 0) {
  const { url, clientId, clientSecret, refreshToken } = hubspot.credentials;
  const recorded = recordPorts({ now: () => clock.now() + aheadMs, advance: (ms) => clock.advance(ms) });
  const auth = { type: 'oauth', clientId, clientSecret, refreshToken };
  return {
    ...recorded,
    crm: createHubSpot(hubspotSettings.parse({ url, sandbox: true, auth, ...settings }), recorded.ports),
  };
}

/** Plain HTTP, as another user of the portal. */
async function http(method: string, path: string, body?: unknown) {
  const response = await fetch(hubspot.url + path, {
    method,
    headers: { authorization: `Bearer ${hubspot.serviceKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

const createContacts = async (people: Record<string, string>[]): Promise<string[]> => {
  const answer = await http('POST', '/crm/v3/objects/contacts/batch/create', {
    inputs: people.map((properties) => ({ properties })),
  });
  return people.map(
    ({ email }) => answer.results.find((one: { properties: { email: string } }) => one.properties.email === email).id,
  );
};

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

const CONTACTS = { object: 'contacts', fields: ['email', 'firstname', 'hs_email_optout'] };
const SPEC: ProvisionSpec = {
  objects: [],
  fields: [
    { object: 'contacts', name: 'sluice_id', label: 'Sluice id', kind: 'text', unique: true },
    { object: 'contacts', name: 'sluice_score', label: 'Score', kind: 'number' },
    { object: 'contacts', name: 'sluice_accept_by', label: 'Accept by', kind: 'datetime' },
    { object: 'contacts', name: 'sluice_status', label: 'Status', kind: 'picklist', values: ['Offered', 'Accepted'] },
  ],
};

describe('against the emulated portal', () => {
  test('check says which portal it is and in which currency it counts', async () => {
    const { crm, calls } = open();
    expect(await crm.check()).toMatchObject({
      orgId: String(hubspot.portalId),
      currency: expect.stringMatching(/^[A-Z]{3}$/),
    });
    expect(calls).toEqual({ auth: 1, check: 1 });
  });

  test('provision creates what is missing, once, and finishes what an earlier run left', async () => {
    const { crm } = open();
    const first = { ...SPEC, fields: SPEC.fields.slice(0, 1) };
    expect((await crm.provision(SPEC, { dryRun: true })).map(({ status }) => status)).toEqual(Array(5).fill('create'));
    expect((await crm.provision(first, { dryRun: false })).map(({ status }) => status)).toEqual(['created', 'created']);
    const rest = await crm.provision(SPEC, { dryRun: false });
    expect(rest.map(({ status }) => status)).toEqual(['exists', 'exists', 'created', 'created', 'created']);
    expect((await crm.provision(SPEC, { dryRun: false })).every(({ status }) => status === 'exists')).toBe(true);
    const described = await crm.describe('contacts');
    const field = (name: string) => described?.fields.find((one) => one.name === name);
    expect(field('sluice_id')).toMatchObject({ kind: 'text', unique: true, writable: true });
    expect(field('sluice_status')).toMatchObject({ kind: 'picklist', values: ['Offered', 'Accepted'] });
    expect(field('sluice_accept_by')).toMatchObject({ kind: 'datetime' });
  });

  test('a property of another type is reported, not changed', async () => {
    const { crm } = open();
    const fields = [{ object: 'contacts', name: 'sluice_score', label: 'Score', kind: 'text' as const }];
    expect((await crm.provision({ objects: [], fields }, { dryRun: false }))[1]).toMatchObject({ status: 'different' });
  });

  test('an object the portal does not have is null', async () => {
    expect(await open().crm.describe('unicorns')).toBeNull();
  });

  test('a full pass brings every contact, one request a page; then only changes come', async () => {
    const made = await createContacts(
      Array.from({ length: 7 }, (_, i) => ({
        email: `p${i}@full.example`,
        firstname: `P${i}`,
        hs_email_optout: i === 0 ? 'true' : '',
      })),
    );
    const { crm, calls } = open({ listPageSize: 3, searchPageSize: 2, overlapSeconds: 0 });
    clock.advance(60_000);
    const full = await readAll(crm, CONTACTS, null);
    expect(full.records.map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    expect(calls.read).toBe(full.pages);
    expect(full.records.find(({ id }) => id === made[0])?.fields).toEqual({
      email: 'p0@full.example',
      firstname: 'P0',
      hs_email_optout: true,
    });
    clock.advance(60_000);
    for (const id of made.slice(0, 5))
      await http('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { firstname: 'New' } });
    // A change in the very millisecond in which a pass begins comes twice, since the place is inclusive.
    clock.advance(1_000);
    const changes = await readAll(crm, CONTACTS, full.cursor);
    expect(changes.records.map(({ id }) => id).toSorted()).toEqual(made.slice(0, 5).toSorted());
    expect(changes.pages).toBe(3);
    expect(changes.records.every(({ fields }) => fields.firstname === 'New')).toBe(true);
    clock.advance(60_000);
    expect((await readAll(crm, CONTACTS, changes.cursor)).records).toEqual([]);
  });

  test('a contact changed while a pass runs, behind the place it has reached, comes with the next pass', async () => {
    const [low = '', , high = ''] = await createContacts(
      ['a', 'b', 'c'].map((name) => ({ email: `${name}@mid.example` })),
    );
    const { crm } = open({ searchPageSize: 2, overlapSeconds: 0 });
    clock.advance(1000);
    const start = await readAll(crm, CONTACTS, null);
    clock.advance(1000);
    for (const email of ['a2', 'b2', 'c2']) await createContacts([{ email: `${email}@mid.example` }]);
    await http('PATCH', `/crm/v3/objects/contacts/${low}`, { properties: { firstname: 'One' } });
    const page = await crm.read(CONTACTS, start.cursor);
    expect(page.records.map(({ id }) => id)).toContain(low);
    clock.advance(1000);
    await http('PATCH', `/crm/v3/objects/contacts/${low}`, { properties: { firstname: 'Two' } });
    const rest = await readAll(crm, CONTACTS, page.cursor);
    expect(rest.records.map(({ id }) => id)).not.toContain(low);
    const next = await readAll(crm, CONTACTS, rest.cursor);
    expect(next.records.find(({ id }) => id === low)?.fields.firstname).toBe('Two');
    expect(high).not.toBe('');
  });

  test.each([
    ['ahead of', 600_000],
    ['behind', -600_000],
  ])(
    "where our clock is 10 minutes %s HubSpot's, each change comes once, with the next pass",
    async (_how, aheadMs) => {
      const [id = ''] = await createContacts([{ email: `skew${aheadMs}@clock.example` }]);
      const { crm, calls } = open({}, aheadMs);
      clock.advance(60_000);
      let { cursor } = await readAll(crm, CONTACTS, null);
      for (const firstname of ['One', 'Two']) {
        clock.advance(1_000);
        await http('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { firstname } });
        clock.advance(20_000);
        const next = await readAll(crm, CONTACTS, cursor);
        expect(next.records.map((record) => [record.id, record.fields.firstname])).toEqual([[id, firstname]]);
        cursor = next.cursor;
      }
      const before = calls.read ?? 0;
      clock.advance(60_000);
      const idle = await readAll(crm, CONTACTS, cursor);
      expect([idle.records, (calls.read ?? 0) - before]).toEqual([[], 1]);
    },
  );

  test('a cursor of another portal stops the run', async () => {
    const { crm } = open();
    const cursor: Cursor = {
      org: '1',
      object: 'contacts',
      phase: 'list',
      after: null,
      passStartedAt: '2026-01-01T00:00:00.000Z',
    };
    await expect(crm.read(CONTACTS, cursor)).rejects.toMatchObject({ action: 'stop', code: 'WRONG_ORG' });
  });

  test('updates give an outcome a row; a refused value does not hold up the others; null clears', async () => {
    const made = await createContacts(
      ['x', 'y', 'z'].map((name) => ({ email: `${name}@write.example`, firstname: 'Old' })),
    );
    const [x = '', y = '', z = ''] = made;
    await http('DELETE', `/crm/v3/objects/contacts/${z}`);
    const { crm, calls } = open();
    const outcomes = await crm.write('contacts', [
      { key: 'x', id: x, fields: { firstname: null, sluice_score: 70, sluice_accept_by: '2026-06-02T00:00:00.000Z' } },
      { key: 'y', id: y, fields: { sluice_status: 'Nonsense' } },
      { key: 'z', id: z, fields: { firstname: 'New' } },
    ]);
    const byKey = new Map(outcomes.map((outcome) => [outcome.key, outcome]));
    expect(byKey.get('x')).toEqual({ key: 'x', status: 'ok', id: x, created: false });
    expect(byKey.get('y')).toMatchObject({ status: 'reject', fields: ['sluice_status'] });
    expect(byKey.get('z')).toMatchObject({ status: 'reject', gone: true });
    expect(calls.write).toBe(1);
    const fields = ['firstname', 'sluice_score', 'sluice_accept_by'];
    const [record] = await crm.readByIds({ object: 'contacts', fields }, [x]);
    expect(record?.fields).toEqual({ firstname: null, sluice_score: 70, sluice_accept_by: '2026-06-02T00:00:00.000Z' });
  });

  test('a property that does not exist rejects the rows that carry it', async () => {
    const [a = '', b = ''] = await createContacts(['a', 'b'].map((name) => ({ email: `${name}@prop.example` })));
    const outcomes = await open().crm.write('contacts', [
      { key: 'a', id: a, fields: { no_such_property: 'x' } },
      { key: 'b', id: b, fields: { firstname: 'B' } },
    ]);
    expect(Object.fromEntries(outcomes.map(({ key, status }) => [key, status]))).toEqual({ a: 'reject', b: 'ok' });
  });

  test('rows without an id are created by the unique property, then updated, and found by it', async () => {
    const { crm } = open();
    const row = (fields: Record<string, string>) => ({
      key: 'k',
      externalId: { field: 'sluice_id', value: 'L-1' },
      fields,
    });
    const [made] = await crm.write('contacts', [row({ email: 'new@upsert.example', firstname: 'N' })]);
    expect(made).toMatchObject({ status: 'ok', created: true });
    const [again] = await crm.write('contacts', [row({ firstname: 'M' })]);
    expect(again).toMatchObject({ status: 'ok', created: false });
    const found = await crm.readByKey(CONTACTS, 'sluice_id', ['L-1', 'L-none']);
    expect(found.map(({ fields }) => fields.firstname)).toEqual(['M']);
  });

  test('records are also found by a property that is not unique', async () => {
    await createContacts([
      { email: 'k1@key.example', firstname: 'Keyed' },
      { email: 'k2@key.example', firstname: 'Keyed' },
    ]);
    const found = await open({ searchPageSize: 1 }).crm.readByKey(CONTACTS, 'firstname', ['Keyed']);
    expect(found.map(({ fields }) => fields.email).toSorted()).toEqual(['k1@key.example', 'k2@key.example']);
  });

  test('named records come as they are now, those in the bin marked as deleted, unknown ids not at all', async () => {
    const [live = '', dead = ''] = await createContacts(
      ['live', 'dead'].map((name) => ({ email: `${name}@ids.example` })),
    );
    await http('DELETE', `/crm/v3/objects/contacts/${dead}`);
    const found = await open().crm.readByIds(CONTACTS, [live, dead, '999999999999', 'nonsense']);
    expect(found.map(({ id, deleted }) => [id, deleted])).toEqual([
      [live, false],
      [dead, true],
    ]);
  });

  test('associations come with the primary one first', async () => {
    const [contact = '', lonely = ''] = await createContacts(
      ['assoc', 'lonely'].map((name) => ({ email: `${name}@assoc.example` })),
    );
    const companies: string[] = [];
    for (const name of ['One', 'Two', 'Three']) {
      companies.push((await http('POST', '/crm/v3/objects/companies', { properties: { name } })).id);
    }
    const [one = '', two = '', three = ''] = companies;
    const tie = (company: string, typeId: number) =>
      http('PUT', `/crm/v4/objects/contacts/${contact}/associations/companies/${company}`, [
        { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: typeId },
      ]);
    await tie(one, 279);
    await tie(two, 279);
    await tie(three, 1);
    const { crm, calls } = open();
    const found = await crm.readAssociations?.('contacts', 'companies', [contact, lonely]);
    expect(found).toEqual(new Map([[contact, [three, one, two]]]));
    expect(calls.association).toBe(1);
  });

  test('campaigns are read completely each time', async () => {
    for (const name of ['Spring', 'Autumn', 'Winter']) {
      await http('POST', '/marketing/v3/campaigns', { properties: { hs_name: name } });
    }
    const stream = { object: 'campaigns', fields: ['hs_name', 'hs_spend_items_sum_amount'] };
    const { crm } = open({ listPageSize: 2 });
    const first = await readAll(crm, stream, null);
    expect(first.records.map(({ fields }) => fields.hs_name).toSorted()).toEqual(['Autumn', 'Spring', 'Winter']);
    const second = await readAll(crm, stream, first.cursor);
    expect(second.records).toHaveLength(3);
    const [record] = await crm.readByIds(stream, [first.records[0]?.id ?? '']);
    expect(record?.fields.hs_name).toBe(first.records[0]?.fields.hs_name);
  });

  test('a token that ended while time jumped is replaced before it is used', async () => {
    const { crm, calls } = open();
    await crm.check();
    clock.advance(6 * 3_600_000);
    await crm.check();
    expect(calls).toEqual({ auth: 2, check: 2 });
  });

  test('a service key is sent as it is', async () => {
    const { crm, calls } = open({ auth: { type: 'token', accessToken: hubspot.serviceKey } });
    expect((await crm.check()).orgId).toBe(String(hubspot.portalId));
    expect(calls).toEqual({ check: 1 });
  });

  test('every request that reaches HubSpot was reported, once', async () => {
    const { crm, calls } = open({ listPageSize: 5 });
    const before = hubspot.requests.total;
    const { cursor } = await readAll(crm, CONTACTS, null);
    clock.advance(6 * 3_600_000);
    await readAll(crm, CONTACTS, cursor);
    await crm.write('contacts', [{ key: 'x', id: '1', fields: { firstname: 'X' } }]);
    await crm.objects();
    expect(Object.values(calls).reduce((sum, count) => sum + count, 0)).toBe(hubspot.requests.total - before);
  });

  test('a search asks for the allowance of searches, which HubSpot counts apart, everything else for the general one', async () => {
    const { crm, taken } = open();
    const start = await readAll(crm, CONTACTS, null);
    expect(new Set(taken.map(({ allowance }) => allowance))).toEqual(new Set(['general']));
    clock.advance(60_000);
    const before = taken.length;
    for (let i = 0; i < 3; i += 1) await crm.read(CONTACTS, start.cursor);
    expect(taken.slice(before)).toEqual(Array(3).fill({ allowance: 'search', isRetry: false }));
  });
});
