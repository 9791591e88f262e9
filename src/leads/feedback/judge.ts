/** What a statement comes to, given the offer it is about and what was said of it before. Pure. */
import type { Answer, Offer } from '../../model/offer.ts';
import { answerOffer } from '../offers.ts';
import { contentsOf, type OutcomeKind, type Statement } from './statement.ts';

/** What is known of an offer when something is said about it. */
export interface Before {
  readonly offer: Offer;
  /** What the same source said under the same key, as `contentsOf` gives it; null: nothing yet. */
  readonly sameKey: string | null;
  /** The outcome that its partner stated first; null: none yet. */
  readonly outcome: OutcomeKind | null;
}

export type Judged =
  /** It is new and counts. `offer` as the answer leaves it. */
  | { readonly kind: 'taken'; readonly offer: Offer }
  /** It was said before. */
  | { readonly kind: 'repeat' }
  /** The offer was closed before: kept as late feedback, it moves nothing. */
  | { readonly kind: 'late'; readonly why: string }
  /** Its partner said the opposite before, which counts: a person looks at it. */
  | { readonly kind: 'contradiction'; readonly why: string }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/** Judges a statement about `before.offer`. @param via where it came from */
export function judge(statement: Statement, before: Before, via: string): Judged {
  const { offer } = before;
  const { at } = statement;
  if (before.sameKey !== null) {
    if (before.sameKey === contentsOf(statement)) return { kind: 'repeat' };
    return refused(
      `the key "${statement.key}" already names another statement about offer ${offer.id}: give this one its own`,
    );
  }
  if (Date.parse(at) < Date.parse(offer.offeredAt))
    return refused(`it was said at ${at}, before offer ${offer.id} was made at ${offer.offeredAt}`);
  const answered =
    statement.response === null ? null : answerOffer(offer, answerIn(statement, statement.response, offer.id, via));
  if (answered?.kind === 'late' || answered?.kind === 'contradiction')
    return { kind: answered.kind, why: answered.why };
  const now = answered?.offer ?? offer;
  const goesOn = statement.stage !== null || statement.nextStep !== null || statement.outcome !== null;
  const more =
    goesOn || statement.nurture !== null || statement.note !== null || Object.keys(statement.measures).length > 0;
  if (answered?.kind === 'repeat' && !more) return { kind: 'repeat' };
  // What is said with a rejection belongs to it; what comes after the end comes late.
  const ended = offer.status !== 'Open' && offer.status !== 'Accepted';
  if (ended && answered === null)
    return { kind: 'late', why: `said at ${at}, after the offer was ${offer.status.toLowerCase()}` };
  if (now.status === 'Open' && goesOn)
    return refused(`offer ${offer.id} is not accepted yet: say "accepted" in the same statement, or before it`);
  const { outcome } = statement;
  if (outcome !== null && before.outcome !== null && outcome.kind !== before.outcome)
    return { kind: 'contradiction', why: `said ${outcome.kind} at ${at} through ${via}, but ${before.outcome} before` };
  return { kind: 'taken', offer: now };
}

/** The answer to the offer that a statement holds. */
function answerIn(statement: Statement, response: Answer['response'], offerId: string, via: string): Answer {
  return { offerId, response, reason: statement.reason?.text ?? null, at: statement.at, via };
}

function refused(problem: string): Judged {
  return { kind: 'refused', problems: [problem] };
}
