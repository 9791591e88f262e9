import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { routeBatch } from '../../src/leads/fold.ts';
import { NEW_MARKET } from '../../src/leads/market.ts';
import { assignBatch, gainOfAll, gainWords } from '../../src/leads/methods/assignment.ts';
import { routeLead } from '../../src/leads/route-lead.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import { loadSolver } from '../../src/leads/service/solver.ts';
import type { PartnerState } from '../../src/model/partner.ts';
import { anyLead, lead, partner } from './fixtures.ts';

const solve = await loadSolver();
const routing = compileRouting(
  'routing.yaml',
  'version: 1\noffer: { acceptWithin: 48h }\nweights: { territoryFocus: 8, competencyFocus: 6 }\notherwise: pool\nroutes:\n  - { name: kept, when: lead.grade == "D", method: nurture }\n  - { name: whole, method: batch-optimal }',
);
const assign = (leads: readonly Parameters<typeof routeLead>[0][], partners: readonly PartnerState[]) =>
  assignBatch(leads, partners, routing, NEW_MARKET, solve);

/** The best whole of all ways: as many leads as can be, then as many points as can be. */
function bestByTrying(worth: readonly (readonly (number | null)[])[], room: readonly number[]): [number, number] {
  const [first, ...rest] = worth;
  if (!first) return [0, 0];
  let best = bestByTrying(rest, room);
  for (const [n, points] of first.entries()) {
    if (points === null || (room[n] ?? 0) <= 0) continue;
    const [placed, sum] = bestByTrying(rest, room.with(n, (room[n] ?? 0) - 1));
    if (placed + 1 > best[0] || (placed + 1 === best[0] && sum + points > best[1])) best = [placed + 1, sum + points];
  }
  return best;
}

describe('a batch assigned at once', () => {
  const specialist = partner('pt_1', { territories: ['DE'], capacity: 1 });
  const generalist = partner('pt_2', { territories: ['AT'], capacity: 1 });

  test('gives up the best partner of one lead where another lead has no other', () => {
    const both = partner('pt_1', { territories: ['DE', 'AT'], competencies: ['Vault'], capacity: 1 });
    const wide = partner('pt_2', { territories: ['DE', 'FR', 'ES'], competencies: ['Vault'], capacity: 1 });
    const german = lead({ id: 'ld_1' });
    const austrian = lead({ id: 'ld_2', person: { ...german.person, country: 'AT' } });
    const { leads, gain } = assign([german, austrian], [both, wide]);
    expect(leads.map(({ assigned }) => assigned)).toEqual([
      { partnerId: 'pt_2', of: 2, gain },
      { partnerId: 'pt_1', of: 2, gain },
    ]);
    expect(gainWords(gain)).toBe(
      '2 of 2 leads placed with 18.67 points in all; one by one it would have been 1 with 10',
    );
    expect(gainOfAll([gain, null, gain])).toEqual({
      leads: 4,
      placed: 4,
      placedOneByOne: 2,
      points: 37.34,
      pointsOneByOne: 20,
    });
    expect(gainOfAll([null, null])).toBeNull();
    expect(gain).toEqual({ leads: 2, placed: 2, placedOneByOne: 1, points: 18.67, pointsOneByOne: 10 });
    const { decisions } = routeBatch(leads, [both, wide], routing);
    expect(decisions.map(({ partnerId }) => partnerId)).toEqual(['pt_2', 'pt_1']);
    expect(decisions[0]?.sentence).toContain('part of the best whole of 2 leads');
  });

  test('leaves leads of other routes, and a partner that has become ineligible, to the router', () => {
    const kept = lead({ id: 'ld_1', score: { score: 5, grade: 'D', reasons: [] } });
    expect(assign([kept], [specialist, generalist]).leads[0]).toBe(kept);
    const stale = lead({ assigned: { partnerId: 'pt_9', of: 3 } });
    expect(routeLead(stale, [specialist], routing).partnerId).toBe('pt_1');
  });

  test('is the best of all ways, whatever the leads, partners and their order', () => {
    const some = fc.array(
      fc.record({
        territories: fc.subarray(['DE', 'AT', 'FR']),
        competencies: fc.subarray(['Vault', 'Relay']),
        capacity: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(some, fc.array(anyLead, { minLength: 1, maxLength: 5 }), (facts, given) => {
        const partners = facts.map((each, n) => partner(`pt_${n}`, each));
        const leads = given.map((each, n) => ({ ...each, id: `ld_${n}`, rounds: 0 }));
        const { gain, leads: assigned } = assign(leads, partners);
        const worth = leads.map((each) => {
          const { trace } = routeLead(each, partners, routing, { trace: true });
          const candidates = trace?.routes.find(({ route }) => route === 'whole')?.candidates ?? [];
          return partners.map(({ id }) => {
            const found = candidates.find(({ partnerId }) => partnerId === id);
            return found?.dropped === null ? (found.points ?? 0) : null;
          });
        });
        const [placed, points] = bestByTrying(
          worth,
          partners.map((each) => each.facts.capacity ?? 0),
        );
        expect(gain.placed).toBe(placed);
        expect(gain.points).toBeCloseTo(points, 6);
        expect(gain.placed).toBeGreaterThanOrEqual(gain.placedOneByOne);
        expect(assign(leads, partners.toReversed()).gain).toEqual(gain);
        const after = routeBatch(assigned, partners, routing).partners;
        for (const { facts: known, load } of after) expect(load).toBeLessThanOrEqual(known.capacity ?? load);
      }),
      { numRuns: 60 },
    );
  });
});
