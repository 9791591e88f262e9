import { badRequest, methodNotAllowed, notFound } from '../errors.ts';
import type { Org } from '../org/org.ts';
import { type QueryResult, runQuery } from '../soql/run.ts';
import type { Column, Json } from '../soql/select.ts';
import { type Api, type ApiRequest, type ApiResponse, ok } from './api.ts';
import { batchSize, page } from './cursors.ts';

/** GET query?q=..., queryAll?q=..., query/<locator>. */
export function query(api: Api, request: ApiRequest, org: Org = api.org): ApiResponse {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(request.method, 'HEAD,GET');
  if (request.path.length > 2) throw notFound();
  const [resource = '', locator] = request.path;
  const batch = batchSize(request.headers['sforce-query-options']);
  const address = (id: string, from: number) => `${request.base}/${resource}/${id}-${from}`;
  const { userId } = request.caller;
  if (locator !== undefined) {
    const { id, cursor, from } = api.cursors.find(locator, userId);
    const { records, next } = page(cursor, from, batch);
    const more = next === null ? {} : { nextRecordsUrl: address(id, next) };
    return ok({ totalSize: cursor.size, done: next === null, ...more, records });
  }
  const soql = request.query.get('q');
  if (!soql) throw badRequest('MALFORMED_QUERY', 'A query string has to be specified');
  const result = runQuery(org, request.caller, soql, {
    deleted: resource.toLowerCase() === 'queryall',
    base: request.base,
    childPage: batch,
    keepChildren: (rows, render) => {
      const cursor = {
        size: rows.length,
        record: (i: number) => {
          const row = rows[i];
          return { json: row ? render(row) : {}, children: 0 };
        },
      };
      return address(api.cursors.keep(cursor, userId), batch);
    },
  });
  if (request.query.get('columns')?.toLowerCase() === 'true') return ok(columnMetadata(result));
  const { records, next } = page(result, 0, batch);
  const more = next === null ? {} : { nextRecordsUrl: address(api.cursors.keep(result, userId), next) };
  return ok({ totalSize: result.total, done: next === null, ...more, records });
}

/** The answer to columns=true: what the columns are, without rows. */
function columnMetadata(result: QueryResult): Json {
  const column = (one: Column): Json => ({
    aggregate: one.aggregate,
    apexType: null,
    booleanType: one.type === 'boolean',
    columnName: one.name,
    custom: one.custom,
    displayName: one.label,
    foreignKeyName: one.foreignKey,
    insertable: one.insertable,
    joinColumns: one.children.map(column),
    numberType: ['int', 'double', 'currency', 'percent'].includes(one.type),
    textType: ['string', 'textarea', 'picklist', 'email', 'phone', 'url'].includes(one.type),
    updatable: one.updatable,
  });
  return {
    columnMetadata: result.columns.map(column),
    entityName: result.object.name,
    groupBy: result.grouped,
    idSelected: result.hasId,
    keyPrefix: result.object.keyPrefix,
  };
}
