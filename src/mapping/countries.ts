import { createRequire } from 'node:module';
import type countriesModule from 'i18n-iso-countries';

/** Spellings seen in CRMs that the country lists do not hold. */
const ALSO: Record<string, string> = {
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  korea: 'KR',
  'republic of ireland': 'IE',
};

let index: Map<string, string> | undefined;

/**
 * The ISO 3166-1 alpha-2 code of a country as people type it: a name in any of some 70 languages, an alpha-2 or alpha-3
 * code, with or without accents, dots and a leading "the". Null where it is no country, or could be two ("Congo").
 */
export function countryCode(text: string): string | null {
  index ??= buildIndex();
  const folded = fold(text);
  return index.get(folded) ?? index.get(folded.replace(/^the /, '')) ?? null;
}

/** The English name of a country by its alpha-2 code, of which `countryCode` makes the code again; else the code as it is. */
export function countryName(code: string): string {
  const countries = createRequire(import.meta.url)('i18n-iso-countries') as typeof countriesModule;
  const name = countries.getName(code, 'en');
  return name !== undefined && countryCode(name) === code ? name : code;
}

function buildIndex(): Map<string, string> {
  // Loaded at the first use: seventy language files cost 30 ms that `--help` should not pay.
  const countries = createRequire(import.meta.url)('i18n-iso-countries') as typeof countriesModule;
  const found = new Map<string, string | null>();
  for (const language of countries.getSupportedLanguages()) {
    for (const [code, names] of Object.entries(countries.getNames(language, { select: 'all' }))) {
      for (const name of names) {
        const folded = fold(name);
        const other = found.get(folded);
        found.set(folded, other === undefined || other === code ? code : null);
      }
    }
  }
  for (const [alpha3, alpha2] of Object.entries(countries.getAlpha3Codes())) {
    found.set(alpha3.toLowerCase(), alpha2);
    found.set(alpha2.toLowerCase(), alpha2);
  }
  found.set('uk', 'GB');
  for (const [name, code] of Object.entries(ALSO)) found.set(name, code);
  return new Map([...found].filter((entry): entry is [string, string] => entry[1] !== null));
}

/** Lower case without accents and punctuation; "U.S.A." and "USA" are one. */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f.]/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
