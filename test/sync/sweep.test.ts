import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Store } from '../../src/store/database.ts';
import type { SweepSettings } from '../../src/sync/sweep.ts';
import { testStore } from '../support/store.ts';
import { personInHubSpot, personInSalesforce, populate, World } from './world.ts';

const HOUR = 3_600_000;
const DAILY: SweepSettings = { everyMs: 24 * HOUR, calculatedEveryMs: 6 * HOUR, pagesARun: 100 };

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store);
  populate(world);
  await world.sync({ sweep: DAILY });
});

const sync = (more: Partial<SweepSettings> = {}) => world.sync({ sweep: { ...DAILY, ...more } });
const sweepCalls = (object: string, from = 0) =>
  world.hubspot.calls.slice(from).filter((call) => call.call === 'sweep' && call.object === object).length;

async function deleted(id: string): Promise<boolean | undefined> {
  const row = await store.db.selectFrom('records').select('deleted').where('id', '=', id).executeTakeFirst();
  return row?.deleted;
}

describe('the schedule', () => {
  test('a first run sweeps nothing: it has read every record there is', () => {
    expect(sweepCalls('contacts')).toBe(0);
  });

  test('an object is swept once its time has come, and then not before the next time', async () => {
    world.pass(23);
    await sync();
    expect(sweepCalls('contacts')).toBe(0);
    world.pass(2);
    await sync();
    await sync();
    expect(sweepCalls('contacts')).toBe(1);
    world.pass(25);
    await sync();
    expect(sweepCalls('contacts')).toBe(2);
  });

  test('a run reads no more pages than its share; the next one goes on where it stopped', async () => {
    for (let n = 10; n < 15; n++)
      world.hubspot.put('contacts', `2${n}`, personInHubSpot(`P${n}`, 'X', `p${n}@acme.de`));
    world.pass(25);
    world.hubspot.pageSize = 2;
    const pages: number[] = [];
    for (let run = 0; run < 4; run++) pages.push((await sync({ pagesARun: 2 })).connections.hubspot?.swept ?? 0);
    // Six contacts, and the objects of which there is none: a page each.
    const objects = (await world.environment()).connections[1]?.streams.filter((stream) => !stream.spec.deleted) ?? [];
    expect(pages.reduce((sum, each) => sum + each, 0)).toBe(3 + objects.length - 1);
    expect(Math.max(...pages)).toBe(2);
  });

  test('an object with mapped fields that the CRM computes is swept more often', async () => {
    const fields = world.hubspot.descriptions.get('contacts')?.fields ?? [];
    world.hubspot.describe('contacts', (field) => ({ ...field, calculated: field.name === 'numemployees' }));
    await store.db.deleteFrom('sweeps').execute();
    await sync();
    world.pass(7);
    const from = world.hubspot.calls.length;
    await sync();
    expect(fields.length).toBeGreaterThan(0);
    expect(sweepCalls('contacts', from)).toBe(1);
    expect(sweepCalls('companies', from)).toBe(0);
  });

  test('a page that cannot tell all that happened lets its object be swept to the end in the same run', async () => {
    world.salesforce.incomplete.add('Lead');
    world.salesforce.purge('Lead', '00Q1');
    world.salesforce.pageSize = 1;
    await sync({ pagesARun: 0 });
    expect(await deleted('00Q1')).toBe(true);
  });
});

