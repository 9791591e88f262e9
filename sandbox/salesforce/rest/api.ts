import type { Bulk } from '../bulk/bulk.ts';
import type { Caller, Org } from '../org/org.ts';
import type { Cursors } from './cursors.ts';

/** One request to the REST API, whether it came alone or inside a composite one. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded parts of the path after the version. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The parsed JSON body, undefined where there is none; of an upload (PUT) its text. */
  readonly body: unknown;
  readonly caller: Caller;
  /** The address of the version, /services/data/v68.0. */
  readonly base: string;
}

export interface ApiResponse {
  readonly status: number;
  /** JSON, unless it is undefined, a text or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the resources work on. */
export interface Api {
  readonly org: Org;
  readonly cursors: Cursors;
  readonly bulk: Bulk;
  /** Calls of the last 24 hours and how many are allowed. */
  readonly usage: { readonly used: number; readonly max: number };
  /** The address of the instance, http://127.0.0.1:port. */
  readonly instanceUrl: string;
}

export const NO_CONTENT: ApiResponse = { status: 204 };

export function ok(body: unknown): ApiResponse {
  return { status: 200, body };
}
