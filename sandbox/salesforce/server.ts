import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Bulk } from './bulk/bulk.ts';
import { MAX_UPLOAD } from './bulk/ingest-jobs.ts';
import { badRequest, notFound, SalesforceError } from './errors.ts';
import type { Authority } from './oauth/authority.ts';
import { type Answer, bearer, identity, oauth } from './oauth/endpoints.ts';
import { Purge } from './org/bin.ts';
import type { Org } from './org/org.ts';
import { changeOrigin } from './pubsub/origin.ts';
import { Cursors } from './rest/cursors.ts';
import { dispatch, parseBody } from './rest/dispatch.ts';
import { loadParser } from './soql/parse.ts';
import type { Usage } from './usage.ts';

const OLDEST = 50;
const NEWEST = 68;
const MAX_BODY = 52_428_800;
const MAX_URI = 16_384;
const SEASONS = ["Winter '", "Spring '", "Summer '"];

interface Call {
  readonly method: string;
  /** Decoded parts of the path, doubled slashes ignored. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Handles every address of the instance. */
export function handler(org: Org, authority: Authority, usage: Usage, bulk: Bulk): RequestListener {
  const cursors = new Cursors(org.clock);
  const purge = new Purge(org);
  return (request, response) => {
    const leave = usage.enter();
    purge.run();
    answer(org, authority, usage, cursors, bulk, request)
      .catch((error: unknown): Answer => {
        if (error instanceof SalesforceError) return { status: error.status, body: [error.entry] };
        // A mistake of the sandbox itself must be seen, in the answer and by whoever runs it.
        console.error(error);
        return { status: 500, body: [{ errorCode: 'UNKNOWN_EXCEPTION', message: `sandbox error: ${String(error)}` }] };
      })
      .then((result) => send(request, response, result, usage, org.clock.now()))
      .finally(leave);
  };
}

async function answer(
  org: Org,
  authority: Authority,
  usage: Usage,
  cursors: Cursors,
  bulk: Bulk,
  request: IncomingMessage,
): Promise<Answer> {
  const text = request.url ?? '/';
  if (text.length > MAX_URI) throw new SalesforceError(414, 'URI_TOO_LONG', 'The request URI is too long.');
  const at = text.indexOf('?');
  const query = new URLSearchParams(at < 0 ? '' : text.slice(at + 1));
  const call: Call = {
    method: query.get('_HttpMethod')?.toUpperCase() ?? request.method ?? 'GET',
    path: decodePath(at < 0 ? text : text.slice(0, at)),
    query,
    headers: request.headers as Record<string, string | undefined>,
    body: await readBody(request),
  };
  const [root, area] = call.path;
  if (root === 'id')
    return identity(
      org,
      authority,
      call.path.slice(1),
      bearer(call.headers.authorization) ?? query.get('access_token') ?? undefined,
    );
  if (root !== 'services') throw notFound();
  switch (area?.toLowerCase()) {
    case 'oauth2':
      return oauth(org, authority, {
        method: call.method,
        resource: call.path.slice(2).join('/'),
        query,
        form: form(call),
        authorization: call.headers.authorization,
      });
    case 'soap':
      return soapCall(org, authority, usage, call);
    case 'data':
      return rest(org, authority, usage, cursors, bulk, call);
    default:
      throw notFound();
  }
}

function decodePath(path: string): string[] {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) throw notFound();
    throw error;
  }
}

/** A form body; the token address takes JSON too. */
function form(call: Call): URLSearchParams {
  if (!call.headers['content-type']?.includes('json')) return new URLSearchParams(call.body);
  const parsed = parseBody(call.body);
  return new URLSearchParams(typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, string>) : {});
}

