/** What every command shares: where it writes, what its exit codes mean, how its errors read. */
import { ConfigError } from '../model/config-error.ts';

/** Exit codes are part of the command line's promise; cron jobs and scripts switch on them. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Done, but some records were rejected. */
  rejected: 3,
  /** Stopped early (quota) and says when it resumes. */
  stopped: 4,
  /** Another run holds the lease. */
  busy: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where a command writes: the terminal, or the connection of another process that runs it through this one. */
export interface Io {
  /** Standard output: the answer. */
  out(text: string): void;
  /** Standard error: progress, logs, problems. */
  err(text: string): void;
  /** True where somebody watches standard error on a terminal. */
  readonly tty: boolean;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** An error that a person can act on; it is shown without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly hint: string | undefined;
  readonly exit: ExitCode;

  constructor(message: string, about: { hint?: string; exit?: ExitCode } = {}) {
    super(message);
    this.hint = about.hint;
    this.exit = about.exit ?? EXIT.failed;
  }
}

/** Writes the answer: one JSON document with `--json`, else the text. */
export function answer(io: Io, options: CommonOptions, document: unknown, text: () => string): void {
  io.out(options.json ? `${JSON.stringify(document, jsonValue, 2)}\n` : `${text()}\n`);
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Says what went wrong and what to do; returns the exit code. With `--json` standard output still gets one document. */
export function fail(io: Io, options: CommonOptions, error: unknown): ExitCode {
  const told = explained(error);
  if (options.json) io.out(`${JSON.stringify({ error: told })}\n`);
  io.err(`sluice: ${told.message}\n${told.hint ? `  ${told.hint}\n` : ''}`);
  if (told.unexpected && process.env.SLUICE_DEBUG && error instanceof Error) io.err(`${error.stack}\n`);
  return error instanceof UserError ? error.exit : EXIT.failed;
}

function explained(error: unknown): { message: string; hint?: string; code?: string; unexpected?: boolean } {
  if (error instanceof UserError) return { message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
  if (error instanceof ConfigError) {
    const count = error.problems.length;
    return {
      message: `the configuration has ${count === 1 ? 'a problem' : `${count} problems`}:\n${error.message}`,
      hint: 'Nothing was read or written. Correct the file and run the command again.',
      code: 'CONFIG',
    };
  }
  if (error instanceof Error && 'action' in error && 'code' in error) {
    const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
    return { message: error.message, code: String(error.code), ...(hint ? { hint } : {}) };
  }
  const trouble = fileTrouble(error);
  if (trouble !== null) return trouble;
  const message = error instanceof Error ? error.message || error.name : String(error);
  return { message, unexpected: true, hint: 'Set SLUICE_DEBUG=1 to see where it happened.' };
}

const FILE_TROUBLES: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EACCES', 'this user may not'],
  ['EPERM', 'this user may not'],
  ['EROFS', 'the file system is read-only'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a file stands where a folder should be'],
  ['ENOSPC', 'no space is left on the disk'],
]);

/** Calls of the system that are about files, and not about connections or programs. */
const FILE_CALLS = new Set([
  'open',
  'read',
  'write',
  'mkdir',
  'scandir',
  'stat',
  'lstat',
  'copyfile',
  'cp',
  'rename',
  'link',
]);

/** What the system says of a file that somebody named; null for any other error. */
function fileTrouble(error: unknown): { message: string; code: string } | null {
  const { code = '', path, syscall } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  const words = FILE_TROUBLES.get(code);
  if (words === undefined || !FILE_CALLS.has(syscall ?? '')) return null;
  const file = path ?? 'the output';
  return { message: `${file} cannot be written or read: ${words} (${code})`, code };
}
