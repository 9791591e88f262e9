/**
 * Finds columns that were filled in or changed during or after the sale. They predict brilliantly and are of no use, since at scoring time
 * they hold nothing of it. No single sign proves it: each gives points, and its words for people. Much of it together confirms a leak, which is kept out of the
 * model; some of it makes a question that only the people who know the field can answer.
 */
import { binRows, type Feature } from './features.ts';
import {
  ageing,
  type Clue,
  fillByTime,
  fillTied,
  lateDates,
  pureValues,
  strengthAlone,
  travelsWith,
} from './leak-clues.ts';
import { nameHint, valueHint } from './leak-words.ts';
import type { Numbers } from './metrics.ts';
import type { Binned } from './scorecard.ts';
import type { Table } from './table.ts';
import { meansUnanswered } from './unanswered.ts';

export interface Suspect {
  readonly column: string;
  /** How much speaks against it; see CONFIRMED and SUSPECTED. */
  readonly points: number;
  /** What speaks against it, in words. */
  readonly evidence: readonly string[];
  /** How well it orders leads alone, learned on older and tested on newer ones. */
  readonly auc: number;
}

export interface Leaks {
  readonly confirmed: readonly Suspect[];
  /** "When is this known?" */
  readonly questions: readonly Suspect[];
}

const CONFIRMED = 4;
const SUSPECTED = 2;
/** Below this a column hardly matters, whatever its name says. */
const MATTERS_AUC = 0.55;
const MATTERS_NATS = 0.004;
const ROUNDS = 3;

/**
 * @param table the past in the order of time, without the label
 * @param features as learned from it
 * @param known columns that people say are known at scoring time: never accused
 */
export function findLeaks(
  table: Table,
  outcomes: Numbers,
  features: readonly Feature[],
  time: string | null,
  known: ReadonlySet<string> = new Set(),
): Leaks {
  const won = Float64Array.from(outcomes);
  const binned = binRows(features, table);
  const looked = features
    .map((feature, n) => ({ feature, bins: binned[n] as Binned }))
    .filter(({ feature }) => !known.has(feature.column) && feature.column !== time)
    .map(({ feature, bins }) => ({ name: feature.column, bins, ...ownClues(table, feature, bins, won) }));
  const confirmed = new Map<string, Suspect>();
  let suspects: Suspect[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const leaks = looked.filter(({ name }) => confirmed.has(name));
    suspects = looked.map(({ name, bins, clues, auc }) => {
      const tie = travelsWith(
        bins,
        leaks.filter((leak) => leak.name !== name),
        won,
      );
      const all = [...clues, ...(tie ? [tie] : [])]
        .filter((clue) => clue.points > 0)
        .sort((a, b) => b.points - a.points);
      const points = all.reduce((sum, clue) => sum + clue.points, 0);
      return { column: name, points, evidence: all.map(({ text }) => text), auc };
    });
    const before = confirmed.size;
    for (const suspect of suspects) if (suspect.points >= CONFIRMED) confirmed.set(suspect.column, suspect);
    if (confirmed.size === before) break;
  }
  const byPoints = (a: Suspect, b: Suspect) => b.points - a.points || b.auc - a.auc;
  return {
    confirmed: suspects.filter(({ column }) => confirmed.has(column)).sort(byPoints),
    questions: suspects.filter(({ column, points }) => points >= SUSPECTED && !confirmed.has(column)).sort(byPoints),
  };
}

function ownClues(table: Table, feature: Feature, bins: Binned, won: Float64Array): { clues: Clue[]; auc: number } {
  const { auc, nats, clue } = strengthAlone(bins, won);
  const late = lateDates(table, feature);
  if (auc < MATTERS_AUC && nats < MATTERS_NATS && late === null) return { clues: [], auc };
  const cells = table.columns.find(({ name }) => name === feature.column)?.cells ?? [];
  const values = new Map<string, number>();
  if (feature.binning.kind === 'category') {
    for (const cell of cells) if (!meansUnanswered(cell)) values.set(cell, (values.get(cell) ?? 0) + 1);
  }
  const name = nameHint(feature.column);
  const words = valueHint(values);
  const hints = [name, ...(name && name.points > 1 ? [] : [words])];
  const found = [clue, late, ...hints, pureValues(bins, won), fillTied(bins, won), fillByTime(bins), ageing(bins, won)];
  return { clues: found.filter((each) => each !== null), auc };
}
