import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type App, openApp } from '../src/app.ts';
import { startSandboxProcess } from '../src/cli/demo/sandbox-process.ts';
import { writeConfig } from '../src/cli/write-config.ts';
import { loadConfig } from '../src/config/load.ts';
import { recording, replay, type Sent } from './backfill/floor.ts';
import { type Bench, machine, peakRssMb, rounded } from './bench.ts';

const MARKET = { leads: 2_000, seed: 1, days: 30, baseTime: '2026-09-01T06:00:00.000Z' };
/** Longer than HubSpot's rate window, so that the floor does not pay for the requests before it. */
const WINDOW_MS = 10_500;

/**
 * Provision and first sync of the market as it stands on its first day. The floor sends the requests of that sync that moved
 * records (pages read, batches written, associations) once more to the same emulators with plain fetch, each CRM's one after the
 * other and both CRMs side by side, and stores nothing. The sandbox is a process of its own.
 */
export const backfill: Bench = {
  config: { ...MARKET, database: process.env.DATABASE_URL ? 'PostgreSQL' : 'PGlite', ...machine() },
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    tell('starting the sandbox');
    const sandbox = await startSandboxProcess({ ...MARKET, onProgress: () => {} });
    try {
      writeConfig(folder, sandbox, 'Benchmark');
      const app = await openApp(loadConfig(folder), { command: 'bench', log: () => {} });
      let measured: Awaited<ReturnType<typeof measure>>;
      try {
        measured = await measure(app, tell);
      } finally {
        await app.close();
      }
      tell('waiting for the rate windows, then moving the same pages and batches with plain fetch');
      await pause(WINDOW_MS);
      const { sent, provisionSeconds, syncSeconds, ...figures } = measured;
      const floorSeconds = await replay(sent);
      return {
        ratioToFloor: rounded((provisionSeconds + syncSeconds) / floorSeconds),
        syncRatioToFloor: rounded(syncSeconds / floorSeconds),
        provisionSeconds: rounded(provisionSeconds),
        syncSeconds: rounded(syncSeconds),
        floorSeconds: rounded(floorSeconds),
        floorRequests: sent.length,
        ...figures,
      };
    } finally {
      await sandbox.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(app: App, tell: (line: string) => void) {
  tell('provisioning');
  const startedAt = performance.now();
  await app.provision({ dryRun: false });
  const provisionSeconds = (performance.now() - startedAt) / 1000;
  tell('first sync');
  const sent: Sent[] = [];
  const syncedAt = performance.now();
  const summary = await recording(sent, () => app.sync());
  const syncSeconds = (performance.now() - syncedAt) / 1000;
  if (summary.status !== 'done') throw new Error(`the first sync ended with "${summary.status}": ${summary.message}`);
  const runs = Object.entries(summary.connections);
  const records = runs.reduce((total, [, mine]) => total + mine.read + mine.written, 0);
  return {
    sent,
    provisionSeconds,
    syncSeconds,
    /** Read and written, of both CRMs. */
    records,
    recordsPerSecond: Math.round(records / (provisionSeconds + syncSeconds)),
    offers: summary.offers,
    calls: Object.fromEntries(runs.map(([name, { calls, floor }]) => [name, { made: calls, floor }])),
    peakRssMb: peakRssMb(),
  };
}
