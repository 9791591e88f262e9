import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../src/store/database.ts';
import { RULES } from '../insight/fixtures.ts';
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
  const plain = world.environment.bind(world);
  world.environment = async (db) => {
    const env = await plain(db);
    return { ...env, rules: { ...env.rules, scorecard: { ...RULES, least: 1 } } };
  };
  populate(world);
});

const accountWrites = () => world.salesforce.calls.filter((call) => call.call === 'write' && call.object === 'Account');
const alder = () => world.salesforce.fields('Account', '001A');

async function accepted(): Promise<void> {
  await world.sync();
  const [id = ''] = [...world.salesforce.records('Sluice_Offer__c').keys()];
  world.salesforce.put('Sluice_Offer__c', id, { Response__c: 'Accepted' });
  world.pass(2);
  await world.sync();
}

describe("the score on a partner's record", () => {
  test('is not written while nobody can be ranked', async () => {
    await world.sync();
    expect(accountWrites()).toEqual([]);
  });

  test('is written the day after, with the rank and the day, and on partners alone', async () => {
    await accepted();
    expect(accountWrites()).toEqual([]);
    world.pass(24);
    await world.sync();
    expect(alder()).toMatchObject({
      Sluice_Partner_Score__c: expect.any(Number),
      Sluice_Partner_Rank__c: '1 of 1 (1)',
      Sluice_Partner_Scored_On__c: '2026-03-03',
    });
    expect(world.salesforce.fields('Account', '001C')).not.toHaveProperty('Sluice_Partner_Score__c');
    expect(world.salesforce.fields('Account', '001B')).not.toHaveProperty('Sluice_Partner_Score__c');
  });

  test('is not written again while it stays as it is, run after run and day after day', async () => {
    await accepted();
    world.pass(24);
    await world.sync();
    const before = accountWrites().length;
    for (let day = 0; day < 3; day++) {
      await world.sync();
      world.pass(24);
      await world.sync({ full: day === 2 });
    }
    expect(accountWrites()).toHaveLength(before);
    expect(alder()).toMatchObject({ Sluice_Partner_Scored_On__c: '2026-03-03' });
    expect(await world.outbox()).toEqual([]);
  });

  test('that somebody overwrites comes back with the next day, once', async () => {
    await accepted();
    world.pass(24);
    await world.sync();
    const { Sluice_Partner_Score__c: score } = alder();
    world.salesforce.put('Account', '001A', { ...alder(), Sluice_Partner_Score__c: 99 });
    await world.sync();
    expect(alder().Sluice_Partner_Score__c).toBe(99);
    world.pass(24);
    await world.sync();
    expect(alder().Sluice_Partner_Score__c).toBe(score);
    const before = accountWrites().length;
    world.pass(24);
    await world.sync();
    expect(accountWrites()).toHaveLength(before);
  });

  test('that the CRM refuses stands in the error centre and is not sent again and again', async () => {
    await accepted();
    world.salesforce.ruling = (object) =>
      object === 'Account' ? { status: 'reject', code: 'LOCKED', message: 'The record is locked' } : null;
    for (let day = 0; day < 3; day++) {
      world.pass(24);
      await world.sync();
    }
    expect(accountWrites()).toHaveLength(1);
    expect(await world.errors()).toMatchObject([{ object: 'Account', record_id: '001A', code: 'LOCKED' }]);
  });
});
