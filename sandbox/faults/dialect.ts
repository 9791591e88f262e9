import type { Fault, Struck } from './faults.ts';
import type { FaultKind } from './kinds.ts';

/** An answer of a CRM in its own words. A body that is no text is sent as JSON. */
export interface Words {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A write of several rows, taken apart so that some of them can be refused. */
export interface Rows {
  readonly length: number;
  /** The request's body with only these rows. */
  only(places: readonly number[]): unknown;
  /** The answer to all rows: `given` is that to the rows let through, null where there were none. */
  join(given: Words | null, refused: readonly number[]): Words;
}

/** How one CRM speaks of its troubles. */
export interface Dialect {
  /** Whether such a fault can happen to this request. */
  fits(kind: FaultKind, request: Struck): boolean;
  /** The CRM's own answer for a fault that it makes itself. */
  answer(fault: Fault): Words;
  /** The rows of a write; null where they cannot be taken apart. `now`: epoch milliseconds. */
  rows(request: Struck, body: unknown, now: number): Rows | null;
}

/** The Retry-After header, where a wait is asked for. */
export function retryAfter({ params }: Fault): Record<string, string> {
  return params.retryAfterSeconds === undefined ? {} : { 'retry-after': String(params.retryAfterSeconds) };
}
