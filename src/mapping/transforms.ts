import { Decimal } from 'decimal.js';
import { countryCode } from './countries.ts';
import { dateOf } from './dates.ts';
import type { FieldKind, FieldValue } from './described.ts';
import { companyDomain } from './domains.ts';
import { type PropertyKind, WORDS } from './entities.ts';
import { languageCode } from './languages.ts';
import { certificationText, type EntryText, periodText, zoneName } from './partner-texts.ts';

/** How a CRM value is read. A mapping names one by `as:` where the property's own kind is not the right one. */
export type Transform =
  | Exclude<PropertyKind, 'stage' | 'partnerStatus' | 'requestStatus' | 'claimStatus'>
  | 'range'
  | 'datetime'
  | 'word';

/** What came of reading one value: null and a problem where it is bad; a list keeps its good parts. */
export interface Reading {
  readonly value: FieldValue | string[];
  readonly problem?: string;
}

/** The transforms that make a value fit for a property of the kind; the first is taken where the mapping names none. */
export const TRANSFORMS: Record<PropertyKind, readonly Transform[]> = {
  text: ['text', 'email', 'country', 'domain', 'currency'],
  email: ['email'],
  country: ['country', 'text'],
  domain: ['domain'],
  currency: ['currency'],
  money: ['money'],
  reference: ['reference'],
  date: ['date'],
  moment: ['moment', 'date', 'datetime'],
  number: ['number', 'range'],
  integer: ['integer', 'range'],
  boolean: ['boolean'],
  list: ['list', 'emails', 'countries'],
  emails: ['emails'],
  countries: ['countries', 'list'],
  latitude: ['latitude'],
  longitude: ['longitude'],
  language: ['language'],
  zone: ['zone'],
  languages: ['languages'],
  certifications: ['certifications'],
  periods: ['periods'],
  stage: ['word'],
  partnerStatus: ['word'],
  requestStatus: ['word'],
  claimStatus: ['word'],
};

/** The kinds of CRM field that a transform can read. */
export const READABLE: Record<Transform, readonly FieldKind[]> = {
  text: ['text', 'picklist', 'number', 'reference', 'date', 'datetime', 'other'],
  email: ['text', 'other'],
  country: ['text', 'picklist', 'other'],
  domain: ['text', 'other'],
  currency: ['text', 'picklist'],
  money: ['number'],
  reference: ['reference', 'text', 'picklist', 'number', 'other'],
  date: ['date', 'datetime'],
  moment: ['date', 'datetime'],
  datetime: ['datetime'],
  number: ['number'],
  range: ['number', 'picklist', 'text'],
  integer: ['number'],
  boolean: ['boolean'],
  list: ['multipicklist', 'picklist', 'text', 'other'],
  emails: ['text', 'multipicklist', 'picklist', 'other'],
  countries: ['multipicklist', 'picklist', 'text', 'other'],
  latitude: ['number', 'text'],
  longitude: ['number', 'text'],
  language: ['picklist', 'text', 'other'],
  zone: ['picklist', 'text', 'other'],
  languages: ['multipicklist', 'picklist', 'text', 'other'],
  certifications: ['multipicklist', 'picklist', 'text', 'other'],
  periods: ['text', 'other'],
  word: ['picklist', 'text', 'other'],
};

/** Reads one present value (not null, not blank) by `transform`; `kind` is the property's, whose words a `word` must be one of. */
export function transformed(value: string | number | boolean, transform: Transform, kind: PropertyKind): Reading {
  const text = String(value).normalize('NFC').trim();
  switch (transform) {
    case 'text':
    case 'reference':
      return { value: text };
    case 'email':
      return email(text);
    case 'country':
      return orProblem(countryCode(text), text, 'is no country');
    case 'domain':
      // A free-mail address or a host that is none tells no company: that is nothing known, not a mistake.
      return { value: companyDomain(text) };
    case 'currency':
      return orProblem(/^[a-z]{3}$/i.test(text) ? text.toUpperCase() : null, text, 'is no ISO 4217 currency code');
    case 'money':
      return orProblem(decimal(text)?.toFixed() ?? null, text, 'is no amount');
    case 'number':
      return orProblem(decimal(text)?.toNumber() ?? null, text, 'is no number');
    case 'integer':
      return orProblem(decimal(text)?.round().toNumber() ?? null, text, 'is no number');
    case 'range':
      return orProblem(lowerBound(text), text, 'is neither a number nor a range like 5-25 or 1000+');
    case 'boolean':
      return orProblem(truth(text), text, 'is neither true nor false');
    case 'date':
      return orProblem(instantOf(text)?.slice(0, 10) ?? dateOf(text), text, 'is no date');
    case 'datetime':
      return orProblem(instantOf(text), text, 'is no date and time');
    case 'moment':
      return orProblem(dateOf(text) ?? instantOf(text), text, 'is no date');
    case 'list':
      return { value: split(text) };
    case 'emails':
      return each(text, email);
    case 'countries':
      return each(text, (part) => orProblem(countryCode(part), part, 'is no country'));
    case 'latitude':
      return orProblem(degrees(text, 90), text, 'is no latitude: degrees from -90 to 90');
    case 'longitude':
      return orProblem(degrees(text, 180), text, 'is no longitude: degrees from -180 to 180');
    case 'language':
      return orProblem(languageCode(text), text, 'is no language: write a code such as "de", or its English name');
    case 'languages':
      return each(text, (part) => orProblem(languageCode(part), part, 'is no language'));
    case 'zone':
      return orProblem(zoneName(text), text, 'is no time zone: write one such as "Europe/Berlin"');
    case 'certifications':
      return eachOf(text, (part) => entry(part, certificationText(part)));
    case 'periods':
      return eachOf(text, (part) => entry(part, periodText(part)));
    case 'word':
      return word(text, kind);
  }
}

