import type { PartnerState } from '../../model/partner.ts';
import type { Candidacy } from '../candidacy.ts';
import { officeOf } from '../routable-lead.ts';
import type { EligibleConfig } from '../routing-schema.ts';
import type { Check } from './check.ts';

/** Whether the partner has time just now. */
export function timeChecks(eligible: EligibleConfig): Check[] {
  return [
    blackout,
    ...(eligible.capacity ? [capacity, full('day', 1), full('week', 7)] : []),
    ...(eligible.workingHours ? [hours] : []),
  ];
}

const rest = ({ facts }: PartnerState, { date }: Candidacy) =>
  facts.blackouts.find(({ from, to }) => date !== null && from <= date && date <= to);

/** What a partner says of its own absence holds on every route. */
const blackout: Check = {
  reason: 'blackout',
  drops: (partner, lead) => partner.facts.blackouts.length > 0 && rest(partner, lead) !== undefined,
  why: (partner, lead) => `takes no leads until ${rest(partner, lead)?.to}`,
};

const capacity: Check = {
  reason: 'capacity',
  drops: ({ facts, load }) => facts.capacity !== null && load >= facts.capacity,
  why: ({ facts, load }) => `is full: ${load} open leads of ${facts.capacity ?? load}`,
};

const DAY = 86_400_000;

/** A day is 24 hours and a week 7 days back from the decision, so that no midnight doubles what a partner gets. */
function full(reason: 'day' | 'week', days: number): Check {
  const limitOf = ({ facts }: PartnerState) => (reason === 'day' ? facts.dailyCapacity : facts.weeklyCapacity);
  const count = ({ recent = [] }: PartnerState, { lead: { at } }: Candidacy) =>
    at === undefined ? 0 : recent.filter((time) => time > at - days * DAY && time <= at).length;
  return {
    reason,
    drops: (partner, lead) => {
      const limit = limitOf(partner);
      return limit !== null && count(partner, lead) >= limit;
    },
    why: (partner, lead) => `had ${count(partner, lead)} leads within a ${reason}, it takes ${limitOf(partner)}`,
  };
}

const hours: Check = {
  reason: 'hours',
  drops: ({ facts }, { lead }) => lead.closed?.includes(officeOf(facts)) ?? false,
  why: () => 'has its office closed just now',
};
