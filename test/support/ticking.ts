/**
 * A desk of many offers that goes from tick to tick, each in transactions that may be cut off anywhere, and partners outside who
 * answer and work at times of their own. What is told is logged by the same transaction without any key, so that nothing
 * told twice goes unseen; `expected` says what must have been told from the plans alone.
 */
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { compileIntake } from '../../src/leads/intake.ts';
import { clockOf, deadlinesAt, type OfferTerms } from '../../src/leads/offer-terms.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import { compileScoring } from '../../src/leads/scoring.ts';
import { fireDue } from '../../src/leads/service/deadlines.ts';
import { LEAD_EVENTS, react } from '../../src/leads/service/react.ts';
import { routeWaiting } from '../../src/leads/service/route.ts';
import { compileSlaVersion, type SlaRules } from '../../src/leads/service/terms.ts';
import type { Deadline } from '../../src/leads/sla/clock.ts';
import type { Lead } from '../../src/model/lead.ts';
import type { Offer } from '../../src/model/offer.ts';
import type { Database, Queryable } from '../../src/store/database.ts';
import { consumed, emit, eventsFor, type NewEvent } from '../../src/store/events.ts';
import { anna, Channel, ROUTING } from './channel.ts';

const HOUR = 3_600_000;
export const START = Date.parse('2026-03-02T08:00:00Z');
const BATCH = 1_000;
export const ROUNDS = 3;

const SLA = `
version: 1
calendars: { office: { zone: Europe/Berlin, hours: { mon-fri: ["09:00-12:00", "13:00-17:00"] } } }
calendarOf: { otherwise: office }
policies:
  standard:
    accept: { within: 6 working hours, warn: [50%, 1 working hour before], escalate: 90%, missed: reassign }
    first-touch: { within: 1 working day, warn: [50%], escalate: 100%, missed: reassign }
    rounds: { atMost: ${ROUNDS}, after: nurture }
use: [{ policy: standard }]
`;
const SLA_RULES: SlaRules = {
  sla: compileSlaVersion({ file: 'sla.yaml', text: SLA, holidays: [] }),
  hash: 'ticking',
};

const shipped = (name: string): [string, string] => [
  `config/${name}.yaml`,
  readFileSync(new URL(`../../config/${name}.yaml`, import.meta.url), 'utf8'),
];
const rules = {
  intake: compileIntake(...shipped('intake')),
  scoring: compileScoring(...shipped('scoring')),
  sla: SLA_RULES,
};
const routing = compileRouting(...ROUTING);

/** A desk with so many leads, each to be offered, and eight partners. */
export async function openDesk(db: Database, leads: number): Promise<void> {
  await sql`create table told_log (at timestamptz not null, offer text not null, what text not null)`.execute(db);
  const channel = new Channel(db);
  channel.now = START;
  for (let n = 0; n < 8; n++) await channel.partner(`00${n}`, { name: `Partner ${n}` });
  const people = Array.from({ length: leads }, (_, n) => ({
    id: `pe_${n}`,
    facts: { ...anna.facts, firstName: `Anna ${n}`, email: `anna.${n}@acme.de` },
    records: [['salesforce', 'Lead', `00Q${n}`] as const],
  }));
  for (let n = 0; n < leads; n += BATCH) await channel.people(people.slice(n, n + BATCH));
}

/**
 * Everything that is due at `now`, as one run does it. `cut` is called within every transaction, once before anything was
 * done and once after; where it throws, the transaction comes to nothing.
 */
export async function tick(db: Database, now: number, cut: () => void, batch = BATCH): Promise<void> {
  for (;;) {
    const isDone = await db.transaction().execute(async (tx) => {
      cut();
      const events = await eventsFor(tx, 'leads', LEAD_EVENTS, batch);
      if (events.length > 0) {
        await react(tx, events, rules, now);
        await consumed(tx, 'leads', events.at(-1)?.id ?? '0');
      }
      const due = events.length < batch ? await fireDue(tx, now, batch, SLA_RULES, ['salesforce Lead']) : null;
      await log(tx, due?.notices ?? [], now);
      const routed = await routeWaiting(tx, routing, 'ticking', now, batch, [], null, SLA_RULES);
      cut();
      return due !== null && due.fired < batch && routed.count < batch;
    });
    if (isDone) return;
  }
}

async function log(tx: Queryable, notices: Awaited<ReturnType<typeof fireDue>>['notices'], now: number): Promise<void> {
  const rows = notices.map(({ kind, offer, key }) => ({
    at: new Date(now).toISOString(),
    offer: offer.id,
    what: `${kind} ${key}`,
  }));
  await sql`insert into told_log select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
    as r(at timestamptz, offer text, what text)`.execute(tx);
}

/** What a partner will do about an offer; hours after it was made, and after it was accepted. */
export interface PartnerPlan {
  readonly answersAt: number | null;
  readonly accepts: boolean;
  readonly touchesAt: number | null;
}

/** The same for the same offer, whenever it is asked. */
export function planFor(offerId: string, offeredAt: number): PartnerPlan {
  const draw = (n: number) =>
    (Number.parseInt(
      Buffer.from(offerId)
        .subarray(4 + n * 3, 7 + n * 3)
        .toString('hex'),
      16,
    ) %
      997) /
    997;
  const answersAt = draw(0) < 0.35 ? null : offeredAt + Math.round(draw(1) * 40 * HOUR);
  const touchesAt = answersAt === null || draw(2) < 0.3 ? null : answersAt + Math.round(draw(1) * 44 * HOUR);
  return { answersAt, accepts: draw(3) < 0.45, touchesAt };
}

