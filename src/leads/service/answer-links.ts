/** What a signed link shows, and the one answer that it takes. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import type { Offer, OfferResponse } from '../../model/offer.ts';
import { type PartnerFacts, partnerFacts } from '../../model/partner.ts';
import { personOf } from '../../model/person.ts';
import type { Database, Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { type Essential, essentialsOf } from '../notify/essentials.ts';
import { timeText } from '../notify/message.ts';
import { answerableUntil, clockOf } from '../offer-terms.ts';
import { loadLeads, loadOffers } from './lead-store.ts';
import { marksOf } from './offer-marks.ts';
import { lockRouter } from './router-lock.ts';
import { type SlaRules, versionsFor } from './terms.ts';

/** How an offer stands for somebody who comes by a link. */
export type LinkStanding =
  | {
      readonly kind: 'open';
      readonly partner: string;
      readonly essentials: readonly Essential[];
      readonly until: string;
    }
  /** Its time is over, or it was taken back. */
  | { readonly kind: 'over' }
  /** It was answered already, by this link or elsewhere. */
  | { readonly kind: 'answered'; readonly response: OfferResponse }
  | { readonly kind: 'unknown' };

/** How an offer stands at `now`. Nothing is changed. */
export async function lookAtOffer(db: Queryable, offerId: string, now: number, sla?: SlaRules): Promise<LinkStanding> {
  const found = await standingOf(db, offerId, now, sla);
  if (found.kind !== 'open') return found;
  const { offer, until } = found;
  const row = await db
    .selectFrom('leads')
    .innerJoin('people', 'people.id', 'leads.person_id')
    .select(['people.facts', 'leads.grade'])
    .where('leads.id', '=', offer.leadId)
    .executeTakeFirst();
  const partner = await db.selectFrom('partners').select('facts').where('id', '=', offer.partnerId).executeTakeFirst();
  if (row === undefined || partner === undefined) return { kind: 'unknown' };
  const { name, timeZone } = partnerFacts(partner.facts as Partial<PartnerFacts>);
  return {
    kind: 'open',
    partner: name,
    essentials: essentialsOf(personOf(row.facts), row.grade),
    until: timeText(iso(until), timeZone),
  };
}

/**
 * Takes an answer by link: the first one of an offer, while it can be answered. The next run acts on it as on any other answer,
 * by the time at which it was given. @returns how the offer stood before
 */
export async function answerByLink(
  db: Database,
  offerId: string,
  answer: { readonly response: OfferResponse; readonly reason: string | null },
  now: number,
  sla?: SlaRules,
): Promise<LinkStanding> {
  return db.transaction().execute(async (tx) => {
    // A run that decides meanwhile could pass over an event that is told beside it: it waits for us, or we for it.
    await lockRouter(tx);
    const standing = await lookAtOffer(tx, offerId, now, sla);
    if (standing.kind !== 'open') return standing;
    const at = iso(now);
    const { response, reason } = answer;
    const first = await sql`insert into link_answers (offer_id, response, reason, at)
      values (${offerId}, ${response}, ${reason}, ${at}::timestamptz) on conflict do nothing returning 1`.execute(tx);
    if (first.rows.length === 0) return (await answeredByLink(tx, offerId)) ?? standing;
    await emit(tx, [{ type: 'offer.answered', entity: offerId, data: { response, reason, at, via: 'link' } }], at);
    return standing;
  });
}

type Found =
  | { readonly kind: 'open'; readonly offer: Offer; readonly until: number }
  | Exclude<LinkStanding, { kind: 'open' }>;

async function standingOf(db: Queryable, offerId: string, now: number, sla?: SlaRules): Promise<Found> {
  const [record] = await loadOffers(db, 'id', [offerId]);
  if (record === undefined) return { kind: 'unknown' };
  const { offer, terms } = record;
  if (offer.status === 'Accepted' || offer.status === 'Rejected') return { kind: 'answered', response: offer.status };
  if (offer.status !== 'Open') return { kind: 'over' };
  const answered = await answeredByLink(db, offerId);
  if (answered !== null) return answered;
  let until = Date.parse(offer.acceptBy);
  if (sla && terms !== null) {
    const version = (await versionsFor(db, [record], sla)).get(terms.sla) ?? sla.sla;
    const marks = (await marksOf(db, [offerId])).get(offerId) ?? [];
    const [lead] = await loadLeads(db, 'id', [offer.leadId]);
    until = answerableUntil(clockOf(offer, terms, version, marks, lead?.lead), now);
  }
  return now > until ? { kind: 'over' } : { kind: 'open', offer, until };
}

async function answeredByLink(
  db: Queryable,
  offerId: string,
): Promise<{ kind: 'answered'; response: OfferResponse } | null> {
  const row = await db.selectFrom('link_answers').select('response').where('offer_id', '=', offerId).executeTakeFirst();
  return row ? { kind: 'answered', response: row.response as OfferResponse } : null;
}

/** Whether somebody answered by a link, claimed or stated something of a lead, moved a clock or a registration, and no run has acted on it. */
export async function hasAnswers(db: Queryable): Promise<boolean> {
  const { rows } = await sql`select 1 from events
    where id > coalesce((select last_event from consumers where name = 'leads'), 0)
      and (type in ('offer.clock', 'lead.claimed', 'registration.changed') or type = 'offer.answered' and data->>'via' = 'link')
    union all select 1 from statements where kind = 'waiting' limit 1`.execute(db);
  return rows.length > 0;
}
