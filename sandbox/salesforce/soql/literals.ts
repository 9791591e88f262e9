import { badRequest } from '../errors.ts';
import { parseDay, parseInstant } from '../format.ts';
import { canonicalId } from '../ids.ts';
import type { FieldType, Value } from '../schema/types.ts';
import { type DateRange, dateRange } from './dates.ts';
import { type Expression, fieldError, type Scope } from './scope.ts';

/** What a condition compares with: one value, or the span of days of a date literal. */
export type Operand = { readonly value: Value } | { readonly range: DateRange };

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  N: '\n',
  R: '\r',
  T: '\t',
};

/**
 * The text of a quoted literal.
 * @param pattern keep the backslash before % and _, which LIKE needs
 */
export function unquote(literal: string, pattern = false): string {
  const inner = literal.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  return inner.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (pattern && (escaped === '%' || escaped === '_' || escaped === '\\')) return `\\${escaped}`;
    return ESCAPES[escaped] ?? escaped;
  });
}

const KINDS: Partial<Record<FieldType, string>> = {
  boolean: 'boolean',
  int: 'int',
  double: 'double',
  currency: 'double',
  percent: 'double',
  date: 'date',
  datetime: 'dateTime',
  id: 'id',
  reference: 'reference',
};

/** Reads a literal as a value of the expression's type.  @throws INVALID_FIELD where it is of another type */
export function readOperand(
  scope: Scope,
  left: Expression<never>,
  literalType: string | undefined,
  text: string,
): Operand {
  const kind = KINDS[left.type] ?? 'string';
  const wrong = () =>
    fieldError(
      scope,
      left.name,
      `value of filter criterion for field '${left.name}' must be of type ${kind} and should ${kind === 'string' || kind === 'id' || kind === 'reference' ? '' : 'not '}be enclosed in quotes`,
    );
  switch (literalType) {
    case 'NULL':
      return { value: null };
    case 'STRING': {
      const value = unquote(text);
      if (kind === 'id' || kind === 'reference') return { value: readId(scope, left, value) };
      if (kind !== 'string') throw wrong();
      return { value };
    }
    case 'BOOLEAN':
      if (kind !== 'boolean') throw wrong();
      return { value: text.toUpperCase() === 'TRUE' };
    case 'INTEGER':
    case 'DECIMAL':
      if (kind !== 'int' && kind !== 'double') throw wrong();
      return { value: Number(text) };
    case 'INTEGER_WITH_CURRENCY_PREFIX':
    case 'DECIMAL_WITH_CURRENCY_PREFIX':
      if (left.type !== 'currency') throw wrong();
      return { value: Number(text.slice(3)) };
    case 'DATE':
    case 'DATETIME':
      return { value: readTime(scope, left, literalType, text, wrong) };
    case 'DATE_LITERAL':
    case 'DATE_N_LITERAL': {
      if (left.type !== 'date' && left.type !== 'datetime') throw wrong();
      const range = dateRange(text, scope.org.clock.now());
      if (range) return { range };
      throw badRequest('MALFORMED_QUERY', `unexpected token: '${text}'`);
    }
    default:
      throw badRequest('MALFORMED_QUERY', `unexpected token: '${text}'`);
  }
}

function readId(scope: Scope, left: Expression<never>, text: string): Value {
  if (text === '') return null;
  const id = canonicalId(text);
  if (id !== undefined) return id;
  throw fieldError(scope, left.name, `invalid ID field: ${text}`, 'INVALID_QUERY_FILTER_OPERATOR');
}

function readTime(scope: Scope, left: Expression<never>, type: string, text: string, wrong: () => Error): Value {
  if (left.type === 'date' && type === 'DATE') {
    const day = parseDay(text);
    if (day !== undefined) return day;
  } else if (left.type === 'datetime' && type === 'DATETIME') {
    const instant = parseInstant(text);
    if (instant !== undefined) return instant;
  } else throw wrong();
  throw fieldError(scope, left.name, `Invalid date or datetime: ${text}`, 'MALFORMED_QUERY');
}
