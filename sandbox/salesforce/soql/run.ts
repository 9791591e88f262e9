/** Runs SOQL: parse, resolve every name, choose an index, filter, sort, cut, render. */
import type { Query, Subquery } from '@jetstreamapp/soql-parser-js';
import { badRequest } from '../errors.ts';
import type { Caller, Org } from '../org/org.ts';
import type { ObjectDef, Row, Value } from '../schema/types.ts';
import { comparable } from './compare.ts';
import { type Condition, compileCondition, compileTestFunction, type Resolver } from './condition.ts';
import { firstDifference, isAggregate, isBareCount, orders, rowExpression, runAggregate, sorter } from './group.ts';
import { parseSoql } from './parse.ts';
import { candidates, idAfter, stampBounds } from './plan.ts';
import { type Expression, fieldError, fromObject, resolvePath, type Scope } from './scope.ts';
import { type ChildRunner, type Column, compileSelect, type Json } from './select.ts';

/** What a query found. Records are rendered when their page is asked for. */
export interface QueryResult {
  readonly object: ObjectDef;
  readonly total: number;
  /** The record at this position and how many child rows it carries. */
  readonly record: (index: number) => { json: Json; children: number };
  /** Number of records; none for COUNT(), whose number is `total`. */
  readonly size: number;
  readonly aggregate: boolean;
  readonly grouped: boolean;
  readonly columns: readonly Column[];
  readonly hasId: boolean;
}

interface QueryOptions {
  readonly deleted: boolean;
  /** The address of the API version, for the urls of records. */
  readonly base: string;
  /** Keeps child rows that do not fit into a page; yields the address of the next ones. */
  readonly keepChildren: (rows: readonly Row[], render: (row: Row) => Json) => string | null;
  /** Child rows of one record that fit into a page. */
  readonly childPage: number;
}

const MAX_OFFSET = 2000;
const MAX_GROUPS = 2000;

/** @throws MALFORMED_QUERY, INVALID_FIELD, INVALID_TYPE ... with the vendor's words */
export function runQuery(org: Org, caller: Caller, soql: string, options: QueryOptions): QueryResult {
  const query = parseSoql(soql);
  const object = fromObject(org, soql, query.sObject ?? '');
  const scope: Scope = { org, caller, object, alias: query.sObjectAlias, soql, deleted: options.deleted };
  if ((query.offset ?? 0) > MAX_OFFSET) {
    throw badRequest('NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${MAX_OFFSET}`);
  }
  if (isBareCount(query) && !query.groupBy) {
    const total = matching(scope, { ...query, orderBy: undefined }).length;
    return { ...EMPTY, object, total };
  }
  if (isAggregate(query)) {
    const records = runAggregate(scope, query, matching(scope, { where: query.where, usingScope: query.usingScope }));
    if (records.length > MAX_GROUPS) {
      throw badRequest(
        'EXCEEDED_ID_LIMIT',
        'Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch',
      );
    }
    return {
      ...EMPTY,
      object,
      total: records.length,
      size: records.length,
      grouped: query.groupBy !== undefined,
      record: (i) => ({ json: records[i] ?? {}, children: 0 }),
    };
  }
  let children = 0;
  const selection = compileSelect(scope, query.fields ?? [], query.limit, options.base, (subquery) =>
    compileChild(scope, subquery, options, (count) => {
      children += count;
    }),
  );
  const rows = matching(scope, query);
  return {
    object,
    total: rows.length,
    size: rows.length,
    aggregate: false,
    grouped: false,
    columns: selection.columns,
    hasId: selection.hasId,
    record: (i) => {
      children = 0;
      const row = rows[i];
      return { json: row ? selection.render(row) : {}, children };
    },
  };
}

const EMPTY = {
  size: 0,
  aggregate: true,
  grouped: false,
  columns: [],
  hasId: false,
  record: () => ({ json: {}, children: 0 }),
};

type Filter = Pick<Query, 'where' | 'orderBy' | 'limit' | 'offset' | 'usingScope'>;

/** The rows that the query asks for, in its order, within its limits. */
function matching(scope: Scope, query: Filter): Row[] {
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

function acceptor(scope: Scope, query: Filter, condition: Condition<Row> | null): (row: Row) => boolean {
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
function sortOrder(scope: Scope, query: Filter): Order {
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

function resolver(scope: Scope): Resolver<Row> {
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

/** Compiles `(SELECT ... FROM Contacts ...)`. */
function compileChild(
  outer: Scope,
  subquery: Subquery,
  options: QueryOptions,
  count: (children: number) => void,
): { name: string; run: ChildRunner } {
  const wanted = subquery.relationshipName.toLowerCase();
  const relation = outer.org.schema
    .childrenOf(outer.object)
    .find(
      ({ child, field }) =>
        field.childRelationshipName?.toLowerCase() === wanted && outer.org.sees(child, field, outer.caller),
    );
  if (!relation) {
    throw fieldError(
      outer,
      subquery.relationshipName,
      `Didn't understand relationship '${subquery.relationshipName}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
      'INVALID_TYPE',
    );
  }
  const { child, field } = relation;
  const scope: Scope = { ...outer, object: child, alias: subquery.sObjectAlias };
  const selection = compileSelect(scope, subquery.fields ?? [], subquery.limit, options.base, (inner) =>
    compileChild(scope, inner, options, count),
  );
  const condition = subquery.where ? compileCondition<Row>(subquery.where, resolver(scope)) : null;
  const accept = acceptor(scope, subquery, condition);
  const { compare } = sortOrder(scope, subquery);
  const table = scope.org.table(child);
  const run: ChildRunner = (parent) => {
    const rows: Row[] = [];
    for (const id of table.idsWhere(field, parent.Id)) {
      const row = table.rows.get(id);
      if (row && accept(row)) rows.push(row);
    }
    rows.sort(compare);
    const from = subquery.offset ?? 0;
    const cut = rows.slice(from, subquery.limit === undefined ? undefined : from + subquery.limit);
    if (cut.length === 0) return null;
    const page = cut.slice(0, options.childPage);
    count(page.length);
    const next = page.length < cut.length ? options.keepChildren(cut, selection.render) : null;
    return {
      totalSize: cut.length,
      done: next === null,
      ...(next === null ? {} : { nextRecordsUrl: next }),
      records: page.map((row) => selection.render(row)),
    };
  };
  return { name: field.childRelationshipName ?? subquery.relationshipName, run };
}
