/** What partners do with the leads they accepted, and what stops or moves the clocks of their offers. */
import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import type { StoredEvent } from '../../store/events.ts';
import type { Desk } from './desk.ts';
import { loadOffers } from './lead-store.ts';
import { addMarks, type NewMark } from './offer-marks.ts';

/**
 * Keeps what events say of accepted offers: a record that shows the partner at work is a touch, a conversion and every step
 * of a deal a report, a deal that closes the end. After everything else has happened to the leads of the same events.
 */
export async function offersWentOn(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
  nameOf: (id: string | null) => string,
): Promise<void> {
  const worked = events.filter(({ type }) => type === 'lead.worked');
  const converted = events.filter(({ type }) => type === 'lead.converted');
  const deals = events.filter(({ type }) => type === 'deal.moved');
  const asked = events.filter(({ type }) => type === 'offer.clock');
  const leadOf = await leadsBehind(tx, desk, [...worked, ...converted]);
  const marks: NewMark[] = [];
  const mark = (leadId: string | undefined, event: StoredEvent, kind: NewMark['kind'], at = event.at) => {
    const offerId = desk.lead(leadId ?? '')?.lead.offerId ?? null;
    if (offerId === null || desk.offer(offerId)?.offer.status !== 'Accepted') return;
    marks.push({ offerId, kind, at, source: event.id });
    desk.tick(offerId);
  };
  for (const event of worked) {
    const leadId = leadOf.get(event);
    mark(leadId, event, 'touch', String(event.data.at));
    const lead = desk.lead(leadId ?? '')?.lead;
    if (lead?.state === 'Accepted') desk.happen(lead.id, { kind: 'working', by: nameOf(lead.partnerId) });
  }
  for (const event of converted) mark(leadOf.get(event), event, 'report');
  for (const event of deals) {
    mark(event.entity, event, 'report');
    mark(event.entity, event, event.data.isClosed === true ? 'close' : 'reopen');
  }
  await addMarks(tx, marks);
  await clocksAsked(tx, desk, asked);
}

/** Pauses and extensions were kept when they were asked for; here the clocks go by them. */
async function clocksAsked(tx: Queryable, desk: Desk, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  const offers = await loadOffers(
    tx,
    'id',
    events.map(({ entity }) => entity),
  );
  await desk.holdOffers(offers);
  for (const { entity } of events) desk.tick(entity);
}

/** The leads of the persons whose records the events name, put on the desk. */
async function leadsBehind(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
): Promise<ReadonlyMap<StoredEvent, string>> {
  if (events.length === 0) return new Map();
  const refs = events.map(({ data }, place) => ({ ...data, place }));
  const { rows } = await sql<{ place: number; lead: string }>`
    select r.place, d.id as lead from jsonb_to_recordset(${JSON.stringify(refs)}::jsonb)
      as r(connection text, object text, record text, place int)
    join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.record
      and l.entity in ('person', 'deal')
    join leads d on d.person_id = l.entity_id`.execute(tx);
  await desk.load('id', [...new Set(rows.map(({ lead }) => lead))]);
  return new Map(rows.flatMap(({ place, lead }) => (events[place] ? [[events[place], lead] as const] : [])));
}

/** What the channel manager said of leads that were recalled. */
export async function recallsAnswered(desk: Desk, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  await desk.load(
    'id',
    events.map(({ entity }) => entity),
  );
  for (const { entity, data } of events) {
    // A lead that has meanwhile gone another way needs no answer any more.
    if (!desk.happen(entity, { kind: 'released', reason: 'The channel manager sent it to the next partner' })) continue;
    const where = PLACES[String(data.answer)];
    if (where !== undefined) desk.happen(entity, { kind: 'placed', state: where, why: 'The channel manager said so' });
  }
}

const PLACES: Readonly<Record<string, 'In pool' | 'Nurture' | 'Direct'>> = {
  pool: 'In pool',
  nurture: 'Nurture',
  direct: 'Direct',
};
