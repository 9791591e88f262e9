/** Rows of the fund tables and what they stand for. */
import {
  CLAIM_STATUSES,
  type ClaimStatus,
  type FundAllocation,
  type FundBudget,
  type FundClaim,
  type FundPayment,
  type FundProof,
  type FundRecord,
  type FundRequest,
  REQUEST_STATUSES,
  type RequestStatus,
} from '../../model/fund.ts';

function recordFrom(row: { connection: string | null; record_id: string | null }): FundRecord | null {
  return row.connection === null || row.record_id === null ? null : { connection: row.connection, id: row.record_id };
}

function recordRow(record: FundRecord | null) {
  return { connection: record?.connection ?? null, record_id: record?.id ?? null };
}

interface BudgetRow {
  id: string;
  parent_id: string | null;
  partner_id: string | null;
  name: string;
  currency: string;
  amount_minor: string;
  starts_on: string | null;
  ends_on: string | null;
  connection: string | null;
  record_id: string | null;
}

export function budgetFrom(row: BudgetRow): FundBudget {
  return {
    id: row.id,
    parentId: row.parent_id,
    partnerId: row.partner_id,
    name: row.name,
    currency: row.currency,
    amount: BigInt(row.amount_minor),
    startsOn: row.starts_on,
    endsOn: row.ends_on,
    record: recordFrom(row),
  };
}

export function budgetRow(budget: FundBudget) {
  return {
    id: budget.id,
    parent_id: budget.parentId,
    partner_id: budget.partnerId,
    name: budget.name,
    currency: budget.currency,
    amount_minor: budget.amount,
    starts_on: budget.startsOn,
    ends_on: budget.endsOn,
    ...recordRow(budget.record),
  };
}

interface AllocationRow {
  id: string;
  budget_id: string;
  partner_id: string | null;
  name: string;
  currency: string;
  amount_minor: string;
  expires_on: string | null;
  connection: string | null;
  record_id: string | null;
}

export function allocationFrom(row: AllocationRow): FundAllocation {
  return {
    id: row.id,
    budgetId: row.budget_id,
    partnerId: row.partner_id,
    name: row.name,
    currency: row.currency,
    amount: BigInt(row.amount_minor),
    expiresOn: row.expires_on,
    record: recordFrom(row),
  };
}

export function allocationRow(allocation: FundAllocation) {
  return {
    id: allocation.id,
    budget_id: allocation.budgetId,
    partner_id: allocation.partnerId,
    name: allocation.name,
    currency: allocation.currency,
    amount_minor: allocation.amount,
    expires_on: allocation.expiresOn,
    ...recordRow(allocation.record),
  };
}

interface RequestRow {
  id: string;
  budget_id: string;
  allocation_id: string | null;
  partner_id: string | null;
  campaign_id: string | null;
  title: string;
  activity: string | null;
  currency: string;
  requested_minor: string;
  approved_minor: string | null;
  status: string;
  starts_on: string | null;
  ends_on: string | null;
  claim_by: string | null;
  requested_by: string | null;
  submitted_at: string | null;
  escalated: number;
  connection: string | null;
  record_id: string | null;
}

export function requestFrom(row: RequestRow): FundRequest {
  return {
    id: row.id,
    budgetId: row.budget_id,
    allocationId: row.allocation_id,
    partnerId: row.partner_id,
    campaignId: row.campaign_id,
    title: row.title,
    activity: row.activity,
    currency: row.currency,
    requested: BigInt(row.requested_minor),
    approved: row.approved_minor === null ? null : BigInt(row.approved_minor),
    status: wordOf<RequestStatus>(REQUEST_STATUSES, row.status),
    startsOn: row.starts_on,
    endsOn: row.ends_on,
    claimBy: row.claim_by,
    requestedBy: row.requested_by,
    submittedAt: row.submitted_at,
    escalated: row.escalated,
    record: recordFrom(row),
  };
}

export function requestRow(request: FundRequest) {
  return {
    id: request.id,
    budget_id: request.budgetId,
    allocation_id: request.allocationId,
    partner_id: request.partnerId,
    campaign_id: request.campaignId,
    title: request.title,
    activity: request.activity,
    currency: request.currency,
    requested_minor: request.requested,
    approved_minor: request.approved,
    status: request.status,
    starts_on: request.startsOn,
    ends_on: request.endsOn,
    claim_by: request.claimBy,
    requested_by: request.requestedBy,
    submitted_at: request.submittedAt,
    escalated: request.escalated,
    ...recordRow(request.record),
  };
}

interface ClaimRow {
  id: string;
  request_id: string;
  campaign_id: string | null;
  title: string;
  currency: string;
  requested_minor: string;
  approved_minor: string | null;
  paid_minor: string;
  paid_on: string | null;
  payments: unknown;
  proof: unknown;
  status: string;
  reason: string | null;
  claimed_by: string | null;
  submitted_at: string | null;
  escalated: number;
  connection: string | null;
  record_id: string | null;
}

export function claimFrom(row: ClaimRow): FundClaim {
  const payments = row.payments as readonly (Omit<FundPayment, 'amount'> & { amount: string })[];
  return {
    id: row.id,
    requestId: row.request_id,
    campaignId: row.campaign_id,
    title: row.title,
    currency: row.currency,
    requested: BigInt(row.requested_minor),
    approved: row.approved_minor === null ? null : BigInt(row.approved_minor),
    paid: BigInt(row.paid_minor),
    paidOn: row.paid_on,
    payments: payments.map((payment) => ({ ...payment, amount: BigInt(payment.amount) })),
    proof: row.proof as readonly FundProof[],
    status: wordOf<ClaimStatus>(CLAIM_STATUSES, row.status),
    reason: row.reason,
    claimedBy: row.claimed_by,
    submittedAt: row.submitted_at,
    escalated: row.escalated,
    record: recordFrom(row),
  };
}

export function claimRow(claim: FundClaim) {
  return {
    id: claim.id,
    request_id: claim.requestId,
    campaign_id: claim.campaignId,
    title: claim.title,
    currency: claim.currency,
    requested_minor: claim.requested,
    approved_minor: claim.approved,
    paid_minor: claim.paid,
    paid_on: claim.paidOn,
    payments: claim.payments.map((payment) => ({ ...payment, amount: payment.amount.toString() })),
    proof: claim.proof,
    status: claim.status,
    reason: claim.reason,
    claimed_by: claim.claimedBy,
    submitted_at: claim.submittedAt,
    escalated: claim.escalated,
    ...recordRow(claim.record),
  };
}

function wordOf<W extends string>(words: readonly string[], word: string): W {
  if (!words.includes(word)) throw new Error(`the store holds a status "${word}" that no fund has`);
  return word as W;
}
