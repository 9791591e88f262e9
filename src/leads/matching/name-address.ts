/** Where a company's name ends and what says where it sits begins, and which words are places. */
import { countryCode } from '../../mapping/countries.ts';
import { fold } from '../text.ts';
import { clean, joinInitials, tokensOf } from './name-tokens.ts';
import { CITIES, FILLERS, LEGAL_FORMS, REGIONS } from './vocabulary.ts';

/** What is known of a corpus of names beside the general vocabulary. */
export interface NameContext {
  /** Folded words that stand as a place behind other names. */
  readonly places: ReadonlySet<string>;
}

export const NO_CONTEXT: NameContext = { places: new Set() };

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

/** The name, and the pieces behind its legal form that say where it sits. */
export function splitAddress(text: string, context: NameContext): { core: string; tail: string[] } {
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

export function isPlace(token: string, context: NameContext): boolean {
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
