/** Who can be offered a lead at all: the checks that a route asks of each partner, in order (drop-reason.ts). */
import { abilityChecks } from './eligibility/ability.ts';
import { accountChecks } from './eligibility/account.ts';
import type { Check } from './eligibility/check.ts';
import { timeChecks } from './eligibility/time.ts';
import type { EligibleConfig, Method } from './routing-schema.ts';
import { withPartner } from './rule-scope.ts';
import type { Condition } from './rules.ts';

/** The checks of a route in the order they are asked; that a partner had the lead before always comes first. */
export function checksOf(eligible: EligibleConfig, own: Condition | null, method: Method): Check[] {
  return [
    declined,
    ...accountChecks(eligible, method),
    ...abilityChecks(eligible),
    ...(own ? [ruleCheck(own)] : []),
    ...timeChecks(eligible),
  ];
}

const declined: Check = {
  reason: 'declined',
  drops: ({ id }, lead) => lead.declined.has(id),
  why: () => 'had this lead before and did not take it',
};

function ruleCheck(own: Condition): Check {
  return {
    reason: 'rule',
    drops: (partner, { context }) => !own.test(withPartner(context, partner)),
    why: (partner, { context }) => {
      const unknown = own.unknowns(withPartner(context, partner));
      return `does not meet ${own.source}${unknown.length > 0 ? ` (not known: ${unknown.join(', ')})` : ''}`;
    },
  };
}
