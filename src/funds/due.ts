/** What comes of time alone: requests whose time to claim is over, and what has waited too long for one approver. */
import type { FundClaim, FundRequest } from '../model/fund.ts';
import { type Approvable, waitsFor } from './approval.ts';
import { dayOf } from './outcome.ts';
import { expireRequest, isOver } from './request.ts';
import type { FundRules } from './rules.ts';

export interface Due<T> {
  readonly next: T;
  readonly type: 'expired' | 'escalated';
  readonly why: string | null;
}

/** What has become of a request by now; null where nothing has. */
export function dueRequest(
  request: FundRequest,
  manager: string | null,
  rules: FundRules,
  now: number,
): Due<FundRequest> | null {
  if (request.record !== null) return null;
  if (isOver(request, dayOf(now))) {
    const outcome = expireRequest(request);
    return 'next' in outcome ? { next: outcome.next, type: 'expired', why: outcome.why } : null;
  }
  const asked = { currency: request.currency, submittedAt: request.submittedAt, by: request.requestedBy, manager };
  return request.status === 'submitted' ? escalation(request, asked, request.requested, rules, now) : null;
}

export function dueClaim(
  claim: FundClaim,
  manager: string | null,
  rules: FundRules,
  now: number,
): Due<FundClaim> | null {
  if (claim.record !== null || claim.status !== 'submitted') return null;
  const asked = { currency: claim.currency, submittedAt: claim.submittedAt, by: claim.claimedBy, manager };
  return escalation(claim, asked, claim.requested, rules, now);
}

function escalation<T extends { readonly escalated: number }>(
  item: T,
  asked: Approvable,
  amount: bigint,
  rules: FundRules,
  now: number,
): Due<T> | null {
  const waiting = waitsFor(rules.approval, asked, amount, now);
  if (waiting === null || waiting.escalated <= item.escalated) return null;
  return {
    next: { ...item, escalated: waiting.escalated },
    type: 'escalated',
    why: `nobody decided in time: it goes on to ${waiting.step.name}`,
  };
}
