import { describe, expect, test } from '@jest/globals';
import { approvalProblem, waitsFor } from '../../src/funds/approval.ts';
import { approveClaim, type ClaimContext, payClaim, submitClaim, turnDownClaim } from '../../src/funds/claim.ts';
import type { Outcome } from '../../src/funds/outcome.ts';
import {
  afterClaims,
  approveRequest,
  expireRequest,
  isOver,
  type RequestContext,
  submitRequest,
  turnDown,
  withdrawRequest,
} from '../../src/funds/request.ts';
import { compileFunds } from '../../src/funds/rules.ts';
import type { FundClaim } from '../../src/model/fund.ts';
import { allocation, approved, budget, claim, DIRECTOR, MANAGER, RULES, request } from './items.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const DAY = 86_400_000;
const by = (who: string, why?: string) => ({ who, now: NOW, ...(why ? { why } : {}) });

const around = (more: Partial<RequestContext> = {}): RequestContext => ({
  rules: RULES,
  budget: budget('year', 10_000_000),
  allocation: null,
  claims: [],
  manager: MANAGER,
  ...more,
});
const beside = (more: Partial<ClaimContext> = {}): ClaimContext => ({
  rules: RULES,
  request: approved('fair', 'year', 500_000, { activity: 'event', claimBy: '2026-07-31' }),
  others: [],
  manager: MANAGER,
  ...more,
});

function next<T>(outcome: Outcome<T>): T {
  if ('problem' in outcome) throw new Error(outcome.problem);
  return outcome.next;
}
const problem = (outcome: Outcome<unknown>) => ('problem' in outcome ? outcome.problem : null);

describe('a request', () => {
  const submitted = next(
    submitRequest(request('fair', 'year', 500_000, { endsOn: '2026-06-30' }), around(), by('p@alder.example')),
  );

  test('is submitted, approved with what may be less than was asked for, and can then be claimed for a time', () => {
    expect(submitted).toMatchObject({ status: 'submitted', submittedAt: '2026-06-01T12:00:00.000Z' });
    expect(next(approveRequest(submitted, around(), by(MANAGER), 400_000n))).toMatchObject({
      status: 'approved',
      approved: 400_000n,
      claimBy: '2026-08-29',
    });
  });

  test('is not approved above what was asked for, with nothing, or by whoever asked', () => {
    expect(problem(approveRequest(submitted, around(), by(MANAGER), 500_001n))).toBe(
      '5000.01 USD are more than the 5000.00 USD asked for',
    );
    expect(problem(approveRequest(submitted, around(), by(MANAGER), 0n))).toBe('nothing would be approved');
    const own = { ...submitted, requestedBy: MANAGER };
    expect(problem(approveRequest(own, around(), by('Maria@Vendor.example')))).toContain(
      'asked for it, and cannot approve it too',
    );
  });

  test('is returned or rejected by an approver with a reason alone; a returned one can be submitted again', () => {
    expect(problem(turnDown(submitted, around(), by(MANAGER), 'reject'))).toBe('no reason is given');
    expect(problem(turnDown(submitted, around(), by('nobody@example.com', 'no'), 'reject'))).toBe(
      'nobody@example.com is no approver',
    );
    const returned = next(turnDown(submitted, around(), by(MANAGER, 'which hall?'), 'return'));
    expect(returned.status).toBe('returned');
    expect(next(submitRequest(returned, around(), by('p@alder.example'))).status).toBe('submitted');
    const rejected = next(turnDown(submitted, around(), by(MANAGER, 'no'), 'reject'));
    expect(problem(submitRequest(rejected, around(), by('p@alder.example')))).toBe('the request is rejected');
  });

  test('is not taken for a closed budget, an expired allocation, an unknown activity, or when the time to claim is over', () => {
    const draft = request('fair', 'year', 500_000);
    expect(
      problem(submitRequest(draft, around({ budget: budget('year', 1, { endsOn: '2026-05-31' }) }), by('p'))),
    ).toBe('budget "year" ended on 2026-05-31');
    const expired = allocation('alder', 'year', 1, { expiresOn: '2026-05-31' });
    expect(problem(submitRequest(draft, around({ allocation: expired }), by('p')))).toBe(
      'allocation "alder" expired on 2026-05-31',
    );
    expect(problem(approveRequest(submitted, around({ allocation: expired }), by(MANAGER)))).toContain('expired');
    expect(problem(submitRequest({ ...draft, activity: 'party' }, around(), by('p')))).toBe(
      '"party" is no activity of funds.yaml',
    );
    expect(problem(submitRequest({ ...draft, claimBy: '2026-05-31' }, around(), by('p')))).toBe(
      'claims were taken until 2026-05-31',
    );
  });

  test('that is held in a CRM is decided there', () => {
    const theirs = { ...submitted, record: { connection: 'salesforce', id: 'x' } };
    expect(problem(approveRequest(theirs, around(), by(MANAGER)))).toBe('the request is held in salesforce');
  });

  test('expires when the time for claims is over, not on the last day of it', () => {
    const mine = approved('fair', 'year', 100, { claimBy: '2026-06-01' });
    expect(isOver(mine, '2026-06-01')).toBe(false);
    expect(isOver(mine, '2026-06-02')).toBe(true);
    expect(next(expireRequest(mine)).status).toBe('expired');
    expect(isOver({ ...mine, status: 'paid' }, '2026-06-02')).toBe(false);
  });

  test('is not withdrawn while money of it is claimed', () => {
    const mine = approved('fair', 'year', 100);
    expect(problem(withdrawRequest(mine, around({ claims: [claim('c', 'fair', 50)] }), by('p')))).toBe(
      'money of it is claimed',
    );
    expect(
      next(withdrawRequest(mine, around({ claims: [claim('c', 'fair', 50, { status: 'rejected' })] }), by('p'))).status,
    ).toBe('withdrawn');
  });

  test('follows its claims: claimed while money is on its way, approved again without, paid when all is paid', () => {
    const mine = approved('fair', 'year', 100);
    const claimed = afterClaims(mine, [claim('c', 'fair', 100)]);
    expect(claimed.status).toBe('claimed');
    expect(afterClaims(claimed, [claim('c', 'fair', 100, { status: 'rejected' })]).status).toBe('approved');
    expect(afterClaims(claimed, [claim('c', 'fair', 100, { status: 'paid', approved: 100n, paid: 100n })]).status).toBe(
      'paid',
    );
    expect(afterClaims({ ...mine, status: 'expired' }, [claim('c', 'fair', 100)]).status).toBe('expired');
  });
});

