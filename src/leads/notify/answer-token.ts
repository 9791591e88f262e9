/**
 * The signed word in a link by which a partner answers one offer without a log-in: the offer, until when the link works, and
 * an HMAC-SHA256 over both. Whoever has the link may answer, as whoever has the mail may; nobody can make one without the
 * secret, nor make one of another offer of it. That it answers once is the store's matter. Pure.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface AnswerToken {
  readonly offerId: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** What a token is signed for, so that no other use of the secret gives the same signature. */
const PURPOSE = 'sluice answer 1';

export function signToken({ offerId, expiresAt }: AnswerToken, secret: string): string {
  const body = `${offerId}.${Math.ceil(expiresAt / 1000).toString(36)}`;
  return `${body}.${macOf(body, secret).toString('base64url')}`;
}

/** The token, or null where it was not signed with the secret. Whether it has expired is for the caller to ask. */
export function readToken(text: string, secret: string): AnswerToken | null {
  const [, body, offerId, seconds, mac] = /^((of_[0-9a-z]{16})\.([0-9a-z]{1,9}))\.([\w-]{43})$/.exec(text) ?? [];
  if (body === undefined || offerId === undefined || seconds === undefined || mac === undefined) return null;
  const given = Buffer.from(mac, 'base64url');
  const right = macOf(body, secret);
  // Letters that decode alike must not make two tokens of one.
  const same = given.length === right.length && timingSafeEqual(given, right) && given.toString('base64url') === mac;
  return same ? { offerId, expiresAt: Number.parseInt(seconds, 36) * 1000 } : null;
}

function macOf(body: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${PURPOSE}\n${body}`).digest();
}
