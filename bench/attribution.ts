import { decimalOf, sum } from '../src/model/money.ts';
import { MODELS, type Model } from '../src/model/revenue.ts';
import { attributeDeal } from '../src/revenue/attribution.ts';
import { type Journey, journeysOf } from './attribution/journeys.ts';
import { type Bench, machine, peakRssMb, rounded } from './bench.ts';

const PLAN = { seed: 11, journeys: 100_000, touchesUpTo: 12, adjustedOneIn: 5 };
const WARM_UP = 20_000;

/**
 * Seconds to credit every deal's ledger lines to its touches, by model. Each result is checked: credits and the rest add up
 * to what was booked. The floor puts the same touches in order and splits the same amounts as plain numbers, which is
 * neither exact nor aware of what stood before.
 */
export const attribution: Bench = {
  config: { ...PLAN, warmUp: WARM_UP, ...machine() },
  async run(tell) {
    const journeys = journeysOf(PLAN);
    const touches = journeys.reduce((total, journey) => total + journey.touches.length, 0);
    const rssOfJourneysMb = Math.round(process.memoryUsage().rss / 2 ** 20);
    tell(`${PLAN.journeys} journeys with ${touches} touches`);
    // So that none of the models pays for the compiler.
    for (const model of MODELS) {
      credit(journeys.slice(0, WARM_UP), model);
      floor(journeys.slice(0, WARM_UP), model);
    }
    const seconds: Record<string, number> = {};
    const ratioToFloor: Record<string, number> = {};
    for (const model of MODELS) {
      const ours = timed(() => credit(journeys, model));
      const least = timed(() => floor(journeys, model));
      seconds[model] = rounded(ours, 3);
      ratioToFloor[model] = rounded(ours / least);
    }
    return { seconds, ratioToFloor, touches, rssOfJourneysMb, peakRssMb: peakRssMb() };
  },
};

function credit(journeys: readonly Journey[], model: Model): void {
  for (const { entries, touches } of journeys) {
    for (const { entry, credits, unattributed } of attributeDeal(entries, touches, model)) {
      const parts = sum([...credits.map(({ amount }) => amount), unattributed], entry.amount.currency);
      if (parts.minor !== entry.amount.minor)
        throw new Error(`${entry.id}: ${decimalOf(parts)} credited and left over, ${decimalOf(entry.amount)} booked`);
    }
  }
}

function floor(journeys: readonly Journey[], model: Model): number {
  let credited = 0;
  for (const { entries, touches } of journeys) {
    const ordered = [...touches].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    const chosen = model === 'first' ? ordered.slice(0, 1) : model === 'last' ? ordered.slice(-1) : ordered;
    for (const { amount } of entries) {
      for (let n = 0; n < chosen.length; n++) credited += Number(amount.minor) / chosen.length;
    }
  }
  return credited;
}

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return (performance.now() - startedAt) / 1000;
}
