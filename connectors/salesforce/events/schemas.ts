import type { Type } from 'avsc';
import { eventFailure } from './failure.ts';
import { type ChangeHeader, headerReader } from './header.ts';

type ReadHeader = (payload: Uint8Array) => ChangeHeader;

/** Readers of event headers by schema id. Each schema is fetched once: an id never changes its meaning. */
export class Schemas {
  readonly #fetch: (id: string) => Promise<string>;
  readonly #avro: typeof Type;
  readonly #readers = new Map<string, Promise<ReadHeader>>();

  constructor(avro: typeof Type, fetch: (id: string) => Promise<string>) {
    this.#avro = avro;
    this.#fetch = fetch;
  }

  /** Rejects where the schema cannot be had or read. */
  reader(id: string): Promise<ReadHeader> {
    let reader = this.#readers.get(id);
    if (!reader) {
      reader = this.#fetch(id).then((json) => headerReader(this.#avro, json));
      this.#readers.set(id, reader);
      // A failure is not kept: the next event of the schema asks again.
      reader.catch(() => this.#readers.delete(id));
    }
    return reader;
  }
}

/** Calls `request` with a session, and once more with a new one where Salesforce refuses the first. */
export async function withSession<S, T>(
  session: () => Promise<S>,
  renew: (refused: S) => Promise<S>,
  request: (session: S) => Promise<T>,
): Promise<T> {
  const first = await session();
  try {
    return await request(first);
  } catch (error) {
    const status = error as Parameters<typeof eventFailure>[0] | null;
    if (typeof status?.code !== 'number' || eventFailure(status).next !== 'renew') throw error;
    return request(await renew(first));
  }
}
