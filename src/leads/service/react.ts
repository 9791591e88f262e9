/** What leads and offers become by the things that happened: people that changed, answers, conversions, deals, deadlines. */
import { sql } from 'kysely';
import { idOf } from '../../model/ids.ts';
import type { LeadState, Score } from '../../model/lead.ts';
import type { OfferResponse } from '../../model/offer.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { askReview, report } from '../../store/errors.ts';
import type { EventType, StoredEvent } from '../../store/events.ts';
import { admit, type Intake, restraintOn } from '../intake.ts';
import { answerOffer, expireOffer, recallOffer } from '../offers.ts';
import { type Scoring, scoreLead } from '../scoring.ts';
import { Desk, type Touched } from './desk.ts';
import { loadPeople, loadTouchFacts, partnerNames, peopleGone } from './facts.ts';
import { dueOffers, type LeadRecord, loadLeads, loadOffers } from './lead-store.ts';
import { endMergedLeads } from './merged-leads.ts';

/** The events that leads react to. */
export const LEAD_EVENTS: readonly EventType[] = [
  'person.changed',
  'person.merged',
  'touch.changed',
  'offer.answered',
  'lead.converted',
  'deal.moved',
  'partner.changed',
  'owned.edited',
];

/** What events brought about. */
export interface Reacted extends Touched {
  /** Leads for the router that are not saved yet (see Desk.save). */
  readonly held: readonly LeadRecord[];
}

/** Lets a batch of events act, in the caller's transaction. With `holdBack` leads for the router are left to it to save. */
export async function react(
  tx: Queryable,
  events: readonly StoredEvent[],
  rules: { readonly intake: Intake; readonly scoring: Scoring },
  now: number,
  holdBack = false,
): Promise<Reacted> {
  const at = new Date(now).toISOString();
  const desk = new Desk(tx, at);
  const names = await partnerNames(tx);
  const nameOf = (id: string | null) => (id === null ? 'the vendor' : (names.get(id) ?? id));
  const ofType = (type: EventType) => events.filter((event) => event.type === type);

  await endMergedLeads(tx, desk, events, now);
  await peopleChanged(tx, desk, events, rules, now);
  await answersGiven(tx, desk, ofType('offer.answered'), nameOf, at);
  await conversions(tx, desk, ofType('lead.converted'), nameOf);
  await dealsMoved(tx, desk, ofType('deal.moved'));
  await edits(tx, desk, ofType('owned.edited'));
  const held = await desk.save(holdBack);
  // After the leads are saved, or what was loaded before would undo it.
  if (ofType('partner.changed').length > 0) {
    await sql`update leads set to_route = true where waits_for is not null`.execute(tx);
  }
  return { ...desk.touched(), held };
}

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

