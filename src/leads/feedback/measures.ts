/** How partners rated leads, measure by measure. Pure. */

import { wilson } from '../../model/statistics.ts';
import { type Mark, MEASURES, type Measure } from './statement.ts';

/** What was said of one lead, with the groups that it belongs to: [dimension, group]. */
export interface Rated {
  readonly groups: readonly (readonly [dimension: string, group: string])[];
  readonly measures: Readonly<Partial<Record<Measure, Mark>>>;
}

export interface Rating {
  readonly dimension: string;
  readonly group: string;
  readonly measure: Measure;
  readonly yes: number;
  readonly no: number;
  readonly unknown: number;
  /** The share of no among yes and no, by Wilson; null where nobody said either. */
  readonly low: number | null;
  readonly high: number | null;
}

/** One line for each measure of each group of which anything was said. */
export function ratingsOf(rated: readonly Rated[], confidence: number): Rating[] {
  const counts = new Map<string, { dimension: string; group: string; measure: Measure; marks: Record<Mark, number> }>();
  for (const { groups, measures } of rated) {
    for (const [dimension, group] of groups) {
      for (const measure of MEASURES) {
        const mark = measures[measure];
        if (mark === undefined) continue;
        const key = JSON.stringify([dimension, group, measure]);
        const count = counts.get(key) ?? { dimension, group, measure, marks: { yes: 0, no: 0, unknown: 0 } };
        counts.set(key, count);
        count.marks[mark] += 1;
      }
    }
  }
  return [...counts.values()]
    .map(({ dimension, group, measure, marks }): Rating => {
      const of = marks.yes + marks.no;
      const interval = of === 0 ? { low: null, high: null } : wilson({ hits: marks.no, of }, confidence);
      return { dimension, group, measure, ...marks, ...interval };
    })
    .sort(
      (a, b) =>
        compare(a.dimension, b.dimension) ||
        compare(a.group, b.group) ||
        MEASURES.indexOf(a.measure) - MEASURES.indexOf(b.measure),
    );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether any measure was answered no; null where none was answered yes or no. */
export function isPoor(measures: readonly (string | undefined)[]): boolean | null {
  if (measures.includes('no')) return true;
  return measures.includes('yes') ? false : null;
}
