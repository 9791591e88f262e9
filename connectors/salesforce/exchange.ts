import type { CallClass } from '../connector.ts';
import type { SalesforceClient } from './client.ts';
import { CallFailure } from './failure.ts';

/** A request whose answer is wanted as it comes: jsforce would parse it by itself and keep the headers from us. */
export interface RawCall<T> {
  readonly kind: CallClass;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the API version, or whole where it begins with /services/. */
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly repeatable: boolean;
  /** What the answer says; null where it is not of the form that was asked for. */
  readonly read: (answer: RawAnswer) => T | null;
}

export interface RawAnswer {
  readonly text: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch milliseconds by Salesforce's clock, at or before the instant at which it began to answer; null where it did not say. */
  readonly servedAt: number | null;
}

/**
 * Makes one REST call past jsforce's own reading of answers, with the client's tokens, retries and limits.
 * Rejects as SalesforceClient.call does; an answer that cannot be read counts as a bad one (BAD_ANSWER).
 */
export function exchange<T>(client: SalesforceClient, call: RawCall<T>): Promise<T> {
  const { apiVersion, client: name } = client.settings;
  return client.send(call.kind, call.repeatable, async (connection) => {
    const askedAt = client.ports.now();
    const path = call.path.startsWith('/services/') ? call.path : `/services/data/v${apiVersion}${call.path}`;
    const response = await connection._transport.httpRequest({
      method: call.method,
      url: `${connection.instanceUrl}${path}`,
      headers: {
        authorization: `Bearer ${connection.accessToken}`,
        'sforce-call-options': `client=${name}`,
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    const headers = response.headers as Record<string, string>;
    // The header is made when the answer is: what it took is taken off, so that nothing read is newer than we believe.
    const date = Date.parse(headers.date ?? '');
    const servedAt = Number.isNaN(date) ? null : date - Math.max(0, client.ports.now() - askedAt);
    const read = call.read({ text: response.body, headers, servedAt });
    if (read === null) throw new CallFailure({ kind: 'unusable', why: 'the answer is not what was asked for' });
    return read;
  });
}

/** The document of an answer, null where it is no JSON. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
