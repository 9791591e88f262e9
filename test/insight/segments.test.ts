import { describe, expect, test } from '@jest/globals';
import { randomFrom } from '../../src/insight/random.ts';
import { findSegments, type SegmentCell } from '../../src/insight/segments.ts';

const RULES = { depth: 3, least: 20, falseAlarms: 0.1, confidence: 0.9 };
const choices = {
  product: ['Vault', 'Relay', 'Fabric'],
  industry: ['Banking', 'Retail', 'Health', 'Media'],
  size: ['10-49', '50-249', '250-999'],
  country: ['DE', 'FR', 'GB', 'US'],
  source: ['Web', 'Event', ''],
};

/** Leads of random kinds; the chance of each to be won is `rate`. */
function market(seed: number, leads: number, rate: (facts: SegmentCell['facts']) => number): SegmentCell[] {
  const random = randomFrom(seed);
  const pick = (of: readonly string[]) => of[Math.floor(random() * of.length)] ?? '';
  return Array.from({ length: leads }, () => {
    const facts = {
      product: pick(choices.product),
      industry: pick(choices.industry),
      size: pick(choices.size),
      country: pick(choices.country),
      source: pick(choices.source),
    };
    return { facts, half: random() < 0.5 ? 0 : 1, of: 1, hits: random() < rate(facts) ? 1 : 0 };
  });
}

describe('segments', () => {
  test('in pure chance nothing is found in at least as many markets as promised', () => {
    const rounds = 15;
    let alarms = 0;
    for (let seed = 0; seed < rounds; seed++)
      if (
        findSegments(
          market(seed, 1_500, () => 0.3),
          RULES,
        ).found.length > 0
      )
        alarms++;
    // Of markets without anything to find, each alarm is a false one: a tenth of them is allowed.
    expect(alarms / rounds).toBeLessThanOrEqual(0.2);
  });

  test('that were planted are found, and of what is found few are false', () => {
    let hits = 0;
    let lines = 0;
    let falseLines = 0;
    for (let seed = 100; seed < 106; seed++) {
      const cells = market(seed, 4_000, ({ product, industry, country }) =>
        product === 'Vault' && industry === 'Banking' ? 0.6 : country === 'FR' ? 0.12 : 0.3,
      );
      const { found } = findSegments(cells, RULES);
      const planted = found.some(
        ({ facts, looks }) => looks === 'better' && facts.product === 'Vault' && facts.industry === 'Banking',
      );
      const worse = found.some(
        ({ facts, looks }) => looks === 'worse' && Object.keys(facts).length === 1 && facts.country === 'FR',
      );
      if (planted && worse) hits++;
      lines += found.length;
      falseLines += found.filter(
        ({ facts }) =>
          JSON.stringify(facts) !== '{"product":"Vault","industry":"Banking"}' &&
          JSON.stringify(facts) !== '{"country":"FR"}',
      ).length;
    }
    expect(hits).toBeGreaterThanOrEqual(5);
    expect(falseLines / lines).toBeLessThanOrEqual(0.25);
  });

  test('tell the rate of the half that had no say, within its range', () => {
    const cells = market(7, 6_000, ({ country }) => (country === 'US' ? 0.5 : 0.3));
    const us = findSegments(cells, RULES).found.find(({ facts }) => facts.country === 'US');
    if (us === undefined) throw new Error('the planted segment was not found');
    const second = cells.filter(({ half, facts }) => half === 1 && facts.country === 'US');
    expect(us.share).toEqual({ of: second.length, hits: second.filter(({ hits }) => hits === 1).length });
    expect(us.low).toBeLessThan(0.5);
    expect(us.high).toBeGreaterThan(0.47);
    expect(us.others).toBeCloseTo(0.3, 1);
  });

  test('that only repeat a simpler one are left out', () => {
    const { found } = findSegments(
      market(8, 8_000, ({ country }) => (country === 'US' ? 0.55 : 0.25)),
      RULES,
    );
    expect(found[0]).toMatchObject({ looks: 'better', facts: { country: 'US' } });
    expect(found.filter(({ facts }) => facts.country === 'US')).toHaveLength(1);
  });

  test('do not depend on the order of cells, nor on how they are grouped', () => {
    const cells = market(9, 3_000, ({ product }) => (product === 'Vault' ? 0.5 : 0.25));
    const grouped = [...Map.groupBy(cells, (cell) => JSON.stringify([cell.facts, cell.half]))].map(([, alike]) => ({
      ...(alike[0] as SegmentCell),
      of: alike.length,
      hits: alike.filter(({ hits }) => hits === 1).length,
    }));
    expect(findSegments(grouped.reverse(), RULES)).toEqual(findSegments(cells, RULES));
  });

  test('of what is not known are none, and of few leads neither', () => {
    const unknown = market(10, 4_000, ({ source }) => (source === '' ? 0.9 : 0.2)).map((cell) => cell);
    expect(findSegments(unknown, RULES).found.every(({ facts }) => facts.source !== '')).toBe(true);
    expect(findSegments([], RULES)).toEqual({ leads: 0, won: 0, looked: 0, proposed: 0, found: [] });
    expect(
      findSegments(
        market(11, 30, () => 0.5),
        RULES,
      ),
    ).toMatchObject({ looked: 0, found: [] });
  });
});
