/** Decides what follows from what was read: leads, offers, routes, revenue, with the outbox rows, in one transaction at a time. */

import { fundsDue } from '../funds/service/due.ts';
import { keepStages } from '../insight/service/forecast.ts';
import { scorePartnersDaily } from '../insight/service/partner-scores.ts';
import { type Gain, gainOfAll } from '../leads/methods/assignment.ts';
import { newOffer, takenBack } from '../leads/notify/notice.ts';
import { coverageOf } from '../leads/routing.ts';
import { scoreAged } from '../leads/service/ageing.ts';
import { fireDue } from '../leads/service/deadlines.ts';
import type { Touched } from '../leads/service/desk.ts';
import { type LeadRecord, loadLeads, type OfferRecord, routeWaitersOf } from '../leads/service/lead-store.ts';
import { keepNotices } from '../leads/service/notices.ts';
import { LEAD_EVENTS, react } from '../leads/service/react.ts';
import { routeWaiting } from '../leads/service/route.ts';
import { lockRouter } from '../leads/service/router-lock.ts';
import { watchScore } from '../leads/service/score-models.ts';
import type { Standing } from '../leads/service/standing.ts';
import { tellStatements } from '../leads/service/statements.ts';
import { iso } from '../model/clock.ts';
import type { Offer } from '../model/offer.ts';
import { dealsDue } from '../revenue/service/book.ts';
import { refit } from '../revenue/service/fits.ts';
import { keepRates } from '../revenue/service/rates.ts';
import { dealsConcerned, REVENUE_EVENTS, reconcileDeals } from '../revenue/service/reconcile.ts';
import type { Queryable } from '../store/database.ts';
import { consumed, eventsFor, type StoredEvent } from '../store/events.ts';
import { type Lease, repeatable } from '../store/lease.ts';
import { decideDeals } from './deal-steps.ts';
import type { Environment } from './environment.ts';
import { projectFunds } from './fund-records.ts';
import { applyAnswers } from './merge-answers.ts';
import { duePeople } from './merge-project.ts';
import { project } from './project.ts';
import { personsOnDeals } from './project-deals.ts';
import { projectPartners, writesToPartners } from './project-partners.ts';

/** Events, offers and leads dealt with in one transaction: more of them are left to the next one. */
const EVENTS_A_BATCH = 2_000;
const LEADS_A_BATCH = 1_000;
const STATEMENTS_A_BATCH = 500;

export interface Decided {
  readonly offers: number;
  readonly entries: number;
  /** What assigning batches at once was worth; null where none was. */
  readonly gain: Gain | null;
}

interface Progress {
  /** No batch was full: nothing waits for another round. */
  readonly complete: boolean;
  /** As routing left it; null where it did not look. */
  readonly standing: Standing | null;
}

export interface DecideOptions {
  readonly ending?: AbortSignal | undefined;
  /** False where not all was read that the CRMs hold: no deadline counts as missed then, since its answer may be there. */
  readonly isWhole?: boolean;
}

/** Decides until nothing is left to decide at this moment, or until `ending` aborts: the next run then goes on from there. */
export async function decide(
  env: Environment,
  lease: Lease,
  { ending, isWhole = true }: DecideOptions = {},
): Promise<Decided> {
  const total: { -readonly [Key in keyof Decided]: Decided[Key] } = { offers: 0, entries: 0, gain: null };
  // Within one call nothing but routing gives partners leads, and what takes them away says so.
  let standing: Standing | null = null;
  for (;;) {
    const known: Standing | null = standing;
    // No CRM hears of a decision before rows of the outbox are marked as sent, which is waited for.
    const done: Decided & Progress = await repeatable(env.db, lease, (tx) => decideOnce(env, tx, known, isWhole));
    standing = done.standing;
    total.offers += done.offers;
    total.entries += done.entries;
    total.gain = gainOfAll([total.gain, done.gain]);
    if (done.complete || ending?.aborted) return total;
    await lease.renew();
  }
}

