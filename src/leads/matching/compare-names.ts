/** How two names of companies go together, as numbers that a probability is made of. */
import { distance } from 'fastest-levenshtein';
import type { CompanyName } from './company-name.ts';
import { isOwnWord, type NameWord } from './name-words.ts';
import type { Rarity } from './rarity.ts';

/** What is compared, each from 0 to 1; in the order of the coefficients of `name-model.ts`. */
export const NAME_FEATURES = [
  'overlap',
  'strongest',
  'bothOwnMore',
  'kindsDiffer',
  'partsDiffer',
  'placesDiffer',
  'placeOneSided',
  'numbersDiffer',
  'acronym',
  'letters',
  'same',
] as const;
export type NameFeature = (typeof NAME_FEATURES)[number];
export type NameFeatures = Readonly<Record<NameFeature, number>>;

/** Two words that are one, and how surely (up to 1); several words of a side that are one of the other stand joined by '+'. */
export interface SharedWord {
  readonly left: string;
  readonly right: string;
  readonly likeness: number;
}

export interface NameComparison {
  readonly features: NameFeatures;
  readonly shared: readonly SharedWord[];
  /** Own words and parts that only one side has. */
  readonly onlyLeft: readonly string[];
  readonly onlyRight: readonly string[];
  /** What differs, in words: "netherlands and france", "2 and none"; empty where nothing does. */
  readonly differences: {
    readonly places: string;
    readonly numbers: string;
    readonly parts: string;
    /** Own words that one side has besides all those of the other; empty where both have some or neither. */
    readonly contained: string;
  };
}

/** Words less alike than this are different words. */
const ALIKE = 0.74;

export function compareCompanyNames(left: CompanyName, right: CompanyName, rarity: Rarity): NameComparison {
  const a = left.words.map((word): Weighed => ({ word, weight: rarity(word), match: 0 }));
  const b = right.words.map((word): Weighed => ({ word, weight: rarity(word), match: 0 }));
  const shared = pairUp(a, b);
  const [sumA, sumB] = [total(a), total(b)];
  const [metA, metB] = [met(a), met(b)];
  const ownA = a.filter(isOwn);
  const ownB = b.filter(isOwn);
  const [restA, restB] = [rest(ownA), rest(ownB)];
  const strongest = (strongestOf(ownA) + strongestOf(ownB)) / 2;
  const placesA = new Set([...left.places, ...left.address]);
  const placesB = new Set([...right.places, ...right.address]);
  const acronym = isAcronym(left, right) || isAcronym(right, left) ? 1 : 0;
  const places = placeDifference(left, right, placesA, placesB);
  return {
    shared,
    onlyLeft: unmet(a),
    onlyRight: unmet(b),
    differences: {
      places: apart(places.left, places.right),
      numbers: apart(lacking(left.numbers, right.numbers), lacking(right.numbers, left.numbers)),
      parts: apart(parts(a), parts(b)),
      contained: containedWords(ownA, ownB),
    },
    features: {
      overlap: share(metA + metB, sumA + sumB),
      strongest,
      bothOwnMore: Math.min(restA, restB, 2) / 2,
      kindsDiffer: differing(a, b, 'kind'),
      partsDiffer: differing(a, b, 'part'),
      placesDiffer: places.differ,
      placeOneSided: places.oneSided,
      numbersDiffer: numbersDiffer(left, right),
      acronym,
      letters: letterLikeness(left.ownKey, right.ownKey),
      same: left.key === right.key ? 1 : 0,
    },
  };
}

interface Weighed {
  readonly word: NameWord;
  readonly weight: number;
  /** How surely the other side has it. */
  match: number;
}

const isOwn = ({ word }: Weighed) => isOwnWord(word);
const total = (list: readonly Weighed[]) => list.reduce((sum, { weight }) => sum + weight, 0);
const met = (list: readonly Weighed[]) => list.reduce((sum, { weight, match }) => sum + weight * match, 0);
const rest = (list: readonly Weighed[]) => list.reduce((sum, { weight, match }) => sum + (match === 0 ? weight : 0), 0);
/** A word and what it is taken for may be rare to different degrees, so both sides are asked. */
const strongestOf = (list: readonly Weighed[]) => Math.max(0, ...list.map(({ match, weight }) => match * weight));
const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
const unmet = (list: readonly Weighed[]) =>
  list
    .filter(({ word, match }) => match === 0 && (isOwnWord(word) || word.kind === 'part'))
    .map(({ word }) => word.text);

