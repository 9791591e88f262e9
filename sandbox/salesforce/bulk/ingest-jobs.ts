/** Bulk API 2.0 ingest jobs: /jobs/ingest and what lies under it. Rows go the same way as those of REST. */
import { badRequest, methodNotAllowed, notFound, SalesforceError } from '../errors.ts';
import { type ApiRequest, type ApiResponse, NO_CONTENT, ok } from '../rest/api.ts';
import { inputOf, only } from '../rest/sobjects.ts';
import type { FieldDef, ObjectDef } from '../schema/types.ts';
import { type Bulk, csvFormat, listed } from './bulk.ts';
import { csvLine, parseCsv } from './csv.ts';
import { OPERATIONS, type RowWriter, rowWriter } from './ingest-rows.ts';
import { type Job, jobInfo, progress } from './jobs.ts';

/** 150 MB, reckoned in base 64; the text itself may be two thirds of that. Larger bodies are refused before they are read. */
export const MAX_UPLOAD = 150_000_000;
/** Rows that the vendor writes in one transaction. */
const CHUNK = 200;
/** Chunks after which other requests are served. */
const CHUNKS_AT_ONCE = 50;

const CSV = { 'content-type': 'text/csv' };

/** What a job was given and what became of its rows. */
export interface Upload {
  readonly object: ObjectDef;
  readonly keyField: FieldDef | null;
  text: string | null;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  /** Rows in the order in which they were done: not that of the upload. */
  readonly done: { readonly row: readonly string[]; readonly id: string; readonly created: boolean }[];
  readonly failed: { readonly row: readonly string[]; readonly id: string; readonly error: string }[];
  /** Rows not yet looked at. */
  readonly waiting: Set<readonly string[]>;
}

/** Answers /jobs/ingest...; `path` is what follows. */
export function ingestJobs(bulk: Bulk, request: ApiRequest, path: readonly string[]): ApiResponse {
  const [id, what, rest] = path;
  if (rest !== undefined) throw notFound();
  if (id === undefined) {
    only(request, ['GET', 'POST']);
    return request.method === 'POST' ? create(bulk, request) : ok(listed(bulk, request, 'ingest'));
  }
  const job = bulk.jobs.find('ingest', id);
  const upload = bulk.uploadOf(job);
  switch (what?.toLowerCase()) {
    case undefined:
      return one(bulk, request, job, upload);
    case 'batches':
      only(request, ['PUT']);
      return put(request, job, upload);
    case 'successfulresults':
      return lines(request, job, ['sf__Id', 'sf__Created', ...upload.columns], () =>
        upload.done.map(({ row, id: rowId, created }) => [rowId, String(created), ...row]),
      );
    case 'failedresults':
      return lines(request, job, ['sf__Id', 'sf__Error', ...upload.columns], () =>
        upload.failed.map(({ row, id: rowId, error }) => [rowId, error, ...row]),
      );
    case 'unprocessedrecords':
      if (upload.text !== null && (job.state === 'Failed' || job.state === 'Aborted'))
        return { status: 200, body: upload.text, headers: CSV };
      return lines(request, job, upload.columns, () => [...upload.waiting]);
    default:
      throw notFound();
  }
}

function create(bulk: Bulk, request: ApiRequest): ApiResponse {
  const input = inputOf(request.body);
  const { operation, object: name, externalIdFieldName } = input;
  if (typeof operation !== 'string' || !OPERATIONS.includes(operation)) {
    throw badRequest('INVALIDJOB', `Operation ${String(operation)} is not supported`);
  }
  const object = typeof name === 'string' ? bulk.org.schema.object(name) : undefined;
  if (!object) throw badRequest('INVALIDENTITY', `Entity '${String(name)}' is not supported by the Bulk API.`);
  let keyField: FieldDef | null = null;
  if (operation === 'upsert') {
    keyField = bulk.org.field(object, String(externalIdFieldName ?? ''), request.caller) ?? null;
    if (!keyField || !(keyField.externalId || keyField.idLookup)) {
      throw badRequest(
        'INVALIDJOB',
        `InvalidJob : Field name provided does not match an External ID for ${object.name}`,
      );
    }
  }
  const { assignmentRuleId } = input;
  // A job runs an assignment rule only where it names one; there is no way to let it pass over alerts of duplicate rules.
  const assign = typeof assignmentRuleId === 'string' ? assignmentRuleId : false;
  const caller = { ...request.caller, save: { assign, allowDuplicates: false, duplicateDetails: false } };
  const job = bulk.jobs.add({ kind: 'ingest', operation, object: object.name, caller, ...csvFormat(input) });
  bulk.uploads.set(job, {
    object,
    keyField,
    text: null,
    columns: [],
    rows: [],
    done: [],
    failed: [],
    waiting: new Set(),
  });
  return ok(info(bulk, request, job));
}

function info(bulk: Bulk, request: ApiRequest, job: Job): Record<string, unknown> {
  const { keyField } = bulk.uploadOf(job);
  return {
    ...jobInfo(job),
    ...(job.state === 'Open' ? { contentUrl: `${request.base.slice(1)}/jobs/ingest/${job.id}/batches` } : {}),
    ...(keyField === null ? {} : { externalIdFieldName: keyField.name }),
  };
}

