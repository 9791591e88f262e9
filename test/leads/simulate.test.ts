import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foldDecision, foldMarket } from '../../src/leads/fold.ts';
import { NEW_MARKET, type Result } from '../../src/leads/market.ts';
import type { RoutableLead } from '../../src/leads/route-lead.ts';
import { routeLead } from '../../src/leads/route-lead.ts';
import { compileRouting, type Routing } from '../../src/leads/routing.ts';
import { Simulation } from '../../src/leads/simulate.ts';
import type { PartnerState } from '../../src/model/partner.ts';
import { anyLead, anyPartners, lead, partner } from './fixtures.ts';

const AT = Date.parse('2026-03-02T08:00:00.000Z');
const HOUR = 3_600_000;
const rules = (routes: string, rest = '') =>
  compileRouting(
    'routing.yaml',
    `version: 1\noffer: { acceptWithin: 48h }\nweights: { load: 10 }\notherwise: pool\n${rest}\nroutes: ${routes}`,
  );
const leads = (count: number, change: Partial<RoutableLead> = {}) =>
  Array.from({ length: count }, (_, n) => lead({ id: `ld_${n}`, ...change }));

/**
 * What happened under `was`, each partner keeping what it got for so many decisions, and what `is` makes of it. What fairness
 * counts is read by the rules that are tried.
 */
function simulated(
  was: Routing,
  is: Routing,
  given: readonly RoutableLead[],
  first: readonly PartnerState[],
  keeps = Number.POSITIVE_INFINITY,
  results: readonly Result[] = [],
) {
  const simulation = new Simulation(is, results);
  let [partners, market] = [first, NEW_MARKET];
  const held: { partnerId: string; until: number }[] = [];
  for (const [n, each] of given.entries()) {
    const seq = 100 + n;
    const now = AT + n * HOUR;
    for (const { partnerId } of held.filter(({ until }) => until === seq))
      partners = partners.map((one) => (one.id === partnerId ? { ...one, load: one.load - 1 } : one));
    const past = { ...each, at: now };
    const result = routeLead(past, partners, was, { market });
    const until = Number.isFinite(keeps) ? seq + keeps : null;
    simulation.add({ lead: past, result, seq, at: now, until }, { partners, market });
    if (result.partnerId !== null && until !== null) held.push({ partnerId: result.partnerId, until });
    partners = foldDecision(partners, result, seq, past, is.fairness);
    market = foldMarket(market, result, past, is.fairness);
  }
  return simulation.report();
}

const TURNS = '[{ name: turns, method: round-robin }]';
const BEST = '[{ name: best, method: best-fit }]';
const FLOORS = 'fairness: { grades: [A, B], window: 30d, partners: { floor: 50, within: 5, enforce: true } }';

