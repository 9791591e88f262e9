import { readCompanyName } from './company-name.ts';

/**
 * What is the same for two spellings of one company, where no doubt is possible: its words in any order, without legal form, case,
 * accents and address; with its places and numbers, which tell a part from the whole. Null for a name that says nothing.
 * It says less than `matchCompanies`: what is only likely to be the same has another key.
 */
export function companyKey(name: string | null): string | null {
  if (name === null) return null;
  const { key, places, numbers } = readCompanyName(name);
  if (key === '') return null;
  return [key, ...[...places].sort(), ...[...numbers].sort()].join('|');
}

/** How the company of a person is known among those of other leads: by its domain, else by its name. Null: by neither. */
export function accountKeyOf(person: {
  readonly domain: string | null;
  readonly companyName: string | null;
}): string | null {
  if (person.domain !== null) return person.domain;
  const key = companyKey(person.companyName);
  // No domain has a space.
  return key === null ? null : `name ${key}`;
}
