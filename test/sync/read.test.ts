import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { iso } from '../../src/model/clock.ts';
import type { Store } from '../../src/store/database.ts';
import { applyPages } from '../../src/sync/apply.ts';
import { testStore } from '../support/store.ts';
import { personInSalesforce, populate, World } from './world.ts';

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

describe('the first run', () => {
  test('makes one lead of the records of one person, offers it and writes that to both CRMs', async () => {
    const summary = await world.sync();
    expect(summary).toMatchObject({ status: 'done', offers: 1, message: 'both sides agree' });
    const lead = await world.lead('anna@acme.de');
    expect(lead.state).toBe('Offered');
    expect(world.salesforce.fields('Lead', '00Q1')).toMatchObject({
      Sluice_Lead__c: lead.id,
      Sluice_Status__c: 'Offered',
      Sluice_Partner__c: '001A',
    });
    expect(world.hubspot.fields('contacts', '101')).toMatchObject({
      sluice_lead: lead.id,
      sluice_status: 'Offered',
      sluice_partner: 'Alder',
      sluice_offer_id: lead.offer_id,
    });
    const [offer] = [...world.salesforce.records('Sluice_Offer__c').values()];
    expect(offer).toMatchObject({
      Sluice_Id__c: lead.offer_id,
      Lead__c: '00Q1',
      Partner__c: '001A',
      Status__c: 'Open',
    });
  });

  test('leaves the outbox empty', async () => {
    await world.sync();
    expect(await world.outbox()).toEqual([]);
  });

  test('brings every record, however small the pages', async () => {
    for (let n = 0; n < 7; n++)
      world.salesforce.put('Lead', `00Q9${n}`, personInSalesforce(`P${n}`, 'X', `p${n}@acme.de`));
    world.salesforce.pageSize = 2;
    expect((await world.sync()).connections.salesforce).toMatchObject({ changed: 11 });
    expect(await store.db.selectFrom('leads').select('id').execute()).toHaveLength(8);
  });

  test('records of one instant that fall on two pages are neither lost nor read for ever', async () => {
    const { now } = world;
    for (let n = 0; n < 5; n++) {
      world.now = now;
      world.salesforce.put('Lead', `00Q9${n}`, personInSalesforce(`P${n}`, 'X', `p${n}@acme.de`));
    }
    world.salesforce.pageSize = 2;
    await world.sync();
    expect(await store.db.selectFrom('leads').select('id').execute()).toHaveLength(6);
  });
});

describe('what is no change', () => {
  beforeEach(() => world.sync());

  test('our own write that comes back', async () => {
    // The run itself has read it back already; here it is read a second time, from the beginning.
    const summary = await world.sync({ full: true });
    expect(summary.connections).toMatchObject({ salesforce: { changed: 0 }, hubspot: { changed: 0 } });
  });

  test('rows that an inclusive cursor brings once more', async () => {
    const summary = await world.sync();
    expect(summary.connections.salesforce?.read).toBeGreaterThan(0);
    expect(summary.connections).toMatchObject({ salesforce: { changed: 0 }, hubspot: { changed: 0 } });
  });

  test('and of no change nothing is written, nor kept', async () => {
    const before = await store.db.selectFrom('events').select('id').execute();
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
    expect(await store.db.selectFrom('events').select('id').execute()).toEqual(before);
  });

  test('a save in the CRM that changes no mapped field', async () => {
    world.salesforce.put('Lead', '00Q1', { Description: 'called her' });
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
  });

  test('the same value in another form', async () => {
    world.salesforce.put('Lead', '00Q1', { Title: ' Head of IT ', NumberOfEmployees: '300', HasOptedOutOfEmail: null });
    expect((await world.sync()).connections.salesforce).toMatchObject({ changed: 0 });
  });
});

