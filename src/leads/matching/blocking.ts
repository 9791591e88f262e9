/**
 * Which names are worth comparing: those that share a key. Keys are many and forgiving, so that a true pair shares at least
 * one; what is common in the corpus says little and is passed over, so that the work stays the same for every record.
 */
import type { CompanyName } from './company-name.ts';
import { soundOf } from './compare-names.ts';
import { isOwnWord } from './name-words.ts';

/** Keys with more names than this say too little to look each of them up. */
const MOST_A_KEY = 300;
/** Pairs of words are made of the first so many. */
const WORDS_PAIRED = 5;

/** The keys of a name, each once. */
function blockingKeys(name: CompanyName): string[] {
  const keys = new Set<string>();
  const own = name.words.filter(isOwnWord).map(({ text }) => text);
  keys.add(`=${name.key}`);
  for (const word of own) {
    keys.add(`s${soundOf(word)}`);
    if (word.length >= 5) {
      keys.add(`f${word.slice(0, 5)}`);
      keys.add(`l${word.slice(-5)}`);
    }
  }
  const texts = name.words.slice(0, WORDS_PAIRED).map(({ text }) => text);
  for (const [n, first] of texts.entries())
    for (const second of texts.slice(n + 1)) {
      keys.add(first < second ? `2${first}|${second}` : `2${second}|${first}`);
      keys.add(`s${soundOf(first + second)}`);
    }
  const [only] = name.words;
  if (only && name.words.length === 1 && only.text.length <= 6) keys.add(`a${sortedLetters(only.text)}`);
  if (name.initials.length > 1 && name.initials.length <= 6) keys.add(`a${sortedLetters(name.initials)}`);
  return [...keys];
}

const sortedLetters = (text: string) => [...text].sort().join('');

/** Names by their keys; numbers stand for places in the list it was made of. */
export class NameIndex {
  readonly #numbers = new Map<string, number[]>();
  readonly #mostAKey: number;
  /** By name: how much its keys shared with the one that is looked up say; emptied after each look-up. */
  #said = new Float32Array(1024);

  constructor(mostAKey = MOST_A_KEY) {
    this.#mostAKey = mostAKey;
  }

  add(number: number, name: CompanyName): void {
    for (const key of blockingKeys(name)) {
      const numbers = this.#numbers.get(key);
      if (numbers === undefined) this.#numbers.set(key, [number]);
      // One more than is looked at says that the key is too common.
      else if (numbers.length <= this.#mostAKey) numbers.push(number);
    }
    if (number >= this.#said.length) {
      const larger = new Float32Array(Math.max(number + 1, this.#said.length * 2));
      larger.set(this.#said);
      this.#said = larger;
    }
  }

  /** The numbers of up to `most` names that share the most telling keys, best first; of equals the lower number first. */
  candidates(name: CompanyName, most: number): number[] {
    const touched: number[] = [];
    for (const key of blockingKeys(name)) {
      const numbers = this.#numbers.get(key);
      if (numbers === undefined || numbers.length > this.#mostAKey) continue;
      const says = 1 / Math.log2(1 + numbers.length + 1) + (key[0] === '=' ? 1 : 0);
      for (const number of numbers) {
        if (this.#said[number] === 0) touched.push(number);
        this.#said[number] = (this.#said[number] as number) + says;
      }
    }
    const best = this.#best(touched, most);
    for (const number of touched) this.#said[number] = 0;
    return best;
  }

  /** The first `most` by what was said for them; many are touched and few are wanted, so they are not all sorted. */
  #best(touched: readonly number[], most: number): number[] {
    const before = (a: number, b: number) => (this.#said[b] as number) - (this.#said[a] as number) || a - b;
    if (touched.length <= most) return [...touched].sort(before);
    const best: number[] = [];
    for (const number of touched) {
      if (best.length === most && before(number, best[most - 1] as number) > 0) continue;
      let at = best.length;
      while (at > 0 && before(number, best[at - 1] as number) < 0) at--;
      best.splice(at, 0, number);
      if (best.length > most) best.pop();
    }
    return best;
  }
}
