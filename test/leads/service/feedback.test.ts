/** What partners state of leads: taken in row by row, and what becomes of leads and offers by it. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { compileFeedback } from '../../../src/leads/feedback/feedback-rules.ts';
import type { Written } from '../../../src/leads/feedback/statement.ts';
import { compileRouting } from '../../../src/leads/routing.ts';
import { explainLead } from '../../../src/leads/service/explain.ts';
import { explanationText } from '../../../src/leads/service/explanation-text.ts';
import { type TakenRow, takeFeedback } from '../../../src/leads/service/take-feedback.ts';
import { anna, Channel } from '../../support/channel.ts';
import { emptyStore, testStore } from '../../support/store.ts';

const store = await testStore();
const { db } = store;
afterAll(() => store.close());
const rules = compileFeedback('config/feedback.yaml', readFileSync('config/feedback.yaml', 'utf8'));

let channel: Channel;
let alder: string;
let offer: string;
let lead: string;

beforeEach(async () => {
  await emptyStore(store);
  channel = new Channel(db);
  await channel.rules('rules-1');
  alder = await channel.partner('001A', { name: 'Alder', tier: 'Platinum' });
  await channel.partner('001B', { name: 'Brook', tier: 'Gold' });
  await channel.people([anna]);
  await channel.decide();
  offer = await channel.offerOf('pe_anna');
  lead = (await channel.leadOf('pe_anna')).id;
});

/** An hour later somebody brings these rows. */
async function bring(rows: readonly Written[], more: { dryRun?: boolean; via?: string } = {}): Promise<TakenRow[]> {
  channel.now += 3_600_000;
  return takeFeedback(
    db,
    rows.map((written, n) => ({ place: n + 2, written: { offer, ...written } })),
    { rules, via: 'csv', now: channel.now, ...more },
  );
}
const results = (taken: readonly TakenRow[]) => taken.map(({ result }) => result);
const state = async () => (await channel.leadOf('pe_anna')).state;
const reason = async () =>
  (await db.selectFrom('leads').select('reason').where('id', '=', lead).executeTakeFirstOrThrow()).reason;
const statements = async () =>
  (await db.selectFrom('statements').selectAll().orderBy('at').orderBy('place').execute()).map(({ kind, effect }) => [
    kind,
    effect,
  ]);
const offers = async () =>
  (await db.selectFrom('offers').selectAll().orderBy('round').execute()).map(({ round, partner_id, status }) => [
    round,
    partner_id,
    status,
  ]);
const reviews = async () => (await db.selectFrom('reviews').selectAll().execute()).map(({ kind, why }) => [kind, why]);

