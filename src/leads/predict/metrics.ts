/** How good probabilities are, measured against what happened. Outcomes are 1 (won) and 0. */

/** Keeps a logarithm finite where a model is too sure. */
const LEAST = 1e-6;

/** Values that can be read by place: arrays and typed arrays. */
export type Numbers = ArrayLike<number>;

/**
 * Area under the ROC curve: the chance that a won lead stands above one that was not, ties counting half (Mann-Whitney).
 * @returns 0.5 where only one outcome occurs
 */
export function auc(scores: Numbers, outcomes: Numbers): number {
  const order = sortedPlaces(scores);
  let wins = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && scores[order[end] as number] === scores[order[start] as number]) end++;
    const rank = (start + end + 1) / 2;
    for (let n = start; n < end; n++) {
      if (outcomes[order[n] as number] !== 1) continue;
      wins++;
      rankSum += rank;
    }
    start = end;
  }
  const losses = order.length - wins;
  return wins === 0 || losses === 0 ? 0.5 : (rankSum - (wins * (wins + 1)) / 2) / (wins * losses);
}

/** Mean negative log-likelihood, in nats. */
export function logLoss(chances: Numbers, outcomes: Numbers): number {
  let sum = 0;
  for (let n = 0; n < chances.length; n++) {
    const chance = Math.min(1 - LEAST, Math.max(LEAST, chances[n] as number));
    sum -= Math.log(outcomes[n] === 1 ? chance : 1 - chance);
  }
  return sum / chances.length;
}

/** Mean squared distance of the probability from the outcome. */
export function brier(chances: Numbers, outcomes: Numbers): number {
  let sum = 0;
  for (let n = 0; n < chances.length; n++) sum += ((chances[n] as number) - (outcomes[n] as number)) ** 2;
  return sum / chances.length;
}

/** One line of a calibration table: leads of like probability, what was said of them and what came of them. */
export interface CalibrationBin {
  readonly leads: number;
  /** The least and the greatest probability in the bin. */
  readonly from: number;
  readonly to: number;
  readonly predicted: number;
  readonly won: number;
}

/** Leads in the order of their probability, cut into bins of equal size (10 unless told). */
export function calibrationTable(chances: Numbers, outcomes: Numbers, bins = 10): CalibrationBin[] {
  const order = sortedPlaces(chances);
  return Array.from({ length: bins }, (_, bin) => {
    const part = order.slice(Math.floor((bin * order.length) / bins), Math.floor(((bin + 1) * order.length) / bins));
    const mean = (values: Numbers) => part.reduce((sum, place) => sum + (values[place] as number), 0) / part.length;
    return {
      leads: part.length,
      from: chances[part[0] as number] as number,
      to: chances[part.at(-1) as number] as number,
      predicted: mean(chances),
      won: mean(outcomes),
    };
  }).filter(({ leads }) => leads > 0);
}

/** Expected calibration error: by how much, on average, what was said of a bin differs from what came of it. */
export function expectedCalibrationError(table: readonly CalibrationBin[]): number {
  const leads = table.reduce((sum, bin) => sum + bin.leads, 0);
  return table.reduce((sum, bin) => sum + (bin.leads / leads) * Math.abs(bin.predicted - bin.won), 0);
}

/** All of it at once. */
export interface Evaluation {
  readonly leads: number;
  readonly wonShare: number;
  readonly auc: number;
  readonly logLoss: number;
  readonly brier: number;
  readonly ece: number;
  readonly calibration: readonly CalibrationBin[];
}

export function evaluate(chances: Numbers, outcomes: Numbers): Evaluation {
  const calibration = calibrationTable(chances, outcomes);
  return {
    leads: chances.length,
    wonShare: meanOf(outcomes),
    auc: auc(chances, outcomes),
    logLoss: logLoss(chances, outcomes),
    brier: brier(chances, outcomes),
    ece: expectedCalibrationError(calibration),
    calibration,
  };
}

export function meanOf(values: Numbers): number {
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n] as number;
  return values.length === 0 ? 0 : sum / values.length;
}

function sortedPlaces(values: Numbers): number[] {
  return Array.from({ length: values.length }, (_, n) => n).sort(
    (a, b) => (values[a] as number) - (values[b] as number) || a - b,
  );
}
