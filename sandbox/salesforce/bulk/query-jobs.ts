/** Bulk API 2.0 query jobs: /jobs/query and what lies under it. */
import { badRequest, methodNotAllowed, notFound, SalesforceError } from '../errors.ts';
import { type ApiRequest, type ApiResponse, NO_CONTENT, ok } from '../rest/api.ts';
import { inputOf, only } from '../rest/sobjects.ts';
import type { Row } from '../schema/types.ts';
import { compileRowQuery, type RowQuery } from '../soql/run.ts';
import { type Bulk, csvFormat, listed } from './bulk.ts';
import { csvLine, csvValue } from './csv.ts';
import { type Job, jobInfo, progress } from './jobs.ts';
import { fromLocator, Lines, toLocator } from './results.ts';

/** Addresses that one answer of resultPages holds (58.0 and later). */
const PAGES_A_CALL = 5;
const LINES_AT_ONCE = 10_000;

/** Answers /jobs/query...; `path` is what follows. */
export function queryJobs(bulk: Bulk, request: ApiRequest, path: readonly string[]): ApiResponse {
  const [id, what, rest] = path;
  if (rest !== undefined) throw notFound();
  if (id === undefined) {
    only(request, ['GET', 'POST']);
    return request.method === 'POST' ? create(bulk, request) : ok(listed(bulk, request, 'query'));
  }
  const job = bulk.jobs.find('query', id);
  switch (what?.toLowerCase()) {
    case undefined:
      return one(bulk, request, job);
    case 'results':
      only(request, ['GET']);
      return results(bulk, request, job);
    case 'resultpages':
      if (request.caller.version < 58) throw notFound();
      only(request, ['GET']);
      return resultPages(bulk, request, job);
    default:
      throw notFound();
  }
}

function create(bulk: Bulk, request: ApiRequest): ApiResponse {
  const input = inputOf(request.body);
  const { operation, query } = input;
  if (operation !== 'query' && operation !== 'queryAll') {
    throw badRequest('INVALIDOPERATION', `Operation ${String(operation)} is not supported for query jobs`);
  }
  if (typeof query !== 'string' || query.trim() === '') {
    throw badRequest('MALFORMED_QUERY', 'A query string has to be specified');
  }
  const format = csvFormat(input);
  const compiled = compileRowQuery(bulk.org, request.caller, query, operation === 'queryAll', refuse);
  const { caller } = request;
  const job = bulk.jobs.add({ kind: 'query', operation, object: compiled.object.name, caller, ...format });
  const lines = new Lines();
  bulk.lines.set(job, {
    header: csvLine(
      job,
      compiled.columns.map(({ name }) => name),
    ),
    lines,
  });
  bulk.jobs.queue(job, {
    start: () => undefined,
    finish: () => fill(job, compiled, lines),
  });
  return ok(jobInfo(job));
}

function refuse(what: string, text: string): never {
  const words: Readonly<Record<string, [string, string]>> = {
    children: ['FEATURENOTENABLED', 'Aggregate Relationships not supported in Bulk V2 Query with CSV content type'],
    compound: ['FUNCTIONALITY_NOT_ENABLED', 'Selecting compound data not supported in Bulk Query'],
    aggregate: ['FEATURENOTENABLED', 'Aggregate queries are not supported in Bulk V2 Query'],
  };
  const [code, message] = words[what] ?? ['FEATURENOTENABLED', `${text} is not supported in Bulk V2 Query`];
  throw badRequest(code, message);
}

function* fill(job: Job, query: RowQuery, lines: Lines): Generator<void> {
  const readers = query.columns.map(
    ({ expression }) =>
      (row: Row) =>
        csvValue(expression.field, expression.get(row)),
  );
  let some: string[] = [];
  for (const row of query.rows()) {
    some.push(
      csvLine(
        job,
        readers.map((read) => read(row)),
      ),
    );
    if (some.length < LINES_AT_ONCE) continue;
    lines.push(some);
    some = [];
    yield;
  }
  lines.push(some);
  job.processed = lines.size;
}

function one(bulk: Bulk, request: ApiRequest, job: Job): ApiResponse {
  switch (request.method) {
    case 'GET':
      return ok({ ...jobInfo(job), ...progress(job), isPkChunkingSupported: true });
    case 'PATCH':
      if (inputOf(request.body).state !== 'Aborted') {
        throw badRequest('INVALIDJOBSTATE', 'A query job can only be moved to the state Aborted');
      }
      bulk.jobs.abort(job);
      return ok(jobInfo(job));
    case 'DELETE':
      bulk.jobs.remove(job);
      return NO_CONTENT;
    default:
      throw methodNotAllowed(request.method, 'GET,PATCH,DELETE');
  }
}

/** @throws where the job has no results (yet), or was made in another version of the API */
function finished(request: ApiRequest, job: Job): void {
  if (request.caller.version !== job.caller.version) {
    throw new SalesforceError(409, 'API_VERSION_MISMATCH', 'Use the API version that the query job was created with');
  }
  if (job.state === 'JobComplete') return;
  const current = job.state.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  throw new SalesforceError(
    412,
    'JOB_NOT_COMPLETE',
    `can only download query results of successfully completed bulk job with status: JOB_COMPLETE. Current status: ${current}`,
  );
}

function results(bulk: Bulk, request: ApiRequest, job: Job): ApiResponse {
  finished(request, job);
  const { header, lines } = bulk.linesOf(job);
  const from = place(request, lines);
  const asked = request.query.get('maxRecords');
  const most = asked === null ? bulk.jobs.options.pageRows : Number(asked);
  if (!Number.isInteger(most) || most < 1) {
    throw badRequest('CLIENTINPUTERROR', `maxRecords must be a positive number, not ${asked}`);
  }
  const to = Math.min(lines.size, from + most);
  return {
    status: 200,
    body: Buffer.concat([Buffer.from(header), ...lines.slice(from, to)]),
    headers: {
      'content-type': 'text/csv',
      'sforce-locator': to < lines.size ? toLocator(to) : 'null',
      'sforce-numberofrecords': String(to - from),
    },
  };
}

function place(request: ApiRequest, lines: Lines): number {
  const locator = request.query.get('locator');
  const from = locator === null ? 0 : fromLocator(locator);
  if (from === null || (from > 0 && from >= lines.size)) throw badRequest('INVALID_QUERY_LOCATOR', 'invalid locator');
  return from;
}

/** Up to five addresses at which pages of the results can be had at the same time. */
function resultPages(bulk: Bulk, request: ApiRequest, job: Job): ApiResponse {
  finished(request, job);
  const { lines } = bulk.linesOf(job);
  const at = `${request.base}/jobs/query/${job.id}`;
  const pages: { resultUrl: string }[] = [];
  let from = place(request, lines);
  do {
    pages.push({ resultUrl: `${at}/results?locator=${toLocator(from)}` });
    from += bulk.jobs.options.pageRows;
  } while (from < lines.size && pages.length < PAGES_A_CALL);
  const done = from >= lines.size;
  return ok({
    resultPages: pages,
    ...(done ? {} : { nextRecordsUrl: `${at}/resultPages?locator=${toLocator(from)}` }),
    done,
  });
}