async function peopleChanged(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
  rules: { readonly intake: Intake; readonly scoring: Scoring },
  now: number,
): Promise<void> {
  const ids = new Set<string>();
  for (const event of events) {
    if (event.type === 'person.changed' || event.type === 'touch.changed') ids.add(event.entity);
    if (event.type === 'person.merged') ids.add(String(event.data.into));
  }
  const personIds = [...ids];
  const people = await loadPeople(tx, personIds);
  const leads = await loadLeads(tx, 'person_id', personIds);
  const leadOf = new Map(leads.map((record) => [record.lead.personId, record.lead.id]));
  desk.hold(
    leads,
    await loadOffers(
      tx,
      'id',
      leads.flatMap(({ lead }) => lead.offerId ?? []),
    ),
  );
  const wanted = [...people]
    .filter(([id, facts]) => leadOf.has(id) || admit(facts, rules.intake).admitted)
    .map(([id]) => id);
  const touches = await loadTouchFacts(tx, wanted, now);
  const doubtful = await openIdentityReviews(tx, wanted);
  const gone = await peopleGone(tx, wanted);
  for (const personId of wanted) {
    const facts = people.get(personId);
    const touch = touches.get(personId);
    if (facts === undefined || touch === undefined) continue;
    const score = scoreLead({ person: facts, touches: touch }, rules.scoring);
    const leadId = leadOf.get(personId);
    const restraint = gone.has(personId) ? NO_RECORD_LEFT : restraintOn(facts, rules.intake);
    if (leadId === undefined) {
      // Made and deleted before anybody looked.
      if (gone.has(personId)) continue;
      const why = doubtful.get(personId);
      const [state, reason] = restraint
        ? [restraint.state, restraint.reason]
        : why !== undefined
          ? (['Review', why] as const)
          : (['New', admit(facts, rules.intake).reason] as const);
      desk.add({
        lead: {
          id: idOf('ld', personId),
          personId,
          state,
          reason,
          score,
          partnerId: null,
          offerId: null,
          releasedAt: new Date(now).toISOString(),
          acceptBy: null,
        },
        declined: [],
        rounds: 0,
        toRoute: state === 'New',
        waitsFor: null,
      });
      continue;
    }
    const record = desk.lead(leadId);
    if (record === undefined) continue;
    // The record may have a new link that knows nothing of the lead yet.
    desk.touchLead(leadId);
    if (!sameScore(record.lead.score, score)) desk.rescore(leadId, score);
    // What lies in a recycle bin may come back at any time: until it is erased the partner that accepted the lead keeps it.
    if (gone.get(personId) === 'deleted' && WITH_PARTNER.has(record.lead.state)) continue;
    if (restraint) restrain(desk, leadId, restraint, now);
    else lookAgain(desk, record, doubtful.get(personId));
  }
}

/** Of whom no CRM keeps a record, nobody is to hear any more; a record that comes back releases the lead. */
const NO_RECORD_LEFT = { state: 'Withheld', reason: 'No record of this person is left in any CRM' } as const;

/** States in which a partner has accepted the lead. */
const WITH_PARTNER: ReadonlySet<LeadState> = new Set(['Accepted', 'Working', 'Qualified']);

/** States in which no partner has the lead: what became known of the person may find one. */
const UNPLACED: ReadonlySet<LeadState> = new Set(['In pool', 'Nurture', 'Unroutable']);

/** What changed facts may bring about for a lead that nothing holds back. */
function lookAgain(desk: Desk, { lead }: LeadRecord, doubt: string | undefined): void {
  if (UNPLACED.has(lead.state)) desk.routeAgain(lead.id);
  // A lead in review waits for a person's answer, whatever else becomes known of it, and consent that comes back is no answer.
  if (lead.state !== 'Held' && lead.state !== 'Withheld') return;
  if (doubt !== undefined) desk.happen(lead.id, { kind: 'doubted', why: doubt });
  else desk.happen(lead.id, { kind: 'released', reason: 'What held it back is gone; to be routed' });
}

function restrain(
  desk: Desk,
  leadId: string,
  restraint: { state: 'Held' | 'Withheld'; reason: string },
  now: number,
): void {
  const before = desk.lead(leadId)?.lead.offerId ?? null;
  if (!desk.happen(leadId, { kind: 'restrained', ...restraint })) return;
  const offer = before === null ? undefined : desk.offer(before);
  // Without consent, or a record, nobody keeps the lead: an offer that is open, or was accepted, is taken back.
  if (offer) {
    const recalled = recallOffer(offer.offer, now);
    if (recalled !== offer.offer) desk.changeOffer(offer, recalled, true);
  }
}

async function openIdentityReviews(tx: Queryable, personIds: readonly string[]): Promise<Map<string, string>> {
  if (personIds.length === 0) return new Map();
  const found = await sql<{ person: string; why: string }>`
    select subject->>'person' as person, why from reviews where kind = 'identity' and resolved_at is null
      and subject->>'person' = any(${personIds}::text[])`.execute(tx);
  return new Map(found.rows.map((row) => [row.person, row.why]));
}

