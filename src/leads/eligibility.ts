import type { PartnerState } from '../model/partner.ts';
import type { PersonFacts } from '../model/person.ts';
import type { EligibleConfig } from './routing-schema.ts';
import { type RuleContext, withPartner } from './rule-scope.ts';
import type { Condition } from './rules.ts';

export const DROP_REASONS = ['declined', 'status', 'territory', 'competency', 'tier', 'rule', 'capacity'] as const;
/** Why a partner is not asked. `declined`: it had this lead before. `rule`: the route's own `eligible.when`. */
export type DropReason = (typeof DROP_REASONS)[number];

/** The lead as the checks and criteria see it. */
export interface Candidacy {
  readonly person: PersonFacts;
  readonly context: RuleContext;
  readonly declined: ReadonlySet<string>;
}

export interface Check {
  readonly reason: DropReason;
  drops(partner: PartnerState, lead: Candidacy): boolean;
  /** In words, for a partner that it drops. */
  why(partner: PartnerState, lead: Candidacy): string;
}

/** The checks of a route in the order they are asked; that a partner had the lead before always comes first. */
export function checksOf(eligible: EligibleConfig, own: Condition | null): Check[] {
  const statuses = new Set(eligible.status);
  const tiers = eligible.tiers && new Set(eligible.tiers);
  return [
    declined,
    {
      reason: 'status',
      drops: ({ facts }) => !statuses.has(facts.status),
      why: ({ facts }) => `is ${facts.status}, not ${eligible.status.join(' or ')}`,
    },
    ...(eligible.territory ? [territory] : []),
    ...(eligible.competency ? [competency] : []),
    ...(tiers
      ? [
          {
            reason: 'tier',
            drops: ({ facts }) => facts.tier === null || !tiers.has(facts.tier),
            why: ({ facts }) => `is ${facts.tier ?? 'of no tier'}, not ${[...tiers].join(' or ')}`,
          } satisfies Check,
        ]
      : []),
    ...(own
      ? [
          {
            reason: 'rule',
            drops: (partner, { context }) => !own.test(withPartner(context, partner)),
            why: (partner, { context }) => {
              const unknown = own.unknowns(withPartner(context, partner));
              return `does not meet ${own.source}${unknown.length > 0 ? ` (not known: ${unknown.join(', ')})` : ''}`;
            },
          } satisfies Check,
        ]
      : []),
    ...(eligible.capacity ? [capacity] : []),
  ];
}

const declined: Check = {
  reason: 'declined',
  drops: ({ id }, lead) => lead.declined.has(id),
  why: () => 'had this lead before and did not take it',
};

const territory: Check = {
  reason: 'territory',
  drops: ({ facts }, { person }) => person.country === null || !facts.territories.includes(person.country),
  why: ({ facts }, { person }) =>
    person.country === null
      ? 'cannot be told: the country of the lead is not known'
      : `does not cover ${person.country} (covers ${facts.territories.join(', ') || 'no country'})`,
};

/** A lead that names no product can go to anyone: every partner is able to find out. */
const competency: Check = {
  reason: 'competency',
  drops: ({ facts }, { person }) => person.product !== null && !facts.competencies.includes(person.product),
  why: ({ facts }, { person }) =>
    `does not sell ${person.product ?? 'it'} (sells ${facts.competencies.join(', ') || 'nothing'})`,
};

const capacity: Check = {
  reason: 'capacity',
  drops: ({ facts, load }) => facts.capacity !== null && load >= facts.capacity,
  why: ({ facts, load }) => `is full: ${load} open leads of ${facts.capacity ?? load}`,
};
