import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, loadConfig } from '../config/load.ts';
import { readLock } from '../store/lock-file.ts';
import { isAlive } from '../store/process-identity.ts';
import { type Io, UserError } from './context.ts';

/** Where `sluice demo` keeps its configuration and data, under the working directory. */
export const DEMO_FOLDER = join('.sluice', 'demo');

/**
 * The configuration of a command: the named folder, else `config/`. As shipped, `config/` connects to nothing; then the
 * demo that runs here is meant.
 */
export async function findConfig(named: string | undefined, io: Io): Promise<Config> {
  if (named !== undefined) return told(loadConfig(named), io);
  const own = existsSync('config') ? loadConfig('config') : null;
  if (own && own.connections.length > 0) return told(own, io);
  if (existsSync(join(DEMO_FOLDER, 'sluice.yaml'))) {
    const demo = loadDemo(DEMO_FOLDER);
    const holder = 'embedded' in demo.database ? readLock(`${demo.database.embedded}.lock`) : null;
    if (holder && isAlive(holder)) {
      io.err(`sluice: config/ connects to no CRM; asking the demo that runs here (process ${holder.pid})\n`);
      return demo;
    }
  }
  throw new UserError('no CRM is connected: config/sluice.yaml names no connection and no demo is running here', {
    hint: 'Try `sluice demo`, or `sluice sandbox --write-config DIR` and then this command with `--config DIR`, or fill in "connections" in config/sluice.yaml.',
  });
}

/** A demo's configuration. It keeps to its own embedded database: DATABASE_URL may lead to data that is not for play. */
export function loadDemo(folder: string): Config {
  const { DATABASE_URL: _, ...env } = process.env;
  return loadConfig(folder, env);
}

function told(config: Config, io: Io): Config {
  for (const notice of config.notices) io.err(`sluice: ${notice}\n`);
  return config;
}
