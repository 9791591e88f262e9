/**
 * The terms that an offer was made under, and what they make of what happened to it. An offer keeps its terms: who edits
 * sla.yaml changes the offers that follow, not what a partner was promised. Pure.
 */
import { CLOSED_STATES, type Lead } from '../model/lead.ts';
import type { Offer } from '../model/offer.ts';
import type { PartnerFacts } from '../model/partner.ts';
import type { RuleContext } from './rule-scope.ts';
import { type Deadline, deadlinesOf, type OfferFacts } from './sla/clock.ts';
import type { Policy } from './sla/compile-policies.ts';
import { calendarFor, policyFor, type Sla, withOffer } from './sla/sla.ts';
import type { DeadlineName } from './sla/sla-schema.ts';
import type { WorkingTime } from './sla/working-time.ts';

export interface OfferTerms {
  /** Names the version of sla.yaml and its holidays in `config_versions`. */
  readonly sla: string;
  readonly policy: string;
  /** Where the partner was, which says its calendar. */
  readonly country: string | null;
  readonly zone: string | null;
  /** What `offer` of routing.yaml said, which holds where the policy says nothing of it. */
  readonly acceptWithinMs: number;
  readonly rounds: number;
}

/** The terms of an offer that is being made. `context` is that of its lead, with the partner in view. */
export function termsFor(
  { sla, hash }: { readonly sla: Sla; readonly hash: string },
  context: RuleContext,
  partner: Pick<PartnerFacts, 'country' | 'timeZone'>,
  offer: { readonly acceptWithinMs: number; readonly rounds: number },
): OfferTerms {
  const { name } = policyFor(sla, context);
  return { sla: hash, policy: name, country: partner.country, zone: partner.timeZone, ...offer };
}

/** Something that happened to an offer beside its opening, answer and end. */
export interface OfferMark {
  /** `pause` and `resume` by their reason, `extend` by the deadline it moves; of the others it is empty. */
  readonly kind: 'touch' | 'report' | 'pause' | 'resume' | 'extend' | 'close' | 'reopen';
  readonly about: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The clock of an offer: its policy and calendar, with what happened to it. */
export interface OfferClock {
  readonly sla: Sla;
  readonly policy: Policy;
  readonly calendar: WorkingTime;
  readonly facts: OfferFacts;
}

/** The clock of an offer under its terms; by the last policy where its own is not in the version that could be read. */
export function clockOf(
  offer: Offer,
  terms: OfferTerms,
  sla: Sla,
  marks: readonly OfferMark[],
  lead: Lead | undefined,
): OfferClock {
  const named = sla.policies.get(terms.policy) ?? sla.use.at(-1)?.policy;
  if (named === undefined) throw new RangeError('no policy holds for every offer');
  const policy = withOffer(named, terms);
  const calendar = calendarFor(sla, policy, { country: terms.country, zone: terms.zone });
  return { sla, policy, calendar, facts: factsOf(offer, marks, lead) };
}

/** The deadlines of an offer as known at `now`. */
export function deadlinesAt({ facts, policy, calendar, sla }: OfferClock, now: number): Deadline[] {
  return deadlinesOf(facts, policy, calendar, sla.pauses, now);
}

/**
 * Until when an answer counts that was given at `at`: pauses and extensions up to then move it. Without a consequence of
 * silence there is no such end, and an offer whose answer came has the one that stands on it.
 */
export function answerableUntil(clock: OfferClock, at: number): number {
  const open = { ...clock, facts: { ...clock.facts, answer: null, closedAt: null } };
  const accept = deadlinesAt(open, at).find(({ name }) => name === 'accept');
  if (accept === undefined || accept.dueAt === null) return at;
  return accept.missed === 'none' || accept.state === 'paused' ? Math.max(at, accept.dueAt) : accept.dueAt;
}

/** What the clock goes by. */
function factsOf(offer: Offer, marks: readonly OfferMark[], lead: Lead | undefined): OfferFacts {
  const inOrder = [...marks].sort((a, b) => a.at - b.at);
  const answeredAt = offer.status === 'Accepted' || offer.status === 'Rejected' ? offer.closedAt : null;
  return {
    offeredAt: Date.parse(offer.offeredAt),
    answer: answeredAt === null ? null : { at: Date.parse(answeredAt), accepted: offer.status === 'Accepted' },
    firstTouchAt: inOrder.find(({ kind }) => kind === 'touch' || kind === 'report')?.at ?? null,
    reports: inOrder.filter(({ kind }) => kind === 'report').map(({ at }) => at),
    pauses: pausesIn(inOrder),
    extensions: inOrder.flatMap(({ kind, about, at }) =>
      kind === 'extend' ? [{ deadline: about as DeadlineName, at }] : [],
    ),
    closedAt: closedAt(offer, inOrder, lead),
  };
}

/** Whether anything about the offer can still be due: it is open, or accepted by the partner that has the lead. */
export function isLive(offer: Offer, lead: Lead | undefined): boolean {
  if (offer.status !== 'Open' && offer.status !== 'Accepted') return false;
  return lead !== undefined && lead.offerId === offer.id && !CLOSED_STATES.has(lead.state);
}

function closedAt(offer: Offer, marks: readonly OfferMark[], lead: Lead | undefined): number | null {
  if (offer.status !== 'Open' && offer.status !== 'Accepted')
    return offer.closedAt === null ? null : Date.parse(offer.closedAt);
  if (isLive(offer, lead)) return null;
  const closed = marks.findLast(({ kind }) => kind === 'close')?.at;
  // A lead that went another way without a word of when: the offer ended with what is known of it last.
  return closed ?? Math.max(Date.parse(offer.closedAt ?? offer.offeredAt), ...marks.map(({ at }) => at));
}

/** Pauses from their beginnings and ends: a resume ends every pause of its reason that goes on. */
function pausesIn(marks: readonly OfferMark[]): OfferFacts['pauses'] {
  const pauses: { from: number; to: number | null; reason: string }[] = [];
  for (const { kind, about, at } of marks) {
    if (kind === 'pause') pauses.push({ from: at, to: null, reason: about });
    if (kind !== 'resume') continue;
    for (const pause of pauses) if (pause.to === null && pause.reason === about) pause.to = at;
  }
  return pauses;
}
