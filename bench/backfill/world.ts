/** Two emulated CRMs full of people, and a configuration that leads to them, for the benchmarks of the sync. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { openApp } from '../../src/app.ts';
import { type SandboxProcess, startSandboxProcess } from '../../src/cli/demo/sandbox-process.ts';
import { writeConfig } from '../../src/cli/write-config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { RunSummary } from '../../src/sync/run.ts';

/** A small market besides: its vendor has the partners and campaigns. */
const MARKET = { leads: 100, seed: 1, days: 1, baseTime: '2026-09-01T06:00:00.000Z' };
/** Open leads that each partner takes, so that routing finds room for all. */
const ROOM = 9_999;
const API = '/services/data/v68.0';

export interface World {
  readonly dir: string;
  readonly sandbox: SandboxProcess;
  /** Access tokens of the sandbox, by the origin they are for. */
  tokens(): Promise<Map<string, string>>;
  close(): Promise<void>;
}

/** The configuration of the figures, to be printed with them. */
export function worldConfig(leads: number, server: string | null) {
  return {
    leads,
    contacts: leads,
    inBoth: leads / 2,
    limits: false,
    database: server === null ? 'PGlite' : 'PostgreSQL',
    sandbox: 'process of its own, limits off',
    market: MARKET,
  };
}

/** @param server URL of a PostgreSQL server; null: the embedded database */
export async function makeWorld(leads: number, server: string | null, tell: (line: string) => void): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  tell(`starting a sandbox with ${leads} leads and as many contacts`);
  const more = ['--bulk-leads', String(leads), '--no-limits', '--no-change-events'];
  const sandbox = await startSandboxProcess({ ...MARKET, more, onProgress: () => {} });
  try {
    writeConfig(dir, sandbox, 'Benchmark');
    const database = `bench_${randomUUID().replaceAll('-', '')}`;
    if (server !== null) await onServer(server, `create database ${database}`);
    const file = join(dir, 'sluice.yaml');
    const config = parse(readFileSync(file, 'utf8'));
    if (server !== null) config.database = { url: Object.assign(new URL(server), { pathname: database }).href };
    // The sandbox's limits are off, so Sluice need not keep within them.
    Object.assign(config.connections.hubspot, { requestsPerTenSeconds: 100_000, searchesPerSecond: 100_000 });
    writeFileSync(file, stringify(config));
    tell('provisioning');
    const app = await openApp(loadConfig(dir), { command: 'bench', log: () => {} });
    try {
      await app.provision({ dryRun: false });
    } finally {
      await app.close();
    }
    const refreshTokens = new Map<string, string>();
    const tokens = () => freshTokens(sandbox, refreshTokens);
    await makeRoom(sandbox, await tokens());
    return {
      dir,
      sandbox,
      tokens,
      close: async () => {
        await sandbox.stop();
        if (server !== null) await onServer(server, `drop database ${database} with (force)`);
        rmSync(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

/** A database of its own on the server, for the time of the benchmark. */
async function onServer(server: string, statement: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** @param rotated the refresh tokens that took the place of those given */
export async function freshTokens(sandbox: SandboxProcess, rotated: Map<string, string>): Promise<Map<string, string>> {
  const tokens = new Map<string, string>();
  for (const [given, path] of [
    [sandbox.salesforce, '/services/oauth2/token'],
    [sandbox.hubspot, '/oauth/v1/token'],
  ] as const) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: given.clientId,
      client_secret: given.clientSecret,
      refresh_token: rotated.get(given.url) ?? given.refreshToken,
    });
    const answer = await fetch(`${given.url}${path}`, { method: 'POST', body: form });
    const { access_token, refresh_token } = (await answer.json()) as { access_token: string; refresh_token?: string };
    if (refresh_token !== undefined) rotated.set(given.url, refresh_token);
    tokens.set(new URL(given.url).origin, access_token);
  }
  return tokens;
}

async function makeRoom({ salesforce }: SandboxProcess, tokens: ReadonlyMap<string, string>): Promise<void> {
  const { origin } = new URL(salesforce.url);
  const headers = { authorization: `Bearer ${tokens.get(origin)}`, 'content-type': 'application/json' };
  const soql = "SELECT Id FROM Account WHERE Type = 'Channel Partner / Reseller'";
  const found = await fetch(`${origin}${API}/query?q=${encodeURIComponent(soql)}`, { headers });
  const { records } = (await found.json()) as { records: { Id: string }[] };
  const body = {
    records: records.map(({ Id }) => ({ attributes: { type: 'Account' }, id: Id, Partner_Capacity__c: ROOM })),
  };
  const done = await fetch(`${origin}${API}/composite/sobjects`, {
    method: 'PATCH',
    headers,
    body: JSON.stringify(body),
  });
  const outcomes = (await done.json()) as { success: boolean }[];
  if (records.length === 0 || outcomes.some(({ success }) => !success)) throw new Error('the partners have no room');
}

export interface Measured {
  readonly summary: RunSummary;
  readonly seconds: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
  readonly rssMb: readonly number[];
}

/** One sync in a process of its own; with `file` its requests are noted there. @throws where it does not end as done */
export async function measureSync(dir: string, file?: string): Promise<Measured> {
  const script = fileURLToPath(new URL('measured.ts', import.meta.url));
  const args = [script, dir, ...(file === undefined ? [] : [file])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the measured process ended with ${code}`);
  const measured = JSON.parse(text) as Measured;
  if (measured.summary.status !== 'done') {
    throw new Error(`the sync ended with "${measured.summary.status}": ${measured.summary.message}`);
  }
  return measured;
}
