import { distance } from 'fastest-levenshtein';
import { countryCode } from '../../mapping/countries.ts';
import { fold } from '../text.ts';
import { CITIES, FILLERS, HONOURS, KINDS, LEGAL_FORMS, PARTS, REGIONS, type Stem } from './vocabulary.ts';

/** `own`: the name itself; `common`: the same, of a name that has only common words; `kind`: what the business does; `part`: which part of a group it is; `honour`: "Royal". */
export type WordKind = 'own' | 'common' | 'kind' | 'part' | 'honour';

export interface NameWord {
  /** Folded; all spellings of a known word are one. */
  readonly text: string;
  readonly kind: WordKind;
}

/** Whether it is what a name is told apart by. */
export const isOwnWord = ({ kind }: NameWord) => kind === 'own' || kind === 'common';

/** A company's name taken apart. All texts are folded (see `fold`). */
export interface CompanyName {
  readonly raw: string;
  /** What is left without legal form, fillers, places and address; each word once, in the order of the name. */
  readonly words: readonly NameWord[];
  /** Places in the name itself ("Acme Netherlands"). */
  readonly places: readonly string[];
  /** Places and streets behind the name ("Acme B.V., Amsterdam, NL"). */
  readonly address: readonly string[];
  readonly numbers: readonly string[];
  readonly legalForms: readonly string[];
  /** The words without spaces in alphabetical order: the same for all orders of the same words. */
  readonly key: string;
  /** The same of its own words alone. */
  readonly ownKey: string;
  /** The first letters of the name, fillers left out: "ibm". Empty for a name of one word. */
  readonly initials: string;
}

/** What is known of a corpus of names beside the general vocabulary. */
export interface NameContext {
  /** Folded words that stand as a place behind other names. */
  readonly places: ReadonlySet<string>;
}

export const NO_CONTEXT: NameContext = { places: new Set() };

/** Legal forms that are written before the name too ("N.V. Philips"); elsewhere in front they belong to the name. */
const FORM_BEFORE = new Set([
  'nv',
  'pt',
  'sa',
  'ab',
  'as',
  'sia',
  'uab',
  'ooo',
  'oao',
  'zao',
  'kk',
  'societe',
  'cia',
  'bv',
  'a',
  'oy',
  'aktiebolaget',
  'naamloze',
  'naamlooze',
  'stichting',
  'kabushiki',
  'vennootschap',
]);

/** A legal form this long is no word of a name wherever it stands. */
const UNMISTAKABLE = 6;

/** Takes a name apart. Never empty-handed: a name of nothing but places or kinds has these as its own words. */
export function readCompanyName(raw: string, context: NameContext = NO_CONTEXT): CompanyName {
  const cleaned = clean(raw);
  const { core, tail } = splitAddress(cleaned, context);
  const legalForms: string[] = [];
  const tokens = withoutForms(joinInitials(tokensOf(core)), legalForms);
  const numbers: string[] = [];
  const places: string[] = [];
  const words: NameWord[] = [];
  for (const [n, token] of tokens.entries()) {
    if (/^\d+$/.test(token)) numbers.push(token.replace(/^0+(?=\d)/, ''));
    else if (FILLERS.has(token)) continue;
    else if (isPlace(token, context)) places.push(token);
    else if (token.length > 1 || (tokens.length === 1 && n === 0)) words.push(...unglued(token));
  }
  const own = words.filter(({ kind }) => kind === 'own');
  if (own.length === 0) promote(words, places, tokens);
  const unique = [...new Map(words.map((word) => [word.text, word])).values()];
  return {
    raw,
    words: unique,
    places: [...new Set(places)],
    address: tail.flatMap((piece) => tokensOf(piece)).filter((token) => !FILLERS.has(token)),
    numbers: [...new Set(numbers)],
    legalForms,
    key: keyOf(unique),
    ownKey: keyOf(unique.filter(isOwnWord)),
    initials: initialsOf(tokens),
  };
}

/**
 * Words that stand as places behind the names of a corpus: alone between commas, behind several names, and not much more
 * often inside of names.
 */
export function placesIn(names: readonly string[]): ReadonlySet<string> {
  const behind = new Map<string, number>();
  const inside = new Map<string, number>();
  for (const raw of names) {
    const { core, tail } = splitAddress(clean(raw), NO_CONTEXT);
    for (const token of new Set(tokensOf(core))) inside.set(token, (inside.get(token) ?? 0) + 1);
    for (const piece of tail) {
      const tokens = tokensOf(piece).filter((token) => !FILLERS.has(token));
      const [only] = tokens;
      if (only !== undefined && tokens.length === 1 && only.length > 2 && !/\d/.test(only))
        behind.set(only, (behind.get(only) ?? 0) + 1);
    }
  }
  return new Set([...behind].filter(([word, times]) => times * 4 >= (inside.get(word) ?? 0)).map(([word]) => word));
}

function keyOf(words: readonly NameWord[]): string {
  return words
    .map(({ text }) => text)
    .sort()
    .join('');
}

