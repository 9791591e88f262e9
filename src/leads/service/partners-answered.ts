import { iso } from '../../model/clock.ts';
import { idOf } from '../../model/ids.ts';
import type { Offer, OfferResponse } from '../../model/offer.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { askReview, report } from '../../store/errors.ts';
import type { StoredEvent } from '../../store/events.ts';
import { answerableUntil, type OfferClock } from '../offer-terms.ts';
import { answerOffer } from '../offers.ts';
import { clocksOf } from './clocks.ts';
import type { Desk } from './desk.ts';
import { loadOffers } from './lead-store.ts';
import type { SlaRules } from './terms.ts';

/** Lets offers and their leads follow what partners answered; every answer is kept, the impossible ones go to a person. */
export async function partnersAnswered(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
  nameOf: (id: string | null) => string,
  at: string,
  sla?: SlaRules,
): Promise<void> {
  if (events.length === 0) return;
  const offers = await loadOffers(
    tx,
    'id',
    events.map((event) => event.entity),
  );
  await desk.holdOffers(offers);
  const clocks = sla ? await clocksOf(tx, desk, offers, sla) : new Map<string, OfferClock>();
  const feedback: Record<string, unknown>[] = [];
  for (const event of events) {
    const {
      connection,
      object,
      record: recordId,
      response,
      reason,
      at: answeredAt,
    } = event.data as {
      connection: string;
      object: string;
      record: string;
      response: OfferResponse;
      reason: string | null;
      at: string;
    };
    const record = desk.offer(event.entity);
    if (record === undefined) {
      await report(
        tx,
        [
          {
            connection,
            object,
            recordId,
            stage: 'read',
            code: 'UNKNOWN_OFFER',
            message: `The answer names offer "${event.entity}", which does not exist.`,
            hint: 'Answer with the offer id that stands on the record now.',
          },
        ],
        at,
      );
      continue;
    }
    const via = typeof event.data.via === 'string' ? event.data.via : connection;
    const answer = { offerId: event.entity, response, reason, at: answeredAt, via };
    const clock = clocks.get(event.entity);
    const result = answerOffer(clock ? standing(record.offer, clock, answeredAt) : record.offer, answer);
    if (result.kind === 'repeat') continue;
    feedback.push({
      id: idOf('fb', event.id),
      offer_id: event.entity,
      kind: result.kind,
      response,
      reason,
      via,
      at: answeredAt,
    });
    const partner = nameOf(record.offer.partnerId);
    const { leadId } = record.offer;
    if (result.kind === 'answered') {
      const rejected = result.effect === 'rejected';
      desk.changeOffer(record, result.offer, rejected);
      const declined = desk.lead(leadId)?.declined ?? [];
      desk.happen(
        leadId,
        { kind: result.effect, offer: result.offer, partner },
        rejected ? { declined: [...declined, record.offer.partnerId] } : {},
      );
    } else if (result.kind === 'contradiction') {
      desk.happen(leadId, { kind: 'contradicted', offer: record.offer, partner, why: result.why });
      await askReview(
        tx,
        [
          {
            id: idOf('rv', 'answer', event.id),
            kind: 'answer',
            subject: { lead: leadId, offer: event.entity },
            why: `${partner} ${result.why}`,
          },
        ],
        at,
      );
    }
    // The offer's own record shows what counts, also where the answer came through the other CRM or too late.
    desk.touchOffer(event.entity);
  }
  await upsert(tx, 'feedback', feedback, ['id'], []);
}

/** An open offer with the deadline that held when it was answered: a pause may have begun since, or ended. */
function standing(offer: Offer, clock: OfferClock, answeredAt: string): Offer {
  return offer.status === 'Open' ? { ...offer, acceptBy: iso(answerableUntil(clock, Date.parse(answeredAt))) } : offer;
}
