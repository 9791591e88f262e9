/** Items of funds for tests, with what a test does not care about filled in. */
import { readFileSync } from 'node:fs';
import type { FundBook } from '../../src/funds/book.ts';
import { compileFunds } from '../../src/funds/rules.ts';
import type { FundAllocation, FundBudget, FundClaim, FundRequest } from '../../src/model/fund.ts';

export const RULES = compileFunds(
  'config/funds.yaml',
  readFileSync(new URL('../../config/funds.yaml', import.meta.url), 'utf8'),
);

export const MANAGER = 'maria@vendor.example';
export const DIRECTOR = 'channel-director@example.com';

export function budget(id: string, amount: number, more: Partial<FundBudget> = {}): FundBudget {
  return {
    id,
    parentId: null,
    partnerId: null,
    name: id,
    currency: 'USD',
    amount: BigInt(amount),
    startsOn: null,
    endsOn: null,
    record: null,
    ...more,
  };
}

export function allocation(
  id: string,
  budgetId: string,
  amount: number,
  more: Partial<FundAllocation> = {},
): FundAllocation {
  return {
    id,
    budgetId,
    partnerId: null,
    name: id,
    currency: 'USD',
    amount: BigInt(amount),
    expiresOn: null,
    record: null,
    ...more,
  };
}

export function request(id: string, budgetId: string, requested: number, more: Partial<FundRequest> = {}): FundRequest {
  return {
    id,
    budgetId,
    allocationId: null,
    partnerId: null,
    campaignId: null,
    title: id,
    activity: 'other',
    currency: 'USD',
    requested: BigInt(requested),
    approved: null,
    status: 'draft',
    startsOn: null,
    endsOn: null,
    claimBy: null,
    requestedBy: 'partner@alder.example',
    submittedAt: null,
    escalated: 0,
    record: null,
    ...more,
  };
}

/** An approved request. */
export function approved(id: string, budgetId: string, amount: number, more: Partial<FundRequest> = {}): FundRequest {
  return request(id, budgetId, amount, { status: 'approved', approved: BigInt(amount), ...more });
}

export function claim(id: string, requestId: string, requested: number, more: Partial<FundClaim> = {}): FundClaim {
  return {
    id,
    requestId,
    campaignId: null,
    title: id,
    currency: 'USD',
    requested: BigInt(requested),
    approved: null,
    paid: 0n,
    paidOn: null,
    payments: [],
    proof: [{ kind: 'invoice', reference: 'inv-1' }],
    status: 'submitted',
    reason: null,
    claimedBy: 'partner@alder.example',
    submittedAt: '2026-03-02T08:00:00.000Z',
    escalated: 0,
    record: null,
    ...more,
  };
}

/** The book's items; a rule that is broken on the way is an error. */
export function fill(
  book: FundBook,
  items: {
    readonly budgets?: readonly FundBudget[];
    readonly allocations?: readonly FundAllocation[];
    readonly requests?: readonly FundRequest[];
    readonly claims?: readonly FundClaim[];
  },
): FundBook {
  const all = [
    ...(items.budgets ?? []).map((value) => ({ kind: 'budget' as const, value })),
    ...(items.allocations ?? []).map((value) => ({ kind: 'allocation' as const, value })),
    ...(items.requests ?? []).map((value) => ({ kind: 'request' as const, value })),
    ...(items.claims ?? []).map((value) => ({ kind: 'claim' as const, value })),
  ];
  for (const item of all) {
    const [broken] = book.take(item);
    if (broken) throw new Error(`${item.value.id}: ${broken.message}`);
  }
  return book;
}
