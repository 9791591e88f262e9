import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { QueryResult, RootOperationNode, UnknownRow } from 'kysely';
import type { Store } from '../../src/store/database.ts';
import { run } from '../../src/sync/run.ts';
import { testStore } from '../support/store.ts';
import { populate, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

test('an empty database does not offer again what the CRM shows as offered: it stops and says whose offers they are', async () => {
  const before = await World.create(store);
  populate(before);
  await before.sync();
  expect(before.salesforce.records('Sluice_Offer__c').size).toBe(1);

  const after = await World.create(store);
  Object.assign(after, { salesforce: before.salesforce, hubspot: before.hubspot, now: before.now });
  const contents = [after.salesforce.contents(), after.hubspot.contents()];
  const summary = await after.sync();
  expect(summary.status).toBe('stopped');
  expect(summary.connections.salesforce?.problem).toMatchObject({
    code: 'OFFERS_OF_ANOTHER_DATABASE',
    message: expect.stringContaining('1 record of Sluice_Offer__c'),
    hint: expect.stringContaining('sluice.yaml'),
  });
  expect([after.salesforce.contents(), after.hubspot.contents()]).toEqual(contents);
  expect(await store.db.selectFrom('offers').selectAll().execute()).toEqual([]);
});

describe('whether another installation made offers there', () => {
  const LOOK = /count\(\*\).*from records/s;

  /** Whether a run looks through the records for offers. */
  async function looks(world: World, options: Parameters<World['sync']>[0] = {}): Promise<boolean> {
    const queries: string[] = [];
    const plugin = {
      transformQuery: ({ node }: { node: RootOperationNode }) => {
        queries.push(JSON.stringify(node));
        return node;
      },
      transformResult: async ({ result }: { result: QueryResult<UnknownRow> }) => result,
    };
    const lease = await world.lease();
    await run(await world.environment(store.db.withPlugin(plugin)), lease, { ...world.runOptions(), ...options });
    await lease.release();
    return queries.some((query) => LOOK.test(query) && query.includes('like'));
  }

  test('is looked for until a run has read everything and come to its end, also where no offer is made', async () => {
    const world = await World.create(store);
    expect(await looks(world, { only: new Set(['Lead']) })).toBe(true);
    expect(await looks(world, { hintsOnly: true })).toBe(true);
    expect(await looks(world)).toBe(true);
    expect(await looks(world)).toBe(false);
  });
});
