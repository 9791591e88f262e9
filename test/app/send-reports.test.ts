/** Scheduled reports on their way out, to a mail server that really listens. */
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { type Post, postOf } from '../../src/app/post.ts';
import { type Mailing, sendReports } from '../../src/app/send-reports.ts';
import { CATALOGUE } from '../../src/insight/reports/catalogue.ts';
import type { ScheduledReport } from '../../src/insight/reports/schedule.ts';
import { type ReportAsked, ReportRefused, runReport } from '../../src/insight/service/reports/run-report.ts';
import { latestSends, retrySends } from '../../src/insight/service/reports/sends.ts';
import { Channel } from '../support/channel.ts';
import { revenueStory } from '../support/revenue-story.ts';
import { emptyStore, testStore } from '../support/store.ts';

const store = await testStore();
const { db } = store;
afterAll(() => store.close());

const MONTHLY: ScheduledReport = {
  name: 'roi-to-finance',
  report: 'roi',
  to: ['fin@vendor.example', 'kim@vendor.example'],
  every: 'month',
  on: 1,
  at: '07:00',
  timeZone: 'Europe/Berlin',
  format: 'csv',
  drill: false,
};

let mails: { readonly to: string; readonly raw: string }[];
/** What the server answers next; empty: it takes it. */
let troubles: number[];
let asked: ReportAsked[];
let now: number;
let smtp: SMTPServer;
let post: Post;

beforeEach(async () => {
  await emptyStore(store);
  await revenueStory(new Channel(db));
  [mails, troubles, asked] = [[], [], []];
  smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const code = troubles.shift();
        if (code !== undefined) return done(Object.assign(new Error('not now'), { responseCode: code }));
        mails.push({ to: session.envelope.rcptTo[0]?.address ?? '', raw: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  const port = await new Promise<number>((resolve) => {
    const server = smtp.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  post = postOf({ mail: { url: `smtp://127.0.0.1:${port}`, from: 'Acme <channel@vendor.example>' }, webhooks: {} });
  now = Date.parse('2026-03-15T12:00:00Z');
});
afterEach(async () => {
  post.close();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

const mailing = (change: Partial<Mailing> = {}): Mailing => ({
  db,
  now: () => now,
  vendor: 'Acme',
  schedules: [MONTHLY],
  reports: {
    async make(name, wanted) {
      asked.push(wanted);
      const entry = CATALOGUE.find((each) => each.name === name);
      if (entry === undefined) throw new ReportRefused(`there is no report "${name}"`, name, []);
      return { entry, report: await runReport(db, entry, wanted, { currency: 'USD', models: ['linear'], now }) };
    },
  },
  post,
  ...change,
});
const states = async () => (await latestSends(db)).map(({ due, recipient, state }) => [due, recipient, state]);

test('a schedule begins with the next time it is due, and sends to each reader once a period', async () => {
  expect(await sendReports(mailing())).toBe(0);
  now = Date.parse('2026-04-01T04:59:00Z');
  expect(await sendReports(mailing())).toBe(0);
  now = Date.parse('2026-04-01T05:00:00Z');
  expect(await sendReports(mailing())).toBe(2);
  expect(await sendReports(mailing())).toBe(0);
  expect(mails.map(({ to }) => to)).toEqual(MONTHLY.to);
  expect(asked[0]).toMatchObject({ from: '2026-03-01', to: '2026-03-31' });
  const [mail] = mails;
  expect(mail?.raw).toContain('Subject: Return on campaign money, 2026-03-01 to 2026-03-31');
  expect(mail?.raw).toContain('filename=roi-to-finance-2026-04-01.csv');
  const part = /filename=roi-to-finance[^\n]*\n(?:[^\n]+\n)*\r?\n([\s\S]*?)\r?\n--/.exec(mail?.raw ?? '')?.[1] ?? '';
  expect(Buffer.from(part, 'base64').toString()).toContain('byPartner,linear,Alder');
});

test('what fell due while nobody was there is made up for, each period of its own', async () => {
  await sendReports(mailing());
  now = Date.parse('2026-06-02T12:00:00Z');
  expect(await sendReports(mailing({ schedules: [{ ...MONTHLY, to: ['fin@vendor.example'] }] }))).toBe(3);
  expect(asked.map(({ from }) => from)).toEqual(['2026-03-01', '2026-04-01', '2026-05-01']);
});

test('one that cannot be sent is tried again, and the others are not sent twice', async () => {
  await sendReports(mailing());
  now = Date.parse('2026-04-01T05:00:00Z');
  troubles = [451];
  expect(await sendReports(mailing())).toBe(1);
  expect(await states()).toEqual([
    ['2026-04-01', 'fin@vendor.example', 'waiting'],
    ['2026-04-01', 'kim@vendor.example', 'sent'],
  ]);
  now += 60_000;
  expect(await sendReports(mailing())).toBe(1);
  expect(mails.map(({ to }) => to)).toEqual(['kim@vendor.example', 'fin@vendor.example']);
});

test('one that is refused for good is shown as an error, until it is tried again and sent', async () => {
  await sendReports(mailing());
  now = Date.parse('2026-04-01T05:00:00Z');
  const broken = { ...MONTHLY, to: ['fin@vendor.example'], partner: 'Nobody' };
  expect(await sendReports(mailing({ schedules: [broken] }))).toBe(0);
  expect(await latestSends(db)).toMatchObject([{ state: 'failed', message: 'there is no partner "Nobody"' }]);
  const open = () =>
    db.selectFrom('errors').select(['object', 'record_id', 'message']).where('resolved_at', 'is', null).execute();
  expect(await open()).toEqual([
    {
      object: 'report',
      record_id: 'roi-to-finance 2026-04-01 fin@vendor.example',
      message: 'there is no partner "Nobody"',
    },
  ]);
  expect(await retrySends(db, now)).toBe(1);
  expect(await sendReports(mailing({ schedules: [{ ...broken, partner: 'Alder' }] }))).toBe(1);
  expect(await open()).toEqual([]);
});

test('two processes send it once', async () => {
  await sendReports(mailing());
  now = Date.parse('2026-04-01T05:00:00Z');
  const sent = await Promise.all([sendReports(mailing()), sendReports(mailing())]);
  expect(sent[0] + sent[1]).toBe(2);
  expect(mails).toHaveLength(2);
});
