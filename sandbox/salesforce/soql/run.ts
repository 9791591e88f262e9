/** Runs SOQL: parse, resolve every name, find the rows, render. */
import type { Subquery } from '@jetstreamapp/soql-parser-js';
import { badRequest } from '../errors.ts';
import type { Caller, Org } from '../org/org.ts';
import type { ObjectDef, Row } from '../schema/types.ts';
import { compileCondition } from './condition.ts';
import { acceptor, matching, resolver, sortOrder } from './find.ts';
import { isAggregate, isBareCount, runAggregate } from './group.ts';
import { parseSoql } from './parse.ts';
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
    const table = org.table(object);
    const everything = !query.where && !query.usingScope && query.limit === undefined && query.offset === undefined;
    const total = everything
      ? options.deleted
        ? table.rows.size
        : table.live
      : matching(scope, { ...query, orderBy: undefined }).length;
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

/** A query that yields plain rows, resolved but not rendered: what a bulk job works on. */
export interface RowQuery {
  readonly object: ObjectDef;
  /** The path of each selected column as the query spells it, with what it reads. */
  readonly columns: readonly { readonly name: string; readonly expression: Expression<Row> }[];
  /** The rows as they stand now. */
  readonly rows: () => Row[];
}

/**
 * Resolves a query of fields and parents' fields.
 * @param refuse told of what a row query cannot have
 * @throws as runQuery does
 */
export function compileRowQuery(
  org: Org,
  caller: Caller,
  soql: string,
  deleted: boolean,
  refuse: (what: 'aggregate' | 'children' | 'compound' | 'clause', text: string) => never,
): RowQuery {
  const query = parseSoql(soql);
  const object = fromObject(org, soql, query.sObject ?? '');
  const scope: Scope = { org, caller, object, alias: query.sObjectAlias, soql, deleted };
  if (query.groupBy || isBareCount(query) || isAggregate(query)) refuse('aggregate', query.groupBy ? 'GROUP BY' : '');
  if (query.offset !== undefined) refuse('clause', 'OFFSET');
  const columns = (query.fields ?? []).map((field) => {
    if (field.type === 'FieldSubquery') refuse('children', field.subquery.relationshipName);
    if (field.type === 'FieldTypeof') refuse('clause', 'TYPEOF');
    if (field.type === 'FieldFunctionExpression') refuse('clause', field.rawValue ?? field.functionName);
    const name = field.type === 'FieldRelationship' ? [...field.relationships, field.field].join('.') : field.field;
    const { expression } = resolvePath(scope, name);
    if (expression.type === 'address') refuse('compound', name);
    return { name, expression };
  });
  // What is wrong with the conditions is to be said at once, not when the rows are fetched.
  if (query.where) compileCondition<Row>(query.where, resolver(scope));
  sortOrder(scope, query);
  return { object, columns, rows: () => matching(scope, query) };
}

const EMPTY = {
  size: 0,
  aggregate: true,
  grouped: false,
  columns: [],
  hasId: false,
  record: () => ({ json: {}, children: 0 }),
};

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
