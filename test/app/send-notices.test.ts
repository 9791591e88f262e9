/** Notices on their way out: to a mail server and a chat that really listen, and to some that do not work. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { NotDelivered, type Post, postOf } from '../../src/app/post.ts';
import { sendNotices, type Telling } from '../../src/app/send-notices.ts';
import { type NoticeEvent, type NoticeRules, newOffer } from '../../src/leads/notify/notice.ts';
import { loadOffers } from '../../src/leads/service/lead-store.ts';
import { keepNotices } from '../../src/leads/service/notices.ts';
import { resend } from '../../src/sync/error-centre.ts';
import { anna, bert, Channel } from '../support/channel.ts';
import { emptyStore, testStore } from '../support/store.ts';

const store = await testStore();
const { db } = store;
afterAll(() => store.close());

interface Received {
  readonly to: string[];
  readonly raw: string;
}

let channel: Channel;
let mails: Received[];
let chats: { readonly text: string; readonly key: string | undefined }[];
/** What the servers answer next; empty: they take it. */
let mailTroubles: number[];
let chatTroubles: number[];
let smtp: SMTPServer;
let chat: Server;
let post: Post;

const RULES: NoticeRules = { mail: true, digest: null, webhooks: [{ name: 'chat', of: new Set(['escalation']) }] };

