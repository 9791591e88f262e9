/** From a decision to the mail of a partner, and from the link in it back to the desk. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import type { Core } from '../../src/app/core.ts';
import { OfferDesk } from '../../src/app/offer-desk.ts';
import { Reports } from '../../src/app/reports.ts';
import { newOffer } from '../../src/leads/notify/notice.ts';
import { loadOffers } from '../../src/leads/service/lead-store.ts';
import { keepNotices } from '../../src/leads/service/notices.ts';
import { anna, Channel } from '../support/channel.ts';
import { emptyStore, testStore } from '../support/store.ts';

const DAY = 86_400_000;
const NOTICES = { mail: true, digest: null, webhooks: [] };
const store = await testStore();
const mails: string[] = [];
const smtp = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  onData(stream, _session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      mails.push(Buffer.concat(chunks).toString('utf8').replace(/=\r\n/g, '').replace(/=3D/g, '='));
      done();
    });
  },
});
await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
const { port } = smtp.server.address() as AddressInfo;
afterAll(async () => {
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
  await store.close();
});

let channel: Channel;
let logged: string[];
let desk: OfferDesk;
let offer: string;

function deskWith(mailPort: number): OfferDesk {
  const core = {
    config: {
      vendor: { name: 'Acme', currency: 'USD' },
      server: { host: '127.0.0.1', port: 0, publicUrl: 'https://sluice.example/' },
      mail: { url: `smtp://127.0.0.1:${mailPort}`, from: 'Channel <channel@vendor.example>' },
      webhooks: {},
      links: { secret: 'a secret of no less than thirty-two characters', days: 3 },
    },
    rules: { notices: NOTICES },
    store,
    clock: { now: () => channel.now },
    ending: new AbortController().signal,
    log: (_level: string, message: string) => logged.push(message),
  };
  return new OfferDesk(core as unknown as Core, new Reports(core as unknown as Core));
}

beforeEach(async () => {
  await emptyStore(store);
  [mails.length, logged] = [0, []];
  channel = new Channel(store.db);
  await channel.rules('rules-1');
  await channel.partner('001A', { name: 'Alder', email: 'offers@alder.example' });
  await channel.people([anna]);
  await channel.decide();
  offer = await channel.offerOf('pe_anna');
  desk = deskWith(port);
});

const tell = async (): Promise<string> => {
  const [record] = await loadOffers(store.db, 'id', [offer]);
  if (record === undefined) throw new Error('no offer');
  await keepNotices(store.db, [newOffer(record.offer)], NOTICES, channel.now);
  return 'done';
};
const token = () => /https:\/\/sluice\.example\/answer\/([\w.-]+)/.exec(mails[0] ?? '')?.[1] ?? '';

describe('the desk', () => {
  test('sends a link that opens the offer, takes one answer, and wears out', async () => {
    expect(await desk.telling(tell)).toBe('done');
    const links = desk.answerLinks();
    expect(await links?.look(token())).toMatchObject({ kind: 'open', partner: 'Alder' });
    expect(await links?.answer(token(), 'Accepted', null)).toMatchObject({ kind: 'open' });
    expect(await links?.answer(token(), 'Rejected', null)).toEqual({ kind: 'answered', response: 'Accepted' });
    channel.now += 3 * DAY + 1_001;
    expect(await links?.look(token())).toEqual({ kind: 'expired' });
    expect(await links?.look(`${token()}x`)).toEqual({ kind: 'forged' });
    desk.close();
  });

  test('tells nobody of a forged link whether an offer exists', async () => {
    await desk.telling(tell);
    await store.db.deleteFrom('offers').where('id', '=', offer).execute();
    expect(await desk.answerLinks()?.look(token())).toEqual({ kind: 'forged' });
    desk.close();
  });

  test('has done its work also where nothing can be sent, which then waits', async () => {
    const closed: Server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port: nobody } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const away = deskWith(nobody);
    expect(await away.telling(tell)).toBe('done');
    away.close();
    const rows = await store.db.selectFrom('notices').select(['state', 'attempts']).execute();
    expect(rows).toEqual([{ state: 'waiting', attempts: 1 }]);
    channel.now += 60_000;
    await desk.telling(async () => null);
    expect(mails).toHaveLength(1);
    desk.close();
  });
});
