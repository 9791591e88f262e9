import { type Dialect, type Rows, retryAfter, type Words } from './dialect.ts';
import type { Fault } from './faults.ts';

const COLLECTION = /^\/+services\/+data\/+v[\d.]+\/+composite\/+sobjects(\/|$)/i;

const error = (status: number, errorCode: string, message: string): Words => ({
  status,
  body: [{ message, errorCode }],
});

/** Salesforce's words: an array of {message, errorCode}. */
export const salesforce: Dialect = {
  fits: (kind, { method, path }) =>
    kind !== 'row-lock' || (COLLECTION.test(path) && (method === 'PATCH' || method === 'POST')),

  answer(fault) {
    const { params } = fault;
    switch (fault.kind) {
      case 'unauthorized':
        return error(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
      case 'forbidden':
        return error(403, 'API_DISABLED_FOR_ORG', 'The REST API is not enabled for this Organization.');
      case 'limited':
        return {
          ...(params.scope === 'daily'
            ? error(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.')
            : error(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.')),
          headers: retryAfter(fault),
        };
      default:
        return { ...serverError(fault), headers: retryAfter(fault) };
    }
  },

  rows({ method }, body): Rows | null {
    const document = body as { records?: unknown; allOrNone?: unknown } | null;
    if (!Array.isArray(document?.records) || document.allOrNone === true) return null;
    const records = document.records as { id?: unknown; Id?: unknown }[];
    return {
      length: records.length,
      only: (places) => ({ ...document, records: places.map((place) => records[place]) }),
      join: (given, refused) => {
        if (given !== null && !Array.isArray(given.body)) return given;
        const rest = [...((given?.body ?? []) as unknown[])];
        const locked = new Set(refused);
        const all = records.map((record, place) =>
          locked.has(place) ? lockedRow(record.id ?? record.Id, method) : rest.shift(),
        );
        return { status: given?.status ?? 200, headers: given?.headers ?? {}, body: all };
      },
    };
  },
};

function serverError({ params }: Fault): Words {
  // Salesforce names an ErrorId of three numbers.
  if (params.status === undefined || params.status === 500)
    return error(
      500,
      'UNKNOWN_EXCEPTION',
      'An unexpected error occurred. Please include this ErrorId if you contact support: 1302284716-12345 (1182868337)',
    );
  return error(params.status, 'SERVER_UNAVAILABLE', 'Server Unavailable');
}

function lockedRow(id: unknown, method: string) {
  const named = typeof id === 'string' && method === 'PATCH' ? `: ${id}` : ': ';
  const message = `unable to obtain exclusive access to this record or 1 records${named}`;
  return { success: false, errors: [{ statusCode: 'UNABLE_TO_LOCK_ROW', message, fields: [] }] };
}
