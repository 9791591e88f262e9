import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { FieldDescription, ObjectDescription } from '../../connectors/connector.ts';
import type { Database, Store } from '../../src/store/database.ts';
import { compareDigests } from '../../src/sync/plan-memory.ts';
import { type Planning, PlanRefused, planNow, runPlan } from '../../src/sync/planned-run.ts';
import { testStore } from '../support/store.ts';
import { personInHubSpot, personInSalesforce, populate, World } from './world.ts';

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

async function planning<T>(work: (planning: Planning) => Promise<T>): Promise<T> {
  const lease = await world.lease();
  try {
    const { clock, ...env } = await world.environment();
    return await work({
      store,
      lease,
      alone: (alone) => alone(),
      environment: async (db: Database) => ({ ...env, clock, db }),
      calls: () => 0,
    });
  } finally {
    await lease.release();
  }
}

const plan = (show = 1000) => planning((with_) => planNow(with_, world.tick(), show));
const carryOut = (hash: string) => planning((with_) => runPlan(with_, hash, { sleep: async () => undefined }));
/** What the CRMs hold of what was put there. */
const crms = () =>
  [world.salesforce, world.hubspot].map((crm) =>
    Object.entries(crm.contents()).filter(([, records]) => Object.keys(records).length > 0),
  );

/** An administrator of Salesforce changes fields of an object. */
function describeAnew(
  object: string,
  change: (field: FieldDescription) => FieldDescription,
  added: readonly FieldDescription[] = [],
): void {
  const descriptions = world.salesforce.descriptions as Map<string, ObjectDescription>;
  const was = descriptions.get(object);
  if (!was) throw new Error(`there is no ${object}`);
  descriptions.set(object, { ...was, fields: [...was.fields.map(change), ...added] });
}