/** Pairs words off, the most alike first; what is left over may be two words written as one. */
function pairUp(a: readonly Weighed[], b: readonly Weighed[]): SharedWord[] {
  const shared: SharedWord[] = [];
  for (const x of a) {
    const y = b.find((each) => each.match === 0 && each.word.text === x.word.text);
    if (y === undefined) continue;
    x.match = y.match = 1;
    shared.push({ left: x.word.text, right: y.word.text, likeness: 1 });
  }
  const near: { x: Weighed; y: Weighed; likeness: number }[] = [];
  for (const x of a) {
    if (x.match > 0 || !isOwn(x)) continue;
    for (const y of b) {
      if (y.match > 0 || !isOwn(y)) continue;
      const likeness = wordLikeness(x.word.text, y.word.text);
      if (likeness >= ALIKE) near.push({ x, y, likeness });
    }
  }
  // Equally alike ones in an order that does not depend on which name is the left one.
  const textOf = ({ x, y }: { x: Weighed; y: Weighed }) => [x.word.text, y.word.text].sort().join(' ');
  near.sort((one, other) => other.likeness - one.likeness || inOrder(textOf(one), textOf(other)));
  for (const { x, y, likeness } of near) {
    if (x.match > 0 || y.match > 0) continue;
    x.match = y.match = likeness;
    shared.push({ left: x.word.text, right: y.word.text, likeness });
  }
  const joined = [
    ...joinedWords(a, b).map((each) => ({ ...each, left: each.whole, right: each.one.word.text })),
    ...joinedWords(b, a).map((each) => ({ ...each, left: each.one.word.text, right: each.whole })),
  ].sort(
    (one, other) =>
      other.likeness - one.likeness ||
      inOrder(`${one.whole} ${one.one.word.text}`, `${other.whole} ${other.one.word.text}`),
  );
  for (const { left, right, parts: words, one, likeness } of joined) {
    if ([one, ...words].some(({ match }) => match > 0)) continue;
    for (const each of [one, ...words]) each.match = likeness;
    shared.push({ left, right, likeness });
  }
  return shared;
}

const inOrder = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

interface Joined {
  readonly parts: readonly Weighed[];
  /** The two with a '+' between them. */
  readonly whole: string;
  readonly one: Weighed;
  readonly likeness: number;
}

/** Pairs of words of `many` that, written as one, are a word of `few`. */
function joinedWords(many: readonly Weighed[], few: readonly Weighed[]): Joined[] {
  const found: Joined[] = [];
  const open = many.filter(({ match }) => match === 0);
  for (const one of few) {
    if (one.match > 0 || !isOwn(one) || one.word.text.length < 4) continue;
    for (const x of open) {
      for (const y of open) {
        if (x === y || !(isOwn(x) || isOwn(y))) continue;
        const likeness = wordLikeness(x.word.text + y.word.text, one.word.text);
        if (likeness >= 0.88) found.push({ parts: [x, y], whole: `${x.word.text}+${y.word.text}`, one, likeness });
      }
    }
  }
  return found;
}

/** 1 for one word, less for a word cut short, a slip of the pen, or another spelling of the same sound; 0 for two words. */
export function wordLikeness(a: string, b: string): number {
  if (a === b) return 1;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length < 3) return 0;
  if (short.length >= 4 && long.startsWith(short)) return short.length * 2 >= long.length ? 0.92 : 0.8;
  if (short.length >= 4 && long.length - short.length <= 3) {
    const slips = distance(short, long);
    const likeness = 1 - slips / long.length;
    if (slips <= (long.length >= 8 ? 2 : 1) && likeness >= ALIKE) return Math.max(likeness, 0.8);
    if (likeness >= 0.8) return likeness;
  }
  const sound = soundOf(short);
  // Without their vowels many words are one: the letters must agree as well.
  if (sound.length < 4 || sound !== soundOf(long)) return 0;
  return 1 - distance(short, long) / long.length >= 0.6 ? 0.85 : 0;
}

const sounds = new Map<string, string>();

