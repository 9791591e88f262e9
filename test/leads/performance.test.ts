import { describe, expect, test } from '@jest/globals';
import { NEW_MARKET, type Result } from '../../src/leads/market.ts';
import { performanceOf } from '../../src/leads/performance.ts';
import { routeLead } from '../../src/leads/route-lead.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import { lead, partner } from './fixtures.ts';

const kind = { country: 'DE', product: 'Vault', industry: null, grade: 'B' };
const result = (partnerId: string, won: number, closed: number, change = {}): Result => ({
  partnerId,
  ...kind,
  ...change,
  won,
  closed,
});
const config = { segment: ['country', 'product'], prior: 10 } as const;

describe('proven performance', () => {
  // 30 of 120 leads were won in all, all of them in the segment.
  const results = [result('old', 29, 119), result('lucky', 1, 1)];

  test('draws small numbers to the mean: one win of one is no proof', () => {
    const mean = (30 + 10 * 0.230769) / 130;
    expect(performanceOf('old', kind, results, config).mean).toBeCloseTo(mean, 4);
    expect(performanceOf('lucky', kind, results, config).expected).toBeCloseTo((1 + 10 * mean) / 11, 4);
    expect(performanceOf('lucky', kind, results, config).expected).toBeLessThan(0.35);
  });

  test('takes a partner without a past for the average of its segment', () => {
    const { expected, mean, closed } = performanceOf('new', kind, results, config);
    expect(expected).toBe(mean);
    expect(closed).toBe(0);
  });

  test('counts only the segment, of whatever grade it was where that is no part of it', () => {
    const more = [...results, result('old', 50, 50, { product: 'Relay' }), result('old', 1, 1, { grade: 'A' })];
    expect(performanceOf('old', kind, more, config)).toMatchObject({ won: 30, closed: 120 });
  });

  test('without any past nothing is expected of anybody', () => {
    expect(performanceOf('new', kind, [], config)).toEqual({ won: 0, closed: 0, mean: 0, expected: 0 });
  });

  test('gives half its points to the average, and does not depend on the order of results', () => {
    const routing = compileRouting(
      'routing.yaml',
      'version: 1\noffer: { acceptWithin: 48h }\nweights: { performance: 10 }\notherwise: pool\nroutes: [{ name: all, method: best-fit }]',
    );
    const partners = [partner('new'), partner('old'), partner('bad')];
    const past = [...results, result('bad', 0, 60)];
    const market = { ...NEW_MARKET, results: past };
    const decision = routeLead(lead(), partners, routing, { market, trace: true });
    expect(decision.trace?.routes[0]?.candidates.map(({ partnerId, points }) => [partnerId, points])).toEqual([
      ['old', 5.88],
      ['new', 5],
      ['bad', 1.25],
    ]);
    expect(decision.trace?.routes[0]?.candidates[0]?.parts[0]?.why).toBe(
      'won 29 of 119 in this segment, which lets expect 23.8 %; all partners 16.6 %',
    );
    const turned = { ...NEW_MARKET, results: past.toReversed() };
    expect(routeLead(lead(), partners, routing, { market: turned, trace: true })).toEqual(decision);
  });
});
