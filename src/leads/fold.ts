/** Partners and market after a decision, and leads routed one after the other. */
import type { PartnerState } from '../model/partner.ts';
import type { Decision } from './decision.ts';
import type { Fairness } from './fairness.ts';
import { type Market, NEW_MARKET } from './market.ts';
import type { RoutableLead } from './routable-lead.ts';
import { routeLead } from './route-lead.ts';
import type { Routing } from './routing.ts';

type Folded = Pick<Decision, 'outcome' | 'partnerId'> & Partial<Pick<Decision, 'route' | 'turn'>>;

/**
 * The partners after a decision: the one that is offered the lead has one more open lead and was served last. `place` is
 * the place of this offer in the order of all; without it, one more than the highest among the partners.
 */
export function foldDecision(
  partners: readonly PartnerState[],
  decision: Folded,
  place = 1 + partners.reduce((most, { lastServed }) => Math.max(most, lastServed), 0),
  lead: Pick<RoutableLead, 'at' | 'score'> | null = null,
  fairness: Fairness | null = null,
): readonly PartnerState[] {
  if (decision.outcome !== 'offer') return partners;
  const { route, turn } = decision;
  return partners.map((partner): PartnerState => {
    if (partner.id !== decision.partnerId) return partner;
    const { dailyCapacity, weeklyCapacity } = partner.facts;
    const counts = lead?.at !== undefined && (dailyCapacity !== null || weeklyCapacity !== null);
    return {
      ...partner,
      load: partner.load + 1,
      lastServed: place,
      ...(counts && lead?.at !== undefined ? { recent: [...(partner.recent ?? []), lead.at] } : {}),
      ...(turn !== undefined && route ? { turns: { ...partner.turns, [route]: turn } } : {}),
      ...(lead && fairness?.grades.has(lead.score.grade) ? { best: (partner.best ?? 0) + 1 } : {}),
    };
  });
}

/** The market after a decision: a lead that fairness counts was given to the direct team, or for the first time to a partner. */
export function foldMarket(
  market: Market,
  decision: Pick<Decision, 'outcome'>,
  lead: Pick<RoutableLead, 'score' | 'rounds'>,
  fairness: Fairness | null,
): Market {
  if (!fairness?.grades.has(lead.score.grade)) return market;
  const { direct, channel } = market.given;
  if (decision.outcome === 'direct') return { ...market, given: { direct: direct + 1, channel } };
  if (decision.outcome === 'offer' && lead.rounds === 0) return { ...market, given: { direct, channel: channel + 1 } };
  return market;
}

/** Routes leads one after the other, each with the partners and the market as the ones before left them. */
export function routeBatch(
  leads: readonly RoutableLead[],
  partners: readonly PartnerState[],
  routing: Routing,
  market: Market = NEW_MARKET,
): { readonly decisions: readonly Decision[]; readonly partners: readonly PartnerState[]; readonly market: Market } {
  let [state, past] = [partners, market];
  const decisions = leads.map((lead) => {
    const decision = routeLead(lead, state, routing, { market: past });
    state = foldDecision(state, decision, undefined, lead, routing.fairness);
    past = foldMarket(past, decision, lead, routing.fairness);
    return decision;
  });
  return { decisions, partners: state, market: past };
}
