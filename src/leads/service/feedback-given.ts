import { sql } from 'kysely';
import { idOf } from '../../model/ids.ts';
import type { Queryable } from '../../store/database.ts';
import { askReview } from '../../store/errors.ts';
import type { StoredEvent } from '../../store/events.ts';
import { type DealStanding, effectOf } from '../feedback/effects.ts';
import type { OutcomeKind } from '../feedback/statement.ts';
import { recallOffer } from '../offers.ts';
import type { Desk } from './desk.ts';
import { loadOffers } from './lead-store.ts';
import { addNurtures, type NewNurture } from './nurtures.ts';
import { addMarks, type NewMark } from './offer-marks.ts';
import { amountOf, type Kept, loadStatements, type StoredStatement, settleStatements } from './statements.ts';

/**
 * Lets leads follow what partners stated of them beside their answers, which have acted by now. Everything said by the partner that
 * has the lead is a report to the clock of its offer.
 */
export async function feedbackGiven(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
  nameOf: (id: string | null) => string,
  at: string,
): Promise<void> {
  if (events.length === 0) return;
  const statements = new Map(
    (
      await loadStatements(
        tx,
        'id',
        events.map(({ data }) => String(data.statement)),
      )
    ).map((each) => [each.id, each]),
  );
  const offers = await loadOffers(tx, 'id', [...new Set(events.map(({ entity }) => entity))]);
  const leadIds = [...new Set(offers.map(({ offer }) => offer.leadId))];
  await desk.holdOffers(offers);
  const deals = await dealsOf(tx, leadIds);
  const outcomes = await outcomesBefore(tx, [...statements.values()]);
  const marks: NewMark[] = [];
  const nurtures: NewNurture[] = [];
  const settled: Parameters<typeof settleStatements>[1][number][] = [];
  for (const event of events) {
    const statement = statements.get(String(event.data.statement));
    const record = desk.offer(event.entity);
    const lead = desk.lead(record?.offer.leadId ?? '');
    if (statement === undefined || record === undefined || lead === undefined) continue;
    const { offer } = record;
    const { said, id } = statement;
    const partner = nameOf(offer.partnerId);
    if (said.response !== null && said.response !== offer.response) {
      const isAnswered = offer.status === 'Accepted' || offer.status === 'Rejected';
      const effect = `The offer is ${offer.status.toLowerCase()}: kept, it moves nothing`;
      settled.push({ id, kind: isAnswered ? 'contradiction' : 'late', effect });
      continue;
    }
    if (said.response === 'Rejected') {
      settled.push({ id, kind: 'taken', effect: `Rejected: ${said.reason?.text ?? 'without a reason'}` });
      continue;
    }
    const first = outcomes.get(offer.id);
    const { outcome } = said;
    if (outcome !== null && first !== undefined && first !== outcome.kind) {
      const why = `said ${outcome.kind} at ${statement.at} through ${statement.via}, but ${first} before`;
      await askAbout(tx, statement, `${partner} ${why}`, at);
      settled.push({ id, kind: 'contradiction', effect: why });
      continue;
    }
    if (outcome !== null) outcomes.set(offer.id, outcome.kind);
    const effect = effectOf(readKept(statement.at, said), offer, lead.lead, deals.get(lead.lead.id) ?? 'none', partner);
    for (const each of effect.events) desk.happen(lead.lead.id, each);
    if (effect.kind !== 'late' && offer.status === 'Accepted' && isReport(said)) {
      marks.push({ offerId: offer.id, kind: 'report', at: statement.at, source: id });
      if (effect.ends === 'closed') marks.push({ offerId: offer.id, kind: 'close', at: statement.at, source: id });
      desk.tick(offer.id);
    }
    if (effect.ends === 'closed') desk.free(offer.id);
    if (effect.ends === 'handed back') {
      // Ends when it was said: nobody has to be told that it was taken back.
      desk.changeOffer(record, recallOffer(offer, Date.parse(statement.at)), true);
      nurtures.push({
        offerId: offer.id,
        leadId: offer.leadId,
        partnerId: offer.partnerId,
        why: said.nurture?.text ?? '',
        since: statement.at,
        rounds: lead.rounds,
      });
    }
    if (effect.kind === 'contradiction') await askAbout(tx, statement, effect.text, at);
    settled.push({ id, kind: effect.kind, effect: effect.text });
  }
  await addMarks(tx, marks);
  await addNurtures(tx, nurtures);
  await settleStatements(tx, settled);
}

/** More than that the lead is accepted. */
function isReport({ note, measures, stage, nextStep, outcome }: Kept): boolean {
  return note !== null || stage !== null || nextStep !== null || outcome !== null || Object.keys(measures).length > 0;
}

function readKept(at: string, { stage, outcome, nurture }: Kept): Parameters<typeof effectOf>[0] {
  return {
    at,
    stage,
    outcome: outcome && { ...outcome, value: outcome.value && amountOf(outcome.value) },
    nurture: nurture?.text ?? null,
  };
}

async function askAbout(
  tx: Queryable,
  { id, leadId, offerId }: StoredStatement,
  why: string,
  at: string,
): Promise<void> {
  await askReview(
    tx,
    [{ id: idOf('rv', 'answer', id), kind: 'answer', subject: { lead: leadId, offer: offerId }, why }],
    at,
  );
}

/** What the CRM's deals of leads say: a won one before an open one, an open one before a lost one. */
async function dealsOf(tx: Queryable, leadIds: readonly string[]): Promise<ReadonlyMap<string, DealStanding>> {
  const { rows } = await sql<{ lead: string; won: boolean; open: boolean }>`
    select m.lead_id as lead, bool_or((o.facts->>'isWon')::boolean) as won, bool_or(not (o.facts->>'isClosed')::boolean) as open
    from matches m join opportunities o on o.id = m.opportunity_id
    where m.lead_id = any(${leadIds}::text[]) and not coalesce((o.facts->>'deleted')::boolean, false) group by m.lead_id`.execute(
    tx,
  );
  return new Map(rows.map(({ lead, won, open }) => [lead, won ? 'won' : open ? 'open' : 'lost']));
}

/** The outcome that each offer's partner stated first, before these statements. */
async function outcomesBefore(
  tx: Queryable,
  statements: readonly StoredStatement[],
): Promise<Map<string, OutcomeKind>> {
  const ids = statements.map(({ id }) => id);
  const offers = [...new Set(statements.map(({ offerId }) => offerId))];
  const before = (await loadStatements(tx, 'offer_id', offers)).filter(
    ({ id, kind }) => kind === 'taken' && !ids.includes(id),
  );
  const first = new Map<string, OutcomeKind>();
  for (const { offerId, said } of before)
    if (said.outcome !== null && !first.has(offerId)) first.set(offerId, said.outcome.kind);
  return first;
}
