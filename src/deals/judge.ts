/** What stands against a registration: everything known that may be the same deal, weighed, with its evidence. Pure. */
import type { AccountIdentity, Evidence, RegistrationVerdict } from '../model/registration.ts';
import type { DealRules } from './rules.ts';

/** Whether two companies are one, as the matching of the vendor says it. */
export interface AccountMatcher {
  compare(
    left: AccountIdentity,
    right: AccountIdentity,
  ): {
    readonly probability: number;
    readonly zone: 'same' | 'review' | 'different';
    readonly reasons: readonly string[];
  };
  /** A name in the form in which all spellings of it are one; null where nothing of it tells a company. */
  key(name: string): string | null;
  /** The words by which names that may be the same are found. */
  words(name: string): string[];
}

/** Somebody's tie to a company: what a registration may run into. */
export interface Claim {
  readonly kind: Evidence['kind'];
  readonly id: string;
  readonly holder: Evidence['holder'];
  readonly since: string | null;
  readonly state: string;
  readonly product: string | null;
  readonly account: AccountIdentity;
  /** Of an offer: whether it was accepted. */
  readonly isAccepted?: boolean;
}

/** What is asked: who claims which company and product, and what it itself is and is tied to. */
export interface Asked {
  readonly id: string | null;
  readonly partnerId: string;
  readonly account: AccountIdentity;
  readonly product: string | null;
  readonly opportunityId: string | null;
}

export interface Judged {
  readonly verdict: RegistrationVerdict;
  /** The weightiest first. */
  readonly conflicts: readonly Evidence[];
}

const ORDER: readonly Evidence['weight'][] = ['duplicate', 'conflict', 'review', 'note'];
/** A person is shown no more than this. */
const SHOWN = 20;

/** Weighs all claims on companies that are, or may be, the one asked about. The order of the claims changes nothing. */
export function judgeRegistration(
  asked: Asked,
  claims: readonly Claim[],
  matcher: AccountMatcher,
  weights: DealRules['weights'],
): Judged {
  const conflicts = claims
    .flatMap((claim): Evidence[] => {
      if (claim.id === asked.id || claim.id === asked.opportunityId) return [];
      if (!sameProduct(asked.product, claim.product)) return [];
      const { probability, zone, reasons } = matcher.compare(asked.account, claim.account);
      if (zone === 'different') return [];
      const { kind, id, holder, since, state, product, account } = claim;
      const { name, domain, country, city } = account;
      const weight = weightOf(asked, claim, zone, weights);
      return [
        {
          kind,
          id,
          holder,
          since,
          state,
          product,
          account: { name, domain, country, city },
          probability,
          reasons,
          weight,
        },
      ];
    })
    .sort(inOrder);
  const [worst] = conflicts;
  const verdict = worst === undefined || worst.weight === 'note' ? 'clear' : worst.weight;
  return { verdict, conflicts: conflicts.slice(0, SHOWN) };
}

/** Whether two registrations can be about the same product: one that names none is about all. */
export function sameProduct(left: string | null, right: string | null): boolean {
  return left === null || right === null || left.trim().toLowerCase() === right.trim().toLowerCase();
}

function weightOf(
  asked: Asked,
  claim: Claim,
  zone: 'same' | 'review',
  weights: DealRules['weights'],
): Evidence['weight'] {
  const own = claim.holder.kind === 'partner' && claim.holder.id === asked.partnerId;
  if (own) return claim.kind !== 'registration' ? 'note' : zone === 'same' ? 'duplicate' : 'review';
  const full =
    claim.kind === 'registration'
      ? 'conflict'
      : claim.kind === 'lead'
        ? weights[claim.isAccepted === true ? 'accepted-lead' : 'offered-lead']
        : weights[claim.kind];
  return zone === 'review' && full === 'conflict' ? 'review' : full;
}

function inOrder(a: Evidence, b: Evidence): number {
  return (
    ORDER.indexOf(a.weight) - ORDER.indexOf(b.weight) ||
    b.probability - a.probability ||
    compare(a.since ?? '', b.since ?? '') ||
    compare(a.kind, b.kind) ||
    compare(a.id, b.id)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