async function answersGiven(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
  nameOf: (id: string | null) => string,
  at: string,
): Promise<void> {
  if (events.length === 0) return;
  const offers = await loadOffers(
    tx,
    'id',
    events.map((event) => event.entity),
  );
  desk.hold(
    await loadLeads(
      tx,
      'id',
      offers.map(({ offer }) => offer.leadId),
    ),
    offers,
  );
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
    const answer = { offerId: event.entity, response, reason, at: answeredAt, via: connection };
    const result = answerOffer(record.offer, answer);
    if (result.kind === 'repeat') continue;
    feedback.push({
      id: idOf('fb', event.id),
      offer_id: event.entity,
      kind: result.kind,
      response,
      reason,
      via: connection,
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

async function conversions(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
  nameOf: (id: string | null) => string,
): Promise<void> {
  for (const [leadId, record] of await holdByRecords(tx, desk, events)) {
    desk.happen(leadId, { kind: 'converted', by: nameOf(record.lead.partnerId) });
    desk.touchLead(leadId);
  }
}

/** Somebody edited a field that Sluice owns: the record is looked at again, and the field set back where it differs. */
async function edits(tx: Queryable, desk: Desk, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  for (const [leadId] of await holdByRecords(tx, desk, events)) desk.touchLead(leadId);
  const { rows } = await sql<{ id: string }>`
    select l.entity_id as id from jsonb_to_recordset(${refsOf(events)}::jsonb) as r(connection text, object text, record text)
    join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.record and l.entity = 'offer'`.execute(
    tx,
  );
  // An offer that has no record yet is named by its own id.
  const named = events.flatMap(({ data }) => (typeof data.offer === 'string' ? [data.offer] : []));
  const edited = await loadOffers(tx, 'id', [...rows.map(({ id }) => id), ...named]);
  desk.hold([], edited);
  for (const { offer } of edited) desk.touchOffer(offer.id);
}

async function dealsMoved(tx: Queryable, desk: Desk, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  const leads = await loadLeads(
    tx,
    'id',
    events.map((event) => event.entity),
  );
  desk.hold(
    leads,
    await loadOffers(
      tx,
      'id',
      leads.flatMap(({ lead }) => lead.offerId ?? []),
    ),
  );
  for (const event of events) {
    const { name, isClosed, isWon } = event.data as { name: string; isClosed: boolean; isWon: boolean };
    const kind = isWon ? 'won' : isClosed ? 'lost' : 'reopened';
    desk.happen(event.entity, { kind, deal: name });
    if (isClosed) desk.free(desk.lead(event.entity)?.lead.offerId ?? null);
    desk.touchLead(event.entity);
  }
}

function refsOf(events: readonly StoredEvent[]): string {
  return JSON.stringify(
    events.map(({ data }) => ({ connection: data.connection, object: data.object, record: data.record })),
  );
}

/** The leads of the persons whose records the events name. */
async function holdByRecords(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
): Promise<Map<string, LeadRecord>> {
  if (events.length === 0) return new Map();
  const found = await sql<{ person: string }>`
    select distinct l.entity_id as person from jsonb_to_recordset(${refsOf(events)}::jsonb) as r(connection text, object text, record text)
    join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.record and l.entity in ('person', 'deal')`.execute(
    tx,
  );
  const leads = await loadLeads(
    tx,
    'person_id',
    found.rows.map((row) => row.person),
  );
  desk.hold(
    leads,
    await loadOffers(
      tx,
      'id',
      leads.flatMap(({ lead }) => lead.offerId ?? []),
    ),
  );
  return new Map(leads.map((record) => [record.lead.id, desk.lead(record.lead.id) ?? record]));
}

/** The store gives back the keys of a reason in an order of its own. */
function sameScore(a: Score | null, b: Score): boolean {
  const told = (score: Score) =>
    [
      `${score.score} ${score.grade}`,
      ...score.reasons.map(({ rule, points, text }) => `${rule} ${points} ${text}`),
    ].join('\n');
  return a !== null && told(a) === told(b);
}
