import type { CompanyName } from './company-name.ts';
import type { NameWord, WordKind } from './name-words.ts';

/** How much it says that two names share this word: from above 0 to 1. */
export type Rarity = (word: NameWord) => number;

/** The most a word of each kind can say; that of a name's own words is 1. */
const MOST: Readonly<Record<WordKind, number>> = { own: 1, common: 0.5, part: 0.3, kind: 0.25, honour: 0.1 };
/** The least a name's own word says, however common: it was not in the vocabulary. */
const LEAST = 0.15;
/** A word of this many companies is common, however many there are. */
const COMMON = 200;
/** From how many companies on a corpus says something of how common its words are. */
const FEW = 50;

/** Without a corpus: by the kind of word alone. */
export const plainRarity: Rarity = ({ kind }) => MOST[kind];

/**
 * Rarity by how many companies of a corpus use a word: 1 - ln(companies that do) / ln(all of them, or 200), not under a
 * floor, by the kind of word. `companies` are groups of names known to be one company, or single names: what counts is that one
 * company with many spellings does not make its own name common.
 */
export function rarityIn(companies: Iterable<readonly CompanyName[]>): Rarity {
  const used = new Map<string, number>();
  let all = 0;
  for (const names of companies) {
    all++;
    for (const text of new Set(names.flatMap(({ words }) => words.map((word) => word.text))))
      used.set(text, (used.get(text) ?? 0) + 1);
  }
  if (all < FEW) return plainRarity;
  const whole = Math.log(Math.min(all, COMMON));
  return ({ text, kind }) => MOST[kind] * Math.max(LEAST, 1 - Math.log(used.get(text) ?? 1) / whole);
}
