/** Several requests in one call: composite, batch and tree. */
import { badRequest, SalesforceError } from '../errors.ts';
import type { Input } from '../org/input.ts';
import { createRecord } from '../org/write.ts';
import type { ObjectDef } from '../schema/types.ts';
import type { Json } from '../soql/select.ts';
import { type Api, type ApiRequest, type ApiResponse, ok } from './api.ts';
import { rowError } from './collections.ts';
import { inputOf, only } from './sobjects.ts';

/** Answers one inner request as if it had come alone; errors come back as answers. */
type Dispatch = (request: ApiRequest) => ApiResponse;

const MAX_SUBREQUESTS = 25;
const MAX_QUERIES = 5;

interface Subrequest {
  readonly method: string;
  readonly url: string;
  readonly referenceId: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

class RolledBack extends Error {}

/** POST /composite */
export function composite(api: Api, request: ApiRequest, dispatch: Dispatch): ApiResponse {
  only(request, ['POST']);
  const input = inputOf(request.body);
  const subrequests = list(input.compositeRequest, 'compositeRequest').map((raw) => subrequest(raw));
  limit(subrequests);
  const allOrNone = input.allOrNone === true;
  let answers: { referenceId: string; response: ApiResponse }[] = [];
  const run = () => {
    answers = [];
    const results = new Map<string, ApiResponse>();
    for (const one of subrequests) {
      const response = runOne(request, one, results, dispatch);
      results.set(one.referenceId, response);
      answers.push({ referenceId: one.referenceId, response });
      if (allOrNone && response.status >= 400) throw new RolledBack();
    }
  };
  try {
    api.org.atomically(run);
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    const failed = answers.length - 1;
    const halted = halt('The transaction was rolled back since another operation in the same transaction failed.');
    answers = subrequests.map((one, i) => ({
      referenceId: one.referenceId,
      response: i === failed ? (answers[i]?.response ?? halted) : halted,
    }));
  }
  return ok({
    compositeResponse: answers.map(({ referenceId, response }) => ({
      body: response.body ?? null,
      httpHeaders: response.headers?.location === undefined ? {} : { Location: response.headers.location },
      httpStatusCode: response.status,
      referenceId,
    })),
  });
}

function halt(message: string): ApiResponse {
  return { status: 400, body: [{ errorCode: 'PROCESSING_HALTED', message }] };
}

function subrequest(raw: unknown): Subrequest {
  const one = inputOf(raw);
  if (typeof one.method !== 'string' || typeof one.url !== 'string' || typeof one.referenceId !== 'string') {
    throw badRequest('JSON_PARSER_ERROR', 'Each subrequest needs a method, a url and a referenceId.');
  }
  const headers: Record<string, string> = {};
  if (typeof one.httpHeaders === 'object' && one.httpHeaders !== null) {
    for (const [name, value] of Object.entries(one.httpHeaders)) headers[name.toLowerCase()] = String(value);
  }
  return { method: one.method.toUpperCase(), url: one.url, referenceId: one.referenceId, body: one.body, headers };
}

function limit(subrequests: readonly Subrequest[]): void {
  if (subrequests.length > MAX_SUBREQUESTS) {
    throw badRequest('LIMIT_EXCEEDED', `The maximum number of subrequests is ${MAX_SUBREQUESTS}.`);
  }
  const heavy = subrequests.filter((one) => /\/(query|queryall|composite\/sobjects)([/?]|$)/i.test(one.url)).length;
  if (heavy > MAX_QUERIES) {
    throw badRequest(
      'LIMIT_EXCEEDED',
      `The maximum number of query and sObject Collections subrequests is ${MAX_QUERIES}.`,
    );
  }
  const names = new Set<string>();
  for (const { referenceId } of subrequests) {
    if (names.has(referenceId)) throw badRequest('INVALID_BATCH_REQUEST', `Duplicate referenceId: ${referenceId}`);
    names.add(referenceId);
  }
}

function runOne(
  outer: ApiRequest,
  one: Subrequest,
  results: ReadonlyMap<string, ApiResponse>,
  dispatch: Dispatch,
): ApiResponse {
  try {
    const url = resolveText(one.url, results);
    const body = resolve(one.body, results);
    return dispatch(inner(outer, one.method, url, body, one.headers));
  } catch (error) {
    if (!(error instanceof Unresolved)) throw error;
    return halt(error.message);
  }
}

class Unresolved extends Error {}

const REFERENCE = /@\{([A-Za-z_]\w*)((?:\.\w+|\[\d+\])*)\}/g;

/** Replaces @{ref.path} by the value in the answer of that subrequest. */
function resolveText(text: string, results: ReadonlyMap<string, ApiResponse>): string {
  return text.replace(REFERENCE, (whole: string, name: string, path: string) => {
    const response = results.get(name);
    let value: unknown = response && response.status < 300 ? response.body : undefined;
    for (const part of path.match(/\w+/g) ?? []) {
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
    }
    if (value === undefined || value === null || typeof value === 'object') {
      throw new Unresolved(`Invalid reference specified. No value for ${whole.slice(2, -1)} found in ${name}`);
    }
    return String(value);
  });
}

function resolve(value: unknown, results: ReadonlyMap<string, ApiResponse>): unknown {
  if (typeof value === 'string') return resolveText(value, results);
  if (Array.isArray(value)) return value.map((one) => resolve(one, results));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one, results)]));
  }
  return value;
}

