import { Decimal } from 'decimal.js';
import { dateOf } from './dates.ts';
import type { FieldKind, FieldValue } from './described.ts';
import { decimal, instantOf, split, truth } from './transforms.ts';

/** What the CRM's description says of a field, as far as it changes a value that is stored. */
export interface Limits {
  /** Greatest number of characters (UTF-16 units) of a text. */
  readonly length?: number | undefined;
  /** Decimal digits kept after the point. */
  readonly scale?: number | undefined;
  /** Spellings of a picklist: a value that differs only by case becomes the listed one. */
  readonly values?: readonly string[] | undefined;
}

/**
 * The one form in which values of a kind are compared and written, as a CRM would hold them: text trimmed and cut, blank
 * as null (false for a boolean), decimals rounded to the scale, instants as ISO-8601 UTC in whole seconds (Salesforce keeps
 * no more; two CRMs must not differ by what one of them dropped), a multi-picklist sorted. A value that is none of its kind
 * comes back as trimmed text: it then differs from every good value. Applying it twice changes nothing.
 */
export function canonical(value: FieldValue | undefined, kind: FieldKind, limits: Limits = {}): FieldValue {
  if (value === null || value === undefined) return kind === 'boolean' ? false : null;
  const text = String(value).normalize('NFC').replace(/\r\n?/g, '\n').trim();
  if (text === '') return kind === 'boolean' ? false : null;
  switch (kind) {
    case 'text':
      // Of a character too long for the field nothing is left: that is blank, too.
      return limits.length === undefined ? text : cut(text, limits.length) || null;
    case 'number':
      return canonicalNumber(text, limits.scale);
    case 'boolean':
      return truth(text) ?? text;
    case 'date':
      return dateOf(text) ?? instantOf(text)?.slice(0, 10) ?? text;
    case 'datetime': {
      const instant = instantOf(dateOf(text) === null ? text : `${text}T00:00:00Z`);
      return instant === null ? text : `${instant.slice(0, 19)}.000Z`;
    }
    case 'picklist':
      return spelling(text, limits.values);
    case 'multipicklist': {
      const parts = split(text).map((part) => spelling(part, limits.values));
      return parts.length === 0 ? null : [...new Set(parts)].sort().join(';');
    }
    case 'reference':
      return text;
    case 'other':
      return typeof value === 'string' ? text : value;
  }
}

/** Whether two values are the same to the CRM. */
export function sameValue(
  a: FieldValue | undefined,
  b: FieldValue | undefined,
  kind: FieldKind,
  limits: Limits = {},
): boolean {
  // Most values of a record that was read again are the very same.
  return a === b || canonical(a, kind, limits) === canonical(b, kind, limits);
}

/** Cuts a text to `length` UTF-16 units, after a whole word where one ends in the second half, and marks the cut by an ellipsis. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  if (length < 2) return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
  const kept = text.slice(0, length - 1);
  const wordEnd = /\s/.test(text.charAt(length - 1)) ? kept.length : kept.search(/\s\S*$/);
  const head = wordEnd >= length / 2 ? kept.slice(0, wordEnd) : kept.replace(/[\uD800-\uDBFF]$/, '');
  return `${head.trimEnd()}…`;
}

function canonicalNumber(text: string, scale: number | undefined): FieldValue {
  const read = decimal(text);
  if (read === null) return text;
  const rounded = scale === undefined ? read : read.toDecimalPlaces(scale, Decimal.ROUND_HALF_UP);
  if (rounded.isZero()) return 0;
  // A decimal that a double cannot hold stays text: rounding it in silence would look like an edit.
  const number = rounded.toNumber();
  return Number.isFinite(number) && new Decimal(number).equals(rounded) ? number : rounded.toFixed();
}

function spelling(text: string, values: readonly string[] | undefined): string {
  return values?.find((value) => value.toLowerCase() === text.toLowerCase()) ?? text;
}
