import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import Papa from 'papaparse';
import type { Store } from '../../src/store/database.ts';
import { type RecordError, report } from '../../src/store/errors.ts';
import { errorGroup, errorGroups, errorsAsCsv, resend } from '../../src/sync/error-centre.ts';
import { resendRejected } from '../../src/sync/outbox.ts';
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
});

const AT = '2026-03-02T08:00:00.000Z';
const error = (recordId: string, message: string, more: Partial<RecordError> = {}): RecordError => ({
  connection: 'salesforce',
  object: 'Lead',
  recordId,
  stage: 'write',
  code: 'SOME_CODE',
  message,
  ...more,
});

describe('errors', () => {
  test('of one cause are one group, whatever values, ids and numbers their messages quote', async () => {
    await report(
      store.db,
      [
        error('1', 'Anna "A" (anna@acme.de) is 12 too long, see 00Q000000000001AAA and ld_4xk2m9qa7b1c3d5e'),
        error('2', 'Anna "Bea" (bea@acme.com) is 7 too long, see 00Q000000000002 and ld_0000000000000000'),
        error('3', 'Anna is something else'),
      ],
      AT,
    );
    const groups = await errorGroups(store.db);
    expect(groups.map(({ records }) => records)).toEqual([2, 1]);
    expect(groups[0]).toMatchObject({ samples: ['1', '2'], times: 2, firstAt: AT, lastAt: AT, canResend: true });
    expect(groups[0]?.message).toContain('too long');
  });

  test.each<[string, Partial<RecordError>]>([
    ['connection', { connection: 'hubspot' }],
    ['object', { object: 'Contact' }],
    ['stage', { stage: 'map' }],
    ['code', { code: 'OTHER' }],
  ])('of another %s are another group', async (_what, other) => {
    await report(store.db, [error('1', 'No.'), error('2', 'No.', other)], AT);
    expect(await errorGroups(store.db)).toHaveLength(2);
  });

  test('come with what to do: by the code where it is known, else as it was reported', async () => {
    await report(
      store.db,
      [
        error('1', 'a', { code: 'DUPLICATES_DETECTED', hint: 'wait' }),
        error('2', 'b', { code: 'NOBODY_KNOWS', hint: 'wait' }),
      ],
      AT,
    );
    const hints = Object.fromEntries((await errorGroups(store.db)).map(({ code, hint }) => [code, hint]));
    expect(hints.NOBODY_KNOWS).toBe('wait');
    expect(hints.DUPLICATES_DETECTED).toContain('duplicate rule');
  });

  test('count how often and since when', async () => {
    await report(store.db, [error('1', 'No.')], AT);
    await report(store.db, [error('1', 'No.'), error('2', 'No.')], '2026-03-03T08:00:00.000Z');
    expect(await errorGroups(store.db)).toMatchObject([
      { records: 2, times: 3, firstAt: AT, lastAt: '2026-03-03T08:00:00.000Z' },
    ]);
  });

  test('are shown by group with their records, and an id that is none is nothing', async () => {
    await report(store.db, [error('1', 'No 1.', { fields: ['Title'] }), error('2', 'No 2.')], AT);
    const [group] = await errorGroups(store.db);
    const shown = await errorGroup(store.db, group?.id ?? '');
    expect(shown?.shown).toMatchObject([
      { recordId: '1', message: 'No 1.', fields: ['Title'] },
      { recordId: '2', message: 'No 2.' },
    ]);
    expect(await errorGroup(store.db, 'nothing')).toBeNull();
  });

  test('are exported with formulas neutralised', async () => {
    await report(store.db, [error('1', '=HYPERLINK("http://evil","x"), or so\nand on')], AT);
    let csv = '';
    for await (const part of errorsAsCsv(store.db)) csv += part;
    const [row] = Papa.parse<Record<string, string>>(csv, { header: true }).data;
    expect(row).toMatchObject({
      record: '1',
      code: 'SOME_CODE',
      message: '\'=HYPERLINK("http://evil","x"), or so\nand on',
    });
  });
});

