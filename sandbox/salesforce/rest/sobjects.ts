/** The resources under /sobjects: describe, single records, records by external id, /updated and /deleted. */
import { badRequest, methodNotAllowed, notFound, SalesforceError } from '../errors.ts';
import { canonicalId } from '../ids.ts';
import { type Input, noSuchColumn, rowsByKey } from '../org/input.ts';
import { createRecord, deleteRecord, liveRow, updateRecord } from '../org/write.ts';
import type { FieldDef, ObjectDef, Row } from '../schema/types.ts';
import type { Scope } from '../soql/scope.ts';
import { compileSelect, type Json } from '../soql/select.ts';
import { type Api, type ApiRequest, type ApiResponse, NO_CONTENT, ok } from './api.ts';
import { describeBasics, describeObject } from './describe.ts';
import { query } from './query.ts';
import { replication } from './replication.ts';

/** Answers /sobjects/...; `path` begins with sobjects. */
export function sobjects(api: Api, request: ApiRequest): ApiResponse {
  const [, type, second, third, fourth] = request.path;
  if (type === undefined) {
    only(request, ['HEAD', 'GET']);
    return ok({
      encoding: 'UTF-8',
      maxBatchSize: 200,
      sobjects: [...api.org.schema.objects].map((object) => describeBasics(object, request.base)),
    });
  }
  const object = api.org.schema.object(type);
  if (!object) throw notFound();
  if (second === undefined) return objectResource(api, request, object);
  if (request.path.length === 3) {
    switch (second.toLowerCase()) {
      case 'describe':
        return describe(api, request, object);
      case 'updated':
      case 'deleted':
        only(request, ['HEAD', 'GET']);
        return replication(api, request, object, second.toLowerCase());
      default:
        return recordResource(api, request, object, second);
    }
  }
  if (third === undefined || fourth !== undefined) throw notFound();
  if (canonicalId(second) && !api.org.field(object, second, request.caller))
    return related(api, request, object, second, third);
  return keyResource(api, request, object, second, third);
}

/** @throws METHOD_NOT_ALLOWED unless the request uses one of these methods */
export function only(request: ApiRequest, methods: readonly string[]): void {
  if (!methods.includes(request.method)) throw methodNotAllowed(request.method, methods.join(','));
}

/** The body as field values.  @throws JSON_PARSER_ERROR where it is no object */
export function inputOf(body: unknown): Input {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Input;
  throw badRequest(
    'JSON_PARSER_ERROR',
    'The HTTP entity body is required, but this request has no entity body or one that is no JSON object.',
  );
}

function describe(api: Api, request: ApiRequest, object: ObjectDef): ApiResponse {
  only(request, ['HEAD', 'GET']);
  return ok(describeObject(api.org, object, request.caller, request.base));
}

function objectResource(api: Api, request: ApiRequest, object: ObjectDef): ApiResponse {
  only(request, ['HEAD', 'GET', 'POST']);
  if (request.method !== 'POST') return ok({ objectDescribe: describeBasics(object, request.base), recentItems: [] });
  return created(createRecord(api.org, request.caller, object, inputOf(request.body)), request, object);
}

function created(row: Row, request: ApiRequest, object: ObjectDef, extra: Json = {}): ApiResponse {
  return {
    status: 201,
    body: { id: row.Id, success: true, errors: [], ...extra },
    headers: { location: `${request.base}/sobjects/${object.name}/${row.Id}` },
  };
}

const RECORD_METHODS = ['HEAD', 'GET', 'PATCH', 'DELETE'];

function recordResource(api: Api, request: ApiRequest, object: ObjectDef, rawId: string): ApiResponse {
  only(request, RECORD_METHODS);
  const id = canonicalId(rawId);
  if (id === undefined) {
    if (rawId.length === 15 || rawId.length === 18) throw badRequest('MALFORMED_ID', `malformed id ${rawId}`);
    throw notFound(`Provided external ID field does not exist or is not accessible: ${rawId}`);
  }
  return onRow(api, request, object, liveRow(api.org, object, id));
}

/** Reads, changes or deletes one row. */
function onRow(api: Api, request: ApiRequest, object: ObjectDef, row: Row): ApiResponse {
  const stamp = Number(row.SystemModstamp ?? 0);
  const until = Date.parse(request.headers['if-unmodified-since'] ?? '');
  if (stamp > until) {
    throw new SalesforceError(
      412,
      'PRECONDITION_FAILED',
      'The record was modified after the time given in If-Unmodified-Since.',
    );
  }
  switch (request.method) {
    case 'PATCH':
      updateRecord(api.org, request.caller, object, row, inputOf(request.body));
      return NO_CONTENT;
    case 'DELETE':
      deleteRecord(api.org, request.caller, object, row);
      return NO_CONTENT;
    default: {
      if (stamp <= Date.parse(request.headers['if-modified-since'] ?? '')) return { status: 304 };
      const names = request.query.get('fields');
      const record = renderer(api, request, object, names === null ? null : names.split(','))(row);
      return { status: 200, body: record, headers: { 'last-modified': new Date(stamp).toUTCString() } };
    }
  }
}