describe('the limits of approval', () => {
  const asked = { currency: 'USD', submittedAt: '2026-06-01T12:00:00.000Z', by: 'p@alder.example', manager: MANAGER };

  test('are each approver’s own: above it somebody further up decides', () => {
    expect(approvalProblem(RULES.approval, asked, 1_000_000n, MANAGER)).toBeNull();
    expect(approvalProblem(RULES.approval, asked, 1_000_001n, MANAGER)).toEqual({
      problem: `${MANAGER} (channel-manager) may approve at most 10000.00 USD, and this is 10000.01 USD`,
      hint: `This may approve it: channel-director (${DIRECTOR}).`,
    });
    expect(approvalProblem(RULES.approval, asked, 1_000_001n, DIRECTOR.toUpperCase())).toBeNull();
  });

  test('of a currency that is not named are nothing', () => {
    expect(approvalProblem(RULES.approval, { ...asked, currency: 'JPY' }, 1n, MANAGER)?.problem).toContain(
      'may approve nothing in JPY',
    );
    expect(waitsFor(RULES.approval, { ...asked, currency: 'JPY' }, 1n, NOW)?.step.name).toBe('channel-director');
  });

  test('let what is not decided go on to the next approver, whom it then waits for', () => {
    expect(waitsFor(RULES.approval, asked, 100n, NOW)).toMatchObject({
      step: { name: 'channel-manager' },
      escalated: 0,
      until: NOW + 5 * DAY,
    });
    expect(waitsFor(RULES.approval, asked, 100n, NOW + 5 * DAY - 1)?.escalated).toBe(0);
    expect(waitsFor(RULES.approval, asked, 100n, NOW + 5 * DAY)).toMatchObject({
      step: { name: 'channel-director' },
      escalated: 1,
      until: null,
    });
  });

  test('may be so that nobody can approve it', () => {
    const text = 'version: 1\nactivities: [{name: other}]\napproval: [{name: a, who: [a@x.example], upTo: {USD: 5}}]\n';
    const { approval } = compileFunds('funds.yaml', text);
    expect(waitsFor(approval, asked, 501n, NOW)).toBeNull();
    expect(approvalProblem(approval, asked, 501n, 'a@x.example')?.hint).toBe(
      'Raise a limit of `approval` in funds.yaml.',
    );
  });
});

