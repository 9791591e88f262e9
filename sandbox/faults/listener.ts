import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { SandboxClock } from '../core/clock.ts';
import { marketAgent } from '../market/http.ts';
import { type Answer, carryOut, readBody, withBody } from './captured.ts';
import type { Dialect, Words } from './dialect.ts';
import { chosen, type Fault, type Faults, type Struck } from './faults.ts';
import { hubspot } from './hubspot.ts';
import type { Crm } from './kinds.ts';
import { salesforce } from './salesforce.ts';

const DIALECTS: Readonly<Record<Crm, Dialect>> = { salesforce, hubspot };
const SLOW_MS = 1_000;

/**
 * `listener` with faults before it. The market's own requests are spared: it plays the people in the CRM, who do not come over
 * this line.
 * @param clock the CRM's own, for the Date header
 */
export function withFaults(crm: Crm, listener: RequestListener, faults: Faults, clock: SandboxClock): RequestListener {
  const dialect = DIALECTS[crm];
  return (request, response) => {
    if (faults.skewMs(crm) !== 0) response.setHeader('date', new Date(clock.now()).toUTCString());
    const struck: Struck = { method: request.method ?? 'GET', path: (request.url ?? '/').split('?')[0] ?? '/' };
    const fault =
      request.headers['user-agent'] === marketAgent
        ? null
        : faults.strike(crm, struck, (kind) => dialect.fits(kind, struck));
    if (fault === null) listener(request, response);
    else
      strike({
        dialect,
        listener,
        request,
        response,
        fault,
        struck,
        now: clock.now(),
        onSilence: () => faults.onSilence(),
      }).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)));
      });
  };
}

interface Strike {
  readonly dialect: Dialect;
  readonly listener: RequestListener;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fault: Fault;
  readonly struck: Struck;
  readonly now: number;
  readonly onSilence: () => void;
}

async function strike(at: Strike): Promise<void> {
  const { dialect, listener, request, response, fault } = at;
  /** The request is read to its end, and carried out where the fault says so. */
  const effect = () => (fault.params.effect === 'done' ? carryOut(listener, request) : readBody(request));
  switch (fault.kind) {
    case 'reset-before':
      await readBody(request);
      request.socket.resetAndDestroy();
      return;
    case 'reset-after':
      await carryOut(listener, request);
      request.socket.resetAndDestroy();
      return;
    case 'timeout':
      // Nothing is sent; the line stays open until the caller gives up or the sandbox ends.
      await effect();
      at.onSilence();
      return;
    case 'truncated':
      return truncate(response, await carryOut(listener, request), fault);
    case 'html':
      await effect();
      return send(response, errorPage(fault));
    case 'garbage':
      await effect();
      return send(response, garbage(fault));
    case 'slow':
      await pause(fault.params.delayMs ?? SLOW_MS);
      listener(request, response);
      return;
    case 'row-lock':
    case 'partial':
      return refuseRows(at);
    default:
      await effect();
      return send(response, dialect.answer(fault));
  }
}

/** Half the body: on a line that breaks, or as if that were all. */
function truncate(response: ServerResponse, { status, headers, body }: Answer, { params }: Fault): void {
  const half = body.subarray(0, Math.floor(body.length / 2));
  const isShort = params.how === 'short';
  response.writeHead(status, { ...headers, 'content-length': isShort ? half.length : Math.max(1, body.length) });
  if (isShort) {
    response.end(half);
    return;
  }
  response.flushHeaders();
  if (half.length === 0) response.socket?.destroy();
  else response.write(half, () => response.socket?.destroy());
}

async function refuseRows({ dialect, listener, request, response, fault, struck, now }: Strike): Promise<void> {
  const text = await readBody(request);
  const rows = dialect.rows(struck, parsed(text), now);
  if (rows === null || rows.length === 0) {
    listener(withBody(request, text), response);
    return;
  }
  const refused = chosen(rows.length, fault);
  const rest = Array.from({ length: rows.length }, (_, place) => place).filter((place) => !refused.includes(place));
  if (rest.length === 0) return send(response, rows.join(null, refused));
  const answer = await carryOut(listener, withBody(request, JSON.stringify(rows.only(rest))));
  const { 'content-length': _, ...headers } = answer.headers;
  const words = {
    status: answer.status,
    headers: headers as Record<string, string>,
    body: parsed(answer.body.toString()),
  };
  send(response, rows.join(words, refused));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function send(response: ServerResponse, { status, headers = {}, body }: Words): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json;charset=UTF-8',
    ...headers,
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

const REASONS: Readonly<Record<number, string>> = { 502: 'Bad Gateway', 503: 'Service Temporarily Unavailable' };

/** The page of the proxy before the CRM. */
function errorPage({ params }: Fault): Words {
  const status = params.status ?? 502;
  const title = `${status} ${REASONS[status]}`;
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
  };
}

/** Bodies with status 200 that answer nothing: a login page, an empty document, a document of another kind. */
const GARBAGE: readonly (readonly [type: string, body: string])[] = [
  ['text/html', '<!DOCTYPE html><html><head><title>Login</title></head><body>Please log in</body></html>'],
  ['application/json', '{}'],
  ['application/json', '{"ok":true}'],
  ['application/json', '"pong"'],
  ['application/json', '{"results":null,"records":null'],
  ['text/plain', 'upstream connect error or disconnect/reset before headers'],
];

function garbage({ dice }: Fault): Words {
  const [type, body] = dice.pick('garbage', GARBAGE);
  return { status: 200, headers: { 'content-type': type }, body };
}
