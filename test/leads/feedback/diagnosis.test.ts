import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AnsweredOffer, diagnose } from '../../../src/leads/feedback/diagnosis.ts';
import { sizeBand } from '../../../src/model/person.ts';
import { benjaminiHochberg, compare, normalQuantile, wilson } from '../../../src/model/statistics.ts';

const rules = { overDays: 365, least: 10, confidence: 0.95, falseAlarms: 0.1 };

/** So many answers of a partner on a source, of which so many reject. */
function answers(
  partner: string,
  source: string,
  of: number,
  rejected: number,
  reasonOf: AnsweredOffer['reasonOf'] = 'lead',
): AnsweredOffer[] {
  return Array.from({ length: of }, (_, n) => ({
    offerId: `${partner} ${source} ${n}`,
    partner,
    rejected: n < rejected,
    reasonOf: n < rejected ? reasonOf : null,
    poor: null,
    source,
    campaigns: [],
    industry: null,
    size: null,
    country: null,
  }));
}

const about = (given: readonly AnsweredOffer[], dimension: string, group: string) => {
  const found = diagnose(given, rules).find((each) => each.dimension === dimension && each.group === group);
  if (found === undefined) throw new Error(`nothing is said of ${dimension} ${group}`);
  return found;
};

describe('the diagnosis', () => {
  test('says that the leads look wrong where every partner rejects those of one source', () => {
    const given = ['Alder', 'Brook', 'Cove'].flatMap((partner) => [
      ...answers(partner, 'List', 30, 24),
      ...answers(partner, 'Web', 30, 6),
    ]);
    expect(about(given, 'source', 'List')).toMatchObject({
      looks: 'worse',
      verdict: expect.stringMatching(/^the leads look wrong: 80 % .* 20 %/),
    });
    for (const partner of ['Alder', 'Brook', 'Cove']) expect(about(given, 'partner', partner).looks).toBe('in line');
  });

  test('says that the partner looks wrong where others take the same leads', () => {
    const given = ['List', 'Web'].flatMap((source) => [
      ...answers('Alder', source, 30, 24, 'partner'),
      ...answers('Brook', source, 30, 6),
      ...answers('Cove', source, 30, 6),
    ]);
    const alder = about(given, 'partner', 'Alder');
    expect(alder).toMatchObject({
      looks: 'worse',
      verdict: expect.stringMatching(/^the partner looks wrong, not the leads: Alder rejects 80 %, others 20 %/),
    });
    expect(alder.verdict).toMatch(/48 of its 48 reasons speak of itself/);
    for (const source of ['List', 'Web']) expect(about(given, 'source', source).looks).toBe('in line');
  });

  test('does not blame a partner for the source that it was mostly given', () => {
    const given = [
      ...answers('Alder', 'List', 90, 72),
      ...answers('Alder', 'Web', 10, 2),
      ...answers('Brook', 'List', 10, 8),
      ...answers('Brook', 'Web', 90, 18),
    ];
    expect(about(given, 'partner', 'Alder')).toMatchObject({ share: { hits: 74, of: 100 }, looks: 'in line' });
    expect(about(given, 'source', 'List').looks).toBe('worse');
  });

  test('does not judge few answers, however plain they look', () => {
    const given = [...answers('Alder', 'Web', 9, 9), ...answers('Brook', 'Web', 200, 10)];
    expect(about(given, 'partner', 'Alder')).toMatchObject({
      looks: 'too few',
      verdict: expect.stringMatching(/9 answers are too few/),
    });
  });

  test('does not judge who alone got the leads of a source', () => {
    const given = [...answers('Alder', 'List', 50, 45), ...answers('Brook', 'Web', 50, 5)];
    expect(about(given, 'partner', 'Alder')).toMatchObject({
      looks: 'alone',
      others: null,
      verdict: expect.stringMatching(/hardly any other partner/),
    });
    expect(about(given, 'source', 'List').looks).toBe('alone');
  });

  test('counts a lead in each of its campaigns, and what has no source as not stated', () => {
    const given = [...answers('Alder', 'Web', 4, 1), ...answers('Brook', 'Web', 4, 1)].map((each) => ({
      ...each,
      source: null,
      campaigns: ['Spring', 'Fair', 'Fair'],
    }));
    expect(about(given, 'campaign', 'Spring').share).toEqual({ hits: 2, of: 8 });
    expect(about(given, 'campaign', 'Fair').share).toEqual({ hits: 2, of: 8 });
    expect(about(given, 'source', 'not stated').share).toEqual({ hits: 2, of: 8 });
  });

  test('asks after quality of those leads only of which somebody said yes or no', () => {
    const given = ['Alder', 'Brook'].flatMap((partner) => [
      ...answers(partner, 'List', 20, 0).map((each) => ({ ...each, poor: true })),
      ...answers(partner, 'Web', 20, 0).map((each) => ({ ...each, poor: false })),
      ...answers(partner, 'Fair', 20, 0),
    ]);
    const poor = diagnose(given, rules).filter(
      ({ question, dimension }) => question === 'poor quality' && dimension === 'source',
    );
    expect(poor.map(({ group, looks }) => [group, looks])).toEqual([
      ['List', 'worse'],
      ['Web', 'better'],
    ]);
  });

  test('finds hardly anything among partners and sources that are all alike', () => {
    let [alarms, worlds] = [0, 0];
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })), (dice) => {
        const given = Array.from({ length: 12 }, (_, n) => n).flatMap((p) =>
          ['A', 'B', 'C', 'D'].flatMap((source) =>
            answers(`P${p}`, source, 8, 0).map((each) => ({ ...each, rejected: (dice.next().value ?? 0) < 0.3 })),
          ),
        );
        worlds += 1;
        if (diagnose(given, rules).some(({ looks }) => looks === 'worse' || looks === 'better')) alarms += 1;
      }),
      { numRuns: 60, seed: 7 },
    );
    expect(alarms / worlds).toBeLessThan(0.2);
  });

  test('has nothing to say of nothing', () => expect(diagnose([], rules)).toEqual([]));
});

