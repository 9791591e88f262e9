import { invalid } from './errors.ts';
import { type ObjectType, objectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import { propertyOf, type Seen } from './records.ts';
import { parseInstant } from './times.ts';

export const OPERATORS = [
  'EQ',
  'NEQ',
  'LT',
  'LTE',
  'GT',
  'GTE',
  'BETWEEN',
  'IN',
  'NOT_IN',
  'HAS_PROPERTY',
  'NOT_HAS_PROPERTY',
  'CONTAINS_TOKEN',
  'NOT_CONTAINS_TOKEN',
] as const;

export type Operator = (typeof OPERATORS)[number];

export interface Filter {
  readonly property: string;
  readonly operator: Operator;
  readonly value?: string | undefined;
  readonly highValue?: string | undefined;
  readonly values?: readonly string[] | undefined;
}

export type Test = (seen: Seen) => boolean;

/**
 * A filter as a function. Text compares without regard to case, yet IN and NOT_IN want their values in lower case
 * already; enumerations compare exactly; a record without a value meets only NOT_HAS_PROPERTY (and NOT_CONTAINS_TOKEN).
 */
export function compileFilter(portal: Portal, type: ObjectType, filter: Filter): Test {
  checkOperands(filter);
  if (filter.property.startsWith('associations.')) return associationTest(portal, type, filter);
  const definition = portal.properties(type).get(filter.property);
  if (definition === undefined) {
    throw invalid(
      `There was a problem with the request. Property "${filter.property}" does not exist`,
      'PROPERTY_DOESNT_EXIST',
      {
        propertyName: [filter.property],
      },
    );
  }
  const read = (seen: Seen): string | undefined => propertyOf(type, seen, filter.property);
  if (filter.operator === 'HAS_PROPERTY') return (seen) => read(seen) !== undefined;
  if (filter.operator === 'NOT_HAS_PROPERTY') return (seen) => read(seen) === undefined;
  if (filter.property === 'hs_object_id') return numberTest(filter, (seen) => seen.id, Number);
  if (filter.property === type.modified) return numberTest(filter, (seen) => seen.modifiedAt, parseInstant);
  if (definition.type === 'number') return numberTest(filter, (seen) => asNumber(read(seen)), Number);
  if (definition.type === 'date' || definition.type === 'datetime') {
    return numberTest(filter, (seen) => asInstant(read(seen)), parseInstant);
  }
  return textTest(filter, read, definition.type === 'enumeration' || definition.type === 'bool');
}

const asNumber = (value: string | undefined): number | null => (value === undefined ? null : Number(value));
const asInstant = (value: string | undefined): number | null => (value === undefined ? null : parseInstant(value));

function checkOperands(filter: Filter): void {
  const wrong = (what: string): never => {
    throw invalid(`Filter on "${filter.property}" with operator ${filter.operator} needs ${what}`, 'INVALID_FILTER', {
      propertyName: [filter.property],
    });
  };
  switch (filter.operator) {
    case 'IN':
    case 'NOT_IN':
      if (filter.values === undefined || filter.values.length === 0) wrong('values');
      return;
    case 'BETWEEN':
      if (filter.value === undefined || filter.highValue === undefined) wrong('value and highValue');
      return;
    case 'HAS_PROPERTY':
    case 'NOT_HAS_PROPERTY':
      return;
    default:
      if (filter.value === undefined) wrong('a value');
  }
}

function operand(filter: Filter, text: string | undefined, parse: (text: string) => number | null): number {
  const value = text === undefined || text.trim() === '' ? null : parse(text);
  if (value === null || Number.isNaN(value)) {
    throw invalid(
      `Filter on "${filter.property}": ${text ?? ''} is not a value that it can be compared with`,
      'INVALID_FILTER',
      {
        propertyName: [filter.property],
      },
    );
  }
  return value;
}

function numberTest(filter: Filter, read: (seen: Seen) => number | null, parse: (text: string) => number | null): Test {
  const when = (test: (value: number) => boolean): Test => {
    return (seen) => {
      const value = read(seen);
      return value !== null && test(value);
    };
  };
  if (filter.operator === 'IN' || filter.operator === 'NOT_IN') {
    const wanted = new Set((filter.values ?? []).map((value) => operand(filter, value, parse)));
    return filter.operator === 'IN' ? when((value) => wanted.has(value)) : when((value) => !wanted.has(value));
  }
  const low = operand(filter, filter.value, parse);
  switch (filter.operator) {
    case 'EQ':
    case 'CONTAINS_TOKEN':
      return when((value) => value === low);
    case 'NEQ':
    case 'NOT_CONTAINS_TOKEN':
      return when((value) => value !== low);
    case 'GT':
      return when((value) => value > low);
    case 'GTE':
      return when((value) => value >= low);
    case 'LT':
      return when((value) => value < low);
    case 'LTE':
      return when((value) => value <= low);
    default: {
      const high = operand(filter, filter.highValue, parse);
      return when((value) => value >= low && value <= high);
    }
  }
}

function textTest(filter: Filter, read: (seen: Seen) => string | undefined, exact: boolean): Test {
  const fold = (value: string): string => (exact ? value : value.toLowerCase());
  const when = (test: (value: string) => boolean): Test => {
    return (seen) => {
      const value = read(seen);
      return value !== undefined && test(fold(value));
    };
  };
  const low = fold(filter.value ?? '');
  switch (filter.operator) {
    case 'IN':
    case 'NOT_IN': {
      // The stored text is lowered, the values are taken as they are: upper-case values never match text.
      const wanted = new Set(filter.values ?? []);
      return filter.operator === 'IN' ? when((value) => wanted.has(value)) : when((value) => !wanted.has(value));
    }
    case 'EQ':
      return when((value) => value === low);
    case 'NEQ':
      return when((value) => value !== low);
    case 'GT':
      return when((value) => value > low);
    case 'GTE':
      return when((value) => value >= low);
    case 'LT':
      return when((value) => value < low);
    case 'LTE':
      return when((value) => value <= low);
    case 'BETWEEN': {
      const high = fold(filter.highValue ?? '');
      return when((value) => value >= low && value <= high);
    }
    case 'CONTAINS_TOKEN': {
      const contains = tokenTest(filter.value ?? '');
      return when((value) => contains(value));
    }
    default: {
      const contains = tokenTest(filter.value ?? '');
      return (seen) => !contains((read(seen) ?? '').toLowerCase());
    }
  }
}

const tokens = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((token) => token !== '');

/** Whether a text holds the tokens in a row; with `*` in it, whether the text or a word of it has that form. */
function tokenTest(wanted: string): (value: string) => boolean {
  const pattern = wanted.toLowerCase();
  if (pattern.includes('*')) {
    return (value) => {
      const text = value.toLowerCase();
      return (
        glob(pattern, text) ||
        text.split(/\s+/).some((word) => glob(pattern, word)) ||
        tokens(text).some((token) => glob(pattern, token))
      );
    };
  }
  const row = tokens(pattern);
  return (value) => {
    const all = tokens(value);
    return row.length > 0 && all.some((_, start) => row.every((token, at) => all[start + at] === token));
  };
}

/** Whether `text` has the form of `pattern`, where `*` stands for any run of characters. Linear in the text. */
function glob(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > text.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

/** The pseudo-property `associations.{type}`: its values are ids of the other end. */
function associationTest(portal: Portal, type: ObjectType, filter: Filter): Test {
  const to = objectType(filter.property.slice('associations.'.length));
  const linked = (ids: readonly string[]): Test => {
    return (seen) => ids.some((id) => portal.associations.isLinked(type, seen.key, to, id));
  };
  switch (filter.operator) {
    case 'EQ':
      return linked([filter.value ?? '']);
    case 'IN':
      return linked(filter.values ?? []);
    case 'NEQ': {
      const test = linked([filter.value ?? '']);
      return (seen) => !test(seen);
    }
    case 'NOT_IN': {
      const test = linked(filter.values ?? []);
      return (seen) => !test(seen);
    }
    case 'HAS_PROPERTY':
      return (seen) => portal.associations.hasAny(type, seen.key, to);
    case 'NOT_HAS_PROPERTY':
      return (seen) => !portal.associations.hasAny(type, seen.key, to);
    default:
      throw invalid(`Filter on "${filter.property}" cannot use operator ${filter.operator}`, 'INVALID_FILTER');
  }
}
