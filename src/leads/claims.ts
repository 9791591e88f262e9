import type { PartnerState } from '../model/partner.ts';
import { reservedAccount } from './accounts.ts';
import { candidacyOf } from './candidacy.ts';
import type { Market } from './market.ts';
import type { RoutableLead } from './routable-lead.ts';
import type { Routing } from './routing.ts';
import { ruleContext } from './rule-scope.ts';

/** How a lead came into the pool: by which route, and for whom it is open in an auction until when (ISO). */
export interface PoolEntry {
  readonly route: string | null;
  readonly auction: { readonly seenBy: readonly string[]; readonly until: string } | null;
}

/**
 * Why a partner may not claim a lead of the pool, or see it there; null: it may. It must be what the route that put the lead
 * there asks for, else what the file asks for as a whole; an auction is open to those it was opened to, as long as it lasts.
 */
export function mayClaim(
  lead: RoutableLead,
  partner: PartnerState,
  routing: Routing,
  market: Market,
  { route: name, auction }: PoolEntry,
): string | null {
  if (auction !== null) {
    if (lead.at !== undefined && lead.at >= Date.parse(auction.until)) return 'the auction is over';
    if (!auction.seenBy.includes(partner.id)) return 'the auction is open to other partners';
  }
  const { score, grade } = lead.score;
  const context = ruleContext({ person: lead.person, touches: lead.touches, lead: { score, grade } });
  const account = reservedAccount(routing.accounts, lead.person);
  const candidacy = candidacyOf(lead, context, routing.segment, market, account?.partner ?? null);
  const route = routing.routes.find((each) => each.name === name);
  const checks = route && (route.method === 'pool' || route.method === 'auction') ? route.checks : routing.poolChecks;
  const check = checks.find((each) => each.drops(partner, candidacy));
  return check ? `${partner.facts.name} ${check.why(partner, candidacy)}` : null;
}
