/**
 * Bulk API 2.0 over the same rows as REST. Sources: the Bulk API 2.0 developer guide and recorded answers; a code or default
 * that nobody has published is ours and says so where it stands. Known differences: functions such as toLabel() are refused
 * in bulk queries, multipart uploads are not taken, and a job is worked on in two steps rather than in parallel batches.
 */
import { notFound } from '../errors.ts';
import type { ApiRequest, ApiResponse } from '../rest/api.ts';
import type { Bulk } from './bulk.ts';
import { ingestJobs } from './ingest-jobs.ts';
import { queryJobs } from './query-jobs.ts';

/** Answers /jobs/... */
export function bulkApi(bulk: Bulk, request: ApiRequest): ApiResponse {
  const [, kind, ...path] = request.path;
  switch (kind?.toLowerCase()) {
    case 'query':
      return queryJobs(bulk, request, path);
    case 'ingest':
      return ingestJobs(bulk, request, path);
    default:
      throw notFound();
  }
}