describe('a claim', () => {
  const draft = (requested: number, more: Partial<FundClaim> = {}) =>
    claim('c', 'fair', requested, { status: 'draft', submittedAt: null, proof: [], ...more });
  const proof = [
    { kind: 'invoice', reference: 'inv-9' },
    { kind: 'attendees', reference: 'https://files.example/list' },
  ];

  test('without the proof that its activity asks for is held, and goes on once it is there', () => {
    const held = next(submitClaim(draft(100), beside(), by('p'), proof.slice(0, 1)));
    expect(held).toMatchObject({ status: 'held', reason: 'proof is missing: attendees' });
    expect(problem(approveClaim(held, beside(), by(MANAGER)))).toBe('the claim is held: proof is missing: attendees');
    const whole = next(submitClaim(held, beside(), by('p'), proof.slice(1)));
    expect(whole).toMatchObject({ status: 'submitted', reason: null });
    expect(next(approveClaim(whole, beside(), by(MANAGER))).approved).toBe(100n);
  });

  test('came in time where it was held in time', () => {
    const held = next(submitClaim(draft(100), beside(), by('p')));
    const late = { who: 'p', now: Date.parse('2026-08-15T00:00:00Z') };
    expect(next(submitClaim(held, beside(), late, proof)).status).toBe('submitted');
    expect(problem(submitClaim(draft(100), beside(), late, proof))).toBe(
      'claims on request "fair" were taken until 2026-07-31',
    );
  });

  test('above what is left of the request, on one that is not approved, or of nothing is refused', () => {
    const others = [claim('o', 'fair', 450_000)];
    expect(problem(submitClaim(draft(50_001), beside({ others }), by('p'), proof))).toBe(
      '500.01 USD are more than the 500.00 USD that are left of request "fair"',
    );
    expect(next(submitClaim(draft(50_000), beside({ others }), by('p'), proof)).status).toBe('submitted');
    expect(problem(submitClaim(draft(1), beside({ request: request('fair', 'year', 9) }), by('p')))).toBe(
      'request "fair" is draft',
    );
    expect(problem(submitClaim(draft(0), beside(), by('p')))).toBe('no amount is claimed');
    expect(problem(submitClaim(draft(1), beside({ request: null }), by('p')))).toBe('its request is gone');
  });

  test('is paid in parts, never beyond what is approved, never in the future, and each payment once', () => {
    const mine = claim('c', 'fair', 1_000, { status: 'approved', approved: 900n });
    const first = { reference: 'P-1', amount: 400n, on: '2026-05-30' };
    const part = next(payClaim(mine, first, by('finance')));
    expect(part).toMatchObject({ status: 'approved', paid: 400n, paidOn: '2026-05-30' });
    expect(payClaim(part, first, by('finance'))).toMatchObject({ type: 'repeat', next: part });
    expect(problem(payClaim(part, { ...first, amount: 5n }, by('finance')))).toContain(
      'is noted already, with 4.00 USD',
    );
    expect(problem(payClaim(part, { ...first, reference: 'P-2', amount: 501n }, by('finance')))).toBe(
      '5.01 USD are more than the 5.00 USD that are approved and not paid',
    );
    expect(problem(payClaim(part, { ...first, reference: 'P-2', on: '2026-06-02' }, by('finance')))).toBe(
      '2026-06-02 is in the future',
    );
    expect(problem(payClaim(part, { ...first, reference: ' ' }, by('finance')))).toBe('the payment has no reference');
    const paid = next(payClaim(part, { reference: 'P-2', amount: 500n, on: '2026-05-01' }, by('finance')));
    expect(paid).toMatchObject({ status: 'paid', paid: 900n, paidOn: '2026-05-30' });
    expect(payClaim(paid, first, by('finance'))).toMatchObject({ type: 'repeat' });
    expect(problem(payClaim(claim('c', 'fair', 5), first, by('finance')))).toBe('the claim is submitted');
  });

  test('is approved within limits, at most as claimed, and turned down with a reason', () => {
    const mine = claim('c', 'fair', 1_000_001, { proof });
    expect(problem(approveClaim(mine, beside(), by(MANAGER)))).toContain('may approve at most 10000.00 USD');
    expect(next(approveClaim(mine, beside(), by(MANAGER), 1_000_000n)).approved).toBe(1_000_000n);
    expect(problem(approveClaim(mine, beside(), by(DIRECTOR), 1_000_002n))).toContain(
      'are more than the 10000.01 USD claimed',
    );
    expect(next(turnDownClaim(mine, beside(), by(MANAGER, 'no logo'), 'return'))).toMatchObject({
      status: 'returned',
      reason: 'no logo',
    });
  });
});
