/** The thread of the embedded database: opens it and answers the protocol's messages, one after the other. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

export type ToThread = { readonly kind: 'ask'; readonly bytes: Uint8Array } | { readonly kind: 'close' };
export type FromThread =
  | { readonly kind: 'ready' | 'closed' }
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined };

/**
 * The database never forces its files to disk, so that whole pages in its log protect from nothing; a fifth of the time goes
 * without them. Sorts and joins of a page's rows stay in memory.
 */
const SETTINGS = ['full_page_writes=off', 'work_mem=32MB', 'wal_buffers=16MB'];

/** An answer, which comes in parts of some kilobytes that last only as long as the call. */
class Collected {
  #room = new Uint8Array(16_384);
  #length = 0;

  add(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#room.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#room.subarray(0, this.#length));
      this.#room = larger;
    }
    this.#room.set(part, this.#length);
    this.#length = length;
  }

  bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }
}

const port = parentPort;
if (port === null) throw new Error('this file is run as a thread');
const { folder, template } = workerData as { folder: string | null; template: string | null };
const tell = (message: FromThread): void => {
  if (message.kind === 'answer') port.postMessage(message, [message.bytes.buffer as ArrayBuffer]);
  else port.postMessage(message);
};

try {
  const database = await PGlite.create({
    ...(folder === null ? {} : { dataDir: folder }),
    ...(template === null ? {} : { loadDataDir: new Blob([readFileSync(template)]) }),
    relaxedDurability: false,
    startParams: [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ['-c', setting])],
  });
  let last: Promise<void> = Promise.resolve();
  const answer = async (message: ToThread): Promise<void> => {
    if (message.kind === 'ask') {
      const collected = new Collected();
      // As a stream, since otherwise PGlite reads every answer itself and keeps what it read.
      await database.execProtocolRawStream(message.bytes, { onRawData: (part) => collected.add(part) });
      tell({ kind: 'answer', bytes: collected.bytes() });
      return;
    }
    await database.close();
    tell({ kind: 'closed' });
    port.close();
  };
  port.on('message', (message: ToThread) => {
    last = last.then(() => answer(message));
  });
  tell({ kind: 'ready' });
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  tell({ kind: 'failed', message, code });
}
