import { AsyncLocalStorage } from 'node:async_hooks';
import { PassThrough } from 'node:stream';
import type { Connection, HttpRequest, HttpResponse } from 'jsforce';
import type { CallClass } from '../connector.ts';
import { dayOf } from './allowances.ts';
import { CallFailure, networkFailure } from './failure.ts';

type Transport = Connection['_transport'];

/** What the request now being made is for. */
export const callClass = new AsyncLocalStorage<CallClass>();

/**
 * The transport under jsforce. jsforce's own one retries on its own account, follows redirects with the session id and
 * brings the process down when a connection breaks inside a body (a stream error nobody listens to); this one sends
 * each request exactly once, reports it to `onCall`, and turns every answer of 300 and above, and every broken
 * connection, into a CallFailure with all that is known of it.
 */
export function createTransport(options: {
  readonly timeoutMs: number;
  readonly onCall: (kind: CallClass) => void;
  /** Told what each answer says of the calls of the day. */
  readonly onUsage: (day: { readonly used: number; readonly max: number }) => void;
}): Transport {
  const exchange = async (request: HttpRequest): Promise<HttpResponse> => {
    options.onCall(callClass.getStore() ?? 'read');
    let response: Response;
    let body: string;
    try {
      response = await fetch(request.url, {
        method: request.method,
        ...(request.headers === undefined ? {} : { headers: withoutLength(request.headers) }),
        ...(typeof request.body === 'string' ? { body: request.body } : {}),
        redirect: 'manual',
        signal: AbortSignal.timeout(options.timeoutMs),
      });
      body = await response.text();
    } catch (error) {
      throw networkFailure(error);
    }
    const day = dayOf(response.headers.get('sforce-limit-info'));
    if (day !== null) options.onUsage(day);
    if (response.status >= 300) {
      throw new CallFailure({ kind: 'answer', status: response.status, headers: response.headers, body });
    }
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body };
  };
  return {
    // jsforce's own promise type: one that gives the body as a stream too, which nobody here reads.
    httpRequest: (request) => Object.assign(exchange(request), { stream: () => new PassThrough() }),
    getRequestStreamCreator: () => {
      throw new Error('this transport answers with whole bodies, not streams');
    },
  };
}

/** fetch computes the length itself and refuses one given by hand that differs from its own. */
function withoutLength(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-length'));
}