describe('pages that come late', () => {
  /** A page with Anna's Lead as `fields` say, last modified at `modifiedAt`, asked for at `requestedAt`. */
  async function late(fields: Record<string, string>, modifiedAt: number, requestedAt: number): Promise<number> {
    const env = await world.environment();
    const [connection] = env.connections;
    const stream = connection?.streams.find((each) => each.spec.object === 'Lead');
    if (!connection || !stream) throw new Error('there is no stream of Leads');
    const now = world.salesforce.record('Lead', '00Q1', stream.spec.fields);
    const record = { ...now, fields: { ...now.fields, ...fields }, modifiedAt: new Date(modifiedAt).toISOString() };
    const page = {
      records: [record],
      cursor: { since: 0 },
      done: true,
      requestedAt: new Date(requestedAt).toISOString(),
      pageSize: 1,
    };
    const lease = await world.lease();
    const [applied] = await applyPages(env, [{ connection, stream, page, from: null, movesCursor: false }], lease);
    await lease.release();
    return applied?.changed ?? 0;
  }

  test('a row older than the shadow is dropped', async () => {
    await world.sync();
    world.salesforce.put('Lead', '00Q1', { Title: 'CIO' });
    await world.sync();
    const before = await store.db.selectFrom('people').selectAll().execute();
    const beforeThat = Date.parse('2026-03-02T07:59:00.000Z');
    expect(await late({ Title: 'Head of IT' }, beforeThat, world.tick())).toBe(0);
    expect(await store.db.selectFrom('people').selectAll().execute()).toEqual(before);
  });

  test('a page that was asked for before our write does not revert it', async () => {
    const asked = world.tick();
    await world.sync();
    const written = world.salesforce.fields('Lead', '00Q1');
    expect(await late({ Sluice_Status__c: 'New', Sluice_Grade__c: 'D' }, world.tick(), asked)).toBe(0);
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
    expect(world.salesforce.fields('Lead', '00Q1')).toEqual(written);
  });

  test.each([
    ['right after our write: an index that lags', '2026-03-02T07:59:00.123Z', 5_000, 0],
    ['minutes after it: the write is gone', '2026-03-02T07:59:00.123Z', 120_000, 1],
    [
      'right after it, by a stamp of whole seconds: perhaps an edit in that second',
      '2026-03-02T07:59:00.000Z',
      5_000,
      1,
    ],
  ])('the version that we wrote over, shown %s', async (_what, stamp, laterMs, changed) => {
    await world.sync();
    const pushedAt = iso(world.tick());
    const known = { modified_at: stamp, pushed_at: pushedAt };
    await store.db.updateTable('records').set(known).where('id', '=', '00Q1').execute();
    const asked = Date.parse(pushedAt) + laterMs;
    expect(await late({ Sluice_Grade__c: 'D' }, Date.parse(stamp), asked)).toBe(changed);
  });

  test('a page that was asked for in the millisecond of our confirmation comes after the write: what it shows is an edit', async () => {
    await world.sync();
    const confirmedAt = world.tick();
    await store.db
      .updateTable('records')
      .set({ pushed_at: iso(confirmedAt) })
      .where('id', '=', '00Q1')
      .execute();
    expect(await late({ Sluice_Grade__c: 'D' }, world.tick(), confirmedAt)).toBe(1);
  });

  test('what such a page tells of fields that are not ours counts all the same', async () => {
    const asked = world.tick();
    await world.sync();
    expect(await late({ Title: 'Managing Director', Sluice_Status__c: 'New' }, world.tick(), asked)).toBe(1);
    const [person] = await store.db.selectFrom('people').selectAll().execute();
    expect(person?.facts).toMatchObject({ title: 'Managing Director' });
  });
});

