/** Finds the rows of a query: chooses an index, filters, sorts, cuts. */
import type { Query } from '@jetstreamapp/soql-parser-js';
import { badRequest } from '../errors.ts';
import type { Row, Value } from '../schema/types.ts';
import { comparable } from './compare.ts';
import { type Condition, compileCondition, compileTestFunction, type Resolver } from './condition.ts';
import { firstDifference, orders, rowExpression, sorter } from './group.ts';
import { candidates, idAfter, stampBounds } from './plan.ts';
import { type Expression, fieldError, fromObject, resolvePath, type Scope } from './scope.ts';

export type Filter = Pick<Query, 'where' | 'orderBy' | 'limit' | 'offset' | 'usingScope'>;

/** The rows that the query asks for, in its order, within its limits. */
export function matching(scope: Scope, query: Filter): Row[] {
  const condition = query.where ? compileCondition<Row>(query.where, resolver(scope)) : null;
  const table = scope.org.table(scope.object);
  const sorted = sortOrder(scope, query);
  const accept = acceptor(scope, query, condition);
  const from = query.offset ?? 0;
  const end = query.limit === undefined ? Number.POSITIVE_INFINITY : from + query.limit;
  const found: Row[] = [];
  const set = condition ? candidates(condition, scope.object, table) : null;
  const bounds = condition ? stampBounds(condition) : null;
  const bounded =
    bounds !== null && (bounds.from !== Number.NEGATIVE_INFINITY || bounds.to !== Number.POSITIVE_INFINITY);
  let inOrder: boolean;
  let ids: Iterable<string>;
  if (set && (!bounded || set.size < 1000)) {
    ids = sorted.by === 'id' ? [...set].sort() : set;
    inOrder = sorted.by === 'id';
  } else if (sorted.by === 'stamp' || (bounded && bounds)) {
    ids = table.byStamp(
      bounds?.from ?? Number.NEGATIVE_INFINITY,
      bounds?.to ?? Number.POSITIVE_INFINITY,
      bounds?.after ?? null,
    );
    inOrder = sorted.by === 'stamp';
  } else {
    ids = table.byId(condition ? (idAfter(condition.kind === 'and' ? condition.parts : [condition]) ?? '') : '');
    inOrder = sorted.by === 'id';
  }
  for (const id of ids) {
    const row = table.rows.get(id);
    if (!row || !accept(row)) continue;
    found.push(row);
    if (inOrder && found.length >= end) break;
  }
  if (!inOrder) found.sort(sorted.compare);
  return from === 0 && found.length <= end ? found : found.slice(from, end);
}

export function acceptor(scope: Scope, query: Filter, condition: Condition<Row> | null): (row: Row) => boolean {
  const meets = condition ? compileTestFunction(condition) : () => true;
  const mine = query.usingScope?.toLowerCase() === 'mine';
  return (row) =>
    (scope.deleted || row.IsDeleted !== true) && (!mine || row.OwnerId === scope.caller.userId) && meets(row);
}

interface Order {
  /** An order that an index already has. */
  readonly by: 'id' | 'stamp' | null;
  readonly compare: (a: Row, b: Row) => number;
}

const byId = (a: Row, b: Row) => (a.Id < b.Id ? -1 : a.Id > b.Id ? 1 : 0);

/** Without ORDER BY rows come in the order of their ids, which also breaks ties. */
export function sortOrder(scope: Scope, query: Filter): Order {
  const clauses = orders(query.orderBy);
  const keys = clauses.map((clause) => {
    const expression = 'fn' in clause ? rowExpression(scope, clause.fn) : resolvePath(scope, clause.field).expression;
    if (expression.field && !expression.field.sortable) {
      throw fieldError(
        scope,
        expression.name,
        `field '${expression.name}' can not be sorted in a query call`,
        'MALFORMED_QUERY',
      );
    }
    const plain = 'field' in clause && !clause.field.includes('.') && clause.order?.toUpperCase() !== 'DESC';
    return { name: plain ? expression.name : '', compare: sorter(expression, clause) };
  });
  const names = keys.map((key) => key.name).join();
  const compares = [...keys.map((key) => key.compare), byId];
  return {
    by:
      names === '' && keys.length === 0
        ? 'id'
        : names === 'Id'
          ? 'id'
          : names === 'SystemModstamp' || names === 'SystemModstamp,Id'
            ? 'stamp'
            : null,
    compare: (a, b) => firstDifference(compares, a, b),
  };
}

export function resolver(scope: Scope): Resolver<Row> {
  return {
    scope,
    left: (test) => {
      if (!test.fn) return resolvePath(scope, test.field ?? '').expression;
      if (['COUNT', 'SUM', 'AVG', 'MIN', 'MAX', 'COUNT_DISTINCT'].includes(test.fn.functionName?.toUpperCase() ?? '')) {
        throw badRequest(
          'MALFORMED_QUERY',
          `Aggregate functions are not allowed in the WHERE clause: ${test.fn.rawValue ?? ''}`,
        );
      }
      return rowExpression(scope, test.fn);
    },
    subquery: (query, left) => semiJoin(scope, query, left),
  };
}

/** The values of `(SELECT LeadId FROM CampaignMember WHERE ...)`. */
function semiJoin(outer: Scope, query: Query, left: Expression<Row>): ReadonlySet<Value> {
  if (left.type !== 'id' && left.type !== 'reference') {
    throw fieldError(
      outer,
      left.name,
      'The left operand of a semi join or anti join must be a reference or an ID field',
      'MALFORMED_QUERY',
    );
  }
  const object = fromObject(outer.org, outer.soql, query.sObject ?? '');
  const scope: Scope = { ...outer, object, alias: query.sObjectAlias };
  const [field, second] = query.fields ?? [];
  if (!field || second || (field.type !== 'Field' && field.type !== 'FieldRelationship')) {
    throw badRequest('MALFORMED_QUERY', 'Inner query of a semi join must select exactly one field');
  }
  const text = field.type === 'Field' ? field.field : [...field.relationships, field.field].join('.');
  const { expression } = resolvePath(scope, text);
  const values = new Set<Value>();
  for (const row of matching(scope, query)) {
    const value = comparable(expression.type, expression.get(row));
    if (value !== null) values.add(value);
  }
  return values;
}
