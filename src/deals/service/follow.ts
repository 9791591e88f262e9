/** Registrations follow their deals and their partners: what opportunities and partners became since they were looked at last. */
import { sql } from 'kysely';
import type { Registration } from '../../model/registration.ts';
import { among } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import type { EventType, StoredEvent } from '../../store/events.ts';
import { followDeal } from '../deal-closed.ts';
import { BY_RULE, type Moved, reject, withdraw } from '../registration.ts';
import type { DealRules } from '../rules.ts';
import { type Rival, sharesOf } from '../second.ts';
import { claimsOn } from './claims.ts';
import { type Change, type DealPorts, keepChanges, type Partners } from './deal-desk.ts';
import { loadOpportunities } from './opportunities.ts';
import { loadRegistrations, tiedTo } from './rows.ts';
import { askedOf, situationOf } from './situation.ts';

/** The events that registrations react to. */
export const DEAL_EVENTS: readonly EventType[] = ['registration.told', 'opportunity.changed', 'partner.changed'];

/** Lets the registrations of deals that changed follow them, in the caller's transaction under the decision lock. */
export async function followDeals(
  tx: Queryable,
  events: readonly StoredEvent[],
  ports: DealPorts,
  partners: Partners,
  now: number,
): Promise<void> {
  const ids = [...new Set(events.flatMap(({ type, entity }) => (type === 'opportunity.changed' ? entity : [])))];
  if (ids.length === 0) return;
  const tied = await loadRegistrations(
    tx,
    sql<boolean>`opportunity_id = any(${ids}::text[]) and state not in ('Held', 'Rejected', 'Withdrawn')`,
  );
  if (tied.length === 0) return;
  const deals = new Map(
    (await loadOpportunities(tx, [...new Set(tied.map(({ registration }) => registration.opportunityId ?? ''))])).map(
      (deal) => [deal.id, deal],
    ),
  );
  // One after the other, each kept at once: what one gives up another may be reopened into.
  for (const before of tied) {
    const { registration } = before;
    const deal = deals.get(registration.opportunityId ?? '');
    if (deal === undefined) continue;
    const claims = await claimsOn(tx, [registration.account], ports, partners, now);
    const { rivals, isIncumbent } = situationOf(askedOf(registration), claims, ports, partners, now);
    const moved = followDeal(registration, deal, rivals, isIncumbent, ports.rules, now);
    if (moved === null) continue;
    const settled = await creditedOn(tx, moved, rivals, ports.rules);
    const after = { ...before, registration: settled.registration };
    await keepChanges(tx, [{ before, after, happened: [settled.happened] }], partners, ports, now);
  }
}

/** A win with the share of the deal that is the partner's: all of it, or what the rule for two who share it says. */
export async function creditedOn(
  tx: Queryable,
  moved: Moved,
  rivals: readonly Rival[],
  rules: DealRules,
): Promise<Moved> {
  const { registration, happened } = moved;
  if (happened.kind !== 'won') return moved;
  const others = new Map<string, Registration>(
    rivals.flatMap(({ registration: each }) => (each.state === 'Approved' ? [[each.id, each] as const] : [])),
  );
  if (registration.opportunityId !== null)
    for (const { registration: each } of await loadRegistrations(tx, tiedTo(registration.opportunityId)))
      if (each.id !== registration.id && each.state === 'Won') others.set(each.id, each);
  const [share = 10_000] = sharesOf([registration, ...others.values()], rules);
  return {
    registration: { ...registration, share },
    happened: { ...happened, detail: { ...happened.detail, share: `${share / 100} %` } },
  };
}

/** Ends what partners who are none any more have registered. */
export async function partnersGone(
  tx: Queryable,
  events: readonly StoredEvent[],
  ports: DealPorts,
  partners: Partners,
  now: number,
): Promise<void> {
  const gone = events.flatMap(({ type, entity }) => {
    const partner = type === 'partner.changed' ? partners.get(entity) : undefined;
    return partner && (!partner.active || partner.facts.status === 'Terminated') ? [entity] : [];
  });
  if (gone.length === 0) return;
  const theirs = await loadRegistrations(
    tx,
    sql<boolean>`${among('partner_id', gone)} and state in ('Held', 'Pending', 'Approved')`,
  );
  const changes = theirs.flatMap((before): Change[] => {
    const { registration } = before;
    const reason = `${partners.nameOf(registration.partnerId)} is a partner no more`;
    const moved =
      registration.state === 'Approved'
        ? withdraw(registration, reason, BY_RULE, now)
        : reject(registration, reason, BY_RULE, now);
    if ('refused' in moved) return [];
    return [{ before, after: { ...before, registration: moved.registration }, happened: [moved.happened] }];
  });
  await keepChanges(tx, changes, partners, ports, now);
}