describe('resending', () => {
  beforeEach(async () => {
    populate(world);
    world.salesforce.put('Lead', '00Q2', personInSalesforce('Bea', 'Kurz', 'bea@acme.de'));
    world.salesforce.ruling = (object, row) =>
      object === 'Lead'
        ? { status: 'reject', code: row.id === '00Q1' ? 'ONE' : 'TWO', message: 'A partner lead needs a region' }
        : null;
    await world.sync();
    world.salesforce.ruling = () => null;
  });
  const status = (id: string) => world.salesforce.fields('Lead', id).Sluice_Status__c;

  test('sends what is meant with the next run, and its error is closed then', async () => {
    expect(await resend(store.db, { code: 'ONE' }, AT)).toEqual({ errors: 1, writes: 1, lookedAt: 0, accepted: 0 });
    expect(await errorGroups(store.db)).toHaveLength(2);
    await world.sync();
    expect([status('00Q1'), status('00Q2')]).toEqual(['Offered', undefined]);
    expect((await errorGroups(store.db)).map(({ code }) => code)).toEqual(['TWO']);
  });

  test('can mean one cause, or all', async () => {
    const two = (await errorGroups(store.db)).find(({ code }) => code === 'TWO');
    await resend(store.db, { id: two?.id ?? '' }, AT);
    await world.sync();
    expect([status('00Q1'), status('00Q2')]).toEqual([undefined, 'Offered']);
    await resend(store.db, { all: true }, AT);
    await world.sync();
    expect(status('00Q1')).toBe('Offered');
    expect(await errorGroups(store.db)).toEqual([]);
  });

  test('of what nobody knows does nothing', async () => {
    expect(await resend(store.db, { code: 'NONE' }, AT)).toEqual({ errors: 0, writes: 0, lookedAt: 0, accepted: 0 });
  });

  test('until then a run says how many are still refused, not that both sides agree', async () => {
    world.salesforce.ruling = (object) => (object === 'Lead' ? { status: 'reject', code: 'ONE', message: 'no' } : null);
    const summary = await world.sync();
    expect(summary).toMatchObject({
      status: 'done with rejects',
      message: '2 records still rejected (see `sluice errors`)',
    });
  });
});

describe('resending what could not be read', () => {
  const bad = (recordId: string, more: Partial<RecordError>) =>
    report(store.db, [error(recordId, '"?" is no country', more)], AT);

  beforeEach(async () => {
    populate(world);
    await world.sync();
  });

  test.each(['map', 'read'] as const)(
    'maps the record again though it holds what it held, stage %s: what is well by now is closed',
    async (stage) => {
      await bad('00Q1', { stage, code: 'BAD_VALUE' });
      await world.sync();
      expect(await world.errors()).toHaveLength(1);
      expect(await resend(store.db, { code: 'BAD_VALUE' }, AT)).toMatchObject({ lookedAt: 1 });
      await world.sync();
      expect(await world.errors()).toEqual([]);
    },
  );

  test('leaves open what cannot be read still, counted once more', async () => {
    world.salesforce.put('Account', '001A', { Partner_Capacity__c: 'ten' });
    await world.sync();
    expect(await world.errors()).toMatchObject([{ record_id: '001A', stage: 'map', count: 1 }]);
    await resend(store.db, { all: true }, AT);
    await world.sync();
    expect(await world.errors()).toMatchObject([{ record_id: '001A', stage: 'map', count: 2 }]);
  });

  test('tells an answer again that named an offer nobody knew', async () => {
    const [offer = ''] = world.salesforce.records('Sluice_Offer__c').keys();
    const right = world.salesforce.fields('Sluice_Offer__c', offer).Sluice_Id__c ?? '';
    await store.db.updateTable('offers').set({ id: 'of_away' }).execute();
    world.salesforce.put('Sluice_Offer__c', offer, { Response__c: 'Accepted' });
    await world.sync();
    expect(await world.errors()).toMatchObject([{ record_id: offer, code: 'UNKNOWN_OFFER' }]);
    await store.db
      .updateTable('offers')
      .set({ id: String(right) })
      .execute();
    await resend(store.db, { code: 'UNKNOWN_OFFER' }, AT);
    await world.sync();
    expect(await world.errors()).toEqual([]);
    expect((await world.lead('anna@acme.de')).state).toBe('Accepted');
  });
});

describe('a refused write that is sent again', () => {
  test.each([true, false])('and whose answer is lost leaves no error behind (it arrived: %s)', async (written) => {
    populate(world);
    const refused = { status: 'reject', code: 'SOME_RULE', message: 'No.' } as const;
    world.salesforce.ruling = (object) => (object === 'Sluice_Offer__c' ? refused : null);
    await world.sync();
    expect(await errorGroups(store.db)).toMatchObject([{ code: 'SOME_RULE' }]);
    await resendRejected(store.db);
    let isLost = false;
    world.salesforce.ruling = (object) => {
      if (object !== 'Sluice_Offer__c' || isLost) return null;
      isLost = true;
      return { status: 'unknown', written };
    };
    await world.sync();
    await world.sync();
    expect(isLost).toBe(true);
    expect(world.salesforce.records('Sluice_Offer__c').size).toBe(1);
    expect(await errorGroups(store.db)).toEqual([]);
  });
});
