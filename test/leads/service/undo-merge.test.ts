/** Merges of persons in the store, undone in any order that is allowed. */
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type MergeRecord,
  type MergeState,
  merge,
  obstacleToUndo,
  undo,
} from '../../../src/leads/matching/merge-record.ts';
import { keptMerges } from '../../../src/leads/service/kept-merges.ts';
import { mergePeople } from '../../../src/leads/service/merge-people.ts';
import type { PeoplePorts } from '../../../src/leads/service/people.ts';
import { askedToUndo, askToUndo, undoMerge } from '../../../src/leads/service/undo-merge.ts';
import { anna, Channel } from '../../support/channel.ts';
import { emptyStore, testStore } from '../../support/store.ts';

const store = await testStore();
const { db } = store;
afterAll(() => store.close());

const AT = '2026-03-02T08:00:00.000Z';
const PEOPLE = ['pe_0', 'pe_1', 'pe_2', 'pe_3'];
const CAUSE = { how: 'identity', why: 'the same e-mail' } as const;
const ports: PeoplePorts = {
  sources: async () => new Map(),
  uniteShared: async () => null,
  divideShared: async () => undefined,
};

/** Everybody has two records; the last one is a lead. */
async function populate(): Promise<Channel> {
  await emptyStore(store);
  const channel = new Channel(db);
  await channel.rules('rules-1');
  await channel.partner('001A', { name: 'Alder' });
  await channel.people(
    PEOPLE.map((id, n) => ({
      id,
      facts: {
        ...anna.facts,
        email: `${n}@acme.de`,
        stage: n === 3 ? ('mql' as const) : ('subscriber' as const),
      },
      records: [
        ['salesforce', 'Lead', `00Q${n}`],
        ['hubspot', 'contacts', `10${n}`],
      ] as const,
    })),
  );
  await channel.decide();
  return channel;
}

/** What belongs to whom, by the store. */
async function held(): Promise<MergeState> {
  const links = await db
    .selectFrom('links')
    .select(['object', 'record_id', 'entity_id'])
    .where('entity', '=', 'person')
    .execute();
  const keys = await db.selectFrom('person_keys').select(['key', 'person_id']).execute();
  const leads = await db.selectFrom('leads').select(['id', 'person_id']).execute();
  const people = await db.selectFrom('people').select(['id', 'merged_into']).execute();
  return {
    values: {},
    holdings: [
      ...links.map((row) => ({ key: `${row.object} ${row.record_id}`, owner: row.entity_id })),
      ...keys.map((row) => ({ key: row.key, owner: row.person_id })),
      ...leads.map((row) => ({ key: row.id, owner: row.person_id })),
    ].sort((a, b) => (a.key < b.key ? -1 : 1)),
    becameOf: Object.fromEntries(
      people.flatMap(({ id, merged_into }) => (merged_into === null ? [] : [[id, merged_into]])),
    ),
  };
}

const step = fc.oneof(
  fc.record({ into: fc.constantFrom(...PEOPLE), from: fc.constantFrom(...PEOPLE) }),
  fc.record({ undo: fc.nat({ max: 5 }) }),
);