/** Renders rows with the given fields, or with all that the caller sees.  @throws INVALID_FIELD */
export function renderer(
  api: Api,
  request: ApiRequest,
  object: ObjectDef,
  names: readonly string[] | null,
): (row: Row) => Json {
  const wanted = names?.map((name) => name.trim()).filter((name) => name !== '') ?? [
    ...[...api.org.fields(object, request.caller)].map((field) => field.name),
  ];
  const scope: Scope = {
    org: api.org,
    caller: request.caller,
    object,
    alias: undefined,
    soql: wanted.join(', '),
    deleted: true,
  };
  const fields = [...new Set(wanted)].map((name) => {
    const parts = name.split('.');
    const last = parts.pop() ?? '';
    if (parts.length === 0 && !api.org.field(object, last, request.caller)) throw noSuchColumn(object, last);
    return parts.length === 0
      ? ({ type: 'Field', field: last } as const)
      : ({ type: 'FieldRelationship', field: last, relationships: parts } as const);
  });
  return compileSelect(scope, fields, undefined, request.base, () => {
    throw notFound();
  }).render;
}

/** /sobjects/Account/001.../Contacts: the related records, or the one parent. */
function related(api: Api, request: ApiRequest, object: ObjectDef, rawId: string, name: string): ApiResponse {
  const row = liveRow(api.org, object, canonicalId(rawId));
  const wanted = name.toLowerCase();
  for (const field of object.fields.values()) {
    if (field.relationshipName?.toLowerCase() !== wanted || !api.org.sees(object, field, request.caller)) continue;
    const parent = typeof row[field.name] === 'string' ? api.org.row(String(row[field.name])) : undefined;
    if (!parent) throw notFound();
    return onRow(api, request, parent.object, parent.row);
  }
  only(request, ['HEAD', 'GET']);
  const relation = api.org.schema
    .childrenOf(object)
    .find(
      (one) =>
        one.field.childRelationshipName?.toLowerCase() === wanted && api.org.sees(one.child, one.field, request.caller),
    );
  if (!relation) throw notFound();
  const fields =
    request.query.get('fields') ??
    [...api.org.fields(relation.child, request.caller)].map((field) => field.name).join(',');
  const q = `SELECT ${fields} FROM ${relation.child.name} WHERE ${relation.field.name} = '${row.Id}'`;
  return query(api, { ...request, path: ['query'], query: new URLSearchParams({ q }) });
}

/** The field of an address such as /sobjects/Lead/Sluice_Id__c/....  @throws NOT_FOUND */
export function keyField(api: Api, request: ApiRequest, object: ObjectDef, name: string): FieldDef {
  const field = api.org.field(object, name, request.caller);
  if (field && (field.externalId || field.idLookup)) return field;
  throw notFound(`Provided external ID field does not exist or is not accessible: ${name}`);
}

/** One record by the value of an external id: read, upsert, delete. */
function keyResource(api: Api, request: ApiRequest, object: ObjectDef, name: string, value: string): ApiResponse {
  only(request, RECORD_METHODS);
  const { org } = api;
  const field = keyField(api, request, object, name);
  const ids = rowsByKey(org, object, field, value);
  if (ids.length > 1) return { status: 300, body: ids.map((id) => `${request.base}/sobjects/${object.name}/${id}`) };
  const row = ids[0] === undefined ? undefined : org.table(object).rows.get(ids[0]);
  if (request.method !== 'PATCH') {
    if (!row) throw notFound();
    return onRow(api, request, object, row);
  }
  const input = inputOf(request.body);
  if (Object.keys(input).some((key) => key.toLowerCase() === field.name.toLowerCase())) {
    throw badRequest('INVALID_FIELD', `The ${field.name} field should not be specified in the sobject data.`);
  }
  if (row) {
    onRow(api, request, object, row);
    return ok({ id: row.Id, success: true, errors: [], created: false });
  }
  if (field.type === 'id' || request.query.get('updateOnly')?.toLowerCase() === 'true') throw notFound();
  const made = createRecord(org, request.caller, object, { ...input, [field.name]: value });
  return created(made, request, object, { created: true });
}
