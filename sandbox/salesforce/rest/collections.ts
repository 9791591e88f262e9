/** sObject collections: up to 200 records a call, each with its own outcome. */
import { badRequest, SalesforceError } from '../errors.ts';
import { canonicalId } from '../ids.ts';
import { type Input, rowsByKey } from '../org/input.ts';
import { createRecord, deleteRecord, updateRecord } from '../org/write.ts';
import type { ObjectDef, Row } from '../schema/types.ts';
import type { Json } from '../soql/select.ts';
import { type Api, type ApiRequest, type ApiResponse, ok } from './api.ts';
import { inputOf, keyField, only, renderer } from './sobjects.ts';

const MAX_ROWS = 200;
const MAX_RETRIEVE = 2000;
const MAX_RUNS = 10;

/** What became of one record. */
interface Outcome {
  readonly id?: string;
  readonly success: boolean;
  readonly errors: readonly Json[];
  readonly created?: boolean;
}

/** Answers /composite/sobjects...; `path` is what follows. */
export function collections(api: Api, request: ApiRequest, path: readonly string[]): ApiResponse {
  const [type, key, rest] = path;
  if (rest !== undefined) throw badRequest('NOT_FOUND', 'The requested resource does not exist');
  if (type === undefined) return manyTypes(api, request);
  const object = api.org.schema.object(type);
  if (!object) throw new SalesforceError(404, 'NOT_FOUND', 'The requested resource does not exist');
  if (key !== undefined) {
    only(request, ['PATCH']);
    return upsert(api, request, object, key);
  }
  only(request, ['GET', 'POST']);
  return retrieve(api, request, object);
}

function manyTypes(api: Api, request: ApiRequest): ApiResponse {
  only(request, ['POST', 'PATCH', 'DELETE']);
  if (request.method === 'DELETE') {
    const ids = (request.query.get('ids') ?? '').split(',').filter((id) => id !== '');
    if (ids.length === 0) throw badRequest('MISSING_ARGUMENT', 'The ids parameter is required');
    return each(api, request.query.get('allOrNone') === 'true', ids, (raw) => {
      const { object, row } = target(api, raw);
      deleteRecord(api.org, request.caller, object, row);
      return { id: row.Id, success: true, errors: [] };
    });
  }
  const { records, allOrNone } = rowsOf(request);
  checkRuns(records);
  return each(api, allOrNone, records, (record) => {
    const object = typed(api, record);
    if (request.method === 'POST') {
      return { id: createRecord(api.org, request.caller, object, record).Id, success: true, errors: [] };
    }
    const { id, fields } = withoutId(record);
    if (id === undefined) throw badRequest('MISSING_ARGUMENT', 'Id not specified in an update call', ['Id']);
    const { object: found, row } = target(api, id);
    if (found !== object) throw badRequest('INVALID_TYPE', `Id ${String(id)} is not of type ${object.name}`, ['Id']);
    updateRecord(api.org, request.caller, object, row, fields);
    return { id: row.Id, success: true, errors: [] };
  });
}

