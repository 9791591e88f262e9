import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { knownThen, lateFields, type PastLead } from '../../../src/leads/predict/known-then.ts';

const SCORED = '2026-03-10T12:00:00Z';
const later = (days: number) => new Date(Date.parse(SCORED) + days * 86_400_000).toISOString();

describe('what was known when a lead was scored', () => {
  test('is kept; what became known later, or nobody knows when, is left out with why', () => {
    const { kept, refused } = knownThen(
      {
        source: { value: 'Web', knownAt: later(-3) },
        title: { value: 'CIO', knownAt: SCORED },
        stage: { value: 'Won', knownAt: later(20) },
        mood: { value: 'good', knownAt: null },
      },
      SCORED,
    );
    expect(kept).toEqual({ source: 'Web', title: 'CIO' });
    expect(refused).toEqual([
      { field: 'stage', why: `known since ${later(20)}, scored at ${SCORED}` },
      { field: 'mood', why: 'nobody recorded when it became known' },
    ]);
  });

  test('never holds anything of the future, however the offsets are written', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -500, max: 500 })), (hours) => {
        const values = Object.fromEntries(
          hours.map((hour, n) => [`f${n}`, { value: String(hour), knownAt: later(hour / 24).replace('Z', '+00:00') }]),
        );
        const { kept, refused } = knownThen(values, SCORED);
        expect(Object.values(kept).every((hour) => Number(hour) <= 0)).toBe(true);
        expect(Object.keys(kept).length + refused.length).toBe(hours.length);
      }),
    );
  });

  test('holds nothing of a field that is mostly late', () => {
    const { kept, refused } = knownThen({ tag: { value: 'x', knownAt: later(-9) } }, SCORED, new Set(['tag']));
    expect(kept).toEqual({});
    expect(refused).toEqual([{ field: 'tag', why: 'mostly set during or after the sale' }]);
  });
});

describe('a field that is mostly set after scoring', () => {
  const leads = (delays: readonly number[]): PastLead[] =>
    delays.map((delay) => ({
      scoredAt: SCORED,
      values: { tag: { value: 'x', knownAt: later(delay) }, source: { value: 'Web', knownAt: later(-1) } },
    }));

  test('is found, with the evidence', () => {
    const found = lateFields(leads(Array.from({ length: 40 }, (_, n) => (n < 10 ? -1 : n))));
    expect(found).toEqual([
      {
        field: 'tag',
        filled: 40,
        late: 30,
        delayDays: 25,
        evidence: '30 of 40 values of tag became known after the lead was scored, the middle one of them 25 days later',
      },
    ]);
  });

  test('is not one that is late for half of the leads only, or of which too little is known', () => {
    expect(lateFields(leads(Array.from({ length: 40 }, (_, n) => (n < 20 ? -1 : 1))))).toEqual([]);
    expect(lateFields(leads(Array.from({ length: 19 }, () => 1)))).toEqual([]);
  });
});
