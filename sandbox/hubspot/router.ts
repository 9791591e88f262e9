import type { Place } from './paths.ts';
import type { Portal } from './portal.ts';
import type { Body } from './request-body.ts';

/** One request as a handler sees it. */
export interface Context {
  readonly portal: Portal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
  readonly version: string;
  /** Scheme, host and path without the query: links to further pages start with it. */
  readonly self: string;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  readonly family: string;
  /** Segments after the family; `:name` takes one segment. */
  readonly pattern: readonly string[];
  /** What the request counter calls it; `{type}` is replaced by the object type. */
  readonly kind: string;
  /** Scopes of which one is needed; `{type}` is replaced by the object type. */
  readonly scopes: readonly string[];
  /** Which limits it counts against. */
  readonly limit: 'general' | 'search' | 'none';
  /** Whether a Bearer token is needed; `developer`: the developer's key (`hapikey`) does as well. */
  readonly auth: boolean | 'developer';
  readonly input: 'json' | 'form' | 'none';
  readonly handle: (context: Context) => Reply;
}

interface RouteOptions {
  readonly kind: string;
  readonly scopes?: readonly string[];
  readonly limit?: Route['limit'];
  readonly auth?: Route['auth'];
  readonly input?: Route['input'];
}

/** A route: `spec` is "METHOD family/segment/:param". */
export function route(spec: string, options: RouteOptions, handle: Route['handle']): Route {
  const [method = 'GET', path = ''] = spec.split(' ');
  const [family = '', ...pattern] = path.split('/');
  const sends = method === 'POST' || method === 'PUT' || method === 'PATCH';
  return {
    method,
    family,
    pattern,
    kind: options.kind,
    scopes: options.scopes ?? [],
    limit: options.limit ?? 'general',
    auth: options.auth ?? true,
    input: options.input ?? (sends ? 'json' : 'none'),
    handle,
  };
}

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The route of a request; where only other methods stand at the place, those methods; null where nothing stands. */
export function findRoute(routes: readonly Route[], method: string, place: Place): Match | readonly string[] | null {
  const others: string[] = [];
  for (const candidate of routes) {
    if (candidate.family !== place.family) continue;
    const params = matchSegments(candidate.pattern, place.segments);
    if (params === null) continue;
    if (candidate.method === method) return { route: candidate, params };
    others.push(candidate.method);
  }
  return others.length > 0 ? [...new Set(others)] : null;
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = segment;
    else if (part !== segment) return null;
  }
  return params;
}
