/**
 * What the rules of programmes.yaml say of a partner on a day: which programmes it is in or could be in, to which tier
 * it should move, whether it has fallen silent. Proposals only: tier, status and programmes are kept by the channel team
 * in the CRM, and a change counts when it was made there. Pure.
 */
import type { PartnerState } from '../../model/partner.ts';
import { standingContext, valueText } from '../rule-scope.ts';
import type { Condition } from '../rules.ts';
import { counted } from '../text.ts';
import type { Programmes, TierMove } from './compile-programmes.ts';
import { type PartnerStanding, standingFacts } from './standing.ts';

/** A fact that a rule compared, and what it was; null: not known. */
export interface Evidence {
  readonly fact: string;
  readonly value: string | null;
}

export interface Membership {
  readonly programme: string;
  /** As the CRM has it. */
  readonly member: boolean;
  /** Whether it meets the rule of entry. */
  readonly qualifies: boolean;
  readonly rule: string;
  readonly evidence: readonly Evidence[];
  readonly benefits: readonly string[];
}

export interface Proposal {
  readonly what: 'tier' | 'status';
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  readonly up: boolean | null;
  /** Why, in words. */
  readonly sentence: string;
  readonly condition: string;
  readonly evidence: readonly Evidence[];
}

export interface PartnerReview {
  readonly memberships: readonly Membership[];
  readonly proposals: readonly Proposal[];
  /** What is odd about the partner's record, or about the rules for it. */
  readonly remarks: readonly string[];
}

/** Reviews a partner. Of several moves that are met the first counts; only an active partner is moved. */
export function reviewPartner(partner: PartnerState, standing: PartnerStanding, rules: Programmes): PartnerReview {
  const { facts } = partner;
  const stood = standingFacts(standing);
  const context = standingContext(partner, stood);
  const evidence = ({ references }: Condition): Evidence[] =>
    references.map(([root, field]) => ({ fact: `${root}.${field}`, value: valueText(context, root, field) }));
  const firstMove = (tier: string | null, of: PartnerState): TierMove | undefined => {
    const seen = of === partner ? context : standingContext(of, stood);
    return rules.moves.find(({ from, when }) => tier !== null && from.includes(tier) && when.test(seen));
  };
  const proposals: Proposal[] = [];
  const remarks = remarksOf(partner, rules);
  const move = facts.status === 'Active' ? firstMove(facts.tier, partner) : undefined;
  if (move && facts.tier !== null) {
    const back = firstMove(move.to, { ...partner, facts: { ...facts, tier: move.to } });
    if (back?.to === facts.tier)
      remarks.push(
        `the rules "${move.name}" and "${back.name}" would send it to ${move.to} and back: make them exclude each other`,
      );
    else
      proposals.push({
        what: 'tier',
        rule: move.name,
        from: facts.tier,
        to: move.to,
        up: move.up,
        sentence: move.text.fill(context),
        condition: move.when.source,
        evidence: evidence(move.when),
      });
  }
  const dormant = dormancy(partner, standing, rules);
  if (dormant) proposals.push(dormant);
  const memberships = rules.programmes.map(
    ({ name, enter, benefits }): Membership => ({
      programme: name,
      member: facts.programmes.includes(name),
      qualifies: enter.test(context),
      rule: enter.source,
      evidence: evidence(enter),
      benefits,
    }),
  );
  return { memberships, proposals, remarks };
}

function dormancy({ facts }: PartnerState, standing: PartnerStanding, { dormant }: Programmes): Proposal | null {
  if (dormant === null || facts.status !== 'Active') return null;
  const { silent, daysSilent } = standing;
  if (silent < dormant.unanswered || daysSilent === null || daysSilent < dormant.silenceDays) return null;
  return {
    what: 'status',
    rule: 'dormant',
    from: 'Active',
    to: 'Dormant',
    up: false,
    sentence: `has answered none of ${counted(silent, 'offer', 'offers')} in ${counted(daysSilent, 'day', 'days')}`,
    condition: `${counted(dormant.unanswered, 'offer', 'offers')} without an answer for ${counted(dormant.silenceDays, 'day', 'days')}`,
    evidence: [
      { fact: 'standing.silent', value: String(silent) },
      { fact: 'days since the first of them', value: String(daysSilent) },
    ],
  };
}

function remarksOf({ facts }: PartnerState, rules: Programmes): string[] {
  const unlisted = facts.programmes.filter((name) => !rules.programmes.some((each) => each.name === name));
  return [
    ...(facts.territories.length === 0 ? ['covers no territory: no lead can go to it by territory'] : []),
    ...(facts.competencies.length === 0 ? ['sells no product: only leads that name none can go to it'] : []),
    ...(facts.tier !== null && rules.tiers !== null && !rules.tiers.includes(facts.tier)
      ? [`is of a tier "${facts.tier}" that routing.yaml does not name`]
      : []),
    ...(facts.category !== null && rules.categories !== null && !rules.categories.includes(facts.category)
      ? [`is of a category "${facts.category}" that programmes.yaml does not name`]
      : []),
    ...unlisted.map((name) => `is in a programme "${name}" that programmes.yaml does not name`),
  ];
}