describe('the figures', () => {
  test("Wilson's interval is that of the books: 7 of 10 is 0.397 to 0.892", () => {
    const { low, high } = wilson({ hits: 7, of: 10 }, 0.95);
    expect([low.toFixed(3), high.toFixed(3)]).toEqual(['0.397', '0.892']);
  });

  test("Wilson's interval holds the share and stays within 0 and 1", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (hits, rest) => {
        fc.pre(hits + rest > 0);
        const { low, high } = wilson({ hits, of: hits + rest }, 0.95);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(hits / (hits + rest));
        expect(high).toBeGreaterThanOrEqual(hits / (hits + rest));
      }),
    );
  });

  test('the normal quantile is that of the tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 6);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 9);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232, 6);
  });

  test("one stratum is Fisher's exact test: the tea of the lady has a one-sided chance of 1 in 70", () => {
    const { p } = compare([{ group: { hits: 4, of: 4 }, others: { hits: 0, of: 4 } }]);
    expect(p).toBeCloseTo(2 / 70, 9);
  });

  test('strata in which nothing can be compared change nothing', () => {
    const one = { group: { hits: 5, of: 9 }, others: { hits: 2, of: 11 } };
    const alone = { group: { hits: 8, of: 8 }, others: { hits: 0, of: 0 } };
    expect(compare([one, alone])).toEqual(compare([one]));
  });

  test('the exact test over strata is a chance, the same from both sides', () => {
    const share = fc.tuple(fc.nat(12), fc.nat(12)).map(([hits, rest]) => ({ hits, of: hits + rest }));
    fc.assert(
      fc.property(fc.array(fc.record({ group: share, others: share }), { maxLength: 6 }), (strata) => {
        const { p } = compare(strata);
        expect(p).toBeGreaterThan(0);
        expect(p).toBeLessThanOrEqual(1);
        const turned = compare(strata.map(({ group, others }) => ({ group: others, others: group })));
        expect(turned.p).toBeCloseTo(p, 9);
      }),
    );
  });

  test('the exact test and the normal one that takes its place for large numbers agree where they meet', () => {
    // The variance is a little below 100 of 796, and above it of 808.
    const chance = (of: number, more: number) =>
      compare([{ group: { hits: of / 2 + more, of }, others: { hits: of / 2, of } }]).p;
    for (const more of [0, 10, 30, 40, 50, 60]) {
      const [exact, normal] = [chance(796, more), chance(808, more)];
      expect(Math.abs(exact - normal)).toBeLessThan(0.01);
      expect(Math.abs(Math.log(exact / normal))).toBeLessThan(0.1);
    }
  });

  test('Benjamini and Hochberg adjust by rank', () => {
    expect(benjaminiHochberg([0.01, 0.04, 0.03, 0.5]).map((q) => Number(q.toFixed(4)))).toEqual([
      0.04, 0.0533, 0.0533, 0.5,
    ]);
    expect(benjaminiHochberg([])).toEqual([]);
  });

  test.each([
    [null, null],
    [1, '1-9'],
    [10, '10-49'],
    [250, '250-999'],
    [5000, '5000 and more'],
  ])('%j people are the band %j', (employees, band) => expect(sizeBand(employees)).toBe(band));
});
