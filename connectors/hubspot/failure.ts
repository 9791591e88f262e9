import { ConnectorError } from '../connector.ts';

/** How one HTTP exchange with HubSpot ended without a usable answer. */
type Failure =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly body: string }
  /** `sent` is false only where the request cannot have left this machine. */
  | { readonly kind: 'network'; readonly code: string; readonly sent: boolean }
  /** A success status with a body that is not what was asked for: an HTML page, half a document. */
  | { readonly kind: 'unusable'; readonly why: string };

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

/** HubSpot refused a request for what stands in it. */
export class RefusedRequest extends ConnectorError {
  readonly problem: Problem;
  constructor(message: string, about: { connection: string; cause: unknown }, problem: Problem) {
    super(message, { ...about, action: 'reject', code: problem.code });
    this.problem = problem;
  }
}

/** What to do next about a failure. */
export type Verdict =
  /** Nothing was done; the same request may be sent again. */
  | { readonly next: 'again'; readonly code: string; readonly message: string; readonly afterMs?: number }
  /** It may have been done: harmless to repeat for a read, unknown for a write. */
  | { readonly next: 'lost'; readonly code: string; readonly message: string; readonly afterMs?: number }
  /** The access token ended: get a new one, then send it again. */
  | { readonly next: 'renew'; readonly code: string; readonly message: string }
  | { readonly next: 'reject'; readonly code: string; readonly message: string; readonly problem: Problem }
  | {
      readonly next: 'stop';
      readonly code: string;
      readonly message: string;
      readonly hint: string;
      readonly retryAfterMs?: number;
      /** The calls of the day are used up; `afterMs`: the wait, where HubSpot names one. */
      readonly usedUp?: { readonly afterMs: number | null };
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

/** The first system error code in a chain of causes. */
export function networkFailure(error: unknown): CallFailure {
  let link = error as { code?: unknown; name?: unknown; cause?: unknown } | null | undefined;
  for (; typeof link === 'object' && link !== null; link = link.cause as typeof link) {
    const { code } = link;
    if (typeof code === 'string' && code !== '') {
      return new CallFailure({ kind: 'network', code, sent: !NEVER_SENT.has(code) }, error);
    }
  }
  return new CallFailure({ kind: 'network', code: 'NETWORK_ERROR', sent: true }, error);
}

/** HubSpot's error document as far as it is used; any part of it may be missing. */
interface ErrorDocument {
  readonly message?: unknown;
  readonly category?: unknown;
  readonly errorType?: unknown;
  readonly policyName?: unknown;
  readonly status?: unknown;
  readonly error?: unknown;
  readonly context?: unknown;
  readonly errors?: unknown;
}

/** One error, of a whole request or of one row, in plain parts. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  /** Names of the properties it is about. */
  readonly fields: readonly string[];
  readonly policyName?: string;
  /** Lists of texts by name, where HubSpot gives a context. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function contextOf(value: unknown): Record<string, readonly string[]> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, [item].flat().map(String)]));
}

/** Reads an error document. @param fallback the code where the document names none */
export function toProblem(document: unknown, fallback: string): Problem {
  const error = (typeof document === 'object' && document !== null ? document : {}) as ErrorDocument;
  const details = Array.isArray(error.errors)
    ? (error.errors as (ErrorDocument & { code?: unknown; in?: unknown })[])
    : [];
  const first = details[0];
  const message = text(error.message) ?? text(first?.message) ?? text(error.error) ?? 'HubSpot gave no reason';
  const context = { ...contextOf(error.context), ...contextOf(first?.context) };
  const named = [...(context.propertyName ?? []), ...(text(first?.in) === undefined ? [] : [String(first?.in)])];
  // Older validation errors carry their details as JSON inside the message.
  const embedded = [...message.matchAll(/"name":"(\w+)"/g)].map((match) => match[1] ?? '');
  const policyName = text(error.policyName);
  return {
    code: text(first?.code) ?? text(error.category) ?? text(error.errorType) ?? text(error.error) ?? fallback,
    message: first === undefined || text(first.message) === undefined ? message : String(first.message),
    fields: [...new Set([...named, ...embedded])],
    ...(policyName === undefined ? {} : { policyName }),
    context,
  };
}

/** Reads an error body, which may as well be an HTML page. */
export function parseProblem(status: number, body: string): Problem {
  try {
    return toProblem(JSON.parse(body), `HTTP_${status}`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { code: `HTTP_${status}`, message: `HubSpot answered with HTTP status ${status}`, fields: [], context: {} };
  }
}

/** The wait a Retry-After header asks for, in milliseconds. */
function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** The daily allowance starts anew at midnight in the portal's time zone, which is not known here; the budget knows better. */
const QUOTA_PAUSE_MS = 60 * 60_000;
const LOCKED_PAUSE_MS = 2_000;

/** Decides what a failure means. @param now epoch milliseconds, for a Retry-After given as a date */
export function judge(failure: Failure, now: number): Verdict {
  if (failure.kind === 'network') {
    const message = `the connection failed (${failure.code})`;
    return { next: failure.sent ? 'lost' : 'again', code: failure.code, message };
  }
  if (failure.kind === 'unusable') return { next: 'lost', code: 'BAD_ANSWER', message: failure.why };
  const { status, headers, body } = failure;
  const problem = parseProblem(status, body);
  const { code, message } = problem;
  const wait = retryAfterMs(headers, now);
  if (status === 401) return { next: 'renew', code, message };
  if (status === 429 || status === 420) return judgeLimit(problem, headers, wait);
  if (status === 423) return { next: 'again', code, message, afterMs: wait ?? LOCKED_PAUSE_MS };
  if (status === 477) return { next: 'again', code, message, ...(wait === undefined ? {} : { afterMs: wait }) };
  if (status >= 500) return { next: 'lost', code, message, ...(wait === undefined ? {} : { afterMs: wait }) };
  if (status === 403) {
    const scopes = [...(problem.context.requiredGranularScopes ?? []), ...(problem.context.requiredScopes ?? [])];
    const hint =
      scopes.length > 0
        ? `Give the app or service key these scopes, then authorise it again: ${[...new Set(scopes)].join(', ')}.`
        : 'Check the scopes of the app or service key and the subscription of the portal.';
    return { next: 'stop', code, message, hint };
  }
  if (status >= 300 && status < 400) {
    const hint = 'Leave url out of the connection settings: the address is https://api.hubapi.com.';
    return { next: 'stop', code: 'REDIRECTED', message: `HubSpot redirects (HTTP ${status})`, hint };
  }
  if (status === 404) return { next: 'reject', code: 'NOT_FOUND', message, problem: { ...problem, code: 'NOT_FOUND' } };
  return { next: 'reject', code, message, problem };
}

function judgeLimit(problem: Problem, headers: Headers, wait: number | undefined): Verdict {
  const { message, policyName } = problem;
  if (policyName === 'DAILY') {
    return {
      next: 'stop',
      code: 'DAILY',
      message,
      hint: 'The portal has used up its API requests of today. Run again after midnight in its time zone, or raise the limit.',
      retryAfterMs: wait ?? QUOTA_PAUSE_MS,
      usedUp: { afterMs: wait ?? null },
    };
  }
  const windowMs = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds') ?? Number.NaN);
  const known = policyName === 'SECONDLY' ? 1_000 : Number.isFinite(windowMs) ? windowMs : 10_000;
  return { next: 'again', code: policyName ?? 'RATE_LIMIT', message, afterMs: wait ?? known };
}

/** The error of a call that cannot go on, with what a person should do. */
export function asConnectorError(
  verdict: Verdict,
  where: { readonly connection: string; readonly url: string },
  cause: unknown,
): ConnectorError {
  const { connection } = where;
  const place = `HubSpot connection "${connection}" (${where.url})`;
  const { code, message } = verdict;
  switch (verdict.next) {
    case 'reject':
      return new RefusedRequest(`${place}: ${code}: ${message}`, { connection, cause }, verdict.problem);
    case 'stop':
      return new ConnectorError(`${place}: ${code}: ${message}`, {
        action: 'stop',
        connection,
        code,
        hint: verdict.hint,
        cause,
        ...(verdict.retryAfterMs === undefined ? {} : { retryAfterMs: verdict.retryAfterMs }),
      });
    case 'renew':
      return new ConnectorError(`${place} refuses the credentials: ${code}: ${message}`, {
        action: 'stop',
        connection,
        code: 'BAD_CREDENTIALS',
        hint: 'Check the token, or clientId, clientSecret and refreshToken, in the connection settings; authorise the app again where it was uninstalled.',
        cause,
      });
    default:
      break;
  }
  if (cause instanceof CallFailure && cause.failure.kind === 'network') {
    return new ConnectorError(`${place} cannot be reached (${code})`, {
      action: 'stop',
      connection,
      code: 'UNREACHABLE',
      hint: "Check the url in the connection's settings, the network and status.hubspot.com; then run again. Nothing was lost.",
      cause,
    });
  }
  return new ConnectorError(`${place} keeps failing: ${code}: ${message}`, {
    action: 'stop',
    connection,
    code,
    hint: 'HubSpot is in trouble or busy; see status.hubspot.com and run again later. Nothing was lost.',
    cause,
    ...(verdict.afterMs === undefined ? {} : { retryAfterMs: verdict.afterMs }),
  });
}
