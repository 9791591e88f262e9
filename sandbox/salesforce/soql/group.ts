/** Aggregate queries: COUNT() and its kin with GROUP BY, ROLLUP, CUBE and HAVING. */
import type { GroupByClause, HavingClause, OrderByClause, Query } from '@jetstreamapp/soql-parser-js';
import { badRequest } from '../errors.ts';
import type { FieldType, Row, Shown, Value } from '../schema/types.ts';
import { comparable, order } from './compare.ts';
import { compileCondition, compileTestFunction } from './condition.ts';
import { DATE_FUNCTIONS } from './dates.ts';
import { type Expression, fieldError, resolvePath, type Scope } from './scope.ts';
import { type Json, labels, showAggregate } from './select.ts';

/** Rows that share the values of the grouped expressions. */
interface Group {
  readonly keys: readonly Shown[];
  /** Which of the expressions this group is by: fewer than all in subtotals of ROLLUP and CUBE. */
  readonly by: ReadonlySet<number>;
  readonly rows: Row[];
}

interface ParsedFunction {
  readonly functionName?: string;
  readonly parameters?: readonly unknown[];
  readonly alias?: string;
  readonly rawValue?: string;
}

const AGGREGATES = new Set(['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX']);

/** Whether the query yields groups and not records. */
export function isAggregate(query: Query): boolean {
  if (query.groupBy) return true;
  return (query.fields ?? []).some(
    (field) => field.type === 'FieldFunctionExpression' && AGGREGATES.has(field.functionName.toUpperCase()),
  );
}

/** Whether the query is SELECT COUNT() FROM ..., which yields a number alone. */
export function isBareCount(query: Query): boolean {
  const [only] = query.fields ?? [];
  return (
    query.fields?.length === 1 &&
    only?.type === 'FieldFunctionExpression' &&
    only.functionName.toUpperCase() === 'COUNT' &&
    only.parameters.length === 0
  );
}

/** A date function, toLabel or a field, as a value of a row. */
export function rowExpression(scope: Scope, fn: ParsedFunction): Expression<Row> {
  const name = (fn.functionName ?? '').toUpperCase();
  let inner = fn.parameters?.[0];
  if (typeof inner === 'object' && inner !== null) {
    const nested = inner as ParsedFunction;
    if (nested.functionName?.toUpperCase() !== 'CONVERTTIMEZONE') throw unexpected(fn);
    inner = nested.parameters?.[0];
  }
  if (typeof inner !== 'string') throw unexpected(fn);
  const { expression } = resolvePath(scope, inner);
  const { field } = expression;
  if (name === 'TOLABEL' && field) {
    return { ...expression, field: null, type: 'string', get: (row) => labels(field, expression.get(row)) };
  }
  const part = Object.hasOwn(DATE_FUNCTIONS, name) ? DATE_FUNCTIONS[name] : undefined;
  if (!part) throw unexpected(fn);
  if (expression.type !== 'date' && expression.type !== 'datetime') {
    throw fieldError(scope, inner, `field '${expression.name}' is not a date or dateTime field`);
  }
  return {
    name: fn.rawValue ?? name,
    type: name === 'DAY_ONLY' ? 'date' : 'int',
    field: null,
    get: (row) => {
      const value = expression.get(row);
      return value === null || typeof value === 'object'
        ? null
        : part(new Date(typeof value === 'string' ? `${value}T00:00:00Z` : Number(value)));
    },
  };
}

function unexpected(fn: ParsedFunction) {
  return badRequest('MALFORMED_QUERY', `unexpected token: '${fn.rawValue ?? fn.functionName ?? ''}'`);
}

