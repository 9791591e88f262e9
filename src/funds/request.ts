/** What can become of a request. Pure: each step answers the request as it is then, or why not. */
import type { FundAllocation, FundBudget, FundClaim, FundRequest, RequestStatus } from '../model/fund.ts';
import { amountText, dayAfter, sumOf } from './amounts.ts';
import { approvalProblem, decisionProblem } from './approval.ts';
import { isLive } from './balances.ts';
import { type Act, dayOf, heldElsewhere, type Outcome, refused } from './outcome.ts';
import type { FundRules } from './rules.ts';

/** What a request is decided by, beside itself. */
export interface RequestContext {
  readonly rules: FundRules;
  readonly budget: FundBudget | null;
  readonly allocation: FundAllocation | null;
  readonly claims: readonly FundClaim[];
  /** The address of the partner's channel manager. */
  readonly manager: string | null;
}

const FROM: Readonly<Record<string, readonly RequestStatus[]>> = {
  submit: ['draft', 'returned'],
  approve: ['submitted'],
  reject: ['submitted'],
  return: ['submitted'],
  withdraw: ['draft', 'submitted', 'returned', 'approved'],
  expire: ['approved', 'claimed'],
};

function cannot(request: FundRequest, action: string): ReturnType<typeof refused> | null {
  const elsewhere = heldElsewhere(request, 'request');
  if (elsewhere !== null) return elsewhere;
  const from = FROM[action] ?? [];
  if (from.includes(request.status)) return null;
  return refused(`the request is ${request.status}`, `To ${action} it, it must be ${from.join(' or ')}.`);
}

export function submitRequest(request: FundRequest, context: RequestContext, act: Act): Outcome<FundRequest> {
  const no = cannot(request, 'submit') ?? closed(request, context, dayOf(act.now));
  if (no !== null) return no;
  if (request.requested === 0n) return refused('no amount is asked for', 'Give an amount above 0.');
  if (request.activity === null || context.rules.activityOf(request.activity) === null)
    return refused(
      `"${request.activity ?? ''}" is no activity of funds.yaml`,
      `There are ${context.rules.activities.map(({ name }) => name).join(', ')}.`,
    );
  if (request.claimBy !== null && request.claimBy < dayOf(act.now))
    return refused(`claims were taken until ${request.claimBy}`, 'Ask for an activity to come, or give later dates.');
  const next = {
    ...request,
    status: 'submitted' as const,
    submittedAt: new Date(act.now).toISOString(),
    escalated: 0,
    requestedBy: request.requestedBy ?? act.who,
  };
  return { next, type: 'submitted', why: act.why ?? null };
}

/** `amount`: minor units; left out: what was asked for. */
export function approveRequest(
  request: FundRequest,
  context: RequestContext,
  act: Act,
  amount: bigint = request.requested,
): Outcome<FundRequest> {
  const no = cannot(request, 'approve') ?? closed(request, context, dayOf(act.now));
  if (no !== null) return no;
  if (amount <= 0n) return refused('nothing would be approved', 'Give an amount above 0, or reject it.');
  if (amount > request.requested)
    return refused(
      `${amountText(request, amount)} are more than the ${amountText(request, request.requested)} asked for`,
      'Approve at most what was asked for, or return it so that more is asked for.',
    );
  const problem = approvalProblem(context.rules.approval, askedOf(request, context), amount, act.who);
  if (problem !== null) return problem;
  const claimBy = request.claimBy ?? claimByOf(request, context.rules);
  return {
    next: { ...request, status: 'approved', approved: amount, claimBy },
    type: 'approved',
    why: act.why ?? null,
  };
}

/** Rejects it for good, or returns it so that it can be mended and submitted again. */
export function turnDown(
  request: FundRequest,
  context: RequestContext,
  act: Act,
  how: 'reject' | 'return',
): Outcome<FundRequest> {
  const no = cannot(request, how) ?? decisionProblem(context.rules.approval, askedOf(request, context), act.who);
  if (no !== null) return no;
  if (!act.why) return refused(`no reason is given`, 'Say why, so that the partner knows what to do.');
  const status = how === 'reject' ? ('rejected' as const) : ('returned' as const);
  return { next: { ...request, status }, type: status, why: act.why };
}

export function withdrawRequest(request: FundRequest, context: RequestContext, act: Act): Outcome<FundRequest> {
  const no = cannot(request, 'withdraw');
  if (no !== null) return no;
  if (context.claims.some(isLive)) return refused('money of it is claimed', 'Withdraw its claims first.');
  return { next: { ...request, status: 'withdrawn' }, type: 'withdrawn', why: act.why ?? null };
}

/** Whether the time for claims is over: what is not claimed goes back to the fund. */
export function isOver(request: FundRequest, today: string): boolean {
  return (
    (request.status === 'approved' || request.status === 'claimed') &&
    request.claimBy !== null &&
    request.claimBy < today
  );
}

export function expireRequest(request: FundRequest): Outcome<FundRequest> {
  const no = cannot(request, 'expire');
  if (no !== null) return no;
  return {
    next: { ...request, status: 'expired' },
    type: 'expired',
    why: `claims were taken until ${request.claimBy}`,
  };
}

/** The request as its claims have it: claimed while money is on its way, paid when all that was approved is paid. */
export function afterClaims(request: FundRequest, claims: readonly FundClaim[]): FundRequest {
  if (request.status !== 'approved' && request.status !== 'claimed' && request.status !== 'paid') return request;
  const paid = sumOf(claims, (claim) => claim.paid);
  const status =
    request.approved !== null && request.approved > 0n && paid >= request.approved
      ? ('paid' as const)
      : claims.some(isLive)
        ? ('claimed' as const)
        : ('approved' as const);
  return status === request.status ? request : { ...request, status };
}

/** The last day for claims: so many days after the activity; null where nobody said when that is. */
export function claimByOf(request: Pick<FundRequest, 'endsOn' | 'startsOn'>, rules: FundRules): string | null {
  const last = request.endsOn ?? request.startsOn;
  return last === null ? null : dayAfter(last, rules.claimWithinDays);
}

/** What is closed gives nothing any more. */
function closed(_request: FundRequest, { budget, allocation }: RequestContext, today: string) {
  if (budget === null) return refused('its budget is gone', 'Name another budget in a new request.');
  if (budget.endsOn !== null && budget.endsOn < today)
    return refused(`budget "${budget.name}" ended on ${budget.endsOn}`, 'Ask for money of a budget that is open.');
  if (allocation?.expiresOn && allocation.expiresOn < today)
    return refused(
      `allocation "${allocation.name}" expired on ${allocation.expiresOn}`,
      'Ask for money of another allocation, or of the budget itself.',
    );
  return null;
}

function askedOf(request: FundRequest, { manager }: Pick<RequestContext, 'manager'>) {
  return { currency: request.currency, submittedAt: request.submittedAt, by: request.requestedBy, manager };
}
