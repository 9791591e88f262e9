/** Decides what follows from what was read: leads, offers, routes, revenue. Every step is one transaction with its outbox rows. */
import { fireDue, LEAD_EVENTS, react } from '../leads/service/react.ts';
import { routeWaiting } from '../leads/service/route.ts';
import { iso } from '../model/clock.ts';
import { dealsConcerned, REVENUE_EVENTS, reconcileDeals } from '../revenue/service/reconcile.ts';
import type { Queryable } from '../store/database.ts';
import { consumed, eventsFor, type StoredEvent } from '../store/events.ts';
import { checkLease, type Lease } from '../store/lease.ts';
import type { Environment } from './environment.ts';
import { project } from './project.ts';

/** Events and leads dealt with in one transaction. */
const EVENTS_A_BATCH = 5_000;
const LEADS_A_BATCH = 1_000;

export interface Decided {
  readonly offers: number;
  readonly entries: number;
}

/** Decides until nothing is left to decide at this moment. */
export async function decide(env: Environment, lease: Lease): Promise<Decided> {
  let offers = 0;
  let entries = 0;
  for (;;) {
    if (await step(env, lease, (tx) => reactStep(env, tx))) continue;
    const booked = await step(env, lease, (tx) => reconcileStep(env, tx));
    entries += booked?.entries ?? 0;
    if (booked !== null) continue;
    // Answers given in time have been dealt with by now: what is still open past its deadline expires.
    if (await step(env, lease, (tx) => dueStep(env, tx))) continue;
    const routed = await step(env, lease, (tx) => routeStep(env, tx));
    if (routed === null) return { offers, entries };
    offers += routed.offers;
  }
}

/** Runs one step in a transaction under the lease; null: there was nothing to do. */
async function step<T>(env: Environment, lease: Lease, run: (tx: Queryable) => Promise<T | null>): Promise<T | null> {
  return env.db.transaction().execute(async (tx) => {
    await checkLease(tx, lease);
    return run(tx);
  });
}

async function reactStep(env: Environment, tx: Queryable): Promise<true | null> {
  const events = await eventsFor(tx, 'leads', LEAD_EVENTS, EVENTS_A_BATCH);
  if (events.length === 0) return null;
  const now = env.clock.now();
  const touched = await react(tx, events, env.rules, now);
  await project(env, tx, [...touched.leads], [...touched.offers], iso(now));
  await consumed(tx, 'leads', lastOf(events));
  return true;
}

async function reconcileStep(env: Environment, tx: Queryable): Promise<{ entries: number } | null> {
  const events = await eventsFor(tx, 'revenue', REVENUE_EVENTS, EVENTS_A_BATCH);
  if (events.length === 0) return null;
  const deals = await dealsConcerned(tx, events);
  const done = await reconcileDeals(tx, deals, env.rules.attribution, iso(env.clock.now()));
  await consumed(tx, 'revenue', lastOf(events));
  return done;
}

async function dueStep(env: Environment, tx: Queryable): Promise<true | null> {
  const now = env.clock.now();
  const { fired, ...touched } = await fireDue(tx, now, LEADS_A_BATCH);
  if (fired === 0) return null;
  await project(env, tx, [...touched.leads], [...touched.offers], iso(now));
  return true;
}

async function routeStep(env: Environment, tx: Queryable): Promise<{ offers: number } | null> {
  const now = env.clock.now();
  const routed = await routeWaiting(tx, env.rules.routing, env.rules.routingHash, now, LEADS_A_BATCH);
  if (routed.count === 0) return null;
  await project(env, tx, routed.leads, routed.offers, iso(now));
  return { offers: routed.offers.length };
}

function lastOf(events: readonly StoredEvent[]): string {
  return events.at(-1)?.id ?? '0';
}
