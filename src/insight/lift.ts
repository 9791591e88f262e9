/**
 * What a fund changed: funded partners (or accounts) are compared with unfunded ones of the same traits, before and after. Pure.
 *
 * 1. The chance of being funded is learned from the traits (logistic regression). Who was not funded is a possible match where the ln of
 *    the odds differ by no more than a fifth of their standard deviation (P. C. Austin, 2011); of these the nearest ones by
 *    Mahalanobis' distance of all traits are taken, each as often as needed. A funded one without any such match is left out.
 * 2. Change is compared with change (difference in differences): what a unit always had more than another drops out. What the traits
 *    still differ by after matching is corrected by a regression of the change of the matches (A. Abadie and G. Imbens, 2011).
 *    The earlier outcome is no trait: matching on it brings regression to the mean into the difference (J. Daw and L. Hatfield, 2018).
 * 3. The standard error is that of A. Abadie and G. Imbens (2006) for matching with replacement, in which a unit that serves as match
 *    often counts with its whole weight; where units come in clusters, sums of clusters take the place of units, and the larger of both holds.
 * 4. All of this is blind to what nobody observed. Two things tell of it. What the funded had more than their matches before the fund, and
 *    by what more they grew before it, should be nothing; where it is not, something that the traits do not say sets them apart. And the
 *    bounds of P. Rosenbaum (2002) say what the lift may be if something hidden doubled the odds of being funded, and by which factor
 *    it would have to change them to explain the whole difference away.
 */
import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { inverse, leastSquares, logOdds } from './linear.ts';
import { boundsAt, signedRankBound } from './rosenbaum.ts';

export interface LiftUnit {
  readonly id: string;
  readonly funded: boolean;
  /** What is known of it from before the fund, in the order of the names. */
  readonly traits: readonly number[];
  /** The outcome in the time before, and in as long a time after. */
  readonly before: number;
  readonly after: number;
  /** The outcome in as long a time before `before`; null: not known. */
  readonly earlier: number | null;
  /** Units of one cluster share what happens to them; null: it stands for itself. */
  readonly cluster: string | null;
}

export interface LiftRules {
  /** Of the interval, such as 0.95. */
  readonly confidence: number;
  /** Matches of each funded unit. */
  readonly matches: number;
  /** In standard deviations of the ln of the odds. */
  readonly caliper: number;
}

const LIFT_RULES: LiftRules = { confidence: 0.95, matches: 3, caliper: 0.2 };

export interface Lift {
  /** A funded unit, on average: in the unit of the outcome. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly error: number;
  /** What plainly subtracting the mean changes of all gives. */
  readonly unmatched: number;
  readonly funded: number;
  /** Funded ones without a match: the estimate does not speak of them. */
  readonly leftOut: readonly string[];
  /** Unfunded ones that serve as a match. */
  readonly matches: number;
  /** Differences of the traits in standard deviations, before and after matching. */
  readonly balance: readonly { readonly trait: string; readonly before: number; readonly after: number }[];
  /** The factor on the odds of being funded from which on something hidden could explain the difference; 1: chance alone could. */
  readonly gamma: number;
  /** What the lift may be if something hidden changed those odds by the factor 2. */
  readonly bounds: { readonly low: number; readonly high: number };
  /** What the funded had more than their matches before the fund; by how much more they grew then, null where that is not known. */
  readonly already: Difference;
  readonly grewBefore: Difference | null;
  /** What must be known before anybody acts on it, in sentences. */
  readonly warnings: readonly string[];
  readonly pairs: readonly LiftPair[];
}

/** Funded ones less their matches, with its interval. */
export interface Difference {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly error: number;
}

/** A funded unit and what it is compared with. */
export interface LiftPair {
  readonly funded: string;
  readonly matches: readonly string[];
  /** Its change less that of its matches, corrected for traits. */
  readonly difference: number;
}

/** Why nothing can be said. */
export class NoLift extends Error {
  override readonly name = 'NoLift';
}

/** Fewer funded units with a match say nothing. */
const LEAST = 5;