describe('rows of feedback', () => {
  test('are taken, repeated, refused and contradicted row by row', async () => {
    const taken = await bring([
      { response: 'accepted', at: '2026-03-02T09:15:00Z' },
      { response: 'accepted', at: '2026-03-02T09:15:00Z' },
      { response: 'rejected', reason: 'no-need', at: '2026-03-02T09:45:00Z' },
      { response: 'maybe' },
      { offer: 'of_unknown', response: 'accepted' },
      { offer: '', lead, partner: 'brook', response: 'accepted' },
    ]);
    expect(results(taken)).toEqual(['taken', 'repeat', 'contradiction', 'refused', 'refused', 'refused']);
    expect(taken.map(({ place }) => place)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(taken[2]?.problems).toEqual([expect.stringMatching(/Alder rejected at .* but accepted before/)]);
    expect(taken[4]?.problems).toEqual(['there is no offer "of_unknown"']);
    expect(taken[5]?.problems).toEqual([expect.stringMatching(/was never offered to "brook"/)]);
    await channel.decide();
    expect(await state()).toBe('Review');
    expect(await reviews()).toEqual([['answer', expect.stringMatching(/^Alder rejected/)]]);
  });

  test('count in the order in which they were said, whatever that of the file', async () => {
    const taken = await bring([
      { response: 'rejected', reason: 'no-need', at: '2026-03-02T09:45:00Z' },
      { response: 'accepted', at: '2026-03-02T09:15:00Z' },
    ]);
    expect(results(taken)).toEqual(['contradiction', 'taken']);
  });

  test('brought again change nothing, also after they have acted', async () => {
    const rows = [{ response: 'accepted' }, { stage: 'meeting', key: 'second' }];
    await bring(rows);
    expect(results(await bring(rows))).toEqual(['repeat', 'repeat']);
    await channel.decide();
    expect(results(await bring(rows))).toEqual(['repeat', 'repeat']);
    expect(await state()).toBe('Working');
  });

  test('under a key that names something else are refused', async () => {
    await bring([{ response: 'accepted', key: 'k' }]);
    const [again] = await bring([{ response: 'accepted', need: 'yes', key: 'k' }]);
    expect(again).toMatchObject({
      result: 'refused',
      problems: [expect.stringMatching(/already names another statement/)],
    });
    expect(results(await bring([{ response: 'accepted', need: 'yes', key: 'k' }], { via: 'portal' }))).toEqual([
      'taken',
    ]);
  });

  test('of a dry run are judged and not kept', async () => {
    expect(results(await bring([{ response: 'accepted' }], { dryRun: true }))).toEqual(['taken']);
    expect(await statements()).toEqual([]);
  });

  test.each<[string, Written]>([
    ['its id in the CRM', { partner: '001A' }],
    ['its name', { partner: 'ALDER' }],
  ])('name a lead with its partner by %s', async (_by, named) => {
    expect(results(await bring([{ offer: '', lead, response: 'accepted', ...named }]))).toEqual(['taken']);
  });

  test('from before the offer was made are refused', async () => {
    expect(results(await bring([{ response: 'accepted', at: '2026-03-01' }]))).toEqual(['refused']);
  });

  test('with a stage of an offer that nobody accepted are refused', async () => {
    const [taken] = await bring([{ stage: 'meeting' }]);
    expect(taken).toMatchObject({ result: 'refused', problems: [expect.stringMatching(/is not accepted yet/)] });
  });

  test('after the offer was closed are kept as late feedback and move nothing', async () => {
    await bring([{ response: 'rejected', reason: 'no-capacity' }]);
    await channel.decide();
    expect(await offers()).toMatchObject([
      [1, alder, 'Rejected'],
      [2, expect.any(String), 'Open'],
    ]);
    const before = await channel.leadOf('pe_anna');
    expect(results(await bring([{ stage: 'meeting' }]))).toEqual(['late']);
    await channel.decide();
    expect(await channel.leadOf('pe_anna')).toEqual(before);
    expect(await statements()).toEqual([
      ['taken', 'Rejected: the partner has nobody free'],
      ['late', expect.stringMatching(/moves nothing/)],
    ]);
  });
});

describe('a lead follows its partner', () => {
  test('through stages to an outcome where no CRM has a deal', async () => {
    await bring([{ response: 'accepted', contactable: 'yes' }, { stage: 'meeting' }]);
    await channel.decide();
    expect(await state()).toBe('Working');
    await bring([{ stage: 'proposal' }]);
    await channel.decide();
    expect([await state(), await reason()]).toEqual(['Qualified', 'Qualified by Alder: proposal']);
    await bring([{ outcome: 'lost', competitor: 'Initech', value: '12500', currency: 'EUR' }]);
    await channel.decide();
    expect([await state(), await reason()]).toEqual(['Lost', 'Lost: Alder says so, 12500.00 EUR, to Initech']);
    const row = await db.selectFrom('offers').selectAll().executeTakeFirstOrThrow();
    expect(row.freed_seq).not.toBeNull();
  });

  test('but never against the deal that a CRM holds', async () => {
    await bring([{ response: 'accepted' }]);
    await channel.decide();
    const contact = ['0035e00001AnnaAAA', 'Contact'] as const;
    await channel.people([{ ...anna, records: [...anna.records, ['salesforce', contact[1], contact[0]]] }]);
    await channel.deal('006A', contact[0], '100', { isClosed: true, isWon: true });
    await channel.decide();
    expect(await state()).toBe('Won');
    await bring([{ outcome: 'lost' }]);
    await channel.decide();
    expect(await state()).toBe('Won');
    expect(await reviews()).toEqual([['answer', 'Alder says lost; the deal in the CRM is won and goes before']]);
  });

  test('who says two outcomes is asked about by a person; the first counts', async () => {
    await bring([{ response: 'accepted' }, { outcome: 'no decision' }]);
    await channel.decide();
    expect(await state()).toBe('No decision');
    expect(results(await bring([{ outcome: 'won' }]))).toEqual(['contradiction']);
    await channel.decide();
    expect(await state()).toBe('No decision');
    expect(await reviews()).toEqual([['answer', expect.stringMatching(/said won .* but no decision before/)]]);
  });
});

test('explain lists what was stated, in words, with what came of it', async () => {
  await bring([
    { response: 'accepted', right_person: 'no', stage: 'meeting', next_step: 'Call', next_step_by: '2026-03-09' },
  ]);
  const text = async () =>
    explanationText(await explainLead(db, lead, (body, file) => compileRouting(file, body), { now: channel.now }));
  expect(await text()).toMatch(
    /Alder through csv: accepted; right person: no; stage meeting; next: Call by 2026-03-09 {2}\(acts with the next run\)/,
  );
  await channel.decide();
  expect(await text()).toMatch(/next: Call by 2026-03-09 {2}\(Stage meeting: working\)/);
});

describe('a lead that is handed back', () => {
  const stage = async (word: 'lead' | 'mql', more: Partial<typeof anna.facts> = {}) => {
    await channel.people([{ ...anna, facts: { ...anna.facts, stage: word, ...more } }]);
    await channel.decide();
  };

  beforeEach(async () => {
    await bring([{ response: 'accepted' }]);
    await channel.decide();
    await bring([{ nurture: 'bad-timing', note: 'after the merger' }]);
    await channel.decide();
  });

  test('is with marketing, for the reason given, and its partner has room again', async () => {
    expect([await state(), await reason()]).toEqual(['Nurture', 'Handed back by Alder: it is too early']);
    expect(await offers()).toEqual([[1, alder, 'Recalled']]);
  });

  test('stays there whatever else becomes known of it', async () => {
    await stage('mql', { title: 'Chief Information Officer' });
    expect(await state()).toBe('Nurture');
    await stage('lead');
    expect(await state()).toBe('Nurture');
  });

  test('comes back as the same lead once marketing releases it anew', async () => {
    await stage('lead');
    await stage('mql');
    expect(await channel.leadOf('pe_anna')).toMatchObject({ id: lead, state: 'Offered' });
    expect((await offers()).map(([round, , status]) => [round, status])).toEqual([
      [1, 'Recalled'],
      [2, 'Open'],
    ]);
    const told = await db.selectFrom('events').selectAll().where('type', '=', 'lead.state').orderBy('id').execute();
    expect(told.map(({ data }) => data.to)).toEqual(['New', 'Offered', 'Accepted', 'Nurture', 'New', 'Offered']);
  });

  test('is not offered before that, also where consent was withdrawn and given meanwhile', async () => {
    await stage('mql', { optedOut: true });
    expect(await state()).toBe('Withheld');
    await stage('mql', { optedOut: false });
    expect(await state()).toBe('Nurture');
  });
});
