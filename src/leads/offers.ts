/**
 * The life of an offer: Open, then exactly one of Accepted, Rejected, Expired, Recalled. (An accepted one can still be
 * recalled.) An answer counts for the offer it was given to, by the time at which the CRM recorded it, so that it makes
 * no difference when Sluice came to read it. The first answer wins. Pure; lead-after.ts says what the lead becomes.
 */

import { iso } from '../model/clock.ts';
import { idOf } from '../model/ids.ts';
import type { Answer, Offer } from '../model/offer.ts';
import type { CompactDecision } from './decision.ts';

/**
 * Opens the offer that a decision asks for.
 * @param now epoch milliseconds
 * @param acceptBy epoch milliseconds: until when the partner answers
 * @param round the how-manieth offer of this lead, from 1; with the lead it makes the id, so that a repeated run opens no second offer
 */
export function openOffer(
  lead: { readonly id: string },
  decision: CompactDecision,
  now: number,
  round: number,
  acceptBy: number = now + (decision.acceptWithinMs ?? 0),
): Offer {
  if (decision.outcome !== 'offer' || decision.partnerId === null || decision.acceptWithinMs === null)
    throw new RangeError(
      `the decision on lead ${lead.id} is "${decision.outcome}": there is nobody to make an offer to`,
    );
  return {
    id: idOf('of', lead.id, String(round)),
    leadId: lead.id,
    partnerId: decision.partnerId,
    status: 'Open',
    round,
    offeredAt: iso(now),
    acceptBy: iso(acceptBy),
    closedAt: null,
    response: null,
    responseReason: null,
  };
}

/** What an answer does to its offer. Only `answered` changes anything; all but `repeat` are kept as feedback. */
export type AnswerResult =
  /** The first answer, in time. */
  | { readonly kind: 'answered'; readonly offer: Offer; readonly effect: 'accepted' | 'rejected' }
  /** The same answer read once more. */
  | { readonly kind: 'repeat'; readonly offer: Offer }
  /** After the deadline or after a recall: kept as feedback, it moves nothing. `offer` is as it was. */
  | { readonly kind: 'late'; readonly offer: Offer; readonly why: string }
  /** Says the opposite of the answer that counts: the lead goes to review. `offer` is as it was. */
  | { readonly kind: 'contradiction'; readonly offer: Offer; readonly why: string };

/** Applies an answer to the offer it names; throws where it names another one. */
export function answerOffer(offer: Offer, answer: Answer): AnswerResult {
  if (answer.offerId !== offer.id) throw new RangeError(`the answer is to offer ${answer.offerId}, not to ${offer.id}`);
  const said = answer.response.toLowerCase();
  if (offer.status === 'Expired' || offer.status === 'Recalled') {
    if (offer.response === answer.response) return { kind: 'repeat', offer };
    return { kind: 'late', offer, why: `${said} at ${answer.at}, after the offer was ${offer.status.toLowerCase()}` };
  }
  if (offer.status !== 'Open') {
    if (offer.response === answer.response) return { kind: 'repeat', offer };
    return {
      kind: 'contradiction',
      offer,
      why: `${said} at ${answer.at} through ${answer.via}, but ${offer.status.toLowerCase()} before`,
    };
  }
  if (Date.parse(answer.at) > Date.parse(offer.acceptBy))
    return { kind: 'late', offer, why: `${said} at ${answer.at}, after the deadline ${offer.acceptBy}` };
  const answered: Offer = {
    ...offer,
    status: answer.response,
    closedAt: answer.at,
    response: answer.response,
    responseReason: answer.reason,
  };
  return { kind: 'answered', offer: answered, effect: answer.response === 'Accepted' ? 'accepted' : 'rejected' };
}

/** Expires an open offer whose deadline is over; any other is returned as it is. Its time of closing is the deadline. */
export function expireOffer(offer: Offer, now: number): Offer {
  if (offer.status !== 'Open' || now <= Date.parse(offer.acceptBy)) return offer;
  return { ...offer, status: 'Expired', closedAt: offer.acceptBy };
}

/** Takes an open or accepted offer back (consent withdrawn, lead reassigned); any other is returned as it is. */
export function recallOffer(offer: Offer, now: number): Offer {
  if (offer.status !== 'Open' && offer.status !== 'Accepted') return offer;
  return { ...offer, status: 'Recalled', closedAt: iso(now) };
}
