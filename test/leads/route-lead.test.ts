import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compactDecision, decisionHash } from '../../src/leads/decision.ts';
import { explainDecision } from '../../src/leads/explain.ts';
import { foldDecision, routeBatch } from '../../src/leads/fold.ts';
import { routeLead } from '../../src/leads/route-lead.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import type { PartnerState } from '../../src/model/partner.ts';
import { anyLead, anyPartners, lead, partner, shipped } from './fixtures.ts';

const routing = compileRouting(...shipped('routing'));
const rules = (routes: string, rest = '') =>
  compileRouting(
    'routing.yaml',
    `version: 1\noffer: { acceptWithin: 48h, rounds: 3 }\nweights: { load: 10, tier: { Gold: 5, Silver: 1 } }\notherwise: pool\n${rest}\nroutes:\n${routes}`,
  );
const simple = rules('  - { name: all, method: best-fit }');

describe('routing a lead', () => {
  test('offers it to the partner with the most points and says why', () => {
    const partners = [partner('pt_1', { tier: 'Silver' }), partner('pt_2', { tier: 'Gold' })];
    expect(compactDecision(routeLead(lead(), partners, simple))).toEqual({
      leadId: 'ld_1',
      outcome: 'offer',
      cause: 'best-fit',
      route: 'all',
      partnerId: 'pt_2',
      acceptWithinMs: 172_800_000,
      points: 15,
      runnersUp: [{ partnerId: 'pt_1', points: 11 }],
      dropped: {},
      sentence: 'Offered to Partner pt_2: covers DE, sells Vault, best of 2 eligible with 15 points; route "all"',
    });
  });

  test('breaks a tie by who was served least recently, then by id', () => {
    const partners = [
      partner('pt_2', {}, { lastServed: 4 }),
      partner('pt_3', {}, { lastServed: 2 }),
      partner('pt_1', {}, { lastServed: 4 }),
    ];
    expect(routeLead(lead(), partners, simple).partnerId).toBe('pt_3');
    expect(routeLead(lead(), partners.toSpliced(1, 1), simple).partnerId).toBe('pt_1');
  });

  test('counts why partners were dropped, the first reason of each', () => {
    const partners = [
      partner('pt_1', { status: 'Dormant', territories: [] }),
      partner('pt_2', { territories: ['FR'], capacity: 0 }),
      partner('pt_3', { competencies: ['Relay'] }),
      partner('pt_4', { capacity: 2 }, { load: 2 }),
      partner('pt_5'),
      partner('pt_6'),
    ];
    const decision = routeLead(lead({ declined: ['pt_5'], rounds: 1 }), partners, simple);
    expect(decision.partnerId).toBe('pt_6');
    expect(decision.dropped).toEqual({ status: 1, territory: 1, competency: 1, capacity: 1, declined: 1 });
    expect(decision.sentence).toContain('offer 2');
  });

  test('lets any partner of the country have a lead that names no product', () => {
    const person = { ...lead().person, product: null };
    expect(routeLead(lead({ person }), [partner('pt_1', { competencies: [] })], simple).partnerId).toBe('pt_1');
  });

  test('goes on to the next matching route where one has nobody', () => {
    const two = rules(
      `  - { name: gold, method: best-fit, eligible: { tiers: [Gold] } }\n  - { name: small, when: person.employees < 10, method: pool }\n  - { name: rest, method: best-fit, eligible: { territory: false } }`,
    );
    const decision = routeLead(lead(), [partner('pt_1', { tier: null, territories: ['FR'] })], two, { trace: true });
    expect(decision).toMatchObject({ outcome: 'offer', route: 'rest', partnerId: 'pt_1' });
    expect(decision.trace?.routes.map(({ route, matched, decided }) => [route, matched, decided])).toEqual([
      ['gold', true, false],
      ['small', false, false],
      ['rest', true, true],
    ]);
  });

  test("asks a route's own rule of each partner", () => {
    const own = rules(
      `  - { name: own, method: best-fit, eligible: { when: 'partner.load < 2 && person.product in partner.competencies' } }`,
    );
    const partners = [partner('pt_1', {}, { load: 2 }), partner('pt_2', { tier: null }, { load: 1 })];
    expect(routeLead(lead(), partners, own)).toMatchObject({ partnerId: 'pt_2', dropped: { rule: 1 } });
  });
});

