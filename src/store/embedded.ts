/**
 * The embedded database works in a thread of its own, so that what we make of one page and what it writes of the last one
 * go on side by side. It is spoken to as a server is, by the same client, over a stream in place of a socket.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FromThread, ToThread } from './embedded-thread.ts';
import { templateFile } from './template.ts';

export interface Embedded {
  /** A connection for the client. There is one session, so there may be one connection at a time. */
  connect(): Duplex;
  /** Closes the database and ends its thread. */
  close(): Promise<void>;
}

/** Opens the database in a folder, or in memory; rejects where the folder cannot be used. */
export async function openEmbedded(folder: string | null): Promise<Embedded> {
  if (folder !== null) mkdirSync(dirname(folder), { recursive: true });
  const isNew = folder === null || !existsSync(folder);
  const template = templateFile();
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const thread = new Worker(fileURLToPath(new URL(`embedded-thread.${extension}`, import.meta.url)), {
    workerData: { folder, template: isNew && existsSync(template) ? template : null },
    execArgv: ['--no-warnings'],
    stdout: false,
  });
  let connection: ThreadStream | null = null;
  let ended: Error | null = null;
  const told = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const end = (error: Error): void => {
    ended ??= error;
    told.reject(error);
    closed.resolve();
    connection?.destroy(error);
  };
  thread.on('message', (message: FromThread) => {
    if (message.kind === 'answer') connection?.answered(message.bytes);
    else if (message.kind === 'ready') told.resolve();
    else if (message.kind === 'failed') end(Object.assign(new Error(message.message), { code: message.code }));
    else closed.resolve();
  });
  thread.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
  thread.on('exit', (code) => end(new Error(`the thread of the embedded database ended with ${code}`)));
  const tell = (message: ToThread): void => {
    if (message.kind === 'ask') thread.postMessage(message, [message.bytes.buffer as ArrayBuffer]);
    else thread.postMessage(message);
  };
  try {
    await told.promise;
  } catch (error) {
    await thread.terminate();
    throw error;
  }
  // Whoever waits for an answer keeps the process alive, an idle database does not.
  thread.unref();
  return {
    connect: () => {
      thread.ref();
      connection = new ThreadStream(thread, tell);
      if (ended) connection.destroy(ended);
      return connection;
    },
    close: async () => {
      thread.ref();
      if (ended === null) tell({ kind: 'close' });
      await closed.promise;
      await thread.terminate();
    },
  };
}

/** The protocol of the database as messages to its thread. What is written in one go is sent as one message. */
class ThreadStream extends Duplex {
  readonly #thread: Worker;
  readonly #tell: (message: ToThread) => void;

  constructor(thread: Worker, tell: (message: ToThread) => void) {
    super({ decodeStrings: true, writableHighWaterMark: 1, readableHighWaterMark: 1 });
    this.#thread = thread;
    this.#tell = tell;
  }

  /** What the client calls on a socket; there is nothing to reach. */
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    this.#thread.ref();
    return this;
  }

  unref(): this {
    this.#thread.unref();
    return this;
  }

  answered(bytes: Uint8Array): void {
    if (!this.destroyed) this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#send([chunk]);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#send(chunks.map(({ chunk }) => chunk));
    done();
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  #send(chunks: readonly Buffer[]): void {
    // A copy of its own: the memory goes over to the thread.
    const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#tell({ kind: 'ask', bytes });
  }
}
