import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { foldDecision } from '../src/leads/fold.ts';
import { type RoutableLead, routeLead } from '../src/leads/route-lead.ts';
import { compileRouting, type Routing } from '../src/leads/routing.ts';
import type { PartnerState } from '../src/model/partner.ts';
import { type Bench, machine, rounded, sideBySide } from './bench.ts';
import { type HandDecision, routeByHand, routeTwentyByHand } from './routing/by-hand.ts';
import { jsonRules } from './routing/json-rules.ts';
import { leadsOf, partnersOf, twentyRoutes } from './routing/market.ts';

const SEED = 7;
const LEADS = 10_000;
const SHIPPED = { file: 'config/routing.yaml', partners: 40, turns: 7 };
const LARGE = { routes: 20, partners: 500, leads: 2_000, leadsOfPeer: 40, again: 10, turns: 3 };

/**
 * Decisions a second of routeLead with full traces, beside the same rules written for json-rules-engine and by hand. Before
 * anything is timed all must decide alike on every lead: outcome, route, partner, points, runners-up; partners' loads change
 * from lead to lead. The alike check is made with the shipped number of partners, the timing with 500.
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
    await peersDecideAlike(leads, partners, large);
    tell(`the router, json-rules-engine and twenty routes by hand decide alike on ${LEADS} leads`);
    const theirs = leadsOf(LARGE.leads, many, SEED + 3);
    const { traced, read, bare, byHand } = sideBySide(
      {
        traced: () => {
          for (const lead of theirs) routeLead(lead, many, large, { trace: true });
        },
        read: () => {
          for (const lead of theirs) JSON.stringify(routeLead(lead, many, large, { trace: true }).trace);
        },
        bare: () => routeAll(theirs, many, large),
        byHand: () => {
          for (const lead of theirs) routeTwentyByHand(lead, many);
        },
      },
      LARGE.turns,
    );
    const peer = await secondsOfPeer(theirs.slice(0, LARGE.leadsOfPeer), many, large);
    return {
      // Twenty routes and 500 partners, each decision with its full trace.
      decisionsPerSecond: Math.round(LARGE.leads / traced),
      // The same with every word of the trace read: words are made when they are.
      readDecisionsPerSecond: Math.round(LARGE.leads / read),
      ratioToJsonRulesEngine: rounded(peer.theirs / peer.ours, 1),
      ratioToHandWritten: rounded(byHand / traced, 3),
      timesSlowerThanHandWritten: rounded(traced / byHand, 2),
      untracedDecisionsPerSecond: Math.round(LARGE.leads / bare),
      untracedTimesSlowerThanHandWritten: rounded(bare / byHand, 2),
      shippedDecisionsPerSecond: Math.round(LEADS / byRules.ours),
      shippedTimesSlowerThanHandWritten: rounded(byRules.ours / byRules.byHand, 2),
      decidedAlike: LEADS,
      outcomes,
    };
  },
};

/** @throws at the first lead on which the router, json-rules-engine and the one written by hand differ */
async function peersDecideAlike(
  leads: readonly RoutableLead[],
  partners: readonly PartnerState[],
  rules: Routing,
): Promise<void> {
  const peer = jsonRules(partners);
  let state = partners;
  for (const lead of leads) {
    const { outcome, route, partnerId, points, runnersUp } = routeLead(lead, state, rules);
    const offered = outcome === 'offer';
    const ours: HandDecision = {
      outcome: offered ? 'offer' : 'none',
      route: offered ? route : null,
      partnerId,
      points,
      runnersUp,
    };
    for (const [name, theirs] of [
      ['json-rules-engine', await peer(lead, state)],
      ['the one by hand', routeTwentyByHand(lead, state)],
    ] as const) {
      if (!isDeepStrictEqual(ours, theirs))
        throw new Error(`${lead.id}: the router says ${JSON.stringify(ours)}, ${name} ${JSON.stringify(theirs)}`);
    }
    if (Number(lead.id.slice(3)) % 100 === 0) state = foldDecision(state, { outcome, partnerId });
  }
}

/** The seconds that json-rules-engine and the router with full traces take for the same leads, in turns. */
async function secondsOfPeer(leads: readonly RoutableLead[], partners: readonly PartnerState[], rules: Routing) {
  const peer = jsonRules(partners);
  const took: { ours: number; theirs: number }[] = [];
  for (let turn = 0; turn <= 2 * LARGE.turns; turn++) {
    const startedAt = performance.now();
    for (const lead of leads) await peer(lead, partners);
    const between = performance.now();
    for (let again = 0; again < LARGE.again; again++) {
      for (const lead of leads) routeLead(lead, partners, rules, { trace: true });
    }
    // The first turn warms up.
    if (turn > 0) took.push({ theirs: between - startedAt, ours: (performance.now() - between) / LARGE.again });
  }
  const median = (of: 'ours' | 'theirs') => took.map((each) => each[of]).sort((a, b) => a - b)[LARGE.turns] ?? 0;
  return { ours: median('ours'), theirs: median('theirs') };
}

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
