/** Runs commands on an opened Sluice: here, or in the process that has the embedded database open. */
import { setTimeout as pause } from 'node:timers/promises';
import type { App } from '../app/app.ts';
import type { Config } from '../config/load.ts';
import { type HeldLock, type LockHolder, readLock, takeLock } from '../store/lock-file.ts';
import { isAlive } from '../store/process-identity.ts';
import { type CommonOptions, EXIT, type ExitCode, type Io, UserError } from './context.ts';
import { findConfig } from './find-config.ts';
import { logTo } from './log.ts';
import { type Relay, type RelayedCommand, RelayGone, relayTo, startRelay } from './relay.ts';

/** What a command on an opened Sluice does. */
export type AppCommand = (
  app: App,
  io: Io,
  options: CommonOptions & Record<string, unknown>,
  args: readonly string[],
) => Promise<ExitCode>;

async function commandNamed(name: string): Promise<AppCommand> {
  switch (name) {
    case 'provision':
      return (await import('./provision.ts')).provision;
    case 'sync':
      return (await import('./sync.ts')).sync;
    case 'plan':
      return (await import('./plan.ts')).plan;
    case 'verify':
      return (await import('./verify.ts')).verify;
    case 'errors':
      return (await import('./errors.ts')).errors;
    case 'feedback':
      return (await import('./feedback.ts')).feedback;
    case 'deal':
      return (await import('./deal.ts')).deal;
    case 'explain':
      return (await import('./explain.ts')).explain;
    case 'simulate':
      return (await import('./simulate.ts')).simulate;
    case 'doctor':
      return (await import('./doctor.ts')).doctorInApp;
    case 'offer':
      return (await import('./offer.ts')).offer;
    case 'pool':
      return (await import('./pool.ts')).pool;
    case 'reconcile':
      return (await import('./reconcile.ts')).reconcile;
    case 'ledger':
      return (await import('./ledger.ts')).ledger;
    case 'report':
      return (await import('./report.ts')).report;
    case 'fund':
      return (await import('./fund.ts')).fund;
    case 'partners':
      return (await import('./partners.ts')).partners;
    case 'insight':
      return (await import('./insight.ts')).insight;
    case 'lift':
      return (await import('./lift.ts')).liftInApp;
    case 'scorecard':
      return (await import('./scorecard.ts')).scorecard;
    case 'score':
      return (await import('./score-own.ts')).scoreOwn;
    case 'review':
      return (await import('./review.ts')).review;
    default:
      throw new UserError(`"${name}" cannot be run in another process`);
  }
}

/** Runs a command on an opened Sluice that stays open: what the relay does for other processes. */
export async function runIn(app: App, command: RelayedCommand, io: Io): Promise<ExitCode> {
  const { fail } = await import('./context.ts');
  try {
    return await (await commandNamed(command.name))(app, io, command.options, command.args);
  } catch (error) {
    return fail(io, command.options, error);
  }
}

/** Opens Sluice for one command, or hands the command to the process that has the database open. */
export async function withApp(command: RelayedCommand, io: Io): Promise<ExitCode> {
  const config = await findConfig(command.options.config as string | undefined, io);
  const opened = await open(config, command.name, io);
  if ('holder' in opened) return relay(config, opened.holder, command, io);
  try {
    return await runIn(opened.app, command, io);
  } finally {
    await opened.close();
  }
}

export interface Opened {
  readonly app: App;
  close(): Promise<void>;
}

/** Opens Sluice. On the embedded database this process then answers the commands of others; or it says who has it open. */
export async function open(config: Config, command: string, io: Io): Promise<Opened | { readonly holder: LockHolder }> {
  const { openApp } = await import('../app.ts');
  const log = logTo(io);
  if ('url' in config.database) {
    const app = await openApp(config, { command, log });
    return { app, close: () => app.close() };
  }
  const lockPath = `${config.database.embedded}.lock`;
  const lock = takeLock(lockPath, command);
  if (!lock.held) return { holder: lock.holder };
  let app: App | null = null;
  let relay: Relay | null = null;
  try {
    app = await openApp(config, { command, log });
    const running = app;
    relay = await startRelay(`${config.database.embedded}.secret`, (relayed, theirs) =>
      runIn(running, relayed, theirs),
    );
    lock.publish(relay.address, relay.secretFile);
  } catch (error) {
    await app?.close();
    lock.release();
    throw error;
  }
  return { app, close: () => closeAll(app, relay, lock) };
}

async function closeAll(app: App, relay: Relay, lock: HeldLock): Promise<void> {
  await relay.close();
  await app.close();
  lock.release();
}

/** How long a process may take between taking the lock and answering. */
const START_SECONDS = 30;

async function relay(config: Config, holder: LockHolder, command: RelayedCommand, io: Io): Promise<ExitCode> {
  if (!('embedded' in config.database)) throw new Error('only the embedded database has a holder');
  const lockPath = `${config.database.embedded}.lock`;
  for (let waited = 0; waited < START_SECONDS * 10; waited++) {
    const now = readLock(lockPath);
    // The holder has ended meanwhile: then the database is ours to open.
    if (now === null || now.pid !== holder.pid) return withApp(command, io);
    if (now.address && now.secretFile) {
      try {
        return await relayTo(now.address, now.secretFile, command, io);
      } catch (error) {
        if (!(error instanceof RelayGone)) throw error;
        if (!isAlive(now)) return withApp(command, io);
      }
    }
    await pause(100);
  }
  throw busy(holder);
}

/** The database is open elsewhere and this command cannot be handed over. */
export function busy(holder: LockHolder): UserError {
  return new UserError(
    `the embedded database is open in another process: \`sluice ${holder.command}\`, process ${holder.pid}`,
    {
      hint: `Stop it first (kill ${holder.pid}), or use that one. Several processes at once need PostgreSQL: set DATABASE_URL.`,
      exit: EXIT.busy,
    },
  );
}