/** A finite decimal from plain notation, else null. */
export function decimal(text: string): Decimal | null {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text) ? new Decimal(text) : null;
}

/** ISO-8601 UTC with milliseconds from an ISO instant with any offset ("+0000" too) or from epoch milliseconds, else null. */
export function instantOf(text: string): string | null {
  if (/^-?\d{10,15}$/.test(text)) return new Date(Number(text)).toISOString();
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/i.exec(text);
  if (!match) return null;
  const [, day = '', minutes, seconds = ':00', fraction = '', zone = ''] = match;
  const offset = /^z$/i.test(zone) ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const milliseconds = `.${fraction.slice(1, 4).padEnd(3, '0')}`;
  const instant = new Date(`${day}T${minutes}${seconds}${milliseconds}${offset}`);
  return dateOf(day) === null || Number.isNaN(instant.getTime()) ? null : instant.toISOString();
}

export function truth(text: string): boolean | null {
  if (/^(true|yes|y|1)$/i.test(text)) return true;
  return /^(false|no|n|0)$/i.test(text) ? false : null;
}

/** The parts of a multi-picklist or list typed by hand, without blanks and repetitions. */
export function split(text: string): string[] {
  const parts = text.split(';').map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))];
}

function email(text: string): Reading {
  const address = text.replace(/^mailto:/i, '').toLowerCase();
  return orProblem(
    /^[^\s@;,<>]+@[^\s@;,<>]+\.[^\s@;,<>.]+$/.test(address) ? address : null,
    text,
    'is no e-mail address',
  );
}

function lowerBound(text: string): number | null {
  const match = /^[<>]?\s*(\d[\d,.\s]*)\s*(\+|(-|–|to|bis)\s*\d[\d,.\s]*)?$/i.exec(text);
  const first = match?.[1]?.trim();
  if (first === undefined) return null;
  // "1,000" and "1.000" group digits; "12.5" does not.
  const plain = first.replace(/[,.\s](?=\d{3}(\D|$))/g, '');
  return decimal(plain)?.round().toNumber() ?? null;
}

function word(text: string, kind: PropertyKind): Reading {
  const words = WORDS[kind] ?? [];
  const known = words.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  return orProblem(known ?? null, text, `is not one of ${words.join(', ')}: add it under "values" of the mapping`);
}

function degrees(text: string, most: number): number | null {
  const value = decimal(text)?.toNumber() ?? null;
  return value !== null && Math.abs(value) <= most ? value : null;
}

/** Reads the parts of a list (`a;b`, or `a, b` where there is no semicolon) one by one. */
function each(text: string, read: (part: string) => Reading): Reading {
  return eachOf(text.includes(';') ? text : text.replaceAll(',', ';'), read);
}

/** Reads the parts of a list between semicolons or line ends one by one; the good ones stand. */
function eachOf(text: string, read: (part: string) => Reading): Reading {
  const readings = split(text.replaceAll('\n', ';')).map(read);
  const values = readings.flatMap((reading) => (typeof reading.value === 'string' ? [reading.value] : []));
  const problems = readings.flatMap((reading) => (reading.problem === undefined ? [] : [reading.problem]));
  return { value: [...new Set(values)], ...(problems.length > 0 ? { problem: problems.join('; ') } : {}) };
}

function entry(part: string, read: EntryText): Reading {
  return 'wrong' in read ? { value: null, problem: `${quoted(part)} ${read.wrong}` } : { value: read.text };
}

function orProblem(value: FieldValue, text: string, problem: string): Reading {
  return value === null ? { value, problem: `${quoted(text)} ${problem}` } : { value };
}

/** A value in quotes, shortened: messages are read on one line. */
export function quoted(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 59)}…` : text}"`;
}
