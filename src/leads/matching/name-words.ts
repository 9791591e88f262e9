/** What kind of word each word of a company's name is, slips and glued words included. */
import { distance } from 'fastest-levenshtein';
import { HONOURS, KINDS, PARTS, type Stem } from './vocabulary.ts';

/** `own`: the name itself; `common`: the same, of a name that has only common words; `kind`: what the business does; `part`: which part of a group it is; `honour`: "Royal". */
export type WordKind = 'own' | 'common' | 'kind' | 'part' | 'honour';

export interface NameWord {
  /** Folded; all spellings of a known word are one. */
  readonly text: string;
  readonly kind: WordKind;
}

/** Whether it is what a name is told apart by. */
export const isOwnWord = ({ kind }: NameWord) => kind === 'own' || kind === 'common';

/** A name of nothing but kinds, parts and places is made of them: "General Electric", "Amsterdam Holdings". */
export function promote(words: NameWord[], places: string[], tokens: readonly string[]): void {
  const own: NameWord[] =
    words.length > 0
      ? words.map(({ text }): NameWord => ({ text, kind: 'common' }))
      : places.splice(0).map((text): NameWord => ({ text, kind: 'common' }));
  const last = own.length > 0 ? own : tokens.map((text): NameWord => ({ text, kind: 'common' }));
  words.splice(0, words.length, ...last);
}

/** Behind the beginning of a known word stands no more than this; else it is glued to another. */
const LONGEST_ENDING = 6;

const kinds = new Map<string, NameWord>();
const TABLES: readonly (readonly [WordKind, readonly Stem[]])[] = [
  ['honour', HONOURS],
  ['part', PARTS],
  ['kind', KINDS],
];

function known(token: string): NameWord {
  const cached = kinds.get(token);
  if (cached !== undefined) return cached;
  const word = byVocabulary(token) ??
    byVocabulary(withUmlauts(token)) ??
    byNearVocabulary(token) ?? { text: token, kind: 'own' as const };
  if (kinds.size > 200_000) kinds.clear();
  kinds.set(token, word);
  return word;
}

/** "soehne" is "sohne", as "söhne" is when it is folded. */
const withUmlauts = (token: string) => token.replace(/([aou])e/g, '$1');

/** "philipselectronics" is "philips electronics": a long unknown word that ends in a known one is two. */
export function unglued(token: string): NameWord[] {
  const word = known(token);
  if (word.kind !== 'own' || token.length < 9) return [word];
  for (let at = 4; at <= token.length - 5; at++) {
    const rest = byVocabulary(token.slice(at), 5);
    if (rest !== null) return [known(token.slice(0, at)), rest];
  }
  return [word];
}

function byVocabulary(token: string, shortest = 0): NameWord | null {
  for (const [kind, table] of TABLES) {
    for (const { start, whole, stem } of table) {
      if (start.length < shortest) continue;
      if (whole ? token === start : token.startsWith(start) && token.length - start.length <= LONGEST_ENDING)
        return { text: stem, kind };
    }
  }
  return null;
}

/** A slip in a long known word: "reserach", "koniklijke". */
function byNearVocabulary(token: string): NameWord | null {
  if (token.length < 7) return null;
  for (const [kind, table] of TABLES) {
    for (const { start, whole, stem } of table) {
      if (start.length < 6) continue;
      const head = whole ? token : token.slice(0, start.length);
      const allowed = start.length >= 8 ? 2 : 1;
      if (Math.abs(head.length - start.length) <= allowed && distance(head, start) <= allowed && head[0] === start[0])
        return { text: stem, kind };
    }
  }
  return null;
}
