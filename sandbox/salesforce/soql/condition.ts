import type { HavingClause, Query, WhereClause } from '@jetstreamapp/soql-parser-js';
import { badRequest } from '../errors.ts';
import type { Shown, Value } from '../schema/types.ts';
import { comparable, comparison, includesAny, likePattern } from './compare.ts';
import { type Operand, readOperand, unquote } from './literals.ts';
import { type Expression, fieldError, type Scope } from './scope.ts';

/** What an index can make of a test: the value is one of these, or lies between these. */
interface Hint {
  readonly field: string;
  readonly among?: readonly Value[];
  readonly from?: number | string;
  readonly to?: number | string;
  /** `from` itself does not count. */
  readonly exclusive?: boolean;
}

export type Condition<T> =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition<T>[] }
  | { readonly kind: 'not'; readonly part: Condition<T> }
  | { readonly kind: 'test'; readonly test: (from: T) => boolean; readonly hint: Hint | null };

/** A condition as the grammar gives it. */
interface RawTest {
  readonly field?: string;
  readonly fn?: { rawValue?: string; functionName?: string; parameters?: unknown[] };
  readonly operator: string;
  readonly value?: string | string[];
  readonly valueQuery?: Query;
  readonly literalType?: string | string[];
  readonly openParen?: number;
  readonly closeParen?: number;
}

interface RawClause {
  readonly left?: RawTest | null;
  readonly operator?: string;
  readonly right?: RawClause;
}

export interface Resolver<T> {
  readonly scope: Scope;
  /** The expression on the left of a test. */
  readonly left: (test: RawTest) => Expression<T>;
  /** The values of a semi-join's subquery, for an expression. */
  readonly subquery: (query: Query, left: Expression<T>) => ReadonlySet<Value>;
}

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | RawTest;

/** Compiles WHERE or HAVING. */
export function compileCondition<T>(clause: WhereClause | HavingClause, resolver: Resolver<T>): Condition<T> {
  const tokens = flatten(clause);
  let at = 0;
  const unit = (): Condition<T> => {
    const token = tokens[at++];
    if (token === 'NOT') return { kind: 'not', part: unit() };
    if (token === '(') {
      const inner = chain();
      if (tokens[at++] !== ')') throw badRequest('MALFORMED_QUERY', "expecting a right parentheses, found '<EOF>'");
      return inner;
    }
    if (typeof token !== 'object') throw badRequest('MALFORMED_QUERY', `unexpected token: '${token ?? '<EOF>'}'`);
    return compileTest(token, resolver);
  };
  const chain = (): Condition<T> => {
    const parts = [unit()];
    const operator = tokens[at];
    while (tokens[at] === 'AND' || tokens[at] === 'OR') {
      // The platform asks for parentheses where both are mixed.
      if (tokens[at] !== operator) throw badRequest('MALFORMED_QUERY', `unexpected token: '${String(tokens[at])}'`);
      at++;
      parts.push(unit());
    }
    const [only] = parts;
    return parts.length === 1 && only ? only : { kind: operator === 'OR' ? 'or' : 'and', parts };
  };
  const condition = chain();
  if (at < tokens.length) throw badRequest('MALFORMED_QUERY', `unexpected token: '${String(tokens[at])}'`);
  return condition;
}

/** The grammar's nested clauses as the row of tokens that they were. */
function flatten(clause: WhereClause | HavingClause): Token[] {
  const tokens: Token[] = [];
  let node: RawClause | undefined = clause as unknown as RawClause;
  while (node) {
    const { left }: RawClause = node;
    for (let i = 0; i < (left?.openParen ?? 0); i++) tokens.push('(');
    if (left && 'operator' in left) {
      tokens.push(left);
      for (let i = 0; i < (left.closeParen ?? 0); i++) tokens.push(')');
    }
    if (node.operator) tokens.push(node.operator.toUpperCase() as Token);
    node = node.right;
  }
  return tokens;
}