/** Estimates the lift; throws NoLift where there is too little to compare. @param traits their names */
export function liftOf(units: readonly LiftUnit[], traits: readonly string[], rules: LiftRules = LIFT_RULES): Lift {
  const ordered = [...units].sort((a, b) => (a.id < b.id ? -1 : 1));
  const funded = ordered.filter((unit) => unit.funded);
  const others = ordered.filter((unit) => !unit.funded);
  if (funded.length < LEAST || others.length < LEAST)
    throw new NoLift(
      `${funded.length} funded and ${others.length} unfunded ones are too few to compare: ${LEAST} of each are needed`,
    );
  const scaled = standardised(ordered);
  const traitsOf = new Map(ordered.map((unit, n) => [unit.id, scaled[n] ?? []]));
  const distance = mahalanobis(scaled);
  const odds = logOdds(
    scaled,
    ordered.map((unit) => unit.funded),
  );
  const reach = rules.caliper * deviationOf(odds);
  const oddsOf = new Map(ordered.map((unit, n) => [unit.id, odds[n] ?? 0]));
  const nearest = (unit: LiftUnit, among: readonly LiftUnit[], count: number): LiftUnit[] =>
    among
      .map((other) => ({ other, at: distance(traitsOf.get(unit.id) ?? [], traitsOf.get(other.id) ?? []) }))
      .sort((a, b) => a.at - b.at || (a.other.id < b.other.id ? -1 : 1))
      .slice(0, count)
      .map(({ other }) => other);
  const matched = funded.map((unit) => {
    const own = oddsOf.get(unit.id) ?? 0;
    const possible = others.filter((other) => Math.abs((oddsOf.get(other.id) ?? 0) - own) <= reach);
    return { unit, matches: nearest(unit, possible, rules.matches) };
  });
  const kept = matched.filter(({ matches }) => matches.length > 0);
  if (kept.length < LEAST)
    throw new NoLift(
      `only ${kept.length} of ${funded.length} funded ones have an unfunded one that is like them: nothing can be said`,
    );
  const used = new Map<string, { times: number; squares: number }>();
  for (const { matches } of kept) {
    for (const { id } of matches) {
      const known = used.get(id) ?? { times: 0, squares: 0 };
      const share = 1 / matches.length;
      used.set(id, { times: known.times + share, squares: known.squares + share * share });
    }
  }
  const serving = others.filter(({ id }) => used.has(id));
  const alike = new Map(
    serving.map((unit) => [
      unit.id,
      nearest(
        unit,
        others.filter(({ id }) => id !== unit.id),
        NEIGHBOURS,
      ),
    ]),
  );
  const design: Design = { kept, serving, used, traitsOf, alike, confidence: rules.confidence };
  const change = ({ before, after }: LiftUnit) => after - before;
  const found = effectOn(change, design);
  const already = effectOn(({ before }) => before, design);
  const grewBefore = ordered.every(({ earlier }) => earlier !== null)
    ? effectOn(({ before, earlier }) => before - (earlier ?? 0), design)
    : null;
  const balance = traits.map((trait, n) => {
    const value = (unit: LiftUnit) => traitsOf.get(unit.id)?.[n] ?? 0;
    const after = mean(kept.map(({ unit, matches }) => value(unit) - mean(matches.map(value))));
    return { trait, before: mean(funded.map(value)) - mean(others.map(value)), after };
  });
  const leftOut = matched.filter(({ matches }) => matches.length === 0).map(({ unit }) => unit.id);
  const differences = found.pairs.map(({ difference }) => difference);
  const lift = {
    ...spanOf(found),
    unmatched: mean(funded.map(change)) - mean(others.map(change)),
    funded: kept.length,
    leftOut,
    matches: serving.length,
    balance,
    gamma: signedRankBound(differences, (1 - rules.confidence) / 2),
    bounds: boundsAt(differences, DOUBLED),
    already: spanOf(already),
    grewBefore: grewBefore && spanOf(grewBefore),
    pairs: found.pairs.map(({ unit, matches, difference }) => ({
      funded: unit.id,
      matches: matches.map(({ id }) => id),
      difference,
    })),
  };
  return { ...lift, warnings: warningsOf(lift, funded.length) };
}

/** Neighbours of its own kind by which the noise of a unit is told. */
const NEIGHBOURS = 3;
/** Below this factor little that is hidden would explain the difference. */
const FRAIL = 1.5;
/** The factor on the odds for which bounds are shown. */
const DOUBLED = 2;
/** Differences of traits that matching should not leave, in standard deviations. */
const UNEVEN = 0.25;

