/** Real processes for tests: `sluice` commands and sandboxes. `killChildren` in afterAll ends all that are left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from '../../src/cli/program.ts';
import { type SandboxAddress, writeConfig } from '../../src/cli/write-config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const children = new Set<ChildProcess>();
const folders = new Set<string>();

/** What a command said and how it ended; `code` is null where it was killed. */
export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: { out: string; err: string };
  readonly ended: Promise<Said>;
  /** Resolves once standard output or error matches; rejects where the process ends before. */
  until(stream: 'out' | 'err', pattern: RegExp): Promise<void>;
}

/** A folder that is gone after the tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  folders.add(folder);
  return folder;
}

/** Starts a script of this checkout; the embedded database unless `env` says otherwise. */
export function start(
  script: string,
  args: readonly string[],
  options: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Running {
  const { DATABASE_URL: _server, NODE_OPTIONS: _jest, ...env } = process.env;
  const child = spawn(process.execPath, [join(root, script), ...args], {
    cwd: options.cwd ?? root,
    env: { ...env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const said = { out: '', err: '' };
  const listeners = new Set<() => void>();
  const hear = (stream: 'out' | 'err') => (text: string) => {
    said[stream] += text;
    for (const listener of listeners) listener();
  };
  child.stdout.setEncoding('utf8').on('data', hear('out'));
  child.stderr.setEncoding('utf8').on('data', hear('err'));
  const ended = new Promise<Said>((resolve) => {
    child.once('close', (code) => {
      children.delete(child);
      resolve({ code, ...said });
      for (const listener of listeners) listener();
    });
  });
  const until = (stream: 'out' | 'err', pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(said[stream])) resolve();
        else if (child.exitCode === null && child.signalCode === null) return;
        else reject(new Error(`${script} ${args.join(' ')} ended before ${pattern}:\n${said.out}\n${said.err}`));
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return { child, said, ended, until };
}

/** Starts a `sluice` command in a process of its own. */
export function startSluice(args: readonly string[], options: Parameters<typeof start>[2] = {}): Running {
  return start('src/cli/main.ts', args, options);
}

/** Runs a `sluice` command in a process of its own to its end. */
export function sluice(args: readonly string[], options: Parameters<typeof start>[2] = {}): Promise<Said> {
  return startSluice(args, options).ended;
}

/** Runs a `sluice` command in this process: quicker, and the same but for the process. */
export async function sluiceHere(...argv: string[]): Promise<Said> {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    tty: false,
  };
  const code = await main(argv, io);
  return { code, out, err };
}

export interface TestSandbox extends SandboxAddress {
  readonly running: Running;
  advance(hours: number): Promise<void>;
  truth(): Promise<never>;
  stats(): Promise<Record<'salesforce' | 'hubspot', { others: number }>>;
  stop(): Promise<void>;
}

/** Starts the emulated CRMs in a process of their own. */
export async function startSandbox(...args: string[]): Promise<TestSandbox> {
  return sandboxOf(start('sandbox/main.ts', args));
}

/** The sandbox that a process is, once it is ready. */
export async function sandboxOf(running: Running): Promise<TestSandbox> {
  await running.until('out', /\n/);
  const address = JSON.parse(running.said.out) as SandboxAddress;
  const control = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${address.control.url}${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    ...address,
    running,
    advance: async (hours) => {
      await control('/advance', { method: 'POST', body: JSON.stringify({ hours }) });
    },
    truth: () => control('/truth') as Promise<never>,
    stats: () => control('/stats') as ReturnType<TestSandbox['stats']>,
    stop: async () => {
      running.child.kill();
      await running.ended;
    },
  };
}

/** A configuration folder that points to a sandbox. */
export function configFor(sandbox: SandboxAddress): string {
  const folder = temporaryFolder();
  writeConfig(folder, sandbox, 'Test vendor');
  return folder;
}

/** Ends every process and removes every folder that is left. */
export async function killChildren(): Promise<void> {
  const left = [...children].map((child) => {
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    return gone;
  });
  await Promise.all(left);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