describe('a lead that nobody gets', () => {
  const full = partner('pt_1', { capacity: 1 }, { load: 1 });

  test.each([
    [
      'no partner covers it',
      lead(),
      [partner('pt_1', { territories: ['FR'] })],
      'unroutable',
      'uncovered',
      'No partner can take Vault in DE (1 do not cover the country)',
    ],
    [
      'there is no partner',
      lead(),
      [],
      'unroutable',
      'uncovered',
      'There is no partner at all: check that the CRM has partners and the mapping reads them',
    ],
    [
      'all that cover it are full',
      lead(),
      [full],
      'pool',
      'capacity',
      'Every partner for Vault in DE is full (1 full)',
    ],
    [
      'everyone declined it',
      lead({ declined: ['pt_1'], rounds: 1 }),
      [full],
      'pool',
      'declined',
      'Put into the pool: 1 partner did not take it and nobody else can (1 had it before)',
    ],
    [
      'enough were asked',
      lead({ declined: ['a', 'b', 'c'], rounds: 3 }),
      [partner('pt_1')],
      'pool',
      'rounds',
      'Put into the pool: offered 3 times and not accepted',
    ],
  ] as const)('because %s', (_, given, partners, outcome, cause, sentence) => {
    expect(routeLead(given, partners, simple)).toMatchObject({
      outcome,
      cause,
      sentence,
      partnerId: null,
      route: null,
    });
  });

  test('because no route matches goes where the file says', () => {
    const none = rules('  - { name: a, when: person.employees > 1000, method: direct }');
    expect(routeLead(lead(), [partner('pt_1')], none)).toMatchObject({ outcome: 'pool', cause: 'no-route' });
  });
});

describe('whatever the leads and partners', () => {
  const options = { numRuns: 150 };

  test('no partner is offered a lead that it may not have or had before', () => {
    fc.assert(
      fc.property(anyLead, anyPartners, (given, partners) => {
        const { partnerId, outcome } = routeLead(given, partners, routing);
        expect(partnerId !== null).toBe(outcome === 'offer');
        const got = partners.find(({ id }) => id === partnerId);
        if (!got) return;
        expect(given.declined).not.toContain(got.id);
        expect(got.facts.status).toBe('Active');
        expect(got.facts.territories).toContain(given.person.country);
        if (given.person.product !== null) expect(got.facts.competencies).toContain(given.person.product);
        if (got.facts.capacity !== null) expect(got.load).toBeLessThan(got.facts.capacity);
      }),
      options,
    );
  });

  test('a lead is never left with an eligible partner unasked below the limit of rounds', () => {
    fc.assert(
      fc.property(anyLead, anyPartners, (given, partners) => {
        const decision = routeLead({ ...given, rounds: 0 }, partners, routing);
        if (decision.outcome !== 'pool' && decision.outcome !== 'unroutable') return;
        expect(Object.values(decision.dropped).reduce((sum, count) => sum + count, 0)).toBe(partners.length);
      }),
      options,
    );
  });

  test('the order of the partners and the trace change nothing', () => {
    fc.assert(
      fc.property(anyLead, anyPartners, (given, partners) => {
        const hash = decisionHash(routeLead(given, partners, routing));
        expect(decisionHash(routeLead(given, partners.toReversed(), routing))).toBe(hash);
        expect(decisionHash(routeLead(given, partners, routing, { trace: true }))).toBe(hash);
        expect(decisionHash(JSON.parse(JSON.stringify(compactDecision(routeLead(given, partners, routing)))))).toBe(
          hash,
        );
      }),
      options,
    );
  });

  test('every decision has a sentence that fits a field, and an explanation of every route tried', () => {
    fc.assert(
      fc.property(anyLead, anyPartners, (given, partners) => {
        const { sentence, trace } = routeLead(given, partners, routing, { trace: true });
        expect(sentence.length).toBeGreaterThan(10);
        expect(sentence.length).toBeLessThanOrEqual(255);
        const tried = trace?.routes.map(({ route }) => route) ?? [];
        expect([...tried, ...(trace?.notTried ?? [])]).toEqual(routing.routes.map(({ name }) => name));
        for (const { matched, method, candidates } of trace?.routes ?? [])
          expect(candidates).toHaveLength(matched && method === 'best-fit' ? partners.length : 0);
      }),
      options,
    );
  });

  test('a batch gives what its leads give one by one', () => {
    fc.assert(
      fc.property(fc.array(anyLead, { maxLength: 12 }), anyPartners, (leads, partners) => {
        let state: readonly PartnerState[] = partners;
        const single = leads.map((each) => {
          const decision = routeLead(each, state, routing);
          state = foldDecision(state, decision);
          return decisionHash(decision);
        });
        const batch = routeBatch(leads, partners, routing);
        expect(batch.decisions.map(decisionHash)).toEqual(single);
        expect(batch.partners).toEqual(state);
      }),
      { numRuns: 50 },
    );
  });

  test('equal partners never differ by more than one offer, in whatever order leads arrive', () => {
    const arrivals = fc.array(anyLead, { maxLength: 40 });
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 2, max: 5 }), (leads, count) => {
        const equal = { territories: ['DE', 'AT'], competencies: ['Vault', 'Relay'], capacity: 6 };
        const partners = Array.from({ length: count }, (_, n) => partner(`pt_${n}`, equal));
        const fresh = leads.map((each) => ({ ...each, declined: [], rounds: 0 }));
        const loads = routeBatch(fresh, partners, routing).partners.map(({ load }) => load);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });
});

