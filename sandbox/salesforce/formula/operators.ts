import type { Value } from '../schema/types.ts';
import { dateOf, daysOf, isBlank } from './functions.ts';
import { type Expression, expect, type Kind, type Subject } from './types.ts';

const DAY_MS = 86_400_000;
const ORDERED: readonly Kind[] = ['number', 'date', 'datetime'];
const COMPARABLE: readonly Kind[] = ['text', 'number', 'boolean', 'date', 'datetime', 'none'];

/** An expression of two others. Blank operands of arithmetic make the result blank; so does a division by zero. */
export function binary(sign: string, left: Expression, right: Expression): Expression {
  const what = `operator '${sign}'`;
  switch (sign) {
    case '&&':
    case '||':
      expect(what, left, ['boolean']);
      expect(what, right, ['boolean']);
      return {
        kind: 'boolean',
        of:
          sign === '&&'
            ? (s) => left.of(s) === true && right.of(s) === true
            : (s) => left.of(s) === true || right.of(s) === true,
      };
    case '&':
      expect(what, left, ['text']);
      expect(what, right, ['text']);
      return joined(left, right);
    case '=':
    case '==':
      return { kind: 'boolean', of: equality(what, left, right) };
    case '<>':
    case '!=': {
      const equal = equality(what, left, right);
      return { kind: 'boolean', of: (s) => !equal(s) };
    }
    case '<':
    case '>':
    case '<=':
    case '>=':
      return { kind: 'boolean', of: ordering(sign, what, left, right) };
    default:
      return arithmetic(sign, what, left, right);
  }
}

function joined(left: Expression, right: Expression): Expression {
  return { kind: 'text', of: (s) => `${left.of(s) ?? ''}${right.of(s) ?? ''}` };
}

function equality(what: string, left: Expression, right: Expression): (s: Subject) => boolean {
  expect(what, left, COMPARABLE);
  expect(what, right, left.kind === 'none' ? COMPARABLE : [left.kind, 'none']);
  return (s) => {
    const [one, other] = [left.of(s), right.of(s)];
    return one === other || (isBlank(one) && isBlank(other));
  };
}

function ordering(sign: string, what: string, left: Expression, right: Expression): (s: Subject) => boolean {
  expect(what, left, ORDERED);
  expect(what, right, [left.kind]);
  return (s) => {
    const [one, other] = [left.of(s), right.of(s)];
    if (one === null || other === null) return false;
    if (sign === '<') return one < other;
    if (sign === '>') return one > other;
    return sign === '<=' ? one <= other : one >= other;
  };
}

function arithmetic(sign: string, what: string, left: Expression, right: Expression): Expression {
  if (sign === '*' || sign === '/') {
    expect(what, left, ['number']);
    expect(what, right, ['number']);
    return numbers(left, right, (a, b) => (sign === '*' ? a * b : b === 0 ? null : a / b));
  }
  const factor = sign === '-' ? -1 : 1;
  if (left.kind === 'text' && sign === '+') {
    expect(what, right, ['text']);
    return joined(left, right);
  }
  expect(what, left, ORDERED);
  if (left.kind === 'number') {
    expect(what, right, sign === '+' ? ORDERED : ['number']);
    return right.kind === 'number'
      ? numbers(left, right, (a, b) => a + factor * b)
      : arithmetic(sign, what, right, left);
  }
  expect(what, right, sign === '-' ? ['number', left.kind] : ['number']);
  const inDays = left.kind === 'date' ? daysOf : (value: Value) => (typeof value === 'number' ? value / DAY_MS : null);
  if (right.kind !== 'number') {
    return { kind: 'number', of: (s) => both(inDays(left.of(s)), inDays(right.of(s)), (a, b) => a - b) };
  }
  const back = left.kind === 'date' ? dateOf : (days: number) => Math.round(days * DAY_MS);
  return {
    kind: left.kind,
    of: (s) => both(inDays(left.of(s)), right.of(s), (a, b) => back(a + factor * b)),
  };
}

function numbers(left: Expression, right: Expression, work: (a: number, b: number) => number | null): Expression {
  return { kind: 'number', of: (s) => both(left.of(s), right.of(s), work) };
}

function both(a: Value, b: Value, work: (a: number, b: number) => Value): Value {
  return typeof a === 'number' && typeof b === 'number' ? work(a, b) : null;
}
