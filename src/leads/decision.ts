import { createHash } from 'node:crypto';
import type { DropReason } from './drop-reason.ts';
import type { Method, OfferingMethod } from './routing-schema.ts';

/** What becomes of a lead. `offer` names a partner; the others are lead states of their own. */
export type Outcome = 'offer' | 'direct' | 'pool' | 'nurture' | 'held' | 'unroutable';

/**
 * Why it becomes that: the name of a method that offers leads, a partner was found by it; `route`, the route says so;
 * `account`, a list of accounts says so; `claim`, a partner took it out of the pool; `auction`, the best partners may claim it; `data`, facts are missing that the
 * route needs; `rounds`, enough partners were asked; `declined`, all that could take it were asked; `capacity`, all that
 * could take it are full (worth another try when one has room); `time`, they will have time again; `uncovered`, no partner
 * could ever take it; `no-route`, no route matches.
 */
export type Cause =
  | OfferingMethod
  | 'route'
  | 'account'
  | 'claim'
  | 'auction'
  | 'data'
  | 'rounds'
  | 'declined'
  | 'capacity'
  | 'time'
  | 'uncovered'
  | 'no-route';

export interface RankedPartner {
  readonly partnerId: string;
  readonly points: number;
}

/** What is kept of every decision. */
export interface CompactDecision {
  readonly leadId: string;
  readonly outcome: Outcome;
  readonly cause: Cause;
  /** The route that decided. */
  readonly route: string | null;
  /** The partner that is to be offered the lead. */
  readonly partnerId: string | null;
  /** Milliseconds that it has to accept. */
  readonly acceptWithinMs: number | null;
  /** The partner's points, to the hundredth. */
  readonly points: number | null;
  /** The next five, best first. */
  readonly runnersUp: readonly RankedPartner[];
  /** How many partners were dropped for what, by the route that decided, or else by the last one that looked at partners. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** For people, at most 255 characters. */
  readonly sentence: string;
  /** Where the partner's turn begins in the order of shares, for a route that hands leads out by shares. */
  readonly turn?: number;
  /** The partners that may claim the lead within `acceptWithinMs`, best first, for an auction. */
  readonly seenBy?: readonly string[];
}

export interface CandidateTrace {
  readonly partnerId: string;
  /** Why it was not asked; null: it was eligible. */
  readonly dropped: { readonly reason: DropReason; readonly why: string } | null;
  /** Null where it was dropped. */
  readonly points: number | null;
  readonly parts: readonly { readonly criterion: string; readonly points: number; readonly why: string }[];
  /** Place in the order of all offers of the last one it got; 0: none yet. */
  readonly lastServed: number;
}

export interface RouteTrace {
  readonly route: string;
  readonly method: Method;
  readonly matched: boolean;
  /** Why it matched or not, or ran dry. */
  readonly why: string;
  readonly decided: boolean;
  /** What fairness or a turn changed in the order of the candidates, or whether the route was passed over for it. */
  readonly effects: readonly string[];
  /** Eligible ones first, best first; then the dropped ones by id. Empty where the route looks at no partner. */
  readonly candidates: readonly CandidateTrace[];
}

/** How a decision came about. Not kept: a replay makes it again. */
export interface DecisionTrace {
  readonly leadId: string;
  readonly sentence: string;
  readonly routes: readonly RouteTrace[];
  /** Routes after the one that decided. */
  readonly notTried: readonly string[];
  /** How equal points were told apart, where they had to be. */
  readonly tieBreak: string | null;
}

export interface Decision extends CompactDecision {
  /** Null where none was asked for. */
  readonly trace: DecisionTrace | null;
}

/** The decision without its trace. */
export function compactDecision({ trace: _, ...compact }: Decision): CompactDecision {
  return compact;
}

/** SHA-256 (hex) of what is kept of a decision, with or without its trace: a replay that gives the same hash decided the same. */
export function decisionHash(decision: CompactDecision | Decision): string {
  const compact = 'trace' in decision ? compactDecision(decision) : decision;
  return createHash('sha256').update(canonicalJson(compact)).digest('hex');
}

/** JSON with the keys of every object in order, so that equal values give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : each,
  );
}
