import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Store } from '../../src/store/database.ts';
import { retryDelay } from '../../src/sync/refused.ts';
import type { Ruling } from '../support/fake-connector.ts';
import { testStore } from '../support/store.ts';
import { mappingsWith, personInSalesforce, populate, World } from './world.ts';

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

const sentTo = (id: string) => world.salesforce.written().filter((row) => row.id === id).length;

describe('a refused row', () => {
  const refusal: Ruling = { status: 'reject', code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'needs a region' };
  beforeEach(async () => {
    world = await World.create(store);
    populate(world);
    world.salesforce.ruling = (object, row) => (object === 'Lead' && row.id === '00Q1' ? refusal : null);
    await world.sync();
  });

  test('is not sent again while nothing has changed', async () => {
    for (let n = 0; n < 3; n++) await world.sync({ full: true });
    expect(sentTo('00Q1')).toBe(1);
  });

  test('is sent again once when its record changed, even in a field that Sluice does not read', async () => {
    world.salesforce.put('Lead', '00Q1', { Region__c: 'North' });
    await world.sync();
    expect(sentTo('00Q1')).toBe(2);
    await world.sync();
    expect(sentTo('00Q1')).toBe(2);
  });

  test('is written then, and its error closed, where the record was corrected', async () => {
    world.salesforce.ruling = (object, row) =>
      object === 'Lead' && row.id === '00Q1' && world.salesforce.fields('Lead', '00Q1').Region__c === undefined
        ? refusal
        : null;
    world.salesforce.put('Lead', '00Q1', { Region__c: 'North' });
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
    expect(await world.errors()).toEqual([]);
  });

  test('is sent again when the schema of the CRM changed', async () => {
    world.salesforce.describe('Lead', (field) => (field.name === 'Company' ? { ...field, length: 400 } : field));
    await world.sync();
    expect(sentTo('00Q1')).toBe(2);
  });

  test('is sent again when its mapping changed', async () => {
    world.mappings = mappingsWith((file, text) =>
      file.endsWith('salesforce/lead.yaml') ? text.replace('  source: LeadSource\n', '') : text,
    );
    await world.sync();
    expect(sentTo('00Q1')).toBe(2);
  });
});

describe('rows of one account', () => {
  test('say which account it is, so that they can travel together', async () => {
    world = await World.create(store);
    populate(world);
    const contact = (first: string, account: string) => ({
      ...personInSalesforce(first, 'Roth', `${first}@acme.de`),
      AccountId: account,
    });
    world.salesforce.put('Contact', '0031', contact('Ada', '001C'));
    world.salesforce.put('Contact', '0032', contact('Bo', '001C'));
    await world.sync();
    const rows = world.salesforce.calls.filter((call) => call.call === 'write' && call.object === 'Contact');
    expect(rows.flatMap((call) => call.rows).map(({ id, parent }) => [id, parent])).toEqual(
      expect.arrayContaining([
        ['0031', '001C'],
        ['0032', '001C'],
      ]),
    );
  });
});

describe('the wait before a row is tried again', () => {
  const row = fc.record({ rowKey: fc.string(), attempts: fc.integer({ min: 1, max: 40 }) });

  test('is never shorter than the CRM asked for, nor half as long more', () => {
    fc.assert(
      fc.property(row, fc.integer({ min: 0, max: 600_000 }), (given, afterMs) => {
        const delay = retryDelay(given, afterMs);
        expect(delay).toBeGreaterThanOrEqual(afterMs);
        expect(delay).toBeLessThanOrEqual(afterMs * 1.5 + 1);
      }),
    );
  });

  test('is the same for the same row and try, grows with the tries, and is bounded', () => {
    fc.assert(
      fc.property(row, (given) => {
        expect(retryDelay(given, undefined)).toBe(retryDelay(given, undefined));
        expect(retryDelay(given, undefined)).toBeLessThanOrEqual(90_000);
      }),
    );
    expect(retryDelay({ rowKey: 'a', attempts: 5 }, undefined)).toBeGreaterThan(
      retryDelay({ rowKey: 'a', attempts: 1 }, undefined),
    );
  });

  test('keeps rows that met each other apart', () => {
    const delays = Array.from({ length: 50 }, (_, n) => retryDelay({ rowKey: `row ${n}`, attempts: 1 }, 500));
    expect(new Set(delays).size).toBeGreaterThan(40);
  });
});
