/** Pairs of names judged at once, and how well that went where somebody says what is true. */
import { readCompanyName } from './company-name.ts';
import { matchCompanies, namedCompany, type PreparedCompany, prepareCompany, type Verdict } from './match-companies.ts';
import type { MatchRules } from './match-config.ts';
import { placesIn } from './name-address.ts';
import { rarityIn } from './rarity.ts';

export interface NamePair {
  readonly left: string;
  readonly right: string;
}

/** A verdict for each pair; the words of all names in the pairs say how common each word is. */
export function matchPairs(pairs: readonly NamePair[], rules: MatchRules): Verdict[] {
  const names = [...new Set(pairs.flatMap(({ left, right }) => [left, right]))];
  const context = { places: placesIn(names) };
  const spellings = new Map(
    names
      .map((name) => readCompanyName(name, context))
      .map((name) => [`${name.key}|${name.numbers.join(' ')}`, [name]]),
  );
  const corpus = { names: context, rarity: rarityIn(spellings.values()) };
  const prepared = new Map<string, PreparedCompany>();
  const prepare = (name: string) => {
    const known = prepared.get(name) ?? prepareCompany(namedCompany('', name), corpus);
    prepared.set(name, known);
    return known;
  };
  return pairs.map(({ left, right }) => matchCompanies(prepare(left), prepare(right), rules, corpus));
}

export interface PairScore {
  readonly labelled: number;
  readonly trulySame: number;
  /** At this probability and above a pair is taken for the same. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Precision, recall and F1 of "same from this probability on". A share of nothing is 0. */
export function scorePairs(
  judged: readonly { readonly probability: number; readonly same: boolean }[],
  threshold: number,
): PairScore {
  const trulySame = judged.filter(({ same }) => same).length;
  const taken = judged.filter(({ probability }) => probability >= threshold);
  const right = taken.filter(({ same }) => same).length;
  const precision = taken.length === 0 ? 0 : right / taken.length;
  const recall = trulySame === 0 ? 0 : right / trulySame;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { labelled: judged.length, trulySame, threshold, precision, recall, f1 };
}

/** The threshold with the best F1 on these very pairs: what could be reached, not what will be. */
export function bestScore(judged: readonly { readonly probability: number; readonly same: boolean }[]): PairScore {
  const order = [...judged].sort((a, b) => b.probability - a.probability);
  const trulySame = order.filter(({ same }) => same).length;
  let best = { f1: -1, threshold: 0.5 };
  let right = 0;
  for (const [n, { probability, same }] of order.entries()) {
    if (same) right++;
    if (order[n + 1]?.probability === probability) continue;
    const f1 = (2 * right) / (n + 1 + trulySame);
    if (f1 > best.f1) best = { f1, threshold: probability };
  }
  return scorePairs(judged, best.threshold);
}

const YES = new Set(['1', 'true', 'yes', 'y', 'same', 'match', 'ja', 'oui']);
const NO = new Set(['0', 'false', 'no', 'n', 'different', 'no match', 'nein', 'non']);

/** What a label says; undefined where it is neither a yes nor a no; null where it is blank. */
export function labelOf(text: string): boolean | null | undefined {
  const word = text.trim().toLowerCase();
  if (word === '') return null;
  return YES.has(word) ? true : NO.has(word) ? false : undefined;
}
