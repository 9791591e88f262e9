import { dayOf } from '../format.ts';
import type { FieldType, Shown, Value } from '../schema/types.ts';
import type { Operand } from './literals.ts';

const EXACT = new Set<FieldType>(['id', 'reference', 'date']);

/** The form in which two values of a type are compared: texts without regard to case. */
export function comparable(type: FieldType, value: Shown): Value {
  if (value !== null && typeof value === 'object') return null;
  return typeof value === 'string' && !EXACT.has(type) ? value.toLowerCase() : value;
}

/** Orders two comparable values, nulls not among them. */
export function order(a: Value, b: Value): number {
  if (a === b) return 0;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1;
  return Number(a) < Number(b) ? -1 : 1;
}

/** A test of one value against one operand. Nulls equal only null and are neither greater nor smaller than anything. */
export function comparison(type: FieldType, operator: string, operand: Operand): (value: Shown) => boolean {
  if ('range' in operand) return rangeComparison(type, operator, operand.range);
  const right = comparable(type, operand.value);
  const empty = right === null || right === '';
  switch (operator) {
    case '=':
      return (value) => (empty ? isEmpty(value) : comparable(type, value) === right);
    case '!=':
    case '<>':
      return (value) => (empty ? !isEmpty(value) : comparable(type, value) !== right);
    case '<':
      return (value) => !empty && !isEmpty(value) && order(comparable(type, value), right) < 0;
    case '<=':
      return (value) => !empty && !isEmpty(value) && order(comparable(type, value), right) <= 0;
    case '>':
      return (value) => !empty && !isEmpty(value) && order(comparable(type, value), right) > 0;
    default:
      return (value) => !empty && !isEmpty(value) && order(comparable(type, value), right) >= 0;
  }
}

function isEmpty(value: Shown): boolean {
  return value === null || value === '';
}

function rangeComparison(
  type: FieldType,
  operator: string,
  range: { start: number; end: number },
): (value: Shown) => boolean {
  const start: Value = type === 'date' ? dayOf(range.start) : range.start;
  const end: Value = type === 'date' ? dayOf(range.end) : range.end;
  const below = (value: Value, bound: Value) => order(value, bound) < 0;
  const test = (value: Value): boolean => {
    switch (operator) {
      case '=':
        return !below(value, start) && below(value, end);
      case '<':
        return below(value, start);
      case '<=':
        return below(value, end);
      case '>':
        return !below(value, end);
      default:
        return !below(value, start);
    }
  };
  if (operator === '!=' || operator === '<>') {
    return (value) => {
      const plain = comparable(type, value);
      return plain === null || below(plain, start) || !below(plain, end);
    };
  }
  return (value) => {
    const plain = comparable(type, value);
    return plain !== null && test(plain);
  };
}

interface PatternPart {
  readonly kind: 'any' | 'one' | 'letter';
  readonly letter: string;
}

/** A LIKE test: % is any text, _ one character, a backslash takes their meaning away. Takes time in proportion to both lengths. */
export function likePattern(pattern: string): (value: Shown) => boolean {
  const parts: PatternPart[] = [];
  const letters = [...pattern.toLowerCase()];
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i] ?? '';
    if (letter === '\\' && i + 1 < letters.length) parts.push({ kind: 'letter', letter: letters[++i] ?? '' });
    else if (letter === '%') parts.push({ kind: 'any', letter });
    else if (letter === '_') parts.push({ kind: 'one', letter });
    else parts.push({ kind: 'letter', letter });
  }
  return (value) => typeof value === 'string' && matches(parts, [...value.toLowerCase()]);
}

function matches(parts: readonly PatternPart[], text: readonly string[]): boolean {
  let part = 0;
  let at = 0;
  let lastAny = -1;
  let resume = 0;
  while (at < text.length) {
    const here = parts[part];
    if (here?.kind === 'any') {
      lastAny = part++;
      resume = at;
    } else if (here && (here.kind === 'one' || here.letter === text[at])) {
      part++;
      at++;
    } else if (lastAny >= 0) {
      part = lastAny + 1;
      at = ++resume;
    } else return false;
  }
  while (parts[part]?.kind === 'any') part++;
  return part === parts.length;
}

/** Whether a multi-select value holds all values of any of the groups. */
export function includesAny(groups: readonly string[]): (value: Shown) => boolean {
  const wanted = groups.map((group) =>
    group
      .toLowerCase()
      .split(';')
      .map((one) => one.trim()),
  );
  return (value) => {
    if (typeof value !== 'string') return false;
    const chosen = new Set(value.toLowerCase().split(';'));
    return wanted.some((group) => group.every((one) => chosen.has(one)));
  };
}
