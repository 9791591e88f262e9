/** The signs of a leak, one function each: how much it says (points) and in which words. Rows stand in the order of time. */
import { BLANK, UNANSWERED } from './bins.ts';
import type { Feature } from './features.ts';
import { auc, meanOf } from './metrics.ts';
import { dateIn } from './parse-cell.ts';
import { type Binned, binFacts } from './scorecard.ts';
import type { Table } from './table.ts';

export interface Clue {
  readonly points: number;
  readonly text: string;
}

/** Older rows teach, newer ones test. */
const OLDER = 0.6;

/**
 * How well the column orders leads on its own. Honest fields of real leads rarely come above an AUC of 0.8, and a field of two or three
 * values never near it.
 */
export function strengthAlone(column: Binned, won: Float64Array): { auc: number; nats: number; clue: Clue | null } {
  const cut = Math.floor(won.length * OLDER);
  const older = won.subarray(0, cut);
  const facts = binFacts({ bins: column.bins.subarray(0, cut), count: column.count }, older);
  const scores = Float64Array.from(column.bins.subarray(cut), (bin) => facts[bin]?.evidence ?? 0);
  const alone = auc(scores, won.subarray(cut));
  const used = facts.filter(({ leads }) => leads > 0.01 * cut).length;
  const points = alone >= 0.93 ? 4 : alone >= 0.85 ? (used <= 3 ? 4 : 2.5) : alone >= 0.8 ? 1.5 : alone >= 0.7 ? 1 : 0;
  const text = `alone it orders newer leads with an AUC of ${alone.toFixed(2)}${points >= 2.5 ? ', more than anything known beforehand does' : ''}`;
  return { auc: alone, nats: information(column, won), clue: points > 0 ? { points, text } : null };
}

/** Values that (all but) only leads of one outcome have, and many of them. */
export function pureValues(column: Binned, won: Float64Array): Clue | null {
  const cut = Math.floor(won.length * OLDER);
  const share = meanOf(won);
  const older = binFacts({ bins: column.bins.subarray(0, cut), count: column.count }, won.subarray(0, cut));
  const all = binFacts(column, won);
  const wins = share * won.length;
  const best = [true, false].flatMap((ofWon) => {
    let leads = 0;
    let against = 0;
    for (const [bin, facts] of older.entries()) {
      const wrong = ofWon ? facts.leads - facts.wins : facts.wins;
      const usual = facts.leads * (ofWon ? 1 - share : share);
      // A bin is chosen on the older leads and counted on all, so that chance does not choose.
      if (usual < LEAST_EXPECTED_TO_CHOOSE || wrong > NEARLY * usual) continue;
      const whole = all[bin] as (typeof all)[number];
      leads += whole.leads;
      against += ofWon ? whole.leads - whole.wins : whole.wins;
    }
    const expected = leads * (ofWon ? 1 - share : share);
    const covered = (leads - against) / (ofWon ? wins : won.length - wins);
    if (covered < COVERED || expected < EXPECTED || against > NEARLY * expected) return [];
    const points = expected >= 2 * EXPECTED && against <= ENTIRELY * expected ? 4 : 2;
    const which = ofWon ? 'won' : 'not won';
    return [
      {
        points,
        text: `values that ${leads} leads have occur ${against === 0 ? 'only' : `but for ${against} only`} where the lead was ${which} (${percent(covered)} of these)`,
      },
    ];
  });
  return best.reduce<Clue | null>((a, b) => (a && a.points >= b.points ? a : b), null);
}

const LEAST_EXPECTED_TO_CHOOSE = 6;
const NEARLY = 0.02;
const ENTIRELY = 0.005;
const COVERED = 0.08;
const EXPECTED = 30;

/** Filled in for one outcome and left blank for the other. */
export function fillTied(column: Binned, won: Float64Array): Clue | null {
  const filled = [0, 0];
  const leads = [0, 0];
  for (let row = 0; row < won.length; row++) {
    const outcome = won[row] === 1 ? 1 : 0;
    leads[outcome] = (leads[outcome] as number) + 1;
    if (isFilled(column.bins[row] as number)) filled[outcome] = (filled[outcome] as number) + 1;
  }
  const [lost = 0, wonShare = 0] = filled.map((each, outcome) => each / Math.max(1, leads[outcome] as number));
  const apart = Math.abs(wonShare - lost);
  if (apart < 0.4) return null;
  return {
    points: apart >= 0.55 ? 2 : 1,
    text: `it is filled for ${percent(wonShare)} of the won leads and ${percent(lost)} of the others`,
  };
}

/**
 * Filled in for older leads and not for newer ones, for all or for a stretch of time: filled in afterwards, or by a system that comes and goes.
 * A field that was introduced one day and is filled since then is no sign.
 */
export function fillByTime(column: Binned): Clue | null {
  const parts = 10;
  const shares = Array.from({ length: parts }, (_, part) => {
    const from = Math.floor((part * column.bins.length) / parts);
    const to = Math.floor(((part + 1) * column.bins.length) / parts);
    const slice = column.bins.subarray(from, to);
    return slice.reduce((sum, bin) => sum + (isFilled(bin) ? 1 : 0), 0) / Math.max(1, slice.length);
  });
  let most = 0;
  let fall = 0;
  for (const share of shares) {
    most = Math.max(most, share);
    fall = Math.max(fall, most - share);
  }
  if (fall < 0.5) return null;
  const [least, top] = [Math.min(...shares), Math.max(...shares)];
  return {
    points: 1,
    text: `older leads have it where newer ones do not: it is filled for ${percent(least)} to ${percent(top)} of the leads, by time`,
  };
}

