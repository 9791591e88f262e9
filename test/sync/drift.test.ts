import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FieldDescription, ObjectDescription } from '../../connectors/connector.ts';
import { ConfigError } from '../../src/model/config-error.ts';
import type { Store } from '../../src/store/database.ts';
import { connectFromMemory } from '../../src/sync/connect.ts';
import { baselineOf, driftOf } from '../../src/sync/drift.ts';
import { acceptSchema } from '../../src/sync/drift-store.ts';
import { testStore } from '../support/store.ts';
import { populate, World } from './world.ts';

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store);
  populate(world);
});

type Change = (field: FieldDescription) => FieldDescription | null;

/** An administrator of Salesforce changes, removes and adds fields of an object. */
function reshape(object: string, name: string, change: Change, added: readonly FieldDescription[] = []): void {
  const descriptions = world.salesforce.descriptions as Map<string, ObjectDescription>;
  const was = descriptions.get(object);
  if (!was) throw new Error(`there is no ${object}`);
  const fields = was.fields.flatMap((field) => (field.name === name ? (change(field) ?? []) : [field]));
  descriptions.set(object, { ...was, fields: [...fields, ...added] });
}

const remove: Change = () => null;
const schemaErrors = async () => (await world.errors()).filter(({ stage }) => stage === 'schema');
const leadWrites = () =>
  world.salesforce.calls
    .filter(({ call, object }) => call === 'write' && object === 'Lead')
    .flatMap(({ rows }) => rows);

describe('a field that the CRM changed', () => {
  test('when never there before is an error of the set-up, as ever', async () => {
    reshape('Lead', 'Title', remove);
    await expect(world.sync()).rejects.toThrow(ConfigError);
  });

  test('and removed is paused, told of once, and the sync goes on without it', async () => {
    await world.sync();
    reshape('Lead', 'Title', remove);
    world.salesforce.put('Lead', '00Q1', { Product_Interest__c: 'Vault', NumberOfEmployees: 900 });
    expect((await world.sync()).status).not.toBe('failed');
    await world.sync();
    expect(await schemaErrors()).toMatchObject([
      { object: 'Lead', record_id: 'Title', code: 'FIELD_REMOVED', count: 1, fields: ['Title'] },
    ]);
    const { connections } = await world.environment();
    expect(connections[0]?.streams.find(({ key }) => key === 'Lead')?.spec.fields).not.toContain('Title');
  });

  test('is told at the time of the clock that runs go by', async () => {
    await world.sync();
    reshape('Lead', 'Title', remove);
    const from = world.now;
    await world.sync();
    const [told] = await schemaErrors();
    const at = Date.parse(String(told?.first_at));
    expect(at).toBeGreaterThanOrEqual(from);
    expect(at).toBeLessThanOrEqual(world.now);
  });

  test('and removed keeps what it last held: a person does not lose a fact', async () => {
    await world.sync();
    const score = (await world.lead('anna@acme.de')).score;
    reshape('Lead', 'Title', remove);
    world.salesforce.put('Lead', '00Q1', { LastName: 'Schmitt' });
    await world.sync();
    expect((await world.lead('anna@acme.de')).score).toBe(score);
  });

  test('is still paused while the CRM cannot be reached, and the connection is as it was described last', async () => {
    await world.sync();
    reshape('Lead', 'Title', remove);
    reshape('Lead', 'Sluice_Status__c', (field) => ({ ...field, writable: false }));
    reshape('Lead', 'Sluice_Grade__c', (field) => ({ ...field, values: ['A'] }));
    (world.salesforce.descriptions as Map<string, ObjectDescription>).delete('CampaignMember');
    const described = (await world.environment()).connections[0];
    const mappings = world.mappings.filter(({ crm }) => crm === 'salesforce');
    const remembered = await connectFromMemory(
      store.db,
      'salesforce',
      'salesforce',
      world.salesforce.connector(),
      mappings,
    );
    const paused = (connection: typeof described) =>
      connection?.streams.map(({ key, spec, paused: stopped }) => [key, spec.fields, [...stopped].sort()]);
    expect(described?.drifts).toHaveLength(4);
    expect(remembered.drifts).toEqual(expect.arrayContaining([...(described?.drifts ?? [])]));
    expect(paused(remembered)).toEqual(paused(described));
  });

  test('and that comes back is read anew of every record: what was edited meanwhile is not missed', async () => {
    await world.sync();
    const title = world.salesforce.descriptions.get('Lead')?.fields.find(({ name }) => name === 'Title');
    if (!title) throw new Error('Lead has no Title');
    reshape('Lead', 'Title', remove);
    await world.sync();
    world.salesforce.put('Lead', '00Q1', { Title: 'Chief Information Officer' });
    world.salesforce.put('Lead', '00Q2', { LastName: 'Later' });
    await world.sync();
    reshape('Lead', '', remove, [title]);
    await world.sync();
    const { fields } = await store.db
      .selectFrom('records')
      .select('fields')
      .where('id', '=', '00Q1')
      .executeTakeFirstOrThrow();
    expect(fields).toMatchObject({ Title: 'Chief Information Officer' });
  });

  test('and renamed is named with what it may be now', async () => {
    await world.sync();
    reshape('Lead', 'Title', remove, [
      { name: 'Job_Title__c', label: 'Title', kind: 'text', writable: true, unique: false },
    ]);
    await world.sync();
    expect((await schemaErrors())[0]?.hint).toContain('Job_Title__c');
  });

  test('and made read-only is written no more, until it can be again: then what was missed is written', async () => {
    await world.sync();
    reshape('Lead', 'Sluice_Status__c', (field) => ({ ...field, writable: false }));
    const before = leadWrites().length;
    world.salesforce.put('Lead', '00Q1', { Sluice_Status__c: 'Nonsense' });
    await world.sync();
    expect(
      leadWrites()
        .slice(before)
        .flatMap((row) => Object.keys(row.fields)),
    ).not.toContain('Sluice_Status__c');
    expect(await schemaErrors()).toMatchObject([{ code: 'READ_ONLY', record_id: 'Sluice_Status__c' }]);
    reshape('Lead', 'Sluice_Status__c', (field) => ({ ...field, writable: true }));
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
    expect(await schemaErrors()).toEqual([]);
  });

  test('and narrowed or made required is paused until it is accepted as it is', async () => {
    await world.sync();
    reshape('Lead', 'Sluice_Reason__c', (field) => ({ ...field, length: 100 }));
    await world.sync();
    expect(await schemaErrors()).toMatchObject([{ code: 'NARROWED', record_id: 'Sluice_Reason__c' }]);
    await acceptSchema(store.db, [{ connection: 'salesforce', object: 'Lead', field: 'Sluice_Reason__c' }]);
    await world.sync();
    expect(await schemaErrors()).toEqual([]);
    expect((await world.environment()).connections[0]?.drifts).toEqual([]);
  });

  test('of which a list lost values goes on: only those values are held, each record told of, and written when the list has them', async () => {
    await world.environment();
    reshape('Lead', 'Sluice_Status__c', (field) => ({ ...field, values: ['New'] }));
    await world.sync();
    await world.sync();
    const lead = world.salesforce.fields('Lead', '00Q1');
    expect(lead.Sluice_Status__c).toBeUndefined();
    expect(lead.Sluice_Reason__c).toBeDefined();
    expect((await world.errors()).filter(({ stage }) => stage === 'value')).toMatchObject([
      { record_id: '00Q1', fields: ['Sluice_Status__c'] },
    ]);
    expect(leadWrites()).toHaveLength(1);
    reshape('Lead', 'Sluice_Status__c', (field) => ({ ...field, values: ['New', 'Offered'] }));
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
    expect((await world.errors()).filter(({ stage }) => stage === 'value')).toEqual([]);
  });

  test('and an object that is gone is left out, the others go on', async () => {
    await world.sync();
    (world.salesforce.descriptions as Map<string, ObjectDescription>).delete('CampaignMember');
    const summary = await world.sync();
    expect(summary.connections.salesforce?.problem).toBeNull();
    expect(await schemaErrors()).toMatchObject([{ object: 'CampaignMember', code: 'OBJECT_REMOVED' }]);
  });
});