/** The request that an inner url stands for. */
function inner(
  outer: ApiRequest,
  method: string,
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): ApiRequest {
  const parsed = new URL(url.startsWith('/') ? url : `/services/data/${url}`, 'http://localhost');
  const match = /^\/+services\/+data\/+v(\d+)\.0\/*(.*)$/.exec(parsed.pathname);
  const path = match
    ? (match[2] ?? '')
        .split('/')
        .filter((part) => part !== '')
        .map(decodeURIComponent)
    : ['?'];
  return {
    ...outer,
    method: parsed.searchParams.get('_HttpMethod')?.toUpperCase() ?? method,
    path,
    query: parsed.searchParams,
    body,
    headers: { ...headers },
  };
}

/** POST /composite/batch: independent requests, one after the other. */
export function batch(request: ApiRequest, dispatch: Dispatch): ApiResponse {
  only(request, ['POST']);
  const input = inputOf(request.body);
  const requests = list(input.batchRequests, 'batchRequests');
  if (requests.length > MAX_SUBREQUESTS) {
    throw badRequest('LIMIT_EXCEEDED', `The maximum number of batch requests is ${MAX_SUBREQUESTS}.`);
  }
  let halted = false;
  const results = requests.map((raw) => {
    if (halted)
      return {
        statusCode: 412,
        result: [{ errorCode: 'BATCH_PROCESSING_HALTED', message: 'Batch processing halted by request' }],
      };
    const one = inputOf(raw);
    const response = dispatch(
      inner(request, String(one.method ?? 'GET').toUpperCase(), String(one.url ?? ''), one.richInput, {}),
    );
    halted = input.haltOnError === true && response.status >= 400;
    return { statusCode: response.status, result: response.body ?? null };
  });
  return ok({ hasErrors: results.some((one) => one.statusCode >= 400), results });
}

function list(value: unknown, name: string): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw badRequest('JSON_PARSER_ERROR', `The ${name} property is required and must be a list.`);
}

const MAX_TREE_ROWS = 200;
const MAX_TREE_DEPTH = 5;

/** POST /composite/tree/{type}: records with their children, all of them or none. */
export function tree(api: Api, request: ApiRequest, object: ObjectDef): ApiResponse {
  only(request, ['POST']);
  const records = list(inputOf(request.body).records, 'records').map(inputOf);
  const results: Json[] = [];
  const failures: Json[] = [];
  const run = () => {
    for (const record of records) plant(api, request, object, record, {}, 1, results, failures);
    if (failures.length > 0) throw new RolledBack();
  };
  try {
    api.org.atomically(run);
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    return { status: 400, body: { hasErrors: true, results: failures } };
  }
  return { status: 201, body: { hasErrors: false, results } };
}

function plant(
  api: Api,
  request: ApiRequest,
  object: ObjectDef,
  record: Input,
  parent: Input,
  depth: number,
  results: Json[],
  failures: Json[],
): void {
  const referenceId = (record.attributes as { referenceId?: unknown } | undefined)?.referenceId;
  if (typeof referenceId !== 'string')
    throw badRequest('JSON_PARSER_ERROR', 'Each record needs attributes with a type and a referenceId.');
  if (depth > MAX_TREE_DEPTH) throw badRequest('LIMIT_EXCEEDED', `A tree has at most ${MAX_TREE_DEPTH} levels.`);
  if (results.length >= MAX_TREE_ROWS)
    throw badRequest('LIMIT_EXCEEDED', `A tree has at most ${MAX_TREE_ROWS} records.`);
  const fields: Record<string, unknown> = { ...parent };
  const lists: [string, unknown[]][] = [];
  for (const [name, value] of Object.entries(record)) {
    const nested = typeof value === 'object' && value !== null ? (value as { records?: unknown }).records : undefined;
    if (name !== 'attributes' && Array.isArray(nested)) lists.push([name, nested]);
    else fields[name] = value;
  }
  try {
    const row = createRecord(api.org, request.caller, object, fields);
    results.push({ referenceId, id: row.Id });
    for (const [name, children] of lists) {
      const relation = api.org.schema
        .childrenOf(object)
        .find((one) => one.field.childRelationshipName?.toLowerCase() === name.toLowerCase());
      if (!relation) throw badRequest('INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
      for (const child of children) {
        plant(
          api,
          request,
          relation.child,
          inputOf(child),
          { [relation.field.name]: row.Id },
          depth + 1,
          results,
          failures,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    failures.push({ referenceId, errors: [rowError(error)] });
  }
}
