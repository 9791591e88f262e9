/** Shows the whole loop: two emulated CRMs, a market that lives in them, a sync four times a day, and what came of it. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../app/app.ts';
import type { RunSummary } from '../sync/run.ts';
import { type CommonOptions, EXIT, type ExitCode, type Io, UserError } from './context.ts';
import { rawHubSpot, rawSalesforce } from './demo/raw-crm.ts';
import { type SandboxProcess, startSandboxProcess } from './demo/sandbox-process.ts';
import { brokenPromises, type Summary, summarise, summaryLines } from './demo/summary.ts';
import { DEMO_FOLDER, loadDemo } from './find-config.ts';
import { type Progress, progressOf } from './progress.ts';
import { serveConsole } from './serve.ts';
import { type Opened, open } from './with-app.ts';
import { writeConfig } from './write-config.ts';

interface DemoOptions extends CommonOptions {
  readonly once?: boolean;
  readonly leads: number;
  readonly days: number;
  readonly seed: number;
  readonly port: number;
}

const RUNS_A_DAY = 4;
/** A fixed first day, so that the same seed gives the same dates too. */
const FIRST_DAY = '2026-09-01T06:00:00.000Z';

export async function demo(io: Io, given: Record<string, unknown>): Promise<ExitCode> {
  const startedAt = performance.now();
  const options = given as unknown as DemoOptions;
  io.err(
    `Sluice demo: starting an emulated Salesforce and an emulated HubSpot, ${options.leads} leads over ${options.days} days, seed ${options.seed}\n`,
  );
  const progress = progressOf(io, options.json === true);
  const folder = options.config ?? DEMO_FOLDER;
  await refuseSecondDemo(folder);
  // Both take a few seconds and neither needs the other.
  const [sandbox] = await Promise.all([
    startSandboxProcess({
      leads: options.leads,
      seed: options.seed,
      days: options.days,
      baseTime: FIRST_DAY,
      onProgress: (line) => progress.phase(`market: ${line}`),
    }),
    freshDatabase(join(folder, 'database')),
  ]);
  let opened: Opened | null = null;
  try {
    writeConfig(folder, sandbox, 'Sluice demo');
    opened = await openDemo(folder, io);
    const day = { day: 0, days: options.days, done: false };
    const console = options.once
      ? null
      : await serveConsole(opened.app, { port: options.port, demo: () => day, log: (line) => io.err(line) });
    if (console) io.err(`The console is at ${console.url}\n`);
    try {
      const summary = await live(opened.app, sandbox, options, progress, startedAt, day);
      const broken = brokenPromises(summary);
      io.out(options.json ? `${JSON.stringify(summary, null, 2)}\n` : `${summaryLines(summary).join('\n')}\n`);
      for (const promise of broken) io.err(`does not hold: ${promise}\n`);
      if (console) {
        io.err(`The console stays at ${console.url} until Ctrl-C\n`);
        await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      }
      if (broken.length > 0) return EXIT.failed;
      return Object.values(summary.writeBack).some((back) => back.rejected > 0) ? EXIT.rejected : EXIT.done;
    } finally {
      await console?.close();
    }
  } finally {
    await opened?.close();
    await sandbox.stop();
  }
}

/** Lets the days go by and sums up. */
async function live(
  app: App,
  sandbox: SandboxProcess,
  options: DemoOptions,
  progress: Progress,
  startedAt: number,
  day: { day: number; done: boolean },
): Promise<Summary> {
  progress.phase('creating the fields that Sluice writes');
  await app.provision({ dryRun: false });
  const runs: RunSummary[] = [];
  const sync = async () => {
    const summary = await app.sync();
    runs.push(summary);
    if (summary.status === 'stopped') throw new UserError(`a run stopped: ${summary.message}`);
  };
  progress.phase('first sync');
  await sync();
  progress.start(options.days * RUNS_A_DAY, 'runs');
  for (let run = 1; run <= options.days * RUNS_A_DAY; run++) {
    await sandbox.advance(24 / RUNS_A_DAY);
    await sync();
    day.day = Math.floor(run / RUNS_A_DAY);
    progress.add(1, `runs, day ${day.day}`);
  }
  progress.end();
  day.done = true;
  progress.phase('comparing both CRMs with what Sluice holds');
  const raw = { salesforce: await rawSalesforce(sandbox.salesforce), hubspot: await rawHubSpot(sandbox.hubspot) };
  const summary = await summarise(app, sandbox, raw, runs, { seed: options.seed, days: options.days, startedAt });
  progress.end();
  return summary;
}

async function openDemo(folder: string, io: Io): Promise<Opened> {
  const opened = await open(loadDemo(folder), 'demo', io);
  if ('holder' in opened) throw secondDemo(opened.holder.pid);
  return opened;
}

async function refuseSecondDemo(folder: string): Promise<void> {
  const { readLock } = await import('../store/lock-file.ts');
  const { isAlive } = await import('../store/process-identity.ts');
  const holder = readLock(join(folder, 'database.lock'));
  if (holder && isAlive(holder)) throw secondDemo(holder.pid);
}

function secondDemo(pid: number): UserError {
  return new UserError(`a demo is running here already, in process ${pid}`, {
    hint: `Look at its console, stop it (kill ${pid}), or give this one a folder of its own with --config.`,
    exit: EXIT.busy,
  });
}

/** A demo starts from nothing. Making the database takes longest, so it is made while the market is. */
async function freshDatabase(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const { openStore } = await import('../store/database.ts');
  await (await openStore({ embedded: folder })).close();
}
