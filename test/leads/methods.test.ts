import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decisionHash } from '../../src/leads/decision.ts';
import { foldDecision, routeBatch } from '../../src/leads/fold.ts';
import { type RoutableLead, routeLead } from '../../src/leads/route-lead.ts';
import { compileRouting, type Routing } from '../../src/leads/routing.ts';
import type { PartnerState } from '../../src/model/partner.ts';
import { anyLead, anyPartners, lead, partner } from './fixtures.ts';

const rules = (routes: string, rest = '') =>
  compileRouting(
    'routing.yaml',
    `version: 1\noffer: { acceptWithin: 48h, rounds: 3 }\nweights: { load: 10, tier: { Gold: 5, Silver: 1 } }\notherwise: pool\n${rest}\nroutes:\n${routes}`,
  );

/** How often each partner got a lead. */
function counts(routing: Routing, partners: readonly PartnerState[], leads: readonly RoutableLead[]): number[] {
  const { decisions } = routeBatch(leads, partners, routing);
  return partners.map(({ id }) => decisions.filter(({ partnerId }) => partnerId === id).length);
}

const many = (count: number) => Array.from({ length: count }, (_, n) => lead({ id: `ld_${n}` }));

describe('round-robin', () => {
  const routing = rules('  - { name: turns, method: round-robin }');

  test('offers the lead to the partner served least recently, whatever its points', () => {
    const partners = [
      partner('pt_1', { tier: 'Gold' }, { lastServed: 7 }),
      partner('pt_2', { tier: null }, { lastServed: 3, load: 9 }),
    ];
    expect(routeLead(lead(), partners, routing)).toMatchObject({
      outcome: 'offer',
      cause: 'round-robin',
      partnerId: 'pt_2',
      points: null,
      sentence: 'Offered to Partner pt_2: covers DE, sells Vault, served least recently of 2 eligible; route "turns"',
    });
  });
});

describe('weighted round-robin', () => {
  const routing = rules(
    '  - { name: shares, method: weighted-round-robin, shares: { tier: { Gold: 3 }, partner: { Partner pt_3: 2, Partner pt_4: 0 } } }',
  );
  const partners = [
    partner('pt_1', { tier: 'Gold' }),
    partner('pt_2', { tier: 'Silver' }),
    partner('pt_3', { tier: 'Gold' }),
    partner('pt_4', { tier: 'Gold' }),
  ];

  test('hands leads out by the shares of partners, else of their tiers', () => {
    expect(counts(routing, partners, many(60))).toEqual([30, 10, 20, 0]);
  });

  test('does not drop a partner without a share in silence', () => {
    expect(routeLead(lead(), partners, routing).dropped).toEqual({ share: 1 });
  });

  test('spreads the turns of each partner instead of giving them in a row', () => {
    const got = routeBatch(many(12), partners, routing).decisions.map(({ partnerId }) => partnerId);
    expect(got.slice(0, 6).filter((id) => id === 'pt_1')).toHaveLength(3);
    expect(got.slice(6).filter((id) => id === 'pt_1')).toHaveLength(3);
  });

  test('does not let a partner that was away catch up', () => {
    const equal = rules('  - { name: shares, method: weighted-round-robin }');
    const away = partner('pt_1', { status: 'Dormant' });
    const before = routeBatch(many(40), [away, partner('pt_2'), partner('pt_3')], equal).partners;
    const back = before.map((each) =>
      each.id === 'pt_1' ? { ...each, facts: { ...each.facts, status: 'Active' as const } } : each,
    );
    expect(counts(equal, back, many(30))).toEqual([10, 10, 10]);
  });
});

