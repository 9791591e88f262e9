/** How a value of the channel is written back into the field that it is read from. */
import { canonical } from './canonical.ts';
import { countryName } from './countries.ts';
import type { FieldDescription, FieldKind, FieldValue } from './described.ts';
import { WORDS } from './entities.ts';
import type { SourceField } from './mapping.ts';
import type { Transform } from './transforms.ts';

/** The transforms that lose nothing that matters, with the kinds of CRM field that their values can be written to. */
const INVERTIBLE: Partial<Record<Transform, readonly FieldKind[]>> = {
  text: ['text', 'picklist'],
  email: ['text'],
  country: ['text', 'picklist'],
  currency: ['text', 'picklist'],
  number: ['number'],
  integer: ['number'],
  money: ['number'],
  boolean: ['boolean'],
  date: ['date'],
  datetime: ['datetime'],
  word: ['text', 'picklist'],
};

/** Why not every value of the source can be written back, with what to do; null where all can. */
export function whyNotInvertible(source: SourceField): { message: string; hint: string } | null {
  const why = whyNeverInvertible(source);
  if (why !== null) return why;
  const { property, values } = source;
  if (values !== null) {
    const sayable = new Set(values.values());
    const missing = (WORDS[source.kind] ?? (source.otherwise === null ? [] : [source.otherwise])).filter(
      (word) => !sayable.has(word),
    );
    if (missing.length > 0) {
      return {
        message: `${property} may become ${missing.map((word) => `"${word}"`).join(', ')}, for which no CRM word is listed`,
        hint: 'list one for each under "values", or leave "policy" out',
      };
    }
  }
  return null;
}

/** Why no value of the source can be written back; null where those can that have a word in the CRM. */
export function whyNeverInvertible(source: SourceField): { message: string; hint: string } | null {
  const { property, transform, fields, constant } = source;
  if (constant !== null) {
    return { message: `${property} is the same for every record: there is nothing to write`, hint: 'name a field' };
  }
  if (fields.length !== 1) {
    return {
      message: `${property} is read from several fields: which one would be written?`,
      hint: 'name one "field", or leave "policy" out',
    };
  }
  if (INVERTIBLE[transform] === undefined) {
    return {
      message: `${property} is read as ${transform}, which cannot be turned back into what the CRM held`,
      hint: 'leave "policy" out: the CRM owns the field',
    };
  }
  return null;
}

/** The kinds of CRM field that the source's values can be written to. */
export function writableKinds(source: SourceField): readonly FieldKind[] {
  return INVERTIBLE[source.transform] ?? [];
}

/** What the CRM's field is to hold for a value of the channel, or why it cannot. */
export type Inverted = { readonly value: FieldValue } | { readonly problem: string };

/**
 * Turns a value of the channel into the CRM's form: its word, its spelling of a country, its precision. A text that
 * is longer than the field is a problem, not cut: the cut one would come back and shorten it everywhere.
 */
export function inverted(source: SourceField, value: FieldValue, described: FieldDescription | undefined): Inverted {
  if (value === null) return { value: null };
  const word = source.values === null ? spelled(source, value) : source.words?.get(String(value));
  if (word === undefined) {
    return { problem: `there is no word for its value under "values" of ${source.property}` };
  }
  const { kind = 'text', length, scale, values } = described ?? {};
  if (kind === 'text' && length !== undefined && String(word).length > length) {
    return { problem: `its value has ${String(word).length} characters, the field takes ${length}` };
  }
  return { value: canonical(word, kind, { scale, values }) };
}

function spelled(source: SourceField, value: string | number | boolean): FieldValue {
  return source.transform === 'country' ? countryName(String(value)) : value;
}
