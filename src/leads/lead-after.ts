import { CLOSED_STATES as CLOSED, type Lead, type LeadState } from '../model/lead.ts';
import type { Offer } from '../model/offer.ts';
import type { CompactDecision } from './decision.ts';
import { clip } from './text.ts';

/** Where a lead was that goes back there. */
export type LeadBefore = Pick<Lead, 'state' | 'partnerId' | 'offerId'>;

/** Something that happened to a lead. `partner` is what the partner is called. */
export type LeadEvent =
  | { readonly kind: 'decided'; readonly decision: CompactDecision; readonly offer: Offer | null }
  | { readonly kind: 'accepted'; readonly offer: Offer; readonly partner: string }
  /** Out of the pool. */
  | { readonly kind: 'claimed'; readonly offer: Offer; readonly partner: string }
  | { readonly kind: 'rejected'; readonly offer: Offer; readonly partner: string }
  | { readonly kind: 'expired'; readonly offer: Offer; readonly partner: string }
  | { readonly kind: 'recalled'; readonly offer: Offer; readonly partner: string; readonly why: string }
  /** Nobody is asked any more, as the policy of its last offer says. */
  | { readonly kind: 'placed'; readonly state: 'In pool' | 'Nurture' | 'Direct' | 'Review'; readonly why: string }
  | { readonly kind: 'contradicted'; readonly offer: Offer; readonly partner: string; readonly why: string }
  /** Intake says the lead must not be offered (see `restraintOn`). */
  | { readonly kind: 'restrained'; readonly state: 'Held' | 'Withheld'; readonly reason: string }
  /** What kept the lead back is gone: data came, consent was given, a person reviewed it. */
  | { readonly kind: 'released'; readonly reason: string }
  /** Who the person is must still be answered. */
  | { readonly kind: 'doubted'; readonly why: string }
  /** Its person is that of another lead, which goes on. */
  | { readonly kind: 'merged'; readonly into: string }
  /** That turned out to be wrong: it is as it was before where a partner had it, or its deal was closed, else new. */
  | { readonly kind: 'separated'; readonly before: LeadBefore | null; readonly partner: string }
  | { readonly kind: 'working'; readonly by: string }
  | { readonly kind: 'converted'; readonly by: string }
  /** Its partner says that it is at a stage that counts as qualified. */
  | { readonly kind: 'qualified'; readonly by: string; readonly stage: string }
  /** Its partner, or the vendor in its place, gives it back to marketing. */
  | { readonly kind: 'handed back'; readonly offer: Offer; readonly partner: string; readonly why: string }
  /** Marketing releases it again. */
  | { readonly kind: 'returned'; readonly why: string }
  | { readonly kind: 'won'; readonly deal: string }
  | { readonly kind: 'lost'; readonly deal: string }
  | { readonly kind: 'undecided'; readonly deal: string }
  /** A deal of the lead is open: for the first time, or again. */
  | { readonly kind: 'reopened'; readonly deal: string };

const STATE_OF = {
  direct: 'Direct',
  pool: 'In pool',
  nurture: 'Nurture',
  held: 'Held',
  unroutable: 'Unroutable',
} as const satisfies Record<string, LeadState>;

/** States from which a lead is routed. */
const ROUTABLE: ReadonlySet<LeadState> = new Set(['New', 'In pool', 'Nurture', 'Unroutable']);
/** States in which something must happen first. */
const KEPT_BACK: ReadonlySet<LeadState> = new Set(['Held', 'Withheld', 'Review']);
/** States in which a partner or the direct team may work it. */
const IN_HANDS: ReadonlySet<LeadState> = new Set(['Accepted', 'Direct', 'In pool', 'Offered']);

/**
 * What a lead becomes by an event. An event that does not fit the lead's state (an answer to an offer that is no longer
 * its own, work on a deal that is closed) returns the very same lead, so `leadAfter(lead, e) === lead` says "no change".
 * What a CRM says of deals overrules everything: Won, Lost and No decision are reached from any state, and a closed deal
 * that turns out otherwise changes the lead again.
 */