function aggregate(scope: Scope, fn: ParsedFunction): Expression<Group> {
  const name = (fn.functionName ?? '').toUpperCase();
  const argument = fn.parameters?.[0];
  if (typeof argument !== 'string') {
    if (name === 'COUNT' && argument === undefined) {
      return { name: 'COUNT', type: 'int', field: null, get: (group) => group.rows.length };
    }
    throw unexpected(fn);
  }
  const { expression } = resolvePath(scope, argument);
  const numeric = ['int', 'double', 'currency', 'percent'].includes(expression.type);
  if ((name === 'SUM' || name === 'AVG') && !numeric) {
    throw fieldError(scope, argument, `field ${expression.name} does not support aggregate operator ${name}`);
  }
  const values = (group: Group): Value[] => {
    const list: Value[] = [];
    for (const row of group.rows) {
      const value = expression.get(row);
      if (value !== null && typeof value !== 'object') list.push(value);
    }
    return list;
  };
  const extreme = (sign: number) => (group: Group) => {
    let best: Value = null;
    for (const value of values(group)) {
      if (best === null || sign * order(comparable(expression.type, value), comparable(expression.type, best)) > 0)
        best = value;
    }
    return best;
  };
  const total = (list: Value[]) => list.reduce<number>((sum, value) => sum + Number(value), 0);
  const result: Record<string, (group: Group) => Value> = {
    COUNT: (group) => values(group).length,
    COUNT_DISTINCT: (group) => new Set(values(group).map((value) => comparable(expression.type, value))).size,
    SUM: (group) => {
      const list = values(group);
      return list.length === 0 ? null : tidy(total(list));
    },
    AVG: (group) => {
      const list = values(group);
      return list.length === 0 ? null : total(list) / list.length;
    },
    MIN: extreme(-1),
    MAX: extreme(1),
  };
  const get = result[name];
  if (!get) throw unexpected(fn);
  const type: FieldType = name.startsWith('COUNT') ? 'int' : name === 'AVG' ? 'double' : expression.type;
  return { name, type, field: null, get };
}

/** Takes the binary dust off a sum of decimal amounts. */
function tidy(sum: number): number {
  return Number(sum.toPrecision(15));
}

/** The sets of expressions to group by: one, or several for ROLLUP and CUBE. */
function groupingSets(kind: string, count: number): number[][] {
  const all = Array.from({ length: count }, (_, i) => i);
  if (kind === 'ROLLUP') return all.map((_, i) => all.slice(0, count - i)).concat([[]]);
  if (kind === 'CUBE') {
    return Array.from({ length: 2 ** count }, (_, mask) => all.filter((i) => mask & (1 << i))).sort(
      (a, b) => b.length - a.length,
    );
  }
  return [all];
}

/** Runs an aggregate query over the rows that met WHERE. */
export function runAggregate(scope: Scope, query: Query, rows: Iterable<Row>): Json[] {
  const clauses = query.groupBy === undefined ? [] : Array.isArray(query.groupBy) ? query.groupBy : [query.groupBy];
  let kind = '';
  const keys: { text: string; expression: Expression<Row> }[] = [];
  for (const clause of clauses) {
    const special = 'fn' in clause ? (clause.fn.functionName ?? '').toUpperCase() : '';
    if (special === 'ROLLUP' || special === 'CUBE') {
      kind = special;
      for (const parameter of ('fn' in clause && clause.fn.parameters) || [])
        keys.push(groupKey(scope, { field: String(parameter) }));
    } else keys.push(groupKey(scope, clause));
  }
  const left = (test: { field?: string; fn?: ParsedFunction }): Expression<Group> => {
    const name = test.fn?.functionName?.toUpperCase() ?? '';
    if (test.fn && AGGREGATES.has(name)) return aggregate(scope, test.fn);
    if (test.fn && name === 'GROUPING') {
      const at = keys.findIndex((key) => same(key.text, String(test.fn?.parameters?.[0])));
      return { name, type: 'int', field: null, get: (group) => (group.by.has(at) ? 0 : 1) };
    }
    const text = test.fn ? (test.fn.rawValue ?? '') : withoutAlias(scope, test.field ?? '');
    const at = keys.findIndex((key) => same(key.text, text));
    const key = keys[at];
    if (!key) throw fieldError(scope, text, `Field must be grouped or aggregated: ${text}`, 'MALFORMED_QUERY');
    return { ...key.expression, get: (group: Group) => group.keys[at] ?? null };
  };
  const columns = selected(query, left);
  let groups = collect(
    rows,
    keys.map((key) => key.expression),
    groupingSets(kind, keys.length),
    clauses.length === 0,
  );
  if (query.having) {
    const condition = compileCondition<Group>(query.having as HavingClause, {
      scope,
      left,
      subquery: () => {
        throw badRequest('MALFORMED_QUERY', 'semi join sub-selects are not allowed in the HAVING clause');
      },
    });
    groups = groups.filter(compileTestFunction(condition));
  }
  const sorters = orders(query.orderBy).map((clause) =>
    sorter(left('fn' in clause ? { fn: clause.fn } : { field: clause.field }), clause),
  );
  if (sorters.length > 0) groups.sort((a, b) => firstDifference(sorters, a, b));
  const from = query.offset ?? 0;
  return groups.slice(from, query.limit === undefined ? undefined : from + query.limit).map((group) => {
    const json: Json = { attributes: { type: 'AggregateResult' } };
    for (const { key, expression } of columns) json[key] = showAggregate(expression.type, expression.get(group));
    return json;
  });
}

