import { ConnectorError } from '../connector.ts';

/** How one HTTP exchange with Salesforce ended without a usable answer. */
type Failure =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly body: string }
  /** `sent` is false only where the request cannot have left this machine. */
  | { readonly kind: 'network'; readonly code: string; readonly sent: boolean }
  /** A success status with a body that is not what was asked for: a login page, half a document. */
  | { readonly kind: 'unusable'; readonly why: string };

/** Carries a Failure through jsforce, which passes errors of its transport on unchanged. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly failure: Failure;
  constructor(failure: Failure, cause?: unknown) {
    super(
      failure.kind === 'answer' ? `HTTP ${failure.status}` : failure.kind === 'network' ? failure.code : failure.why,
      {
        cause,
      },
    );
    this.failure = failure;
  }
}

/** The answer to a write was lost: the write may or may not have happened. */
export class LostAnswer extends Error {
  override readonly name = 'LostAnswer';
  readonly code: string;
  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** What to do next about a failure. */
export type Verdict =
  /** Nothing was done; the same request may be sent again. */
  | { readonly next: 'again'; readonly code: string; readonly message: string; readonly afterMs?: number }
  /** It may have been done: harmless to repeat for a read, unknown for a write. */
  | { readonly next: 'lost'; readonly code: string; readonly message: string; readonly afterMs?: number }
  /** The session ended: get a new access token, then send it again. */
  | { readonly next: 'renew'; readonly code: string; readonly message: string }
  | { readonly next: 'reject'; readonly code: string; readonly message: string; readonly fields: readonly string[] }
  | {
      readonly next: 'stop';
      readonly code: string;
      readonly message: string;
      readonly hint: string;
      readonly retryAfterMs?: number;
      /** The calls of the day are used up; `resumesAt`: an ISO instant, where Salesforce names one. */
      readonly usedUp?: { readonly resumesAt: string | null };
    };

/** Errors of system calls after which nothing can have reached the other side. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The first system error code in a chain of causes, or the error's own name. */
export function networkFailure(error: unknown): CallFailure {
  let link = error as { code?: unknown; name?: unknown; cause?: unknown } | null | undefined;
  for (; typeof link === 'object' && link !== null; link = link.cause as typeof link) {
    const { code } = link;
    if (typeof code === 'string' && code !== '') {
      return new CallFailure({ kind: 'network', code, sent: !NEVER_SENT.has(code) }, error);
    }
    if (link.name === 'TimeoutError') return new CallFailure({ kind: 'network', code: 'ETIMEDOUT', sent: true }, error);
  }
  return new CallFailure({ kind: 'network', code: 'NETWORK_ERROR', sent: true }, error);
}

interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly fields: readonly string[];
}