/** Entities and leftovers of exports, and what folding alone would glue or split wrongly. */
function clean(raw: string): string {
  return raw
    .replace(/&\s?amp\b;?/gi, ' & ')
    .replace(/&(lt|gt|quot|apos|nbsp);/gi, ' ')
    .replace(/&#(\d+);?/g, (whole, code: string) =>
      Number(code) > 0 && Number(code) <= 0x10ffff ? String.fromCodePoint(Number(code)) : whole,
    )
    .replace(/['’`´]s\b/gi, 's')
    .replace(/['’`´]/g, '')
    .replace(/^[\s*]+/, '');
}

function tokensOf(text: string): string[] {
  // A/S, S.p.A., N.V.: dots and bars between single letters are no word ends.
  const glued = text.replace(
    /\b(\p{L})(?:[./]\s?(\p{L})\b)+\.?/gu,
    (run) => `${splitFormOff(run.replace(/[./\s]/g, '')).join(' ')} `,
  );
  const folded = fold(glued.replaceAll('&', ' '));
  return folded === '' ? [] : folded.split(' ');
}

/** "D S M" is "dsm", "n v" is "nv": a run of single letters is one word. */
function joinInitials(tokens: readonly string[]): string[] {
  const joined: string[] = [];
  let run = '';
  const flush = () => {
    if (run !== '') joined.push(...splitFormOff(run));
    run = '';
  };
  for (const token of tokens) {
    if (token.length === 1 && /\p{L}/u.test(token)) run += token;
    else {
      flush();
      joined.push(token);
    }
  }
  flush();
  return joined;
}

/** "dsmnv", spelled letter by letter, ends in a legal form. */
function splitFormOff(run: string): string[] {
  if (LEGAL_FORMS.has(run.toLowerCase())) return [run];
  for (const length of [2, 3]) {
    const form = run.slice(-length);
    if (run.length > length && LEGAL_FORMS.has(form.toLowerCase())) return [run.slice(0, -length), form];
  }
  return [run];
}

/** Takes legal forms off both ends and, where they are unmistakable, out of the middle. */
function withoutForms(tokens: readonly string[], found: string[]): string[] {
  const rest = [...tokens];
  const take = (at: number) => found.push(...rest.splice(at, 1));
  while (rest.length > 1) {
    const last = rest.at(-1) as string;
    if (LEGAL_FORMS.has(last) || isLetter(last)) take(rest.length - 1);
    else break;
  }
  while (rest.length > 1 && (FORM_BEFORE.has(rest[0] as string) || isLetter(rest[0] as string))) take(0);
  for (let n = rest.length - 1; n > 0 && rest.length > 1; n--) {
    const token = rest[n] as string;
    if (token.length > 1 && LEGAL_FORMS.has(token) && !FILLERS.has(token)) take(n);
  }
  while (rest.length > 1 && LEGAL_FORMS.has(rest[0] as string) && (rest[0] as string).length >= UNMISTAKABLE) take(0);
  return rest;
}

const isLetter = (token: string) => token.length === 1 && !/\d/.test(token);

/** The name, and the pieces behind its legal form that say where it sits. */
function splitAddress(text: string, context: NameContext): { core: string; tail: string[] } {
  const pieces = text
    .split(/[,;]|\s-\s|\(|\)/)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
  const [first = text, ...others] = pieces;
  if (others.length === 0) return behindForm(text, context);
  const core = [first];
  const tail: string[] = [];
  let formSeen = endsInForm(first);
  for (const piece of others) {
    const tokens = joinInitials(tokensOf(piece));
    const bare = tokens.filter((token) => !LEGAL_FORMS.has(token));
    if (bare.length === 0) {
      formSeen ||= tokens.length > 0;
      core.push(piece);
    } else if (
      isPlaceText(piece, context) ||
      (formSeen && tokensOf(core.join(' ')).length > 1 && looksLikeAddress(piece))
    )
      tail.push(piece);
    else core.push(piece);
  }
  return { core: core.join(' '), tail };
}

/** "Acme N.V. te Eindhoven": behind the form a preposition starts the address. */
function behindForm(text: string, context: NameContext): { core: string; tail: string[] } {
  const match = /^(.*\S)\s+(?:te|in|zu|at)\s+(\S+)$/i.exec(text);
  const [, core, place] = match ?? [];
  if (core === undefined || place === undefined) return { core: text, tail: [] };
  return endsInForm(core) || isPlaceText(place, context) ? { core, tail: [place] } : { core: text, tail: [] };
}

function endsInForm(text: string): boolean {
  const tokens = joinInitials(tokensOf(text));
  return tokens.length > 1 && LEGAL_FORMS.has(tokens.at(-1) as string);
}

function looksLikeAddress(piece: string): boolean {
  const tokens = tokensOf(piece);
  return tokens.length <= 4 && !tokens.some((token) => LEGAL_FORMS.has(token) && token.length > 2);
}

const isPlaceText = (text: string, context: NameContext) => {
  const folded = fold(text);
  return folded !== '' && (isPlace(folded, context) || folded.split(' ').every((token) => isPlace(token, context)));
};

const countries = new Map<string, boolean>();

function isPlace(token: string, context: NameContext): boolean {
  if (REGIONS.has(token) || CITIES.has(token) || context.places.has(token)) return true;
  // Codes of two and three letters are words too often.
  if (token.length <= 3) return false;
  const known = countries.get(token);
  if (known !== undefined) return known;
  const is = countryCode(token) !== null;
  if (countries.size > 200_000) countries.clear();
  countries.set(token, is);
  return is;
}

/** A name of nothing but kinds, parts and places is made of them: "General Electric", "Amsterdam Holdings". */
function promote(words: NameWord[], places: string[], tokens: readonly string[]): void {
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
function unglued(token: string): NameWord[] {
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

function initialsOf(tokens: readonly string[]): string {
  const counted = tokens.filter((token) => !FILLERS.has(token) && !/\d/.test(token));
  return counted.length < 2 ? '' : counted.map((token) => token[0]).join('');
}
