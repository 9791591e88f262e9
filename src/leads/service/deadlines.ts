/** Fires what is due: warnings, escalations, missed deadlines with what follows. Each once, whoever runs and however often. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import type { Queryable } from '../../store/database.ts';
import type { NoticeEvent } from '../notify/notice.ts';
import { deadlinesAt, isLive } from '../offer-terms.ts';
import { expireOffer, recallOffer } from '../offers.ts';
import type { Deadline } from '../sla/clock.ts';
import type { DeadlineName } from '../sla/sla-schema.ts';
import { dueTo, type TimerOutcome } from '../timers.ts';
import { clocksOf, place, settleClocks } from './clocks.ts';
import { Desk, type Touched } from './desk.ts';
import { partnerNames } from './facts.ts';
import { dueOffers, loadOffers, type OfferRecord } from './lead-store.ts';
import type { SlaRules } from './terms.ts';
import { dueTimers, type FiredTimer, keepFired, type OfferTimer } from './timer-store.ts';

export interface Fired extends Touched {
  /** How many were looked at; fewer than the limit: nothing more is due. */
  readonly fired: number;
  /** What is to be told to somebody. */
  readonly notices: readonly NoticeEvent[];
}

/**
 * Fires up to `limit` of what is due at `now`, in the order in which it was due, in the caller's transaction: that a timer has
 * fired and what followed of it stand or fall together. Answers that were given in time must have been dealt with before.
 * @param sla left out: offers have no more than the time to accept that routing.yaml gave them
 * @param telling the objects ("connection object") whose records show a first touch: a partner of whose work no record could
 *   tell does not lose the lead for it
 * @param ends false: only warnings and escalations fire; answers may be on their way that nobody has read
 */
export async function fireDue(
  tx: Queryable,
  now: number,
  limit: number,
  sla?: SlaRules,
  telling: readonly string[] = [],
  ends = true,
): Promise<Fired> {
  const at = iso(now);
  const desk = new Desk(tx, at);
  const untimed = ends ? await dueOffers(tx, at, limit) : [];
  const due = sla ? await dueTimers(tx, at, limit, ends) : [];
  if (untimed.length === 0 && due.length === 0) return { ...desk.touched(), fired: 0, notices: [] };
  const names = await partnerNames(tx);
  const nameOf = (id: string) => names.get(id) ?? id;
  const offers = await loadOffers(tx, 'id', [...new Set(due.map(({ offerId }) => offerId))]);
  await desk.holdOffers([...untimed, ...offers]);
  for (const record of untimed) expire(desk, record, now, nameOf);
  const notices: NoticeEvent[] = [];
  if (sla && due.length > 0) {
    const clocks = await clocksOf(tx, desk, offers, sla);
    const deadlines = new Map([...clocks].map(([id, clock]) => [id, deadlinesAt(clock, now)]));
    const fired: FiredTimer[] = [];
    const silent = await leadsWithoutWord(tx, due, desk, telling);
    for (const timer of due) {
      const record = desk.offer(timer.offerId);
      // What came of an earlier one may have ended the offer: then nothing of it is due any more.
      const live = record !== undefined && isLive(record.offer, desk.lead(record.offer.leadId)?.lead);
      const verdict = live ? dueTo(timer, deadlines.get(timer.offerId) ?? [], now) : null;
      desk.tick(timer.offerId);
      if (record === undefined || verdict === null) continue;
      const { deadline } = verdict;
      let { outcome } = verdict;
      if (outcome === 'done' && deadline !== null)
        outcome =
          timer.deadline === 'first-touch' && silent.has(record.offer.leadId)
            ? 'kept'
            : await miss(tx, desk, record, deadline, now, nameOf);
      fired.push({ ...timer, outcome });
      if (deadline !== null && outcome !== 'late' && outcome !== 'kept')
        notices.push({
          kind: timer.kind === 'warn' ? 'warning' : timer.kind === 'escalate' ? 'escalation' : 'missed',
          offer: record.offer,
          key: [timer.deadline, String(timer.period), timer.key].join(' '),
          detail: {
            deadline: timer.deadline as DeadlineName,
            dueAt: deadline.dueAt === null ? null : iso(deadline.dueAt),
            follows: deadline.missed,
          },
        });
    }
    await keepFired(tx, fired, at);
  }
  if (sla) await settleClocks(tx, desk, sla, now);
  await desk.save();
  return { ...desk.touched(), fired: Math.max(untimed.length, due.length), notices };
}

/** Those leads of missed first touches of whose person no record could have told one. */
async function leadsWithoutWord(
  tx: Queryable,
  due: readonly OfferTimer[],
  desk: Desk,
  telling: readonly string[],
): Promise<ReadonlySet<string>> {
  const leads = due.flatMap(({ kind, deadline, offerId }) =>
    kind === 'miss' && deadline === 'first-touch' ? (desk.offer(offerId)?.offer.leadId ?? []) : [],
  );
  if (leads.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`select id from leads d where id = any(${leads}::text[]) and not exists (
      select from links l where l.entity = 'person' and l.entity_id = d.person_id and not l.retired
        and l.connection || ' ' || l.object = any(${telling}::text[]))`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

function expire(desk: Desk, record: OfferRecord, now: number, nameOf: (id: string) => string): void {
  const expired = expireOffer(record.offer, now);
  desk.changeOffer(record, expired, true);
  desk.happen(
    expired.leadId,
    { kind: 'expired', offer: expired, partner: nameOf(expired.partnerId) },
    { declined: [...(desk.lead(expired.leadId)?.declined ?? []), expired.partnerId] },
  );
}

/** What follows a missed deadline. A lead that is further than the deadline asks, or that a person has to decide on, is left where it is. */
async function miss(
  tx: Queryable,
  desk: Desk,
  record: OfferRecord,
  deadline: Deadline,
  now: number,
  nameOf: (id: string) => string,
): Promise<TimerOutcome> {
  const { offer } = record;
  const lead = desk.lead(offer.leadId);
  if (deadline.missed === 'none' || lead === undefined) return 'done';
  const partner = nameOf(offer.partnerId);
  const missedAt = iso(deadline.dueAt ?? now);
  let why: string;
  if (offer.status === 'Open') {
    if (lead.lead.state !== 'Offered') return 'kept';
    expire(desk, { ...record, offer: { ...offer, acceptBy: missedAt } }, now, nameOf);
    why = `${partner} did not answer by ${missedAt}`;
  } else {
    if (lead.lead.state !== 'Accepted' && lead.lead.state !== 'Working') return 'kept';
    why = `no ${DEEDS[deadline.name]} by ${missedAt}`;
    const recalled = recallOffer(offer, now);
    desk.changeOffer(record, recalled, true);
    desk.happen(
      offer.leadId,
      { kind: 'recalled', offer: recalled, partner, why },
      { declined: [...lead.declined, offer.partnerId] },
    );
    why = `Recalled from ${partner}: ${why}`;
  }
  if (deadline.missed !== 'reassign') await place(tx, desk, offer.leadId, offer.id, deadline.missed, why, now);
  return 'done';
}

const DEEDS: Readonly<Record<DeadlineName, string>> = {
  accept: 'answer',
  'first-touch': 'first touch',
  'report-back': 'report',
  refresh: 'new report',
};
