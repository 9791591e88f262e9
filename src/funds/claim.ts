/** What can become of a claim. Pure: each step answers the claim as it is then, or why not. */
import type { ClaimStatus, FundClaim, FundPayment, FundProof, FundRequest } from '../model/fund.ts';
import { amountText, isDay } from './amounts.ts';
import { approvalProblem, decisionProblem } from './approval.ts';
import { claimedOf } from './balances.ts';
import { type Act, dayOf, heldElsewhere, type Outcome, refused } from './outcome.ts';
import type { FundRules } from './rules.ts';

/** What a claim is decided by, beside itself. */
export interface ClaimContext {
  readonly rules: FundRules;
  readonly request: FundRequest | null;
  /** The other claims on the same request. */
  readonly others: readonly FundClaim[];
  readonly manager: string | null;
}

const FROM: Readonly<Record<string, readonly ClaimStatus[]>> = {
  submit: ['draft', 'returned', 'held'],
  approve: ['submitted'],
  reject: ['submitted', 'held'],
  return: ['submitted', 'held'],
  withdraw: ['draft', 'held', 'submitted', 'returned'],
  pay: ['approved'],
};

function cannot(claim: FundClaim, action: string): ReturnType<typeof refused> | null {
  const elsewhere = heldElsewhere(claim, 'claim');
  if (elsewhere !== null) return elsewhere;
  const from = FROM[action] ?? [];
  if (from.includes(claim.status)) return null;
  const why = claim.status === 'held' ? `the claim is held: ${claim.reason}` : `the claim is ${claim.status}`;
  return refused(why, `To ${action} it, it must be ${from.join(' or ')}.`);
}

/** The kinds of proof that are still missing. */
function missingProof(claim: Pick<FundClaim, 'proof'>, request: FundRequest | null, rules: FundRules): string[] {
  const activity = request?.activity ? rules.activityOf(request.activity) : null;
  return (activity?.proof ?? []).filter(
    (kind) => !claim.proof.some((proof) => proof.kind === kind && proof.reference !== ''),
  );
}

/** Takes the claim in, with proof that was added; it is held where some is missing. */
export function submitClaim(
  claim: FundClaim,
  context: ClaimContext,
  act: Act,
  proof: readonly FundProof[] = [],
): Outcome<FundClaim> {
  const no = cannot(claim, 'submit');
  if (no !== null) return no;
  const { request, rules, others } = context;
  if (request === null) return refused('its request is gone', 'Claim on a request that is approved.');
  // A held claim came in time: adding what it lacks is no new claim.
  if (claim.status !== 'held') {
    const today = dayOf(act.now);
    if (request.claimBy !== null && request.claimBy < today)
      return refused(
        `claims on request "${request.title}" were taken until ${request.claimBy}`,
        'What was not claimed went back to the fund. Ask for money anew.',
      );
    if (request.status === 'paid') return refused(`request "${request.title}" is paid in full`, 'Ask for money anew.');
    if (request.status !== 'approved' && request.status !== 'claimed')
      return refused(`request "${request.title}" is ${request.status}`, 'Claim once it is approved.');
    if (claim.requested === 0n) return refused('no amount is claimed', 'Give an amount above 0.');
    const left = (request.approved ?? 0n) - claimedOf(others);
    if (claim.requested > left)
      return refused(
        `${amountText(claim, claim.requested)} are more than the ${amountText(claim, left)} that are left of request "${request.title}"`,
        'Claim at most what is left, or ask for more in a new request.',
      );
  }
  const all = [
    ...claim.proof,
    ...proof.filter(
      (each) => !claim.proof.some((known) => known.kind === each.kind && known.reference === each.reference),
    ),
  ];
  const missing = missingProof({ proof: all }, request, rules);
  const submittedAt =
    claim.status === 'held' && claim.submittedAt !== null ? claim.submittedAt : new Date(act.now).toISOString();
  const next = { ...claim, proof: all, submittedAt, escalated: 0, claimedBy: claim.claimedBy ?? act.who };
  if (missing.length > 0) {
    const reason = `proof is missing: ${missing.join(', ')}`;
    return { next: { ...next, status: 'held', reason }, type: 'held', why: reason };
  }
  // The time of the approvers runs from when they could decide.
  return {
    next: { ...next, status: 'submitted', reason: null, submittedAt: new Date(act.now).toISOString() },
    type: 'submitted',
    why: act.why ?? null,
  };
}

