/** How much of a fund is given away, promised, claimed and paid: always derived from its parts, never kept. */
import type { FundAllocation, FundBudget, FundClaim, FundKind, FundRequest } from '../model/fund.ts';
import { sumOf } from './amounts.ts';

/** What balances are read from. */
export interface Parts {
  readonly today: string;
  under(kind: 'budget', id: string): FundBudget[];
  under(kind: 'allocation', id: string): FundAllocation[];
  under(kind: 'request', id: string): FundRequest[];
  under(kind: 'claim', id: string): FundClaim[];
  under(kind: FundKind, id: string): unknown[];
}

/** Whether a claim takes money of its request. */
export function isLive({ status }: FundClaim): boolean {
  return status === 'held' || status === 'submitted' || status === 'approved' || status === 'paid';
}

/** What of a request's money its claims take: what is approved of them, and what is asked for where nothing is decided. */
export function claimedOf(claims: readonly FundClaim[]): bigint {
  return sumOf(claims, (claim) => (isLive(claim) ? (claim.approved ?? claim.requested) : 0n));
}

/**
 * What a request takes of the fund it draws on. An approved one takes what was approved; one that has come to its end without
 * being used up takes only what its claims take, so that the rest is free again.
 */
export function committedOf(request: FundRequest, claims: readonly FundClaim[]): bigint {
  const { status, approved } = request;
  if (status === 'approved' || status === 'claimed') return approved ?? 0n;
  return claimedOf(claims);
}

/** What an allocation takes of its budget: all of it, and after it has expired what its requests take. */
export function heldBy(parts: Parts, allocation: FundAllocation): bigint {
  if (allocation.expiresOn === null || parts.today <= allocation.expiresOn) return allocation.amount;
  return promisedOf(parts, parts.under('request', allocation.id));
}

function promisedOf(parts: Parts, requests: readonly FundRequest[]): bigint {
  return sumOf(requests, (request) => committedOf(request, parts.under('claim', request.id)));
}

/** Minor units of the fund's currency. */
export interface Balance {
  readonly amount: bigint;
  /** What its child budgets, its allocations, and requests on the budget itself take. */
  readonly children: bigint;
  readonly allocations: bigint;
  readonly requests: bigint;
  /** What is left to give away; below zero where more was given away than there is. */
  readonly free: bigint;
}

export function balanceOf(parts: Parts, budget: FundBudget): Balance {
  const children = sumOf(parts.under('budget', budget.id), ({ amount }) => amount);
  const allocations = sumOf(parts.under('allocation', budget.id), (allocation) => heldBy(parts, allocation));
  const requests = promisedOf(parts, parts.under('request', budget.id));
  return {
    amount: budget.amount,
    children,
    allocations,
    requests,
    free: budget.amount - children - allocations - requests,
  };
}

/** What was promised, claimed and paid on a budget or an allocation, with all that is below it. */
export interface Drawn {
  readonly promised: bigint;
  readonly claimed: bigint;
  readonly paid: bigint;
}

/** `budgets`: the budgets on the way, so that a loop ends. */
export function drawnOf(parts: Parts, id: string, budgets: ReadonlySet<string> = new Set()): Drawn {
  let drawn: Drawn = { promised: 0n, claimed: 0n, paid: 0n };
  if (budgets.has(id)) return drawn;
  const add = (more: Drawn) => {
    drawn = {
      promised: drawn.promised + more.promised,
      claimed: drawn.claimed + more.claimed,
      paid: drawn.paid + more.paid,
    };
  };
  for (const request of parts.under('request', id)) {
    const claims = parts.under('claim', request.id);
    add({
      promised: committedOf(request, claims),
      claimed: claimedOf(claims),
      paid: sumOf(claims, ({ paid }) => paid),
    });
  }
  for (const allocation of parts.under('allocation', id)) add(drawnOf(parts, allocation.id));
  for (const budget of parts.under('budget', id)) add(drawnOf(parts, budget.id, new Set([...budgets, id])));
  return drawn;
}
