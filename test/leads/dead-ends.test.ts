import { describe, expect, test } from '@jest/globals';
import { deadEnds } from '../../src/leads/dead-ends.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import type { PartnerFacts } from '../../src/model/partner.ts';
import { partner, shipped } from './fixtures.ts';

const rules = (routes: string, rest = '') =>
  compileRouting(
    'routing.yaml',
    `version: 1\noffer: { acceptWithin: 48h }\nweights: { load: 10 }\notherwise: pool\n${rest}\nroutes: ${routes}`,
  );
const facts = (change: Partial<PartnerFacts> = {}) => partner('pt_1', { name: 'Nordwind', ...change }).facts;
const told = (...given: Parameters<typeof deadEnds>) =>
  deadEnds(...given).map(({ place, message }) => `${place}: ${message}`);

describe('the dead ends of routing rules', () => {
  test('are none in the shipped rules with a partner that is whole', () => {
    expect(deadEnds(compileRouting(...shipped('routing')), [facts()])).toEqual([]);
  });

  test('are all there is where no partner is active', () => {
    expect(told(rules('[{ name: all, method: best-fit }]'), [facts({ status: 'Dormant' })])).toEqual([
      'partners: there is no active partner: no route can offer a lead',
    ]);
  });

  test('name a partner without territory or room, unless a route does not mind', () => {
    const idle = [facts(), facts({ name: 'Sud', territories: [] }), facts({ name: 'Ost', capacity: 0 })];
    expect(told(rules('[{ name: all, method: best-fit }]'), idle)).toEqual([
      'partner Ost: has a capacity of 0: no route ever offers it a lead',
      'partner Sud: has no territory: no route ever offers it a lead',
    ]);
    const anywhere = '[{ name: all, method: round-robin, eligible: { territory: false, capacity: false } }]';
    expect(told(rules(anywhere), idle)).toEqual([]);
  });

  test('name a demand that nobody meets', () => {
    const routes =
      '[{ name: gold, method: best-fit, eligible: { tiers: [Platinum] } }, { name: expert, method: auction, eligible: { certifications: [Vault Expert] } }, { name: all, method: best-fit }]';
    expect(told(rules(routes), [facts({ tier: 'Gold' })])).toEqual([
      'route gold: no active partner is Platinum: the route never finds anybody',
      'route expert: no active partner holds Vault Expert: the route never finds anybody',
    ]);
  });

  test('name partners that do not exist, in accounts and shares', () => {
    const routing = rules(
      '[{ name: shares, method: weighted-round-robin, shares: { partner: { nordwind: 2, Sudwind: 1 } } }]',
      'accounts: [{ name: house, domains: [acme.de, acme.at], for: { partner: Ostwind } }]',
    );
    expect(told(routing, [facts()])).toEqual([
      'accounts house: no partner is called "Ostwind": leads of these companies go to nobody',
      'route shares: no partner is called "Sudwind": its share goes to nobody',
    ]);
  });
});
