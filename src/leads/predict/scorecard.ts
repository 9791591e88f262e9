/**
 * Logistic regression with an L2 penalty over binned columns. Each column enters as one feature a bin (one-hot, the missing ones among them), and
 * as the weight of evidence of its bins, by which rare bins lean on what they showed. A fitted column is one number a bin.
 */
import type { Numbers } from './metrics.ts';
import { meanOf } from './metrics.ts';
import { minimise } from './minimise.ts';

/** One column as bins: `bins[row]` is below `count`. */
export interface Binned {
  readonly bins: Int32Array;
  readonly count: number;
}

/** What a bin showed in training. */
export interface BinFacts {
  readonly leads: number;
  readonly wins: number;
  /** ln of the odds of winning in the bin over those of all, drawn towards 0 where leads are few. */
  readonly evidence: number;
}

export interface FittedColumn {
  readonly facts: readonly BinFacts[];
  /** What each bin adds to the log-odds. */
  readonly points: readonly number[];
}

export interface Scorecard {
  readonly base: number;
  readonly columns: readonly FittedColumn[];
}

/** So many leads of the usual share are added to each bin before its odds are taken. */
const PRIOR_LEADS = 15;

/** @param penalty the weight of the squared coefficients against the sum of the log losses */
export function fitScorecard(columns: readonly Binned[], won: Numbers, penalty: number): Scorecard {
  const outcomes = Float64Array.from(won);
  const share = shareWon(outcomes);
  const facts = columns.map((column) => binFacts(column, outcomes));
  const evidence = facts.map((bins) => Float64Array.from(bins, (bin) => bin.evidence));
  // Parameters: the base, then for each column its bins and the weight of its evidence.
  const starts: number[] = [];
  let size = 1;
  for (const { count } of columns) {
    starts.push(size);
    size += count + 1;
  }
  const scale = steepness(facts, starts, size, share, penalty);
  const weights = new Float64Array(size);
  const logits = new Float64Array(outcomes.length);
  const pointsOf = (column: number): Float64Array => {
    const { count } = columns[column] as Binned;
    const at = starts[column] as number;
    const slope = weights[at + count] as number;
    const points = weights.slice(at, at + count);
    const shown = evidence[column] as Float64Array;
    for (let bin = 0; bin < count; bin++) points[bin] = (points[bin] as number) + slope * (shown[bin] as number);
    return points;
  };
  const start = new Float64Array(size);
  start[0] = Math.log(share / (1 - share)) / (scale[0] as number);
  const fitted = minimise((point, gradient) => {
    for (let n = 0; n < size; n++) weights[n] = (point[n] as number) * (scale[n] as number);
    logits.fill(weights[0] as number);
    for (let c = 0; c < columns.length; c++) addPoints(logits, (columns[c] as Binned).bins, pointsOf(c));
    let loss = errorsOf(logits, outcomes);
    gradient[0] = sumOf(logits);
    for (let c = 0; c < columns.length; c++) {
      const { bins, count } = columns[c] as Binned;
      const at = starts[c] as number;
      const sums = sumsByBin(logits, bins, count);
      gradient.set(sums, at);
      const shown = evidence[c] as Float64Array;
      gradient[at + count] = sums.reduce((sum, each, bin) => sum + each * (shown[bin] as number), 0);
    }
    for (let n = 1; n < size; n++) {
      const weight = weights[n] as number;
      loss += (penalty / 2) * weight * weight;
      gradient[n] = (gradient[n] as number) + penalty * weight;
    }
    for (let n = 0; n < size; n++) gradient[n] = (gradient[n] as number) * (scale[n] as number);
    return loss;
  }, start);
  for (let n = 0; n < size; n++) weights[n] = (fitted[n] as number) * (scale[n] as number);
  return {
    base: weights[0] as number,
    columns: facts.map((each, c) => ({ facts: each, points: [...pointsOf(c)] })),
  };
}

/**
 * Units in which the loss is about as steep in every direction at the start; the minimum is the same, and is reached in a fraction
 * of the rounds.
 */
function steepness(
  facts: readonly (readonly BinFacts[])[],
  starts: readonly number[],
  size: number,
  share: number,
  penalty: number,
): Float64Array {
  const scale = new Float64Array(size);
  const unit = (leads: number) => 1 / Math.sqrt(leads * share * (1 - share) + penalty);
  scale[0] = unit(facts[0]?.reduce((sum, { leads }) => sum + leads, 0) ?? 1);
  for (const [c, bins] of facts.entries()) {
    const at = starts[c] as number;
    for (const [bin, { leads }] of bins.entries()) scale[at + bin] = unit(leads);
    scale[at + bins.length] = unit(bins.reduce((sum, { leads, evidence }) => sum + leads * evidence * evidence, 0));
  }
  return scale;
}

/** The log-odds of each row. */
export function logitsOf({ base, columns: fitted }: Scorecard, columns: readonly Binned[], rows: number): Float64Array {
  const logits = new Float64Array(rows).fill(base);
  for (const [c, { bins }] of columns.entries()) {
    const points = fitted[c]?.points ?? [];
    addPoints(logits, bins, Float64Array.from(points));
  }
  return logits;
}

export function chanceOf(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** What each bin of a column showed. */
export function binFacts({ bins, count }: Binned, outcomes: Numbers): BinFacts[] {
  const share = shareWon(outcomes);
  const leads = new Float64Array(count);
  const wins = new Float64Array(count);
  for (let row = 0; row < outcomes.length; row++) {
    const bin = bins[row] as number;
    leads[bin] = (leads[bin] as number) + 1;
    wins[bin] = (wins[bin] as number) + (outcomes[row] as number);
  }
  return Array.from({ length: count }, (_, bin) => {
    const [all, won] = [leads[bin] as number, wins[bin] as number];
    const odds = (won + PRIOR_LEADS * share) / (all - won + PRIOR_LEADS * (1 - share));
    return { leads: all, wins: won, evidence: Math.log(odds) - Math.log(share / (1 - share)) };
  });
}

/** Drawn in from 0 and 1, where odds have no logarithm. */
function shareWon(outcomes: Numbers): number {
  return Math.min(0.999, Math.max(0.001, meanOf(outcomes)));
}

// The loops over all rows stand in functions of their own, which run several times faster.

function addPoints(logits: Float64Array, bins: Int32Array, points: Float64Array): void {
  for (let row = 0; row < logits.length; row++)
    logits[row] = (logits[row] as number) + (points[bins[row] as number] as number);
}

function sumsByBin(errors: Float64Array, bins: Int32Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  for (let row = 0; row < errors.length; row++) {
    const bin = bins[row] as number;
    sums[bin] = (sums[bin] as number) + (errors[row] as number);
  }
  return sums;
}

/** Turns log-odds into chance less outcome. @returns the sum of the log losses */
function errorsOf(logits: Float64Array, outcomes: Float64Array): number {
  let loss = 0;
  for (let row = 0; row < logits.length; row++) {
    const logit = logits[row] as number;
    const outcome = outcomes[row] as number;
    const tail = Math.exp(-Math.abs(logit));
    loss += Math.log1p(tail) + Math.max(logit, 0) - outcome * logit;
    logits[row] = (logit >= 0 ? 1 / (1 + tail) : tail / (1 + tail)) - outcome;
  }
  return loss;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n] as number;
  return sum;
}