describe('owner and registrant', () => {
  const routing = rules(
    '  - { name: registered, method: registrant }\n  - { name: owned, method: owner }\n  - { name: rest, method: best-fit }',
  );
  const partners = [partner('pt_1'), partner('pt_2', { tier: null }), partner('pt_3', { tier: null })];
  const account = { owners: [], registrants: [], known: [] };

  test('the partner that works the account gets the next lead of it', () => {
    const decision = routeLead(lead({ account: { ...account, owners: ['pt_2'] } }), partners, routing);
    expect(decision).toMatchObject({ route: 'owned', partnerId: 'pt_2', dropped: { owner: 2 } });
    expect(decision.sentence).toContain('works the account');
  });

  test('the partner that registered a deal goes before it, and keeps all others out', () => {
    const given = lead({ account: { ...account, owners: ['pt_2'], registrants: ['pt_3'] } });
    expect(routeLead(given, partners, routing)).toMatchObject({ route: 'registered', partnerId: 'pt_3' });
    const rejected = { ...given, declined: ['pt_3'], rounds: 1 };
    expect(routeLead(rejected, partners, routing)).toMatchObject({ outcome: 'pool', dropped: { registered: 2 } });
  });

  test('a lead of a company that nobody knows goes on to the next route', () => {
    expect(routeLead(lead({ account }), partners, routing)).toMatchObject({ route: 'rest', partnerId: 'pt_1' });
  });
});

describe('an auction', () => {
  const routing = rules(
    '  - { name: auction, method: auction, top: 2, offer: { acceptWithin: 2h } }\n  - { name: rest, method: best-fit }',
  );
  const partners = [partner('pt_1', { tier: null }), partner('pt_2'), partner('pt_3', { tier: 'Silver' })];

  test('opens the lead to the best partners for a time', () => {
    expect(routeLead(lead(), partners, routing)).toMatchObject({
      outcome: 'pool',
      cause: 'auction',
      route: 'auction',
      partnerId: null,
      seenBy: ['pt_2', 'pt_3'],
      acceptWithinMs: 7_200_000,
      sentence: 'Open to the best 2 of 3 eligible, the first to claim it gets it; route "auction"',
    });
  });

  test('is held once for each lead', () => {
    const lapsed = lead({ lapsed: ['auction'] });
    expect(routeLead(lapsed, partners, routing)).toMatchObject({ outcome: 'offer', route: 'rest' });
    const only = rules('  - { name: auction, method: auction }');
    expect(routeLead(lapsed, partners, only)).toMatchObject({
      outcome: 'pool',
      cause: 'rounds',
      sentence: 'Put into the pool: nobody claimed it in time',
    });
  });
});

describe('fall-back routes', () => {
  test('a route that comes to no result hands over to the one it names, whatever the condition of that one', () => {
    const routing = rules(
      `  - { name: gold, method: best-fit, eligible: { tiers: [Gold] }, else: overflow }\n  - { name: rest, method: pool, when: lead.grade == "B" }\n  - { name: overflow, reserve: true, when: lead.grade == "A", method: direct }`,
    );
    const decision = routeLead(lead(), [partner('pt_1', { tier: null })], routing, { trace: true });
    expect(decision).toMatchObject({ outcome: 'direct', route: 'overflow' });
    expect(decision.trace?.routes.map(({ route, decided }) => [route, decided])).toEqual([
      ['gold', false],
      ['overflow', true],
    ]);
    expect(decision.trace?.notTried).toEqual(['rest']);
  });

  test('after a chain that comes to nothing the routes go on in order, none twice', () => {
    const routing = rules(
      `  - { name: a, method: best-fit, eligible: { tiers: [Gold] }, else: c }\n  - { name: b, method: best-fit, eligible: { tiers: [Silver] } }\n  - { name: c, method: best-fit, eligible: { tiers: [Platinum] } }`,
    );
    const { trace, outcome } = routeLead(lead(), [partner('pt_1', { tier: null })], routing, { trace: true });
    expect(trace?.routes.map(({ route }) => route)).toEqual(['a', 'c', 'b']);
    expect(outcome).toBe('unroutable');
  });
});

describe('missing facts', () => {
  test('hold a lead back where its route needs them, and say which', () => {
    const routing = rules(
      '  - { name: none, when: lead.grade == "D", method: pool }\n  - { name: by-size, method: best-fit, needs: [country, employees, language] }',
    );
    const given = lead({ person: { ...lead().person, employees: null } });
    expect(routeLead(given, [partner('pt_1')], routing)).toMatchObject({
      outcome: 'held',
      cause: 'data',
      route: 'by-size',
      sentence: 'Held back: route "by-size" needs to know employees, language',
    });
  });
});

