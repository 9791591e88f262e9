import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fairnessReport } from '../../src/leads/fairness.ts';
import { routeBatch } from '../../src/leads/fold.ts';
import { NEW_MARKET } from '../../src/leads/market.ts';
import { routeLead } from '../../src/leads/route-lead.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import { lead, partner } from './fixtures.ts';

const rules = (fairness: string, routes = '[{ name: all, method: best-fit }]') =>
  compileRouting(
    'routing.yaml',
    `version: 1\noffer: { acceptWithin: 48h }\nweights: { tier: { Gold: 5, Silver: 5 }, territoryFocus: 8 }\notherwise: pool\nfairness: ${fairness}\nroutes: ${routes}`,
  );
const withDirect = '[{ name: big, when: person.employees > 200, method: direct }, { name: all, method: best-fit }]';
const given = (direct: number, channel: number) => ({ market: { ...NEW_MARKET, given: { direct, channel } } });

describe('the share of the channel', () => {
  const routing = rules('{ channel: { floor: 60, enforce: true } }', withDirect);
  const partners = [partner('pt_1')];

  test('below its floor makes a direct route yield, and the trace says so', () => {
    const decision = routeLead(lead(), partners, routing, { ...given(5, 5), trace: true });
    expect(decision).toMatchObject({ outcome: 'offer', route: 'all' });
    expect(decision.trace?.routes[0]).toMatchObject({
      route: 'big',
      matched: true,
      decided: false,
      effects: ['yields to the channel, which has 5 of 10 leads of grade A and B in 90 days, its floor is 60 %'],
    });
  });

  test('above its floor leaves the lead with the direct team', () => {
    expect(routeLead(lead(), partners, routing, given(3, 7)).outcome).toBe('direct');
  });

  test('says nothing of other grades, nor where it is only reported', () => {
    const poor = lead({ score: { score: 30, grade: 'C', reasons: [] } });
    expect(routeLead(poor, partners, routing, given(9, 1)).outcome).toBe('direct');
    const reported = rules('{ channel: { floor: 60 } }', withDirect);
    expect(routeLead(lead(), partners, reported, given(9, 1)).outcome).toBe('direct');
  });

  test('is never below the floor after a batch, whatever it was', () => {
    const leads = fc.array(fc.constantFrom(20, 300), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(leads, (sizes) => {
        const batch = sizes.map((employees, n) => lead({ id: `ld_${n}`, person: { ...lead().person, employees } }));
        const { direct, channel } = routeBatch(batch, partners, routing).market.given;
        expect(channel).toBeGreaterThanOrEqual(0.6 * (direct + channel));
        expect(direct + channel).toBe(batch.length);
      }),
    );
  });
});

describe('the share of a partner among those of its tier', () => {
  const routing = rules('{ partners: { floor: 50, within: 3, enforce: true } }');
  const favourite = partner('pt_1', { territories: ['DE'] }, { best: 9 });
  const second = partner('pt_2', { territories: ['DE', 'AT'] }, { best: 1 });

  test('below its floor puts it first among those within so many points of the best', () => {
    const near = { ...favourite, facts: { ...favourite.facts, territories: ['DE', 'FR'] } };
    expect(routeLead(lead(), [near, second], routing).partnerId).toBe('pt_2');
    const decision = routeLead(lead(), [favourite, second], routing, { trace: true });
    expect(decision.partnerId).toBe('pt_1');
    const wider = rules('{ partners: { floor: 50, within: 4, enforce: true } }');
    const fair = routeLead(lead(), [favourite, second], wider, { trace: true });
    expect(fair.partnerId).toBe('pt_2');
    expect(fair.sentence).toContain('below its floor of good leads');
    expect(fair.trace?.routes[0]?.effects).toEqual([
      'Partner pt_2 goes first: it had 1 lead of grade A and B in 90 days, less than its floor, and is within 4 points of the best',
    ]);
  });

  test('of another tier is not looked at', () => {
    const silver = { ...second, facts: { ...second.facts, tier: 'Silver' } };
    const wider = rules('{ partners: { floor: 50, within: 4, enforce: true } }');
    // Alone of its tier and without a lead yet it would be below any floor: it has had its one.
    expect(routeLead(lead(), [favourite, { ...silver, best: 1 }], wider).partnerId).toBe('pt_1');
  });
});

describe('the report', () => {
  test('shows every share with its floor and how many leads are missing', () => {
    const { fairness } = rules('{ channel: { floor: 70 }, direct: { floor: 10 }, partners: { floor: 50 } }');
    if (!fairness) throw new Error('the rules ask for fairness');
    const partners = [
      partner('pt_2', { tier: 'Gold' }, { best: 1 }),
      partner('pt_1', { tier: 'Gold' }, { best: 9 }),
      partner('pt_3', { tier: null }),
      partner('pt_4', { status: 'Dormant' }, { best: 5 }),
    ];
    const report = fairnessReport(fairness, { direct: 6, channel: 10 }, partners);
    expect(report.channel).toEqual({ given: 10, share: 0.625, floor: 0.7, missing: 2 });
    expect(report.direct).toEqual({ given: 6, share: 0.375, floor: 0.1, missing: 0 });
    expect(report.tiers).toEqual([
      {
        tier: null,
        partners: [{ partnerId: 'pt_3', name: 'Partner pt_3', given: 0, share: null, floor: 0.5, missing: 0 }],
      },
      {
        tier: 'Gold',
        partners: [
          { partnerId: 'pt_1', name: 'Partner pt_1', given: 9, share: 0.9, floor: 0.25, missing: 0 },
          { partnerId: 'pt_2', name: 'Partner pt_2', given: 1, share: 0.1, floor: 0.25, missing: 2 },
        ],
      },
    ]);
    expect(fairnessReport(fairness, { direct: 6, channel: 10 }, partners.toReversed())).toEqual(report);
  });
});
