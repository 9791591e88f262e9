/** What else than the name says whether two records are one company: domain, telephone, address, hierarchy. */
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js';
import { countryCode } from '../../mapping/countries.ts';
import { companyDomain } from '../../mapping/domains.ts';
import { fold } from '../text.ts';
import { wordLikeness } from './compare-names.ts';

/** A record as far as it says which company it is, as its CRM has it; null: not known. */
export interface CompanyRecord {
  readonly id: string;
  readonly name: string | null;
  /** A website, or an e-mail address at the company. */
  readonly domain: string | null;
  readonly phone: string | null;
  readonly street: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  readonly country: string | null;
  /** The record of the company that it is part of. */
  readonly parentId: string | null;
}

/** The same in the form in which it is compared. */
export interface CompanyTraits {
  /** The registrable domain; null for free mail too. */
  readonly domain: string | null;
  /** E.164. */
  readonly phone: string | null;
  readonly street: readonly string[];
  readonly houseNumbers: readonly string[];
  readonly postalCode: string | null;
  readonly city: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

export function traitsOf(record: CompanyRecord): CompanyTraits {
  const country = record.country === null ? null : countryCode(record.country);
  const street = record.street === null ? [] : fold(record.street).split(' ');
  return {
    domain: record.domain === null ? null : companyDomain(record.domain),
    phone: phoneOf(record.phone, country),
    street: street.filter((word) => word !== '' && !/^\d/.test(word)).map(streetWord),
    houseNumbers: street.filter((word) => /^\d/.test(word)),
    postalCode: record.postalCode === null ? null : fold(record.postalCode).replaceAll(' ', '') || null,
    city: record.city === null ? null : fold(record.city) || null,
    country,
  };
}

const STREET_WORDS: Readonly<Record<string, string>> = {
  street: 'st',
  strasse: 'str',
  avenue: 'ave',
  av: 'ave',
  road: 'rd',
  boulevard: 'blvd',
  drive: 'dr',
  square: 'sq',
  place: 'pl',
};

const streetWord = (word: string) => STREET_WORDS[word] ?? word.replace(/strasse$/, 'str');

function phoneOf(text: string | null, country: string | null): string | null {
  if (text === null) return null;
  const parsed = parsePhoneNumberFromString(text, country === null ? undefined : (country as CountryCode));
  return parsed?.isPossible() ? parsed.number : null;
}

/** One reason in words, and by how much it moves the log-odds that two records are one. */
export interface Evidence {
  readonly says: string;
  readonly weight: number;
}

/**
 * By how much each piece of evidence moves the log-odds (natural logarithm), beside the name. Set by hand from what records
 * in CRMs look like, in the spirit of Fellegi and Sunter (1969): a rare agreement says much, a missing value nothing, a
 * disagreement little where companies have several of the kind. Only the name's own weights are learned (`name-model.ts`).
 */
const WEIGHT = {
  domain: 4.5,
  otherDomain: -0.8,
  phone: 3.5,
  address: 2.5,
  town: 0.8,
  otherCountry: -1,
  otherTown: -0.4,
  siblings: -1.5,
} as const;

/** What two records say beside their names. */
export function evidenceOf(left: CompanyTraits, right: CompanyTraits): Evidence[] {
  const found: Evidence[] = [];
  const say = (says: string, weight: number) => found.push({ says, weight });
  if (left.domain !== null && right.domain !== null) {
    if (left.domain === right.domain) say(`the same domain, ${left.domain}`, WEIGHT.domain);
    else say(`different domains, ${left.domain} and ${right.domain}`, WEIGHT.otherDomain);
  }
  if (left.phone !== null && left.phone === right.phone) say(`the same telephone number, ${left.phone}`, WEIGHT.phone);
  const place = placeEvidence(left, right);
  if (place !== null) found.push(place);
  return found;
}

function placeEvidence(left: CompanyTraits, right: CompanyTraits): Evidence | null {
  if (left.country !== null && right.country !== null && left.country !== right.country)
    return { says: `in different countries, ${left.country} and ${right.country}`, weight: WEIGHT.otherCountry };
  const samePost = left.postalCode !== null && left.postalCode === right.postalCode;
  const sameCity = left.city !== null && right.city !== null && wordLikeness(left.city, right.city) > 0;
  if ((samePost || sameCity) && sameStreet(left, right)) return { says: 'the same address', weight: WEIGHT.address };
  if (samePost) return { says: `the same postal code, ${left.postalCode}`, weight: WEIGHT.town };
  if (sameCity) return { says: `in the same town, ${left.city}`, weight: WEIGHT.town };
  if (left.city !== null && right.city !== null)
    return { says: `in different towns, ${left.city} and ${right.city}`, weight: WEIGHT.otherTown };
  return null;
}

function sameStreet(left: CompanyTraits, right: CompanyTraits): boolean {
  if (left.street.length === 0 || right.street.length === 0) return false;
  if (left.houseNumbers[0] !== right.houseNumbers[0]) return false;
  const met = left.street.filter((word) => right.street.some((other) => wordLikeness(word, other) > 0)).length;
  return met >= Math.min(left.street.length, right.street.length);
}

/** How two records stand to each other in the hierarchy of their CRM. */
export type Kinship = 'parent' | 'siblings' | 'none';

export function kinshipOf(left: CompanyRecord, right: CompanyRecord): Kinship {
  if (left.parentId === right.id || right.parentId === left.id) return 'parent';
  return left.parentId !== null && left.parentId === right.parentId ? 'siblings' : 'none';
}

/** What the hierarchy says: two children of one parent were told apart by somebody. */
export function kinshipEvidence(kinship: Kinship): Evidence[] {
  return kinship === 'siblings' ? [{ says: 'two parts of the same company', weight: WEIGHT.siblings }] : [];
}
