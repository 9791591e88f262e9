import { normalQuantile } from '../model/statistics.ts';

/**
 * How strong something hidden would have to be to explain a difference away (P. Rosenbaum, Observational Studies, 2nd ed., 2002, ch. 4): the
 * largest factor Γ on the odds of being funded within a pair at which Wilcoxon's signed-rank test still finds a difference in the direction
 * of the whole. At Γ the chance that a pair's difference points that way is at most Γ / (1 + Γ), and the sum of its ranks is about normal.
 * @param tail the chance at which a difference counts as found, on one side
 * @returns 1 where chance alone could explain it; at most 10
 */
export function signedRankBound(differences: readonly number[], tail: number): number {
  const ranked = ranksOf(differences.filter((each) => each !== 0));
  const total = ranked.reduce((sum, { rank }) => sum + rank, 0);
  const above = ranked.reduce((sum, { positive, rank }) => sum + (positive ? rank : 0), 0);
  const statistic = Math.max(above, total - above);
  const squares = ranked.reduce((sum, { rank }) => sum + rank * rank, 0);
  if (ranked.length === 0) return 1;
  const need = -normalQuantile(tail);
  const isFound = (gamma: number) => {
    const p = gamma / (1 + gamma);
    return statistic - p * total >= need * Math.sqrt(p * (1 - p) * squares);
  };
  if (!isFound(1)) return 1;
  if (isFound(MOST)) return MOST;
  let [low, high] = [1, MOST];
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2;
    if (isFound(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * What the difference may be if something hidden changed the odds within a pair by up to `gamma`: the shifts at which the signed-rank
 * statistic is as large as is then to be expected at least and at most (Hodges' and Lehmann's estimates; Rosenbaum 2002, 4.3.5).
 */
export function boundsAt(
  differences: readonly number[],
  gamma: number,
): { readonly low: number; readonly high: number } {
  const shiftFor = (share: number) => {
    let [low, high] = [Math.min(...differences) - 1, Math.max(...differences) + 1];
    for (let round = 0; round < 60; round++) {
      const middle = (low + high) / 2;
      const ranked = ranksOf(differences.map((each) => each - middle));
      const total = ranked.reduce((sum, { rank }) => sum + rank, 0);
      const above = ranked.reduce((sum, { positive, rank }) => sum + (positive ? rank : 0), 0);
      if (above > share * total) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  return { low: shiftFor(gamma / (1 + gamma)), high: shiftFor(1 / (1 + gamma)) };
}

const MOST = 10;

/** Ranks by size from 1; equal sizes share the mean of theirs. */
function ranksOf(differences: readonly number[]): { readonly positive: boolean; readonly rank: number }[] {
  const sizes = differences.map(Math.abs).sort((a, b) => a - b);
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  for (const [n, size] of sizes.entries()) {
    if (!first.has(size)) first.set(size, n + 1);
    last.set(size, n + 1);
  }
  return differences.map((each) => {
    const size = Math.abs(each);
    return { positive: each > 0, rank: ((first.get(size) ?? 0) + (last.get(size) ?? 0)) / 2 };
  });
}
