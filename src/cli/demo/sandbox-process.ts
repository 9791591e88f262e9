import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '../context.ts';
import type { SandboxAddress } from '../write-config.ts';

export interface SandboxProcess extends SandboxAddress {
  /** Moves sandbox time; the market acts on the way. */
  advance(hours: number): Promise<void>;
  truth(): Promise<Truth>;
  stop(): Promise<void>;
}

/** What only the market knows. */
export interface Truth {
  readonly people: readonly {
    readonly id: string;
    readonly records: readonly { readonly crm: string; readonly object: string; readonly id: string }[];
  }[];
}

/** Starts the sandbox in a process of its own, so that it has a core of its own; it ends when this process ends. */
export async function startSandboxProcess(options: {
  leads: number;
  seed: number;
  days: number;
  baseTime: string;
  /** Further options of the sandbox, as it takes them on its command line. */
  more?: readonly string[];
  onProgress: (line: string) => void;
}): Promise<SandboxProcess> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const main = fileURLToPath(new URL(`../../../sandbox/main.${extension}`, import.meta.url));
  const args = [
    main,
    '--leads',
    String(options.leads),
    '--seed',
    String(options.seed),
    '--days',
    String(options.days),
    '--base-time',
    options.baseTime,
    '--progress',
    ...(options.more ?? []),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let complaints = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
    for (const line of text.split('\n')) if (line.trim() !== '') options.onProgress(line.trim());
  });
  const address = await new Promise<SandboxAddress>((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as SandboxAddress);
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new UserError(`the sandbox ended (exit ${code}) before it was ready:\n${complaints}`)),
    );
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const control = async (path: string, init?: RequestInit): Promise<unknown> => {
    const response = await fetch(`${address.control.url}${path}`, init);
    if (!response.ok) throw new Error(`the sandbox answered ${response.status} to ${path}: ${await response.text()}`);
    return response.json();
  };
  return {
    ...address,
    advance: async (hours) => {
      await control('/advance', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ hours }),
      });
    },
    truth: async () => (await control('/truth')) as Truth,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}
