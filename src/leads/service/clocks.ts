/** The clocks of offers in the store: what they go by is loaded, and their timers kept as they say. */

import { iso } from '../../model/clock.ts';
import { idOf } from '../../model/ids.ts';
import type { Queryable } from '../../store/database.ts';
import { askReview } from '../../store/errors.ts';
import { clockOf, deadlinesAt, isLive, type OfferClock } from '../offer-terms.ts';
import type { LastResort } from '../sla/sla-schema.ts';
import { counted } from '../text.ts';
import { timersOf } from '../timers.ts';
import type { Desk } from './desk.ts';
import type { OfferRecord } from './lead-store.ts';
import { roundsBeforeReturn } from './nurtures.ts';
import { marksOf } from './offer-marks.ts';
import { type SlaRules, versionsFor } from './terms.ts';
import { type OfferTimer, replaceTimers } from './timer-store.ts';

/** The clocks of those of these offers that have terms, by offer. The leads lie on the desk. */
export async function clocksOf(
  tx: Queryable,
  desk: Desk,
  offers: readonly OfferRecord[],
  rules: SlaRules,
): Promise<ReadonlyMap<string, OfferClock>> {
  const timed = offers.filter(({ terms }) => terms !== null);
  const versions = await versionsFor(tx, timed, rules);
  const marks = await marksOf(
    tx,
    timed.map(({ offer }) => offer.id),
  );
  const clocks = new Map<string, OfferClock>();
  for (const { offer, terms } of timed) {
    const sla = terms && versions.get(terms.sla);
    const clock = sla && clockOf(offer, terms, sla, marks.get(offer.id) ?? [], desk.lead(offer.leadId)?.lead);
    if (clock) clocks.set(offer.id, clock);
  }
  return clocks;
}

/**
 * After everything of a step has happened and before the desk is saved: ends the rounds of leads that enough partners were
 * asked about, moves the deadlines that stand on offers, and sets the timers anew of every offer whose clock may go otherwise.
 */
export async function settleClocks(tx: Queryable, desk: Desk, rules: SlaRules, now: number): Promise<void> {
  await endRounds(tx, desk, rules, now);
  const offers = desk.ticking().filter(({ terms }) => terms !== null);
  if (offers.length === 0) return;
  const clocks = await clocksOf(tx, desk, offers, rules);
  const timers: OfferTimer[] = [];
  for (const record of offers) {
    const { offer } = record;
    const clock = clocks.get(offer.id);
    if (clock === undefined || !isLive(offer, desk.lead(offer.leadId)?.lead)) continue;
    timers.push(...timersOf(clock, now).map((timer) => ({ ...timer, offerId: offer.id })));
    const accept = deadlinesAt(clock, now).find(({ name }) => name === 'accept');
    if (offer.status === 'Open' && accept?.dueAt != null) desk.moveDeadline(record, iso(accept.dueAt));
  }
  await replaceTimers(
    tx,
    offers.map(({ offer }) => offer.id),
    timers,
  );
}

/** Leads that were given back go no further where their last policy says so. */
async function endRounds(tx: Queryable, desk: Desk, rules: SlaRules, now: number): Promise<void> {
  const back = desk.givenBack();
  const versions = await versionsFor(
    tx,
    back.map(({ offer }) => offer),
    rules,
  );
  const before = await roundsBeforeReturn(
    tx,
    back.map(({ record }) => record.lead.id),
  );
  for (const { record, offer } of back) {
    const { terms } = offer;
    const rounded = record.rounds - (before.get(record.lead.id) ?? 0);
    const rounds = terms && versions.get(terms.sla)?.policies.get(terms.policy)?.rounds;
    if (!terms || !rounds || rounded < rounds.atMost) continue;
    const why = `${counted(rounded, 'partner was', 'partners were')} asked, as many as policy "${terms.policy}" asks`;
    await place(tx, desk, record.lead.id, offer.offer.id, rounds.after, why, now);
  }
}

/** Takes a lead that nobody has where a policy sends it; `recall` leaves it to the channel manager. */
export async function place(
  tx: Queryable,
  desk: Desk,
  leadId: string,
  offerId: string,
  where: LastResort,
  why: string,
  now: number,
): Promise<void> {
  if (where !== 'recall') {
    desk.happen(leadId, { kind: 'placed', state: PLACES[where], why });
    return;
  }
  if (!desk.happen(leadId, { kind: 'placed', state: 'Review', why: `${why}; the channel manager decides` })) return;
  const review = {
    id: idOf('rv', 'recall', offerId),
    kind: 'recall',
    subject: { lead: leadId, offer: offerId },
    why,
  };
  await askReview(tx, [review], iso(now));
}

const PLACES = { pool: 'In pool', nurture: 'Nurture', direct: 'Direct' } as const;