export function leadAfter(lead: Lead, event: LeadEvent): Lead {
  switch (event.kind) {
    case 'decided':
      return ROUTABLE.has(lead.state) ? decided(lead, event.decision, event.offer) : lead;
    case 'accepted':
      if (!isOpenTo(lead, event.offer)) return lead;
      return to(lead, 'Accepted', `Accepted by ${event.partner}`, { acceptBy: null });
    case 'claimed': {
      if (lead.state !== 'In pool') return lead;
      const { id: offerId, partnerId } = event.offer;
      return to(lead, 'Accepted', `Claimed by ${event.partner}`, { partnerId, offerId, acceptBy: null });
    }
    case 'rejected': {
      if (!isOpenTo(lead, event.offer)) return lead;
      const reason = event.offer.responseReason;
      return to(lead, 'New', `Rejected by ${event.partner}${reason ? `: ${reason}` : ''}; to be routed again`, FREE);
    }
    case 'expired':
      if (!isOpenTo(lead, event.offer)) return lead;
      return to(lead, 'New', `${event.partner} did not answer by ${event.offer.acceptBy}; to be routed again`, FREE);
    case 'recalled':
      if (lead.offerId !== event.offer.id || CLOSED.has(lead.state)) return lead;
      return to(lead, 'New', `Recalled from ${event.partner}: ${event.why}`, FREE);
    case 'placed':
      return lead.state === 'New' ? to(lead, event.state, event.why, FREE) : lead;
    case 'contradicted':
      if (lead.offerId !== event.offer.id || CLOSED.has(lead.state)) return lead;
      return to(lead, 'Review', `${event.partner} contradicts itself: ${event.why}`, { acceptBy: null });
    case 'restrained':
      return restrained(lead, event.state, event.reason);
    case 'doubted':
      return KEPT_BACK.has(lead.state) ? to(lead, 'Review', event.why, FREE) : lead;
    case 'released':
      return KEPT_BACK.has(lead.state) ? to(lead, 'New', event.reason, FREE) : lead;
    case 'merged':
      return to(lead, 'No decision', `One person with lead ${event.into}, whose story goes on`, FREE);
    case 'separated': {
      const { before } = event;
      if (before === null) return to(lead, 'New', 'Not the person of another lead after all; to be routed again', FREE);
      const { state, partnerId, offerId } = before;
      const why = `Not the person of another lead after all; back with ${event.partner}`;
      return to(lead, state, why, { partnerId, offerId, acceptBy: null });
    }
    case 'working':
      return IN_HANDS.has(lead.state) ? to(lead, 'Working', `Worked by ${event.by}`, { acceptBy: null }) : lead;
    case 'converted':
      if (CLOSED.has(lead.state)) return lead;
      return to(lead, 'Qualified', `Qualified by ${event.by}: converted in the CRM`, { acceptBy: null });
    case 'qualified':
      if (!IN_HANDS.has(lead.state) && lead.state !== 'Working') return lead;
      return to(lead, 'Qualified', `Qualified by ${event.by}: ${event.stage}`, { acceptBy: null });
    case 'handed back':
      if (lead.offerId !== event.offer.id || CLOSED.has(lead.state)) return lead;
      return to(lead, 'Nurture', `Handed back by ${event.partner}: ${event.why}`, FREE);
    case 'returned':
      return lead.state === 'Nurture' ? to(lead, 'New', event.why, FREE) : lead;
    case 'won':
      return to(lead, 'Won', `Won: ${event.deal}`, { acceptBy: null });
    case 'lost':
      return to(lead, 'Lost', `Lost: ${event.deal}`, { acceptBy: null });
    case 'undecided':
      return to(lead, 'No decision', `No decision: ${event.deal}`, { acceptBy: null });
    case 'reopened':
      return CLOSED.has(lead.state) ? to(lead, 'Qualified', `Open again: ${event.deal}`, { acceptBy: null }) : lead;
  }
}

const FREE = { partnerId: null, offerId: null, acceptBy: null } as const;

/** Consent binds whoever has the lead, until a deal is made of it; missing data matters only while nobody has it. */
function restrained(lead: Lead, state: 'Held' | 'Withheld', reason: string): Lead {
  const applies =
    state === 'Withheld'
      ? lead.state !== 'Qualified' && !CLOSED.has(lead.state)
      : ROUTABLE.has(lead.state) || lead.state === 'Held' || lead.state === 'Withheld';
  return applies ? to(lead, state, reason, FREE) : lead;
}

function decided(lead: Lead, decision: CompactDecision, offer: Offer | null): Lead {
  if (decision.outcome !== 'offer') return to(lead, STATE_OF[decision.outcome], decision.sentence, FREE);
  if (offer === null) throw new RangeError(`lead ${lead.id} is to be offered, but there is no offer`);
  const { id: offerId, partnerId, acceptBy } = offer;
  return to(lead, 'Offered', decision.sentence, { partnerId, offerId, acceptBy });
}

function isOpenTo(lead: Lead, offer: Offer): boolean {
  return lead.state === 'Offered' && lead.offerId === offer.id;
}

function to(
  lead: Lead,
  state: LeadState,
  reason: string,
  change: Partial<Pick<Lead, 'partnerId' | 'offerId' | 'acceptBy'>>,
): Lead {
  const next = { ...lead, state, reason: clip(reason), ...change };
  const same = (Object.keys(next) as (keyof Lead)[]).every((key) => next[key] === lead[key]);
  return same ? lead : next;
}