export function approveClaim(
  claim: FundClaim,
  context: ClaimContext,
  act: Act,
  amount: bigint = claim.requested,
): Outcome<FundClaim> {
  const no = cannot(claim, 'approve');
  if (no !== null) return no;
  if (amount <= 0n) return refused('nothing would be approved', 'Give an amount above 0, or reject it.');
  if (amount > claim.requested)
    return refused(
      `${amountText(claim, amount)} are more than the ${amountText(claim, claim.requested)} claimed`,
      'Approve at most what is claimed.',
    );
  const missing = missingProof(claim, context.request, context.rules);
  if (missing.length > 0)
    return refused(`proof is missing: ${missing.join(', ')}`, 'Add it and submit the claim again.');
  const problem = approvalProblem(context.rules.approval, askedOf(claim, context), amount, act.who);
  if (problem !== null) return problem;
  return {
    next: { ...claim, status: 'approved', approved: amount, reason: null },
    type: 'approved',
    why: act.why ?? null,
  };
}

export function turnDownClaim(
  claim: FundClaim,
  context: ClaimContext,
  act: Act,
  how: 'reject' | 'return',
): Outcome<FundClaim> {
  const no = cannot(claim, how) ?? decisionProblem(context.rules.approval, askedOf(claim, context), act.who);
  if (no !== null) return no;
  if (!act.why) return refused('no reason is given', 'Say why, so that the partner knows what to do.');
  const status = how === 'reject' ? ('rejected' as const) : ('returned' as const);
  return { next: { ...claim, status, reason: act.why }, type: status, why: act.why };
}

export function withdrawClaim(claim: FundClaim, act: Act): Outcome<FundClaim> {
  const no = cannot(claim, 'withdraw');
  if (no !== null) return no;
  return { next: { ...claim, status: 'withdrawn' }, type: 'withdrawn', why: act.why ?? null };
}

/** Notes a payment; several may make up what was approved. The same reference is paid once: then `type` is "repeat". */
export function payClaim(claim: FundClaim, payment: FundPayment, act: Act): Outcome<FundClaim> {
  const elsewhere = heldElsewhere(claim, 'claim');
  if (elsewhere !== null) return elsewhere;
  if (payment.reference.trim() === '')
    return refused('the payment has no reference', 'Give what names it in your books, so that it is paid once.');
  const known = claim.payments.find(({ reference }) => reference === payment.reference);
  if (known !== undefined) {
    if (known.amount === payment.amount && known.on === payment.on) return { next: claim, type: 'repeat', why: null };
    return refused(
      `payment "${payment.reference}" is noted already, with ${amountText(claim, known.amount)} on ${known.on}`,
      'Give another payment another reference.',
    );
  }
  const no = cannot(claim, 'pay');
  if (no !== null) return no;
  if (!isDay(payment.on)) return refused(`"${payment.on}" is no day`, 'Write a day as 2026-12-31.');
  if (payment.on > dayOf(act.now)) return refused(`${payment.on} is in the future`, 'Note a payment once it is made.');
  if (payment.amount <= 0n) return refused('nothing would be paid', 'Give an amount above 0.');
  const left = (claim.approved ?? 0n) - claim.paid;
  if (payment.amount > left)
    return refused(
      `${amountText(claim, payment.amount)} are more than the ${amountText(claim, left)} that are approved and not paid`,
      'Pay at most that.',
    );
  const paid = claim.paid + payment.amount;
  const next: FundClaim = {
    ...claim,
    paid,
    paidOn: claim.paidOn !== null && claim.paidOn > payment.on ? claim.paidOn : payment.on,
    payments: [...claim.payments, payment],
    status: paid === claim.approved ? 'paid' : 'approved',
  };
  return { next, type: next.status === 'paid' ? 'paid' : 'part-paid', why: act.why ?? null };
}

function askedOf(claim: FundClaim, { manager }: Pick<ClaimContext, 'manager'>) {
  return { currency: claim.currency, submittedAt: claim.submittedAt, by: claim.claimedBy, manager };
}
