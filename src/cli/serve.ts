/** Serves the console, syncs on schedule and absorbs what CRMs tell of their own accord. */
import { once } from 'node:events';
import { join } from 'node:path';
import { type App, Busy } from '../app/app.ts';
import { writeReport } from '../app/reports.ts';
import { packageRoot } from '../config/files.ts';
import { checkFunds, viewFund, viewFunds } from '../funds/service/views.ts';
import { compileRouting } from '../leads/routing.ts';
import { iso } from '../model/clock.ts';
import { inWords } from '../revenue/attribution/spec.ts';
import { answerDeal, openDealReviews } from '../revenue/service/answer-deal.ts';
import { loadUnrecorded } from '../revenue/service/unrecorded.ts';
import { consolePort } from '../server/console-port.ts';
import { createServer, type Listening, type ServerOptions } from '../server/server.ts';
import type { WebhookOptions } from '../server/webhooks.ts';
import { LeaseLost } from '../store/lease.ts';
import { waitFor } from '../sync/wait.ts';
import { answer, type CommonOptions, EXIT, type ExitCode, type Io } from './context.ts';
import { findConfig } from './find-config.ts';
import { BUSY_MS, COLLECT_MS, KeepInStep, type Steps } from './keep-in-step.ts';
import { busy, open } from './with-app.ts';

/** How long calls in flight are waited for when it is to stop; supervisors wait for 30 s before they kill. */
const PATIENCE_MS = 20_000;

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
  whenTold(io, () => {
    app.stop();
    stop.abort();
  });
  try {
    const keeping = new KeepInStep(stepsOf(app, io), {
      everyMs: config.schedule.everyMinutes * 60_000,
      collectMs: COLLECT_MS,
      busyMs: BUSY_MS,
      now: () => performance.now(),
      clock: () => app.clock.now(),
      wait: waitFor,
    });
    const { publicUrl } = config.server;
    const console = await serveConsole(app, {
      port: options.port ?? config.server.port,
      host: config.server.host,
      log: (line) => io.err(line),
      webhooks: {
        receive: async (connection, delivery) => {
          const received = await app.receive(connection, delivery);
          if (received?.status === 'accepted' && received.hints.length > 0) keeping.nudge();
          return received;
        },
        ...(publicUrl === undefined ? {} : { publicUrl }),
      },
      onAnswer: () => keeping.nudge(),
    });
    try {
      answer(
        io,
        options,
        { url: console.url, process: process.pid },
        () => `The console is at ${console.url}; stop with Ctrl-C`,
      );
      if (options.schedule === false) await (stop.signal.aborted ? undefined : once(stop.signal, 'abort'));
      else await Promise.all([keeping.run(stop.signal), hear(app, io, stop.signal, () => keeping.nudge())]);
    } finally {
      await console.close();
    }
  } finally {
    await opened.close();
  }
  return EXIT.done;
}

/**
 * Stops at the first signal: calls in flight are finished, no batch is begun. A second signal, or a call that does not end, ends
 * the process at once: what was in flight then counts as unknown, and the next run reads it back.
 */
function whenTold(io: Io, stop: () => void): void {
  const leave = () => process.exit(EXIT.stopped);
  const told = () => {
    process.removeListener('SIGINT', told).removeListener('SIGTERM', told);
    process.once('SIGINT', leave).once('SIGTERM', leave);
    io.err('stopping: calls in flight are finished first; a second signal ends at once\n');
    setTimeout(() => {
      io.err(
        `calls in flight have not ended in ${PATIENCE_MS / 1000} s: the next run reads back what became of them\n`,
      );
      leave();
    }, PATIENCE_MS).unref();
    stop();
  };
  process.once('SIGINT', told).once('SIGTERM', told);
}

function stepsOf(app: App, io: Io): Steps {
  return {
    sync: async () => {
      const summary = await app.sync();
      // What is wrong with reports is no trouble of the run.
      await app.reports.nightly().catch((error) => io.err(`reports could not be checked: ${reasonOf(error)}\n`));
      return summary;
    },
    absorb: () => app.absorb(),
    isBusy: (error) => error instanceof Busy || error instanceof LeaseLost,
    onDone: (summary) => io.err(`${summary.finishedAt} ${summary.id}: ${summary.status}, ${summary.message}\n`),
    onFailed: (error) => io.err(`a run failed: ${reasonOf(error)}\n`),
  };
}