function put(request: ApiRequest, job: Job, upload: Upload): ApiResponse {
  const text = typeof request.body === 'string' ? request.body : '';
  if (!/^text\/csv\b/i.test(request.headers['content-type'] ?? '')) {
    throw badRequest('CLIENTINPUTERROR', 'The Content-Type of job data must be text/csv');
  }
  if (job.state !== 'Open') throw badRequest('INVALIDJOBSTATE', `Job data cannot be uploaded in state ${job.state}`);
  // One upload a job: the vendor refuses a second one, in words that are not published.
  if (upload.text !== null) throw badRequest('INVALIDBATCH', 'This job has its data already');
  if (text.length > MAX_UPLOAD) throw new SalesforceError(413, 'REQUEST_ENTITY_TOO_LARGE', 'The data is too large.');
  upload.text = text;
  return { status: 201 };
}

function one(bulk: Bulk, request: ApiRequest, job: Job, upload: Upload): ApiResponse {
  switch (request.method) {
    case 'GET':
      return ok({
        ...info(bulk, request, job),
        ...progress(job),
        numberRecordsFailed: job.failed,
        apiActiveProcessingTime: 0,
        apexProcessingTime: 0,
      });
    case 'PATCH':
      return patch(bulk, request, job, upload);
    case 'DELETE':
      bulk.jobs.remove(job);
      return NO_CONTENT;
    default:
      throw methodNotAllowed(request.method, 'GET,PATCH,DELETE');
  }
}

function patch(bulk: Bulk, request: ApiRequest, job: Job, upload: Upload): ApiResponse {
  const { state } = inputOf(request.body);
  if (state === 'Aborted') {
    bulk.jobs.abort(job);
    return ok(info(bulk, request, job));
  }
  if (state !== 'UploadComplete') throw badRequest('INVALIDJOBSTATE', `Cannot move a job to state ${String(state)}`);
  if (job.state !== 'Open') {
    throw badRequest('INVALIDJOBSTATE', `Closing already ${job.state} Job not allowed`);
  }
  bulk.jobs.queue(job, work(bulk, job, upload));
  return ok(info(bulk, request, job));
}

/** Writes the rows in chunks, every other chunk first: batches that run side by side end in no order. */
function work(bulk: Bulk, job: Job, upload: Upload) {
  let writer: RowWriter | null = null;
  let chunks: (readonly (readonly string[])[])[] = [];
  let next = 0;
  const write = (until: number) => {
    bulk.org.from(job.caller, () => {
      for (; next < Math.min(until, chunks.length); next++) {
        bulk.org.atomically(() => {
          for (const row of chunks[next] ?? []) if (writer) writeOne(job, upload, row, writer);
        });
      }
    });
  };
  return {
    start: () => {
      const parsed = parseCsv(job, upload.text ?? '');
      if ('wrong' in parsed) throw new Error(parsed.wrong);
      upload.text = null;
      upload.columns = parsed.columns;
      upload.rows = parsed.rows;
      for (const row of parsed.rows) upload.waiting.add(row);
      writer = rowWriter(bulk.org, job, upload.object, upload.keyField, parsed.columns);
      chunks = inTurns(parsed.rows);
      write(Math.min(CHUNKS_AT_ONCE, Math.ceil(chunks.length / 2)));
    },
    finish: function* () {
      while (next < chunks.length) {
        write(next + CHUNKS_AT_ONCE);
        if (next < chunks.length) yield;
      }
    },
  };
}

/** Chunks of rows, every other one first. */
function inTurns(rows: Upload['rows']): (readonly (readonly string[])[])[] {
  const chunks: (readonly (readonly string[])[])[][] = [[], []];
  for (let from = 0; from < rows.length; from += CHUNK) {
    chunks[(from / CHUNK) % 2]?.push(rows.slice(from, from + CHUNK));
  }
  return chunks.flat();
}

function writeOne(job: Job, upload: Upload, row: readonly string[], writer: RowWriter): void {
  upload.waiting.delete(row);
  job.processed += 1;
  try {
    upload.done.push({ row, ...writer.write(row) });
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    job.failed += 1;
    const { errorCode, message, fields = [] } = error.entry;
    const named = fields.length > 0 ? `${fields.join(', ')} ` : '';
    upload.failed.push({ row, id: writer.idOf(row), error: `${errorCode}:${message}:${named}--` });
  }
}

function lines(
  request: ApiRequest,
  job: Job,
  head: readonly string[],
  rows: () => string[][] | readonly (readonly string[])[],
): ApiResponse {
  only(request, ['GET']);
  if (['Open', 'UploadComplete', 'InProgress'].includes(job.state)) {
    throw badRequest('INVALIDJOBSTATE', `Results are not available in state ${job.state}`);
  }
  const body = [head, ...rows()].map((line) => csvLine(job, line)).join('');
  return { status: 200, body, headers: CSV };
}