describe('named accounts', () => {
  const routing = rules(
    '  - { name: all, method: best-fit }',
    'accounts:\n  - { name: strategic, domains: [Acme.de], for: direct }\n  - { name: house, companies: ["Müller & Söhne"], for: { partner: partner PT-2 } }',
  );
  const partners = [partner('pt_1'), partner('pt_2', { tier: null })];

  test('reserved for the direct team never reach a route', () => {
    expect(routeLead(lead(), partners, routing, { trace: true })).toMatchObject({
      outcome: 'direct',
      cause: 'account',
      route: null,
      sentence: 'Kept by the direct team: the company is one of "strategic"',
    });
  });

  test('reserved for a partner go to no other, by whatever spelling of the company', () => {
    const person = { ...lead().person, domain: 'mueller.de', companyName: 'MÜLLER  & Söhne' };
    expect(routeLead(lead({ person }), partners, routing)).toMatchObject({
      partnerId: 'pt_2',
      dropped: { account: 1 },
    });
    const declined = lead({ person, declined: ['pt_2'], rounds: 1 });
    expect(routeLead(declined, partners, routing).outcome).toBe('pool');
  });
});

describe('whatever the method', () => {
  const everyMethod = ['best-fit', 'round-robin', 'weighted-round-robin', 'batch-optimal', 'auction'];
  const routings = everyMethod.map((method) => rules(`  - { name: only, method: ${method} }`));
  const anyRouting = fc.constantFrom(...routings);

  test('nobody gets or sees a lead that it may not have', () => {
    fc.assert(
      fc.property(anyRouting, anyLead, anyPartners, (routing, given, partners) => {
        const { partnerId, seenBy = [] } = routeLead(given, partners, routing);
        for (const id of [...(partnerId === null ? [] : [partnerId]), ...seenBy]) {
          const got = partners.find((each) => each.id === id);
          expect(given.declined).not.toContain(id);
          expect(got?.facts.status).toBe('Active');
          expect(got?.facts.territories).toContain(given.person.country);
          expect(got?.load).toBeLessThan(got?.facts.capacity ?? Number.POSITIVE_INFINITY);
        }
      }),
    );
  });

  test('a batch never gives a partner more than it takes, and gives what its leads give one by one', () => {
    fc.assert(
      fc.property(anyRouting, fc.array(anyLead, { maxLength: 15 }), anyPartners, (routing, leads, partners) => {
        let state: readonly PartnerState[] = partners;
        const single = leads.map((each) => {
          const decision = routeLead(each, state, routing);
          state = foldDecision(state, decision, undefined, each, routing.fairness);
          return decisionHash(decision);
        });
        const batch = routeBatch(leads, partners, routing);
        expect(batch.decisions.map(decisionHash)).toEqual(single);
        for (const [n, { facts, load }] of batch.partners.entries())
          expect(load).toBeLessThanOrEqual(Math.max(facts.capacity ?? load, partners[n]?.load ?? 0));
      }),
      { numRuns: 60 },
    );
  });

  test('equal partners never differ by more than one offer, in whatever order leads and partners come', () => {
    const offering = fc.constantFrom(...routings.slice(0, 4));
    const served = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(offering, fc.array(anyLead, { maxLength: 40 }), served, (routing, leads, places) => {
        const equal = { territories: ['DE', 'AT', 'FR'], competencies: ['Vault', 'Relay'] };
        const partners = places.map((lastServed, n) => partner(`pt_${n}`, equal, { lastServed }));
        const fresh = leads.map((each) => ({ ...each, declined: [], rounds: 0 }));
        const got = counts(routing, partners, fresh);
        expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(1);
        expect(counts(routing, partners.toReversed(), fresh)).toEqual(got.toReversed());
      }),
      { numRuns: 80 },
    );
  });
});