/** Listens to what CRMs tell; where that breaks, the schedule goes on alone. */
async function hear(app: App, io: Io, signal: AbortSignal, onHints: () => void): Promise<void> {
  try {
    await app.listen(signal, onHints);
  } catch (error) {
    io.err(`events are heard no more, syncs go on by schedule: ${reasonOf(error)}\n`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Starts the console over an opened Sluice. */
export async function serveConsole(
  app: App,
  options: {
    port: number;
    host?: string;
    demo?: () => { day: number; days: number; done: boolean };
    log?: (line: string) => void;
    webhooks?: WebhookOptions;
    /** Told when somebody has answered an offer, claimed a lead, or moved a clock. */
    onAnswer?: () => void;
  },
): Promise<Listening> {
  const port = consolePort(app.store.db, {
    vendor: app.config.vendor.name,
    currency: app.config.vendor.currency,
    models: app.rules.attribution.named.map(({ name, title, spec }) => ({ name, title, says: inWords(spec) })),
    clock: app.clock,
    budgets: app.budgets,
    routing: app.rules.routing,
    sla: app.rules.sla ?? null,
    routingOf: (body, file) => compileRouting(file, body),
    ...(options.demo ? { demo: options.demo } : {}),
  });
  const answered = () => options.onAnswer?.();
  const links = app.answerLinks;
  const server = createServer(port, {
    reports: {
      list: async () => ({
        reports: app.reports.list().map(({ name, title, about, options }) => ({ name, title, about, options })),
        ...(await app.reports.choices()),
      }),
      make: async (name, asked) => {
        const { entry, report } = await app.reports.make(name, asked);
        return { title: entry.title, about: entry.about, report };
      },
      write: (report, format) => writeReport(report, format),
    },
    clocks: {
      offer: (id) => app.offer(id),
      move: async (id, move) => {
        const view = await app.moveClock(id, move);
        answered();
        return view;
      },
    },
    reconciliation: {
      reviews: () => openDealReviews(app.store.db),
      unrecorded: () => loadUnrecorded(app.store.db),
      answer: async (id, answer) => {
        const kept = await answerDeal(app.store.db, id, answer, iso(app.clock.now()));
        answered();
        return kept;
      },
    },
    pool: {
      pool: (limit) => app.pool(limit),
      poolFor: (partner, limit) => app.poolFor(partner, limit),
      claim: async (lead, partner) => {
        const claimed = await app.claim(lead, partner);
        if (claimed.kind === 'claimed' && !claimed.again) answered();
        return claimed;
      },
    },
    ...(links
      ? {
          answers: {
            vendor: app.config.vendor.name,
            reasons: links.reasons,
            look: links.look,
            answer: async (token, response, reason) => {
              const before = await links.answer(token, response, reason);
              if (before.kind === 'open') answered();
              return before;
            },
          },
        }
      : {}),
    ...fundsOf(app),
    deals: {
      show: (id) => app.deal(id),
      list: (filter) => app.deals(filter),
      register: async (rows, brought) => {
        const taken = await app.registerDeals(rows, brought);
        if (brought.dryRun !== true) answered();
        return taken;
      },
      move: async (id, move, by) => {
        const moved = await app.moveDeal(id, move, by);
        answered();
        return moved;
      },
    },
    feedback: {
      take: async (rows, brought) => {
        const taken = await app.takeFeedback(rows, brought);
        if (brought.dryRun !== true) answered();
        return taken;
      },
    },
    consoleDir: join(packageRoot(), 'dist', 'console'),
    ...(options.webhooks ? { webhooks: options.webhooks } : {}),
    onError: (error, { method, path }) => {
      const reason = error instanceof Error ? error.message : String(error);
      options.log?.(`the console could not answer ${method} ${path}: ${reason}\n`);
    },
  });
  return server.listen(options.host ?? '127.0.0.1', options.port);
}

/** Co-marketing money over HTTP, where there are rules for it. */
function fundsOf(app: App): Pick<ServerOptions, 'funds'> {
  const { funds: rules } = app.rules;
  if (rules === undefined) return {};
  const now = async () => (await app.environment()).clock.now();
  return {
    funds: {
      all: async () => viewFunds(app.store.db, { rules, now: await now() }),
      check: async () => checkFunds(app.store.db, { rules, now: await now() }),
      one: async (id) => viewFund(app.store.db, id, { rules, now: await now() }),
    },
  };
}
