/** Finds the resource that a REST request asks for. */
import { bulkApi } from '../bulk/endpoint.ts';
import { badRequest, notFound, SalesforceError } from '../errors.ts';
import type { Setup } from '../metadata/kind.ts';
import { type Api, type ApiRequest, type ApiResponse, ok } from './api.ts';
import { collections } from './collections.ts';
import { batch, composite, tree } from './composite.ts';
import { query } from './query.ts';
import { saveOptions } from './save-options.ts';
import { only, sobjects } from './sobjects.ts';
import { queryDefinitions, readsDefinitions, tooling } from './tooling.ts';

/** Answers a request; errors of the API become answers with the vendor's array body. */
export function dispatch(api: Api, setup: Setup, request: ApiRequest): ApiResponse {
  try {
    return route(api, setup, withSaveOptions(request));
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return { status: error.status, body: [error.entry] };
  }
}

/** Rows of Bulk jobs are saved as the job says, not as the headers of its requests. */
function withSaveOptions(request: ApiRequest): ApiRequest {
  if (request.method === 'GET' || request.path[0]?.toLowerCase() === 'jobs') return request;
  return { ...request, caller: { ...request.caller, save: saveOptions(request.headers) } };
}

function route(api: Api, setup: Setup, request: ApiRequest): ApiResponse {
  const [first, second] = request.path;
  switch (first?.toLowerCase()) {
    case undefined:
      only(request, ['HEAD', 'GET']);
      return ok(resources(api, request));
    case 'sobjects':
      return sobjects(api, request);
    case 'query':
    case 'queryall':
      return readsDefinitions(request.query.get('q') ?? '') ? queryDefinitions(api, request) : query(api, request);
    case 'limits':
      only(request, ['HEAD', 'GET']);
      if (second?.toLowerCase() === 'recordcount') return ok(recordCount(api, request));
      if (second !== undefined) throw notFound();
      return ok(limits(api));
    case 'jobs':
      return bulkApi(api.bulk, request);
    case 'recent':
      only(request, ['HEAD', 'GET']);
      return ok([]);
    case 'tooling':
      return tooling(api, setup, { ...request, path: request.path.slice(1) });
    case 'composite':
      return severalAtOnce(api, setup, request);
    default:
      throw notFound();
  }
}

function severalAtOnce(api: Api, setup: Setup, request: ApiRequest): ApiResponse {
  const [, kind, type, rest] = request.path;
  const inner = (one: ApiRequest) => dispatch(api, setup, one);
  switch (kind?.toLowerCase()) {
    case undefined:
      if (request.method === 'GET') {
        const at = (name: string) => `${request.base}/composite/${name}`;
        return ok({ tree: at('tree'), batch: at('batch'), sobjects: at('sobjects') });
      }
      return composite(api, request, inner);
    case 'batch':
      return batch(request, inner);
    case 'sobjects':
      return collections(api, request, request.path.slice(2));
    case 'tree': {
      const object = api.org.schema.object(type ?? '');
      if (!object || rest !== undefined) throw notFound();
      return tree(api, request, object);
    }
    default:
      throw notFound();
  }
}

function resources(api: Api, request: ApiRequest): Record<string, string> {
  const names = ['tooling', 'query', 'queryAll', 'composite', 'limits', 'recent', 'sobjects', 'jobs'];
  const links = Object.fromEntries(names.map((name) => [name, `${request.base}/${name}`]));
  return { ...links, identity: `${api.instanceUrl}/id/${api.org.id}/${request.caller.userId}` };
}

function limits(api: Api): Record<string, { Max: number; Remaining: number }> {
  const { used, max } = api.usage;
  const unused = (count: number) => ({ Max: count, Remaining: count });
  const jobs = api.bulk.jobs.options.dailyQueryJobs ?? 10_000;
  return {
    DailyApiRequests: { Max: max, Remaining: Math.max(0, max - used) },
    DailyBulkApiBatches: unused(15_000),
    DailyBulkV2QueryJobs: { Max: jobs, Remaining: Math.max(0, jobs - api.bulk.jobs.queryJobsToday) },
    DataStorageMB: unused(10_240),
    FileStorageMB: unused(10_240),
  };
}

/** How many rows objects have, those in the bin not among them: /limits/recordCount?sObjects=Lead,Contact. Exact here; the vendor's lags. */
function recordCount(api: Api, request: ApiRequest): { sObjects: { count: number; name: string }[] } {
  const names = request.query.get('sObjects');
  const wanted = names === null ? null : new Set(names.split(',').map((name) => name.trim().toLowerCase()));
  const objects = [...api.org.schema.objects].filter(({ name }) => wanted === null || wanted.has(name.toLowerCase()));
  return { sObjects: objects.map((object) => ({ count: api.org.table(object).live, name: object.name })) };
}

/** The body of a request as JSON, undefined where there is none.  @throws JSON_PARSER_ERROR */
export function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const at = Number(/position (\d+)/.exec(reason)?.[1] ?? 0);
    const before = text.slice(0, at).split('\n');
    const place = `[line:${before.length}, column:${(before.at(-1)?.length ?? 0) + 1}]`;
    throw badRequest('JSON_PARSER_ERROR', `${reason} at ${place}`);
  }
}
