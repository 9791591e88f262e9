/** Serves the console and syncs on schedule. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { App } from '../app.ts';
import { packageRoot } from '../config/files.ts';
import { compileRouting } from '../leads/routing.ts';
import { consolePort } from '../server/console-port.ts';
import { createServer, type Listening } from '../server/server.ts';
import { answer, type CommonOptions, EXIT, type ExitCode, type Io } from './context.ts';
import { findConfig } from './find-config.ts';
import { busy, open } from './with-app.ts';

interface ServeOptions extends CommonOptions {
  readonly port?: number;
  readonly schedule?: boolean;
}

export async function serve(io: Io, given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as ServeOptions;
  const config = await findConfig(options.config, io);
  const opened = await open(config, 'serve', io);
  if ('holder' in opened) throw busy(opened.holder);
  const { app } = opened;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  try {
    const console = await serveConsole(app, {
      port: options.port ?? config.server.port,
      host: config.server.host,
      log: (line) => io.err(line),
    });
    try {
      answer(
        io,
        options,
        { url: console.url, process: process.pid },
        () => `The console is at ${console.url}; stop with Ctrl-C`,
      );
      if (options.schedule === false) await (stop.signal.aborted ? undefined : once(stop.signal, 'abort'));
      else await syncOnSchedule(app, config.schedule.everyMinutes * 60_000, io, stop.signal);
    } finally {
      await console.close();
    }
  } finally {
    await opened.close();
  }
  return EXIT.done;
}

/** One run after the other, never two at once; a run that fails is told and the next one comes in its time. */
async function syncOnSchedule(app: App, everyMs: number, io: Io, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      const summary = await app.sync();
      io.err(`${summary.finishedAt} ${summary.id}: ${summary.status}, ${summary.message}\n`);
    } catch (error) {
      io.err(`a run failed: ${error instanceof Error ? error.message : String(error)}\n`);
    }
    const left = Math.max(0, everyMs - (performance.now() - startedAt));
    await pause(left, undefined, { signal }).catch(() => undefined);
  }
}

/** Starts the console over an opened Sluice. */
export async function serveConsole(
  app: App,
  options: {
    port: number;
    host?: string;
    demo?: () => { day: number; days: number; done: boolean };
    log?: (line: string) => void;
  },
): Promise<Listening> {
  const port = consolePort(app.store.db, {
    vendor: app.config.vendor.name,
    currency: app.config.vendor.currency,
    models: app.rules.attribution.models,
    clock: app.clock,
    routingOf: (body, file) => compileRouting(file, body),
    ...(options.demo ? { demo: options.demo } : {}),
  });
  const server = createServer(port, {
    consoleDir: join(packageRoot(), 'dist', 'console'),
    onError: (error, { method, path }) => {
      const reason = error instanceof Error ? error.message : String(error);
      options.log?.(`the console could not answer ${method} ${path}: ${reason}\n`);
    },
  });
  return server.listen(options.host ?? '127.0.0.1', options.port);
}
