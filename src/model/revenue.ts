import type { Money } from './money.ts';

/** A deal as the CRM holds it now. */
export interface Opportunity {
  readonly id: string;
  readonly name: string;
  readonly accountId: string | null;
  readonly amount: Money | null;
  readonly stage: string;
  readonly isClosed: boolean;
  readonly isWon: boolean;
  /** Calendar date, YYYY-MM-DD. */
  readonly closeDate: string | null;
  /** ISO instant or calendar date; left out or null: the CRM does not say. */
  readonly createdAt?: string | null;
  readonly deleted: boolean;
  /** The connection it is read from: its CRM's exchange rates count before those of others. */
  readonly connection?: string;
  /** The deal of another CRM that it is, which counts in its place. */
  readonly sameAs?: string;
  /** The deal that it became part of, where the CRM merged it away. */
  readonly mergedInto?: string;
  /** The deal that it was split off from, and at which rate of which close that is booked. */
  readonly splitFrom?: SplitFrom;
}

/** That a deal was split off from another one: its amount is part of what the other was booked with. */
export interface SplitFrom {
  readonly opportunityId: string;
  readonly rate: string;
  readonly rateDate: string;
  readonly rateSource: string;
}

/** Something a person did with a campaign, or what a partner did with the person's lead. */
export interface Touch {
  readonly id: string;
  readonly personId: string;
  /** Of what a partner did: the partner's id. */
  readonly campaignId: string;
  /** ISO instant, or a calendar date YYYY-MM-DD where the CRM keeps no time: it orders after the instants of that day. */
  readonly at: string;
  readonly kind: string;
  /** As people know the campaign, or the partner. */
  readonly campaignName?: string;
  /** Of the campaign response, as the CRM states it. */
  readonly status?: string;
  /** Who did it, where that was a partner and not the person. */
  readonly partnerId?: string;
  /** The fund request whose money paid for the campaign. */
  readonly fundRequestId?: string;
}

export const ENTRY_KINDS = ['booked', 'adjusted', 'reversed'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One line of the append-only ledger. The entries of an opportunity sum to what it is worth as won now, in both currencies. */
export interface Entry {
  readonly id: string;
  readonly opportunityId: string;
  readonly kind: EntryKind;
  /** In the deal's currency. */
  readonly amount: Money;
  /** ISO instant of booking. */
  readonly at: string;
  /** Close date of the deal when booked. */
  readonly closeDate: string | null;
  readonly reason: string;
  /** What it is worth in the reporting currency, at `rate`. */
  readonly reporting: Money;
  /** Decimal text: units of the reporting currency for one of the deal's; "1" where they are the same. */
  readonly rate: string;
  /** Calendar date from which that rate was in force; the close date where the currencies are the same. */
  readonly rateDate: string;
  /** Who stated the rate, in words. */
  readonly rateSource: string;
  /** The month that it counts in, YYYY-MM: that of the close date, or the first open one where that is closed. */
  readonly period: string;
}

/** The name under which config/attribution.yaml lists a model. */
export type Model = string;

/** The share of an entry that one touch gets under one model. */
export interface Credit {
  readonly entryId: string;
  readonly model: Model;
  readonly touchId: string;
  readonly campaignId: string;
  readonly amount: Money;
  /** Of what the entry is worth in the reporting currency. */
  readonly reporting: Money;
}
