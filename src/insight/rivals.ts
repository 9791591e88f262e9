/**
 * Who consistently beats whom: two partners are compared on leads of the same product, size and country, over all and within each product and
 * each country. Pure. One beats the other where three things come together: the leads won differ by more than chance (Fisher's exact test over
 * all strata, adjusted for how many pairs were looked at), the difference goes the same way in quarter after quarter, and there are
 * several such quarters.
 */
import { benjaminiHochberg, compare, normalQuantile, type Share, type Stratum } from '../model/statistics.ts';

/** Leads of one partner that ended, alike in what is compared. */
export interface RivalCell {
  readonly partner: string;
  readonly product: string;
  readonly country: string;
  readonly size: string;
  /** "2026-Q1". */
  readonly quarter: string;
  readonly of: number;
  readonly hits: number;
}

export interface RivalRules {
  /** Leads that each must have in common strata. */
  readonly least: number;
  readonly falseAlarms: number;
  readonly confidence: number;
  /** Quarters in which both have comparable leads. */
  readonly quarters: number;
}

export interface Rivalry {
  readonly winner: string;
  readonly loser: string;
  /** Null: over everything. */
  readonly segment: { readonly fact: 'product' | 'country'; readonly value: string } | null;
  /** On comparable leads. */
  readonly winnerShare: Share;
  readonly loserShare: Share;
  /** How much more often the winner wins where all else is alike, with its interval. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly q: number;
  /** Quarters with comparable leads, and those in which the winner was ahead. */
  readonly quarters: number;
  readonly ahead: number;
}

export interface Rivals {
  /** Pairs that had enough comparable leads. */
  readonly compared: number;
  /** The plainest first. */
  readonly found: readonly Rivalry[];
  /** Pairs that differ by more than chance, but not in quarter after quarter. */
  readonly fickle: number;
}

/** Compares every two partners; the order of cells changes nothing. */
export function findRivals(cells: readonly RivalCell[], rules: RivalRules): Rivals {
  const scopes: { segment: Rivalry['segment']; cells: readonly RivalCell[] }[] = [
    { segment: null, cells },
    ...(['product', 'country'] as const).flatMap((fact) =>
      [...Map.groupBy(cells, (cell) => cell[fact])]
        .filter(([value]) => value !== '')
        .map(([value, mine]) => ({ segment: { fact, value }, cells: mine })),
    ),
  ];
  const tests = scopes.flatMap((scope) =>
    pairTests(scope.cells, rules).map((test) => ({ ...test, segment: scope.segment })),
  );
  const qs = benjaminiHochberg(tests.map(({ p }) => p));
  const differing = tests
    .map((test, n) => ({ test, q: qs[n] ?? 1 }))
    .filter(({ q, test }) => q <= rules.falseAlarms && test.difference !== 0);
  const found = differing.flatMap(({ test, q }): Rivalry[] => {
    const { p: _p, quarters, ...rivalry } = test;
    const ahead = quarters.filter((difference) => difference > 0).length;
    // All of few quarters, all but one of four and more.
    const isSteady = ahead >= quarters.length - (quarters.length >= 4 ? 1 : 0);
    if (quarters.length < rules.quarters || !isSteady) return [];
    return [{ ...rivalry, q, quarters: quarters.length, ahead }];
  });
  return {
    compared: tests.length,
    fickle: differing.length - found.length,
    found: found.sort((a, b) => a.q - b.q || b.difference - a.difference || (textOf(a) < textOf(b) ? -1 : 1)),
  };
}

type PairTest = Omit<Rivalry, 'segment' | 'q' | 'quarters' | 'ahead'> & {
  readonly p: number;
  /** The difference in each quarter with comparable leads, for the winner. */
  readonly quarters: readonly number[];
};

function pairTests(cells: readonly RivalCell[], rules: RivalRules): PairTest[] {
  const byPartner = [...Map.groupBy(cells, ({ partner }) => partner)]
    .map(([partner, mine]) => ({
      partner,
      strata: strataOf(mine),
      quarters: Map.groupBy(mine, ({ quarter }) => quarter),
    }))
    .sort((a, b) => (a.partner < b.partner ? -1 : 1));
  return byPartner.flatMap((one, n) =>
    byPartner.slice(n + 1).flatMap((other): PairTest[] => {
      const strata = common(one.strata, other.strata);
      const [mine, theirs] = [total(strata, 'group'), total(strata, 'others')];
      if (mine.of < rules.least || theirs.of < rules.least) return [];
      const { p } = compare(strata);
      const told = differenceOf(strata);
      const isAhead = told.difference >= 0;
      const reach = normalQuantile((1 + rules.confidence) / 2) * told.error;
      const difference = Math.abs(told.difference);
      const quarters = [...one.quarters].flatMap(([quarter, own]) => {
        const both = common(strataOf(own), strataOf(other.quarters.get(quarter) ?? []));
        return both.length === 0 ? [] : [differenceOf(both).difference * (isAhead ? 1 : -1)];
      });
      return [
        {
          winner: isAhead ? one.partner : other.partner,
          loser: isAhead ? other.partner : one.partner,
          winnerShare: isAhead ? mine : theirs,
          loserShare: isAhead ? theirs : mine,
          difference,
          low: difference - reach,
          high: difference + reach,
          p,
          quarters,
        },
      ];
    }),
  );
}

/** Leads by product, size and country. */
function strataOf(cells: readonly RivalCell[]): ReadonlyMap<string, Share> {
  const strata = new Map<string, Share>();
  for (const { product, size, country, hits, of } of cells) {
    const key = JSON.stringify([product, size, country]);
    const known = strata.get(key) ?? { hits: 0, of: 0 };
    strata.set(key, { hits: known.hits + hits, of: known.of + of });
  }
  // In an order of their own, so that sums are the same to the last digit.
  return new Map([...strata].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function common(one: ReadonlyMap<string, Share>, other: ReadonlyMap<string, Share>): Stratum[] {
  return [...one].flatMap(([key, group]) => {
    const others = other.get(key);
    return others === undefined || group.of === 0 || others.of === 0 ? [] : [{ group, others }];
  });
}

function total(strata: readonly Stratum[], of: keyof Stratum): Share {
  return strata.reduce((sum, stratum) => ({ hits: sum.hits + stratum[of].hits, of: sum.of + stratum[of].of }), {
    hits: 0,
    of: 0,
  });
}

/** The difference of shares over strata, each by the weight of Mantel and Haenszel; variances of shares drawn a little to the middle, so that none is zero. */
function differenceOf(strata: readonly Stratum[]): { difference: number; error: number } {
  let [weights, sum, variance] = [0, 0, 0];
  for (const { group, others } of strata) {
    const weight = (group.of * others.of) / (group.of + others.of);
    weights += weight;
    sum += weight * (group.hits / group.of - others.hits / others.of);
    variance += weight * weight * (varianceOf(group) + varianceOf(others));
  }
  return { difference: sum / weights, error: Math.sqrt(variance) / weights };
}

function varianceOf({ hits, of }: Share): number {
  const p = (hits + 0.5) / (of + 1);
  return (p * (1 - p)) / of;
}

function textOf({ winner, loser, segment }: Rivalry): string {
  return JSON.stringify([winner, loser, segment]);
}