describe('drift', () => {
  const kinds = ['text', 'number', 'picklist', 'datetime', 'boolean'] as const;
  const fieldNames = ['Title', 'Email', 'Sluice_Status__c', 'Sluice_Reason__c', 'Company'];
  const described = fc.record({
    kind: fc.constantFrom(...kinds),
    writable: fc.boolean(),
    required: fc.boolean(),
    unique: fc.boolean(),
    length: fc.integer({ min: 1, max: 300 }),
    values: fc.option(fc.uniqueArray(fc.constantFrom('a', 'b', 'c')), { nil: undefined }),
  });
  const object = fc.dictionary(fc.constantFrom(...fieldNames), described).map(
    (fields): ObjectDescription => ({
      object: 'Lead',
      label: 'Lead',
      fields: Object.entries(fields).map(([name, { values, ...rest }]) => ({
        name,
        label: name,
        ...rest,
        ...(values ? { values } : {}),
      })),
    }),
  );

  test('of a schema that is as it was is none, whatever it is', async () => {
    const { connections } = await world.environment();
    const mappings = (connections[0]?.mappings ?? []).filter((mapping) => mapping.object === 'Lead');
    fc.assert(fc.property(object, (schema) => expect(driftOf(mappings, schema, schema)).toEqual([])));
  });

  test('stays the same for as long as nobody mends it, and is over when it is mended', async () => {
    const { connections } = await world.environment();
    const mappings = (connections[0]?.mappings ?? []).filter((mapping) => mapping.object === 'Lead');
    fc.assert(
      fc.property(object, object, (before, now) => {
        const found = driftOf(mappings, before, now);
        const baseline = baselineOf(before, now, found);
        const codes = (drifts: typeof found) => drifts.map(({ field, code }) => [field, code]);
        expect(codes(driftOf(mappings, baseline, now))).toEqual(codes(found));
        expect(
          driftOf(mappings, baseline, before).filter(({ field }) => found.some((old) => old.field === field)),
        ).toEqual([]);
      }),
    );
  });
});
