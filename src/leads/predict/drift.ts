/** Whether the leads that come now are like those that the score was learned from. */
import { binRows } from './features.ts';
import { chancesOf, type ScoreModel } from './model.ts';
import type { Table } from './table.ts';

/**
 * Population stability index of two distributions over the same bins: sum of (now - then) x ln(now / then), each share drawn
 * a little from 0. Usual reading: below 0.1 stable, 0.1 to 0.25 to be watched, above it another population.
 */
export function stabilityIndex(then: readonly number[], now: readonly number[]): number {
  const thenShares = shares(then);
  const nowShares = shares(now);
  return thenShares.reduce((sum, was, n) => {
    const is = nowShares[n] as number;
    return sum + (is - was) * Math.log(is / was);
  }, 0);
}

/** Half a lead is added to each bin: an empty one must not make the index infinite. */
function shares(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, each) => sum + each + 0.5, 0);
  return counts.map((each) => (each + 0.5) / all);
}

export interface Drift {
  readonly leads: number;
  /** Index of the score's tenths. */
  readonly score: number;
  /** Index of each feature, the most drifted first. */
  readonly features: readonly { readonly column: string; readonly index: number }[];
}

export function driftOf(model: ScoreModel, table: Table): Drift {
  const binned = binRows(model.features, table);
  const features = model.features.map(({ column, bins }, n) => {
    const now = new Array<number>(bins.length).fill(0);
    for (const bin of binned[n]?.bins ?? []) now[bin] = (now[bin] ?? 0) + 1;
    return {
      column,
      index: stabilityIndex(
        bins.map(({ leads }) => leads),
        now,
      ),
    };
  });
  const now = new Array<number>(model.scores.edges.length + 1).fill(0);
  for (const chance of chancesOf(model, table)) {
    const place = model.scores.edges.filter((edge) => chance > edge).length;
    now[place] = (now[place] ?? 0) + 1;
  }
  return {
    leads: table.size,
    score: stabilityIndex(model.scores.leads, now),
    features: features.sort((a, b) => b.index - a.index || (a.column < b.column ? -1 : 1)),
  };
}
