import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Connector, CrmRecord, Cursor, Page } from '../../connectors/connector.ts';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { CHANGES_ALONE, type Played, play, type Sabotage } from './play.ts';

/** A schedule that ends well where nothing is broken: simulation.test.ts plays it, too. */
const SEED = 5;
/** One in which nothing but its changes is read of a Lead, before the end. */
const PLAIN_SEED = 17;
/** One in which records that Sluice knows are erased in Salesforce, no event tells of them, and nothing is written to them. */
const ERASING_SEED = 33;

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

const playBroken = (sabotage: Sabotage, seed = SEED): Promise<Played> => play(store, seed, sabotage);

/** A connector that is broken in one method. */
const brokenIn =
  (crm: string, broken: (connector: Connector) => Partial<Connector>): NonNullable<Sabotage['connector']> =>
  (name, connector) =>
    name === crm ? { ...connector, ...broken(connector) } : connector;

describe('the judge of a simulation', () => {
  test('notices writes that are confirmed and never made', async () => {
    let victim: string | null = null;
    const { divergences } = await playBroken({
      connector: brokenIn('hubspot', (connector) => ({
        async write(object, rows, onBatch) {
          victim ??= rows.find(({ id }) => id !== undefined)?.id ?? null;
          const dropped = rows.flatMap(({ key, id }) =>
            id !== undefined && id === victim ? [{ status: 'ok', key, id, created: false } as const] : [],
          );
          const rest = rows.filter(({ id }) => id === undefined || id !== victim);
          return [...dropped, ...(rest.length === 0 ? [] : await connector.write(object, rest, onBatch))];
        },
      })),
    });
    expect(victim).not.toBeNull();
    expect(divergences.join('\n')).toContain(String(victim));
  });

  test('notices a record that was made twice', async () => {
    let doubled = 0;
    const { divergences } = await playBroken({
      connector: brokenIn('salesforce', (connector) => ({
        async write(object, rows, onBatch) {
          const made = rows.find(({ id }) => id === undefined);
          const outcomes = await connector.write(object, rows, onBatch);
          if (made === undefined || doubled > 0) return outcomes;
          doubled += 1;
          const { Sluice_Id__c: _key, ...fields } = made.fields;
          expect(await connector.write(object, [{ key: 'again', fields }])).toMatchObject([{ status: 'ok' }]);
          return outcomes;
        },
      })),
    });
    expect(doubled).toBe(1);
    expect(divergences).not.toEqual([]);
  });

  test('notices a row that the cursor passed over', async () => {
    let skipped: string | null = null;
    const without = (page: Page): Page => {
      skipped ??= page.records.find((record: CrmRecord) => record.object === 'contacts')?.id ?? null;
      return { ...page, records: page.records.filter(({ id }) => id !== skipped) };
    };
    const { divergences } = await playBroken({
      connector: brokenIn('hubspot', (connector) => ({
        read: async (spec, cursor) => without(await connector.read(spec, cursor)),
        // The complete pass would find it otherwise.
        async sweep(spec, cursor) {
          const swept = await connector.sweep(spec, cursor);
          return { ...swept, records: swept.records.filter(({ id }) => id !== skipped) };
        },
        readByIds: async (spec, ids) => (await connector.readByIds(spec, ids)).filter(({ id }) => id !== skipped),
      })),
    });
    expect(skipped).not.toBeNull();
    expect(divergences.join('\n')).toContain(String(skipped));
  });

  test('notices rows that reading the changes lost at a tie, though the complete pass heals it', async () => {
    const lost = new Set<string>();
    // The classic mistake: the next page starts after the stamp of the last row, whoever else has that stamp.
    const isTied = ({ id, modifiedAt }: CrmRecord, cursor: Cursor | null) =>
      typeof cursor?.id === 'string' && modifiedAt === cursor.modifiedAt && id !== cursor.id;
    const connector = brokenIn('salesforce', (whole) => ({
      async read(spec, cursor) {
        const page = await whole.read(spec, cursor);
        if (spec.object !== 'Lead') return page;
        for (const { id } of page.records.filter((record) => isTied(record, cursor))) lost.add(id);
        return { ...page, records: page.records.filter((record) => !isTied(record, cursor)) };
      },
    }));
    const { divergences } = await playBroken({ connector }, PLAIN_SEED);
    const missed = divergences.filter((line) => line.endsWith('has no shadow'));
    expect(missed.length).toBeGreaterThan(0);
    for (const line of missed) expect([...lost].some((id) => line.includes(id))).toBe(true);
    expect(divergences.filter((line) => !line.startsWith(CHANGES_ALONE))).toEqual([]);
  });

  test('notices a record erased in Salesforce that no list of deletions named', async () => {
    const { divergences } = await playBroken(
      {
        connector: brokenIn('salesforce', (connector) => ({
          async read(spec, cursor) {
            const page = await connector.read(spec, cursor);
            return spec.deleted ? { ...page, records: [], named: [] } : page;
          },
        })),
      },
      ERASING_SEED,
    );
    expect(divergences.join('\n')).toMatch(
      /without complete passes: salesforce \w+ \w+ is gone, the shadow says it lives/,
    );
  });

  test('notices what is wrong in the end, each for itself', async () => {
    const { divergences } = await playBroken({
      atTheEnd: async ({ db }) => {
        for (const { statement } of WRONG) await sql.raw(statement).execute(db);
      },
    });
    const told = divergences.join('\n');
    for (const { what, complaint } of WRONG) expect([what, told]).toEqual([what, expect.stringContaining(complaint)]);
  });
});

const WRONG: readonly { readonly what: string; readonly statement: string; readonly complaint: string }[] = [
  {
    what: 'a write that is left in the outbox',
    statement: `insert into outbox (connection, object, row_key, record_id, fields, state, created_at)
      values ('salesforce', 'Lead', 'ln_left', '00Q000000000000AAA', '{"Sluice_Grade__c": "A"}', 'rejected', now())`,
    complaint: 'a write waits: Lead ln_left',
  },
  {
    what: 'a fact that no record states',
    statement: `update people set facts = facts || '{"title": "Nobody"}' where merged_into is null`,
    complaint: 'title is known as "Nobody"',
  },
  {
    what: 'a shadow that is not what the CRM holds',
    statement: `update records set fields = fields || '{"Email": "other@acme.de"}' where object = 'Lead' and not deleted`,
    complaint: 'Email',
  },
  {
    what: 'a record that is gone and thought alive',
    statement: `insert into records (connection, object, id, fields, modified_at, deleted)
      values ('hubspot', 'contacts', '999', '{}', now(), false)`,
    complaint: 'contacts 999 is gone, the shadow says it lives',
  },
  {
    what: 'a record that belongs to nobody',
    statement: `update links set retired = true where entity = 'person' and object = 'contacts'`,
    complaint: 'belongs to nobody',
  },
  { what: 'an answer that was lost', statement: 'delete from feedback', complaint: 'was lost' },
  { what: 'a lead without a reason', statement: `update leads set reason = ''`, complaint: 'stands at' },
];