interface OfferRow {
  readonly id: string;
  readonly lead_id: string;
  readonly partner_id: string;
  readonly person_id: string;
  readonly status: string;
  readonly offered_at: string;
  readonly accept_by: string;
  readonly is_current: boolean;
  readonly round: number;
  readonly terms: OfferTerms;
}

export async function allOffers(db: Database): Promise<OfferRow[]> {
  const { rows } = await sql<OfferRow>`select o.*, d.person_id, d.offer_id = o.id as is_current from offers o
    join leads d on d.id = o.lead_id order by o.lead_id, o.round`.execute(db);
  return rows;
}

/** When a partner did something, and at which tick it came to be known. */
export interface Deed {
  readonly at: number;
  readonly knownAt: number;
}

/** What partners do until `now` that they have not done yet; `done` remembers it, as the world outside does. */
export async function partnersAct(db: Database, now: number, done: Map<string, Deed>): Promise<void> {
  const events: NewEvent[] = [];
  for (const offer of await allOffers(db)) {
    const plan = planFor(offer.id, Date.parse(offer.offered_at));
    const once = (what: string, at: number | null, event: NewEvent) => {
      if (at === null || at > now || done.has(`${what} ${offer.id}`)) return;
      done.set(`${what} ${offer.id}`, { at, knownAt: now });
      events.push(event);
    };
    const iso = (at: number | null) => new Date(at ?? 0).toISOString();
    const place = { connection: 'salesforce', object: 'Lead', record: `00Q${offer.person_id.slice(3)}` };
    const response = plan.accepts ? 'Accepted' : 'Rejected';
    once('answer', plan.answersAt, {
      type: 'offer.answered',
      entity: offer.id,
      data: { ...place, response, reason: null, at: iso(plan.answersAt) },
    });
    // The work of somebody who has lost the lead would be taken for that of the next one.
    if (offer.status === 'Accepted' && offer.is_current)
      once('touch', plan.touchesAt, {
        type: 'lead.worked',
        entity: place.record,
        data: { ...place, at: iso(plan.touchesAt) },
      });
  }
  await emit(db, events, new Date(now).toISOString());
}

/** What must have been told of an offer, given the ticks and what its partner did; in no order. */
export function expected(offer: OfferRow, ticks: readonly number[], done: ReadonlyMap<string, Deed>): string[] {
  const offeredAt = Date.parse(offer.offered_at);
  const plan = planFor(offer.id, offeredAt);
  const first = (after: number) => ticks.find((at) => at >= after) ?? Number.POSITIVE_INFINITY;
  const told: string[] = [];
  const tell = (deadline: Deadline, deed: Deed | null) => {
    const { name, dueAt, warnings, escalateAt } = deadline;
    const end = dueAt ?? 0;
    const wasDone = (at: number) => deed !== null && deed.knownAt <= at;
    for (const { at, text } of warnings) {
      const fired = first(at);
      if (fired <= end && !wasDone(fired)) told.push(`warning ${name} 1 ${text}`);
    }
    const escalated = first(escalateAt ?? 0);
    if (escalated < Number.POSITIVE_INFINITY && !wasDone(escalated)) told.push(`escalation ${name} 1 `);
    const missed = first(end + 1);
    if (missed < Number.POSITIVE_INFINITY && !wasDone(missed)) told.push(`missed ${name} 1 `);
  };
  const model: Offer = {
    ...{ id: offer.id, leadId: offer.lead_id, partnerId: offer.partner_id, round: offer.round },
    ...{ status: 'Open', offeredAt: offer.offered_at, acceptBy: offer.accept_by, closedAt: null },
    ...{ response: null, responseReason: null },
  };
  const lead = { id: offer.lead_id, offerId: offer.id, state: 'Offered' } as Lead;
  const deadlinesOf = (of: Offer, now: number) => deadlinesAt(clockOf(of, offer.terms, SLA_RULES.sla, [], lead), now);
  const accept = deadlinesOf(model, offeredAt).find(({ name }) => name === 'accept');
  if (accept?.dueAt == null) throw new Error(`offer ${offer.id} has no deadline`);
  const answered = done.get(`answer ${offer.id}`) ?? null;
  const inTime = answered !== null && answered.at <= accept.dueAt;
  tell(accept, inTime ? answered : null);
  if (!inTime || !plan.accepts) return told;
  const closedAt = new Date(answered.at).toISOString();
  const touch = deadlinesOf({ ...model, status: 'Accepted', closedAt }, answered.at).find(
    ({ name }) => name === 'first-touch',
  );
  if (touch) tell(touch, done.get(`touch ${offer.id}`) ?? null);
  return told;
}

/** Nothing of this desk will happen any more. */
export async function isQuiet(db: Database): Promise<boolean> {
  const { rows } = await sql<{ busy: boolean }>`select exists (select from timers where fired_at is null)
    or exists (select from leads where to_route) as busy`.execute(db);
  return rows[0]?.busy === false;
}

export async function toldLog(db: Database): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ offer: string; what: string }>`select offer, what from told_log`.execute(db);
  return new Map(
    [...Map.groupBy(rows, ({ offer }) => offer)].map(([offer, mine]) => [offer, mine.map(({ what }) => what).sort()]),
  );
}
