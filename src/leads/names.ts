import { distance } from 'fastest-levenshtein';
import { fold } from './text.ts';

export interface PersonName {
  readonly firstName: string | null;
  readonly lastName: string | null;
}

/**
 * How two names go together: `same` in both parts but for spelling; `close`, both parts could be one name (an initial, a
 * typing slip, first and last exchanged); `partly`, one part agrees and the other contradicts (a marriage, a nickname,
 * but also a relative); `unknown`, too little is known to tell; `different`, they contradict each other.
 */
export type NameAgreement = 'same' | 'close' | 'partly' | 'unknown' | 'different';

const TITLES: ReadonlySet<string> = new Set([
  'dr',
  'prof',
  'professor',
  'mr',
  'mrs',
  'ms',
  'miss',
  'herr',
  'frau',
  'mme',
  'dipl',
  'ing',
  'mag',
  'ir',
  'jr',
  'sr',
  'phd',
  'mba',
]);

/** Says how two names go together. */
export function compareNames(a: PersonName, b: PersonName): NameAgreement {
  const straight = bothParts(compareParts(a.firstName, b.firstName), compareParts(a.lastName, b.lastName));
  if (straight !== 'different' && straight !== 'partly') return straight;
  const crossed = bothParts(compareParts(a.firstName, b.lastName), compareParts(a.lastName, b.firstName));
  return crossed === 'same' || crossed === 'close' ? 'close' : straight;
}

type PartAgreement = 'same' | 'close' | 'unknown' | 'different';

function bothParts(first: PartAgreement, last: PartAgreement): NameAgreement {
  const parts = [first, last];
  const contradictions = parts.filter((part) => part === 'different').length;
  if (contradictions === 2) return 'different';
  if (contradictions === 1) return parts.includes('unknown') ? 'different' : 'partly';
  if (parts.includes('unknown')) return 'unknown';
  return first === 'same' && last === 'same' ? 'same' : 'close';
}

function compareParts(a: string | null, b: string | null): PartAgreement {
  const [left, right] = [nameWords(a), nameWords(b)];
  if (left === '' || right === '') return 'unknown';
  if (left === right || left.replaceAll(' ', '') === right.replaceAll(' ', '')) return 'same';
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  // "A" for "Anna", "Anna" for "Anna Maria".
  if (short.length === 1 ? long.startsWith(short) : long.startsWith(`${short} `)) return 'close';
  return short.length >= 5 && distance(short, long) === 1 ? 'close' : 'different';
}

/**
 * A name as words to compare: accents, case, punctuation, titles, the two ways to write an umlaut (Müller, Mueller) and
 * initials beside a full word do not matter. Empty where there is no name.
 */
export function nameWords(name: string | null): string {
  if (name === null) return '';
  const words = fold(name).split(' ');
  const named = words.filter((word) => !TITLES.has(word));
  const full = named.filter((word) => word.length > 1);
  const kept = full.length > 0 ? full : named.length > 0 ? named : words;
  return kept.map((word) => word.replace(/([ou])e/g, '$1')).join(' ');
}