/** It is filled, or grows, with the age of the lead, and does so otherwise where the lead was won than where it was not. */
export function ageing(column: Binned, won: Float64Array): Clue | null {
  const facts = binFacts(column, won);
  // Filled and value apart: a field introduced half-way drifts alike for all, but its evidence does not.
  const signs = [
    { of: 'whether it is filled', value: (bin: number) => (isFilled(bin) ? 1 : 0), rows: () => true },
    { of: 'its value', value: (bin: number) => facts[bin]?.evidence ?? 0, rows: isFilled },
  ];
  for (const { of, value, rows } of signs) {
    const [lost, wins] = [0, 1].map((outcome) => {
      const values: number[] = [];
      for (let row = 0; row < won.length; row++) {
        const bin = column.bins[row] as number;
        if (won[row] === outcome && rows(bin)) values.push(value(bin));
      }
      return { rho: trend(values), leads: values.length };
    });
    if (!lost || !wins || Math.min(lost.leads, wins.leads) < 30) continue;
    const apart = Math.abs(lost.rho - wins.rho);
    if (apart < 0.2 || apart < 6 * Math.sqrt(1 / lost.leads + 1 / wins.leads)) continue;
    return {
      points: 2,
      text: `${of} changes with the age of the lead otherwise where the lead was won than where it was not (rank correlations with time ${wins.rho.toFixed(2)} and ${lost.rho.toFixed(2)})`,
    };
  }
  return null;
}

/** Dates that lie after the lead came. */
export function lateDates(table: Table, { column, take }: Feature): Clue | null {
  if (take.as !== 'days-before') return null;
  const cells = table.columns.find(({ name }) => name === column)?.cells ?? [];
  const times = table.columns.find(({ name }) => name === take.time)?.cells ?? [];
  let dates = 0;
  let late = 0;
  for (const [row, cell] of cells.entries()) {
    const at = dateIn(cell, take.order);
    const lead = dateIn(times[row] ?? '', take.timeOrder);
    if (at === null || lead === null) continue;
    dates++;
    if (at >= lead + DAY) late++;
  }
  if (dates < 20 || late < 0.5 * dates) return null;
  return { points: 4, text: `${percent(late / dates)} of its dates lie a day or more after the lead came` };
}

const DAY = 86_400_000;

/** Says the same as a confirmed leak, also among leads of one outcome: filled in by the same hand at the same time. */
export function travelsWith(
  column: Binned,
  leaks: readonly { readonly name: string; readonly bins: Binned }[],
  won: Float64Array,
): Clue | null {
  const shared = leaks.map(({ name, bins }) => ({ name, share: sharedInformation(column, bins, won) }));
  const most = shared.reduce<(typeof shared)[number] | null>((a, b) => (a && a.share >= b.share ? a : b), null);
  if (!most || most.share < 1 / 3) return null;
  return {
    points: most.share >= 1 / 2 ? 2 : 1.5,
    text: `it goes with "${most.name}", a confirmed leak, beyond the outcome (${percent(most.share)} of what it says)`,
  };
}

/** Mutual information of two columns within each outcome, as a share of what the first one says. */
function sharedInformation(first: Binned, second: Binned, won: Float64Array): number {
  let shared = 0;
  let own = 0;
  for (const outcome of [0, 1]) {
    const pairs = new Map<number, number>();
    const ones = new Map<number, number>();
    const twos = new Map<number, number>();
    let leads = 0;
    for (let row = 0; row < won.length; row++) {
      if (won[row] !== outcome) continue;
      leads++;
      const one = first.bins[row] as number;
      const two = second.bins[row] as number;
      count(ones, one);
      count(twos, two);
      count(pairs, one * second.count + two);
    }
    // Chance alone shares about so much (Miller and Madow).
    const chance = ((ones.size - 1) * (twos.size - 1)) / 2;
    own += leads * entropy(ones, leads);
    shared += leads * (entropy(ones, leads) + entropy(twos, leads) - entropy(pairs, leads)) - chance;
  }
  // Of columns that say next to nothing any share is chance.
  return own < 0.1 * won.length ? 0 : shared / own;
}

/** Mutual information with the outcome in nats, less what chance alone gives. */
function information(column: Binned, won: Float64Array): number {
  const ones = new Map<number, number>();
  const pairs = new Map<number, number>();
  for (let row = 0; row < won.length; row++) {
    const bin = column.bins[row] as number;
    count(ones, bin);
    count(pairs, bin * 2 + (won[row] as number));
  }
  const share = meanOf(won);
  const outcome = new Map([
    [0, (1 - share) * won.length],
    [1, share * won.length],
  ]);
  const all = entropy(ones, won.length) + entropy(outcome, won.length) - entropy(pairs, won.length);
  return all - (ones.size - 1) / 2 / won.length;
}

function count(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function entropy(counts: ReadonlyMap<number, number>, all: number): number {
  let sum = 0;
  for (const times of counts.values()) if (times > 0) sum -= (times / all) * Math.log(times / all);
  return sum;
}

/** Spearman's rank correlation of values with their place. */
function trend(values: readonly number[]): number {
  const order = values.map((_, n) => n).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let n = start; n < end; n++) ranks[order[n] as number] = (start + end - 1) / 2;
    start = end;
  }
  const middle = (values.length - 1) / 2;
  let product = 0;
  let byRank = 0;
  let byPlace = 0;
  for (let n = 0; n < values.length; n++) {
    const rank = (ranks[n] as number) - middle;
    product += rank * (n - middle);
    byRank += rank * rank;
    byPlace += (n - middle) ** 2;
  }
  return byRank === 0 || byPlace === 0 ? 0 : product / Math.sqrt(byRank * byPlace);
}

function isFilled(bin: number): boolean {
  return bin !== BLANK && bin !== UNANSWERED;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
