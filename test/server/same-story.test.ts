/** A lead whose offer was paused, extended, reported on and told of: the console's page says what `sluice explain` says. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileFeedback } from '../../src/leads/feedback/feedback-rules.ts';
import { newOffer } from '../../src/leads/notify/notice.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import { explainLead } from '../../src/leads/service/explain.ts';
import { explanationText } from '../../src/leads/service/explanation-text.ts';
import { loadOffers } from '../../src/leads/service/lead-store.ts';
import { claimNotices, keepNotices, settleNotices } from '../../src/leads/service/notices.ts';
import { moveClock } from '../../src/leads/service/offer-clock.ts';
import { takeFeedback } from '../../src/leads/service/take-feedback.ts';
import { compileSlaVersion } from '../../src/leads/service/terms.ts';
import { consolePort } from '../../src/server/console-port.ts';
import { anna, Channel, ROUTING } from '../support/channel.ts';
import { testStore } from '../support/store.ts';

const SLA = `
version: 1
calendars: { office: { zone: UTC, hours: { mon-fri: ["09:00-17:00"] } } }
calendarOf: { otherwise: office }
pauses: [{ name: vendor-owes-answer, text: the vendor owes an answer }]
policies:
  standard:
    accept: { within: 4 working hours, missed: reassign, extend: { times: 1, by: 2 working hours } }
    first-touch: { within: 1 working day, missed: reassign }
    report-back: { within: 5 working days, missed: none }
use: [{ policy: standard }]
`;
const store = await testStore();
const { db } = store;
const routingOf = (body: string, file: string) => compileRouting(file, body);
const feedback = compileFeedback('config/feedback.yaml', readFileSync('config/feedback.yaml', 'utf8'));
let channel: Channel;
let lead: string;

const explained = () => explainLead(db, lead, routingOf, { now: channel.now, sla: channel.sla });
const page = async () => {
  const port = consolePort(db, {
    vendor: 'Acme',
    currency: 'USD',
    models: [],
    clock: { now: () => channel.now },
    budgets: new Map(),
    routing: compileRouting(...ROUTING),
    sla: channel.sla ?? null,
    routingOf,
  });
  const detail = await port.lead(lead);
  if (detail === null) throw new Error('no such lead');
  return detail;
};

beforeAll(async () => {
  channel = new Channel(db);
  channel.sla = { sla: compileSlaVersion({ file: 'sla.yaml', text: SLA, holidays: [] }), hash: 'sla-1' };
  await channel.rules('rules-1');
  await channel.partner('001A', { name: 'Alder', email: 'offers@alder.example' });
  await channel.people([anna]);
  await channel.decideAt('2026-03-02T09:00:00Z');
  lead = (await channel.leadOf('pe_anna')).id;
  const offer = await channel.offerOf('pe_anna');
  const [record] = await loadOffers(db, 'id', [offer]);
  if (record) await keepNotices(db, [newOffer(record.offer)], { mail: true, digest: null, webhooks: [] }, channel.now);
  const [due] = await claimNotices(db, channel.now, 10, 60_000);
  await settleNotices(db, [due?.id ?? ''], 'failed', '550 no such mailbox', channel.at);
  channel.now = Date.parse('2026-03-02T10:00:00Z');
  await moveClock(db, offer, { kind: 'pause', reason: 'vendor-owes-answer' }, channel.now, channel.sla);
  channel.now = Date.parse('2026-03-02T11:00:00Z');
  await moveClock(db, offer, { kind: 'resume', reason: 'vendor-owes-answer' }, channel.now, channel.sla);
  await moveClock(db, offer, { kind: 'extend', deadline: 'accept' }, channel.now, channel.sla);
  await channel.answer(offer, 'Accepted');
  await channel.decide();
  const said = { offer, contactable: 'yes', budget: 'no', note: 'Met them on Monday', key: 'k1', at: channel.at };
  const row = { place: 1, written: said } as unknown as Parameters<typeof takeFeedback>[1][number];
  const [taken] = await takeFeedback(db, [row], { via: 'portal', rules: feedback, sla: channel.sla, now: channel.now });
  expect(taken).toMatchObject({ result: 'taken' });
  await channel.decide();
});
afterAll(() => store.close());

describe('the story of a lead', () => {
  test('has the deadlines of its offers, their state, and what stopped and moved them', async () => {
    const { offers } = await explained();
    expect(offers[0]).toMatchObject({ policy: 'standard', calendar: { name: 'office', zone: 'UTC' }, pausedFor: null });
    expect(offers[0]?.deadlines.map(({ name, state }) => [name, state])).toEqual([
      ['accept', 'met'],
      ['first-touch', 'met'],
      ['report-back', 'met'],
    ]);
    const marks = offers[0]?.marks.map(({ kind, about, at }) => `${at.slice(11, 16)} ${kind} ${about}`.trim());
    expect(marks?.sort()).toEqual([
      '10:00 pause vendor-owes-answer',
      '11:00 extend accept',
      '11:00 resume vendor-owes-answer',
      '13:00 report',
    ]);
  });

  test('is told in words', async () => {
    const text = explanationText(await explained());
    for (const line of [
      '       policy standard, calendar office (UTC)',
      '       2026-03-02T10:00:00.000Z the clock was stopped: vendor-owes-answer',
      '       2026-03-02T11:00:00.000Z accept was extended',
      'offer, to Alder by mail: failed: 550 no such mailbox',
      'Alder through portal: budget: no; contactable: yes; Met them on Monday',
    ])
      expect(text).toContain(line);
    expect(text).toMatch(/accept +met +due 2026-03-02T16:00:00.000Z {2}done 2026-03-02T12:00:00.000Z/);
  });

  test('is the same on the page', async () => {
    const [detail, explanation] = [await page(), await explained()];
    const { lead: head, offers, statements, notices, history } = explanation;
    expect(detail.lead).toMatchObject({ state: head.state, reason: head.reason, grade: head.grade });
    expect(
      detail.offers.map(({ id, status, policy, pausedFor, deadlines }) => [id, status, policy, pausedFor, deadlines]),
    ).toEqual(offers.map(({ id, status, policy, pausedFor, deadlines }) => [id, status, policy, pausedFor, deadlines]));
    const told = explanationText(explanation);
    for (const { marks } of detail.offers) for (const { at, what } of marks) expect(told).toContain(`${at} ${what}`);
    for (const { said, via, effect } of detail.statements) {
      expect(told).toContain(`through ${via}: ${said.join('; ')}`);
      expect(told).toContain(effect);
    }
    for (const { at, what, to, by, fate } of detail.notices)
      expect(told).toContain(`${at} ${what}, to ${to} by ${by}: ${fate}`);
    expect([detail.statements.length, detail.notices.length]).toEqual([statements.length, notices.length]);
    expect([statements.length, notices.length]).toEqual([1, 1]);
    for (const { why } of history) expect(detail.history.map((each) => each.why)).toContain(why);
  });
});
