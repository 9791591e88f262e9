/** Sends the letters that decisions have left, at least once, as notices are sent (send-notices.ts). */
import { letterMessage } from '../leads/notify/message.ts';
import { settleNotices } from '../leads/service/notices.ts';
import { iso } from '../model/clock.ts';
import { report, resolve } from '../store/errors.ts';
import { claimLetters, type DueLetter } from '../store/letters.ts';
import { NotDelivered } from './post.ts';
import { HOLD_MS, type Telling, type ToldCount, WAITS_MS } from './send-notices.ts';

const A_BATCH = 50;

/** Sends all that are due. */
export async function sendLetters(telling: Omit<Telling, 'linkTo'>): Promise<ToldCount> {
  const count: ToldCount = { sent: 0, dropped: 0, waiting: 0, failed: 0 };
  while (!telling.ending?.aborted) {
    const due = await claimLetters(telling.db, telling.now(), A_BATCH, HOLD_MS);
    if (due.length === 0) return count;
    for (const letter of due) {
      if (telling.ending?.aborted) return count;
      count[await send(telling, letter)] += 1;
    }
  }
  return count;
}

async function send(telling: Omit<Telling, 'linkTo'>, letter: DueLetter): Promise<keyof ToldCount> {
  const { db, post, now, manager, vendor } = telling;
  const at = iso(now());
  const settle = async (state: 'sent' | 'dropped' | 'failed' | 'waiting', message: string | null, again?: string) => {
    await settleNotices(db, [letter.id], state, message, at, again);
    return state;
  };
  const place = { connection: 'mail', object: 'letter', recordId: letter.id };
  const to = letter.address ?? (letter.audience === 'manager' ? manager : null);
  if (to === null) {
    const [field, hint] =
      letter.audience === 'partner'
        ? ['e-mail address', 'Fill in the address in the CRM']
        : ['channel manager', 'Fill it in in the CRM, or set mail.manager in sluice.yaml'];
    const message = `${letter.partner} is not told: its record names no ${field}.`;
    const error = { ...place, object: 'partner', recordId: letter.partnerId, stage: 'notify' as const };
    await report(db, [{ ...error, code: 'NO_ADDRESS', message, hint: `${hint}, then resend.` }], at);
    return settle('failed', 'there is no address');
  }
  if (post.mail === null) return settle('dropped', 'mail is no longer configured');
  try {
    await post.mail(to, letterMessage(letter, vendor), letter.id);
    await resolve(db, 'notify', [place], at);
    return await settle('sent', null);
  } catch (error) {
    if (!(error instanceof NotDelivered)) throw error;
    const wait = error.isFinal ? undefined : WAITS_MS[letter.attempts - 1];
    if (wait !== undefined) return settle('waiting', error.message, iso(now() + wait));
    const hint = 'Mend the mail settings or the address, then resend.';
    await report(db, [{ ...place, stage: 'notify', code: 'NOT_DELIVERED', message: error.message, hint }], at);
    return settle('failed', error.message);
  }
}