describe('folding a decision into the partners', () => {
  test('gives the served partner one more lead and the last place; others stay the very same', () => {
    const partners = [partner('pt_1', {}, { lastServed: 7 }), partner('pt_2', {}, { load: 3 })];
    const after = foldDecision(partners, { outcome: 'offer', partnerId: 'pt_2' });
    expect(after[1]).toMatchObject({ load: 4, lastServed: 8 });
    expect(after[0]).toBe(partners[0]);
    expect(foldDecision(partners, { outcome: 'offer', partnerId: 'pt_1' }, 99)[0]?.lastServed).toBe(99);
  });

  test('changes nothing where nobody is offered anything', () => {
    const partners = [partner('pt_1')];
    expect(foldDecision(partners, { outcome: 'pool', partnerId: null })).toBe(partners);
  });
});

describe('the explanation', () => {
  test('shows the routes, the candidates with their points, who was dropped for what, and the tie', () => {
    const partners = [partner('pt_2'), partner('pt_1'), partner('pt_3', { territories: ['FR'] })];
    const person = { ...lead().person, employees: null };
    const { trace } = routeLead(lead({ person }), partners, routing, { trace: true });
    if (!trace) throw new Error('a trace was asked for');
    const names = new Map([
      ['pt_1', 'Nordwind'],
      ['pt_3', 'Sud'],
    ]);
    expect(
      explainDecision(trace, names).lines.join('\n'),
    ).toBe(`Lead ld_1: Offered to Partner pt_1: covers DE, sells Vault, best of 2 eligible with 27 points; route "hot", grade B (60 points)

1. Route "large-enterprise" (direct) does not match: person.employees > 5000 is not met (not known: person.employees)
2. Route "not-ready" (nurture) does not match: lead.grade == "D" is not met
3. Route "hot" (best-fit) decides: lead.grade in ["A", "B"] is met; 2 eligible
   1. Nordwind: 27 points (never served)
        4 for territoryFocus: covers 1 country
        4 for competencyFocus: sells 1 product
        12 for load: 0 open leads
        7 for tier: tier Gold
   2. pt_2: 27 points (never served)
        4 for territoryFocus: covers 1 country
        4 for competencyFocus: sells 1 product
        12 for load: 0 open leads
        7 for tier: tier Gold
   Tie: 2 partners have 27 points: none was served later than another, so the order of their ids decides
   Dropped for territory (1):
     Sud does not cover DE (covers FR)
Not tried, since a route before decided: everyone-else`);
  });
});
