import type { Score } from '../model/lead.ts';
import type { PersonFacts } from '../model/person.ts';
import type { Gain } from './methods/assignment.ts';
import type { TouchFacts } from './rule-scope.ts';

/** What is known of the company of a lead among the partners, by their ids. */
export interface AccountFacts {
  /** Those that hold an accepted lead of the same company now. */
  readonly owners: readonly string[];
  /** Those with a registered deal on the company that is protected now. */
  readonly registrants: readonly string[];
  /** Those that ever accepted a lead of the company. */
  readonly known: readonly string[];
}

/**
 * A lead as the router sees it. It is stored with the decision, so what is left out means: not known, or not asked for
 * by the rules of the time.
 */
export interface RoutableLead {
  readonly id: string;
  readonly person: PersonFacts;
  readonly score: Score;
  readonly touches: TouchFacts;
  /** Ids of partners that rejected it or let their offer expire: they are never asked again. */
  readonly declined: readonly string[];
  /** How many offers were made of it. */
  readonly rounds: number;
  /** How many of these before it came back from marketing: they count for no limit. */
  readonly roundsBefore?: number;
  /** How many may be made at most, where the policy of its last offer says so; it goes before the route's own. */
  readonly roundsAtMost?: number | undefined;
  /** Which version of sla.yaml was in force; the offer's terms name its policy. */
  readonly sla?: string | undefined;
  /** When it is decided, epoch milliseconds. */
  readonly at?: number;
  readonly account?: AccountFacts;
  /** The offices that are closed just now, as `officeOf` names them. */
  readonly closed?: readonly string[];
  /** Auctions, by route, in which nobody claimed it in time. */
  readonly lapsed?: readonly string[];
  /** The partner that was found for it when a whole batch was assigned at once, how many leads that batch had, and what it was worth. */
  readonly assigned?: { readonly partnerId: string; readonly of: number; readonly gain?: Gain };
}

export const NO_ACCOUNT: AccountFacts = { owners: [], registrants: [], known: [] };

/** Where the office of a partner is, as far as its working hours depend on it. */
export function officeOf(facts: { readonly country: string | null; readonly timeZone: string | null }): string {
  return `${facts.country ?? ''}|${facts.timeZone ?? ''}`;
}