function upsert(api: Api, request: ApiRequest, object: ObjectDef, keyName: string): ApiResponse {
  const field = keyField(api, request, object, keyName);
  const { records, allOrNone } = rowsOf(request);
  const keyOf = (record: Input) =>
    Object.entries(record).find(([name]) => name.toLowerCase() === field.name.toLowerCase())?.[1];
  const counts = new Map<string, number>();
  for (const record of records) {
    const key = String(keyOf(record) ?? '').toLowerCase();
    if (key !== '') counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return each(api, allOrNone, records, (record) => {
    if (typed(api, record) !== object) throw badRequest('INVALID_TYPE', `All records must be of type ${object.name}`);
    const key = keyOf(record);
    const fields = Object.fromEntries(
      Object.entries(record).filter(([name]) => name.toLowerCase() !== field.name.toLowerCase()),
    );
    if (field.type === 'id' && !key) return createdRow(api, request, object, fields);
    if (key === undefined || key === null || key === '') {
      throw badRequest('MISSING_ARGUMENT', `${field.name} not specified`, []);
    }
    if ((counts.get(String(key).toLowerCase()) ?? 0) > 1) {
      throw badRequest('DUPLICATE_VALUE', `Duplicate external id specified: ${String(key)}`, [field.name]);
    }
    const ids = rowsByKey(api.org, object, field, key);
    if (ids.length > 1) {
      throw badRequest(
        'DUPLICATE_EXTERNAL_ID',
        `${field.name}: more than one record found for external id field: [${ids.join(', ')}]`,
        [],
      );
    }
    const row = ids[0] === undefined ? undefined : api.org.table(object).rows.get(ids[0]);
    if (!row && field.type === 'id') throw badRequest('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', []);
    if (!row) return createdRow(api, request, object, { ...fields, [field.name]: key });
    updateRecord(api.org, request.caller, object, row, fields);
    return { id: row.Id, success: true, errors: [], created: false };
  });
}

function createdRow(api: Api, request: ApiRequest, object: ObjectDef, fields: Input): Outcome {
  return { id: createRecord(api.org, request.caller, object, fields).Id, success: true, errors: [], created: true };
}

/** The asked rows in the asked order, null for those that are not there. */
function retrieve(api: Api, request: ApiRequest, object: ObjectDef): ApiResponse {
  const body = request.method === 'POST' ? inputOf(request.body) : {};
  const list = (value: unknown, text: string | null): string[] =>
    Array.isArray(value) ? value.map(String) : (text ?? '').split(',').filter((one) => one !== '');
  const ids = list(body.ids, request.query.get('ids'));
  const fields = list(body.fields, request.query.get('fields'));
  if (ids.length === 0) throw badRequest('MISSING_ARGUMENT', 'The ids parameter is required');
  if (fields.length === 0) throw badRequest('MISSING_ARGUMENT', 'The fields parameter is required');
  if (ids.length > MAX_RETRIEVE) throw tooMany(MAX_RETRIEVE);
  const render = renderer(api, request, object, fields);
  return ok(
    ids.map((raw) => {
      const id = canonicalId(raw);
      if (id === undefined) throw badRequest('MALFORMED_ID', `malformed id ${raw}`);
      const row = api.org.table(object).rows.get(id);
      return row && row.IsDeleted !== true ? render(row) : null;
    }),
  );
}

/** Runs `work` for each item; with allOrNone one failure takes everything back. */
function each<T>(api: Api, allOrNone: boolean, items: readonly T[], work: (item: T) => Outcome): ApiResponse {
  if (items.length > MAX_ROWS) throw tooMany(MAX_ROWS);
  let outcomes: Outcome[] = [];
  const run = () => {
    outcomes = items.map((item) => attempt(() => work(item)));
    if (allOrNone && outcomes.some((one) => !one.success)) throw new RolledBack();
  };
  try {
    api.org.atomically(run);
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    outcomes = outcomes.map((one) => (one.success ? ROLLED_BACK : one));
  }
  return ok(outcomes);
}

class RolledBack extends Error {}

const ROLLED_BACK: Outcome = {
  success: false,
  errors: [
    {
      statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
      fields: [],
    },
  ],
};

function attempt(work: () => Outcome): Outcome {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return { success: false, errors: [rowError(error)] };
  }
}

/** An error as results of several records show it. */
export function rowError(error: SalesforceError): Json {
  return { statusCode: error.entry.errorCode, message: error.entry.message, fields: error.entry.fields ?? [] };
}

function tooMany(limit: number): SalesforceError {
  return badRequest(
    'EXCEEDED_ID_LIMIT',
    `record limit reached. cannot submit more than ${limit} records into this call`,
  );
}

function rowsOf(request: ApiRequest): { records: Input[]; allOrNone: boolean } {
  const body = inputOf(request.body);
  if (!Array.isArray(body.records))
    throw badRequest('JSON_PARSER_ERROR', 'The records property is required and must be a list.');
  if (body.records.length > MAX_ROWS) throw tooMany(MAX_ROWS);
  return { records: body.records.map(inputOf), allOrNone: body.allOrNone === true || body.allOrNone === 'true' };
}

function typeName(record: Input): string {
  const attributes = record.attributes as { type?: unknown } | undefined;
  return typeof attributes?.type === 'string' ? attributes.type : '';
}

function typed(api: Api, record: Input): ObjectDef {
  const name = typeName(record);
  const object = api.org.schema.object(name);
  if (object) return object;
  throw badRequest(
    'INVALID_TYPE',
    name === '' ? 'The attributes of each record must name its type.' : `sObject type '${name}' is not supported.`,
  );
}

/** At most ten stretches of records of the same type in one call. */
function checkRuns(records: readonly Input[]): void {
  let runs = 0;
  let last = '';
  for (const record of records) {
    const name = typeName(record).toLowerCase();
    if (name !== last) runs++;
    last = name;
  }
  if (runs > MAX_RUNS) {
    throw badRequest(
      'LIMIT_EXCEEDED',
      `The records change their type more than ${MAX_RUNS} times; group records of the same type.`,
    );
  }
}

function withoutId(record: Input): { id: unknown; fields: Input } {
  let id: unknown;
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (name.toLowerCase() === 'id') id = value;
    else fields[name] = value;
  }
  return { id: id === null || id === '' ? undefined : id, fields };
}

function target(api: Api, raw: unknown): { object: ObjectDef; row: Row } {
  const id = canonicalId(raw);
  if (id === undefined) throw badRequest('MALFORMED_ID', `malformed id ${String(raw)}`, []);
  const found = api.org.row(id);
  if (!found) throw badRequest('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', []);
  if (found.row.IsDeleted === true) throw badRequest('ENTITY_IS_DELETED', 'entity is deleted', []);
  return found;
}
