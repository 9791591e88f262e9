import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { EXIT } from '../../src/cli/context.ts';
import { summaryText } from '../../src/cli/sync.ts';
import { verificationText, verify as verifyCommand } from '../../src/cli/verify.ts';
import type { Store } from '../../src/store/database.ts';
import { report } from '../../src/store/errors.ts';
import { openMatters } from '../../src/sync/open-matters.ts';
import { type Verification, verify } from '../../src/sync/verify.ts';
import { testStore } from '../support/store.ts';
import { populate, World } from './world.ts';

const AT = '2026-03-02T08:00:00.000Z';

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store);
  populate(world);
  await world.sync();
});

const error = (stage: 'read' | 'value' | 'schema', code: string, object = 'Lead', recordId = '') =>
  report(store.db, [{ connection: 'salesforce', object, recordId, stage, code, message: 'so it is' }], AT);

/** What each kind of open matter looks like in the database, with the words and the command that a person is told. */
const MATTERS: readonly [words: string, see: string, make: () => Promise<unknown>][] = [
  [
    '1 question waits for a person',
    'sluice review list',
    () =>
      sql`insert into reviews (id, kind, subject, why, created_at)
        values ('rv_1', 'identity', '{"object": "Lead"}', 'who?', ${AT})`.execute(store.db),
  ],
  [
    '1 field contested, because the CRM keeps changing it',
    'sluice errors',
    () =>
      sql`insert into contests (connection, object, record_id, field, ours, theirs, last_at, contested_at)
        values ('salesforce', 'Lead', '00Q1', 'Sluice_Grade__c', '"A"', '"A"', ${AT}, ${AT})`.execute(store.db),
  ],
  [
    '1 value held, because its list lacks it',
    'sluice errors',
    () => error('value', 'VALUE_NOT_IN_LIST:Title', 'Lead', '00Q7'),
  ],
  [
    '1 object of which very many records are missing at once',
    'sluice errors',
    () => error('read', 'MANY_GONE', 'Contact'),
  ],
];

describe('a run that leaves something open', () => {
  test.each(MATTERS)('does not say that both sides agree: %s', async (words, see, make) => {
    await make();
    const summary = await world.sync();
    expect(summary.status).toBe('done');
    expect(summary.message).toBe(`${words} (see \`${see}\`)`);
    expect(summaryText(summary)).toContain(`${summary.id}: done, ${words}`);
  });

  test('names a field that is paused, and where that is told of', async () => {
    world.salesforce.describe('Lead', (field) =>
      field.name === 'Sluice_Grade__c' ? { ...field, writable: false } : field,
    );
    expect((await world.sync()).message).toBe(
      '1 field paused, because the CRM changed it (see `sluice errors`); paused: salesforce Sluice_Grade__c',
    );
  });

  test('names events that came while it was at work and that nobody has read', async () => {
    world.salesforce.boundary = async ({ call, object }, when) => {
      if (call !== 'read' || object !== 'Lead' || when !== 'after') return;
      await sql`insert into hints (connection, object, record_id, what, at)
        values ('elsewhere', 'Lead', '00Q1', 'changed', ${AT}) on conflict do nothing`.execute(store.db);
    };
    expect((await world.sync()).message).toBe('1 event of a CRM waits to be read (see `sluice sync`)');
  });

  test('names a write that waits', async () => {
    world.salesforce.ruling = (object) =>
      object === 'Lead' ? { status: 'retry', code: 'BUSY', message: 'busy', afterMs: 3_600_000 } : null;
    world.salesforce.put('Lead', '00Q1', { Sluice_Status__c: 'Nonsense' });
    expect((await world.sync()).message).toBe('1 write waits for the next run (see `sluice plan`)');
  });

  test('names all of it, several as several, each command once', async () => {
    for (const [, , make] of MATTERS) await make();
    await error('value', 'VALUE_NOT_IN_LIST:Title', 'Lead', '00Q8');
    const { message } = await world.sync();
    expect(message).toContain('2 values held, because their lists lack them, 1 field contested');
    expect(message).toMatch(/\(see `sluice errors`, `sluice review list`\)$/);
  });
});

describe('verifying', () => {
  async function verified(only?: string): Promise<Verification> {
    const lease = await world.lease();
    try {
      return await verify(await world.environment(), store, lease, { show: 10, ...(only ? { only } : {}) });
    } finally {
      await lease.release();
    }
  }

  test.each(MATTERS)('does not find both sides in agreement while %s', async (words, see, make) => {
    await world.sync();
    await make();
    const found = await verified();
    expect(found.agree).toBe(false);
    const text = verificationText(found);
    expect(text).not.toContain('Both sides agree');
    expect(text).toContain(`Left open: ${words} (see \`${see}\`).`);
    const io = { out: () => undefined, err: () => undefined, tty: false };
    const app = { verify: async () => found, clock: { now: () => world.now } } as never;
    expect(await verifyCommand(app, io, {}, [])).toBe(EXIT.rejected);
  });

  test('of one object is not held up by what is open of another', async () => {
    await world.sync();
    await error('read', 'MANY_GONE', 'Contact');
    expect((await verified('Lead')).agree).toBe(true);
    expect(await openMatters(store.db, 'Contact')).toEqual([{ what: 'manyGone', count: 1, see: 'sluice errors' }]);
  });

  test('says so where nothing is open and nothing differs', async () => {
    await world.sync();
    expect(verificationText(await verified())).toMatch(/^Both sides agree: \d+ records were read and hold what/);
  });
});