function compileTest<T>(raw: RawTest, resolver: Resolver<T>): Condition<T> {
  const { scope } = resolver;
  const left = resolver.left(raw);
  if (left.field && !left.field.filterable) {
    throw fieldError(scope, raw.field ?? left.name, `field '${left.name}' can not be filtered in a query call`);
  }
  const operator = raw.operator.toUpperCase();
  const test = (check: (value: Shown) => boolean, hint: Hint | null = null): Condition<T> => ({
    kind: 'test',
    test: (from) => check(left.get(from)),
    hint: left.field && !left.field.read && raw.field && !raw.field.includes('.') ? hint : null,
  });
  if (raw.valueQuery) {
    const values = resolver.subquery(raw.valueQuery, left);
    const within = (value: Shown) => values.has(comparable(left.type, value));
    if (operator === 'NOT IN') return test((value) => !within(value));
    return test(within, { field: left.name, among: [...values] });
  }
  const texts = Array.isArray(raw.value) ? raw.value : [raw.value ?? ''];
  const types = Array.isArray(raw.literalType) ? raw.literalType : texts.map(() => raw.literalType as string);
  if (operator === 'LIKE') return test(like(scope, left, texts[0] ?? '', types[0]));
  if (operator === 'INCLUDES' || operator === 'EXCLUDES') {
    if (left.type !== 'multipicklist') {
      throw fieldError(
        scope,
        raw.field ?? left.name,
        `${operator.toLowerCase()} operator is only valid on multipicklist fields`,
        'INVALID_QUERY_FILTER_OPERATOR',
      );
    }
    const any = includesAny(texts.map((text) => unquote(text)));
    return test(operator === 'INCLUDES' ? any : (value) => !any(value));
  }
  const operands = texts.map((text, i) => readOperand(scope, left as Expression<never>, types[i], text));
  if (operator === 'IN' || operator === 'NOT IN') {
    const among = membership(left as Expression<never>, operands);
    if (operator === 'NOT IN') return test((value) => !among(value));
    const plain = operands.every((one) => 'value' in one && one.value !== null);
    return test(
      among,
      plain ? { field: left.name, among: operands.map((one) => ('value' in one ? one.value : null)) } : null,
    );
  }
  const [operand] = operands;
  if (!operand) throw badRequest('MALFORMED_QUERY', `unexpected token: '${operator}'`);
  if (left.type === 'boolean' && operator !== '=' && operator !== '!=' && operator !== '<>') {
    throw fieldError(
      scope,
      raw.field ?? left.name,
      'invalid operator on boolean field',
      'INVALID_QUERY_FILTER_OPERATOR',
    );
  }
  return test(comparison(left.type, operator, operand), hintOf(left.name, operator, operand));
}

function hintOf(field: string, operator: string, operand: Operand): Hint | null {
  if ('range' in operand) {
    const { start, end } = operand.range;
    if (operator === '=') return { field, from: start, to: end - 1 };
    if (operator === '>=') return { field, from: start };
    return operator === '>' ? { field, from: end } : null;
  }
  const { value } = operand;
  if (value === null || value === '') return null;
  if (operator === '=') return { field, among: [value] };
  if (typeof value === 'boolean') return null;
  if (operator === '>=') return { field, from: value };
  if (operator === '>') return { field, from: value, exclusive: true };
  return operator === '<' || operator === '<=' ? { field, to: value } : null;
}

function like<T>(scope: Scope, left: Expression<T>, text: string, type: string | undefined): (value: Shown) => boolean {
  const textual = !['id', 'reference', 'boolean', 'int', 'double', 'currency', 'percent', 'date', 'datetime'].includes(
    left.type,
  );
  if (!textual || type !== 'STRING') {
    throw fieldError(scope, left.name, `invalid operator on ${left.type} field`, 'INVALID_QUERY_FILTER_OPERATOR');
  }
  return likePattern(unquote(text, true));
}

function membership(left: Expression<never>, operands: readonly Operand[]): (value: Shown) => boolean {
  const values = new Set<Value>();
  const others: ((value: Shown) => boolean)[] = [];
  for (const operand of operands) {
    if ('value' in operand && operand.value !== '') values.add(comparable(left.type, operand.value));
    else others.push(comparison(left.type, '=', operand));
  }
  return (value) => values.has(comparable(left.type, value)) || others.some((other) => other(value));
}

/** Whether `from` meets the condition. */
export function compileTestFunction<T>(condition: Condition<T>): (from: T) => boolean {
  if (condition.kind === 'test') return condition.test;
  if (condition.kind === 'not') {
    const inner = compileTestFunction(condition.part);
    return (from) => !inner(from);
  }
  const parts = condition.parts.map((part) => compileTestFunction(part));
  if (condition.kind === 'and') return (from) => parts.every((part) => part(from));
  return (from) => parts.some((part) => part(from));
}