async function soapCall(org: Org, authority: Authority, usage: Usage, call: Call): Promise<Answer> {
  const [, , api = '', versionText = ''] = call.path;
  const version = Number(versionText);
  if (!['m', 'u'].includes(api) || !(version >= OLDEST && version <= NEWEST)) throw notFound();
  if (call.method !== 'POST')
    throw new SalesforceError(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${call.method}' not allowed. Allowed are POST`);
  const { soap } = await import('./soap/endpoint.ts');
  return soap(org, authority, api, version, call.body, () => usage.count(api === 'm' ? 'metadata' : 'soap'));
}

async function rest(
  org: Org,
  authority: Authority,
  usage: Usage,
  cursors: Cursors,
  bulk: Bulk,
  call: Call,
): Promise<Answer> {
  const [, , versionText, ...path] = call.path;
  if (versionText === undefined) return { status: 200, body: versions() };
  const version = Number(/^v(\d+)\.0$/i.exec(versionText)?.[1] ?? 0);
  if (version < OLDEST || version > NEWEST) throw notFound();
  const userId = authenticate(authority, call.headers.authorization);
  const caller = { userId, version, origin: changeOrigin('rest', version, call.headers['sforce-call-options']) };
  usage.count(kindOf(call.method, path));
  if (
    path.some((part) => part.toLowerCase().startsWith('quer')) ||
    ['composite', 'jobs'].includes(path[0]?.toLowerCase() ?? '') ||
    path.length === 4
  ) {
    await loadParser();
  }
  bulk.jobs.settle();
  const isUpload = call.method === 'PUT';
  if (!isUpload) checkContentType(call);
  const base = `/services/data/v${version}.0`;
  const body = isUpload ? call.body : parseBody(call.body);
  return org.locks.during(() =>
    org.from(caller, () =>
      dispatch(
        { org, cursors, usage, bulk, instanceUrl: authority.instanceUrl },
        { org, authority, userId },
        { method: call.method, path, query: call.query, headers: call.headers, body, caller, base },
      ),
    ),
  );
}

function authenticate(authority: Authority, authorization: string | undefined): string {
  const token = bearer(authorization);
  if (token === undefined && authorization !== undefined) {
    throw new SalesforceError(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');
  }
  const userId = authority.userOf(token ?? '');
  if (userId === undefined) throw new SalesforceError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
  return userId;
}

function checkContentType(call: Call): void {
  const type = call.headers['content-type'];
  if (call.body === '' || type === undefined || /json/i.test(type) || call.method === 'GET') return;
  throw new SalesforceError(
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    `The server does not support content of type ${type}; send application/json.`,
  );
}

/** What a call is counted as. */
function kindOf(method: string, path: readonly string[]): string {
  const [first = 'resources', second, third] = path.map((part) => part.toLowerCase());
  if (first === 'query' || first === 'queryall') return second === undefined ? first : 'queryMore';
  if (first === 'composite') return second === undefined ? 'composite' : second === 'sobjects' ? 'collections' : second;
  if (first === 'jobs') return `bulk ${second ?? ''} ${path[3]?.toLowerCase() ?? method.toLowerCase()}`;
  if (first !== 'sobjects') return first;
  if (second === undefined) return 'describeGlobal';
  if (third === 'describe' || third === 'updated' || third === 'deleted') return third;
  if (third === undefined) return method === 'POST' ? 'create' : 'describe';
  if (method === 'PATCH') return path.length > 3 ? 'upsert' : 'update';
  return method === 'DELETE' ? 'delete' : 'read';
}

function versions(): { label: string; url: string; version: string }[] {
  const list: { label: string; url: string; version: string }[] = [];
  for (let version = OLDEST; version <= NEWEST; version++) {
    // v50 is Winter '21; three releases a year.
    const year = 21 + Math.floor((version - OLDEST) / 3);
    const label = `${SEASONS[(version - OLDEST) % 3]}${year}`;
    list.push({ label, url: `/services/data/v${version}.0`, version: `${version}.0` });
  }
  return list;
}

const unzip = promisify(gunzip);

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  const most = request.method === 'PUT' ? MAX_UPLOAD : MAX_BODY;
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > most) throw new SalesforceError(413, 'REQUEST_ENTITY_TOO_LARGE', 'The request body is too large.');
    chunks.push(chunk as Buffer);
  }
  const body = Buffer.concat(chunks);
  if (request.headers['content-encoding'] !== 'gzip') return body.toString();
  try {
    return (await unzip(body)).toString();
  } catch (error) {
    throw badRequest(
      'JSON_PARSER_ERROR',
      `The body is not gzip: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function send(request: IncomingMessage, response: ServerResponse, result: Answer, usage: Usage, nowMs: number): void {
  const { body } = result;
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
  const text = body === undefined ? '' : isRaw ? body : JSON.stringify(body);
  const headers: Record<string, string> = {
    'cache-control': 'no-cache,must-revalidate,max-age=0,no-store,private',
    // The org lives by the sandbox's clock.
    date: new Date(nowMs).toUTCString(),
  };
  if (text !== '') headers['content-type'] = isRaw ? 'text/plain;charset=UTF-8' : 'application/json;charset=UTF-8';
  if (/^\/+services\/+data\/+v/i.test(request.url ?? '') && result.status !== 401) {
    headers['sforce-limit-info'] = `api-usage=${usage.used}/${usage.max}`;
  }
  response.writeHead(result.status, { ...headers, ...result.headers });
  response.end(request.method === 'HEAD' ? undefined : text);
}
