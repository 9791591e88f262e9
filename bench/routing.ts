import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { foldDecision, type RoutableLead, routeLead } from '../src/leads/route-lead.ts';
import { compileRouting, type Routing } from '../src/leads/routing.ts';
import type { PartnerState } from '../src/model/partner.ts';
import { type Bench, machine, rounded, sideBySide } from './bench.ts';
import { routeByHand } from './routing/by-hand.ts';
import { leadsOf, partnersOf, twentyRoutes } from './routing/market.ts';

const SEED = 7;
const LEADS = 10_000;
const SHIPPED = { file: 'config/routing.yaml', partners: 40, turns: 7 };
const LARGE = { routes: 20, partners: 500, leads: 2_000, turns: 3 };

/**
 * Decisions a second of routeLead, without a trace. Before anything is timed the router and one written by hand for the
 * shipped rules must decide alike on every lead: outcome, route, partner, points, runners-up; partners' loads change from lead to lead.
 */
export const routing: Bench = {
  config: { seed: SEED, leads: LEADS, shipped: { ...SHIPPED, sha256: hash(SHIPPED.file) }, large: LARGE, ...machine() },
  async run(tell) {
    const shipped = compileRouting(SHIPPED.file, readFileSync(SHIPPED.file, 'utf8'));
    const partners = partnersOf(SHIPPED.partners, SEED);
    const leads = leadsOf(LEADS, partners, SEED + 1);
    const outcomes = decideAlike(leads, partners, shipped);
    tell(`the router and the one written by hand decide alike on ${LEADS} leads`);
    const byRules = sideBySide(
      {
        ours: () => routeAll(leads, partners, shipped),
        byHand: () => {
          for (const lead of leads) routeByHand(lead, partners);
        },
      },
      SHIPPED.turns,
    );
    const large = compileRouting('twenty-routes.yaml', twentyRoutes());
    const many = partnersOf(LARGE.partners, SEED + 2);
    const theirs = leadsOf(LARGE.leads, many, SEED + 3);
    const { ours } = sideBySide({ ours: () => routeAll(theirs, many, large) }, LARGE.turns);
    return {
      decisionsPerSecond: Math.round(LARGE.leads / ours),
      shippedDecisionsPerSecond: Math.round(LEADS / byRules.ours),
      handWrittenDecisionsPerSecond: Math.round(LEADS / byRules.byHand),
      // Of the shipped rules: the share of the hand-written router's speed.
      ratioToHandWritten: rounded(byRules.byHand / byRules.ours, 3),
      decidedAlike: LEADS,
      outcomes,
    };
  },
};

function routeAll(leads: readonly RoutableLead[], partners: readonly PartnerState[], rules: Routing): void {
  for (const lead of leads) routeLead(lead, partners, rules);
}

/** @returns how many leads had which outcome. @throws at the first lead on which the two differ */
function decideAlike(leads: readonly RoutableLead[], partners: readonly PartnerState[], rules: Routing) {
  const outcomes: Record<string, number> = {};
  let state = partners;
  for (const lead of leads) {
    const { outcome, route, partnerId, points, runnersUp } = routeLead(lead, state, rules);
    const ours = { outcome, route, partnerId, points, runnersUp };
    const byHand = routeByHand(lead, state);
    if (!isDeepStrictEqual(ours, byHand)) {
      throw new Error(
        `${lead.id}: the router says ${JSON.stringify(ours)}, the one written by hand ${JSON.stringify(byHand)}; where ${SHIPPED.file} was changed, bench/routing/by-hand.ts must follow`,
      );
    }
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    // Every hundredth offer fills up a partner, so that loads move without all of them ending full.
    if (Number(lead.id.slice(3)) % 100 === 0) state = foldDecision(state, { outcome, partnerId });
  }
  return outcomes;
}

function hash(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
