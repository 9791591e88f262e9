import { decimalOf, sum } from '../src/model/money.ts';
import { attributeDeal } from '../src/revenue/attribution/attribute-deal.ts';
import { creditingOf } from '../src/revenue/attribution/crediting.ts';
import { learn, sharesFrom } from '../src/revenue/attribution/fit.ts';
import { isFitted, type ModelSpec, SHAPES } from '../src/revenue/attribution/spec.ts';
import { EVERY_TOUCH } from '../src/revenue/attribution/touches.ts';
import { type Journey, journeysOf } from './attribution/journeys.ts';
import { againstTruth } from './attribution/truth.ts';
import { type Bench, machine, peakRssMb, rounded } from './bench.ts';

const PLAN = { seed: 11, journeys: 250_000, touches: 600_000, campaigns: 50, kinds: 10, adjustedOneIn: 5 };
/** Of the journeys that the fitted models learn from one in so many converted. */
const CONVERTED_ONE_IN = 4;
const WARM_UP = 10_000;
const MARKET = { leads: 400, days: 20, seed: 1, runsADay: 2 };
const FULL_MARKET = { leads: 2_000, days: 30, seed: 1, runsADay: 2 };
/** As attribution.yaml names them. */
const MARKET_MODELS = {
  first: 'first',
  last: 'last',
  linear: 'linear',
  'u-shaped': 'u-shaped',
  'w-shaped': 'w-shaped',
  'full-path': 'full-path',
  'time-decay': 'time-decay',
  markov: 'markov',
  'markov-of-order-2': { kind: 'markov', order: 2 },
  shapley: 'shapley',
};

const MODELS: Readonly<Record<string, ModelSpec>> = {
  first: { kind: 'first' },
  last: { kind: 'last' },
  linear: { kind: 'linear' },
  'u-shaped': { kind: 'position', shares: SHAPES['u-shaped'] },
  'w-shaped': { kind: 'position', shares: SHAPES['w-shaped'] },
  'full-path': { kind: 'position', shares: SHAPES['full-path'] },
  position: { kind: 'position', shares: { first: 50, middle: 20, last: 30 } },
  'time-decay': { kind: 'time-decay', halfLifeDays: 7 },
  markov: { kind: 'markov', order: 1, by: 'campaign' },
  'markov of order 2': { kind: 'markov', order: 2, by: 'kind' },
  shapley: { kind: 'shapley', by: 'kind' },
  custom: { kind: 'custom', weight: 'touch.kind == "kind 1" ? 3 : touch.daysBefore < 30 ? 2 : 1' },
};

/**
 * Seconds to credit every deal's ledger lines to its touches, by model; with the fit, for those that learn. Each result is
 * checked: credits and the rest add up to what was booked. The floor puts the same touches in order and splits the same
 * amounts as plain numbers, which is neither exact nor aware of what stood before.
 *
 * Then a market lives with Sluice, and each model's credit to campaigns is held against what they truly brought, which the
 * market alone knows; with --full a larger one.
 */
export const attribution: Bench = {
  config: ({ full }) => ({
    ...PLAN,
    convertedOneIn: CONVERTED_ONE_IN,
    warmUp: WARM_UP,
    models: MODELS,
    market: full ? FULL_MARKET : MARKET,
    ...machine(),
  }),
  async run(tell, { full }) {
    const journeys = journeysOf(PLAN);
    const touches = journeys.reduce((total, journey) => total + journey.touches.length, 0);
    const rssOfJourneysMb = Math.round(process.memoryUsage().rss / 2 ** 20);
    tell(`${PLAN.journeys} journeys with ${touches} touches`);
    // So that none of the models pays for the compiler.
    for (const name of Object.keys(MODELS)) credit(journeys.slice(0, WARM_UP), name);
    floor(journeys.slice(0, WARM_UP));
    const least = timed(() => floor(journeys));
    const seconds: Record<string, number> = {};
    const ratioToFloor: Record<string, number> = {};
    for (const name of Object.keys(MODELS)) {
      const ours = timed(() => credit(journeys, name));
      seconds[name] = rounded(ours, 3);
      ratioToFloor[name] = rounded(ours / least);
      tell(`${name}: ${seconds[name]} s`);
    }
    const memory = { rssOfJourneysMb, peakRssMb: peakRssMb() };
    const truth = await againstTruth(full ? FULL_MARKET : MARKET, MARKET_MODELS, tell);
    for (const [name, { overstated, misplaced }] of Object.entries(truth.errors))
      tell(
        `${name}: credits ${overstated} times what campaigns brought, ${Math.round(misplaced * 100)} % of it to others`,
      );
    return { seconds, ratioToFloor, touches, ...memory, truth };
  },
};

function credit(journeys: readonly Journey[], name: string): void {
  const model = ready(journeys, name);
  for (const { entries, touches, leadAt, dealAt } of journeys) {
    for (const { entry, credits, unattributed } of attributeDeal(entries, touches, model, { leadAt, dealAt })) {
      const parts = sum([...credits.map(({ amount }) => amount), unattributed], entry.amount.currency);
      if (parts.minor !== entry.amount.minor || (touches.length > 0 && unattributed.minor !== 0n))
        throw new Error(`${entry.id}: ${decimalOf(parts)} credited and left over, ${decimalOf(entry.amount)} booked`);
    }
  }
}

function ready(journeys: readonly Journey[], name: string) {
  const spec = MODELS[name] ?? { kind: 'linear' };
  if (!isFitted(spec)) return creditingOf(name, spec);
  const past = journeys.map(({ touches, close }, n) => ({
    touches,
    end: close,
    converted: n % CONVERTED_ONE_IN === 0,
  }));
  return creditingOf(name, spec, sharesFrom(learn(spec, past, EVERY_TOUCH)));
}

function floor(journeys: readonly Journey[]): number {
  let credited = 0;
  for (const { entries, touches } of journeys) {
    const ordered = [...touches].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    for (const { amount } of entries)
      for (let n = 0; n < ordered.length; n++) credited += Number(amount.minor) / ordered.length;
  }
  return credited;
}

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return (performance.now() - startedAt) / 1000;
}
