/** Offers as routing makes them: under which terms, until when, and with their first timers. */
import { sql } from 'kysely';
import type { Lead } from '../../model/lead.ts';
import type { Offer } from '../../model/offer.ts';
import type { PartnerState } from '../../model/partner.ts';
import type { Queryable } from '../../store/database.ts';
import type { Decision } from '../decision.ts';
import { clockOf, deadlinesAt, type OfferTerms, termsFor } from '../offer-terms.ts';
import { openOffer } from '../offers.ts';
import type { RoutableLead } from '../routable-lead.ts';
import type { Routing } from '../routing.ts';
import { ruleContext, withPartner } from '../rule-scope.ts';
import { timersOf } from '../timers.ts';
import type { LeadRecord, OfferRecord } from './lead-store.ts';
import { type SlaRules, versionsFor } from './terms.ts';
import { addTimers } from './timer-store.ts';

/** Opens the offer that a decision asks for, under the policy that its lead and partner meet. */
export function openUnder(
  sla: SlaRules | null,
  lead: Lead,
  inputs: RoutableLead,
  decision: Decision,
  partners: readonly PartnerState[],
  routing: Routing,
  now: number,
): { readonly offer: Offer; readonly terms: OfferTerms | null } {
  const round = inputs.rounds + 1;
  const partner = partners.find(({ id }) => id === decision.partnerId);
  if (sla === null || partner === undefined) return { offer: openOffer(lead, decision, now, round), terms: null };
  const { person, touches, score } = inputs;
  const context = withPartner(
    ruleContext({ person, touches, lead: { score: score.score, grade: score.grade } }),
    partner,
  );
  const terms = termsFor(sla, context, partner.facts, {
    acceptWithinMs: decision.acceptWithinMs ?? 0,
    rounds: routing.routes.find(({ name }) => name === decision.route)?.rounds ?? 1,
  });
  const offer = openOffer(lead, decision, now, round);
  const holder = { ...lead, offerId: offer.id, state: 'Offered' as const };
  const accept = deadlinesAt(clockOf(offer, terms, sla.sla, [], holder), now).find(({ name }) => name === 'accept');
  return { offer: openOffer(lead, decision, now, round, accept?.dueAt ?? undefined), terms };
}

/** Sets the first timers of offers that were just opened. */
export async function startClocks(
  tx: Queryable,
  sla: SlaRules | null,
  opened: readonly OfferRecord[],
  leads: readonly LeadRecord[],
  now: number,
): Promise<void> {
  if (sla === null || opened.length === 0) return;
  const leadOf = new Map(leads.map(({ lead }) => [lead.id, lead]));
  const timers = opened.flatMap(({ offer, terms }) => {
    if (terms === null) return [];
    const clock = clockOf(offer, terms, sla.sla, [], leadOf.get(offer.leadId));
    return timersOf(clock, now).map((timer) => ({ ...timer, offerId: offer.id }));
  });
  await addTimers(tx, timers);
}

/** How many partners the policies of their last offers let these leads be offered to, by lead; a policy that does not say is left out. */
export async function roundsAtMost(
  tx: Queryable,
  sla: SlaRules | null,
  leads: readonly LeadRecord[],
): Promise<ReadonlyMap<string, number>> {
  const before = leads.filter(({ rounds }) => rounds > 0).map(({ lead }) => lead.id);
  if (sla === null || before.length === 0) return new Map();
  const { rows } = await sql<{ lead: string; terms: OfferTerms }>`
    select distinct on (lead_id) lead_id as lead, terms from offers
    where lead_id = any(${before}::text[]) and terms is not null order by lead_id, round desc`.execute(tx);
  const versions = await versionsFor(tx, rows, sla);
  return new Map(
    rows.flatMap(({ lead, terms }): [string, number][] => {
      const rounds = versions.get(terms.sla)?.policies.get(terms.policy)?.rounds;
      return rounds ? [[lead, rounds.atMost]] : [];
    }),
  );
}
