import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type DealOfPartners,
  dealPartners,
  type PartnerFactsOfDeal,
  type PartnerWork,
} from '../../src/revenue/deal-partners.ts';

const DEAL: DealOfPartners = {
  createdAt: '2026-03-10T09:00:00Z',
  closeDate: '2026-04-30',
  isClosed: true,
  leadId: 'ld_1',
};
const work = (partnerId: string, acceptedAt: string, changes: Partial<PartnerWork> = {}): PartnerWork => ({
  partnerId,
  leadId: 'ld_1',
  acceptedAt,
  tie: 'contact role',
  ...changes,
});
const registered = (partnerId: string, approvedAt: string) => ({
  partnerId,
  registrationId: `rg_${partnerId}`,
  approvedAt,
});
const parts = (facts: Partial<PartnerFactsOfDeal>, changes: Partial<DealOfPartners> = {}) =>
  dealPartners({ ...DEAL, ...changes }, { works: [], named: [], registrations: [], ...facts });
const roles = (...given: Parameters<typeof parts>) =>
  Object.fromEntries(parts(...given).map(({ partnerId, role }) => [partnerId, role]));

describe('a partner sourced a deal', () => {
  test('where it had accepted the matched lead when the deal was made', () => {
    expect(parts({ works: [work('pa_a', '2026-03-01T08:00:00Z')] })).toEqual([
      {
        partnerId: 'pa_a',
        role: 'sourced',
        how: 'lead: contact role',
        evidence: {
          reasons: ['It accepted lead ld_1, who has a role in the deal, on 2026-03-01T08:00:00Z.'],
          leads: ['ld_1'],
        },
      },
    ]);
  });

  test('and of several that had the lead in turn the last one did, the others influenced it', () => {
    const works = [work('pa_a', '2026-03-01T08:00:00Z'), work('pa_b', '2026-03-05T08:00:00Z')];
    expect(roles({ works })).toEqual({ pa_a: 'influenced', pa_b: 'sourced' });
  });

  test('where its registration was approved before the deal was made, whoever had the lead', () => {
    const works = [work('pa_a', '2026-03-01T08:00:00Z')];
    const registrations = [registered('pa_c', '2026-03-04T00:00:00Z'), registered('pa_b', '2026-03-02T00:00:00Z')];
    expect(roles({ works, registrations })).toEqual({ pa_a: 'influenced', pa_b: 'sourced', pa_c: 'influenced' });
  });

  test('where the CRM does not say when the deal was made: if it came before the close', () => {
    const works = [work('pa_a', '2026-04-30T23:00:00Z')];
    expect(roles({ works }, { createdAt: null })).toEqual({ pa_a: 'sourced' });
    expect(roles({ works: [work('pa_a', '2026-05-01T00:00:00Z')] }, { createdAt: null })).toEqual({ pa_a: 'assisted' });
  });

  test('of an open deal without a day of its making, whenever it accepted', () => {
    const works = [work('pa_a', '2026-09-01T00:00:00Z')];
    expect(roles({ works }, { createdAt: null, isClosed: false })).toEqual({ pa_a: 'sourced' });
  });
});

describe('a partner influenced a deal', () => {
  test('that was there before the partner accepted', () => {
    expect(roles({ works: [work('pa_a', '2026-03-10T09:00:01Z')] })).toEqual({ pa_a: 'influenced' });
  });

  test('by the lead of somebody else at its account', () => {
    const works = [work('pa_a', '2026-03-01T00:00:00Z', { leadId: 'ld_2', tie: 'account' })];
    expect(roles({ works })).toEqual({ pa_a: 'influenced' });
  });
});

describe('a partner assisted a deal', () => {
  test('that only names it, or whose people it took on after the close', () => {
    const named = [{ partnerId: 'pa_a', where: "the deal's partner field" }];
    expect(roles({ named, works: [work('pa_b', '2026-05-02T00:00:00Z')] })).toEqual({
      pa_a: 'assisted',
      pa_b: 'assisted',
    });
  });

  test('but not by somebody else of the account after the close', () => {
    expect(parts({ works: [work('pa_b', '2026-05-02T00:00:00Z', { tie: 'account' })] })).toEqual([]);
  });
});

test('a deal has each partner once, at most one that sourced it, and the order of what is known changes nothing', () => {
  const partner = fc.constantFrom('pa_a', 'pa_b', 'pa_c');
  const at = fc.integer({ min: 0, max: 100 }).map((day) => new Date(Date.UTC(2026, 1, 1 + day)).toISOString());
  const facts = fc.record({
    works: fc.array(
      fc.record({
        partnerId: partner,
        leadId: fc.constantFrom('ld_1', 'ld_2'),
        acceptedAt: at,
        tie: fc.constantFrom('converted lead' as const, 'contact role' as const, 'account' as const),
      }),
    ),
    named: fc.array(fc.record({ partnerId: partner, where: fc.constantFrom('a field', 'a list') })),
    registrations: fc.array(
      fc.record({ partnerId: partner, registrationId: fc.constantFrom('r1', 'r2'), approvedAt: at }),
    ),
  });
  const deals = fc.record({
    createdAt: fc.option(at),
    closeDate: fc.option(at.map((text) => text.slice(0, 10))),
    isClosed: fc.boolean(),
    leadId: fc.constantFrom('ld_1', 'ld_2', null),
  });
  fc.assert(
    fc.property(deals, facts, (deal, known) => {
      const found = dealPartners(deal, known);
      const ids = found.map(({ partnerId }) => partnerId);
      expect(ids).toEqual([...new Set(ids)].sort());
      expect(found.filter(({ role }) => role === 'sourced').length).toBeLessThanOrEqual(1);
      for (const { evidence } of found) expect(evidence.reasons).not.toEqual([]);
      const turned = {
        works: [...known.works].reverse(),
        named: [...known.named].reverse(),
        registrations: [...known.registrations].reverse(),
      };
      expect(dealPartners(deal, turned)).toEqual(found);
    }),
  );
});