/** Consonants as they sound, without doubles: "phillips" and "filips" are "flps". */
export function soundOf(word: string): string {
  const known = sounds.get(word);
  if (known !== undefined) return known;
  const sound = word
    .replace(/ph/g, 'f')
    .replace(/sch|sh|sz|zh|ch|tch/g, 's')
    .replace(/ck|[cqkx]/g, 'k')
    .replace(/[zs]+/g, 's')
    .replace(/[vw]/g, 'v')
    .replace(/(?<=.)[aeiouyhj]/g, '')
    .replace(/(.)\1+/g, '$1');
  if (sounds.size > 200_000) sounds.clear();
  sounds.set(word, sound);
  return sound;
}

/** How much of the weight of words of a kind the other side has not: 0 where both say the same or one says nothing. */
function differing(a: readonly Weighed[], b: readonly Weighed[], kind: 'kind' | 'part'): number {
  const [left, right] = [a, b].map((list) => list.filter(({ word }) => word.kind === kind)) as [Weighed[], Weighed[]];
  const [openLeft, openRight] = [left, right].map((list) => list.filter(({ match }) => match === 0).length) as [
    number,
    number,
  ];
  if (openLeft === 0 && openRight === 0) return 0;
  // Said by one side alone counts half of a contradiction.
  return openLeft > 0 && openRight > 0 ? 1 : 0.5;
}

function containedWords(a: readonly Weighed[], b: readonly Weighed[]): string {
  const [moreA, moreB] = [a, b].map((list) => list.filter(({ match }) => match === 0)) as [Weighed[], Weighed[]];
  const more = moreA.length === 0 && a.length > 0 ? moreB : moreB.length === 0 && b.length > 0 ? moreA : [];
  return more.map(({ word }) => `"${word.text}"`).join(', ');
}

const parts = (list: readonly Weighed[]) =>
  list.filter(({ word, match }) => word.kind === 'part' && match === 0).map(({ word }) => word.text);

const lacking = (these: readonly string[], those: readonly string[]) => these.filter((each) => !those.includes(each));

function apart(left: readonly string[], right: readonly string[]): string {
  if (left.length === 0 && right.length === 0) return '';
  return [left, right].map((list) => list.join(', ') || 'none').join(' and ');
}

/** Places in the name of one side that the other has neither in its name nor behind it. */
function placeDifference(left: CompanyName, right: CompanyName, a: ReadonlySet<string>, b: ReadonlySet<string>) {
  const foreign = (places: readonly string[], other: ReadonlySet<string>) =>
    places.filter((place) => !other.has(place) && ![...other].some((each) => wordLikeness(each, place) > 0));
  const [onlyLeft, onlyRight] = [foreign(left.places, b), foreign(right.places, a)];
  const contradict = onlyLeft.length > 0 && onlyRight.length > 0;
  return {
    left: onlyLeft,
    right: onlyRight,
    differ: contradict ? 1 : 0,
    oneSided: !contradict && onlyLeft.length + onlyRight.length > 0 ? 1 : 0,
  };
}

function numbersDiffer(left: CompanyName, right: CompanyName): number {
  const [one, other] = [lacking(left.numbers, right.numbers), lacking(right.numbers, left.numbers)];
  return one.length > 0 && other.length > 0 ? 1 : one.length + other.length > 0 ? 0.5 : 0;
}

/** Whether a name is the first letters of the other: "ibm", "i.b.m. corp". */
function isAcronym(short: CompanyName, long: CompanyName): boolean {
  const [only] = short.words;
  if (only === undefined || short.words.length !== 1 || only.text.length < 2 || only.text.length > 6) return false;
  return long.initials.length > 1 && sortedLetters(long.initials) === sortedLetters(only.text);
}

const sortedLetters = (text: string) => [...text].sort().join('');

/** Dice's coefficient of the pairs of letters of both. */
function letterLikeness(a: string, b: string): number {
  if (a === b) return 1;
  if (a.length < 2 || b.length < 2) return 0;
  const pairs = new Map<string, number>();
  for (let n = 0; n < a.length - 1; n++) {
    const pair = a.slice(n, n + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  let common = 0;
  for (let n = 0; n < b.length - 1; n++) {
    const pair = b.slice(n, n + 2);
    const left = pairs.get(pair) ?? 0;
    if (left > 0) {
      common++;
      pairs.set(pair, left - 1);
    }
  }
  return (2 * common) / (a.length + b.length - 2);
}
