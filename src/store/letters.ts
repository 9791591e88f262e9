/** Letters in the store: notices that carry what they say. Written with what they tell of, sent after it (app/send-notices.ts). */
import { sql } from 'kysely';
import { iso } from '../model/clock.ts';
import { upsert } from './bulk.ts';
import type { Database, Queryable } from './database.ts';

/** What a letter says: a title, sentences, and facts in a table. Nothing in it is trusted; who sends it escapes it. */
export interface LetterText {
  readonly title: string;
  readonly lines: readonly string[];
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

export interface Letter extends LetterText {
  /** The same event gives the same id: nobody is told twice. */
  readonly id: string;
  /** What it is about, as in `registration.approved`. */
  readonly kind: string;
  /** The partner's own address, its channel manager's, or the one given. */
  readonly to: 'partner' | 'manager' | { readonly address: string };
  readonly partnerId: string;
}

/** Puts letters where notices wait to be sent by mail, in the caller's transaction. */
export async function keepLetters(tx: Queryable, letters: readonly Letter[], now: number): Promise<void> {
  await upsert(
    tx,
    'notices',
    letters.map(({ id, kind, to, partnerId, title, lines, facts }) => ({
      ...{ id, kind, channel: 'mail', audience: typeof to === 'string' ? to : 'address', partner_id: partnerId },
      ...{ offer_id: null, lead_id: null, detail: {}, digest: false },
      letter: { title, lines, facts, ...(typeof to === 'string' ? {} : { address: to.address }) },
      ...{ created_at: iso(now), state: 'waiting', not_before: iso(now), attempts: 0, sent_at: null, message: null },
    })),
    ['id'],
    [],
  );
}

/** A letter that is due, with the addresses of its partner as they are now. */
export interface DueLetter extends LetterText {
  readonly id: string;
  readonly attempts: number;
  readonly partnerId: string;
  readonly partner: string;
  /** Where it goes; null where no record names an address. */
  readonly address: string | null;
  readonly audience: string;
}

/**
 * Claims up to `limit` letters that are due, as notices are claimed: for `holdMs` nobody else takes them, and if nobody has said by
 * then what became of them they are sent again.
 */
export async function claimLetters(db: Database, now: number, limit: number, holdMs: number): Promise<DueLetter[]> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      id: string;
      attempts: number;
      audience: string;
      partner_id: string;
      letter: LetterText & { readonly address?: string };
      name: string | null;
      email: string | null;
      manager: string | null;
    }>`select n.id, n.attempts, n.audience, n.partner_id, n.letter, p.facts->>'name' as name, p.facts->>'email' as email,
        p.facts->>'managerEmail' as manager
      from notices n left join partners p on p.id = n.partner_id
      where n.state = 'waiting' and n.letter is not null and n.not_before <= ${iso(now)}::timestamptz
      order by n.not_before, n.created_at, n.id limit ${limit} for update of n skip locked`.execute(tx);
    await sql`update notices set attempts = attempts + 1, not_before = ${iso(now + holdMs)}::timestamptz
      where id = any(${rows.map(({ id }) => id)}::text[])`.execute(tx);
    return rows.map(({ id, attempts, audience, partner_id, letter, name, email, manager }) => ({
      ...{ id, attempts: attempts + 1, audience, partnerId: partner_id, partner: name ?? partner_id },
      ...{ title: letter.title, lines: letter.lines, facts: letter.facts },
      address: letter.address ?? (audience === 'partner' ? email : manager),
    }));
  });
}