/** The first error of an answer: REST error arrays, OAuth errors, SOAP faults, else the bare status. */
export function parseApiError(status: number, body: string): ApiError {
  const fault = /<faultcode>(?:[^<:]*:)?([^<]+)<\/faultcode>/.exec(body);
  if (fault) {
    const words = /<faultstring>([^<]*)<\/faultstring>/.exec(body);
    return { code: fault[1] ?? 'SOAP_FAULT', message: words?.[1] ?? '', fields: [] };
  }
  try {
    const parsed: unknown = JSON.parse(body);
    const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (typeof first === 'object' && first !== null) {
      const error = first as Record<string, unknown>;
      const code = error.errorCode ?? error.statusCode ?? error.error;
      const message = error.message ?? error.error_description;
      if (typeof code === 'string') {
        const fields = Array.isArray(error.fields) ? error.fields.filter((f) => typeof f === 'string') : [];
        return { code, message: typeof message === 'string' ? message : code, fields };
      }
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { code: `HTTP_${status}`, message: `Salesforce answered with HTTP status ${status}`, fields: [] };
}

/** The wait a Retry-After header asks for, in milliseconds. */
function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Daily requests are counted over the last 24 hours, so that some come free again soon. */
const QUOTA_PAUSE_MS = 60 * 60_000;

/** Decides what a failure means. @param now epoch milliseconds, for a Retry-After given as a date */
export function judge(failure: Failure, now: number): Verdict {
  if (failure.kind === 'network') {
    const message = `the connection failed (${failure.code})`;
    return { next: failure.sent ? 'lost' : 'again', code: failure.code, message };
  }
  if (failure.kind === 'unusable') return { next: 'lost', code: 'BAD_ANSWER', message: failure.why };
  return judgeAnswer(failure.status, failure.headers, failure.body, now);
}

function judgeAnswer(status: number, headers: Headers, body: string, now: number): Verdict {
  const { code, message, fields } = parseApiError(status, body);
  const wait = retryAfterMs(headers, now);
  const afterMs = wait === undefined ? {} : { afterMs: wait };
  if (status === 401 || code === 'INVALID_SESSION_ID') return { next: 'renew', code, message };
  if (code === 'REQUEST_LIMIT_EXCEEDED') {
    if (/concurrent/i.test(message)) return { next: 'again', code, message, ...afterMs };
    return {
      next: 'stop',
      code,
      message,
      hint: 'The org has used up its API requests of the last 24 hours. Run again later, or raise the limit in Salesforce.',
      retryAfterMs: wait ?? QUOTA_PAUSE_MS,
      usedUp: { resumesAt: wait === undefined ? null : new Date(now + wait).toISOString() },
    };
  }
  if (isRowLock(code, message)) return { next: 'again', code, message, ...afterMs };
  if (status === 420 || status === 429) return { next: 'again', code, message, ...afterMs };
  // A SOAP fault comes with status 500 though the server is well and has refused the request.
  if (status >= 500 && !body.includes('<faultcode>')) return { next: 'lost', code, message, ...afterMs };
  if (status === 403) {
    return {
      next: 'stop',
      code,
      message,
      hint: "Salesforce refuses this to the integration user. Check that user's profile and permission sets (API Enabled among them).",
    };
  }
  if (status >= 300 && status < 400) {
    return {
      next: 'stop',
      code: 'REDIRECTED',
      message: `Salesforce redirects (HTTP ${status}) instead of answering`,
      hint: "Set the connection's url to the org's My Domain address, as Setup > My Domain shows it.",
    };
  }
  if (status === 414 || status === 431) {
    return { next: 'reject', code: 'URI_TOO_LONG', message: 'the query is longer than Salesforce accepts', fields: [] };
  }
  return { next: 'reject', code, message, fields };
}

/** True for a lock that another transaction holds: the same row will do a moment later. */
export function isRowLock(code: string, message: string): boolean {
  if (code === 'UNABLE_TO_LOCK_ROW') return true;
  return (
    (code === 'CANNOT_EXECUTE_FLOW_TRIGGER' || code === 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY') &&
    message.includes('UNABLE_TO_LOCK_ROW')
  );
}

/** The error of a call that cannot go on, with what a person should do. */
export function asConnectorError(
  verdict: Verdict,
  where: { connection: string; url: string },
  cause: unknown,
): ConnectorError {
  const place = `Salesforce connection "${where.connection}" (${where.url})`;
  const base = { connection: where.connection, code: verdict.code, cause };
  switch (verdict.next) {
    case 'reject':
      return new ConnectorError(`${place}: ${verdict.code}: ${verdict.message}`, { ...base, action: 'reject' });
    case 'stop':
      return new ConnectorError(`${place}: ${verdict.code}: ${verdict.message}`, {
        ...base,
        action: 'stop',
        hint: verdict.hint,
        ...(verdict.retryAfterMs === undefined ? {} : { retryAfterMs: verdict.retryAfterMs }),
      });
    case 'renew':
      return new ConnectorError(`${place} refuses the credentials: ${verdict.code}: ${verdict.message}`, {
        ...base,
        action: 'stop',
        code: 'BAD_CREDENTIALS',
        hint: 'Check clientId, clientSecret, refreshToken or key in the connection settings; authorise the app again where the token was revoked.',
      });
    default:
      return exhausted(verdict, place, base);
  }
}

/** Every try failed: the network, the server, or what it sent. */
function exhausted(
  verdict: Extract<Verdict, { next: 'again' | 'lost' }>,
  place: string,
  base: { connection: string; code: string; cause: unknown },
): ConnectorError {
  const status = base.cause instanceof CallFailure ? base.cause.failure.kind : 'answer';
  if (status === 'network') {
    return new ConnectorError(`${place} cannot be reached (${verdict.code})`, {
      ...base,
      action: 'stop',
      code: 'UNREACHABLE',
      hint: "Check the url in the connection's settings, the network and status.salesforce.com; then run again. Nothing was lost.",
    });
  }
  return new ConnectorError(`${place} keeps failing: ${verdict.code}: ${verdict.message}`, {
    ...base,
    action: 'stop',
    hint: 'Salesforce is in trouble or busy; see status.salesforce.com and run again later. Nothing was lost.',
    ...(verdict.afterMs === undefined ? {} : { retryAfterMs: verdict.afterMs }),
  });
}
