/** The server's API as the pages use it: one query a resource, errors with words for people. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type {
  ApiError,
  ErrorDetail,
  ErrorList,
  FairnessView,
  LeadDetail,
  LeadPage,
  LeadQuery,
  Overview,
  ReportList,
  ReportView,
  Resent,
  RoiView,
} from '../../src/server/api.ts';

export type * from '../../src/server/api.ts';

/** An answer that is no answer. `status` is that of HTTP, 0 where the server was not reached. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function get<T>(path: string, signal: AbortSignal): Promise<T> {
  return ask(path, { signal, headers: { accept: 'application/json' } });
}

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new ApiFailure(0, 'The server does not answer. Is Sluice still running?');
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  throw new ApiFailure(response.status, messageOf(body) ?? `The server answered with status ${response.status}.`);
}

function messageOf(body: unknown): string | null {
  const message = (body as Partial<ApiError> | null)?.error?.message;
  return typeof message === 'string' ? message : null;
}

/** Whether asking again may help: not where the request itself is wrong. */
export function mayRetry(failures: number, error: Error): boolean {
  const refused = error instanceof ApiFailure && error.status >= 400 && error.status < 500 && error.status !== 429;
  return failures < 1 && !refused;
}

/** Milliseconds until figures are asked for anew: soon while a run or a demo is moving them. */
export function refreshEvery(overview: Overview | undefined): number {
  const moving = overview?.runs.some((run) => run.status === 'running') || overview?.demoProgress?.done === false;
  return moving ? 2_000 : 15_000;
}

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => get<Overview>('/api/overview', signal),
  refetchInterval: ({ state }) => refreshEvery(state.data),
});

export const roiQuery = queryOptions({
  queryKey: ['roi'],
  queryFn: ({ signal }) => get<RoiView>('/api/roi', signal),
});

export const fairnessQuery = queryOptions({
  queryKey: ['fairness'],
  queryFn: ({ signal }) => get<FairnessView>('/api/fairness', signal),
});

export const reportsQuery = queryOptions({
  queryKey: ['reports'],
  queryFn: ({ signal }) => get<ReportList>('/api/reports', signal),
});

/** The address of a report; `format` of its download. */
export function reportPath(
  name: string,
  parameters: Readonly<Record<string, string | undefined>>,
  format?: 'csv' | 'xlsx',
): string {
  const given = Object.entries<string | undefined>({ ...parameters, format }).flatMap(([key, value]) =>
    value ? [[key, value]] : [],
  );
  const query = new URLSearchParams(given).toString();
  return `/api/reports/${encodeURIComponent(name)}${query && `?${query}`}`;
}

export function reportQuery(name: string, parameters: Readonly<Record<string, string | undefined>>) {
  const path = reportPath(name, parameters);
  return queryOptions({
    queryKey: ['report', path],
    queryFn: ({ signal }) => get<ReportView>(path, signal),
    placeholderData: keepPreviousData,
  });
}

export function leadsQuery(query: LeadQuery) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return queryOptions({
    queryKey: ['leads', query],
    queryFn: ({ signal }) => get<LeadPage>(`/api/leads?${parameters}`, signal),
    placeholderData: keepPreviousData,
  });
}

export function leadQuery(id: string) {
  return queryOptions({
    queryKey: ['lead', id],
    queryFn: ({ signal }) => get<LeadDetail>(`/api/leads/${encodeURIComponent(id)}`, signal),
  });
}

export const errorsQuery = queryOptions({
  queryKey: ['errors'],
  queryFn: ({ signal }) => get<ErrorList>('/api/errors', signal),
  refetchInterval: 15_000,
});

export function errorQuery(id: string) {
  return queryOptions({
    queryKey: ['errors', id],
    queryFn: ({ signal }) => get<ErrorDetail>(`/api/errors/${encodeURIComponent(id)}`, signal),
  });
}

/** Sets going again what the errors of one cause hold up. */
export function resendErrors(id: string): Promise<Resent> {
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  return ask(`/api/errors/${encodeURIComponent(id)}/resend`, { method: 'POST', headers, body: '{}' });
}
