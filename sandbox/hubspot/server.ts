import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Actor } from './changes.ts';
import { HubSpotError } from './errors.ts';
import { OBJECT_TYPES } from './object-types.ts';
import { locate } from './paths.ts';
import type { Portal } from './portal.ts';
import type { RateLimits } from './rate-limits.ts';
import { type Body, parseForm, parseJson } from './request-body.ts';
import { findRoute, type Match, type Reply, type Route } from './router.ts';
import type { Bearer } from './tokens.ts';

const MOST_BYTES = 20_000_000;

export interface Counters {
  total: number;
  readonly byKind: Record<string, number>;
}

interface Parts {
  readonly portal: Portal;
  readonly routes: readonly Route[];
  readonly limits: RateLimits | null;
  readonly counters: Counters;
}

/** The HTTP face of a portal: place, method, credentials, scopes, limits, body, handler, in the vendor's order. */
export function requestListener(parts: Parts): RequestListener {
  return (request, response) => {
    response.setHeader('date', new Date(parts.portal.clock.now()).toUTCString());
    readText(request).then(
      (text) => {
        const correlationId = randomUUID();
        try {
          send(response, correlationId, answer(parts, request, text));
        } catch (error) {
          sendError(response, correlationId, error);
        }
      },
      (error) => sendError(response, randomUUID(), error),
    );
  };
}

function answer(parts: Parts, request: IncomingMessage, text: string): Reply {
  const { portal, routes, limits, counters } = parts;
  counters.total += 1;
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const place = locate(url.pathname);
  const found = place === null ? null : findRoute(routes, request.method ?? 'GET', place);
  if (place === null || found === null) {
    count(counters, 'unknown');
    return NOWHERE;
  }
  if (!('route' in found)) {
    count(counters, 'unknown');
    throw new HubSpotError(405, `Method ${request.method} is not allowed here`, {
      headers: { allow: found.join(', ') },
    });
  }
  const type = OBJECT_TYPES.find(({ id, name, singular }) =>
    [id, name, singular].includes((found.params.type ?? '').toLowerCase()),
  );
  count(counters, found.route.kind.replace('{type}', type?.name ?? 'objects'));
  let headers: Record<string, string> = {};
  let bearer: Bearer | null = null;
  const byKey = found.route.auth === 'developer' && url.searchParams.get('hapikey') === portal.tokens.developerKey;
  portal.conditions.checkMove();
  if (found.route.auth !== false && !byKey) {
    bearer = portal.tokens.authenticate(request.headers.authorization);
    checkScopes(bearer, found, type?.name ?? 'custom');
    if (limits !== null && found.route.limit !== 'none') headers = limits.admit(bearer, found.route.limit);
  }
  try {
    const context = {
      portal,
      params: found.params,
      query: url.searchParams,
      body: readBody(found.route, request, text),
      version: place.version,
      self: `http://${request.headers.host ?? 'localhost'}${url.pathname}`,
    };
    const reply = portal.changes.as(actorOf(portal, bearer), () => found.route.handle(context));
    return { ...reply, headers: { ...headers, ...reply.headers } };
  } catch (error) {
    if (!(error instanceof HubSpotError)) throw error;
    throw new HubSpotError(error.status, error.message, {
      ...error.parts,
      headers: { ...headers, ...error.parts.headers },
    });
  }
}

/** A service key counts as an app of its own, beside the one with OAuth. */
function actorOf(portal: Portal, bearer: Bearer | null): Actor {
  const app = bearer?.kind === 'key' ? portal.keyAppId : portal.appId;
  return { changeSource: 'INTEGRATION', sourceId: String(app) };
}

function count(counters: Counters, kind: string): void {
  counters.byKind[kind] = (counters.byKind[kind] ?? 0) + 1;
}

function checkScopes(bearer: Bearer, found: Match, type: string): void {
  const needed = found.route.scopes.map((scope) => scope.replace('{type}', type));
  if (bearer.scopes === null || needed.length === 0 || needed.some((scope) => bearer.scopes?.includes(scope))) return;
  throw new HubSpotError(
    403,
    "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
    {
      category: 'MISSING_SCOPES',
      errors: [
        { message: 'One or more of the following scopes are required.', context: { requiredGranularScopes: needed } },
      ],
      links: { scopes: 'https://developers.hubspot.com/scopes' },
    },
  );
}

function readBody(route: Route, request: IncomingMessage, text: string): Body {
  if (route.input === 'none') return {};
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const wanted = route.input === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  if (mediaType !== wanted && (text !== '' || route.input === 'form')) {
    throw new HubSpotError(
      415,
      `Unsupported media type ${mediaType === '' ? '(none)' : mediaType}: ${wanted} is expected`,
    );
  }
  return route.input === 'form' ? parseForm(text) : parseJson(text);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  }
  if (bytes > MOST_BYTES)
    throw new HubSpotError(413, `The request body has ${bytes} bytes, at most ${MOST_BYTES} are allowed`);
  return Buffer.concat(chunks).toString('utf8');
}

const NOWHERE: Reply = {
  status: 404,
  body: '<html>\n<head><meta http-equiv="Content-Type" content="text/html;charset=utf-8"/><title>Error 404 Not Found</title></head>\n<body><h2>HTTP ERROR 404 Not Found</h2></body>\n</html>\n',
  headers: { 'content-type': 'text/html;charset=utf-8', 'x-hubspot-notfound': 'true' },
};

function send(response: ServerResponse, correlationId: string, reply: Reply): void {
  const text = reply.body === undefined ? '' : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  const bytes = Buffer.from(text, 'utf8');
  response.writeHead(reply.status, {
    ...(text === '' ? {} : { 'content-type': 'application/json;charset=utf-8' }),
    ...(reply.status === 204 ? {} : { 'content-length': bytes.length }),
    'x-hubspot-correlation-id': correlationId,
    ...reply.headers,
  });
  response.end(bytes);
}

function sendError(response: ServerResponse, correlationId: string, error: unknown): void {
  const refusal =
    error instanceof HubSpotError
      ? error
      : new HubSpotError(500, `internal error: ${error instanceof Error ? error.message : String(error)}`);
  send(response, correlationId, {
    status: refusal.status,
    body: refusal.body(correlationId),
    headers: refusal.parts.headers ?? {},
  });
}
