/** What becomes of offers in time: warnings, escalations, recalls, reassignments, each once. */
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fireDue } from '../../../src/leads/service/deadlines.ts';
import { addMarks } from '../../../src/leads/service/offer-marks.ts';
import { compileSlaVersion } from '../../../src/leads/service/terms.ts';
import { emit } from '../../../src/store/events.ts';
import { anna, bert, Channel } from '../../support/channel.ts';
import { emptyStore, testStore } from '../../support/store.ts';

const store = await testStore();
const { db } = store;
afterAll(() => store.close());

/** Offices are open from 9 to 5 on working days; 2 March 2026 is a Monday. */
const SLA = `
version: 1
calendars: { office: { zone: UTC, hours: { mon-fri: ["09:00-17:00"] } } }
calendarOf: { otherwise: office }
pauses:
  - { name: vendor-owes-answer, text: the vendor owes an answer, atMost: 2 working days }
policies:
  standard:
    accept: { within: 4 working hours, warn: [50%], escalate: 75%, missed: reassign }
    first-touch:
      { within: 1 working day, warn: [50%], escalate: 100%, missed: reassign, extend: { times: 1, by: 1 working day } }
    report-back: { within: 5 working days, warn: [1 working day before], escalate: 100%, missed: none }
    refresh: { within: 5 working days, missed: recall }
    rounds: { atMost: 3, after: nurture }
use: [{ policy: standard }]
`;

let channel: Channel;
let alder: string;
let brook: string;

beforeEach(async () => {
  await emptyStore(store);
  channel = new Channel(db);
  await channel.rules('rules-1');
  underSla(SLA, 'sla-1');
  alder = await channel.partner('001A', { name: 'Alder', tier: 'Platinum' });
  brook = await channel.partner('001B', { name: 'Brook', tier: 'Gold' });
  await channel.partner('001C', { name: 'Cove', tier: 'Silver' });
  await channel.people([anna]);
  await channel.decideAt('2026-03-02T09:00:00Z');
});

function underSla(text: string, hash: string): void {
  channel.sla = { sla: compileSlaVersion({ file: 'sla.yaml', text, holidays: [] }), hash };
}

const leadNow = () => channel.leadOf('pe_anna');
const reasonNow = async () =>
  (await db.selectFrom('leads').select('reason').where('person_id', '=', 'pe_anna').executeTakeFirstOrThrow()).reason;
const toldOf = () => channel.told.map(({ kind, detail }) => [kind, detail.deadline]);
const offers = async () =>
  (await db.selectFrom('offers').selectAll().orderBy('round').execute()).map(({ partner_id, status, accept_by }) => [
    partner_id,
    status,
    accept_by,
  ]);
const standing = async () => (await offers()).map(([partner, status]) => [partner, status]);
const waiting = async () =>
  (await db.selectFrom('timers').selectAll().where('fired_at', 'is', null).orderBy('due_at').execute()).map(
    ({ deadline, kind, due_at }) => `${deadline} ${kind} ${due_at}`,
  );

async function accept(): Promise<void> {
  channel.now -= 3_600_000;
  await channel.answer(await channel.offerOf('pe_anna'), 'Accepted');
  channel.now -= 3_600_000;
  await channel.decide();
}