function groupKey(scope: Scope, clause: GroupByClause): { text: string; expression: Expression<Row> } {
  if ('fn' in clause)
    return { text: clause.fn.rawValue ?? '', expression: rowExpression(scope, clause.fn as ParsedFunction) };
  const { expression } = resolvePath(scope, clause.field);
  if (expression.field && !expression.field.groupable) {
    throw fieldError(
      scope,
      clause.field,
      `field '${clause.field}' can not be grouped in a query call`,
      'MALFORMED_QUERY',
    );
  }
  return { text: withoutAlias(scope, clause.field), expression };
}

function withoutAlias(scope: Scope, text: string): string {
  const [head, ...rest] = text.split('.');
  const drop = rest.length > 0 && (same(head ?? '', scope.alias ?? '') || same(head ?? '', scope.object.name));
  return drop ? rest.join('.') : text;
}

const same = (a: string, b: string) => a.replaceAll(' ', '').toLowerCase() === b.replaceAll(' ', '').toLowerCase();

function selected(query: Query, left: (test: { field?: string; fn?: ParsedFunction }) => Expression<Group>) {
  const columns: { key: string; expression: Expression<Group> }[] = [];
  let unnamed = 0;
  for (const field of query.fields ?? []) {
    let expression: Expression<Group>;
    let key: string;
    if (field.type === 'FieldFunctionExpression') {
      expression = left({ fn: field as ParsedFunction });
      key = field.alias ?? `expr${unnamed++}`;
    } else if (field.type === 'Field' || field.type === 'FieldRelationship') {
      const text = field.type === 'Field' ? field.field : [...field.relationships, field.field].join('.');
      expression = left({ field: text });
      key = ('alias' in field && field.alias) || expression.name;
    } else throw badRequest('MALFORMED_QUERY', 'Grouped query cannot use child relationships in the SELECT list');
    if (columns.some((column) => same(column.key, key))) throw badRequest('MALFORMED_QUERY', `duplicate alias: ${key}`);
    columns.push({ key, expression });
  }
  return columns;
}

function collect(rows: Iterable<Row>, keys: Expression<Row>[], sets: number[][], whole: boolean): Group[] {
  const groups: { map: Map<string, Group>; by: ReadonlySet<number> }[] = sets.map((set) => ({
    map: new Map(),
    by: new Set(set),
  }));
  if (whole) groups[0]?.map.set('[]', { keys: [], by: new Set(), rows: [] });
  for (const row of rows) {
    const values = keys.map((key) => key.get(row));
    const compared = keys.map((key, i) => comparable(key.type, values[i] ?? null));
    for (const { map, by } of groups) {
      const id = JSON.stringify(compared.map((value, i) => (by.has(i) ? value : null)));
      const group = map.get(id);
      if (group) group.rows.push(row);
      else map.set(id, { keys: values.map((value, i) => (by.has(i) ? value : null)), by, rows: [row] });
    }
  }
  return groups.flatMap(({ map }) => [...map.values()]);
}

/** ORDER BY as a list. */
export function orders(clause: OrderByClause | OrderByClause[] | undefined): OrderByClause[] {
  return clause === undefined ? [] : Array.isArray(clause) ? clause : [clause];
}

/** A comparison by one expression. Nulls come first unless the query says last, whatever the direction. */
export function sorter<T>(
  expression: Expression<T>,
  clause: { order?: string; nulls?: string },
): (a: T, b: T) => number {
  const sign = clause.order?.toUpperCase() === 'DESC' ? -1 : 1;
  const nulls = clause.nulls?.toUpperCase() === 'LAST' ? 1 : -1;
  return (a, b) => {
    const x = comparable(expression.type, expression.get(a));
    const y = comparable(expression.type, expression.get(b));
    if (x === null || y === null) return x === y ? 0 : x === null ? nulls : -nulls;
    return sign * order(x, y);
  };
}

export function firstDifference<T>(sorters: readonly ((a: T, b: T) => number)[], a: T, b: T): number {
  for (const compare of sorters) {
    const difference = compare(a, b);
    if (difference !== 0) return difference;
  }
  return 0;
}
