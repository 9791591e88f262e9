import type { Money } from '../model/money.ts';
import type { Share } from '../model/statistics.ts';
import type { Component } from './scorecard-config.ts';
import type { Amounts } from './shrink-amounts.ts';

export interface ScoredPartner {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly tier: string | null;
  readonly category: string | null;
}

/** Hours that half of the answers (or first touches) took at most, with the interval of that median where there are enough. */
export interface Speed {
  readonly of: number;
  readonly hours: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** What is counted of one partner. All but `bookedInPeriod` and `open` is of the offers made in the period, whatever came of them since. */
export interface PartnerCounts {
  readonly offered: number;
  /** Still open. */
  readonly waiting: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly expired: number;
  /** Taken back before an answer. */
  readonly recalled: number;
  /** Accepted leads whose first touch, and whose report, came in time, of those that had a deadline and met or missed it. */
  readonly touchedInTime: Share;
  readonly reportedInTime: Share;
  /** Accepted leads that were qualified or won, of those that came so far or ended. */
  readonly converted: Share;
  readonly won: number;
  readonly lost: number;
  readonly noDecision: number;
  /** Booked by the deals of these leads. */
  readonly revenue: Money;
  /** The same a lead that ended, as far as needed to estimate it. */
  readonly perEnded: Amounts;
  /** Booked within the period by deals that it sourced, whenever their leads were offered. */
  readonly bookedInPeriod: Money;
  /** Won deals of these leads that cannot be booked until they are corrected. */
  readonly held: number;
  /** Entries that were booked when the reporting currency was another one: they are not in these sums. */
  readonly otherCurrency: number;
  readonly rejectReasons: readonly { readonly reason: string; readonly offers: number }[];
  readonly toAccept: Speed | null;
  readonly toTouch: Speed | null;
  /** Leads it holds now; of these without a word within the time of scorecard.yaml; when it was last heard of. */
  readonly open: { readonly leads: number; readonly stale: number; readonly lastWordAt: string | null };
}

export interface Counted {
  readonly partner: ScoredPartner;
  readonly counts: PartnerCounts;
}

/** The share that a rate is of. */
export function shareOf(counts: PartnerCounts, component: Exclude<Component, 'revenue'>): Share {
  switch (component) {
    case 'accepted':
      return { hits: counts.accepted, of: counts.accepted + counts.rejected + counts.expired };
    case 'won':
      return { hits: counts.won, of: counts.won + counts.lost + counts.noDecision };
    default:
      return counts[component];
  }
}
