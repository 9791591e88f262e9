import type { StoredEvent } from '../../store/events.ts';
import { recallOffer } from '../offers.ts';
import type { Desk } from './desk.ts';

/** Ends the leads that gave way when two persons became one: their offer is recalled, the other lead's story goes on. */
export async function endMergedLeads(desk: Desk, events: readonly StoredEvent[], now: number): Promise<void> {
  const yielded = events.flatMap(({ type, data }) =>
    type === 'person.merged' && typeof data.yields === 'string' && typeof data.to === 'string'
      ? [{ lead: data.yields, to: data.to }]
      : [],
  );
  if (yielded.length === 0) return;
  await desk.load(
    'id',
    yielded.map(({ lead }) => lead),
  );
  for (const { lead, to } of yielded) {
    const offer = desk.offer(desk.lead(lead)?.lead.offerId ?? '');
    if (!desk.happen(lead, { kind: 'merged', into: to }) || offer === undefined) continue;
    const recalled = recallOffer(offer.offer, now);
    if (recalled !== offer.offer) desk.changeOffer(offer, recalled, true);
    else desk.free(offer.offer.id);
  }
}
