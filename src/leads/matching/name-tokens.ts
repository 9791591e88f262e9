/** The text of a company's name as folded words, with the legal forms told from the rest. */
import { fold } from '../text.ts';
import { FILLERS, LEGAL_FORMS } from './vocabulary.ts';

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

/** Entities and leftovers of exports, and what folding alone would glue or split wrongly. */
export function clean(raw: string): string {
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

export function tokensOf(text: string): string[] {
  // A/S, S.p.A., N.V.: dots and bars between single letters are no word ends.
  const glued = text.replace(
    /\b(\p{L})(?:[./]\s?(\p{L})\b)+\.?/gu,
    (run) => `${splitFormOff(run.replace(/[./\s]/g, '')).join(' ')} `,
  );
  const folded = fold(glued.replaceAll('&', ' '));
  return folded === '' ? [] : folded.split(' ');
}

/** "D S M" is "dsm", "n v" is "nv": a run of single letters is one word. */
export function joinInitials(tokens: readonly string[]): string[] {
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
export function withoutForms(tokens: readonly string[], found: string[]): string[] {
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
