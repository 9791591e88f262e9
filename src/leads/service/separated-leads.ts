import { idOf } from '../../model/ids.ts';
import type { LeadState } from '../../model/lead.ts';
import type { Offer } from '../../model/offer.ts';
import type { Queryable } from '../../store/database.ts';
import type { StoredEvent } from '../../store/events.ts';
import type { Desk } from './desk.ts';
import { keptMerges, type YieldedLead } from './kept-merges.ts';
import { loadOffers, nextSeq } from './lead-store.ts';

/** States in which a partner had the lead, or its deal was closed: it goes back there. */
const PLACED: ReadonlySet<LeadState> = new Set(['Accepted', 'Working', 'Qualified', 'Won', 'Lost', 'No decision']);
const WITH_PARTNER: ReadonlySet<LeadState> = new Set(['Accepted', 'Working', 'Qualified']);

/**
 * Lets leads go on that had given way to another one by a merge that was undone. Whoever had accepted one has it again, by a new offer
 * that is accepted already, since the old one was taken back; one that nobody had is routed again.
 */
export async function restoreSeparatedLeads(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
  nameOf: (id: string | null) => string,
  at: string,
): Promise<void> {
  if (events.length === 0) return;
  const merges = await keptMerges(tx, { ids: events.map(({ data }) => String(data.merge)) });
  await desk.load(
    'id',
    merges.flatMap(({ lead }) => [...(lead?.moved ? [lead.moved] : []), ...(lead?.yielded ? [lead.yielded.id] : [])]),
  );
  for (const { lead } of merges) {
    if (lead?.moved) {
      desk.touchLead(lead.moved);
      for (const { offer } of await loadOffers(tx, 'lead_id', [lead.moved])) desk.touchOffer(offer.id);
    }
    if (lead?.yielded) await restore(tx, desk, lead.yielded, nameOf, at);
  }
}

async function restore(
  tx: Queryable,
  desk: Desk,
  before: YieldedLead,
  nameOf: (id: string | null) => string,
  at: string,
): Promise<void> {
  const record = desk.lead(before.id);
  // Ended by the merge: whatever else became of it since stands.
  if (record?.lead.state !== 'No decision' || record.lead.offerId !== null) return;
  const partner = nameOf(before.partnerId);
  if (!PLACED.has(before.state)) {
    desk.happen(before.id, { kind: 'separated', before: null, partner });
    return;
  }
  const old = before.offerId === null ? undefined : (await loadOffers(tx, 'id', [before.offerId]))[0];
  const isBack = WITH_PARTNER.has(before.state) && old?.offer.status === 'Recalled';
  if (!isBack || old === undefined) {
    desk.happen(before.id, { kind: 'separated', before, partner });
    return;
  }
  const round = record.rounds + 1;
  const offer: Offer = {
    ...{ id: idOf('of', before.id, String(round)), leadId: before.id, partnerId: old.offer.partnerId, round },
    ...{ status: 'Accepted', offeredAt: at, acceptBy: at, closedAt: at, response: 'Accepted', responseReason: null },
  };
  const [openedSeq = '0'] = await nextSeq(tx, 1);
  const { terms, made } = old;
  const opened = { offer, openedSeq, freedSeq: null, terms, made, outcome: null };
  desk.hold([], [opened]);
  desk.changeOffer(opened, offer, false);
  desk.happen(
    before.id,
    { kind: 'separated', before: { state: before.state, partnerId: offer.partnerId, offerId: offer.id }, partner },
    { rounds: round },
  );
}
