import { readFileSync } from 'node:fs';
import type { AccountMatcher } from '../../src/deals/judge.ts';
import { compileDeals, type DealRules } from '../../src/deals/rules.ts';
import { compileMatching } from '../../src/leads/matching/match-config.ts';
import { compileSla } from '../../src/leads/sla/sla.ts';
import type { AccountIdentity, Registration } from '../../src/model/registration.ts';
import { accountMatcher, dealSource } from '../../src/sync/deal-rules.ts';

const shipped = (name: string) => readFileSync(new URL(`../../config/${name}.yaml`, import.meta.url), 'utf8');

const CALENDARS = `version: 1
calendars: { office: { zone: UTC, hours: { mon-fri: ["09:00-17:00"] } } }
calendarOf: { otherwise: office }
policies: { standard: { accept: { within: 48h, missed: reassign } } }
use: [{ policy: standard }]
`;

/** deals.yaml with some of its sections written otherwise; working days from Monday to Friday, nine to five in UTC. */
export function dealRules(sections: Readonly<Record<string, string>> = {}): DealRules {
  const all: Record<string, string> = {
    decision: '{ within: 2 working days, warn: [50], missed: escalate }',
    approval:
      '{ chain: [{ name: manager, upTo: { USD: 1000 } }, { name: director, upTo: { USD: 5000 } }, { name: board }] }',
    ...sections,
  };
  const text = Object.entries(all).map(([name, value]) => `${name}: ${value}\n`);
  return rulesFrom(`version: 1\n${text.join('')}`);
}

export function rulesFrom(text: string): DealRules {
  return compileDeals(dealSource('deals.yaml', text, compileSla('sla.yaml', CALENDARS, new Map())));
}

export const shippedRules = (): DealRules => rulesFrom(shipped('deals'));

export const matcher: AccountMatcher = accountMatcher(compileMatching('matching.yaml', shipped('matching')));

export function account(
  name: string | null,
  domain: string | null = null,
  country: string | null = null,
): AccountIdentity {
  return { name, domain, country, city: null, record: null };
}

/** A Monday morning. */
export const MONDAY = Date.parse('2026-03-02T10:00:00.000Z');

export function registration(given: Partial<Registration> = {}): Registration {
  return {
    id: 'rg_1',
    partnerId: 'pt_1',
    account: account('Alder Systems', 'alder.example'),
    product: 'Vault',
    amount: { minor: 50_000n, currency: 'USD' },
    closes: null,
    opportunityId: null,
    state: 'Pending',
    reason: 'waits for a decision',
    verdict: 'clear',
    conflicts: [],
    needed: ['manager'],
    approvals: [],
    submittedAt: new Date(MONDAY).toISOString(),
    decideBy: null,
    decidedAt: null,
    protectedUntil: null,
    extensions: 0,
    closedAt: null,
    share: null,
    source: 'test',
    key: 'k1',
    ...given,
  };
}
