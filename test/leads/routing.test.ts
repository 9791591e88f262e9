import { describe, expect, test } from '@jest/globals';
import { routeLead } from '../../src/leads/route-lead.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import { lead, partner, problemsOf, shipped } from './fixtures.ts';

const file = (routes: string, rest = 'weights: { load: 10 }\notherwise: pool') =>
  `version: 1\noffer: { acceptWithin: 48h }\n${rest}\nroutes:\n${routes}`;

describe('routing as shipped', () => {
  const routing = compileRouting(...shipped('routing'));

  test('keeps the largest companies, hands D leads back, offers the rest', () => {
    const partners = [partner('pt_1')];
    const outcome = (change: Parameters<typeof lead>[0]) => routeLead(lead(change), partners, routing).outcome;
    expect(outcome({ person: { ...lead().person, employees: 6000 } })).toBe('direct');
    expect(outcome({ score: { score: 10, grade: 'D', reasons: [] } })).toBe('nurture');
    expect(outcome({})).toBe('offer');
    expect(outcome({ score: { score: 30, grade: 'C', reasons: [] } })).toBe('offer');
  });

  test('gives a partner two days', () => {
    expect(routeLead(lead(), [partner('pt_1')], routing).acceptWithinMs).toBe(48 * 3_600_000);
  });
});

describe('a routing file', () => {
  test.each([
    ['90m', 5_400_000],
    ['2d', 172_800_000],
  ])('reads a time of %s', (time, expected) => {
    const routing = compileRouting('r', file('  - { name: a, method: best-fit }').replace('48h', time));
    expect(routing.routes[0]?.acceptWithinMs).toBe(expected);
  });

  test('refuses weights that are all zero, in the whole file or in one route', () => {
    const text = file(
      '  - { name: a, method: best-fit, weights: { tier: { Gold: 0 } } }',
      'weights: { load: 0 }\notherwise: pool',
    );
    expect(problemsOf(() => compileRouting('routing.yaml', text))).toEqual([
      expect.stringMatching(/^routing\.yaml:3:10: all weights are zero/),
      expect.stringMatching(/^routing\.yaml:6:43: all weights are zero/),
    ]);
  });

  test('refuses floors of channel and direct team that are more than all leads together', () => {
    const text = file(
      '  - { name: a, method: best-fit }',
      'weights: { load: 1 }\nfairness: { channel: { floor: 60 }, direct: { floor: 50 } }\notherwise: pool',
    );
    expect(problemsOf(() => compileRouting('routing.yaml', text))).toEqual([
      expect.stringMatching(
        /^routing\.yaml:4:\d+: the direct team's 50 % and the channel's 60 % are more than all leads/,
      ),
    ]);
  });

  test('refuses a negative weight, an unknown method and a time that is none', () => {
    const text = file('  - { name: a, method: bestfit }', 'weights: { load: -1 }\notherwise: pool').replace(
      '48h',
      'soon',
    );
    const problems = problemsOf(() => compileRouting('routing.yaml', text));
    expect(problems).toHaveLength(3);
    expect(problems).toContain('routing.yaml:6:24: "bestfit" is not allowed here (did you mean "best-fit"?)');
    expect(problems.some((each) => each.startsWith('routing.yaml:2:24: a time looks like'))).toBe(true);
  });

  test('names a tier that does not exist', () => {
    const text = file(
      '  - { name: a, method: best-fit, eligible: { tiers: [Gold, Platnum] } }',
      'tiers: [Platinum, Gold]\nweights: { tier: { Glod: 3 } }\notherwise: pool',
    );
    expect(problemsOf(() => compileRouting('routing.yaml', text))).toEqual([
      'routing.yaml:4:26: there is no tier "Glod" (did you mean "Gold"?)',
      'routing.yaml:7:60: there is no tier "Platnum" (did you mean "Platinum"?)',
    ]);
  });

  test('names a route that nothing gets past, and a name used twice', () => {
    const text = file('  - { name: a, method: direct }\n  - { name: a, method: best-fit }');
    expect(problemsOf(() => compileRouting('routing.yaml', text))).toEqual([
      expect.stringContaining('no lead ever gets past route "a"'),
      expect.stringContaining('a second route is called "a"'),
    ]);
  });

  test('lets only `eligible.when` speak of the partner', () => {
    const text = file(
      `  - { name: a, method: best-fit, eligible: { when: 'partner.lod < 3' } }\n  - { name: b, when: partner.load < 3, method: best-fit }`,
    );
    expect(problemsOf(() => compileRouting('routing.yaml', text))).toEqual([
      'routing.yaml:6:61: "partner" has no field "lod" (did you mean "load"?)',
      'routing.yaml:7:22: unknown name "partner" (here there is person, touches, lead)',
    ]);
  });
});
