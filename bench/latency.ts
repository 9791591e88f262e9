import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { openApp } from '../src/app.ts';
import { startSandboxProcess } from '../src/cli/demo/sandbox-process.ts';
import { writeConfig } from '../src/cli/write-config.ts';
import { loadConfig } from '../src/config/load.ts';
import { type Bench, machine, rounded } from './bench.ts';
import { Crms, type Pair } from './latency/crms.ts';

const MARKET = { leads: 100, seed: 1, days: 1, baseTime: '2026-09-01T06:00:00.000Z' };
const PEOPLE = 1_000;
const SAMPLES = 30;
const POLL_MINUTES = 1;
/** How often the other CRM is looked at; a sample is too long by half of it. */
const LOOK_MS = 50;
const PATIENCE_MS = 120_000;

/**
 * From an edit in one CRM to what Sluice writes into the other because of it: a person becomes an MQL here, and there the
 * record shows the lead's standing. `sluice serve` runs in a process of its own, as it would at a customer's. With --full
 * also with events switched off.
 */
export const latency: Bench = {
  config: ({ full, server }) => ({
    people: PEOPLE,
    samplesEachWay: SAMPLES,
    pollMinutes: POLL_MINUTES,
    lookedAtEveryMs: LOOK_MS,
    polling: full,
    database: server === null ? 'PGlite' : 'PostgreSQL',
    ...machine(),
  }),
  async run(tell, { full }) {
    const port = await freePort();
    const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    const more = [
      '--bulk-leads',
      String(PEOPLE),
      '--no-limits',
      '--hubspot-webhooks',
      `http://127.0.0.1:${port}/webhooks/hubspot`,
    ];
    tell('starting the sandbox');
    const sandbox = await startSandboxProcess({ ...MARKET, more, onProgress: () => {} });
    try {
      writeConfig(dir, sandbox, 'Benchmark');
      tell('provisioning, and the first sync');
      const app = await openApp(loadConfig(dir), { command: 'bench', log: () => {} });
      try {
        await app.provision({ dryRun: false });
        await app.sync();
      } finally {
        await app.close();
      }
      const crms = await Crms.open(sandbox);
      const pairs = await crms.unreleased();
      tell(`with events: ${SAMPLES} edits in each CRM, one after the other`);
      const withEvents = await serving(dir, port, true, () => samples(crms, pairs.splice(0, 2 * SAMPLES)));
      const figures = {
        p50Ms: quantile(all(withEvents), 0.5),
        p95Ms: quantile(all(withEvents), 0.95),
        ...each(withEvents),
      };
      if (!full) return figures;
      tell('by polling alone');
      const polled = await serving(dir, port, false, () => spread(crms, pairs.splice(0, 2 * SAMPLES)));
      return {
        ...figures,
        pollingP50Ms: quantile(all(polled), 0.5),
        pollingP95Ms: quantile(all(polled), 0.95),
        pollingMaxMs: quantile(all(polled), 1),
      };
    } finally {
      await sandbox.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

interface Latencies {
  readonly fromHubSpot: number[];
  readonly fromSalesforce: number[];
}

const all = ({ fromHubSpot, fromSalesforce }: Latencies) => [...fromHubSpot, ...fromSalesforce];

function each({ fromHubSpot, fromSalesforce }: Latencies) {
  return {
    hubspotToSalesforce: { p50Ms: quantile(fromHubSpot, 0.5), p95Ms: quantile(fromHubSpot, 0.95) },
    salesforceToHubSpot: { p50Ms: quantile(fromSalesforce, 0.5), p95Ms: quantile(fromSalesforce, 0.95) },
  };
}

/** One edit after the other, in turns. */
async function samples(crms: Crms, pairs: readonly Pair[]): Promise<Latencies> {
  const latencies: Latencies = { fromHubSpot: [], fromSalesforce: [] };
  for (const [place, pair] of pairs.entries()) {
    if (place % 2 === 0) latencies.fromHubSpot.push(await fromHubSpot(crms, pair));
    else latencies.fromSalesforce.push(await fromSalesforce(crms, pair));
  }
  return latencies;
}

/** Edits spread evenly over two intervals of the schedule. */
async function spread(crms: Crms, pairs: readonly Pair[]): Promise<Latencies> {
  const latencies: Latencies = { fromHubSpot: [], fromSalesforce: [] };
  const step = (2 * POLL_MINUTES * 60_000) / pairs.length;
  await Promise.all(
    pairs.map(async (pair, place) => {
      await pause(place * step);
      if (place % 2 === 0) latencies.fromHubSpot.push(await fromHubSpot(crms, pair));
      else latencies.fromSalesforce.push(await fromSalesforce(crms, pair));
    }),
  );
  return latencies;
}

async function fromHubSpot(crms: Crms, pair: Pair): Promise<number> {
  const startedAt = performance.now();
  await crms.releaseInHubSpot(pair.contact);
  return until(startedAt, () => crms.statusInSalesforce(pair.lead));
}

async function fromSalesforce(crms: Crms, pair: Pair): Promise<number> {
  const startedAt = performance.now();
  await crms.releaseInSalesforce(pair.lead);
  return until(startedAt, () => crms.statusInHubSpot(pair.contact));
}

async function until(startedAt: number, shown: () => Promise<string | null>): Promise<number> {
  while ((await shown()) === null) {
    if (performance.now() - startedAt > PATIENCE_MS) throw new Error(`nothing was written within ${PATIENCE_MS} ms`);
    await pause(LOOK_MS);
  }
  return performance.now() - startedAt;
}

/** Does `work` while `sluice serve` runs. */
async function serving<T>(dir: string, port: number, events: boolean, work: () => Promise<T>): Promise<T> {
  const file = join(dir, 'sluice.yaml');
  const config = parse(readFileSync(file, 'utf8'));
  config.server = { port };
  config.schedule = { everyMinutes: events ? 60 : POLL_MINUTES };
  if (!events) {
    config.connections.salesforce.events = false;
    delete config.connections.hubspot.webhooks;
  }
  writeFileSync(file, stringify(config));
  const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, 'serve', '--config', dir, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    await firstRun(child);
    return await work();
  } finally {
    child.kill('SIGTERM');
    await new Promise((resolve) => (child.exitCode === null ? child.once('close', resolve) : resolve(null)));
  }
}

/** Resolves when the run with which `serve` begins is over. @throws where it ends before */
function firstRun(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (/run_\d+: done/.test(said)) resolve();
    });
    child.once('close', (code) => reject(new Error(`serve ended with ${code}:\n${said}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return rounded(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN, 0);
}