beforeEach(async () => {
  await emptyStore(store);
  [mails, chats, mailTroubles, chatTroubles] = [[], [], [], []];
  channel = new Channel(db);
  await channel.rules('rules-1');
  await channel.partner('001A', {
    name: 'Alder',
    tier: 'Platinum',
    email: 'offers@alder.example',
    timeZone: 'Europe/Berlin',
    capacity: 1,
  });
  await channel.partner('001B', { name: 'Brook', managerEmail: 'kim@vendor.example' });
  await channel.people([anna, bert]);
  await channel.decide();
  smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const code = mailTroubles.shift();
        if (code !== undefined) return done(Object.assign(new Error('not now'), { responseCode: code }));
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  chat = createServer(async (request, response) => {
    const code = chatTroubles.shift();
    const { text } = JSON.parse(await bodyOf(request)) as { text: string };
    if (code === undefined) chats.push({ text, key: request.headers['idempotency-key'] as string | undefined });
    response.writeHead(code ?? 200).end('ok');
  });
  await new Promise<void>((resolve) => chat.listen(0, '127.0.0.1', resolve));
  post = postOf({
    mail: { url: `smtp://127.0.0.1:${portOf(smtp.server)}`, from: 'Channel <channel@vendor.example>' },
    webhooks: { chat: { url: `http://127.0.0.1:${portOf(chat)}/hook`, of: ['escalation'] } },
  });
});
afterEach(async () => {
  post.close();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
  await new Promise((resolve) => chat.close(resolve));
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

const telling = (change: Partial<Telling> = {}): Telling => ({
  ...{ db, now: () => channel.now, vendor: 'Acme', post, manager: 'boss@vendor.example' },
  linkTo: (offerId) => `https://sluice.example/answer/${offerId}.x.y`,
  ...change,
});
const send = (change: Partial<Telling> = {}) => sendNotices(telling(change));

/** The offer of a person's lead, told of in one way. */
async function tell(kind: NoticeEvent['kind'], person = 'pe_anna', rules = RULES): Promise<NoticeEvent> {
  const [record] = await loadOffers(db, 'id', [await channel.offerOf(person)]);
  if (record === undefined) throw new Error('no offer');
  const detail = { deadline: 'accept' as const, dueAt: record.offer.acceptBy, follows: 'reassign' as const };
  const event = kind === 'offer' ? newOffer(record.offer) : { kind, offer: record.offer, key: '50%', detail };
  await keepNotices(db, [event], rules, channel.now);
  return event;
}

const states = async () =>
  (await db.selectFrom('notices').select(['state', 'attempts']).orderBy('id').execute()).map(
    ({ state, attempts }) => `${state} ${attempts}`,
  );
const errors = async () =>
  db.selectFrom('errors').select(['code', 'message', 'resolved_at']).where('stage', '=', 'notify').execute();
/** A mail's text, as its reader sees it: joined lines of quoted-printable. */
const textOf = ({ raw }: Received) =>
  raw
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

describe('a notice', () => {
  test('goes to the partner once, with what it may see and a link, in its own time', async () => {
    await tell('offer');
    await tell('offer');
    expect(await send()).toEqual({ sent: 1, dropped: 0, waiting: 0, failed: 0 });
    expect(await send()).toEqual({ sent: 0, dropped: 0, waiting: 0, failed: 0 });
    const [mail] = mails;
    if (mail === undefined) throw new Error('no mail');
    const text = textOf(mail);
    expect(mail.to).toEqual(['offers@alder.example']);
    expect(text).toContain('Subject: Acme offers you a lead');
    expect(text).toContain('Product: Vault');
    expect(text).toContain('(Europe/Berlin)');
    expect(text).toContain(`https://sluice.example/answer/${await channel.offerOf('pe_anna')}`);
    expect(text).not.toMatch(/Anna|Schmidt|acme\.de/);
  });

  test('goes to the channel manager of the partner, else to the vendor’s', async () => {
    await tell('escalation', 'pe_anna');
    await tell('escalation', 'pe_bert');
    await send();
    expect(mails.flatMap(({ to }) => to).sort()).toEqual(['boss@vendor.example', 'kim@vendor.example']);
    expect(chats.map(({ text }) => text).sort()).toEqual([
      expect.stringMatching(/^Alder: no answer to the offer yet\. Lead ld_\w+: the answer .* the next partner\.$/),
      expect.stringMatching(/^Brook: no answer to the offer yet\./),
    ]);
    expect(new Set(chats.map(({ key }) => key)).size).toBe(2);
  });

  test('is not sent about an offer that was answered meanwhile', async () => {
    await tell('offer');
    await channel.answer(await channel.offerOf('pe_anna'), 'Accepted');
    await channel.decide();
    expect(await send()).toMatchObject({ sent: 0, dropped: 1 });
    expect(mails).toEqual([]);
  });

  test('is tried again later where a server is busy or away, under the same id', async () => {
    mailTroubles = [451];
    chatTroubles = [503];
    await tell('escalation');
    expect(await send()).toMatchObject({ sent: 0, waiting: 2 });
    expect(await send()).toMatchObject({ sent: 0, waiting: 0 });
    channel.now += 60_000;
    expect(await send()).toMatchObject({ sent: 2 });
    expect(await states()).toEqual(['sent 2', 'sent 2']);
    expect(await errors()).toEqual([]);
  });

  test('is an error where the server says no for good, and is sent again when somebody asks for it', async () => {
    mailTroubles = [550];
    await tell('warning');
    expect(await send()).toMatchObject({ failed: 1 });
    expect(await errors()).toMatchObject([{ code: 'NOT_DELIVERED', resolved_at: null }]);
    channel.now += 864e5;
    expect(await send()).toMatchObject({ sent: 0 });
    await resend(db, { all: true }, channel.at);
    expect(await send()).toMatchObject({ sent: 1 });
    expect((await errors()).every(({ resolved_at }) => resolved_at !== null)).toBe(true);
  });

  test('is given up after six attempts', async () => {
    const away: Post = { ...post, mail: () => Promise.reject(new NotDelivered('out of reach', false)) };
    await tell('warning');
    let attempts = 0;
    for (; (await states())[0] !== 'failed 6'; attempts++) {
      if (attempts > 10) throw new Error((await states())[0]);
      await send({ post: away });
      channel.now += 864e5;
    }
    expect(attempts).toBe(6);
    expect(await errors()).toHaveLength(1);
  });

  test('for a partner without an address is one error, however many there are', async () => {
    await channel.partner('001A', { name: 'Alder', tier: 'Platinum' });
    await tell('offer');
    await tell('warning');
    expect(await send()).toMatchObject({ failed: 2 });
    expect(await errors()).toMatchObject([
      { code: 'NO_ADDRESS', message: 'Alder is not told: its record names no e-mail address.' },
    ]);
    await channel.partner('001A', { name: 'Alder', tier: 'Platinum', email: 'new@alder.example' });
    await resend(db, { all: true }, channel.at);
    expect(await send()).toMatchObject({ sent: 2 });
  });

  test('that was sent by a process that died before it said so is sent again with the same Message-ID', async () => {
    await tell('offer');
    const dies: Post = {
      ...post,
      mail: async (...mail) => {
        await post.mail?.(...mail);
        throw new Error('killed');
      },
    };
    await expect(send({ post: dies })).rejects.toThrow('killed');
    channel.now += 29 * 60_000;
    expect(await send()).toMatchObject({ sent: 0 });
    channel.now += 60_000;
    await send();
    const ids = mails.map(({ raw }) => /^Message-ID: (.*)$/im.exec(raw)?.[1]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test('waits for the digest where it is collected, which is one mail to each reader', async () => {
    const at = channel.now + 3_600_000;
    const rules: NoticeRules = { mail: true, digest: { of: new Set(['escalation']), next: () => at }, webhooks: [] };
    await tell('escalation', 'pe_anna', rules);
    await channel.partner('001B', { name: 'Brook' });
    await tell('escalation', 'pe_bert', rules);
    expect(await send()).toMatchObject({ sent: 0 });
    channel.now = at;
    expect(await send()).toMatchObject({ sent: 2 });
    expect(mails.map(({ to }) => to)).toEqual([['boss@vendor.example']]);
    const text = textOf(mails[0] as Received);
    expect(text).toContain('Subject: 2 matters of your leads');
    expect(text).toContain('Alder: no answer');
    expect(text).toContain('Brook: no answer');
  });

  test('waits for the morning where the partner wishes to be told once a day', async () => {
    const at = channel.now + 3_600_000;
    const rules: NoticeRules = { mail: true, digest: null, wished: () => at, webhooks: [] };
    await channel.partner('001A', {
      name: 'Alder',
      tier: 'Platinum',
      email: 'offers@alder.example',
      dailyDigest: true,
    });
    await tell('offer', 'pe_anna', rules);
    await tell('warning', 'pe_anna', rules);
    expect(await send()).toMatchObject({ sent: 0 });
    channel.now = at;
    expect(await send()).toMatchObject({ sent: 2 });
    expect(mails.map(({ to }) => to)).toEqual([['offers@alder.example']]);
    expect(textOf(mails[0] as Received)).toContain('Subject: 2 matters of your leads');
  });

  test('puts nothing of a CRM into the head of a mail, nor into its HTML as tags', async () => {
    await channel.partner('001A', {
      name: 'Alder\r\nBcc: all@x.example <b>',
      tier: 'Platinum',
      email: 'offers@alder.example',
      managerEmail: 'kim@vendor.example',
    });
    await tell('escalation');
    await send();
    expect(mails[0]?.to).toEqual(['kim@vendor.example']);
    const text = textOf(mails[0] as Received);
    expect(text).not.toMatch(/^Bcc:/im);
    expect(text).toContain('Alder Bcc: all@x.example');
    expect(text).toContain('&lt;b&gt;');
  });
});
