/**
 * Co-marketing money: budget > allocation > request > claim. Amounts are whole minor units (cents) of the `currency` that stands
 * beside them; a whole tree of budgets has one currency. Dates are calendar dates, YYYY-MM-DD, the last one included.
 */

/** The CRM record that an item is held in, and which decides about it; null where it was made in Sluice. */
export interface FundRecord {
  readonly connection: string;
  readonly id: string;
}

export interface FundBudget {
  readonly id: string;
  /** The budget it is a part of. */
  readonly parentId: string | null;
  /** For one partner alone; null: for any. */
  readonly partnerId: string | null;
  readonly name: string;
  readonly currency: string;
  readonly amount: bigint;
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  readonly record: FundRecord | null;
}

/** A part of a budget that is set aside, usually for one partner. */
export interface FundAllocation {
  readonly id: string;
  readonly budgetId: string;
  readonly partnerId: string | null;
  readonly name: string;
  readonly currency: string;
  readonly amount: bigint;
  /** After that day nothing new is approved from it, and what is not promised goes back to the budget. */
  readonly expiresOn: string | null;
  readonly record: FundRecord | null;
}

/** What becomes of a request. Money is promised while it is approved or claimed; paid, rejected, expired and withdrawn are ends. */
export const REQUEST_STATUSES = [
  'draft',
  'submitted',
  'returned',
  'approved',
  'claimed',
  'paid',
  'rejected',
  'expired',
  'withdrawn',
] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

export interface FundRequest {
  readonly id: string;
  readonly budgetId: string;
  /** Null where it draws on the budget itself. */
  readonly allocationId: string | null;
  readonly partnerId: string | null;
  /** The campaign that the money is for. */
  readonly campaignId: string | null;
  readonly title: string;
  /** A name of funds.yaml, or what the CRM says. */
  readonly activity: string | null;
  readonly currency: string;
  readonly requested: bigint;
  readonly approved: bigint | null;
  readonly status: RequestStatus;
  /** The days of the activity. */
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  /** The last day on which claims are taken. */
  readonly claimBy: string | null;
  readonly requestedBy: string | null;
  /** ISO instant of the last submission. */
  readonly submittedAt: string | null;
  /** How many times it went on to the next approver since. */
  readonly escalated: number;
  readonly record: FundRecord | null;
}

/** What becomes of a claim. A held one lacks proof; it takes money of its request all the same. */
export const CLAIM_STATUSES = [
  'draft',
  'held',
  'submitted',
  'returned',
  'approved',
  'paid',
  'rejected',
  'withdrawn',
] as const;
export type ClaimStatus = (typeof CLAIM_STATUSES)[number];

/** A document that shows what was done: where it is kept, never its contents. */
export interface FundProof {
  /** A kind of funds.yaml, such as invoice. */
  readonly kind: string;
  readonly reference: string;
}

export interface FundPayment {
  /** Names the payment in the vendor's books; the same one is paid once. */
  readonly reference: string;
  readonly amount: bigint;
  readonly on: string;
}

export interface FundClaim {
  readonly id: string;
  readonly requestId: string;
  /** That of its request. */
  readonly campaignId: string | null;
  readonly title: string;
  readonly currency: string;
  readonly requested: bigint;
  readonly approved: bigint | null;
  readonly paid: bigint;
  /** The day of the last payment. */
  readonly paidOn: string | null;
  readonly payments: readonly FundPayment[];
  readonly proof: readonly FundProof[];
  readonly status: ClaimStatus;
  /** Why it is held, returned or rejected. */
  readonly reason: string | null;
  readonly claimedBy: string | null;
  readonly submittedAt: string | null;
  readonly escalated: number;
  readonly record: FundRecord | null;
}

export type FundKind = 'budget' | 'allocation' | 'request' | 'claim';
