/**
 * The lift of a fund, where the truth is known: over many seeds, does the interval of 95 % hold what the fund brought those that the estimate speaks of? In
 * markets where funds follow what everybody sees it must; where they follow hidden skill it cannot, and the figures say by how much it
 * is wrong and how often the sensitivity bound warns.
 */
import { type Lift, liftOf } from '../src/insight/lift.ts';
import { type Bench, machine, rounded } from './bench.ts';
import { drawMarket, type LiftMarket, TRAITS } from './lift/market.ts';

const SEEDS = 200;
const MARKETS: Readonly<Record<string, LiftMarket>> = {
  observed: { partners: 400, hidden: 0, perCluster: 0 },
  clustered: { partners: 400, hidden: 0, perCluster: 4 },
  small: { partners: 120, hidden: 0, perCluster: 0 },
  hidden: { partners: 400, hidden: 0.7, perCluster: 0 },
  'hidden strongly': { partners: 400, hidden: 1.5, perCluster: 0 },
};
/** Wider ones on average would say little of a true lift of about 19. */
const WIDEST = 14;

export const lift: Bench = {
  config: { ...machine(), seeds: SEEDS, confidence: 0.95, markets: MARKETS, widest: WIDEST },
  async run(tell) {
    const figures = Object.fromEntries(
      Object.entries(MARKETS).map(([name, market]) => {
        tell(`${name}: ${SEEDS} markets`);
        return [name, measured(market)];
      }),
    );
    for (const [name, { hidden }] of Object.entries(MARKETS)) {
      const found = figures[name];
      if (hidden > 0 || found === undefined) continue;
      if (found.coverage < 0.9 || found.coverage > 0.98)
        throw new Error(`${name}: intervals of 95 % hold the truth in ${found.coverage * 100} %`);
      if (name !== 'small' && found.meanWidth > WIDEST)
        throw new Error(`${name}: intervals are ${found.meanWidth} wide, more than ${WIDEST}`);
    }
    return figures;
  },
};

function measured(market: LiftMarket) {
  const rounds = Array.from({ length: SEEDS }, (_, seed) => {
    const { units, effects } = drawMarket(market, 1_000 + seed);
    const found = liftOf(units, TRAITS);
    const truth = mean(found.pairs.map(({ funded }) => effects.get(funded) ?? 0));
    return { found, truth };
  });
  const of = (value: (found: Lift, truth: number) => number) =>
    rounded(mean(rounds.map(({ found, truth }) => value(found, truth))), 3);
  return {
    truth: of((_found, truth) => truth),
    coverage: of(({ low, high }, truth) => (low <= truth && truth <= high ? 1 : 0)),
    meanWidth: of(({ low, high }) => high - low),
    bias: of(({ estimate }, truth) => estimate - truth),
    biasUnmatched: of(({ unmatched }, truth) => unmatched - truth),
    truthWithinBounds: of(({ bounds }, truth) => (bounds.low <= truth && truth <= bounds.high ? 1 : 0)),
    gamma: of(({ gamma }) => gamma),
    warned: of(({ warnings }) => (warnings.some((text) => text.startsWith('Already before')) ? 1 : 0)),
    leftOut: of(({ leftOut }) => leftOut.length),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