describe('what a sweep finds', () => {
  beforeEach(() => world.pass(25));

  test('a change that the stream of changes never showed', async () => {
    world.hubspot.lagMs = 1_000 * HOUR;
    world.hubspot.put('contacts', '101', { jobtitle: 'CTO' });
    expect((await sync({ pagesARun: 0 })).connections.hubspot).toMatchObject({ changed: 0 });
    expect((await sync()).connections.hubspot).toMatchObject({ changed: 1 });
  });

  test('a record that the stream of changes never showed', async () => {
    world.hubspot.lagMs = 1_000 * HOUR;
    world.hubspot.put('contacts', '102', personInHubSpot('Bea', 'Brandt', 'bea@acme.de'));
    await sync();
    expect((await world.lead('bea@acme.de')).state).toBe('Offered');
  });

  test('a value that the CRM computed anew, which moves no stamp', async () => {
    world.salesforce.recompute('Lead', '00Q1', { Title: 'computed' });
    const summary = await sync();
    expect(summary.connections.salesforce).toMatchObject({ changed: 1 });
  });

  test('a record that was erased without a trace: nothing more is written to it', async () => {
    world.salesforce.purge('Lead', '00Q1');
    await sync();
    expect(await deleted('00Q1')).toBe(true);
    expect(await world.writesOf(() => sync())).toEqual({ salesforce: 0, hubspot: 0 });
    world.hubspot.put('contacts', '101', { country: 'France' });
    expect(await world.writesOf(() => sync())).toMatchObject({ salesforce: expect.any(Number) });
    expect(await world.errors()).toEqual([]);
  });

  test('a record that is merely younger than the page is not taken for gone', async () => {
    let made = false;
    world.hubspot.boundary = ({ call, object }, when) => {
      if (call !== 'sweep' || object !== 'contacts' || when !== 'after' || made) return;
      made = true;
      world.hubspot.put('contacts', '102', personInHubSpot('Bea', 'Brandt', 'bea@acme.de'));
    };
    await sync();
    await sync();
    expect(made).toBe(true);
    expect(await deleted('102')).toBe(false);
  });

  test('a record that a page left out though it is there is asked for by id, and stays', async () => {
    world.hubspot.hideFromSweeps.add('101');
    await sync();
    expect(await deleted('101')).toBe(false);
    expect(world.hubspot.calls.some((call) => call.call === 'readByIds')).toBe(true);
  });

  test('nothing, where nothing happened: no write, no event', async () => {
    const before = await store.db.selectFrom('events').select('id').execute();
    expect(await world.writesOf(() => sync())).toEqual({ salesforce: 0, hubspot: 0 });
    expect(await store.db.selectFrom('events').select('id').execute()).toEqual(before);
  });
});

describe('ids of different lengths', () => {
  test('are compared as the CRM counts them: no record of another page is taken for gone', async () => {
    for (const id of ['9', '10', '99', '100', '1000'])
      world.hubspot.put('contacts', id, personInHubSpot(`P${id}`, 'X', `p${id}@acme.de`));
    world.hubspot.pageSize = 2;
    await sync();
    world.hubspot.purge('contacts', '99');
    world.pass(25);
    await sync();
    const rows = await store.db
      .selectFrom('records')
      .select('id')
      .where('object', '=', 'contacts')
      .where('deleted', '=', true)
      .execute();
    expect(rows).toEqual([{ id: '99' }]);
  });
});

describe('a great many records that are missing at once', () => {
  beforeEach(async () => {
    for (let n = 100; n < 250; n++)
      world.salesforce.put('Contact', `003${n}`, {
        ...personInSalesforce(`P${n}`, 'X', null),
        Marketing_Stage__c: null,
      });
    await sync();
    world.pass(25);
    for (let n = 100; n < 250; n++) world.salesforce.purge('Contact', `003${n}`);
    await sync();
  });

  test('are not taken for deleted, and the error centre says why', async () => {
    expect(await deleted('003100')).toBe(false);
    expect(await world.errors()).toEqual([
      expect.objectContaining({ object: 'Contact', code: 'MANY_GONE', stage: 'read' }),
    ]);
  });

  test('until somebody asks for a complete look', async () => {
    await world.sync({ full: true });
    expect(await deleted('003100')).toBe(true);
    expect(await world.errors()).toEqual([]);
  });
});

