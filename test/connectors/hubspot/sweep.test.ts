import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { Connector, Cursor, StreamSpec, SweepPage } from '../../../connectors/connector.ts';
import { createHubSpot, hubspotSettings } from '../../../connectors/hubspot/index.ts';
import { type HubSpotSandbox, SandboxClock, startHubSpot } from '../../../sandbox/index.ts';
import { recordPorts } from '../ports.ts';

const clock = new SandboxClock(Date.parse('2026-06-01T00:00:00Z'));
const CONTACTS: StreamSpec = { object: 'contacts', fields: ['email'] };

function connect(hubspot: HubSpotSandbox, settings: object = {}) {
  const recorded = recordPorts(clock);
  const auth = { type: 'token', accessToken: hubspot.serviceKey };
  const parsed = hubspotSettings.parse({ url: hubspot.url, sandbox: true, auth, ...settings });
  return { ...recorded, crm: createHubSpot(parsed, recorded.ports) };
}

/** Another user of the portal. */
async function http(hubspot: HubSpotSandbox, method: string, path: string, body?: unknown) {
  const response = await fetch(hubspot.url + path, {
    method,
    headers: { authorization: `Bearer ${hubspot.serviceKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

async function sweepAll(crm: Connector, stream: StreamSpec, between: (page: SweepPage) => unknown = () => {}) {
  const pages: SweepPage[] = [];
  for (let cursor: Cursor | null = null; ; ) {
    const page: SweepPage = await crm.sweep(stream, cursor);
    pages.push(page);
    await between(page);
    cursor = JSON.parse(JSON.stringify(page.cursor)) as Cursor;
    if (page.done) return pages;
  }
}
const idsOf = (pages: readonly SweepPage[]) => pages.flatMap(({ records }) => records.map(({ id }) => id));

describe('a sweep', () => {
  let hubspot: HubSpotSandbox;
  let ids: string[];
  beforeAll(async () => {
    hubspot = await startHubSpot({ clock, limits: false });
    ids = hubspot.bulkContacts({ seed: 7, from: 0, to: 450 });
  });
  afterAll(() => hubspot.close());

  test('brings every live record in the order of ids; the ranges of its pages cover all ids, once', async () => {
    const { crm, calls } = connect(hubspot);
    const pages = await sweepAll(crm, CONTACTS);
    expect(idsOf(pages)).toEqual(ids);
    expect(calls.read).toBe(5);
    expect(pages.map(({ range }) => range)).toEqual([
      { after: null, through: ids[99] },
      { after: ids[99], through: ids[199] },
      { after: ids[199], through: ids[299] },
      { after: ids[299], through: ids[399] },
      { after: ids[399], through: null },
    ]);
  });

  test('a record deleted between two pages is missing within its range, a live one never', async () => {
    const { crm } = connect(hubspot);
    const [gone, kept] = [ids[150] as string, ids[151] as string];
    const pages = await sweepAll(crm, CONTACTS, async (page) => {
      if (page.range.after === null) await http(hubspot, 'DELETE', `/crm/v3/objects/contacts/${gone}`);
    });
    const second = pages[1] as SweepPage;
    expect(BigInt(second.range.after ?? 0) < BigInt(gone) && BigInt(gone) <= BigInt(second.range.through ?? 0)).toBe(
      true,
    );
    expect(second.records.map(({ id }) => id)).toContain(kept);
    expect(idsOf(pages)).toEqual(ids.filter((id) => id !== gone));
  });

  test('after the last page it starts anew', async () => {
    const { crm } = connect(hubspot);
    const last = (await sweepAll(crm, CONTACTS)).at(-1);
    const again = await crm.sweep(CONTACTS, last?.cursor ?? null);
    expect([again.range.after, again.records[0]?.id]).toEqual([null, ids[0]]);
  });

  test('heals what search never showed', async () => {
    const { crm } = connect(hubspot);
    const start = await crm.read({ ...CONTACTS, fields: ['city'] }, null);
    hubspot.setSearchLag(Number.POSITIVE_INFINITY);
    await http(hubspot, 'PATCH', `/crm/v3/objects/contacts/${ids[3]}`, { properties: { city: 'Ghent' } });
    let cursor = start.cursor;
    for (let done = false; !done; ) {
      const page = await crm.read({ ...CONTACTS, fields: ['city'] }, cursor);
      ({ cursor, done } = page);
    }
    clock.advance(3_600_000);
    const changes = await crm.read({ ...CONTACTS, fields: ['city'] }, cursor);
    expect(changes.records.find(({ id }) => id === ids[3])?.fields.city).not.toBe('Ghent');
    const pages = await sweepAll(crm, { ...CONTACTS, fields: ['city'] });
    const healed = pages.flatMap(({ records }) => records).find(({ id }) => id === ids[3]);
    expect(healed?.fields.city).toBe('Ghent');
    hubspot.setSearchLag(0);
  });

  test('brings associated ids, primary first, and reads on where a record has more than a hundred', async () => {
    const own = await startHubSpot({ clock, limits: false });
    const people = own.bulkContacts({ seed: 2, from: 0, to: 130 });
    const make = async (name: string) =>
      (await http(own, 'POST', '/crm/v3/objects/companies', { properties: { name } })).id;
    const [big, small, empty] = [await make('Big'), await make('Small'), await make('Empty')];
    const tie = (pairs: string[][]) => {
      const inputs = pairs.map(([from, to]) => ({ from: { id: from }, to: { id: to } }));
      return http(own, 'POST', '/crm/v4/associations/contacts/companies/batch/associate/default', { inputs });
    };
    await tie(people.map((id) => [id, big]));
    await tie(people.slice(0, 2).map((id) => [id, small]));
    const { crm, calls } = connect(own);
    const companies = await sweepAll(crm, {
      object: 'companies',
      fields: ['name'],
      associations: ['contacts', 'deals'],
    });
    const ties = new Map(companies.flatMap(({ records }) => records.map(({ id, associations }) => [id, associations])));
    expect(new Set(ties.get(big)?.contacts)).toEqual(new Set(people));
    expect(new Set(ties.get(small)?.contacts)).toEqual(new Set(people.slice(0, 2)));
    expect(ties.get(empty)).toEqual({ contacts: [], deals: [] });
    expect(calls.association).toBe(2);
    const contacts = await sweepAll(crm, { ...CONTACTS, associations: ['companies'] });
    const [first] = contacts[0]?.records ?? [];
    expect(first?.associations).toEqual({ companies: [big, small] });
    const listed = await crm.read({ ...CONTACTS, associations: ['companies'] }, null);
    expect(listed.records[0]?.associations).toEqual({ companies: [big, small] });
    expect(calls.association).toBe(2);
    await own.close();
  });

  test('campaigns, few and without an order, are one page', async () => {
    const own = await startHubSpot({ clock, limits: false });
    for (const name of ['A', 'B', 'C']) {
      await http(own, 'POST', '/marketing/v3/campaigns', { properties: { hs_name: name } });
    }
    const { crm } = connect(own, { listPageSize: 2 });
    const pages = await sweepAll(crm, { object: 'campaigns', fields: ['hs_name'] });
    expect(pages.map(({ records, range, done }) => [records.length, range, done])).toEqual([
      [3, { after: null, through: null }, true],
    ]);
    await own.close();
  });

  test('the cursor of another portal stops the run, one of another stream or of a read is refused', async () => {
    const other = await startHubSpot({ clock, seed: 9 });
    const { cursor } = await connect(hubspot).crm.sweep(CONTACTS, null);
    await expect(connect(other).crm.sweep(CONTACTS, cursor)).rejects.toMatchObject({
      action: 'stop',
      code: 'WRONG_ORG',
    });
    const { crm } = connect(hubspot);
    const companies = { object: 'companies', fields: ['name'] };
    await expect(crm.sweep(companies, cursor)).rejects.toMatchObject({ action: 'reject', code: 'BAD_CURSOR' });
    const read = await crm.read(CONTACTS, null);
    await expect(crm.sweep(CONTACTS, read.cursor)).rejects.toMatchObject({ code: 'BAD_CURSOR' });
    await expect(crm.read(CONTACTS, cursor)).rejects.toMatchObject({ code: 'BAD_CURSOR' });
    const unknown = { object: 'unicorns', fields: [] };
    for (const ask of [crm.read, crm.sweep])
      await expect(ask(unknown, null)).rejects.toMatchObject({ action: 'reject', code: 'UNKNOWN_OBJECT' });
    await other.close();
  });
});

describe('merged records', () => {
  test.each([true, false])(
    'the survivor names those it absorbed, the old ids say where they went (a new id: %s)',
    async (mints) => {
      const hubspot = await startHubSpot({ clock, limits: false, mergeMintsNewId: mints });
      const [first = '', second = '', third = '', erased = ''] = hubspot.bulkContacts({ seed: 3, from: 0, to: 4 });
      const { crm } = connect(hubspot);
      const start = await crm.read(CONTACTS, null);
      clock.advance(60_000);
      const merge = { primaryObjectId: first, objectIdToMerge: second };
      const { id: survivor } = await http(hubspot, 'POST', '/crm/v3/objects/contacts/merge', merge);
      await http(hubspot, 'DELETE', `/crm/v3/objects/contacts/${third}`);
      await http(hubspot, 'POST', '/crm/v3/objects/contacts/gdpr-delete', { objectId: erased });
      const gone = mints ? [first, second] : [second];
      const changed = await crm.read(CONTACTS, start.cursor);
      const found = changed.records.find(({ id }) => id === survivor);
      expect(found?.absorbed).toEqual(gone);
      const swept = (await sweepAll(crm, CONTACTS)).flatMap(({ records }) => records);
      expect(swept).toEqual([expect.objectContaining({ id: survivor, absorbed: gone })]);
      const named = await crm.readByIds(CONTACTS, [first, second, third, erased]);
      const about = new Map(named.map((record) => [record.id, [record.deleted, record.mergedInto]]));
      expect(about.get(second)).toEqual([true, survivor]);
      expect(about.get(first)).toEqual(mints ? [true, survivor] : [false, undefined]);
      expect(about.get(third)).toEqual([true, undefined]);
      expect(about.has(erased)).toBe(false);
      expect(found?.fields).toEqual({ email: expect.any(String) });
      await hubspot.close();
    },
  );
});

describe('many rows on one millisecond', () => {
  test('more than 25,000 come, each once, also those changed while the pass runs', async () => {
    const hubspot = await startHubSpot({ clock, limits: false });
    const at = clock.now();
    const ids = hubspot.bulkContacts({ seed: 4, from: 0, to: 25_300, madeFrom: at, madeTo: at });
    const { crm, calls } = connect(hubspot, { requestsPerTenSeconds: 1_000, searchesPerSecond: 20 });
    await crm.describe('contacts');
    // A run that ended just before they were made: all of them are changes, found by search.
    const portal = String(hubspot.portalId);
    const passStartedAt = new Date(at - 1_000).toISOString();
    const since = {
      org: portal,
      object: 'contacts',
      phase: 'changes',
      since: passStartedAt,
      lastId: null,
      passStartedAt,
    };
    const seen: string[] = [];
    let cursor: Cursor = since;
    let touched = false;
    for (let done = false; !done; ) {
      const page = await crm.read(CONTACTS, cursor);
      seen.push(...page.records.map(({ id }) => id));
      ({ cursor, done } = page);
      if (touched) continue;
      touched = true;
      await http(hubspot, 'PATCH', `/crm/v3/objects/contacts/${ids[0]}`, { properties: { firstname: 'Late' } });
    }
    expect(seen).toEqual(ids);
    expect(calls.read).toBe(Math.ceil(25_300 / 200));
    const next = await crm.read({ ...CONTACTS, fields: ['firstname'] }, cursor);
    expect(next.records.find(({ id }) => id === ids[0])?.fields.firstname).toBe('Late');
    await hubspot.close();
  });
});

describe('a CRM that answers 200 with garbage', () => {
  const HOST = 'https://api.hubapi.com';
  beforeEach(() => {
    nock.disableNetConnect();
    nock(HOST).persist().get('/account-info/v3/details').reply(200, { portalId: 1 });
    nock(HOST)
      .persist()
      .get('/crm/v3/properties/contacts')
      .reply(200, { results: [{ name: 'email', type: 'string' }] });
  });
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });
  afterAll(() => nock.restore());
  const openLive = () => {
    const recorded = recordPorts();
    return createHubSpot(hubspotSettings.parse({ auth: { type: 'token', accessToken: 'k' } }), recorded.ports);
  };
  const answer = (body: unknown, times = 5) =>
    nock(HOST)
      .get('/crm/v3/objects/contacts')
      .query(true)
      .times(times)
      .reply(200, body as nock.Body);

  test.each([
    ['an HTML page', '<html>Sorry</html>'],
    ['half a document', '{"results":[{"id":"1"'],
    ['another shape', { result: 'ok' }],
    ['entries that are no objects', { results: ['1', null] }],
    ['nothing', ''],
  ])('%s is never taken for a page without records', async (_name, body) => {
    answer(body);
    await expect(openLive().read(CONTACTS, null)).rejects.toMatchObject({ action: 'stop', code: 'BAD_ANSWER' });
    answer(body);
    await expect(openLive().sweep(CONTACTS, null)).rejects.toMatchObject({ action: 'stop', code: 'BAD_ANSWER' });
  });

  test('a sweep page that is not in the order of ids is refused: nobody is taken for gone because of it', async () => {
    const page = (ids: number[], next?: string) => ({
      results: ids.map((id) => ({ id: String(id), properties: {} })),
      ...(next === undefined ? {} : { paging: { next: { after: next } } }),
    });
    const refused = { action: 'reject', code: 'UNORDERED_LIST' };
    answer(page([3, 2]), 1);
    await expect(openLive().sweep(CONTACTS, null)).rejects.toMatchObject(refused);
    answer(page([], '7'), 1);
    await expect(openLive().sweep(CONTACTS, null)).rejects.toMatchObject(refused);
  });
});
