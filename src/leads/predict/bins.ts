/**
 * Every column becomes a handful of bins: ranges of numbers, values of a category, and what is not known. What is learned
 * is a number for each bin, so the score of a lead is a sum that anybody can follow.
 */
import { numberIn } from './parse-cell.ts';
import type { Column } from './table.ts';
import { meansUnanswered } from './unanswered.ts';

/** The first bins of every column. Blank and "Select" are both missing, but tell of different forms. */
export const BLANK = 0;
export const UNANSWERED = 1;
/** Values too rare to learn from, and those never seen. */
export const OTHER = 2;
const FIRST = 3;

const MOST_RANGES = 20;
/** A value of a category needs so many leads for a bin of its own. */
const LEAST_LEADS = 12;

export interface Binning {
  readonly kind: 'number' | 'category' | 'filled';
  /** number: the upper end of each range but the last, rising. */
  readonly edges?: readonly number[];
  /** category: the values with a bin of their own. */
  readonly values?: readonly string[];
}

/** Learns the bins of a column. */
export function learnBins(column: Column, kind: Binning['kind']): Binning {
  if (kind === 'filled') return { kind };
  const counts = countsOf(column.cells);
  if (kind === 'number') return { kind, edges: rangeEdges(counts) };
  const values = [...counts].filter(([, { leads }]) => leads >= LEAST_LEADS);
  return {
    kind,
    values: values.sort(([a, m], [b, n]) => n.leads - m.leads || (a < b ? -1 : 1)).map(([, { shown }]) => shown),
  };
}

export function binCount(binning: Binning): number {
  if (binning.kind === 'number') return FIRST + (binning.edges?.length ?? 0) + 1;
  return FIRST + (binning.kind === 'category' ? (binning.values?.length ?? 0) : 1);
}

/** A function that says into which bin a cell falls. */
export function binner(binning: Binning): (cell: string) => number {
  const places = new Map((binning.values ?? []).map((value, n) => [value.toLowerCase(), FIRST + n]));
  const edges = binning.edges ?? [];
  const known = new Map<string, number>();
  const bin = (cell: string): number => {
    if (cell === '') return BLANK;
    if (meansUnanswered(cell)) return UNANSWERED;
    if (binning.kind === 'filled') return FIRST;
    if (binning.kind === 'category') return places.get(cell.toLowerCase()) ?? OTHER;
    const number = numberIn(cell);
    if (number === null) return OTHER;
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (number <= (edges[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return FIRST + low;
  };
  return (cell) => {
    let found = known.get(cell);
    if (found === undefined) {
      found = bin(cell);
      known.set(cell, found);
    }
    return found;
  };
}

interface Answer {
  leads: number;
  /** As it is written most often; which letters are capitals makes no other answer. */
  shown: string;
  shownTimes: number;
}

function countsOf(cells: readonly string[]): Map<string, Answer> {
  const raw = new Map<string, number>();
  for (const cell of cells) raw.set(cell, (raw.get(cell) ?? 0) + 1);
  const answers = new Map<string, Answer>();
  for (const [cell, times] of raw) {
    if (meansUnanswered(cell)) continue;
    const answer = answers.get(cell.toLowerCase());
    if (answer === undefined) answers.set(cell.toLowerCase(), { leads: times, shown: cell, shownTimes: times });
    else {
      answer.leads += times;
      if (times > answer.shownTimes) Object.assign(answer, { shown: cell, shownTimes: times });
    }
  }
  return answers;
}

/** Cuts so that about as many leads fall between each two; a value that many share is alone. */
function rangeEdges(answers: ReadonlyMap<string, Answer>): number[] {
  const counts = new Map<number, number>();
  for (const { shown, leads } of answers.values()) {
    const number = numberIn(shown);
    if (number !== null) counts.set(number, (counts.get(number) ?? 0) + leads);
  }
  const distinct = [...counts].sort(([a], [b]) => a - b);
  const all = distinct.reduce((sum, [, leads]) => sum + leads, 0);
  const enough = Math.max(LEAST_LEADS, all / MOST_RANGES);
  const edges: number[] = [];
  let inBin = 0;
  for (const [n, [value, leads]] of distinct.entries()) {
    if (inBin > 0 && leads >= enough) {
      edges.push(between(distinct[n - 1]?.[0] ?? value, value));
      inBin = 0;
    }
    inBin += leads;
    const next = distinct[n + 1]?.[0];
    if (inBin >= enough && next !== undefined) {
      edges.push(between(value, next));
      inBin = 0;
    }
  }
  return edges;
}

function between(low: number, high: number): number {
  return (low + high) / 2;
}

/** What falls into a bin, for people. */
export function binLabel(binning: Binning, bin: number): string {
  if (bin === BLANK) return 'not known';
  if (bin === UNANSWERED) return 'not answered';
  if (bin === OTHER) return 'another or a rare value';
  if (binning.kind === 'filled') return 'filled in';
  if (binning.kind === 'category') return binning.values?.[bin - FIRST] ?? '';
  const low = binning.edges?.[bin - FIRST - 1];
  const high = binning.edges?.[bin - FIRST];
  if (low === undefined) return high === undefined ? 'any number' : `up to ${plain(high)}`;
  return high === undefined ? `above ${plain(low)}` : `above ${plain(low)} up to ${plain(high)}`;
}

function plain(number: number): string {
  return String(Number(number.toPrecision(6)));
}
