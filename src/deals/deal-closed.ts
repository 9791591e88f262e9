/** What becomes of a registration by its deal: tied to it, won, lost, opened again, deleted. Pure. */
import { iso } from '../model/clock.ts';
import { isProtected, type Registration } from '../model/registration.ts';
import { BY_RULE, type Happened, type Moved, type Refused } from './registration.ts';
import type { DealRules } from './rules.ts';
import { type Rival, whyNotSecond } from './second.ts';

/** The opportunity of a registration as its CRM has it now. */
export interface Deal {
  readonly id: string;
  readonly name: string;
  readonly isClosed: boolean;
  readonly isWon: boolean;
  /** Calendar date; null where the CRM states none. */
  readonly closeDate: string | null;
  readonly deleted: boolean;
}

/** Ties a registration to its opportunity. `takenBy`: another partner whose live registration has that opportunity. */
export function convert(
  registration: Registration,
  deal: Deal,
  takenBy: string | null,
  by: string,
  now: number,
): Moved | Refused {
  const { id, state, opportunityId } = registration;
  if (state !== 'Pending' && state !== 'Approved')
    return { refused: `${id} is ${state}; only what is Pending or Approved is tied to an opportunity` };
  if (deal.deleted) return { refused: `opportunity ${deal.id} was deleted in its CRM` };
  if (opportunityId === deal.id) return { refused: `${id} is tied to opportunity ${deal.id} already` };
  if (takenBy !== null) return { refused: `opportunity ${deal.id} is tied to the registration of ${takenBy}` };
  if (deal.isClosed && !(state === 'Approved' && isInWindow(registration, deal, now)))
    return {
      refused: `opportunity ${deal.id} is closed already (${deal.closeDate ?? 'no date'})`,
      hint: 'A closed deal counts where it was closed within the protection of an approved registration.',
    };
  return {
    registration: { ...registration, opportunityId: deal.id },
    happened: { kind: 'converted', by, detail: { opportunity: deal.id } },
  };
}

/**
 * Lets a registration follow its deal; null where that changes nothing. A deal that is won on a day of the window is the
 * registrant's, also where the news of it comes after the end.
 */
export function followDeal(
  registration: Registration,
  deal: Deal,
  rivals: readonly Rival[],
  isIncumbent: boolean,
  rules: Pick<DealRules, 'second'>,
  now: number,
): Moved | null {
  const { state, protectedUntil } = registration;
  const isOver = state === 'Won' || state === 'Lost';
  if (state === 'Pending' && (deal.deleted || deal.isClosed)) {
    if (deal.deleted) return unlinked(registration, deal);
    const reason = `the deal was closed${deal.isWon ? ' and won' : ''} before the registration was decided`;
    const next = { ...registration, state: 'Rejected' as const, reason, decidedAt: iso(now) };
    return moved(next, 'rejected', { reason, opportunity: deal.id });
  }
  if (state !== 'Approved' && state !== 'Expired' && !isOver) return null;
  if (deal.deleted) {
    if (state === 'Approved') return unlinked(registration, deal);
    return isOver ? over(registration, deal, `the opportunity ${deal.id} was deleted`) : null;
  }
  if (deal.isWon) {
    if (state === 'Won') return null;
    if (isInWindow(registration, deal, now)) {
      const closedAt = closedAtOf(deal, now);
      const reason = `won on ${closedAt.slice(0, 10)}, within the window`;
      return moved({ ...registration, state: 'Won', reason, closedAt }, 'won', { opportunity: deal.id, closedAt });
    }
    if (state === 'Expired') return null;
    return over(registration, deal, `the deal was won on ${deal.closeDate}, outside of the window`);
  }
  if (deal.isClosed) {
    if (state === 'Lost' || state === 'Expired') return null;
    const closedAt = closedAtOf(deal, now);
    const reason = `the deal was closed on ${closedAt.slice(0, 10)} and not won`;
    return moved({ ...registration, state: 'Lost', reason, closedAt, share: null }, 'lost', { opportunity: deal.id });
  }
  if (!isOver) return null;
  const open: Registration = { ...registration, state: 'Approved', closedAt: null, share: null };
  if (!isProtected(open, now)) return over(registration, deal, `the deal is open again, after the window`);
  const why = whyNotSecond(open, isIncumbent, rivals, rules, now);
  if (why !== null) return over(registration, deal, `the deal is open again, and ${why}`);
  const reason = `the deal is open again; protected until ${protectedUntil}`;
  return moved({ ...open, reason }, 'reopened', { opportunity: deal.id });
}

/** Whether a deal was closed on a day of the window. Close dates to come are those of people who plan; the deal is closed now. */
function isInWindow({ decidedAt, protectedUntil }: Registration, deal: Deal, now: number): boolean {
  if (decidedAt === null || protectedUntil === null) return false;
  const day = closedAtOf(deal, now).slice(0, 10);
  return day >= decidedAt.slice(0, 10) && day <= protectedUntil.slice(0, 10);
}

function closedAtOf({ closeDate }: Deal, now: number): string {
  const today = iso(now);
  return closeDate === null || closeDate > today.slice(0, 10) ? today : `${closeDate}T00:00:00.000Z`;
}

function unlinked(registration: Registration, deal: Deal): Moved {
  return moved({ ...registration, opportunityId: null }, 'unlinked', { opportunity: deal.id });
}

function over(registration: Registration, deal: Deal, reason: string): Moved {
  const next: Registration = { ...registration, state: 'Expired', reason, share: null };
  return moved(next, 'expired', { reason, opportunity: deal.id });
}

function moved(registration: Registration, kind: Happened['kind'], detail: Happened['detail']): Moved {
  return { registration, happened: { kind, by: BY_RULE, detail } };
}
