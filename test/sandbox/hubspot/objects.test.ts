import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPortal, type TestPortal, tie } from './portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal.sandbox.close());

describe('records', () => {
  test('a create answers 201 with every value as a string, the stage lead by default, and a numeric string id that rises', async () => {
    const first = await portal.call('POST', '/crm/v3/objects/contacts', {
      properties: { email: 'Ann@Rise.example', annualrevenue: 5 },
    });
    const second = await portal.call('POST', '/crm/objects/2026-09/contacts', {
      properties: { email: 'bob@rise.example' },
    });
    expect(first.status).toBe(201);
    expect(first.body.properties).toMatchObject({
      email: 'ann@rise.example',
      annualrevenue: '5',
      lifecyclestage: 'lead',
      hs_object_id: first.body.id,
    });
    expect(first.body.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Number(second.body.id)).toBeGreaterThan(Number(first.body.id));
    expect(first.headers.get('location')).toContain(first.body.id);
  });

  test('a read shows the defaults; named properties are null where empty and left out where undefined', async () => {
    const id = await portal.make('contacts', { email: 'read@x.example', firstname: 'Rea' });
    const plain = await portal.call('GET', `/crm/v3/objects/0-1/${id}`);
    expect(Object.keys(plain.body.properties)).toEqual([
      'createdate',
      'email',
      'firstname',
      'hs_object_id',
      'lastmodifieddate',
      'lastname',
    ]);
    expect(plain.body.properties.lastname).toBeNull();
    const named = await portal.call(
      'GET',
      `/crm/v3/objects/contact/${id}?properties=phone,nothing&properties=firstname`,
    );
    expect(named.body.properties).toEqual({
      createdate: expect.any(String),
      firstname: 'Rea',
      hs_object_id: id,
      lastmodifieddate: named.body.updatedAt,
      phone: null,
    });
    const byEmail = await portal.call('GET', '/crm/v3/objects/contacts/READ@x.example?idProperty=email');
    expect(byEmail.body.id).toBe(id);
  });

  test('contacts are one an address, secondary addresses included; companies are not one a domain', async () => {
    const id = await portal.make('contacts', {
      email: 'main@dup.example',
      hs_additional_emails: 'other@dup.example;Third@dup.example',
    });
    for (const email of ['MAIN@dup.example', 'other@dup.example', 'third@dup.example']) {
      const { status, body } = await portal.call('POST', '/crm/v3/objects/contacts', { properties: { email } });
      expect(status).toBe(409);
      expect(body).toMatchObject({ category: 'CONFLICT', message: `Contact already exists. Existing ID: ${id}` });
    }
    await portal.make('companies', { name: 'One', domain: 'dup.example' });
    await portal.make('companies', { name: 'Two', domain: 'https://www.Dup.example/about' });
  });

  test('every bad property of a write is named in the vendor shape', async () => {
    const { status, body } = await portal.call('POST', '/crm/v3/objects/contacts', {
      properties: {
        foo: 'x',
        email: 'nobody',
        lifecyclestage: 'nope',
        hs_object_id: '3',
        hubspot_owner_id: '1',
        associatedcompanyid: 'a',
      },
    });
    expect(status).toBe(400);
    expect(body.category).toBe('VALIDATION_ERROR');
    const problems = JSON.parse(body.message.replace('Property values were not valid: ', ''));
    expect(problems[0]).toMatchObject({
      isValid: false,
      message: 'Property "foo" does not exist',
      error: 'PROPERTY_DOESNT_EXIST',
      name: 'foo',
    });
    expect(problems.map((problem: { error: string }) => problem.error)).toEqual([
      'PROPERTY_DOESNT_EXIST',
      'INVALID_EMAIL',
      'INVALID_OPTION',
      'READ_ONLY_VALUE',
      'INVALID_OWNER_ID',
      'INVALID_INTEGER',
    ]);
    expect(body.errors[2]).toMatchObject({ code: 'INVALID_OPTION', context: { propertyName: ['lifecyclestage'] } });
  });

  test('dates become ISO; a date that is not midnight UTC, or is no date, is refused', async () => {
    await portal.call('POST', '/crm/v3/properties/contacts', {
      name: 'born',
      label: 'Born',
      type: 'date',
      fieldType: 'date',
      groupName: 'contactinformation',
    });
    const id = await portal.make('contacts', { born: '1572480000000' });
    expect((await portal.call('GET', `/crm/v3/objects/contacts/${id}?properties=born`)).body.properties.born).toBe(
      '2019-10-31',
    );
    for (const born of ['1572480000001', '2026-02-30', 'soon']) {
      expect((await portal.call('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { born } })).status).toBe(400);
    }
    const deal = await portal.make('deals', { dealname: 'D', closedate: '2026-03-01T12:00:00+02:00' });
    expect((await portal.call('GET', `/crm/v3/objects/deals/${deal}`)).body.properties.closedate).toBe(
      '2026-03-01T10:00:00Z',
    );
  });

  test('a lifecycle stage moves forward only, unless it is cleared first', async () => {
    const id = await portal.make('contacts', { lifecyclestage: 'salesqualifiedlead' });
    const stage = async (value: string): Promise<string | null> => {
      const { status, body } = await portal.call('PATCH', `/crm/v3/objects/contacts/${id}`, {
        properties: { lifecyclestage: value },
      });
      expect(status).toBe(200);
      return body.properties.lifecyclestage;
    };
    expect(await stage('lead')).toBe('salesqualifiedlead');
    expect(await stage('customer')).toBe('customer');
    expect(await stage('')).toBeNull();
    expect(await stage('lead')).toBe('lead');
  });

  test('the modified time moves with a changed value, not with an equal one nor with associations', async () => {
    const id = await portal.make('contacts', { firstname: 'Mo' });
    const company = await portal.make('companies', { name: 'Mo Ltd' });
    const read = async (): Promise<string> =>
      (await portal.call('GET', `/crm/v3/objects/contacts/${id}`)).body.updatedAt;
    const created = await read();
    portal.clock.advance(1000);
    await portal.call('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { firstname: 'Mo' } });
    await portal.call('PUT', `/crm/v4/objects/contacts/${id}/associations/default/companies/${company}`);
    expect(await read()).toBe(created);
    const shown = await portal.call('GET', `/crm/v3/objects/contacts/${id}?properties=associatedcompanyid`);
    expect(shown.body.properties.associatedcompanyid).toBe(company);
    await portal.call('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { firstname: 'Moritz' } });
    expect(Date.parse(await read())).toBeGreaterThan(Date.parse(created));
    const history = await portal.call('GET', `/crm/v3/objects/contacts/${id}?propertiesWithHistory=firstname`);
    expect(history.body.propertiesWithHistory.firstname.map((change: { value: string }) => change.value)).toEqual([
      'Moritz',
      'Mo',
    ]);
  });

  test('a list is paged by id and shows every live record once; archived ones stand apart', async () => {
    const own = await openPortal();
    const ids: string[] = [];
    for (let at = 0; at < 7; at++) ids.push(await own.make('companies', { name: `C${at}` }));
    expect((await own.call('DELETE', `/crm/v3/objects/companies/${ids[3]}`)).status).toBe(204);
    expect((await own.call('DELETE', `/crm/v3/objects/companies/${ids[3]}`)).status).toBe(204);
    const seen: string[] = [];
    let path: string | undefined = '/crm/v3/objects/companies?limit=2&properties=name';
    while (path !== undefined) {
      const { body } = await own.call('GET', path);
      seen.push(...body.results.map((row: { id: string }) => row.id));
      path =
        body.paging === undefined
          ? undefined
          : `${new URL(body.paging.next.link).pathname}${new URL(body.paging.next.link).search}`;
    }
    expect(seen).toEqual(ids.filter((_, at) => at !== 3));
    expect((await own.call('GET', `/crm/v3/objects/companies/${ids[3]}`)).status).toBe(404);
    const archived = await own.call('GET', '/crm/v3/objects/companies?archived=true');
    expect(archived.body.results).toMatchObject([{ id: ids[3], archived: true, archivedAt: expect.any(String) }]);
    expect((await own.call('GET', '/crm/v3/objects/companies?limit=101')).status).toBe(400);
    await own.sandbox.close();
  });

  test('deals are closed and won by their stage, in their currency and the home currency', async () => {
    const id = await portal.make('deals', {
      dealname: 'Big',
      amount: '1000.50',
      deal_currency_code: 'EUR',
      dealstage: 'contractsent',
    });
    const names = 'hs_is_closed,hs_is_closed_won,amount_in_home_currency,pipeline,closedate';
    const read = async () =>
      (await portal.call('GET', `/crm/v3/objects/deals/${id}?properties=${names}`)).body.properties;
    expect(await read()).toMatchObject({
      hs_is_closed: 'false',
      hs_is_closed_won: 'false',
      amount_in_home_currency: '1100.55',
      pipeline: 'default',
    });
    await portal.call('PATCH', `/crm/v3/objects/deals/${id}`, { properties: { dealstage: 'closedwon' } });
    expect(await read()).toMatchObject({
      hs_is_closed: 'true',
      hs_is_closed_won: 'true',
      closedate: expect.any(String),
    });
    await portal.call('PATCH', `/crm/v3/objects/deals/${id}`, { properties: { dealstage: 'closedlost' } });
    expect(await read()).toMatchObject({ hs_is_closed: 'true', hs_is_closed_won: 'false' });
    expect(
      (await portal.call('PATCH', `/crm/v3/objects/deals/${id}`, { properties: { dealstage: 'moon' } })).status,
    ).toBe(400);
  });

  test('a lead needs a name and a primary contact, and Sales Hub Professional', async () => {
    const contact = await portal.make('contacts', { email: 'lead@x.example' });
    expect((await portal.call('POST', '/crm/v3/objects/leads', { properties: { hs_lead_name: 'L' } })).status).toBe(
      400,
    );
    expect(
      (await portal.call('POST', '/crm/v3/objects/leads', { properties: {}, associations: [tie(contact, 578)] }))
        .status,
    ).toBe(400);
    const id = await portal.make('0-136', { hs_lead_name: 'L' }, [tie(contact, 578)]);
    const { body } = await portal.call(
      'GET',
      `/crm/v3/objects/leads/${id}?properties=hs_lead_name,hs_primary_contact_id`,
    );
    expect(body.properties).toMatchObject({ hs_lead_name: 'L', hs_primary_contact_id: contact });
    const free = await openPortal({ tier: 'free' });
    expect((await free.call('GET', '/crm/v3/objects/leads')).status).toBe(403);
    await free.sandbox.close();
  });

  test('a merge mints a survivor that both old ids lead to on single calls, not in batches', async () => {
    const first = await portal.make('contacts', { email: 'm1@x.example', firstname: 'First' });
    const second = await portal.make('contacts', { email: 'm2@x.example', lastname: 'Second' });
    const company = await portal.make('companies', { name: 'M' });
    await portal.call('PUT', `/crm/v4/objects/contacts/${second}/associations/default/companies/${company}`);
    const { status, body } = await portal.call('POST', '/crm/v3/objects/contacts/merge', {
      primaryObjectId: first,
      objectIdToMerge: second,
    });
    expect(status).toBe(200);
    expect([first, second]).not.toContain(body.id);
    expect(body.properties).toMatchObject({
      email: 'm1@x.example',
      firstname: 'First',
      lastname: 'Second',
      hs_additional_emails: 'm2@x.example',
      hs_merged_object_ids: `${first};${second}`,
      associatedcompanyid: company,
    });
    const patched = await portal.call('PATCH', `/crm/v3/objects/contacts/${second}`, {
      properties: { firstname: 'New' },
    });
    expect(patched.body).toMatchObject({ id: body.id, properties: { firstname: 'New' } });
    const batch = await portal.call('POST', '/crm/v3/objects/contacts/batch/update', {
      inputs: [{ id: first, properties: { firstname: 'x' } }],
    });
    expect(batch.body).toMatchObject({ results: [], numErrors: 1 });
    expect(
      (await portal.call('POST', '/crm/v3/objects/contacts', { properties: { email: 'm2@x.example' } })).status,
    ).toBe(409);
  });

  test('gdpr-delete forgets the record for good', async () => {
    const id = await portal.make('contacts', { email: 'gone@x.example' });
    expect(
      (
        await portal.call('POST', '/crm/v3/objects/contacts/gdpr-delete', {
          objectId: 'gone@x.example',
          idProperty: 'email',
        })
      ).status,
    ).toBe(204);
    expect((await portal.call('GET', `/crm/v3/objects/contacts/${id}?archived=true`)).status).toBe(404);
  });
});

describe('bad requests', () => {
  test('a missing record is 404 in JSON, an unknown path 404 in HTML, a wrong method 405', async () => {
    const missing = await portal.call('GET', '/crm/v3/objects/contacts/999');
    expect(missing.status).toBe(404);
    expect(missing.body).toMatchObject({ status: 'error', message: 'resource not found' });
    const nowhere = await portal.call('GET', '/crm/v9/objects/contacts');
    expect(nowhere.status).toBe(404);
    expect(nowhere.headers.get('x-hubspot-notfound')).toBe('true');
    expect(nowhere.headers.get('content-type')).toContain('text/html');
    expect((await portal.call('PUT', '/crm/v3/objects/contacts', {})).status).toBe(405);
    expect((await portal.call('GET', '/crm/v3/objects/unicorns')).body.message).toBe(
      'Unable to infer object type from: unicorns',
    );
  });

  test('malformed JSON is 400 with its place, another media type 415', async () => {
    const { status, body } = await portal.call('POST', '/crm/v3/objects/contacts', '{"a":nope}');
    expect(status).toBe(400);
    expect(body.message).toMatch(/^Invalid input JSON on line 1, column \d+: /);
    const text = await fetch(`${portal.sandbox.url}/crm/v3/objects/contacts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${portal.sandbox.serviceKey}`, 'content-type': 'text/plain' },
      body: '{}',
    });
    expect(text.status).toBe(415);
    expect((await portal.call('POST', '/crm/v3/objects/contacts', {})).body.message).toContain('[properties]');
  });
});
