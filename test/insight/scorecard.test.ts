import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Counted } from '../../src/insight/partner-counts.ts';
import { type Scorecard, scorecards } from '../../src/insight/scorecard.ts';
import { compileScorecard } from '../../src/insight/scorecard-config.ts';
import { ConfigError } from '../../src/model/config-error.ts';
import { ABOUT, counted, RULES, winner } from './fixtures.ts';

function cardsOf(partners: readonly Counted[], rules = RULES): Map<string, Scorecard> {
  return new Map(scorecards(partners, rules, ABOUT).cards.map((card) => [card.partner.name, card]));
}

const field = [winner('Alder', 100, 60), winner('Birch', 90, 25), winner('Cedar', 80, 22), winner('Dogwood', 110, 30)];

describe('the stack rank', () => {
  test('puts who proved itself before who was lucky three times', () => {
    const cards = cardsOf([...field, winner('Elm', 3, 3), winner('Fir', 95, 30)], { ...RULES, least: 1 });
    expect(cards.get('Alder')?.standing?.rank).toBe(1);
    const elm = cards.get('Elm');
    expect(elm?.figures.find(({ component }) => component === 'won')).toMatchObject({
      measured: 1,
      looks: 'as its peers',
    });
    expect(elm?.standing?.high).toBeGreaterThan(3);
  });

  test('says between which ranks a partner stands, and from whom it cannot be told', () => {
    const cards = cardsOf(field);
    expect(cards.get('Alder')?.standing).toMatchObject({ rank: 1, of: 4, low: 1, high: 1, tiedWith: [] });
    const behind = ['Birch', 'Cedar', 'Dogwood'].map((name) => cards.get(name)?.standing);
    expect(behind.map((standing) => standing?.low)).toEqual([2, 2, 2]);
    expect(behind.map((standing) => standing?.high)).toEqual([4, 4, 4]);
    expect(behind.flatMap((standing) => standing?.tiedWith ?? [])).toHaveLength(3);
  });

  test('shows the points of each figure with its weight, and their mean is the score', () => {
    for (const card of cardsOf(field).values()) {
      const points = card.standing?.points ?? [];
      expect(points.map(({ component }) => component)).toEqual(['accepted', 'won']);
      const weight = points.reduce((sum, each) => sum + each.weight, 0);
      const mean = points.reduce((sum, each) => sum + each.weight * each.points, 0) / weight;
      expect(card.standing?.score).toBeCloseTo(mean, 0);
    }
  });

  test('is the same in whatever order partners come', () => {
    const partners = fc.array(fc.tuple(fc.integer({ min: 5, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true })), {
      minLength: 3,
      maxLength: 7,
    });
    fc.assert(
      fc.property(partners, fc.nat(), (drawn, turn) => {
        const all = drawn.map(([offered, share], n) => winner(`P${n}`, offered, Math.floor(offered * share)));
        const by = turn % all.length;
        expect(scorecards([...all.slice(by), ...all.slice(0, by)], RULES, ABOUT)).toEqual(
          scorecards(all, RULES, ABOUT),
        );
      }),
      { numRuns: 5 },
    );
  });

  test('a weight of 0 leaves a figure out', () => {
    const cards = cardsOf(field, { ...RULES, weights: { ...RULES.weights, accepted: 0 } });
    expect(cards.get('Alder')?.standing?.points.map(({ component }) => component)).toEqual(['won']);
  });

  test('leaves out who was offered too few leads, and says so', () => {
    const few = cardsOf([...field, winner('Fir', 4, 4)]).get('Fir');
    expect(few?.standing).toBeNull();
    expect(few?.remarks).toContain('It is not ranked: 4 offers are fewer than 5.');
  });

  test('equal partners are tied', () => {
    const cards = cardsOf(['A', 'B', 'C', 'D'].map((name) => winner(name, 50, 20)));
    expect([...cards.values()].map(({ standing }) => standing?.score)).toEqual(
      [50, 50, 50, 50].map(() => expect.any(Number)),
    );
    expect(new Set([...cards.values()].map(({ standing }) => standing?.score)).size).toBe(1);
    expect(cards.get('D')?.standing).toMatchObject({ rank: 4, low: 1, tiedWith: ['A', 'B', 'C'] });
  });
});

