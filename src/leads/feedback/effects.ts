/**
 * What a partner's words do to its lead. Pure.
 *
 * A deal that a CRM holds goes before what is said: where there is one, an outcome that the partner states is kept beside it and
 * moves nothing. Where there is none the partner's word closes the lead, until a deal appears.
 */
import { CLOSED_STATES, type Lead } from '../../model/lead.ts';
import { decimalOf, type Money } from '../../model/money.ts';
import type { Offer } from '../../model/offer.ts';
import type { LeadEvent } from '../lead-after.ts';
import type { OutcomeKind, StatedOutcome } from './statement.ts';

/** The part of a statement that may move a lead. */
export interface Said {
  readonly at: string;
  readonly stage: { readonly name: string; readonly means: 'working' | 'qualified' } | null;
  readonly outcome: StatedOutcome | null;
  /** In words. */
  readonly nurture: string | null;
}

/** What the CRM's deals of a lead say, the most telling one first. */
export type DealStanding = 'none' | 'open' | 'won' | 'lost';

export interface Effect {
  readonly kind: 'taken' | 'late' | 'contradiction';
  /** What happens to the lead, in order. */
  readonly events: readonly LeadEvent[];
  /** The lead is closed or handed back: its partner has room again. */
  readonly ends: 'closed' | 'handed back' | null;
  /** In words, for whoever asks what came of it. */
  readonly text: string;
}

/** @param partner what the partner is called */
export function effectOf(said: Said, offer: Offer, lead: Lead, deal: DealStanding, partner: string): Effect {
  if (lead.offerId !== offer.id || (offer.status !== 'Open' && offer.status !== 'Accepted')) {
    const over =
      offer.status === 'Open' || offer.status === 'Accepted'
        ? 'the lead had gone on'
        : `the offer was ${offer.status.toLowerCase()}`;
    return { kind: 'late', events: [], ends: null, text: `Came after ${over}: kept, it moves nothing` };
  }
  if (said.nurture !== null) return handedBack(said.nurture, offer, lead, partner);
  if (said.outcome !== null) return ended(said.outcome, lead, deal, partner);
  if (said.stage === null) return kept('Kept');
  if (CLOSED_STATES.has(lead.state)) return kept('The lead is closed: kept, it moves nothing');
  const event: LeadEvent =
    said.stage.means === 'qualified'
      ? { kind: 'qualified', by: partner, stage: said.stage.name }
      : { kind: 'working', by: partner };
  return { kind: 'taken', events: [event], ends: null, text: `Stage ${said.stage.name}: ${said.stage.means}` };
}

function handedBack(why: string, offer: Offer, lead: Lead, partner: string): Effect {
  if (CLOSED_STATES.has(lead.state)) return kept('The lead is closed: it cannot be handed back');
  const event: LeadEvent = { kind: 'handed back', offer, partner, why };
  return { kind: 'taken', events: [event], ends: 'handed back', text: `Handed back to marketing: ${why}` };
}

const KIND_OF = { won: 'won', lost: 'lost', 'no decision': 'undecided' } as const satisfies Record<OutcomeKind, string>;

function ended(outcome: StatedOutcome, lead: Lead, deal: DealStanding, partner: string): Effect {
  if (deal === 'open') return kept(`${partner} says ${outcome.kind}; the deal in the CRM is open and goes before`);
  if (deal === 'won' || deal === 'lost') {
    // In a CRM that knows only won and lost, no decision is a lost deal.
    const alike = (outcome.kind === 'no decision' ? 'lost' : outcome.kind) === deal;
    const text = `${partner} says ${outcome.kind}; the deal in the CRM is ${deal}${alike ? '' : ' and goes before'}`;
    return { kind: alike ? 'taken' : 'contradiction', events: [], ends: null, text };
  }
  if (CLOSED_STATES.has(lead.state)) return kept('The lead is closed already');
  const event: LeadEvent = { kind: KIND_OF[outcome.kind], deal: outcomeWords(outcome, partner) };
  return {
    kind: 'taken',
    events: [event],
    ends: 'closed',
    text: `Closed as ${outcome.kind}: no deal in a CRM says otherwise`,
  };
}

/** "Alder says so, 12500.00 EUR, against Initech". */
function outcomeWords({ kind, competitor, value }: StatedOutcome, partner: string): string {
  const against = competitor === null ? [] : [kind === 'lost' ? `to ${competitor}` : `against ${competitor}`];
  return [`${partner} says so`, ...(value === null ? [] : [amountWords(value)]), ...against].join(', ');
}

function amountWords(value: Money): string {
  return `${decimalOf(value)} ${value.currency}`;
}

function kept(text: string): Effect {
  return { kind: 'taken', events: [], ends: null, text };
}
