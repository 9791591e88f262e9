import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leadAfter } from '../../src/leads/lead-after.ts';
import { type LeadStanding, leadThatGoesOn } from '../../src/leads/merged-leads.ts';
import { LEAD_STATES, type Lead, type LeadState } from '../../src/model/lead.ts';

function lead(id: string, state: LeadState, releasedAt: string, partnerId: string | null = null): LeadStanding {
  return { id, state, releasedAt, partnerId };
}

const EARLY = '2026-01-01T00:00:00.000Z';
const LATE = '2026-02-01T00:00:00.000Z';

describe('of two leads that turn out to be one', () => {
  test.each<[LeadState, LeadState, 'elder' | 'younger']>([
    ['New', 'New', 'elder'],
    ['Nurture', 'Offered', 'younger'],
    ['Offered', 'Offered', 'elder'],
    ['Offered', 'Accepted', 'younger'],
    ['Working', 'Offered', 'elder'],
    ['Lost', 'New', 'younger'],
    ['Won', 'Offered', 'elder'],
  ])('the elder %s, the younger %s: the %s goes on', (first, second, which) => {
    const elder = lead('a', first, EARLY, 'p1');
    const younger = lead('b', second, LATE, 'p2');
    expect(leadThatGoesOn(elder, younger)).toBe(which === 'elder' ? elder : younger);
  });

  test('that two partners work on, none is chosen; that one partner works on, the elder is', () => {
    const elder = lead('a', 'Working', EARLY, 'p1');
    expect(leadThatGoesOn(elder, lead('b', 'Accepted', LATE, 'p2'))).toBeNull();
    expect(leadThatGoesOn(elder, lead('b', 'Accepted', LATE, 'p1'))).toBe(elder);
  });

  test('the same one goes on in whichever order they are named', () => {
    const any = (id: string) =>
      fc.record({
        id: fc.constant(id),
        state: fc.constantFrom(...LEAD_STATES),
        partnerId: fc.constantFrom(null, 'p1', 'p2'),
        releasedAt: fc.constantFrom(EARLY, LATE),
      });
    fc.assert(
      fc.property(any('a'), any('b'), (a, b) => {
        expect(leadThatGoesOn(a, b)).toBe(leadThatGoesOn(b, a));
      }),
    );
  });
});

test('the lead that gives way ends from every state, free of its partner, and says where the story goes on', () => {
  for (const state of LEAD_STATES) {
    const before: Lead = {
      id: 'ld_b',
      personId: 'pe_b',
      state,
      reason: 'before',
      score: null,
      partnerId: 'p1',
      offerId: 'of_1',
      releasedAt: EARLY,
      acceptBy: LATE,
    };
    expect(leadAfter(before, { kind: 'merged', into: 'ld_a' })).toMatchObject({
      state: 'No decision',
      reason: 'One person with lead ld_a, whose story goes on',
      partnerId: null,
      offerId: null,
      acceptBy: null,
    });
  }
});