/** One round of decisions. */
async function decideOnce(
  env: Environment,
  tx: Queryable,
  known: Standing | null,
  isWhole: boolean,
): Promise<Decided & Progress> {
  // A partner that claims a lead meanwhile waits, or what was read before would undo it.
  await lockRouter(tx);
  const now = env.clock.now();
  // As they stand after the last step that touched them.
  const leads = new Map<string, LeadRecord>();
  const offers = new Map<string, OfferRecord>();
  const withRoom = new Set<string>();
  const touch = (touched: Touched) => {
    for (const [id, record] of touched.leads) leads.set(id, record);
    for (const [id, record] of touched.offers) offers.set(id, record);
    for (const id of touched.withRoom) withRoom.add(id);
  };
  await applyAnswers(env, tx, iso(now));
  if (env.rules.funds) await fundsDue(tx, env.rules.funds, now);
  if (env.rules.scoring.predictive) await watchScore(tx, now);
  const dealsDone = await decideDeals(env, tx, now, isWhole);
  const aged = await scoreAged(tx, env.rules.scoring, now, LEADS_A_BATCH);
  await keepRates(tx, 'file', env.rules.rates ?? [], iso(now));
  const revenue = await eventsFor(tx, 'revenue', REVENUE_EVENTS, EVENTS_A_BATCH);
  await keepStages(tx, revenue, iso(now));
  const deals = await dealsToSettle(env, tx, revenue, now);
  // Deals are matched to saved leads; where there is none to match, new leads go to the router without a way through the store.
  const held: LeadRecord[] = [];
  const told = await tellStatements(tx, STATEMENTS_A_BATCH, iso(now));
  const reacted = await reactTo(env, tx, now, touch, deals.length === 0 ? held : null);
  const reconciled = await reconcile(env, tx, revenue, deals, now);
  // What revenue found out of deals moves leads at once.
  const again = reconciled.dealsMoved ? await reactTo(env, tx, now, touch, null) : NOTHING;
  // Answers given in time have been dealt with by now: what is still open past its deadline expires.
  const due = reacted.complete ? await fireDue(tx, now, LEADS_A_BATCH, env.rules.sla, telling(env), isWhole) : null;
  if (due) touch(due);
  await routeWaitersOf(tx, [...withRoom], coverageOf(env.rules.routing));
  const standing = withRoom.size === 0 ? known : null;
  const { routing, routingHash, sla = null, notices } = env.rules;
  const routed = await routeWaiting(tx, routing, routingHash, now, LEADS_A_BATCH, held, standing, sla);
  for (const record of routed.leads) leads.set(record.lead.id, record);
  for (const record of routed.offers) offers.set(record.offer.id, record);
  if (notices) {
    const taken = [...reacted.recalled, ...again.recalled].map((offer) => takenBack(offer));
    const opened = routed.offers.map(({ offer }) => newOffer(offer));
    await keepNotices(tx, [...taken, ...(due?.notices ?? []), ...opened], notices, now);
  }
  const shared = await duePeople(env, tx, leads);
  const shown = await eventsFor(tx, 'registrations shown', ['registration.changed'], EVENTS_A_BATCH);
  const registrations = [...new Set(shown.map(({ entity }) => entity))];
  const persons = (await personsOnDeals(tx, registrations)).filter(
    (person) => ![...leads.values()].some(({ lead }) => lead.personId === person),
  );
  for (const record of await loadLeads(tx, 'person_id', persons)) leads.set(record.lead.id, record);
  await project(env, tx, [...leads.values()], [...offers.values()], iso(now), shared.people, registrations);
  if (shown.length > 0) await consumed(tx, 'registrations shown', lastOf(shown));
  await projectFunds(env, tx, iso(now));
  const complete =
    dealsDone &&
    shown.length < EVENTS_A_BATCH &&
    aged &&
    reacted.complete &&
    told < STATEMENTS_A_BATCH &&
    again.complete &&
    shared.complete &&
    reconciled.complete &&
    due !== null &&
    due.fired < LEADS_A_BATCH &&
    routed.count < LEADS_A_BATCH;
  // Of everything that is known today, once.
  if (complete && isWhole) await scorePartners(env, tx, now);
  const { gain = null } = routed;
  return { offers: routed.offers.length, entries: reconciled.entries, gain, complete, standing: routed.standing };
}

/** Once a day: where partners stand, for their records in the CRMs that are to show it. */
async function scorePartners(env: Environment, tx: Queryable, now: number): Promise<void> {
  const { scorecard } = env.rules;
  if (scorecard === undefined || !writesToPartners(env)) return;
  const scores = await scorePartnersDaily(tx, scorecard, env.currency, now);
  if (scores !== null) await projectPartners(env, tx, scores, iso(now));
}

/** The objects whose records show that a partner is at work. */
function telling({ connections }: Environment): string[] {
  return connections.flatMap(({ name, mappings }) =>
    mappings.flatMap(({ worked, object }) => (worked === null ? [] : [`${name} ${object}`])),
  );
}

/** What a batch of events came to. */
interface ReactedTo {
  /** No more wait. */
  readonly complete: boolean;
  /** Offers that were taken back. */
  readonly recalled: readonly Offer[];
}
const NOTHING: ReactedTo = { complete: true, recalled: [] };

/** Lets leads react to a batch of events. Leads for the router are left unsaved in `held` where it is given. */
async function reactTo(
  env: Environment,
  tx: Queryable,
  now: number,
  touch: (touched: Touched) => void,
  held: LeadRecord[] | null,
): Promise<ReactedTo> {
  const events = await eventsFor(tx, 'leads', LEAD_EVENTS, EVENTS_A_BATCH);
  if (events.length === 0) return NOTHING;
  const reacted = await react(tx, events, env.rules, now, held !== null);
  touch(reacted);
  held?.push(...reacted.held);
  await consumed(tx, 'leads', lastOf(events));
  const recalled = [...reacted.offers.values()].flatMap(({ offer }) =>
    offer.status === 'Recalled' && offer.closedAt === iso(now) ? [offer] : [],
  );
  return { complete: events.length < EVENTS_A_BATCH, recalled };
}

/** The deals that events speak of, and those whose close has come. */
async function dealsToSettle(
  env: Environment,
  tx: Queryable,
  events: readonly StoredEvent[],
  now: number,
): Promise<string[]> {
  const concerned = await dealsConcerned(tx, events);
  const due = await dealsDue(tx, env.rules.ledger, iso(now));
  return due.length === 0 ? concerned : [...new Set([...concerned, ...due])].sort();
}

async function reconcile(
  env: Environment,
  tx: Queryable,
  events: readonly StoredEvent[],
  deals: readonly string[],
  now: number,
): Promise<{ entries: number; dealsMoved: boolean; complete: boolean }> {
  if (events.length === 0 && deals.length === 0) return { entries: 0, dealsMoved: false, complete: true };
  if (deals.length > 0) await refit(tx, env.rules.attribution, iso(now));
  const done = await reconcileDeals(tx, deals, env.rules.attribution, iso(now), env.rules.ledger, env.rules.reconcile);
  if (events.length > 0) await consumed(tx, 'revenue', lastOf(events));
  return { entries: done.entries, dealsMoved: done.moved > 0, complete: events.length < EVENTS_A_BATCH };
}

function lastOf(events: readonly StoredEvent[]): string {
  return events.at(-1)?.id ?? '0';
}
