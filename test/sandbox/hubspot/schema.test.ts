import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal.sandbox.close());

const property = (name: string, more: object = {}): object => ({
  name,
  label: name,
  type: 'string',
  fieldType: 'text',
  groupName: 'contactinformation',
  ...more,
});

describe.each(['/crm/v3/properties', '/crm/properties/2026-09'])('properties at %s', (base) => {
  const suffix = base.length;

  test('are created, read, changed and archived', async () => {
    const name = `own_${suffix}`;
    const made = await portal.call('POST', `${base}/contacts`, property(name));
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name,
      hubspotDefined: false,
      hasUniqueValue: false,
      modificationMetadata: { readOnlyValue: false },
    });
    expect((await portal.call('POST', `${base}/contacts`, property(name))).status).toBe(409);
    expect((await portal.call('PATCH', `${base}/contacts/${name}`, { label: 'New' })).body.label).toBe('New');
    expect((await portal.call('PATCH', `${base}/contacts/${name}`, { hasUniqueValue: true })).status).toBe(400);
    expect((await portal.call('DELETE', `${base}/contacts/${name}`)).status).toBe(204);
    expect((await portal.call('GET', `${base}/contacts/${name}`)).status).toBe(404);
    expect((await portal.call('GET', `${base}/contacts/${name}?archived=true`)).body.archived).toBe(true);
    expect((await portal.call('POST', '/crm/v3/objects/contacts', { properties: { [name]: 'x' } })).status).toBe(400);
  });

  test('defaults are listed as the vendor defines them', async () => {
    const { body } = await portal.call('GET', `${base}/contacts`);
    const find = (name: string) => body.results.find((each: { name: string }) => each.name === name);
    expect(find('email')).toMatchObject({ type: 'string', hubspotDefined: true, hasUniqueValue: true });
    expect(find('lifecyclestage').options.map((option: { value: string }) => option.value)).toEqual([
      'subscriber',
      'lead',
      'marketingqualifiedlead',
      'salesqualifiedlead',
      'opportunity',
      'customer',
      'evangelist',
      'other',
    ]);
    expect(find('lastmodifieddate')).toMatchObject({ type: 'datetime', modificationMetadata: { readOnlyValue: true } });
    expect(find('hs_lastmodifieddate')).toBeUndefined();
    expect((await portal.call('DELETE', `${base}/contacts/email`)).status).toBe(400);
  });

  test('a group holds properties; a batch makes, reads and archives them', async () => {
    const group = `group_${suffix}`;
    expect((await portal.call('POST', `${base}/contacts/groups`, { name: group, label: 'Sluice' })).status).toBe(201);
    expect((await portal.call('POST', `${base}/contacts/groups`, { name: group, label: 'Sluice' })).status).toBe(409);
    const inputs = [1, 2].map((at) => property(`b${at}_${suffix}`, { groupName: group }));
    expect((await portal.call('POST', `${base}/contacts/batch/create`, { inputs })).status).toBe(201);
    expect((await portal.call('DELETE', `${base}/contacts/groups/${group}`)).status).toBe(400);
    const names = [1, 2].map((at) => ({ name: `b${at}_${suffix}` }));
    const read = await portal.call('POST', `${base}/contacts/batch/read`, {
      archived: false,
      inputs: [...names, { name: 'none' }],
    });
    expect(read.status).toBe(207);
    expect(read.body.results).toHaveLength(2);
    expect((await portal.call('POST', `${base}/contacts/batch/archive`, { inputs: names })).status).toBe(204);
    expect((await portal.call('DELETE', `${base}/contacts/groups/${group}`)).status).toBe(204);
  });
});

describe('the account', () => {
  test('an object has at most ten unique properties', async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 11; at++) {
      statuses.push(
        (
          await portal.call(
            'POST',
            '/crm/v3/properties/deals',
            property(`u${at}`, { groupName: 'dealinformation', hasUniqueValue: true }),
          )
        ).status,
      );
    }
    expect(statuses).toEqual([...Array(10).fill(201), 400]);
  });

  test('a bad definition is refused: unknown group, type, field type, name', async () => {
    for (const more of [{ groupName: 'none' }, { type: 'colour' }, { type: 'date' }, { name: 'Bad Name' }]) {
      expect((await portal.call('POST', '/crm/v3/properties/contacts', property('p', more))).status).toBe(400);
    }
  });

  test('owners are listed, found by e-mail and id; an archived one keeps only its inactive user id', async () => {
    const { body } = await portal.call('GET', '/crm/v3/owners?limit=2');
    expect(body.results).toHaveLength(2);
    const rest = await portal.call('GET', `/crm/owners/2026-09?after=${body.paging.next.after}`);
    expect(rest.body.results).toHaveLength(1);
    const [owner] = body.results;
    expect((await portal.call('GET', `/crm/v3/owners?email=${owner.email}`)).body.results).toEqual([owner]);
    expect((await portal.call('GET', `/crm/v3/owners/${owner.userId}?idProperty=userId`)).body.id).toBe(owner.id);
    const [gone] = (await portal.call('GET', '/crm/v3/owners?archived=true')).body.results;
    expect(gone).toMatchObject({ archived: true, userId: null, userIdIncludingInactive: expect.any(Number) });
    expect(
      (await portal.call('POST', '/crm/v3/objects/contacts', { properties: { hubspot_owner_id: gone.id } })).status,
    ).toBe(400);
  });

  test('pipelines have stages with metadata; a stage in use cannot go', async () => {
    const { body } = await portal.call('GET', '/crm/v3/pipelines/deals');
    const won = body.results[0].stages.find((stage: { id: string }) => stage.id === 'closedwon');
    expect(won.metadata).toEqual({ isClosed: 'true', probability: '1.0' });
    const made = await portal.call('POST', '/crm/pipelines/2026-09/deals', {
      label: 'Channel',
      displayOrder: 1,
      stages: [{ label: 'Registered', displayOrder: 0, metadata: { probability: '0.3' } }],
    });
    expect(made.status).toBe(201);
    const stage = made.body.stages[0].id;
    await portal.make('deals', { dealname: 'C', pipeline: made.body.id, dealstage: stage });
    expect(
      (await portal.call('POST', '/crm/v3/objects/deals', { properties: { pipeline: 'default', dealstage: stage } }))
        .status,
    ).toBe(400);
    expect((await portal.call('DELETE', `/crm/v3/pipelines/deals/${made.body.id}/stages/${stage}`)).status).toBe(400);
    const renamed = await portal.call('PATCH', `/crm/v3/pipelines/deals/${made.body.id}/stages/${stage}`, {
      label: 'Filed',
    });
    expect(renamed.body).toMatchObject({ label: 'Filed', metadata: { isClosed: 'false', probability: '0.3' } });
  });

  test('account details and usage', async () => {
    const { body } = await portal.call('GET', '/account-info/2026-09/details');
    expect(body).toMatchObject({ portalId: portal.sandbox.portalId, companyCurrency: 'USD', timeZone: 'UTC' });
    expect((await portal.call('GET', '/account-info/v3/api-usage/daily')).body.results[0]).toMatchObject({
      usageLimit: 625_000,
    });
  });
});
