/** What people do with a registration: approve, reject, extend, withdraw, tie it to its opportunity. */
import type { Database, Queryable } from '../../store/database.ts';
import { lockDecisions } from '../../store/decision-lock.ts';
import { convert, followDeal } from '../deal-closed.ts';
import { approve, extend, type Moved, type Refused, reject, withdraw } from '../registration.ts';
import { claimsOn } from './claims.ts';
import { type DealPorts, keepChanges, loadPartners, type Partners } from './deal-desk.ts';
import { fireTimers } from './due.ts';
import { creditedOn } from './follow.ts';
import { loadOpportunities, opportunityNamed } from './opportunities.ts';
import { takenBy } from './register.ts';
import { byIds, loadRegistrations, type StoredRegistration, tiesTo } from './rows.ts';
import { askedOf, situationOf } from './situation.ts';

export type DealMove =
  | { readonly kind: 'approve'; readonly step: string | null; readonly despite: boolean }
  | { readonly kind: 'reject' | 'withdraw'; readonly reason: string }
  | { readonly kind: 'extend' }
  | { readonly kind: 'convert'; readonly opportunity: string };

/** A registration that cannot be moved like that, with what to do. */
export class DealRefused extends Error {
  override readonly name = 'DealRefused';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Moves one registration and keeps it; throws DealRefused where that cannot be, and then nothing was changed. */
export async function moveDeal(
  db: Database,
  id: string,
  move: DealMove,
  by: string,
  ports: DealPorts,
  now: number,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockDecisions(tx);
    const partners = await loadPartners(tx);
    // What ended by now must not stand in the way of what comes next, nor be moved itself.
    await fireTimers(tx, ports, partners, now);
    const [before] = await loadRegistrations(tx, byIds([id]));
    if (before === undefined)
      throw new DealRefused(`there is no registration "${id}"`, 'Registrations are named like rg_4xk2m9qa7b1c3d5e.');
    const moved = await apply(tx, before, move, by, ports, partners, now);
    if ('refused' in moved) throw new DealRefused(moved.refused, moved.hint);
    const after = { ...before, registration: moved.registration };
    const settled = await settledByDeal(tx, after, ports, partners, now);
    const happened = settled ? [moved.happened, settled.happened] : [moved.happened];
    const last = { ...after, registration: settled?.registration ?? after.registration };
    await keepChanges(tx, [{ before, after: last, happened }], partners, ports, now);
  });
}

/** One move of a registration that is loaded, under the decision lock. */
export async function apply(
  tx: Queryable,
  { registration }: StoredRegistration,
  move: DealMove,
  by: string,
  ports: DealPorts,
  partners: Partners,
  now: number,
): Promise<Moved | Refused> {
  switch (move.kind) {
    case 'reject':
      return reject(registration, move.reason, by, now);
    case 'withdraw':
      return withdraw(registration, move.reason, by, now);
    case 'extend':
      return extend(registration, by, ports.rules, now);
    case 'approve': {
      const named = partners.get(registration.partnerId);
      if (named === undefined || !named.active || named.facts.status === 'Terminated')
        return { refused: `${partners.nameOf(registration.partnerId)} is a partner no more`, hint: 'Reject it.' };
      const claims = await claimsOn(tx, [registration.account], ports, partners, now);
      const situation = situationOf(askedOf(registration), claims, ports, partners, now);
      return approve(registration, { step: move.step, by, despite: move.despite }, situation);
    }
    case 'convert': {
      const named = opportunityNamed(await loadOpportunities(tx, [move.opportunity]), move.opportunity);
      if ('problem' in named) return { refused: named.problem };
      const tied = await tiesTo(tx, [named.opportunity.id]);
      const taken = takenBy(named.opportunity, tied, registration.partnerId, ports);
      return convert(registration, named.opportunity, taken && partners.nameOf(taken), by, now);
    }
  }
}

/** A registration that was tied to a deal that is won already is won with it. */
export async function settledByDeal(
  tx: Queryable,
  { registration }: StoredRegistration,
  ports: DealPorts,
  partners: Partners,
  now: number,
): Promise<Moved | null> {
  if (registration.opportunityId === null || registration.state !== 'Approved') return null;
  const [deal] = await loadOpportunities(tx, [registration.opportunityId]);
  if (deal === undefined || !deal.isClosed) return null;
  const claims = await claimsOn(tx, [registration.account], ports, partners, now);
  const { rivals, isIncumbent } = situationOf(askedOf(registration), claims, ports, partners, now);
  const moved = followDeal(registration, deal, rivals, isIncumbent, ports.rules, now);
  return moved && creditedOn(tx, moved, rivals, ports.rules);
}
