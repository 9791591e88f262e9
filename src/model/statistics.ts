/** The few figures of statistics that several domains stand on: shares, their intervals, comparisons, error rates. Pure. */

/** So many of how many. */
export interface Share {
  readonly hits: number;
  readonly of: number;
}

/**
 * Wilson's score interval of a share (E. B. Wilson, 1927): unlike the plain one it stays within 0 and 1 and keeps its promise
 * for small numbers and for none or all.
 * @param confidence such as 0.95
 */
export function wilson({ hits, of }: Share, confidence: number): { readonly low: number; readonly high: number } {
  if (of === 0) return { low: 0, high: 1 };
  const z = normalQuantile((1 + confidence) / 2);
  const p = hits / of;
  const squared = (z * z) / of;
  const middle = (p + squared / 2) / (1 + squared);
  const reach = (z / (1 + squared)) * Math.sqrt((p * (1 - p)) / of + squared / (4 * of));
  return { low: hits === 0 ? 0 : Math.max(0, middle - reach), high: hits === of ? 1 : Math.min(1, middle + reach) };
}

/** One group against the others where all else is alike. */
export interface Stratum {
  readonly group: Share;
  readonly others: Share;
}

export interface LikeWithLike {
  /** What the group has where there are others to compare it with. */
  readonly group: Share;
  /** Hits that the group would have if it did as the others do in each stratum. */
  readonly expected: number;
  /** Two-sided; 1 where nothing can be compared. */
  readonly p: number;
}

/**
 * Compares a group with the others stratum by stratum: Fisher's exact test over several tables, in which the hits of the group
 * given all margins are a sum of hypergeometric numbers (N. Mantel and W. Haenszel, 1959, with the exact distribution in
 * place of the normal one while numbers are small). Strata without others say nothing and are left out.
 */
export function compare(strata: readonly Stratum[]): LikeWithLike {
  const told = strata.filter(({ group, others }) => group.of > 0 && others.of > 0);
  const sum = (of: (stratum: Stratum) => number) => told.reduce((total, stratum) => total + of(stratum), 0);
  const share = { hits: sum(({ group }) => group.hits), of: sum(({ group }) => group.of) };
  const expected = sum(({ group, others }) => (group.of * others.hits) / others.of);
  const p = sum(varianceOf) > LARGE ? normalChance(told, share.hits) : exactChance(told, share.hits);
  return { group: share, expected, p };
}

/** From this variance of the hits on the normal distribution is as good, and reckoned at once. */
const LARGE = 100;

function exactChance(strata: readonly Stratum[], hits: number): number {
  let chances: readonly number[] = [1];
  let least = 0;
  for (const { group, others } of strata) {
    const own = hypergeometric(group.of, others.of, group.hits + others.hits);
    least += own.from;
    chances = convolve(chances, own.chances);
  }
  const below = chances.slice(0, hits - least + 1).reduce((sum, chance) => sum + chance, 0);
  const above = chances.slice(hits - least).reduce((sum, chance) => sum + chance, 0);
  return Math.min(1, 2 * Math.min(below, above));
}

function normalChance(strata: readonly Stratum[], hits: number): number {
  const mean = strata.reduce((sum, { group, others }) => {
    return sum + (group.of * (group.hits + others.hits)) / (group.of + others.of);
  }, 0);
  const deviation = Math.sqrt(strata.reduce((sum, stratum) => sum + varianceOf(stratum), 0));
  return Math.min(1, 2 * normalTail(Math.max(0, Math.abs(hits - mean) - 0.5) / deviation));
}

/** Of the hits of the group, given the margins of its stratum. */
function varianceOf({ group, others }: Stratum): number {
  const of = group.of + others.of;
  const hits = group.hits + others.hits;
  return of < 2 ? 0 : (group.of * others.of * hits * (of - hits)) / (of * of * (of - 1));
}

/** The chances of each number of hits among `drawn` of `drawn + rest`, of which `hits` are hits; the first is that of `from`. */
function hypergeometric(drawn: number, rest: number, hits: number): { from: number; chances: number[] } {
  const from = Math.max(0, hits - rest);
  const to = Math.min(drawn, hits);
  const logs: number[] = [0];
  for (let x = from; x < to; x++) {
    const ratio = ((drawn - x) * (hits - x)) / ((x + 1) * (rest - hits + x + 1));
    logs.push((logs.at(-1) ?? 0) + Math.log(ratio));
  }
  const most = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - most));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { from, chances: weights.map((weight) => weight / sum) };
}

function convolve(a: readonly number[], b: readonly number[]): number[] {
  const out = new Array<number>(a.length + b.length - 1).fill(0);
  for (const [i, x] of a.entries()) for (const [j, y] of b.entries()) out[i + j] = (out[i + j] ?? 0) + x * y;
  return out;
}

/**
 * Adjusts p-values for how many there are (Y. Benjamini and Y. Hochberg, 1995): of those at most `q` after it, a share of `q`
 * at most is expected to be chance. In the order given.
 */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const order = ps.map((p, index) => ({ p, index })).sort((a, b) => b.p - a.p);
  const adjusted = new Array<number>(ps.length).fill(1);
  let least = 1;
  for (const [n, { p, index }] of order.entries()) {
    least = Math.min(least, (p * ps.length) / (ps.length - n));
    adjusted[index] = least;
  }
  return adjusted;
}

/** The chance that a standard normal number is above `z`, 0 or more, to 1e-7 (Abramowitz and Stegun, 26.2.17). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * t * polynomial(TAIL_CHANCE, t);
}
const TAIL_CHANCE = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153];

/** The point below which a standard normal number is with the chance `p`, to 1e-9 (P. J. Acklam's rational approximation). */
export function normalQuantile(p: number): number {
  if (p <= 0 || p >= 1) throw new RangeError(`${p} is no chance between 0 and 1`);
  const low = 0.02425;
  if (p > 1 - low) return -normalQuantile(1 - p);
  if (p < low) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(TAIL, q) / (polynomial(TAIL_UNDER, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(MIDDLE, r) * q) / (polynomial(MIDDLE_UNDER, r) * r + 1);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

const MIDDLE = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const MIDDLE_UNDER = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const TAIL = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_UNDER = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
