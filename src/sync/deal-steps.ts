/** The part of a run in which registrations follow what was read and what the clock says. */
import { loadPartners } from '../deals/service/deal-desk.ts';
import { fireTimers } from '../deals/service/due.ts';
import { DEAL_EVENTS, followDeals, partnersGone } from '../deals/service/follow.ts';
import { takeTold } from '../deals/service/told.ts';
import type { Queryable } from '../store/database.ts';
import { consumed, eventsFor } from '../store/events.ts';
import { companiesOf, dealPorts } from './deal-ports.ts';
import type { Environment } from './environment.ts';

const EVENTS_A_BATCH = 2_000;

/** One round, in the caller's transaction under the decision lock; false where more waits for another. */
export async function decideDeals(env: Environment, tx: Queryable, now: number, mayEnd: boolean): Promise<boolean> {
  const ports = dealPorts(env.rules, env.connections, env.currency);
  if (ports === null) return true;
  const events = await eventsFor(tx, 'deals', DEAL_EVENTS, EVENTS_A_BATCH);
  const isDue = mayEnd && (await isAnyDue(tx, now));
  if (events.length === 0 && !isDue) return true;
  const partners = await loadPartners(tx);
  if (events.length > 0) {
    await partnersGone(tx, events, ports, partners, now);
    await takeTold(tx, events, companiesOf(env.connections), ports, partners, now);
    await followDeals(tx, events, ports, partners, now);
    await consumed(tx, 'deals', events.at(-1)?.id ?? '0');
  }
  // News of what was won in time comes before the end of its window.
  const isWhole = events.length < EVENTS_A_BATCH;
  const fired = isDue && isWhole ? await fireTimers(tx, ports, partners, now) : 0;
  return isWhole && fired === 0;
}

async function isAnyDue(tx: Queryable, now: number): Promise<boolean> {
  const found = await tx
    .selectFrom('registration_timers')
    .select('registration_id')
    .where('fired_at', 'is', null)
    .where('due_at', '<=', new Date(now).toISOString())
    .limit(1)
    .execute();
  return found.length > 0;
}