describe('many records that are missing, but few on each page', () => {
  beforeEach(async () => {
    world.salesforce.pageSize = 10;
    for (let n = 100; n < 500; n++)
      world.salesforce.put('Contact', `003${n}`, {
        ...personInSalesforce(`P${n}`, 'X', null),
        Marketing_Stage__c: null,
      });
    await sync();
    world.pass(25);
  });
  const purge = (which: (n: number) => boolean) => {
    for (let n = 100; n < 500; n++) if (which(n)) world.salesforce.purge('Contact', `003${n}`);
  };
  const taken = async () => {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from records
      where object = 'Contact' and deleted`.execute(store.db);
    return rows[0]?.count;
  };

  test('are counted over the whole sweep: a third of all is too many, and none is taken for deleted', async () => {
    purge((n) => n % 3 === 0);
    await sync();
    expect(await taken()).toBe(0);
    expect(await world.errors()).toMatchObject([
      { code: 'MANY_GONE', message: expect.stringContaining('of the 400 ') },
    ]);
  });

  test('are counted over the whole sweep also where several runs share it', async () => {
    purge((n) => n % 3 === 0);
    for (let run = 0; run < 10; run++) await sync({ pagesARun: 20 });
    expect(await taken()).toBe(0);
    expect(await world.errors()).toMatchObject([{ code: 'MANY_GONE' }]);
  });

  test('are deleted where they are few of all, however near to each other they stood', async () => {
    purge((n) => n < 170);
    await sync();
    expect(await taken()).toBe(70);
    expect(await world.errors()).toEqual([]);
  });

  test('are deleted by whoever asks for a complete look, and the warning ends', async () => {
    purge((n) => n % 3 === 0);
    await sync();
    await world.sync({ full: true });
    expect(await taken()).toBe(133);
    expect(await world.errors()).toEqual([]);
  });

  test('no longer warn of it once they are there again', async () => {
    purge((n) => n % 3 === 0);
    await sync();
    for (let n = 102; n < 500; n += 3) world.salesforce.put('Contact', `003${n}`, { LastName: 'Y' });
    world.pass(25);
    await sync();
    expect(await world.errors()).toEqual([]);
    expect(await taken()).toBe(0);
  });
});

describe('a process that ends in the middle of a sweep', () => {
  test('leaves it to the next one, which goes on at the page that was not applied', async () => {
    for (let n = 10; n < 14; n++)
      world.hubspot.put('contacts', `2${n}`, personInHubSpot(`P${n}`, 'X', `p${n}@acme.de`));
    await sync();
    world.pass(25);
    world.hubspot.pageSize = 1;
    world.hubspot.purge('contacts', '213');
    let calls = 0;
    world.hubspot.boundary = ({ call, object }, when) => {
      if (call === 'sweep' && object === 'contacts' && when === 'before' && ++calls === 3) throw new Error('killed');
    };
    await expect(sync()).rejects.toThrow('killed');
    world.hubspot.boundary = () => undefined;
    const from = world.hubspot.calls.length;
    await sync();
    expect(sweepCalls('contacts', from)).toBeLessThan(5);
    expect(await deleted('213')).toBe(true);
  });
});

describe('an object whose list of deletions only names records', () => {
  beforeEach(async () => {
    world.salesforce.listsDeleted = new Set(['Lead']);
    world.salesforce.named.set('Lead', []);
    await world.sync();
  });
  const named = (...ids: string[]) => world.salesforce.named.set('Lead', ids);
  const asked = (from: number) => world.salesforce.calls.slice(from).filter(({ call }) => call === 'readByIds').length;

  test('is asked what became of them: one that is not even in the bin is deleted and erased at once, without a complete pass', async () => {
    world.salesforce.purge('Lead', '00Q1');
    named('00Q1');
    await world.sync();
    expect(await deleted('00Q1')).toBe(true);
    const { rows } = await sql<{ fields: object }>`select fields from records where id = '00Q1'`.execute(store.db);
    expect(rows[0]?.fields).toEqual({});
  });

  test('costs nothing more for what the stream of changes tells of too, and for what was never read', async () => {
    world.salesforce.delete('Lead', '00Q1');
    named('00Q1', '00Q999');
    const from = world.salesforce.calls.length;
    await world.sync();
    expect(await deleted('00Q1')).toBe(true);
    expect(asked(from)).toBe(0);
  });

  test('one that no list named is asked for once the CRM refuses a write because of it', async () => {
    world.salesforce.purge('Lead', '00Q1');
    // An offer that nobody answers ends, which the Lead is to show.
    world.pass(24 * 7);
    await world.sync();
    expect(await deleted('00Q1')).toBe(false);
    await world.sync();
    expect(await deleted('00Q1')).toBe(true);
  });

  test('one that was restored meanwhile lives on', async () => {
    named('00Q1');
    const from = world.salesforce.calls.length;
    await world.sync();
    expect(await deleted('00Q1')).toBe(false);
    expect(asked(from)).toBe(1);
  });

  test('is not moved past while its CRM stopped before all was read: a Bulk job that goes on still shows what is gone by now', async () => {
    const places = async () => {
      const { rows } = await sql<{ cursor: object }>`
        select cursor from streams where connection = 'salesforce' and object like 'Lead%' order by object`.execute(
        store.db,
      );
      return rows.map(({ cursor }) => JSON.stringify(cursor));
    };
    const [changes, list] = await places();
    world.salesforce.pageSize = 1;
    for (const id of ['00Q7', '00Q8', '00Q9'])
      world.salesforce.put('Lead', id, personInSalesforce(id, 'X', `${id}@acme.de`));
    // Moves the place of the list.
    world.salesforce.delete('Lead', '00Q9');
    named('00Q9');
    let pages = 0;
    world.salesforce.boundary = ({ call, object, deleted: ofDeleted }, when) => {
      if (call === 'read' && object === 'Lead' && !ofDeleted && when === 'before' && ++pages > 1)
        throw world.salesforce.stop('API_BUDGET', 'the share of the day is used up');
    };
    await world.sync();
    const stopped = await places();
    expect(stopped[0]).not.toBe(changes);
    expect(stopped[1]).toBe(list);
    world.salesforce.boundary = () => undefined;
    await world.sync();
    expect((await places())[1]).not.toBe(list);
  });

  test('a run that is killed after the page was read asks all the same', async () => {
    world.salesforce.purge('Lead', '00Q1');
    named('00Q1');
    world.salesforce.boundary = ({ call }, when) => {
      if (call === 'readByIds' && when === 'before') throw new Error('killed');
    };
    await expect(world.sync()).rejects.toThrow('killed');
    world.salesforce.boundary = () => undefined;
    // The list starts after what it told.
    named();
    await world.sync();
    expect(await deleted('00Q1')).toBe(true);
  });
});

describe('an object whose deletes are listed apart', () => {
  beforeEach(() => {
    world.salesforce.listsDeleted = new Set(['CampaignMember']);
    world.salesforce.put('Campaign', '7011', { Name: 'Fair' });
    world.salesforce.put('CampaignMember', '00v1', {
      CampaignId: '7011',
      LeadId: '00Q1',
      HasResponded: true,
      FirstRespondedDate: '2026-02-01',
    });
  });
  const touches = () => store.db.selectFrom('touches').select('id').execute();

  test('is asked for them where something hangs on each record: a response that is gone is no touch any more', async () => {
    await world.sync();
    expect(await touches()).toHaveLength(1);
    world.salesforce.delete('CampaignMember', '00v1');
    await world.sync();
    expect(await touches()).toEqual([]);
  });

  test('costs one read a run more, which counts among those that must be', async () => {
    await world.sync();
    await world.sync();
    const from = world.salesforce.calls.length;
    const summary = await world.sync();
    const reads = world.salesforce.calls.slice(from).filter((call) => call.object === 'CampaignMember');
    expect(reads.map(({ call, deleted }) => [call, deleted ?? false])).toEqual([
      ['read', false],
      ['read', true],
    ]);
    const calls = world.salesforce.calls.length - from;
    expect(calls).toBe(summary.connections.salesforce?.floor);
  });
});
