import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPortal, type TestPortal, tie } from './portal.ts';

interface Found {
  readonly total: number;
  readonly results: { readonly id: string; readonly properties: Record<string, string> }[];
}

async function searchAll(portal: TestPortal, since: number, limit = 200): Promise<{ ids: string[]; totals: number[] }> {
  const ids: string[] = [];
  const totals: number[] = [];
  for (;;) {
    const filters = [
      { propertyName: 'lastmodifieddate', operator: 'GTE', value: String(since) },
      { propertyName: 'hs_object_id', operator: 'GT', value: ids.at(-1) ?? '0' },
    ];
    const body = { filterGroups: [{ filters }], sorts: ['hs_object_id'], limit };
    const answer = (await portal.call('POST', '/crm/v3/objects/contacts/search', body)).body as Found;
    totals.push(answer.total);
    ids.push(...answer.results.map(({ id }) => id));
    if (answer.results.length < limit) return { ids, totals };
  }
}

describe('many records', () => {
  let portal: TestPortal;
  let ids: string[];
  let at: number;
  beforeAll(async () => {
    portal = await openPortal();
    at = portal.clock.now();
    ids = portal.sandbox.bulkContacts({ seed: 1, from: 0, to: 25_500, madeFrom: at, madeTo: at });
  });
  afterAll(() => portal.sandbox.close());

  test('the same seed makes the same people, each with an address of its own that finds the record', async () => {
    const again = await openPortal();
    again.sandbox.bulkContacts({ seed: 1, from: 100, to: 102 });
    const emails = async ({ call }: TestPortal, after: string) =>
      (await call('GET', `/crm/v3/objects/contacts?limit=2&properties=email${after}`)).body.results.map(
        ({ properties }: { properties: { email: string } }) => properties.email,
      );
    expect(await emails(portal, `&after=${ids[100]}`)).toEqual(await emails(again, ''));
    await again.sandbox.close();
    const [email] = await emails(portal, `&after=${ids[20_000]}`);
    const { body } = await portal.call('GET', `/crm/v3/objects/contacts/${email}?idProperty=email`);
    expect(body.id).toBe(ids[20_000]);
  });

  test('a search ends at 10,000 rows with a 400, and rows past that on one millisecond are found by keyset alone', async () => {
    const body = { filterGroups: [], sorts: ['hs_object_id'], limit: 100 };
    const deep = (after: string) => portal.call('POST', '/crm/v3/objects/contacts/search', { ...body, after });
    expect((await deep('9900')).body.results).toHaveLength(100);
    expect((await deep('10000')).status).toBe(400);
    const found = await searchAll(portal, at);
    expect(found.ids).toEqual(ids);
    expect(found.totals[0]).toBe(25_500);
    expect(found.totals.at(-1)).toBe(found.ids.length % 200);
  });

  test('what changes while a reader pages keeps its place in the order, archived rows leave the count', async () => {
    const since = portal.clock.now() + 1;
    portal.clock.advance(10);
    const changed = [ids[5], ids[70], ids[9_000]] as string[];
    const touch = (id: string) =>
      portal.call('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { city: 'Ulm' } });
    for (const id of changed) await touch(id);
    expect((await searchAll(portal, since, 1)).ids).toEqual(changed);
    await touch(ids[30] as string);
    await portal.call('DELETE', `/crm/v3/objects/contacts/${ids[70]}`);
    const found = await searchAll(portal, since);
    expect(found).toEqual({ ids: [ids[5], ids[30], ids[9_000]], totals: [3] });
    expect((await searchAll(portal, at)).totals[0]).toBe(25_499);
    const archived = await portal.call('GET', '/crm/v3/objects/contacts?archived=true');
    expect(archived.body.results.map(({ id }: { id: string }) => id)).toEqual([ids[70]]);
  });

  test('stamps cannot be given behind a change already made', () => {
    const early = { seed: 1, from: 30_000, to: 30_001, madeFrom: at - 1 };
    expect(() => portal.sandbox.bulkContacts(early)).toThrow(RangeError);
  });
});

describe('search that lags', () => {
  test('shows what rows were, without end until it is told to catch up; other rows are not touched by it', async () => {
    const portal = await openPortal();
    const [still, moved] = [
      await portal.make('contacts', { firstname: 'Still' }),
      await portal.make('contacts', { firstname: 'Old' }),
    ];
    portal.sandbox.setSearchLag(Number.POSITIVE_INFINITY);
    const since = portal.clock.now() + 5;
    portal.clock.advance(10);
    await portal.call('PATCH', `/crm/v3/objects/contacts/${moved}`, { properties: { firstname: 'New' } });
    const fresh = await portal.make('contacts', { firstname: 'Fresh' });
    portal.clock.advance(1e9);
    const named = async (firstname: string) => {
      const filters = [{ propertyName: 'firstname', operator: 'EQ', value: firstname }];
      const { body } = await portal.call('POST', '/crm/v3/objects/contacts/search', { filterGroups: [{ filters }] });
      return (body as Found).results.map(({ id }) => id);
    };
    expect([await named('Still'), await named('Old'), await named('New'), await named('Fresh')]).toEqual([
      [still],
      [moved],
      [],
      [],
    ]);
    expect((await searchAll(portal, since)).ids).toEqual([]);
    expect((await searchAll(portal, 0)).ids).toEqual([still, moved]);
    expect((await portal.call('GET', '/crm/v3/objects/contacts')).body.results).toHaveLength(3);
    portal.sandbox.setSearchLag(0);
    expect((await searchAll(portal, since)).ids).toEqual([moved, fresh]);
    expect([await named('Old'), await named('New')]).toEqual([[], [moved]]);
    await portal.sandbox.close();
  });

  test('an erased record is gone from list, archived list, search and batch read at once', async () => {
    const portal = await openPortal({ searchLagMs: Number.POSITIVE_INFINITY });
    const id = await portal.make('contacts', { email: 'erase@x.example' });
    portal.sandbox.setSearchLag(0);
    expect((await searchAll(portal, 0)).ids).toEqual([id]);
    expect((await portal.call('POST', '/crm/v3/objects/contacts/gdpr-delete', { objectId: id })).status).toBe(204);
    expect((await searchAll(portal, 0)).ids).toEqual([]);
    for (const archived of ['false', 'true']) {
      const list = await portal.call('GET', `/crm/v3/objects/contacts?archived=${archived}`);
      expect(list.body.results).toEqual([]);
      const inputs = [{ id }];
      const batch = await portal.call('POST', `/crm/v3/objects/contacts/batch/read?archived=${archived}`, { inputs });
      expect(batch.body).toMatchObject({ results: [], numErrors: 1 });
    }
    await portal.make('contacts', { email: 'erase@x.example' });
    await portal.sandbox.close();
  });
});

describe('states of records and accounts', () => {
  test('a list brings associated ids, a hundred a record and the place of the rest', async () => {
    const portal = await openPortal();
    const company = await portal.make('companies', { name: 'Big' });
    const made: string[] = [];
    for (let n = 0; n < 101; n += 1)
      made.push(await portal.make('contacts', { firstname: `${n}` }, [tie(company, 279)]));
    const { body } = await portal.call('GET', '/crm/v3/objects/companies?associations=contacts,deals');
    const { contacts, deals } = body.results[0].associations;
    expect(new Set(contacts.results.map(({ id }: { id: string }) => id))).toEqual(new Set(made.slice(0, 100)));
    expect(contacts.paging.next.link).toContain('/associations/contacts');
    expect(deals).toBeUndefined();
    await portal.sandbox.close();
  });

  test('a restored record is live again with a new modified time, without a unique value that was taken meanwhile', async () => {
    const portal = await openPortal();
    const id = await portal.make('contacts', { email: 'back@x.example', firstname: 'B' });
    await portal.call('DELETE', `/crm/v3/objects/contacts/${id}`);
    await portal.make('contacts', { email: 'back@x.example' });
    const since = portal.clock.now() + 1;
    portal.clock.advance(5);
    portal.sandbox.restore('contacts', id);
    const { body } = await portal.call('GET', `/crm/v3/objects/contacts/${id}`);
    expect(body).toMatchObject({ archived: false, properties: { firstname: 'B', email: null } });
    expect((await searchAll(portal, since)).ids).toEqual([id]);
    await portal.sandbox.close();
  });

  test('without new ids the primary survives a merge; losers can stay among the archived', async () => {
    const portal = await openPortal({ mergeMintsNewId: false, mergeArchivesLosers: true });
    const first = await portal.make('companies', { name: 'One' });
    const second = await portal.make('companies', { name: 'Two', domain: 'two.example' });
    const merge = { primaryObjectId: first, objectIdToMerge: second };
    const { body } = await portal.call('POST', '/crm/v3/objects/companies/merge', merge);
    expect(body).toMatchObject({ id: first, properties: { domain: 'two.example', hs_merged_object_ids: second } });
    const archived = await portal.call('GET', '/crm/v3/objects/companies?archived=true');
    expect(archived.body.results).toMatchObject([{ id: second, archived: true }]);
    expect((await portal.call('GET', `/crm/v3/objects/companies/${second}`)).body.id).toBe(first);
    const inputs = [{ id: second }];
    const batch = await portal.call('POST', '/crm/v3/objects/companies/batch/read', { inputs });
    expect(batch.body.results).toEqual([]);
    await portal.sandbox.close();
  });

  test('a locked record answers 423 to writes for a while, a moving account 477 to everything', async () => {
    const portal = await openPortal();
    const id = await portal.make('contacts', { firstname: 'L' });
    const rename = async () =>
      (await portal.call('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { firstname: 'M' } })).status;
    portal.sandbox.conditions.lock(id, 2_000);
    expect(await rename()).toBe(423);
    expect((await portal.call('GET', `/crm/v3/objects/contacts/${id}`)).status).toBe(200);
    portal.clock.advance(2_000);
    expect(await rename()).toBe(200);
    portal.sandbox.conditions.migrate(60_000);
    const moving = await portal.call('GET', '/crm/v3/objects/contacts');
    expect(moving.status).toBe(477);
    expect(Number(moving.headers.get('retry-after'))).toBeGreaterThan(0);
    portal.clock.advance(60_000);
    expect((await portal.call('GET', '/crm/v3/objects/contacts')).status).toBe(200);
    await portal.sandbox.close();
  });

  test('where refresh tokens rotate each works once, and access tokens live on', async () => {
    const portal = await openPortal({ rotateRefreshTokens: true });
    const { clientId, clientSecret, refreshToken, accessToken } = portal.sandbox.credentials;
    const renew = async (token: string) => {
      const form = {
        grant_type: 'refresh_token',
        client_id: clientId,
        client_secret: clientSecret,
        refresh_token: token,
      };
      const answer = await fetch(`${portal.sandbox.url}/oauth/v1/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      return { http: answer.status, ...((await answer.json()) as { refresh_token?: string }) };
    };
    const { refresh_token: next = '' } = await renew(refreshToken);
    expect(next).not.toBe(refreshToken);
    expect((await renew(refreshToken)).http).toBe(400);
    expect((await renew(next)).http).toBe(200);
    expect((await portal.call('GET', '/crm/v3/objects/contacts', undefined, accessToken)).status).toBe(200);
    await portal.sandbox.close();
  });

  test('the daily allowance can be set; beyond it every call is refused in the vendor words until midnight', async () => {
    const portal = await openPortal({ limits: true, dailyLimit: 3 });
    const list = () => portal.call('GET', '/crm/v3/objects/contacts');
    for (let n = 0; n < 3; n += 1) expect((await list()).status).toBe(200);
    const refused = await list();
    expect(refused).toMatchObject({ status: 429, body: { policyName: 'DAILY', errorType: 'RATE_LIMIT' } });
    expect(refused.headers.get('x-hubspot-ratelimit-daily-remaining')).toBe('0');
    portal.clock.advance(86_400_000);
    expect((await list()).status).toBe(200);
    await portal.sandbox.close();
  });
});
