import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPortal, type TestPortal, tie } from './portal.ts';

let portal: TestPortal;
let contact: string;
let first: string;
let second: string;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal.sandbox.close());

async function fresh(): Promise<void> {
  contact = await portal.make('contacts', { firstname: 'A' });
  first = await portal.make('companies', { name: 'First' });
  second = await portal.make('companies', { name: 'Second' });
}

const put = (path: string, typeId: number) =>
  portal.call('PUT', path, [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: typeId }]);

/** The type ids from the contact to a company. */
async function typesTo(company: string): Promise<number[]> {
  const { body } = await portal.call('GET', `/crm/v4/objects/contacts/${contact}/associations/companies`);
  const link = body.results.find((each: { toObjectId: number }) => String(each.toObjectId) === company);
  return (link?.associationTypes ?? []).map((each: { typeId: number }) => each.typeId);
}

describe('associations', () => {
  test('the first company becomes the primary one, and a new primary takes the label over', async () => {
    await fresh();
    expect(
      (await portal.call('PUT', `/crm/v4/objects/contacts/${contact}/associations/default/companies/${first}`)).status,
    ).toBe(200);
    await portal.call('PUT', `/crm/v4/objects/contacts/${contact}/associations/default/companies/${second}`);
    expect(await typesTo(first)).toEqual([279, 1]);
    expect(await typesTo(second)).toEqual([279]);
    const labelled = await put(`/crm/v4/objects/contacts/${contact}/associations/companies/${second}`, 1);
    expect(labelled.status).toBe(201);
    expect(labelled.body).toEqual({
      fromObjectTypeId: '0-1',
      fromObjectId: Number(contact),
      toObjectTypeId: '0-2',
      toObjectId: Number(second),
      labels: ['Primary'],
    });
    expect(await typesTo(first)).toEqual([279]);
    expect(await typesTo(second)).toEqual([279, 1]);
    const back = await portal.call('GET', `/crm/objects/2026-09/companies/${second}/associations/contacts`);
    expect(back.body.results).toEqual([
      {
        toObjectId: Number(contact),
        associationTypes: [
          { category: 'HUBSPOT_DEFINED', typeId: 280, label: null },
          { category: 'HUBSPOT_DEFINED', typeId: 2, label: 'Primary' },
        ],
      },
    ]);
    expect(
      (await portal.call('DELETE', `/crm/v4/objects/contacts/${contact}/associations/companies/${second}`)).status,
    ).toBe(204);
    expect(await typesTo(second)).toEqual([]);
    const { body } = await portal.call('GET', `/crm/v3/objects/contacts/${contact}?properties=associatedcompanyid`);
    expect(body.properties.associatedcompanyid).toBeNull();
  });

  test('writing associatedcompanyid makes that company the primary one', async () => {
    await fresh();
    await portal.call('PATCH', `/crm/v3/objects/contacts/${contact}`, { properties: { associatedcompanyid: first } });
    expect(await typesTo(first)).toEqual([279, 1]);
    expect(
      (await portal.call('PATCH', `/crm/v3/objects/contacts/${contact}`, { properties: { associatedcompanyid: '5' } }))
        .status,
    ).toBe(400);
  });

  test.each(['/crm/v4/associations', '/crm/associations/2026-03', '/crm/associations/2026-09'])(
    'batch read at %s names records without associations in a 207',
    async (base) => {
      await fresh();
      const deal = await portal.make('deals', { dealname: 'D' }, [tie(contact, 3)]);
      const { status, body } = await portal.call('POST', `${base}/contacts/deals/batch/read`, {
        inputs: [{ id: contact }, { id: '9' }],
      });
      expect(status).toBe(207);
      expect(body.results).toEqual([
        {
          from: { id: contact },
          to: [
            { toObjectId: Number(deal), associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 4, label: null }] },
          ],
        },
      ]);
      expect(body.errors[0]).toMatchObject({
        category: 'OBJECT_NOT_FOUND',
        subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
        message: 'No deal is associated with contact 9.',
      });
    },
  );

  test('more than a hundred ends are paged, in batch reads and in lists', async () => {
    await fresh();
    const inputs = Array.from({ length: 60 }, () => ({ properties: {} }));
    const ids: string[] = [];
    for (let round = 0; round < 2; round++) {
      const { body } = await portal.call('POST', '/crm/v3/objects/contacts/batch/create', { inputs });
      ids.push(...body.results.map((row: { id: string }) => row.id));
    }
    const made = await portal.call('POST', '/crm/v4/associations/companies/contacts/batch/associate/default', {
      inputs: ids.map((id) => ({ from: { id: first }, to: { id } })),
    });
    expect(made.status).toBe(200);
    const read = async (after?: string) =>
      (
        await portal.call('POST', '/crm/v4/associations/companies/contacts/batch/read', {
          inputs: [{ id: first, ...(after ? { after } : {}) }],
        })
      ).body.results[0];
    const page = await read();
    const rest = await read(page.paging.next.after);
    expect(rest.paging).toBeUndefined();
    expect([...page.to, ...rest.to].map((each: { toObjectId: number }) => String(each.toObjectId))).toEqual(ids);
    const list = await portal.call('GET', `/crm/v4/objects/companies/${first}/associations/contacts?limit=100`);
    expect(list.body.results).toHaveLength(100);
    expect(list.body.paging.next.after).toBe(page.paging.next.after);
  });

  test('a batch create ties the good pairs and names the bad; an archive unties them', async () => {
    await fresh();
    const pair = (to: string) => ({
      from: { id: contact },
      to: { id: to },
      types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 279 }],
    });
    const { status, body } = await portal.call('POST', '/crm/v4/associations/0-1/0-2/batch/create', {
      inputs: [pair(first), pair('5')],
    });
    expect(status).toBe(207);
    expect(body.results).toHaveLength(1);
    expect(body.errors[0].message).toBe('COMPANY=5 is not valid');
    const archived = await portal.call('POST', '/crm/v4/associations/contacts/companies/batch/archive', {
      inputs: [{ from: { id: contact }, to: [{ id: first }] }],
    });
    expect(archived.status).toBe(204);
    expect(await typesTo(first)).toEqual([]);
    const many = Array.from({ length: 2001 }, () => pair(first));
    expect(
      (await portal.call('POST', '/crm/v4/associations/contacts/companies/batch/create', { inputs: many })).status,
    ).toBe(400);
  });

  test('labels list the type ids of a direction; a label of one goes with another', async () => {
    await fresh();
    const ids = async (path: string): Promise<number[]> =>
      (await portal.call('GET', path)).body.results.map((each: { typeId: number }) => each.typeId);
    expect(await ids('/crm/v4/associations/contacts/companies/labels')).toEqual([279, 1]);
    expect(await ids('/crm/associations/2026-09/deals/companies/labels')).toEqual([341, 5]);
    expect(await ids('/crm/v4/associations/leads/contacts/labels')).toEqual([608, 578]);
    const { body } = await portal.call('POST', '/crm/v4/associations/contacts/companies/labels', {
      name: 'partner',
      label: 'Partner of',
    });
    expect(await ids('/crm/v4/associations/contacts/companies/labels')).toContain(body.results[0].typeId);
    expect((await put(`/crm/v4/objects/contacts/${contact}/associations/companies/${first}`, 3)).status).toBe(400);
  });

  test('the v3 endpoints speak of types by name', async () => {
    await fresh();
    await portal.call('POST', '/crm/v3/associations/contacts/companies/batch/create', {
      inputs: [{ from: { id: contact }, to: { id: first }, type: 'contact_to_company' }],
    });
    const { body } = await portal.call('POST', '/crm/v3/associations/contacts/companies/batch/read', {
      inputs: [{ id: contact }],
    });
    expect(body.results[0].to).toContainEqual({ id: first, type: 'contact_to_company' });
  });
});
