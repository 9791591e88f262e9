/** Answers by signed link, from the request to what becomes of the lead. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readToken, signToken } from '../../../src/leads/notify/answer-token.ts';
import { answerByLink, lookAtOffer } from '../../../src/leads/service/answer-links.ts';
import { lockRouter } from '../../../src/leads/service/router-lock.ts';
import type { OfferResponse } from '../../../src/model/offer.ts';
import type { ConsolePort } from '../../../src/server/api.ts';
import { createServer, type Listening } from '../../../src/server/server.ts';
import { anna, Channel } from '../../support/channel.ts';
import { emptyStore, testStore } from '../../support/store.ts';

const store = await testStore();
const { db } = store;
afterAll(() => store.close());

const SECRET = 'a secret of no less than thirty-two characters';
let channel: Channel;
let server: Listening;
let offer: string;
let link: string;

beforeEach(async () => {
  await emptyStore(store);
  channel = new Channel(db);
  await channel.rules('rules-1');
  await channel.partner('001A', { name: 'Alder <b>&</b> Sons', tier: 'Platinum' });
  await channel.partner('001B', { name: 'Brook' });
  await channel.people([anna]);
  await channel.decide();
  offer = await channel.offerOf('pe_anna');
  server = await serve();
  link = linkFor(offer);
});
afterEach(() => server.close());

const linkFor = (offerId: string, expiresAt = channel.now + 864e5 * 30) =>
  `${server.url}/answer/${signToken({ offerId, expiresAt }, SECRET)}`;

function serve(): Promise<Listening> {
  const opened = async <T>(token: string, act: (offerId: string) => Promise<T>) => {
    const read = readToken(token, SECRET);
    if (read === null) return { kind: 'forged' as const };
    return channel.now > read.expiresAt ? { kind: 'expired' as const } : act(read.offerId);
  };
  const known = <T extends { kind: string }>(standing: T) => standing as Exclude<T, { kind: 'unknown' }>;
  return createServer({} as ConsolePort, {
    consoleDir: '/nowhere',
    answers: {
      vendor: 'Acme "Cloud" <Inc>',
      reasons: ['No capacity', 'Not a fit'],
      look: (token) => opened(token, async (id) => known(await lookAtOffer(db, id, channel.now))),
      answer: (token, response: OfferResponse, reason) =>
        opened(token, async (id) => known(await answerByLink(db, id, { response, reason }, channel.now))),
    },
  }).listen();
}

const post = (body: Record<string, string>, headers: Record<string, string> = {}, to = link) =>
  fetch(to, { method: 'POST', body: new URLSearchParams(body), headers });
const events = async () =>
  db.selectFrom('events').select(['data']).where('type', '=', 'offer.answered').orderBy('id').execute();

describe('an answer by link', () => {
  test('waits for a run that decides, which could pass over an event that is told beside it', async () => {
    let isGiven = false;
    let answered: Promise<unknown> = Promise.resolve();
    await db.transaction().execute(async (run) => {
      await lockRouter(run);
      answered = answerByLink(db, offer, { response: 'Accepted', reason: null }, channel.now).finally(() => {
        isGiven = true;
      });
      await setTimeout(100);
      expect(isGiven).toBe(false);
    });
    await answered;
    expect(await events()).toHaveLength(1);
  });
});

describe('a signed link', () => {
  test('shows what a partner may see before it accepts, and nothing that tells who it is', async () => {
    const response = await fetch(link);
    const page = await response.text();
    expect(response.status).toBe(200);
    for (const shown of [
      'Vault',
      'Head of IT',
      'DE',
      '300',
      'Alder &lt;b&gt;&amp;&lt;/b&gt; Sons',
      '&quot;Cloud&quot; &lt;Inc&gt;',
    ])
      expect(page).toContain(shown);
    for (const hidden of ['Anna', 'Schmidt', 'Acme GmbH', 'acme.de', '<b>']) expect(page).not.toContain(hidden);
  });

  test('changes nothing when it is looked at, however often', async () => {
    for (let n = 0; n < 3; n++) await fetch(link);
    await fetch(link, { method: 'HEAD' });
    expect(await events()).toEqual([]);
    expect((await post({ answer: 'accept' })).status).toBe(200);
  });

  test('accepts, by the same way as any other answer', async () => {
    const response = await post({ answer: 'accept' });
    expect(await response.text()).toContain('the lead is yours');
    await channel.decide();
    expect(await channel.leadOf('pe_anna')).toMatchObject({ state: 'Accepted' });
    expect(await db.selectFrom('feedback').select(['via', 'kind', 'response']).execute()).toEqual([
      { via: 'link', kind: 'answered', response: 'Accepted' },
    ]);
  });

  test('declines with a reason of the vendor, and the lead goes on', async () => {
    expect((await post({ answer: 'decline', reason: 'No capacity' })).status).toBe(200);
    await channel.decide();
    const [first, second] = await db.selectFrom('offers').selectAll().orderBy('round').execute();
    expect(first).toMatchObject({ status: 'Rejected', response_reason: 'No capacity' });
    expect(second).toMatchObject({ status: 'Open' });
  });

  test.each([
    ['no answer', {}],
    ['a word that is none', { answer: 'maybe' }],
    ['to decline without a reason', { answer: 'decline' }],
    ['a reason of its own', { answer: 'decline', reason: '<script>' }],
  ])('does not take %s, and stays as it was', async (_what, body) => {
    const response = await post(body as Record<string, string>);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('role="alert"');
    expect(await events()).toEqual([]);
    expect((await post({ answer: 'accept' })).status).toBe(200);
  });

  test('answers once: whoever comes second is told, also at the same moment', async () => {
    const both = await Promise.all([post({ answer: 'accept' }), post({ answer: 'decline', reason: 'Not a fit' })]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const again = await post({ answer: 'accept' });
    expect(again.status).toBe(409);
    expect(await again.text()).toContain('Already answered');
    expect(await events()).toHaveLength(1);
  });

  test('says so where the offer was answered in the CRM meanwhile', async () => {
    await channel.answer(offer, 'Accepted');
    await channel.decide();
    expect((await post({ answer: 'decline', reason: 'Not a fit' })).status).toBe(409);
    const page = await fetch(link);
    expect([page.status, (await page.text()).includes('accepted before')]).toEqual([200, true]);
  });

  test('is over with the offer, and too old after its own time', async () => {
    expect((await fetch(linkFor(offer, channel.now - 1000))).status).toBe(410);
    channel.now += 49 * 3_600_000;
    const late = await post({ answer: 'accept' });
    expect([late.status, (await late.text()).includes('This offer is over')]).toEqual([410, true]);
    await channel.decide();
    expect((await post({ answer: 'accept' })).status).toBe(410);
    expect(await events()).toEqual([]);
  });

  test.each([
    ['another offer', (token: string) => token.replace(/^of_./, 'of_0')],
    ['a later end', (token: string) => token.replace(/\.(\w+)\./, '.zzzzzz.')],
    ['another signature', (token: string) => `${token.slice(0, -2)}${token.endsWith('AA') ? 'BA' : 'AA'}`],
    ['a cut signature', (token: string) => token.slice(0, -1)],
    ['nothing', () => 'of_0000000000000000'],
  ])('is refused where it was forged to have %s, for looking and for answering', async (_what, forge) => {
    const token = link.slice(link.lastIndexOf('/') + 1);
    const forged = link.replace(token, forge(token));
    expect((await fetch(forged)).status).toBe(403);
    expect((await post({ answer: 'accept' }, {}, forged)).status).toBe(403);
    expect(await events()).toEqual([]);
  });

  test('is refused of an offer that was never made, as a forged one is', async () => {
    const none = linkFor('of_0000000000000000');
    channel.now += 0;
    expect(await (await lookAtOffer(db, 'of_0000000000000000', channel.now)).kind).toBe('unknown');
    expect(none).toContain('/answer/of_');
  });

  test('takes no form of somebody else’s page, and tells nobody its address', async () => {
    expect((await post({ answer: 'accept' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(await events()).toEqual([]);
    const { headers } = await fetch(link);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-robots-tag')).toContain('noindex');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).toContain("form-action 'self'");
  });

  test('is slowed down where somebody tries many', async () => {
    const statuses = new Set<number>();
    for (let n = 0; n < 320; n++) statuses.add((await fetch(`${server.url}/answer/of_${n}`)).status);
    expect([...statuses].sort()).toEqual([403, 429]);
  });

  test('takes no body that is no form of ours', async () => {
    const long = await post({ answer: 'decline', reason: 'x'.repeat(10_000) });
    expect(long.status).toBe(413);
    expect(await events()).toEqual([]);
  });
});
