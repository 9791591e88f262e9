/** Fits a score to the past: strength of the penalty and calibration come from forward folds of that past alone. */

import { type Calibration, calibrate } from './calibrate.ts';
import { binRows, type Features, learnFeatures } from './features.ts';
import { auc, logLoss, type Numbers } from './metrics.ts';
import { chanceOf, fitScorecard, logitsOf, type Scorecard } from './scorecard.ts';
import { range, rowsOf, type Table } from './table.ts';

/** A score as it was learned; the points of `scorecard.columns` belong to `features` in their order. */
export interface Fit extends Features {
  readonly scorecard: Scorecard;
  readonly calibration: Calibration;
  readonly penalty: number;
}

/** Each fold learns from the first part of the rows and is judged on what comes next. */
const FOLDS = [
  [0.4, 0.55],
  [0.55, 0.7],
  [0.7, 0.85],
  [0.85, 1],
] as const;
/** Outcomes of so much of the past, the newest, calibrate. */
const RECENT = 0.2;
const PENALTIES = [4, 8, 16, 32];
/** Of penalties that lose hardly more than the best the strongest is taken: what it learns lasts longer. */
const HARDLY = 1.003;

/** @param table in the order of time, without the label */
export function fitScore(
  table: Table,
  outcomes: Numbers,
  time: string | null,
  penalties: readonly number[] = PENALTIES,
): Fit {
  const folds = FOLDS.map(([from, to]) => foldOf(table, outcomes, time, from, to)).filter((fold) => fold !== null);
  const tried = penalties.map((penalty) => {
    const logits = folds.map((fold) =>
      logitsOf(fitScorecard(fold.past, fold.pastOutcomes, penalty), fold.next, fold.size),
    );
    const losses = logits.map((each, n) => logLoss(each.map(chanceOf), folds[n]?.outcomes ?? []));
    return { penalty, logits, loss: losses.reduce((sum, each) => sum + each, 0) };
  });
  const least = Math.min(...tried.map(({ loss }) => loss));
  const best = tried.filter(({ loss }) => loss <= HARDLY * least).reduce((a, b) => (b.penalty > a.penalty ? b : a));
  const learned = learnFeatures(table, time);
  return {
    ...learned,
    penalty: best.penalty,
    scorecard: fitScorecard(binRows(learned.features, table), outcomes, best.penalty),
    calibration: recentCalibration(table.size, folds, best.logits),
  };
}

/** The log-odds of the rows, before calibration. */
export function logitsIn({ features, scorecard }: Pick<Fit, 'features' | 'scorecard'>, table: Table): Float64Array {
  return logitsOf(scorecard, binRows(features, table), table.size);
}

type Fold = NonNullable<ReturnType<typeof foldOf>>;

function foldOf(table: Table, outcomes: Numbers, time: string | null, from: number, to: number) {
  const start = Math.floor(table.size * from);
  const end = Math.floor(table.size * to);
  const past = rowsOf(table, range(0, start));
  const next = rowsOf(table, range(start, end));
  const pastOutcomes = Float64Array.from(range(0, start), (row) => outcomes[row] as number);
  if (!pastOutcomes.includes(0) || !pastOutcomes.includes(1) || next.size === 0) return null;
  const { features } = learnFeatures(past, time);
  return {
    start,
    size: next.size,
    past: binRows(features, past),
    next: binRows(features, next),
    pastOutcomes,
    outcomes: Float64Array.from(range(start, end), (row) => outcomes[row] as number),
  };
}

/** From what models of an earlier past said of the newest leads; each of these lies after all that its model had seen. */
function recentCalibration(size: number, folds: readonly Fold[], logits: readonly Float64Array[]): Calibration {
  const said: number[] = [];
  const came: number[] = [];
  for (const [n, fold] of folds.entries()) {
    for (let row = 0; row < fold.size; row++) {
      if (fold.start + row < size * (1 - RECENT)) continue;
      said.push(logits[n]?.[row] as number);
      came.push(fold.outcomes[row] as number);
    }
  }
  // Too few, or of one outcome only, tell nothing of how sure to be.
  if (!came.includes(0) || !came.includes(1) || auc(said, came) <= 0.5) return { slope: 1, offset: 0 };
  return calibrate(said, came);
}