describe('an offer under a policy', () => {
  test('stands until its working hours are over, with a timer for each thing that can be due', async () => {
    expect(await offers()).toEqual([[alder, 'Open', '2026-03-02T13:00:00.000Z']]);
    expect(await waiting()).toEqual([
      'accept warn 2026-03-02T11:00:00.000Z',
      'accept escalate 2026-03-02T12:00:00.000Z',
      'accept miss 2026-03-02T13:00:00.000Z',
    ]);
  });

  test('warns the partner, tells the channel manager, expires and goes to the next, each once', async () => {
    await channel.decideAt('2026-03-02T11:00:00Z');
    await channel.decideAt('2026-03-02T11:30:00Z');
    expect(toldOf()).toEqual([['warning', 'accept']]);
    await channel.decideAt('2026-03-02T12:30:00Z');
    await channel.decideAt('2026-03-02T13:00:00Z');
    expect(toldOf()).toEqual([
      ['warning', 'accept'],
      ['escalation', 'accept'],
    ]);
    expect((await leadNow()).partner_id).toBe(alder);
    await channel.decideAt('2026-03-02T13:00:01Z');
    await channel.decideAt('2026-03-02T13:00:02Z');
    expect(toldOf().slice(2)).toEqual([['missed', 'accept']]);
    expect(await standing()).toEqual([
      [alder, 'Expired'],
      [brook, 'Open'],
    ]);
  });

  test('fires what is long overdue in order, and notes a warning that comes too late instead of sending it', async () => {
    await channel.decideAt('2026-03-09T10:00:00Z');
    expect(toldOf()).toEqual([
      ['escalation', 'accept'],
      ['missed', 'accept'],
    ]);
    const fired = await db
      .selectFrom('timers')
      .selectAll()
      .where('fired_at', 'is not', null)
      .orderBy('due_at')
      .execute();
    expect(fired.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['warn', 'late'],
      ['escalate', 'sent'],
      ['miss', 'done'],
    ]);
  });

  test('is not over before all was read that a CRM may hold of its answer', async () => {
    const at = Date.parse('2026-03-02T14:00:00Z');
    const fire = (ends: boolean) =>
      db.transaction().execute((tx) => fireDue(tx, at, 10, channel.sla, ['salesforce Lead'], ends));
    expect((await fire(false)).notices.map(({ kind }) => kind)).toEqual(['escalation']);
    expect(await standing()).toEqual([[alder, 'Open']]);
    expect((await fire(true)).notices.map(({ kind }) => kind)).toEqual(['missed']);
  });

  test('keeps its terms when sla.yaml changes', async () => {
    underSla(SLA.replace('4 working hours', '1 working hour'), 'sla-2');
    await db
      .insertInto('config_versions')
      .values({
        hash: 'sla-1',
        kind: 'sla',
        file: 'sla.yaml',
        body: JSON.stringify({ file: 'sla.yaml', text: SLA, holidays: [] }),
      })
      .execute();
    await channel.decideAt('2026-03-02T12:59:00Z');
    expect((await leadNow()).partner_id).toBe(alder);
    await channel.decideAt('2026-03-02T13:01:00Z');
    expect(await offers()).toEqual([
      [alder, 'Expired', '2026-03-02T13:00:00.000Z'],
      [brook, 'Open', '2026-03-02T14:01:00.000Z'],
    ]);
  });

  test('goes to nurture when as many partners were asked as the policy says, and never back to one of them', async () => {
    for (const day of ['03', '04', '05', '06', '09']) await channel.decideAt(`2026-03-${day}T16:00:00Z`);
    expect(new Set((await offers()).map(([partner]) => partner)).size).toBe(3);
    expect(await leadNow()).toMatchObject({ state: 'Nurture' });
    expect(await reasonNow()).toBe('3 partners were asked, as many as policy "standard" asks');
  });
});

