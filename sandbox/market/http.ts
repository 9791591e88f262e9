/** What both clients of the market share: one way to send, to wait when told so, and to count. */

/** Sent with every request, so that the emulators' request counts can be told apart. */
export const marketAgent = 'market-of-the-sandbox/1';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** A call that went wrong as a whole; the message names the call and the CRM's own words. */
export class MarketHttpError extends Error {
  readonly status: number;
  readonly body: string;

  constructor(call: string, status: number, body: string) {
    super(`${call} answered ${status}: ${body.slice(0, 600)}`);
    this.name = 'MarketHttpError';
    this.status = status;
    this.body = body;
  }
}

/** A row that a CRM did not take: the market goes on and tells. */
export interface Refusal {
  readonly call: string;
  readonly record: string;
  readonly code: string;
  readonly message: string;
}

const busy = new Set([420, 429, 502, 503, 504]);
const patience = 60;

/** Sends requests to one base URL with global fetch; waits and tries again while the server says it is busy. */
export class Sender {
  readonly #base: string;
  /** Requests sent so far, retries included. */
  sent = 0;

  constructor(base: string) {
    this.#base = base.replace(/\/+$/, '');
  }

  /** @throws the network's error; an answer of any status but "busy" is returned as it is */
  async send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      this.sent += 1;
      const response = await fetch(this.#base + path, {
        method,
        headers: { ...headers, 'user-agent': marketAgent },
        ...(body === undefined ? {} : { body }),
      });
      const answer = { status: response.status, text: await response.text(), headers: response.headers };
      if (!busy.has(answer.status) || attempt === patience) return answer;
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      await pause(Number.isFinite(seconds) ? Math.min(10_000, seconds * 1000) : Math.min(2000, 100 * attempt));
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The list in pieces of at most `size`. */
export function pieces<T>(list: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let start = 0; start < list.length; start += size) result.push(list.slice(start, start + size));
  return result;
}