/** All that the store holds, tables with rows only. */
async function held(): Promise<Record<string, number>> {
  const tables = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = current_schema() order by 1`.execute(store.db);
  const counts: Record<string, number> = {};
  for (const { name } of tables.rows) {
    if (['plans', 'leases', 'descriptions', 'migrations'].includes(name)) continue;
    const found = await sql<{ count: string }>`select count(*) from ${sql.id(name)}`.execute(store.db);
    counts[name] = Number(found.rows[0]?.count);
  }
  return counts;
}

describe('a plan', () => {
  test('of an org that was never synced shows what the first sync would create and update, field by field', async () => {
    const made = await plan();
    expect(made).toMatchObject({ creates: 1, refusals: [], retired: [], problems: {} });
    expect(made.objects.map(({ object }) => object).sort()).toEqual(['Lead', 'Sluice_Offer__c', 'contacts']);
    const lead = made.changes.find((change) => change.object === 'Lead');
    expect(lead).toMatchObject({
      connection: 'salesforce',
      recordId: '00Q1',
      fields: { Sluice_Status__c: { after: 'Offered' } },
    });
  });

  test('writes nothing and keeps nothing', async () => {
    const before = { crms: crms(), held: await held() };
    await plan();
    expect({ crms: crms(), held: await held() }).toEqual(before);
    expect(world.salesforce.written()).toEqual([]);
  });

  test('is what the sync then writes', async () => {
    const made = await plan();
    await world.sync();
    for (const change of made.changes.filter(({ recordId }) => recordId !== null)) {
      const crm = change.connection === 'salesforce' ? world.salesforce : world.hubspot;
      const now = crm.fields(change.object, change.recordId ?? '');
      // Deadlines are those of the moment; everything else is what was planned.
      for (const [field, { after }] of Object.entries(change.fields)) {
        if (!/accept_?by/i.test(field)) expect([field, now[field]]).toEqual([field, after]);
      }
    }
    expect(world.salesforce.records('Sluice_Offer__c').size).toBe(made.creates);
  });

  test('after a sync is empty', async () => {
    await world.sync();
    expect(await plan()).toMatchObject({ creates: 0, updates: 0, changes: [], objects: [] });
  });

  test('shows what a field holds before and after', async () => {
    await world.sync();
    world.salesforce.put('Lead', '00Q1', { Sluice_Status__c: 'Nonsense' });
    const [change] = (await plan()).changes;
    expect(change).toMatchObject({
      recordId: '00Q1',
      fields: { Sluice_Status__c: { before: 'Nonsense', after: 'Offered' } },
    });
  });

  test('says which records would no longer be written', async () => {
    await world.sync();
    world.salesforce.delete('Lead', '00Q1');
    expect((await plan()).retired).toEqual([{ connection: 'salesforce', object: 'Lead', recordId: '00Q1' }]);
  });

  test('foresees what the CRM would refuse', async () => {
    await plan();
    describeAnew('Lead', (field) => (field.name === 'Sluice_Status__c' ? { ...field, values: ['New'] } : field));
    describeAnew('Sluice_Offer__c', (field) => field, [
      { name: 'Region__c', label: 'Region', kind: 'text', writable: true, unique: false, required: true },
    ]);
    expect((await plan()).refusals).toMatchObject([
      { object: 'Sluice_Offer__c', code: 'REQUIRED_MISSING', field: 'Region__c', count: 1 },
      { object: 'Lead', code: 'NOT_A_VALUE', field: 'Sluice_Status__c', count: 1, examples: ['00Q1'] },
    ]);
  });

  test('shows as many changes as were asked for and counts them all', async () => {
    const made = await plan(1);
    expect(made.changes).toHaveLength(1);
    expect(made.creates + made.updates).toBe(3);
  });

  test('that a connection stopped is not whole and has no hash', async () => {
    world.hubspot.boundary = (call) => {
      if (call.call === 'read') throw world.hubspot.stop('DAILY', 'the day is used up', { retryAfterMs: 1000 });
    };
    expect(await plan()).toMatchObject({ hash: null, problems: { hubspot: { code: 'DAILY' } } });
  });
});

describe('a sync held to a plan', () => {
  const hashOf = async () => {
    const { hash } = await plan();
    if (hash === null) throw new Error('no hash');
    return hash;
  };

  test('does exactly what the plan showed, deadlines included', async () => {
    const made = await plan();
    const { summary, held: left } = await carryOut(made.hash ?? '');
    expect(summary.status).toBe('done');
    expect(left).toEqual([]);
    for (const change of made.changes.filter(({ recordId }) => recordId !== null)) {
      const crm = change.connection === 'salesforce' ? world.salesforce : world.hubspot;
      const after = Object.fromEntries(Object.entries(change.fields).map(([field, value]) => [field, value.after]));
      expect(crm.fields(change.object, change.recordId ?? '')).toMatchObject(after);
    }
    expect(await plan()).toMatchObject({ creates: 0, updates: 0 });
  });

  test('refuses where something has changed, names records and fields, and writes nothing', async () => {
    const hash = await hashOf();
    world.salesforce.put('Lead', '00Q2', personInSalesforce('Bea', 'Kurz', 'bea@acme.de'));
    const error = await carryOut(hash).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PlanRefused);
    expect((error as PlanRefused).moved).toContainEqual(
      expect.objectContaining({ object: 'Lead', record: '00Q2', what: 'new' }),
    );
    expect(world.salesforce.written()).toEqual([]);
    expect(await store.db.selectFrom('leads').selectAll().execute()).toEqual([]);
  });

  test('leaves to the next run what came up after the plan was checked', async () => {
    const hash = await hashOf();
    let reads = 0;
    world.hubspot.boundary = (call, when) => {
      if (call.call !== 'read' || call.object !== 'contacts' || call.deleted || when !== 'before') return;
      reads += 1;
      // The second reading is the run's own.
      if (reads === 2)
        world.hubspot.put('contacts', '102', {
          ...personInHubSpot('Cleo', 'Lang', 'cleo@example.jp'),
          company: 'Nihon KK',
          country: 'Japan',
        });
    };
    const { held: left } = await carryOut(hash);
    expect(left).toContainEqual(expect.objectContaining({ connection: 'hubspot', record: '102' }));
    expect(world.hubspot.fields('contacts', '102').sluice_status).toBeUndefined();
    expect(world.hubspot.fields('contacts', '101').sluice_status).toBe('Offered');
    world.pass(1);
    await world.sync();
    expect(world.hubspot.fields('contacts', '102').sluice_status).toBe('Unroutable');
  });

  test('refuses what is no hash of a plan, and a plan of long ago', async () => {
    await expect(carryOut('nonsense')).rejects.toThrow('is not the hash of a plan');
    const hash = await hashOf();
    world.pass(25);
    await expect(carryOut(hash)).rejects.toThrow('too old');
  });
});

test('what has moved is told by record and field', () => {
  const row = (key: string, fields: [string, number][]) => ['crm', 'Lead', key, null, fields] as const;
  expect(
    compareDigests(
      [
        row('same', [['a', 1]]),
        row('gone', [['a', 1]]),
        row('other', [
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ]),
      ],
      [
        row('same', [['a', 1]]),
        row('new', [['a', 1]]),
        row('other', [
          ['a', 1],
          ['b', 9],
        ]),
      ],
    ),
  ).toEqual([
    { connection: 'crm', object: 'Lead', record: 'new', what: 'new', fields: ['a'] },
    { connection: 'crm', object: 'Lead', record: 'other', what: 'different', fields: ['b', 'c'] },
    { connection: 'crm', object: 'Lead', record: 'gone', what: 'gone', fields: ['a'] },
  ]);
});
