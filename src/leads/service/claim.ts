/** Claims of leads that lie in the pool or in an auction: the first one gets it, all others are told why not. */
import { iso } from '../../model/clock.ts';
import type { LeadState } from '../../model/lead.ts';
import type { Offer } from '../../model/offer.ts';
import type { PartnerState } from '../../model/partner.ts';
import type { Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { mayClaim } from '../claims.ts';
import type { CompactDecision } from '../decision.ts';
import type { Routing } from '../routing.ts';
import { settleClocks } from './clocks.ts';
import { Desk } from './desk.ts';
import { type LeadRecord, loadLeads, loadOffers, nextSeq } from './lead-store.ts';
import { openUnder } from './open-offers.ts';
import { type Claimable, claimables } from './pool.ts';
import { madeOf } from './route.ts';
import { lockRouter } from './router-lock.ts';
import { loadStanding, type Standing } from './standing.ts';
import type { SlaRules } from './terms.ts';

/** What a claim came to: `again` where the partner has the lead by an earlier claim. `why` is for the partner to read. */
export type Claimed =
  | { readonly kind: 'claimed'; readonly offer: Offer; readonly again: boolean }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Lets a partner claim a lead, in the caller's transaction: it becomes an offer that is accepted already. Whoever claims at the
 * same time waits, also in another process, and so does the router: one gets the lead, and nobody more than it takes.
 */
export async function claimLead(
  tx: Queryable,
  leadId: string,
  partnerId: string,
  routing: Routing,
  sla: SlaRules | null,
  now: number,
): Promise<Claimed> {
  await lockRouter(tx);
  const [record] = await loadLeads(tx, 'id', [leadId]);
  const standing = await loadStanding(tx, null, routing, now);
  const partner = standing.partners.find(({ id }) => id === partnerId);
  if (record === undefined || partner === undefined)
    return { kind: 'refused', why: record === undefined ? 'there is no such lead' : 'there is no such partner' };
  if (record.lead.state !== 'In pool') {
    const held = await claimedBefore(tx, record, partnerId);
    if (held !== null) return { kind: 'claimed', offer: held, again: true };
    return { kind: 'refused', why: WHERE[record.lead.state] ?? `the lead is not in the pool: ${record.lead.state}` };
  }
  const [claimable] = await claimables(tx, [record], routing, standing, sla, now);
  if (claimable === undefined) return { kind: 'refused', why: 'nothing is known of the person any more' };
  const refused = mayClaim(claimable.lead, partner, routing, standing.market, claimable.pool);
  if (refused !== null) return { kind: 'refused', why: refused };
  const offer = await give(tx, record, claimable, partner, standing, routing, sla, now);
  return { kind: 'claimed', offer, again: false };
}

/** What a partner that comes too late is told; not who has the lead. */
const WHERE: Partial<Record<LeadState, string>> = {
  Offered: 'the lead is not in the pool any more: it is offered to a partner',
  Accepted: 'the lead is not in the pool any more: a partner has it',
  Working: 'the lead is not in the pool any more: a partner has it',
  Qualified: 'the lead is not in the pool any more: a partner has it',
};

/** The offer by which a partner has a lead that it claimed: a claim that is repeated changes nothing. */
async function claimedBefore(tx: Queryable, { lead }: LeadRecord, partnerId: string): Promise<Offer | null> {
  if (lead.partnerId !== partnerId || lead.offerId === null) return null;
  const [held] = await loadOffers(tx, 'id', [lead.offerId]);
  // A claim is accepted in the moment in which it is offered; what was offered by the router is not.
  return held?.offer.status === 'Accepted' && held.offer.offeredAt === held.offer.closedAt ? held.offer : null;
}

async function give(
  tx: Queryable,
  record: LeadRecord,
  { lead: inputs, pool }: Claimable,
  partner: PartnerState,
  standing: Standing,
  routing: Routing,
  sla: SlaRules | null,
  now: number,
): Promise<Offer> {
  const at = iso(now);
  const decision: CompactDecision = {
    ...{ leadId: record.lead.id, outcome: 'offer', cause: 'claim', route: pool.route, partnerId: partner.id },
    ...{ acceptWithinMs: 0, points: null, runnersUp: [], dropped: {}, sentence: '' },
  };
  const { offer, terms } = openUnder(
    sla,
    record.lead,
    inputs,
    { ...decision, trace: null },
    standing.partners,
    routing,
    now,
  );
  const accepted: Offer = { ...offer, status: 'Accepted', acceptBy: at, closedAt: at, response: 'Accepted' };
  const [openedSeq = '0'] = await nextSeq(tx, 1);
  const made = madeOf(inputs, decision);
  const opened = { offer: accepted, openedSeq, freedSeq: null, terms, made, outcome: null };
  const desk = new Desk(tx, at);
  desk.hold([record], [opened]);
  desk.changeOffer(opened, accepted, false);
  const event = { kind: 'claimed', offer: accepted, partner: partner.facts.name } as const;
  desk.happen(record.lead.id, event, { rounds: record.rounds + 1 });
  if (sla) await settleClocks(tx, desk, sla, now);
  await desk.save();
  await emit(tx, [{ type: 'lead.claimed', entity: record.lead.id, data: { offer: accepted.id } }], at);
  return accepted;
}
