import { badRequest, notFound } from '../errors.ts';
import type { Input } from '../org/input.ts';
import type { Org } from '../org/org.ts';
import type { ApiRequest } from '../rest/api.ts';
import { type CsvFormat, isDelimiter, isLineEnding } from './csv.ts';
import type { Upload } from './ingest-jobs.ts';
import { type BulkOptions, type Job, Jobs, jobInfo, progress } from './jobs.ts';
import type { Lines } from './results.ts';

interface QueryResults {
  readonly header: string;
  readonly lines: Lines;
}

/** Jobs with what they have read or were given; a job that is forgotten takes that with it. */
export class Bulk {
  readonly org: Org;
  readonly jobs: Jobs;
  readonly lines = new WeakMap<Job, QueryResults>();
  readonly uploads = new WeakMap<Job, Upload>();

  constructor(org: Org, options: BulkOptions) {
    this.org = org;
    this.jobs = new Jobs(org, options);
  }

  linesOf(job: Job): QueryResults {
    const results = this.lines.get(job);
    if (!results) throw notFound();
    return results;
  }

  uploadOf(job: Job): Upload {
    const upload = this.uploads.get(job);
    if (!upload) throw notFound();
    return upload;
  }
}

/** @throws where the request asks for a form of CSV that does not exist */
export function csvFormat(input: Input): CsvFormat {
  const { contentType = 'CSV', columnDelimiter = 'COMMA', lineEnding = 'LF' } = input;
  if (contentType !== 'CSV') throw badRequest('INVALIDJOB', `Unsupported content type: ${String(contentType)}`);
  if (typeof columnDelimiter !== 'string' || !isDelimiter(columnDelimiter)) {
    throw badRequest('INVALIDJOB', `Unsupported columnDelimiter: ${String(columnDelimiter)}`);
  }
  if (typeof lineEnding !== 'string' || !isLineEnding(lineEnding)) {
    throw badRequest('INVALIDJOB', `Unsupported lineEnding: ${String(lineEnding)}`);
  }
  return { columnDelimiter, lineEnding };
}

const JOBS_A_PAGE = 1000;

/** All jobs of a kind, a thousand at a time. */
export function listed(bulk: Bulk, request: ApiRequest, kind: Job['kind']): Record<string, unknown> {
  const all = bulk.jobs.list(kind);
  const from = Number(request.query.get('queryLocator') ?? 0);
  if (!Number.isInteger(from) || from < 0) throw badRequest('INVALID_QUERY_LOCATOR', 'invalid query locator');
  const next = from + JOBS_A_PAGE;
  const done = next >= all.length;
  return {
    done,
    records: all.slice(from, next).map((job) => ({ ...jobInfo(job), jobType: progress(job).jobType })),
    nextRecordsUrl: done ? null : `${request.base}/jobs/${kind}?queryLocator=${next}`,
  };
}
