import { meanOf, type Numbers } from './metrics.ts';
import { minimise } from './minimise.ts';
import { chanceOf } from './scorecard.ts';

/** chance = 1 / (1 + exp(-(slope x logit + offset))). */
export interface Calibration {
  readonly slope: number;
  readonly offset: number;
}

/**
 * Platt's scaling: a straight line through the log-odds, fitted to outcomes that the model has not seen. Targets are drawn in a
 * little as in Platt (1999), and the line towards leaving everything as it is, which matters where outcomes are few.
 */
export function calibrate(logits: Numbers, outcomes: Numbers): Calibration {
  const wins = meanOf(outcomes) * outcomes.length;
  const high = (wins + 1) / (wins + 2);
  const low = 1 / (outcomes.length - wins + 2);
  const [slope = 1, offset = 0] = minimise(
    (at, gradient) => {
      const [slope = 1, offset = 0] = at;
      let loss = (DRAW / 2) * ((slope - 1) ** 2 + offset ** 2);
      let bySlope = DRAW * (slope - 1);
      let byOffset = DRAW * offset;
      for (let n = 0; n < logits.length; n++) {
        const logit = slope * (logits[n] as number) + offset;
        const target = outcomes[n] === 1 ? high : low;
        loss += Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(logit, 0) - target * logit;
        const off = chanceOf(logit) - target;
        bySlope += off * (logits[n] as number);
        byOffset += off;
      }
      gradient[0] = bySlope;
      gradient[1] = byOffset;
      return loss;
    },
    Float64Array.of(1, 0),
  );
  // A model whose order was of no use on recent outcomes must not be turned around.
  return { slope: Math.max(0, slope), offset };
}

const DRAW = 5;

export function calibrated({ slope, offset }: Calibration, logits: Numbers): Float64Array {
  return Float64Array.from(logits, (logit) => chanceOf(slope * logit + offset));
}
