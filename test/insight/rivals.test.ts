import { describe, expect, test } from '@jest/globals';
import { randomFrom } from '../../src/insight/random.ts';
import { findRivals, type RivalCell } from '../../src/insight/rivals.ts';

const RULES = { least: 15, falseAlarms: 0.1, confidence: 0.9, quarters: 3 };
const QUARTERS = ['2026-Q1', '2026-Q2', '2026-Q3', '2026-Q4'];

/** So many leads a partner and quarter, won with the chance that `rate` says. */
function market(
  seed: number,
  partners: readonly string[],
  leads: number,
  rate: (cell: Omit<RivalCell, 'of' | 'hits'>) => number,
): RivalCell[] {
  const random = randomFrom(seed);
  const pick = (of: readonly string[]) => of[Math.floor(random() * of.length)] ?? '';
  return partners.flatMap((partner) =>
    QUARTERS.flatMap((quarter) =>
      Array.from({ length: leads }, () => {
        const cell = {
          partner,
          quarter,
          product: pick(['Vault', 'Relay']),
          country: pick(['DE', 'FR']),
          size: '50-249',
        };
        return { ...cell, of: 1, hits: random() < rate(cell) ? 1 : 0 };
      }),
    ),
  );
}

describe('rivals', () => {
  test('who is better quarter after quarter beats the others', () => {
    const { found } = findRivals(
      market(1, ['A', 'B', 'C'], 60, ({ partner }) => (partner === 'A' ? 0.6 : 0.25)),
      RULES,
    );
    const overall = found.filter(({ segment }) => segment === null);
    const told = overall.map(({ winner, loser }) => `${winner} beats ${loser}`);
    expect(told).toEqual(expect.arrayContaining(['A beats B', 'A beats C']));
    for (const each of overall.filter(({ winner }) => winner === 'A')) {
      expect(each.low).toBeLessThan(0.35);
      expect(each.high).toBeGreaterThan(0.3);
      expect(each.ahead).toBe(each.quarters);
    }
  });

  test('who beats whom in one product only is named for that product', () => {
    const { found } = findRivals(
      market(2, ['A', 'B'], 80, ({ partner, product }) => (partner === 'A' && product === 'Vault' ? 0.7 : 0.3)),
      RULES,
    );
    expect(found[0]).toMatchObject({ winner: 'A', loser: 'B', segment: { fact: 'product', value: 'Vault' } });
    expect(found.some(({ segment }) => segment?.value === 'Relay')).toBe(false);
  });

  test('a partner that was only given the easier leads beats nobody', () => {
    const cells = market(3, ['A', 'B'], 60, ({ product }) => (product === 'Vault' ? 0.7 : 0.1));
    // A has nearly all of the easy product, B of the hard one: over everything A wins far more.
    const given = cells.filter(({ partner, product }, n) => n % 6 === 0 || (partner === 'A') === (product === 'Vault'));
    const rate = (partner: string) => {
      const mine = given.filter((cell) => cell.partner === partner);
      return mine.filter(({ hits }) => hits === 1).length / mine.length;
    };
    expect(rate('A') - rate('B')).toBeGreaterThan(0.3);
    expect(findRivals(given, RULES).found).toEqual([]);
  });

  test('one great quarter is not consistency', () => {
    const { found, fickle } = findRivals(
      market(4, ['A', 'B'], 250, ({ partner, quarter }) =>
        partner === 'A' && quarter === '2026-Q2' ? 0.95 : partner === 'A' ? 0.22 : 0.3,
      ),
      RULES,
    );
    expect(found).toEqual([]);
    expect(fickle).toBeGreaterThan(0);
  });

  test('among equals hardly ever anybody beats anybody', () => {
    let alarms = 0;
    for (let seed = 20; seed < 50; seed++)
      if (
        findRivals(
          market(seed, ['A', 'B', 'C', 'D'], 30, () => 0.3),
          RULES,
        ).found.length > 0
      )
        alarms++;
    expect(alarms).toBeLessThanOrEqual(4);
  });

  test('without common leads, or any at all, nobody is compared', () => {
    expect(findRivals([], RULES)).toEqual({ compared: 0, found: [], fickle: 0 });
    const apart = market(5, ['A', 'B'], 40, () => 0.3).filter(
      ({ partner, country }) => (partner === 'A') === (country === 'DE'),
    );
    expect(findRivals(apart, RULES).compared).toBe(0);
  });

  test('do not depend on the order of cells', () => {
    const cells = market(6, ['A', 'B', 'C'], 50, ({ partner }) => (partner === 'C' ? 0.55 : 0.3));
    expect(findRivals([...cells].reverse(), RULES)).toEqual(findRivals(cells, RULES));
  });
});