describe('peers', () => {
  const distributors = ['Elm', 'Fir', 'Gum'].map((name) => winner(name, 100, 5, { category: 'Distributor' }));

  test('are those of the same category', () => {
    const cards = cardsOf([...field, ...distributors]);
    expect(cards.get('Elm')?.peers).toEqual({ name: 'category Distributor', partners: 3 });
    const won = (name: string) => cards.get(name)?.figures.find(({ component }) => component === 'won');
    expect(won('Elm')?.peers).toBeLessThan(0.15);
    expect(won('Birch')?.peers).toBeGreaterThan(0.25);
    expect(cards.get('Elm')?.standing?.of).toBe(3);
  });

  test('are all partners where too few are of the category, or none is stated', () => {
    const cards = cardsOf([...field, ...distributors.slice(0, 2), winner('Holly', 50, 10, { category: null })]);
    for (const name of ['Elm', 'Holly']) expect(cards.get(name)?.peers).toEqual({ name: 'all partners', partners: 7 });
    expect(cards.get('Elm')?.standing?.of).toBe(7);
    expect(cards.get('Alder')?.standing?.of).toBe(4);
  });

  test('by tier, or all together, as scorecard.yaml says', () => {
    const by = (kind: 'tier' | 'all') => cardsOf(field, { ...RULES, peers: { ...RULES.peers, by: kind } });
    expect(by('tier').get('Alder')?.peers.name).toBe('tier Gold');
    expect(by('all').get('Alder')?.peers.name).toBe('all partners');
  });
});

describe('with little or nothing to go by', () => {
  test('no partner at all is no card', () => expect(scorecards([], RULES, ABOUT).cards).toEqual([]));

  test('a partner that was offered nothing has no figure, no rank and a remark', () => {
    const card = cardsOf([counted('Alder')]).get('Alder');
    expect(card).toMatchObject({ figures: [], standing: null, remarks: ['It was offered no lead in this time.'] });
  });

  test('one partner alone is compared with itself and stands first of one', () => {
    const card = cardsOf([winner('Alder', 20, 5)]).get('Alder');
    expect(card?.peers.partners).toBe(1);
    expect(card?.standing).toMatchObject({ rank: 1, of: 1, low: 1, high: 1, tiedWith: [] });
  });

  test('offers of which none has ended yet have no rate and rank nobody', () => {
    const card = cardsOf([counted('Alder', { offered: 9, waiting: 9 })]).get('Alder');
    expect(card).toMatchObject({ figures: [], standing: null });
  });

  test('no number is ever NaN or infinite', () => {
    const count = fc.integer({ min: 0, max: 12 });
    const partner = fc.tuple(count, count, count, count, count);
    fc.assert(
      fc.property(fc.array(partner, { maxLength: 5 }), (drawn) => {
        const all = drawn.map(([accepted, rejected, won, lost, sum], n) =>
          counted(`P${n}`, {
            offered: accepted + rejected,
            accepted,
            rejected,
            won,
            lost,
            touchedInTime: { hits: Math.min(won, accepted), of: accepted },
            perEnded: { leads: won + lost, sum: won * sum, squares: won * sum * sum },
          }),
        );
        const text = JSON.stringify(scorecards(all, RULES, ABOUT), (_key, value) =>
          typeof value === 'bigint'
            ? value.toString()
            : typeof value === 'number' && !Number.isFinite(value)
              ? 'BAD'
              : value,
        );
        expect(text).not.toContain('BAD');
      }),
      { numRuns: 12 },
    );
  });
});

describe('scorecard.yaml', () => {
  const problems = (text: string) => {
    try {
      compileScorecard('scorecard.yaml', text);
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
    return '';
  };

  test('with a figure that is not known names it, its place and the nearest', () => {
    const told = problems('version: 1\nrank:\n  weights: { wonn: 3 }\n');
    expect(told).toContain('scorecard.yaml:3:14');
    expect(told).toContain('won');
  });

  test('without any weight is refused', () =>
    expect(problems('version: 1\nrank:\n  weights: {}\n')).toContain('no figure counts'));

  test('over no time is refused', () =>
    expect(problems('version: 1\nover: 0d\nrank:\n  weights: { won: 1 }\n')).toContain('in no time'));
});