describe('merges of persons', () => {
  test('and their undoing, in whatever order, leave everything with whom it belongs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 9 }), async (steps) => {
        await populate();
        const first = await held();
        let model = first;
        let standing: MergeRecord[] = [];
        for (const each of steps) {
          if ('undo' in each) {
            const record = standing[each.undo];
            if (record === undefined) continue;
            const place = standing.indexOf(record);
            const obstacle = obstacleToUndo(model, record, standing.slice(place + 1));
            const asked = await askToUndo(db, record.id, AT);
            expect([asked.kind, asked.kind === 'refused' ? asked.first : null]).toEqual(
              obstacle === null ? ['asked', null] : ['refused', obstacle.by],
            );
            if (obstacle !== null) continue;
            for (const id of await askedToUndo(db))
              await db.transaction().execute((tx) => undoMerge(tx, id, ports, AT));
            model = undo(model, record).state;
            standing = standing.filter((other) => other !== record);
          } else {
            const { into, from } = each;
            if (into === from || model.becameOf[into] !== undefined || model.becameOf[from] !== undefined) continue;
            await mergePeople(db, into, from, ports, AT, CAUSE);
            const id =
              (await keptMerges(db, { people: [from] })).findLast(({ undoneAt }) => undoneAt === null)?.id ?? '';
            const done = merge(model, { id, into, from, at: AT });
            model = done.state;
            standing = [...standing, done.record];
          }
          expect(await held()).toEqual({ ...model, values: {} });
        }
        for (const { id } of standing.reverse()) {
          expect((await askToUndo(db, id, AT)).kind).toBe('asked');
          await db.transaction().execute((tx) => undoMerge(tx, id, ports, AT));
        }
        expect(await held()).toEqual(first);
      }),
      { numRuns: 12 },
    );
  });

  test('are not undone twice, nor where there is none, nor where the CRM made one record of two', async () => {
    await populate();
    await mergePeople(db, 'pe_0', 'pe_1', ports, AT, { how: 'crm', why: 'salesforce made one Lead of 00Q1 and 00Q0' });
    await mergePeople(db, 'pe_2', 'pe_3', ports, AT, CAUSE);
    const [byCrm] = await keptMerges(db, { people: ['pe_1'] });
    const [other] = await keptMerges(db, { people: ['pe_3'] });
    expect(await askToUndo(db, byCrm?.id ?? '', AT)).toMatchObject({
      why: 'salesforce made one Lead of 00Q1 and 00Q0: records that a CRM made one are separated there, if at all',
    });
    expect(await askToUndo(db, 'mg_none', AT)).toMatchObject({ why: 'there is no merge "mg_none"' });
    await db.transaction().execute((tx) => undoMerge(tx, other?.id ?? '', ports, AT));
    expect(await askToUndo(db, other?.id ?? '', AT)).toMatchObject({ why: expect.stringContaining('undone already') });
  });

  test('that were asked to be undone stand where another came in between, and say so', async () => {
    await populate();
    await mergePeople(db, 'pe_0', 'pe_1', ports, AT, CAUSE);
    const [kept] = await keptMerges(db, { people: ['pe_1'] });
    await askToUndo(db, kept?.id ?? '', AT);
    await mergePeople(db, 'pe_2', 'pe_0', ports, AT, CAUSE);
    await db.transaction().execute((tx) => undoMerge(tx, kept?.id ?? '', ports, AT));
    const [after] = await keptMerges(db, { people: ['pe_1'] });
    expect(after).toMatchObject({ undoneAt: null, askedAt: null, problem: expect.stringContaining('undo that first') });
  });
});

describe('the lead that gave way', () => {
  /** Two leads of two partners are made one on somebody's word, then two again. */
  async function separated(answer: 'Accepted' | null) {
    const channel = await populate();
    await channel.partner('001B', { name: 'Brook' });
    const [row] = await db.selectFrom('people').select('facts').where('id', '=', 'pe_3').execute();
    await channel.people([
      {
        id: 'pe_9',
        facts: { ...(row?.facts as object), email: '9@acme.de' },
        records: [['hubspot', 'contacts', '109']],
      },
    ]);
    await channel.decide();
    const before = await channel.leadOf('pe_9');
    if (answer !== null) await channel.answer(before.offer_id ?? '', answer);
    await channel.decide();
    const goesOn = await channel.leadOf('pe_3');
    await mergePeople(
      db,
      'pe_3',
      'pe_9',
      ports,
      channel.at,
      { how: 'word', why: 'said so' },
      { lead: before.id, to: goesOn.id },
    );
    await channel.decide();
    expect(await channel.leadOf('pe_9')).toMatchObject({ state: 'No decision', offer_id: null });
    const [kept] = await keptMerges(db, { people: ['pe_9'] });
    await db.transaction().execute((tx) => undoMerge(tx, kept?.id ?? '', ports, channel.at));
    await channel.decide();
    const offers = await db
      .selectFrom('offers')
      .select(['id', 'status', 'partner_id'])
      .where('lead_id', '=', before.id)
      .orderBy('round')
      .execute();
    return { before, after: await channel.leadOf('pe_9'), offers, other: await channel.leadOf('pe_3'), goesOn };
  }

  test('goes back to the partner that had accepted it, whose old offer stays taken back', async () => {
    const { before, after, offers, other, goesOn } = await separated('Accepted');
    expect(after).toMatchObject({ id: before.id, state: 'Accepted', partner_id: before.partner_id });
    expect(offers.map(({ status, partner_id }) => [status, partner_id])).toEqual([
      ['Recalled', before.partner_id],
      ['Accepted', before.partner_id],
    ]);
    expect(after.offer_id).toBe(offers[1]?.id);
    expect(other).toEqual(goesOn);
  });

  test('is routed again where nobody had accepted it', async () => {
    const { before, after, offers } = await separated(null);
    expect(after).toMatchObject({ id: before.id, state: 'Offered' });
    expect(offers.map(({ status }) => status)).toEqual(['Recalled', 'Open']);
  });
});