describe('an accepted lead', () => {
  beforeEach(async () => {
    await channel.decideAt('2026-03-02T10:00:00Z');
    await accept();
  });

  test('is recalled and offered to the next partner where nobody touches it in time', async () => {
    await channel.decideAt('2026-03-03T10:00:00Z');
    expect(await leadNow()).toMatchObject({ state: 'Accepted', partner_id: alder });
    await channel.decideAt('2026-03-03T10:00:01Z');
    expect(await standing()).toEqual([
      [alder, 'Recalled'],
      [brook, 'Open'],
    ]);
    expect(toldOf()).toEqual([
      ['warning', 'first-touch'],
      ['escalation', 'first-touch'],
      ['missed', 'first-touch'],
    ]);
  });

  test('stays with the partner whose work shows in the CRM', async () => {
    await channel.worked(['salesforce', 'Lead', '00Q5e00001AbCdEEAV']);
    await channel.decideAt('2026-03-04T16:00:00Z');
    expect(await leadNow()).toMatchObject({ state: 'Working', partner_id: alder });
    expect(toldOf()).toEqual([]);
  });

  test('stays with its partner where no record of the person could have told of a touch', async () => {
    await db.updateTable('links').set({ retired: true }).where('object', '=', 'Lead').execute();
    await channel.decideAt('2026-03-04T16:00:00Z');
    expect(await leadNow()).toMatchObject({ state: 'Accepted', partner_id: alder });
    expect(toldOf()).toContainEqual(['escalation', 'first-touch']);
  });

  test('is left alone where it was touched late but before anybody looked', async () => {
    channel.now = Date.parse('2026-03-03T11:00:00Z');
    await channel.worked(['salesforce', 'Lead', '00Q5e00001AbCdEEAV']);
    await channel.decideAt('2026-03-03T15:00:00Z');
    expect(await leadNow()).toMatchObject({ state: 'Working', partner_id: alder });
    const miss = await db
      .selectFrom('timers')
      .select('outcome')
      .where('kind', '=', 'miss')
      .where('fired_at', 'is not', null)
      .execute();
    expect(miss).toEqual([{ outcome: 'late' }]);
  });

  test('waits while the vendor owes an answer, and has as much time left afterwards', async () => {
    const offer = await channel.offerOf('pe_anna');
    const mark = async (kind: 'pause' | 'resume', at: string) => {
      await addMarks(db, [{ offerId: offer, kind, about: 'vendor-owes-answer', at, source: at }]);
      await emit(db, [{ type: 'offer.clock', entity: offer }], at);
    };
    await mark('pause', '2026-03-02T16:00:00Z');
    await channel.decideAt('2026-03-02T16:30:00Z');
    expect(await waiting()).toEqual(['pause wake 2026-03-04T16:00:00.000Z']);
    await channel.decideAt('2026-03-03T16:00:00Z');
    expect(await leadNow()).toMatchObject({ state: 'Accepted' });
    // Nobody resumes: the pause ends by itself after two working days, and one of eight hours is left but two.
    await channel.decideAt('2026-03-04T16:30:00Z');
    expect((await waiting()).filter((line) => line.includes('touch miss'))).toEqual([
      'first-touch miss 2026-03-05T10:00:00.000Z',
    ]);
  });

  test('has more time where the partner asked for it before the deadline', async () => {
    const offer = await channel.offerOf('pe_anna');
    const at = '2026-03-03T09:30:00Z';
    await addMarks(db, [{ offerId: offer, kind: 'extend', about: 'first-touch', at, source: at }]);
    await emit(db, [{ type: 'offer.clock', entity: offer }], at);
    await channel.decideAt('2026-03-03T16:00:00Z');
    expect(await leadNow()).toMatchObject({ state: 'Accepted' });
    await channel.decideAt('2026-03-04T10:00:01Z');
    expect(await standing()).toEqual([
      [alder, 'Recalled'],
      [brook, 'Open'],
    ]);
  });

  test('is left to the channel manager where the policy recalls it, whose answer sends it on', async () => {
    await channel.worked(['salesforce', 'Lead', '00Q5e00001AbCdEEAV']);
    const offer = await channel.offerOf('pe_anna');
    await addMarks(db, [{ offerId: offer, kind: 'report', at: '2026-03-03T09:30:00Z', source: 'a report' }]);
    await channel.decideAt('2026-03-03T10:00:00Z');
    await channel.decideAt('2026-03-10T09:30:01Z');
    expect(await leadNow()).toMatchObject({ state: 'Review', partner_id: null });
    const [review] = await db.selectFrom('reviews').selectAll().where('kind', '=', 'recall').execute();
    expect(review?.why).toBe('Recalled from Alder: no new report by 2026-03-10T09:30:00.000Z');
    await emit(db, [{ type: 'recall.answered', entity: (await leadNow()).id, data: { answer: 'direct' } }], channel.at);
    await channel.decide();
    expect(await leadNow()).toMatchObject({ state: 'Direct' });
  });

  test('is not warned about any more once its deal is won', async () => {
    await channel.people([{ ...bert, records: [] }]);
    await emit(
      db,
      [{ type: 'deal.moved', entity: (await leadNow()).id, data: { name: 'Deal', isClosed: true, isWon: true } }],
      channel.at,
    );
    await channel.decide();
    expect(await leadNow()).toMatchObject({ state: 'Won' });
    expect((await waiting()).filter((line) => !line.startsWith('accept'))).toEqual([]);
  });
});
