import { Client } from '@hubspot/api-client';
import { AssociationSpecAssociationCategoryEnum as Category } from '@hubspot/api-client/lib/codegen/crm/associations/v4/models/AssociationSpec.js';
import { FilterOperatorEnum } from '@hubspot/api-client/lib/codegen/crm/contacts/models/Filter.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
let client: Client;
beforeAll(async () => {
  portal = await openPortal();
  const { url, accessToken } = portal.sandbox.credentials;
  client = new Client({ basePath: url, accessToken });
});
afterAll(() => portal.sandbox.close());

describe('the vendor client', () => {
  test('refreshes its token', async () => {
    const { clientId, clientSecret, refreshToken } = portal.sandbox.credentials;
    const token = await client.oauth.tokensApi.create(
      'refresh_token',
      undefined,
      undefined,
      clientId,
      clientSecret,
      refreshToken,
    );
    expect(token.expiresIn).toBe(1800);
    const info = await client.oauth.accessTokensApi.get(token.accessToken);
    expect(info.hubId).toBe(portal.sandbox.portalId);
  });

  test('creates, reads, lists, searches and archives contacts', async () => {
    const made = await client.crm.contacts.basicApi.create({
      properties: { email: 'sdk@x.example', firstname: 'Sdk' },
      associations: [],
    });
    expect(made.createdAt).toBeInstanceOf(Date);
    const read = await client.crm.contacts.basicApi.getById(made.id, ['email', 'phone']);
    expect(read.properties).toMatchObject({ email: 'sdk@x.example', phone: null });
    const page = await client.crm.contacts.basicApi.getPage(10, undefined, ['email', 'firstname']);
    expect(page.results).toHaveLength(1);
    const found = await client.crm.contacts.searchApi.doSearch({
      filterGroups: [{ filters: [{ propertyName: 'email', operator: FilterOperatorEnum.Eq, value: 'sdk@x.example' }] }],
      sorts: ['hs_object_id'],
      properties: ['email'],
      limit: 5,
      after: '0',
    });
    expect(found.total).toBe(1);
    await client.crm.contacts.basicApi.archive(made.id);
    await expect(client.crm.contacts.basicApi.getById(made.id)).rejects.toMatchObject({ code: 404 });
  });

  test('writes batches and sees partial answers and conflicts as the vendor gives them', async () => {
    const made = await client.crm.contacts.batchApi.create({
      inputs: [{ properties: { email: 'b1@x.example' }, associations: [] }],
    });
    const [first] = made.results;
    const updated = await client.crm.contacts.batchApi.update({
      inputs: [
        { id: first?.id ?? '', properties: { firstname: 'B' } },
        { id: '12', properties: { firstname: 'C' } },
      ],
    });
    expect(updated).toMatchObject({ numErrors: 1, results: [{ id: first?.id }] });
    const upserted = await client.crm.contacts.batchApi.upsert({
      inputs: [{ id: 'b1@x.example', idProperty: 'email', properties: { lastname: 'L' } }],
    });
    expect(upserted.results[0]).toMatchObject({ id: first?.id, _new: false });
    const conflict = await client.crm.contacts.basicApi
      .create({ properties: { email: 'b1@x.example' }, associations: [] })
      .catch((error: unknown) => error);
    expect(conflict).toMatchObject({
      code: 409,
      body: { category: 'CONFLICT', message: `Contact already exists. Existing ID: ${first?.id}` },
    });
  });

  test('ties records and reads the ties back', async () => {
    const contact = await client.crm.contacts.basicApi.create({
      properties: { email: 'tie@x.example' },
      associations: [],
    });
    const company = await client.crm.companies.basicApi.create({ properties: { name: 'Tie' }, associations: [] });
    await client.crm.associations.v4.basicApi.create('contacts', contact.id, 'companies', company.id, [
      { associationCategory: Category.HubspotDefined, associationTypeId: 1 },
    ]);
    const read = await client.crm.associations.v4.batchApi.getPage('contacts', 'companies', {
      inputs: [{ id: contact.id }],
    });
    expect(String(read.results[0]?.to[0]?.toObjectId)).toBe(company.id);
    expect(read.results[0]?.to[0]?.associationTypes.map((type) => type.typeId)).toEqual([279, 1]);
  });

  test('provisions properties, and reads pipelines and owners', async () => {
    await client.crm.properties.groupsApi.create('contacts', { name: 'sluice', label: 'Sluice', displayOrder: -1 });
    const made = await client.crm.properties.coreApi.create('contacts', {
      name: 'sluice_id',
      label: 'Sluice id',
      type: 'string' as never,
      fieldType: 'text' as never,
      groupName: 'sluice',
      hasUniqueValue: true,
    });
    expect(made).toMatchObject({ name: 'sluice_id', hasUniqueValue: true });
    expect((await client.crm.pipelines.pipelinesApi.getAll('deals')).results[0]?.stages.length).toBe(7);
    expect((await client.crm.owners.ownersApi.getPage()).results.length).toBe(3);
  });

  test('reaches campaigns through apiRequest, whose answer is a fetch response', async () => {
    const made = await client.apiRequest({
      method: 'POST',
      path: '/marketing/v3/campaigns',
      body: { properties: { hs_name: 'Api' } },
    });
    expect(made.status).toBe(201);
    const missing = await client.apiRequest({ method: 'GET', path: '/marketing/campaigns/2026-09/none' });
    expect(missing.status).toBe(404);
  });
});