interface Pair {
  readonly unit: LiftUnit;
  readonly matches: readonly LiftUnit[];
}

/** Who is compared with whom, whatever the outcome. */
interface Design {
  readonly kept: readonly Pair[];
  /** Unfunded ones that serve as a match, how often, and their neighbours among the unfunded. */
  readonly serving: readonly LiftUnit[];
  readonly used: ReadonlyMap<string, { times: number; squares: number }>;
  readonly alike: ReadonlyMap<string, readonly LiftUnit[]>;
  readonly traitsOf: ReadonlyMap<string, readonly number[]>;
  readonly confidence: number;
}

type Effect = Difference & { readonly pairs: readonly (Pair & { readonly difference: number })[] };

/** What the funded have more than their matches of an outcome. */
function effectOn(outcome: (unit: LiftUnit) => number, design: Design): Effect {
  const { kept, serving, used, traitsOf, alike, confidence } = design;
  const expected = regression(serving, used, outcome, traitsOf);
  const beside = (unit: LiftUnit, others: readonly LiftUnit[]) =>
    outcome(unit) - mean(others.map((other) => outcome(other) + expected(unit) - expected(other)));
  const pairs = kept.map((pair) => ({ ...pair, difference: beside(pair.unit, pair.matches) }));
  const estimate = mean(pairs.map(({ difference }) => difference));
  const residuals = new Map(
    serving.map((unit) => [unit.id, Math.sqrt(NEIGHBOURS / (NEIGHBOURS + 1)) * beside(unit, alike.get(unit.id) ?? [])]),
  );
  const error = Math.max(
    matchingError(
      pairs.map(({ difference }) => difference - estimate),
      used,
      residuals,
    ),
    clusterError(pairs, estimate, serving, used, residuals),
  );
  const freedom = Math.max(1, clustersOf(pairs.map(({ unit }) => unit)) - 1);
  const half = tQuantile((1 + confidence) / 2, freedom) * error;
  return { estimate, low: estimate - half, high: estimate + half, error, pairs };
}

function spanOf({ estimate, low, high, error }: Effect): Difference {
  return { estimate, low, high, error };
}

function warningsOf(lift: Omit<Lift, 'warnings'>, funded: number): string[] {
  const { gamma, leftOut, balance, already, grewBefore } = lift;
  const uneven = balance.filter(({ after }) => Math.abs(after) > UNEVEN).map(({ trait }) => trait);
  const apart = [
    ...(holdsZero(already) ? [] : ['had']),
    ...(grewBefore === null || holdsZero(grewBefore) ? [] : ['grew by']),
  ];
  return [
    ...(apart.length > 0
      ? [
          `Already before the fund the funded ${apart.join(' and ')} ${wayOf(already, grewBefore)} than those they are compared with: something that the traits do not say sets them apart. Do not take the difference for the fund's work.`,
        ]
      : []),
    ...(holdsZero(lift) ? ['The range holds 0: chance alone can explain the difference.'] : []),
    ...(gamma < FRAIL && !holdsZero(lift)
      ? [
          `Something hidden that changes the odds of being funded by a factor of ${gamma.toFixed(2)} could explain the difference.`,
        ]
      : []),
    ...(leftOut.length > 0
      ? [
          `${leftOut.length} of ${funded} funded ones have no match that is like them; the figure does not speak of them.`,
        ]
      : []),
    ...(uneven.length > 0 ? [`After matching they still differ in ${uneven.join(', ')}.`] : []),
  ];
}

function holdsZero({ low, high }: { readonly low: number; readonly high: number }): boolean {
  return low <= 0 && high >= 0;
}

/** "more" or "less", by what is plainest. */
function wayOf(already: Difference, grewBefore: Difference | null): string {
  const plainest = grewBefore !== null && holdsZero(already) ? grewBefore : already;
  return plainest.estimate > 0 ? 'more' : 'less';
}

/** A. Abadie and G. Imbens (2006), theorem 7: of the effects on the funded, with matches used more than once. */
function matchingError(
  deviations: readonly number[],
  used: ReadonlyMap<string, { times: number; squares: number }>,
  residuals: ReadonlyMap<string, number>,
): number {
  const own = deviations.reduce((sum, deviation) => sum + deviation * deviation, 0);
  const reused = [...used].reduce((sum, [id, { times, squares }]) => {
    return sum + (times * times - squares) * (residuals.get(id) ?? 0) ** 2;
  }, 0);
  return Math.sqrt(Math.max(0, own + reused)) / deviations.length;
}

