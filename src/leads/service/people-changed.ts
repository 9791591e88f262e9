/** What leads become when their persons change: released, scored anew, held back, let go. */
import { sql } from 'kysely';
import { idOf } from '../../model/ids.ts';
import type { LeadState, Score } from '../../model/lead.ts';
import type { Queryable } from '../../store/database.ts';
import type { StoredEvent } from '../../store/events.ts';
import { nurtureStep } from '../feedback/nurture.ts';
import { admit, type Intake, restraintOn } from '../intake.ts';
import { recallOffer } from '../offers.ts';
import type { Scoring } from '../scoring.ts';
import type { Desk } from './desk.ts';
import { loadPeople, peopleGone } from './facts.ts';
import type { LeadRecord } from './lead-store.ts';
import { markNurtures, openNurtures } from './nurtures.ts';
import { scorePeople } from './score-people.ts';

/** Whom a change of facts releases gets a lead, who may not be offered any more is withheld, and everybody is scored anew. */
export async function peopleChanged(
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
  const leads = await desk.load('person_id', personIds);
  const leadOf = new Map(leads.map((record) => [record.lead.personId, record.lead.id]));
  const concerned = new Map([...people].filter(([id, facts]) => leadOf.has(id) || admit(facts, rules.intake).admitted));
  const wanted = [...concerned.keys()];
  const scores = await scorePeople(tx, concerned, rules.scoring, now);
  const doubtful = await openIdentityReviews(tx, wanted);
  const gone = await peopleGone(tx, wanted);
  const stays = await openNurtures(tx, [...leadOf.values()]);
  const [rested, returned]: [string[], string[]] = [[], []];
  for (const personId of wanted) {
    const facts = people.get(personId);
    const score = scores.get(personId);
    if (facts === undefined || score === undefined) continue;
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
    const stay = stays.get(leadId);
    const step =
      stay && WITH_MARKETING.has(record.lead.state) ? nurtureStep(stay, facts.stage, rules.intake.stages) : null;
    if (stay && step === 'rests') rested.push(stay.offerId);
    if (restraint) restrain(desk, leadId, restraint, now);
    else if (stay === undefined || step === null) lookAgain(desk, record, doubtful.get(personId));
    else if (step === 'returns' && admit(facts, rules.intake).admitted) {
      returned.push(stay.offerId);
      comeBack(desk, record, `Back from marketing: stage ${facts.stage} again`);
    } else stayAway(desk, record, stay.why);
  }
  const at = new Date(now).toISOString();
  await markNurtures(tx, rested, 'rested_at', at);
  await markNurtures(tx, returned, 'returned_at', at);
}

/** States of a lead that was handed back; consent or data may have been lacking meanwhile. */
const WITH_MARKETING: ReadonlySet<LeadState> = new Set(['Nurture', 'Held', 'Withheld']);

/** Marketing releases a lead anew that was handed back. */
function comeBack(desk: Desk, { lead }: LeadRecord, why: string): void {
  desk.happen(lead.id, lead.state === 'Nurture' ? { kind: 'returned', why } : { kind: 'released', reason: why });
}

/** What becomes known of a lead that was handed back finds it no partner: it waits for marketing. */
function stayAway(desk: Desk, { lead }: LeadRecord, why: string): void {
  if (lead.state === 'Nurture') return;
  desk.happen(lead.id, { kind: 'released', reason: 'What held it back is gone' });
  desk.happen(lead.id, { kind: 'placed', state: 'Nurture', why: `Still with marketing: ${why}` });
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

/** The store gives back the keys of a reason in an order of its own. */
function sameScore(a: Score | null, b: Score): boolean {
  const told = (score: Score) =>
    [
      `${score.score} ${score.grade}`,
      ...score.reasons.map(({ rule, points, text }) => `${rule} ${points} ${text}`),
    ].join('\n');
  return a !== null && told(a) === told(b);
}
