/** The events of a CRM in memory: those it calls us with, and those that are fetched over an open connection. */
import { once } from 'node:events';
import type { ConnectorError, Hint, Listens, Reception, WebhookRequest } from '../../connectors/connector.ts';

/** What a genuine request carries. */
export const GENUINE = 'signed by the CRM';

/** Reads a request whose body is a JSON array of hints; only one with the header `x-signature: GENUINE` is looked at. */
export function receiveHints(request: WebhookRequest): Reception {
  if (request.headers['x-signature'] !== GENUINE)
    return { status: 'refused', httpStatus: 401, reason: 'the signature does not fit' };
  try {
    const hints: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
    if (Array.isArray(hints)) return { status: 'accepted', hints };
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
  }
  return { status: 'refused', httpStatus: 400, reason: 'the body is no list of events' };
}

/** A channel of events that keeps them all; its replay id is the number of batches heard. */
export class FakeChannel {
  readonly #batches: (readonly Hint[])[] = [];
  readonly #woken = new EventTarget();
  #listeners = 0;
  /** Where each listener began. */
  readonly began: (string | null)[] = [];
  /** Why listening is impossible, where it is. */
  refusal: ConnectorError | null = null;
  /** How listening ends after the next batch, where it does; from then on it is refused. */
  breakAfter: ConnectorError | null = null;

  publish(...hints: Hint[]): void {
    this.#batches.push(hints);
    this.#woken.dispatchEvent(new Event('published'));
  }

  /** Waits until somebody listens. */
  async heard(): Promise<void> {
    if (this.#listeners === 0) await once(this.#woken, 'listening');
  }

  readonly listen: Listens['listen'] = async (request) => {
    this.began.push(request.replay);
    this.#listeners += 1;
    try {
      await this.#listen(request);
    } finally {
      this.#listeners -= 1;
    }
  };

  readonly #listen: Listens['listen'] = async ({ objects, replay, signal, onHints }) => {
    if (this.refusal) throw this.refusal;
    let heard = replay === null ? this.#batches.length : Number(replay);
    this.#woken.dispatchEvent(new Event('listening'));
    while (!signal.aborted) {
      const batch = this.#batches[heard];
      if (batch === undefined) {
        await once(this.#woken, 'published', { signal }).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
        continue;
      }
      heard += 1;
      await onHints(
        batch.filter((hint) => objects.includes(hint.object)),
        String(heard),
      );
      if (this.breakAfter === null) continue;
      this.refusal = this.breakAfter;
      throw this.breakAfter;
    }
  };
}
