/**
 * Sends what runs decided to tell, after they have. At least once: a process that dies between sending and keeping that it sent
 * sends again, under the same id. A notice that cannot be sent is tried again a bounded number of times, then it is an error.
 */

import { chatLine, digestOf, type Message, messageOf, type Told } from '../leads/notify/message.ts';
import { claimNotices, type DueNotice, settleNotices } from '../leads/service/notices.ts';
import { iso } from '../model/clock.ts';
import type { Database } from '../store/database.ts';
import { report, resolve } from '../store/errors.ts';
import { NotDelivered, type Post } from './post.ts';

export interface Telling {
  readonly db: Database;
  readonly now: () => number;
  readonly vendor: string;
  readonly post: Post;
  /** Who is told of partners whose record names no channel manager. */
  readonly manager: string | null;
  /** The address at which a partner answers an offer; null where there is none. */
  readonly linkTo: (offerId: string) => string | null;
  readonly ending?: AbortSignal;
}

export interface ToldCount {
  sent: number;
  /** Not sent because it had become pointless meanwhile. */
  dropped: number;
  /** To be tried again. */
  waiting: number;
  failed: number;
}

const A_BATCH = 50;
const MINUTE = 60_000;
/** Longer than slow servers take for a batch, or another process would send what is still on its way. */
export const HOLD_MS = 30 * MINUTE;
/** How long after each attempt the next one comes; there are as many attempts as there are waits, and one more. */
export const WAITS_MS = [MINUTE, 5 * MINUTE, 30 * MINUTE, 120 * MINUTE, 720 * MINUTE];

/** Sends all that is due. */
export async function sendNotices(telling: Telling): Promise<ToldCount> {
  const count: ToldCount = { sent: 0, dropped: 0, waiting: 0, failed: 0 };
  while (!telling.ending?.aborted) {
    const due = await claimNotices(telling.db, telling.now(), A_BATCH, HOLD_MS);
    if (due.length === 0) return count;
    for (const letter of lettersOf(due)) {
      if (telling.ending?.aborted) return count;
      count[await send(telling, letter)] += letter.length;
    }
  }
  return count;
}

/** What goes out together: each notice alone, but those of a digest by reader. */
function lettersOf(due: readonly DueNotice[]): DueNotice[][] {
  const byReader = Map.groupBy(due, ({ id, digest, audience, partner }) => {
    if (!digest) return id;
    return audience === 'partner' ? partner.id : `manager ${partner.facts.managerEmail}`;
  });
  return [...byReader.values()];
}

async function send(telling: Telling, letter: readonly DueNotice[]): Promise<keyof ToldCount> {
  const { db, post, now } = telling;
  const [first] = letter;
  const at = iso(now());
  const ids = letter.map(({ id }) => id);
  if (first === undefined) return 'dropped';
  const settle = async (state: 'sent' | 'dropped' | 'failed' | 'waiting', message: string | null, again?: string) => {
    await settleNotices(db, ids, state, message, at, again);
    if (state === 'sent')
      await resolve(
        db,
        'notify',
        ids.map((id) => placeOf(first, id)),
        at,
      );
    return state;
  };
  if (first.kind === 'offer' && first.offer.status !== 'Open') return settle('dropped', 'the offer is no longer open');
  const told = letter.map((notice): Told => ({ ...notice, link: linkOf(telling, notice) }));
  try {
    if (first.channel === 'mail') {
      const to =
        first.audience === 'partner'
          ? first.partner.facts.email
          : (first.partner.facts.managerEmail ?? telling.manager);
      if (to === null) return await settle(await withoutAddress(db, first, at), 'there is no address');
      if (post.mail === null) return await settle('dropped', 'mail is no longer configured');
      await post.mail(to, letterOf(told, telling.vendor), first.id);
    } else {
      const webhook = post.webhooks.get(first.channel);
      if (webhook === undefined) return await settle('dropped', `webhook "${first.channel}" is no longer configured`);
      // Digests are mails, so that a line of a chat is about one notice.
      await webhook(chatLine({ ...first, link: linkOf(telling, first) }, telling.vendor), first.id);
    }
    return await settle('sent', null);
  } catch (error) {
    if (!(error instanceof NotDelivered)) throw error;
    const wait = error.isFinal ? undefined : WAITS_MS[first.attempts - 1];
    if (wait !== undefined) return settle('waiting', error.message, iso(now() + wait));
    await report(
      db,
      ids.map((id) => ({
        ...placeOf(first, id),
        stage: 'notify' as const,
        code: 'NOT_DELIVERED',
        message: error.message,
        hint: 'Mend the mail settings or the address, then resend.',
      })),
      at,
    );
    return settle('failed', error.message);
  }
}

const placeOf = ({ channel }: DueNotice, recordId: string) => ({ connection: channel, object: 'notice', recordId });

function letterOf(told: readonly Told[], vendor: string): Message {
  const [only] = told;
  return only && told.length === 1 ? messageOf(only, vendor) : digestOf(told, vendor);
}

function linkOf({ linkTo }: Telling, { kind, audience, detail, offer }: DueNotice): string | null {
  const answers = kind === 'offer' || (kind === 'warning' && detail.deadline === 'accept');
  return answers && audience === 'partner' && offer.status === 'Open' ? linkTo(offer.id) : null;
}

/** One error a partner, however many notices wait for its address. */
async function withoutAddress(db: Database, { channel, audience, partner }: DueNotice, at: string): Promise<'failed'> {
  const [field, hint] =
    audience === 'partner'
      ? ['e-mail address', 'Fill in the address in the CRM']
      : ['channel manager', 'Fill it in in the CRM, or set mail.manager in sluice.yaml'];
  const message = `${partner.facts.name} is not told: its record names no ${field}.`;
  const error = { connection: channel, object: 'partner', recordId: partner.id, stage: 'notify' as const };
  await report(db, [{ ...error, code: 'NO_ADDRESS', message, hint: `${hint}, then resend.` }], at);
  return 'failed';
}
