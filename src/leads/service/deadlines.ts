import type { Queryable } from '../../store/database.ts';
import { expireOffer } from '../offers.ts';
import { Desk, type Touched } from './desk.ts';
import { partnerNames } from './facts.ts';
import { dueOffers, loadLeads } from './lead-store.ts';

/** Expires offers whose deadline is over; answers that were given in time must have been dealt with before. */
export async function fireDue(
  tx: Queryable,
  now: number,
  limit: number,
): Promise<Touched & { readonly fired: number }> {
  const at = new Date(now).toISOString();
  const due = await dueOffers(tx, at, limit);
  const desk = new Desk(tx, at);
  const names = await partnerNames(tx);
  desk.hold(
    await loadLeads(
      tx,
      'id',
      due.map(({ offer }) => offer.leadId),
    ),
    due,
  );
  for (const record of due) {
    const expired = expireOffer(record.offer, now);
    desk.changeOffer(record, expired, true);
    const lead = desk.lead(expired.leadId);
    desk.happen(
      expired.leadId,
      { kind: 'expired', offer: expired, partner: names.get(expired.partnerId) ?? expired.partnerId },
      { declined: [...(lead?.declined ?? []), expired.partnerId] },
    );
  }
  await desk.save();
  return { ...desk.touched(), fired: due.length };
}
