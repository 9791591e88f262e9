import type { EligibleConfig, Method } from '../routing-schema.ts';
import { fold } from '../text.ts';
import type { Check } from './check.ts';

/** What the partner is to the vendor and to the company of the lead. */
export function accountChecks(eligible: EligibleConfig, method: Method): Check[] {
  const statuses = new Set(eligible.status);
  return [
    account,
    {
      reason: 'status',
      drops: ({ facts }) => !statuses.has(facts.status),
      why: ({ facts }) => `is ${facts.status}, not ${eligible.status.join(' or ')}`,
    },
    ...(eligible.registered ? [registered] : []),
    ...(method === 'owner' ? [owner] : []),
    ...(method === 'registrant' ? [registrant] : []),
  ];
}

const account: Check = {
  reason: 'account',
  drops: ({ facts }, { reservedFor }) => reservedFor !== null && !isCalled(facts.name, reservedFor),
  why: (_, { reservedFor }) => `may not have it: the account is reserved for ${reservedFor ?? 'another'}`,
};

const registered: Check = {
  reason: 'registered',
  drops: ({ id }, { lead }) => {
    const registrants = lead.account?.registrants;
    return registrants !== undefined && registrants.length > 0 && !registrants.includes(id);
  },
  why: () => 'may not have it: another partner has registered a deal on the account',
};

const owner: Check = {
  reason: 'owner',
  drops: ({ id }, { lead }) => !lead.account?.owners.includes(id),
  why: () => 'works no lead of this company',
};

const registrant: Check = {
  reason: 'registrant',
  drops: ({ id }, { lead }) => !lead.account?.registrants.includes(id),
  why: () => 'has no registered deal on the account',
};

/** Whether a partner is meant by a name in a file: case, accents and punctuation do not matter. */
export function isCalled(partner: string, named: string): boolean {
  return partner === named || fold(partner) === fold(named);
}