/** Sums of what each unit adds to the estimate, by cluster. */
function clusterError(
  pairs: readonly { readonly unit: LiftUnit; readonly matches: readonly LiftUnit[]; readonly difference: number }[],
  estimate: number,
  serving: readonly LiftUnit[],
  used: ReadonlyMap<string, { times: number; squares: number }>,
  residuals: ReadonlyMap<string, number>,
): number {
  if (pairs.every(({ unit }) => unit.cluster === null)) return 0;
  const sums = new Map<string, number>();
  const add = ({ id, cluster }: LiftUnit, value: number) => {
    const key = cluster === null ? `unit ${id}` : `cluster ${cluster}`;
    sums.set(key, (sums.get(key) ?? 0) + value);
  };
  const noise = new Map(serving.map(({ id }) => [id, residuals.get(id) ?? 0]));
  for (const { unit, matches, difference } of pairs) {
    // The noise of the matches counts at their own clusters.
    add(unit, difference - estimate + mean(matches.map(({ id }) => noise.get(id) ?? 0)));
  }
  for (const unit of serving) add(unit, -(used.get(unit.id)?.times ?? 0) * (noise.get(unit.id) ?? 0));
  const total = [...sums.values()].reduce((sum, value) => sum + value * value, 0);
  const count = sums.size;
  return Math.sqrt((total * count) / Math.max(1, count - 1)) / pairs.length;
}

function clustersOf(units: readonly LiftUnit[]): number {
  return new Set(units.map(({ id, cluster }) => (cluster === null ? `unit ${id}` : `cluster ${cluster}`))).size;
}

/** What outcome is to be expected of a unit of such traits, by the matches, each counting as often as it serves. */
function regression(
  serving: readonly LiftUnit[],
  used: ReadonlyMap<string, { times: number }>,
  outcome: (unit: LiftUnit) => number,
  traitsOf: ReadonlyMap<string, readonly number[]>,
): (unit: LiftUnit) => number {
  const columns = traitsOf.get(serving[0]?.id ?? '')?.length ?? 0;
  // With hardly more matches than traits a line would go through all of them.
  if (serving.length < 3 * (columns + 1)) return () => 0;
  const row = (unit: LiftUnit) => [1, ...(traitsOf.get(unit.id) ?? [])];
  const coefficients = leastSquares(
    serving.map(row),
    serving.map(outcome),
    serving.map(({ id }) => used.get(id)?.times ?? 0),
  );
  return (unit) => row(unit).reduce((sum, value, n) => sum + value * (coefficients[n] ?? 0), 0);
}

/** Traits with the mean 0 and the standard deviation 1; one that is the same for all says nothing and is 0. */
function standardised(units: readonly LiftUnit[]): number[][] {
  const count = units[0]?.traits.length ?? 0;
  const columns = Array.from({ length: count }, (_, n) => units.map(({ traits }) => traits[n] ?? 0));
  const means = columns.map(mean);
  const deviations = columns.map(deviationOf);
  return units.map(({ traits }) =>
    means.map((middle, n) => ((deviations[n] ?? 0) === 0 ? 0 : ((traits[n] ?? 0) - middle) / (deviations[n] ?? 1))),
  );
}

/** P. C. Mahalanobis (1936): the distance by the covariance of the traits. */
function mahalanobis(rows: readonly (readonly number[])[]): (a: readonly number[], b: readonly number[]) => number {
  const count = rows[0]?.length ?? 0;
  const covariance = Array.from({ length: count }, (_, i) =>
    Array.from({ length: count }, (_unused, j) => mean(rows.map((row) => (row[i] ?? 0) * (row[j] ?? 0)))),
  );
  const weights = count === 0 ? [] : inverse(covariance, 1e-6);
  return (a, b) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const own = (a[i] ?? 0) - (b[i] ?? 0);
      for (let j = 0; j < count; j++) sum += own * (weights[i]?.[j] ?? 0) * ((a[j] ?? 0) - (b[j] ?? 0));
    }
    return sum;
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