describe('simulated routing', () => {
  test('of the rules that were in force is what happened', () => {
    const limited = anyPartners.map((all) =>
      all.map((each) => ({ ...each, facts: { ...each.facts, dailyCapacity: 3, weeklyCapacity: 9 } })),
    );
    fc.assert(
      fc.property(
        fc.array(anyLead, { maxLength: 30 }),
        limited,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(TURNS, BEST, '[{ name: shares, method: weighted-round-robin }]'),
        (given, partners, keeps, routes) => {
          const routing = rules(routes, FLOORS);
          const report = simulated(routing, routing, given, partners, keeps);
          expect(report.changed).toBe(0);
          expect(report.fairness?.after).toEqual(report.fairness?.before);
          for (const { leads: count, load, peak, bestShare } of report.partners) {
            expect([count.after, load.after, peak.after, bestShare.after]).toEqual([
              count.before,
              load.before,
              peak.before,
              bestShare.before,
            ]);
          }
        },
      ),
    );
  });

  test('builds on what the new rules gave before, not on what the old ones did', () => {
    fc.assert(
      fc.property(fc.array(anyLead, { maxLength: 30 }), anyPartners, (given, partners) => {
        const [was, is] = [rules('[{ name: own, method: direct }]'), rules(TURNS)];
        const fromNothing = simulated(is, is, given, partners);
        const report = simulated(was, is, given, partners);
        expect(report.outcomes.map(({ outcome, after }) => [outcome, after]).filter(([, after]) => after)).toEqual(
          fromNothing.outcomes.map(({ outcome, before }) => [outcome, before]).filter(([, before]) => before),
        );
        expect(
          report.partners.map(({ partnerId, leads: { after }, load, peak }) => [
            partnerId,
            after,
            load.after,
            peak.after,
          ]),
        ).toEqual(
          fromNothing.partners.map(({ partnerId, leads: { before }, load, peak }) => [
            partnerId,
            before,
            load.before,
            peak.before,
          ]),
        );
      }),
    );
  });

  test('takes away from a partner what it did not get: room, turn and load', () => {
    const only = (name: string) =>
      rules(`[{ name: only, method: best-fit, eligible: { when: "partner.name == '${name}'" } }]`);
    const partners = [partner('pt_a', { name: 'Alder', capacity: 2 }), partner('pt_b', { name: 'Brook' })];
    const report = simulated(only('Brook'), only('Alder'), leads(3), partners);
    expect(report.outcomes).toEqual([
      { outcome: 'offer', before: 3, after: 2 },
      { outcome: 'pool', before: 0, after: 1 },
    ]);
    expect(report.partners).toMatchObject([
      { name: 'Alder', leads: { before: 0, after: 2 }, load: { before: 0, after: 2 }, peak: { before: 0, after: 2 } },
      { name: 'Brook', leads: { before: 3, after: 0 }, load: { before: 3, after: 0 }, peak: { before: 3, after: 0 } },
    ]);
  });

  test('has room again when the lead was over', () => {
    const only = (name: string) =>
      rules(`[{ name: only, method: best-fit, eligible: { when: "partner.name == '${name}'" } }]`);
    const partners = [partner('pt_a', { name: 'Alder', capacity: 2 }), partner('pt_b', { name: 'Brook' })];
    const report = simulated(only('Brook'), only('Alder'), leads(6), partners, 2);
    expect(report.outcomes).toEqual([{ outcome: 'offer', before: 6, after: 6 }]);
    expect(report.partners[0]?.load.after).toBe(2);
  });

  test('names the first twenty that change hands, and counts all', () => {
    const report = simulated(rules('[{ name: own, method: direct }]'), rules(BEST), leads(25), [
      partner('pt_a', { name: 'Alder' }),
    ]);
    expect(report.changed).toBe(25);
    expect(report.changes).toHaveLength(20);
    expect(report.changes[0]).toMatchObject({
      leadId: 'ld_0',
      name: 'Anna Schmidt, Acme GmbH',
      grade: 'B',
      before: { outcome: 'direct', partnerId: null, route: 'own' },
      after: { outcome: 'offer', partnerId: 'pt_a', route: 'best' },
    });
  });

  test('shows shares of the best leads, and fairness by the floors of the new rules', () => {
    const partners = [partner('pt_a', { name: 'Alder' }), partner('pt_b', { name: 'Brook' })];
    const alder = rules(`[{ name: a, method: best-fit, eligible: { when: "partner.name == 'Alder'" } }]`);
    const report = simulated(alder, rules(TURNS, FLOORS), leads(4), partners);
    expect(report.bestGrades).toEqual(['A', 'B']);
    expect(report.partners.map(({ name, bestShare }) => [name, bestShare])).toEqual([
      ['Alder', { before: 1, after: 0.5 }],
      ['Brook', { before: 0, after: 0.5 }],
    ]);
    const given = (side: 'before' | 'after') => report.fairness?.[side].tiers[0]?.partners.map((each) => each.given);
    expect(given('after')).toEqual([2, 2]);
  });

  test('expects of each partner what it has won in the segment of the lead, drawn to the average', () => {
    const partners = [partner('pt_a', { name: 'Alder' }), partner('pt_b', { name: 'Brook' })];
    const only = (name: string) =>
      rules(
        `[{ name: only, method: best-fit, eligible: { when: "partner.name == '${name}'" } }]`,
        'segment: { by: [country], prior: 10 }',
      );
    const kind = { country: 'DE', product: 'Vault', industry: null, grade: 'B' };
    const results = [
      { partnerId: 'pt_a', ...kind, won: 10, closed: 10 },
      { partnerId: 'pt_b', ...kind, won: 0, closed: 10 },
    ];
    const { expectedWins } = simulated(only('Brook'), only('Alder'), leads(4), partners, 2, results);
    // All of 20 leads won 10, so the mean is 0.5 drawn by 10 to 0.5 of 30; each stands for (won + 10 * mean) / 20.
    expect(expectedWins.after - expectedWins.before).toBeCloseTo(4 * 0.5, 9);
    expect(expectedWins.after).toBeGreaterThan(expectedWins.before);
  });
});
