/**
 * A market in which it is known what a fund brings. Partners differ in traits that everybody sees and in a skill that nobody does; how much a
 * partner's revenue grows by itself follows both. Who is funded is drawn by traits, and where `hidden` says so by skill too.
 */
import type { LiftUnit } from '../../src/insight/lift.ts';
import { drawNormal, type Random, randomFrom } from '../../src/insight/random.ts';

export interface LiftMarket {
  readonly partners: number;
  /** By how much skill moves the ln of the odds of being funded, a standard deviation; 0: funds follow what everybody sees. */
  readonly hidden: number;
  /** Accounts of one distributor go up and down together; 0: partners stand for themselves. */
  readonly perCluster: number;
}

export const TRAITS = ['staff', 'tier', 'engagement', 'market growth'] as const;

export interface DrawnMarket {
  readonly units: readonly LiftUnit[];
  /** What the fund truly brought each funded partner. */
  readonly effects: ReadonlyMap<string, number>;
}

export function drawMarket({ partners, hidden, perCluster }: LiftMarket, seed: number): DrawnMarket {
  const random = randomFrom(seed);
  const effects = new Map<string, number>();
  const shocks = new Map<number, number>();
  const units = Array.from({ length: partners }, (_, n): LiftUnit => {
    const cluster = perCluster === 0 ? null : Math.floor(n / perCluster);
    const shock = cluster === null ? 0 : known(shocks, cluster, () => 6 * drawNormal(random));
    const staff = drawNormal(random);
    const tier = Math.floor(random() * 4);
    const engagement = 0.5 * staff + drawNormal(random);
    const growth = drawNormal(random);
    const skill = drawNormal(random);
    const odds = -1.1 + 0.5 * staff + 0.3 * (tier - 1.5) + 0.5 * engagement + hidden * skill;
    const funded = random() < 1 / (1 + Math.exp(-odds));
    const base = 100 + 20 * staff + 10 * tier + 15 * skill;
    // Partners grow by themselves, the larger and busier ones more, beyond any straight line.
    const own = 8 + 5 * staff + 4 * engagement + 6 * growth + 2 * staff * engagement + 8 * skill;
    const effect = 12 + 4 * tier;
    const before = base + noise(random);
    const id = `pa_${String(n).padStart(4, '0')}`;
    if (funded) effects.set(id, effect);
    return {
      id,
      funded,
      traits: [staff, tier, engagement, growth],
      before,
      // As much grew before as grows after, but for the fund.
      earlier: base - own + noise(random),
      after: base + own + shock + (funded ? effect : 0) + noise(random),
      cluster: cluster === null ? null : `cl_${cluster}`,
    };
  });
  return { units, effects };
}

function noise(random: Random): number {
  return 8 * drawNormal(random);
}

function known(values: Map<number, number>, key: number, make: () => number): number {
  const found = values.get(key) ?? make();
  values.set(key, found);
  return found;
}
