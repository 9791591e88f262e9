/** Decides what follows from what was read: leads, offers, routes, revenue, with the outbox rows, in one transaction at a time. */

import { coverageOf } from '../leads/routing.ts';
import type { Touched } from '../leads/service/desk.ts';
import { type LeadRecord, type OfferRecord, routeWaitersOf } from '../leads/service/lead-store.ts';
import { fireDue, LEAD_EVENTS, react } from '../leads/service/react.ts';
import { routeWaiting } from '../leads/service/route.ts';
import { iso } from '../model/clock.ts';
import { dealsConcerned, REVENUE_EVENTS, reconcileDeals } from '../revenue/service/reconcile.ts';
import type { Queryable } from '../store/database.ts';
import { consumed, eventsFor, type StoredEvent } from '../store/events.ts';
import { type Lease, underLease } from '../store/lease.ts';
import type { Environment } from './environment.ts';
import { project } from './project.ts';

/** Events, offers and leads dealt with in one transaction: more of them are left to the next one. */
const EVENTS_A_BATCH = 5_000;
const LEADS_A_BATCH = 1_000;

export interface Decided {
  readonly offers: number;
  readonly entries: number;
}

/** Decides until nothing is left to decide at this moment. */
export async function decide(env: Environment, lease: Lease): Promise<Decided> {
  const total = { offers: 0, entries: 0 };
  for (;;) {
    const done = await underLease(env.db, lease, (tx) => decideOnce(env, tx));
    total.offers += done.offers;
    total.entries += done.entries;
    if (done.complete) return total;
    await lease.renew();
  }
}

/** One round of decisions; `complete` where no batch was full, so that nothing waits for another round. */
async function decideOnce(env: Environment, tx: Queryable): Promise<Decided & { complete: boolean }> {
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
  const reacted = await reactTo(env, tx, now, touch);
  const reconciled = await reconcile(env, tx, now);
  // What revenue found out of deals moves leads at once.
  const again = reconciled.dealsMoved ? await reactTo(env, tx, now, touch) : true;
  // Answers given in time have been dealt with by now: what is still open past its deadline expires.
  const due = reacted ? await fireDue(tx, now, LEADS_A_BATCH) : null;
  if (due) touch(due);
  await routeWaitersOf(tx, [...withRoom], coverageOf(env.rules.routing));
  const routed = await routeWaiting(tx, env.rules.routing, env.rules.routingHash, now, LEADS_A_BATCH);
  for (const record of routed.leads) leads.set(record.lead.id, record);
  for (const record of routed.offers) offers.set(record.offer.id, record);
  await project(env, tx, [...leads.values()], [...offers.values()], iso(now));
  const complete =
    reacted &&
    again &&
    reconciled.complete &&
    due !== null &&
    due.fired < LEADS_A_BATCH &&
    routed.count < LEADS_A_BATCH;
  return { offers: routed.offers.length, entries: reconciled.entries, complete };
}

/** Lets leads react to a batch of events; true where no more wait. */
async function reactTo(
  env: Environment,
  tx: Queryable,
  now: number,
  touch: (touched: Touched) => void,
): Promise<boolean> {
  const events = await eventsFor(tx, 'leads', LEAD_EVENTS, EVENTS_A_BATCH);
  if (events.length === 0) return true;
  touch(await react(tx, events, env.rules, now));
  await consumed(tx, 'leads', lastOf(events));
  return events.length < EVENTS_A_BATCH;
}

async function reconcile(
  env: Environment,
  tx: Queryable,
  now: number,
): Promise<{ entries: number; dealsMoved: boolean; complete: boolean }> {
  const events = await eventsFor(tx, 'revenue', REVENUE_EVENTS, EVENTS_A_BATCH);
  if (events.length === 0) return { entries: 0, dealsMoved: false, complete: true };
  const deals = await dealsConcerned(tx, events);
  const done = await reconcileDeals(tx, deals, env.rules.attribution, iso(now));
  await consumed(tx, 'revenue', lastOf(events));
  return { entries: done.entries, dealsMoved: done.moved > 0, complete: events.length < EVENTS_A_BATCH };
}

function lastOf(events: readonly StoredEvent[]): string {
  return events.at(-1)?.id ?? '0';
}