describe('edits of fields that Sluice owns', () => {
  beforeEach(() => world.sync());

  test.each([
    ['another value', { Sluice_Status__c: 'Won', Sluice_Grade__c: 'D' }],
    ['nothing', { Sluice_Status__c: null, Sluice_Score__c: null }],
  ])('are set back, also to %s', async (_what, edit) => {
    const before = world.salesforce.fields('Lead', '00Q1');
    world.salesforce.put('Lead', '00Q1', edit);
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1')).toEqual(before);
    expect((await world.lead('anna@acme.de')).state).toBe('Offered');
  });

  test('on the offer are set back too', async () => {
    const [id = '', before] = [...world.salesforce.records('Sluice_Offer__c')][0] ?? [];
    world.salesforce.put('Sluice_Offer__c', id, { Status__c: 'Accepted', Partner__c: '001B' });
    await world.sync();
    expect(world.salesforce.fields('Sluice_Offer__c', id)).toEqual(before);
  });

  test('in the other CRM are set back there alone', async () => {
    world.hubspot.put('contacts', '101', { sluice_partner: 'Birch' });
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 1 });
    expect(world.hubspot.fields('contacts', '101').sluice_partner).toBe('Alder');
  });
});

describe('deleted records', () => {
  beforeEach(() => world.sync());

  test('are no longer written to, the other records of the person are', async () => {
    world.salesforce.delete('Lead', '00Q1');
    world.hubspot.put('contacts', '101', { jobtitle: 'Clerk' });
    const written = await world.writesOf(() => world.sync());
    expect(written.hubspot).toBe(1);
    const from = world.salesforce.written().filter((row) => row.id === '00Q1').length;
    await world.sync();
    expect(world.salesforce.written().filter((row) => row.id === '00Q1')).toHaveLength(from);
  });

  test('of a CRM that lists them apart are noticed as well', async () => {
    world.hubspot.delete('contacts', '101');
    await world.sync();
    const links = await store.db
      .selectFrom('links')
      .select(['record_id', 'retired'])
      .where('entity', '=', 'person')
      .orderBy('record_id')
      .execute();
    expect(links).toEqual([
      { record_id: '00Q1', retired: false },
      { record_id: '101', retired: true },
    ]);
  });

  test('that come back are written to again', async () => {
    world.hubspot.delete('contacts', '101');
    await world.sync();
    world.hubspot.put('contacts', '101', { sluice_status: null });
    await world.sync();
    expect(world.hubspot.fields('contacts', '101').sluice_status).toBe('Offered');
  });

  test('that Sluice never saw tell nothing', async () => {
    world.salesforce.put('Lead', '00Q8', personInSalesforce('Never', 'Seen', 'never@acme.de'));
    world.salesforce.delete('Lead', '00Q8');
    await world.sync();
    expect(await store.db.selectFrom('people').select('id').execute()).toHaveLength(1);
  });

  test('of an offer: the run ends well and nothing is left to be written', async () => {
    const [id = ''] = [...world.salesforce.records('Sluice_Offer__c').keys()];
    world.salesforce.delete('Sluice_Offer__c', id);
    await world.sync();
    expect((await world.sync()).status).toBe('done');
    expect(await world.outbox()).toEqual([]);
  });
});

describe('what a record says', () => {
  test('may hold characters that no database keeps: they are dropped, and its page goes on', async () => {
    world.salesforce.put('Lead', '00Q7', personInSalesforce('A\u0000b', 'Odd\ud800', 'odd@acme.de'));
    expect((await world.sync()).status).toBe('done');
    expect((await world.lead('odd@acme.de')).state).toBe('Offered');
  });

  test('may find a partner for a lead that had none: it is routed again', async () => {
    world.salesforce.put('Lead', '00Q7', { ...personInSalesforce('Ida', 'Silva', 'ida@acme.br'), Country: 'Brazil' });
    await world.sync();
    expect((await world.lead('ida@acme.br')).state).toBe('Unroutable');
    world.salesforce.put('Lead', '00Q7', { Country: 'Germany' });
    await world.sync();
    expect((await world.lead('ida@acme.br')).state).toBe('Offered');
  });
});
