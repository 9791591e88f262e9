/** How probable it is that a deal came of a lead of its company, from evidence whose weights stand in config/reconcile.yaml. */
import type { Money } from '../model/money.ts';
import { compareIds, compareMoments, momentOf } from './moment.ts';
import type { ReconcileRules } from './reconcile-config.ts';

/** By what the companies of a lead and of a deal are known to be one. */
export type CompanyTie = 'account' | 'domain' | 'name';

/** A lead of the deal's company. */
export interface Candidate {
  readonly leadId: string;
  readonly personId: string;
  readonly company: CompanyTie;
  /** The partner that accepted the lead last before the deal closed; null: none did. */
  readonly partnerId: string | null;
  /** ISO instant of that. */
  readonly acceptedAt: string | null;
  /** How often that partner touched or reported the lead before the close. */
  readonly reports: number;
  /** How the partner said that it ended, and for how much. */
  readonly said: 'won' | 'lost' | null;
  readonly value: Money | null;
  /** The product line that the person asked about. */
  readonly product: string | null;
}

/** What is known of the deal itself. */
export interface EvidenceOfDeal {
  /** ISO instant; null where the CRM does not say. */
  readonly createdAt: string | null;
  /** Calendar date; null: not closed. */
  readonly closeDate: string | null;
  readonly amount: Money | null;
  /** Names and families of what it sells; empty: not known. */
  readonly products: readonly string[];
  /** Whether somebody is named on it. */
  readonly namesPeople: boolean;
  /** Partners that the CRM names on it. */
  readonly partners: readonly string[];
}

/** One piece of evidence: in words, and by how much it multiplies the odds. */
export interface Evidence {
  readonly text: string;
  readonly times: number;
}

export interface Weighed {
  readonly candidate: Candidate;
  /** Of 0 to 1, four decimals. The candidates of a deal and "none of them" add up to 1. */
  readonly probability: number;
  readonly evidence: readonly Evidence[];
}

const DAY_MS = 86_400_000;

/**
 * Weighs the leads of a deal's company against each other, the likeliest first.
 *
 * The odds of each lead are the product of its evidence, each piece taken as independent of the others (naive Bayes); its
 * probability is its odds / (1 + the odds of all), for a deal comes of one lead or of none.
 */
export function weigh(
  deal: EvidenceOfDeal,
  candidates: readonly Candidate[],
  { evidence: weights }: ReconcileRules,
): Weighed[] {
  // A lead is at the company in the strongest way it is known to be.
  const once = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const known = once.get(candidate.leadId);
    if (!known || weights.company[candidate.company] > weights.company[known.company])
      once.set(candidate.leadId, candidate);
  }
  const weighed = [...once.values()].map((candidate) => {
    const evidence = evidenceOf(deal, candidate, weights);
    return { candidate, evidence, odds: evidence.reduce((odds, { times }) => odds * times, 1) };
  });
  // Added up in one order, whatever the order of the facts: floating point would tell.
  weighed.sort((a, b) => b.odds - a.odds || compareIds(a.candidate.leadId, b.candidate.leadId));
  const all = weighed.reduce((sum, { odds }) => sum + odds, 1);
  return weighed.map(({ candidate, evidence, odds }) => ({
    candidate,
    evidence,
    probability: Math.round((odds / all) * 10_000) / 10_000,
  }));
}

function evidenceOf(deal: EvidenceOfDeal, lead: Candidate, weights: ReconcileRules['evidence']): Evidence[] {
  const companies = {
    account: "its person is at the deal's account",
    domain: "its company has the domain of the deal's account",
    name: "its company is called as the deal's account",
  };
  return [
    { text: companies[lead.company], times: weights.company[lead.company] },
    acceptance(deal, lead, weights),
    ...(lead.reports > 0
      ? [{ text: `the partner was at work with it (${count(lead.reports, 'report')})`, times: weights.partnerAtWork }]
      : []),
    ...(lead.said === 'won' ? [{ text: 'the partner said that it won', times: weights.partnerSaidWon }] : []),
    ...(lead.said === 'lost'
      ? [{ text: 'the partner said that nothing came of it', times: weights.partnerSaidLost }]
      : []),
    ...product(deal, lead, weights),
    ...value(deal, lead, weights),
    ...(deal.namesPeople
      ? [{ text: 'the deal names people, and its person is not among them', times: weights.otherPeople }]
      : []),
    ...(deal.partners.length > 0 && !deal.partners.includes(lead.partnerId ?? '')
      ? [{ text: 'the deal names another partner', times: weights.otherPartner }]
      : []),
  ];
}

function acceptance(deal: EvidenceOfDeal, lead: Candidate, weights: ReconcileRules['evidence']): Evidence {
  const nobody = { text: 'no partner had accepted it before the close', times: weights.notAccepted };
  if (lead.acceptedAt === null || lead.partnerId === null) return nobody;
  const at = momentOf(lead.acceptedAt);
  if (deal.closeDate !== null && compareMoments(at, momentOf(deal.closeDate)) > 0) return nobody;
  const start = deal.createdAt ?? deal.closeDate;
  const what = deal.createdAt === null ? 'closed' : 'was made';
  if (start === null) return { text: 'a partner accepted it', times: weights.acceptedMeanwhile };
  const begun = momentOf(start);
  if (compareMoments(at, begun) > 0)
    return {
      text: 'a partner accepted it after the deal was made, before it closed',
      times: weights.acceptedMeanwhile,
    };
  // A calendar date is that day, not its end.
  const from = begun.rank === 0 ? begun.ms - DAY_MS : begun.ms;
  const days = Math.max(0, Math.floor((from - at.ms) / DAY_MS));
  const band = weights.acceptedBefore.find((line) => days <= line.days);
  return {
    text: `a partner accepted it ${count(days, 'day')} before the deal ${what}`,
    times: band?.times ?? weights.acceptedEarlier,
  };
}

function product(deal: EvidenceOfDeal, lead: Candidate, weights: ReconcileRules['evidence']): Evidence[] {
  const asked = lead.product?.trim().toLowerCase() ?? '';
  if (asked === '' || deal.products.length === 0) return [];
  const sold = deal.products.some((name) => name.trim().toLowerCase() === asked);
  return [
    sold
      ? { text: `it asked for ${lead.product}, which the deal sells`, times: weights.sameProduct }
      : { text: `it asked for ${lead.product}, which the deal does not sell`, times: weights.otherProduct },
  ];
}

/** Amounts are compared in one currency only, and exactly. */
function value({ amount }: EvidenceOfDeal, lead: Candidate, weights: ReconcileRules['evidence']): Evidence[] {
  const said = lead.value;
  if (amount === null || said === null || said.currency !== amount.currency || said.minor <= 0n) return [];
  const difference = amount.minor > said.minor ? amount.minor - said.minor : said.minor - amount.minor;
  if (difference * 10n <= said.minor)
    return [{ text: 'the amount is what the partner reported, within 10 %', times: weights.sameValue }];
  if (amount.minor * 2n >= said.minor && amount.minor <= said.minor * 2n)
    return [{ text: 'the amount is near what the partner reported', times: weights.nearValue }];
  return [{ text: 'the amount is far from what the partner reported', times: weights.otherValue }];
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
