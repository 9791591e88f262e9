import { isPlace, type NameContext, NO_CONTEXT, splitAddress } from './name-address.ts';
import { clean, joinInitials, tokensOf, withoutForms } from './name-tokens.ts';
import { isOwnWord, type NameWord, promote, unglued } from './name-words.ts';
import { FILLERS } from './vocabulary.ts';

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

function keyOf(words: readonly NameWord[]): string {
  return words
    .map(({ text }) => text)
    .sort()
    .join('');
}

function initialsOf(tokens: readonly string[]): string {
  const counted = tokens.filter((token) => !FILLERS.has(token) && !/\d/.test(token));
  return counted.length < 2 ? '' : counted.map((token) => token[0]).join('');
}
