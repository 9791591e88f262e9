export const OFFER_STATUSES = ['Open', 'Accepted', 'Rejected', 'Expired', 'Recalled'] as const;
export type OfferStatus = (typeof OFFER_STATUSES)[number];

/** A lead put before one partner. An answer counts for the offer it was given to. */
export interface Offer {
  readonly id: string;
  readonly leadId: string;
  readonly partnerId: string;
  readonly status: OfferStatus;
  /** The how-manieth offer of this lead, from 1. */
  readonly round: number;
  /** ISO instants. */
  readonly offeredAt: string;
  readonly acceptBy: string;
  readonly closedAt: string | null;
  readonly response: OfferResponse | null;
  readonly responseReason: string | null;
}

export type OfferResponse = 'Accepted' | 'Rejected';

/** What a partner said, and where. */
export interface Answer {
  readonly offerId: string;
  readonly response: OfferResponse;
  readonly reason: string | null;
  /** ISO instant at which the CRM recorded it. */
  readonly at: string;
  /** Name of the connection it came through. */
  readonly via: string;
}
