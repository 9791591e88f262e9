import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal();
  await portal.call('POST', '/crm/v3/properties/contacts', {
    name: 'sluice_id',
    label: 'Sluice id',
    type: 'string',
    fieldType: 'text',
    groupName: 'contactinformation',
    hasUniqueValue: true,
  });
});
afterAll(() => portal.sandbox.close());

const batch = (action: string, inputs: unknown[], more: object = {}) =>
  portal.call('POST', `/crm/v3/objects/contacts/batch/${action}`, { inputs, ...more });

const count = async (): Promise<number> =>
  (await portal.call('POST', '/crm/v3/objects/contacts/search', {})).body.total;

describe('batches', () => {
  test('without trace ids one bad input fails the whole batch and nothing is written', async () => {
    const id = await portal.make('contacts', { email: 'taken@b.example' });
    const before = await count();
    const conflict = await batch('create', [
      { properties: { email: 'new@b.example' } },
      { properties: { email: 'taken@b.example' } },
    ]);
    expect(conflict.status).toBe(409);
    expect(conflict.body.message).toBe(`Contact already exists. Existing ID: ${id}`);
    expect(
      (
        await batch('create', [
          { properties: { email: 'twice@b.example' } },
          { properties: { email: 'twice@b.example' } },
        ])
      ).status,
    ).toBe(409);
    expect(
      (await batch('create', [{ properties: { email: 'ok@b.example' } }, { properties: { nope: '1' } }])).status,
    ).toBe(400);
    expect(await count()).toBe(before);
  });

  test('with a trace id of its own on every input, the good ones are written and a 207 names the bad', async () => {
    const { status, body } = await batch('create', [
      { objectWriteTraceId: 'a', properties: { email: 'trace1@b.example' } },
      { objectWriteTraceId: 'b', properties: { email: 'bad' } },
    ]);
    expect(status).toBe(207);
    expect(body).toMatchObject({ status: 'COMPLETE', numErrors: 1 });
    expect(body.results).toMatchObject([{ objectWriteTraceId: 'a', properties: { email: 'trace1@b.example' } }]);
    expect(body.errors[0]).toMatchObject({
      status: 'error',
      category: 'VALIDATION_ERROR',
      context: { objectWriteTraceId: ['b'] },
    });
  });

  test('a create of all good inputs is 201, of more than 100 is refused', async () => {
    expect((await batch('create', [{ properties: { firstname: 'x' } }])).status).toBe(201);
    expect(
      (
        await batch(
          'create',
          Array.from({ length: 101 }, () => ({ properties: {} })),
        )
      ).status,
    ).toBe(400);
  });

  test('a read gives the found ones in a 207 that names the missing', async () => {
    const id = await portal.make('contacts', { email: 'found@b.example' });
    const { status, body } = await batch('read', [{ id }, { id: '77' }], { properties: ['email'] });
    expect(status).toBe(207);
    expect(body.results.map((row: { id: string }) => row.id)).toEqual([id]);
    expect(body.errors[0]).toMatchObject({ category: 'OBJECT_NOT_FOUND', context: { ids: ['77'] } });
    expect((await batch('read', [{ id: 'found@b.example' }], { idProperty: 'email' })).body.results[0].id).toBe(id);
  });

  test('an update writes the found ones; a missing one is named with its trace id; doubled ids are refused', async () => {
    const id = await portal.make('contacts', { firstname: 'old' });
    const { status, body } = await batch('update', [
      { id, properties: { firstname: 'new' } },
      { id: '78', objectWriteTraceId: 't', properties: { firstname: 'new' } },
    ]);
    expect(status).toBe(207);
    expect(body.results[0].properties.firstname).toBe('new');
    expect(body.errors[0].context).toEqual({ ids: ['78'], objectWriteTraceId: ['t'] });
    expect(
      (
        await batch('update', [
          { id, properties: {} },
          { id, properties: {} },
        ])
      ).body.message,
    ).toContain('Duplicate IDs found in batch input');
  });

  test('an upsert by a unique property says of each record whether it is new', async () => {
    const input = (id: string, firstname: string) => ({ id, idProperty: 'sluice_id', properties: { firstname } });
    const first = await batch('upsert', [input('U1', 'a')]);
    expect(first.status).toBe(200);
    expect(first.body.results).toMatchObject([{ new: true, properties: { sluice_id: 'U1', firstname: 'a' } }]);
    const second = await batch('upsert', [input('U1', 'b'), input('U2', 'c')]);
    expect(second.body.results).toMatchObject([{ new: false, id: first.body.results[0].id }, { new: true }]);
    expect((await batch('upsert', [{ id: 'x', idProperty: 'firstname', properties: {} }])).status).toBe(400);
  });

  test('a unique value held by another record is refused', async () => {
    await portal.make('contacts', { sluice_id: 'V1' });
    const { status, body } = await portal.call('POST', '/crm/v3/objects/contacts', { properties: { sluice_id: 'V1' } });
    expect(status).toBe(400);
    expect(body.errors[0].code).toBe('CONFLICTING_UNIQUE_VALUE');
  });

  test('an upsert by e-mail is never partial', async () => {
    const before = await count();
    const { status } = await batch('upsert', [
      { id: 'part@b.example', idProperty: 'email', objectWriteTraceId: '1', properties: {} },
      { id: 'bad', idProperty: 'email', objectWriteTraceId: '2', properties: {} },
    ]);
    expect(status).toBe(400);
    expect(await count()).toBe(before);
  });

  test('an archive is 204 and frees the address', async () => {
    const id = await portal.make('contacts', { email: 'free@b.example' });
    expect((await batch('archive', [{ id }, { id: '79' }])).status).toBe(204);
    await portal.make('contacts', { email: 'free@b.example' });
  });
});
