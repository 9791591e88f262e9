/** Letters: what is told of registrations, by mail, at least once and never to nobody in silence. */
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { NotDelivered } from '../../src/app/post.ts';
import { sendLetters } from '../../src/app/send-letters.ts';
import { Stage } from '../deals/service/stage.ts';
import { emptyStore, testStore } from '../support/store.ts';

const store = await testStore();
const { db } = store;
afterAll(() => store.close());
let stage: Stage;
let sent: { to: string; subject: string; html: string }[];
let trouble: NotDelivered | null;
beforeEach(async () => {
  await emptyStore(store);
  stage = new Stage(db);
  sent = [];
  trouble = null;
  await stage.partner('Birch', { email: 'desk@birch.example' });
});

const send = (manager: string | null = 'channel@vendor.example') =>
  sendLetters({
    ...{ db, now: () => stage.now, vendor: 'Example Inc.', manager },
    post: {
      webhooks: new Map(),
      close: () => undefined,
      mail: async (to, { subject, html }) => {
        if (trouble) throw trouble;
        sent.push({ to, subject, html });
      },
    },
  });
const register = () => stage.register({ partner: 'Birch', company: '<b>Alder</b> Systems', amount: '9' });

test('the approver hears of a registration, the partner of its approval, each once, and names are escaped', async () => {
  const { registration } = await register();
  await stage.approve(registration);
  expect(await send()).toMatchObject({ sent: 2 });
  expect(await send()).toMatchObject({ sent: 0 });
  expect(sent.map(({ to, subject }) => [to, subject]).sort()).toEqual([
    ['channel@vendor.example', 'Birch registers a deal: <b>Alder</b> Systems'],
    ['desk@birch.example', 'Your deal is registered: <b>Alder</b> Systems'],
  ]);
  for (const { html } of sent) expect(html).not.toContain('<b>Alder');
});

test('without an address the error centre says whose record lacks it', async () => {
  await register();
  expect(await send(null)).toMatchObject({ failed: 1 });
  const errors = await db.selectFrom('errors').select(['code', 'message']).execute();
  expect(errors).toEqual([{ code: 'NO_ADDRESS', message: 'Birch is not told: its record names no channel manager.' }]);
});

test('a server that is busy is tried again later, one that refuses is an error', async () => {
  await register();
  trouble = new NotDelivered('try later', false);
  expect(await send()).toMatchObject({ waiting: 1 });
  expect(await send()).toMatchObject({ waiting: 0, sent: 0 });
  stage.now += 60_000;
  trouble = new NotDelivered('no such mailbox', true);
  expect(await send()).toMatchObject({ failed: 1 });
  expect(await db.selectFrom('errors').select('code').execute()).toEqual([{ code: 'NOT_DELIVERED' }]);
});
