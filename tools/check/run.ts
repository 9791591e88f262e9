import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command of an installed package with this very node: what `node` on the PATH is may be too old. */
export async function runPackage(
  name: string,
  command: string,
  args: readonly string[],
  about: { readonly cwd?: string; readonly input?: string } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [commandFile(name, command), ...args], {
    cwd: about.cwd ?? ROOT,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end(about.input ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => resolve(exit ?? 1));
  });
  return { code, stdout, stderr };
}

function commandFile(name: string, command: string): string {
  const manifest = join(ROOT, 'node_modules', name, 'package.json');
  const { bin } = createRequire(import.meta.url)(manifest) as { bin?: string | Record<string, string> };
  const file = typeof bin === 'string' ? bin : bin?.[command];
  if (file === undefined) throw new Error(`${name} has no command ${command}: run npm ci`);
  return join(dirname(manifest), file);
}
