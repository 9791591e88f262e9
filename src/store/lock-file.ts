import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlive, type ProcessIdentity, processIdentity } from './process-identity.ts';

/** What the lock file of the embedded database says of the process that has it open. */
export interface LockHolder extends ProcessIdentity {
  /** The command that the process runs: `serve`, `demo`, `sync` ... */
  readonly command: string;
  /** Loopback address at which other commands reach it, and the file whose content proves that they may. */
  readonly address?: string;
  readonly secretFile?: string;
}

export interface HeldLock {
  readonly held: true;
  /** Makes the address known to other commands. */
  publish(address: string, secretFile: string): void;
  release(): void;
}

export type LockAttempt = HeldLock | { readonly held: false; readonly holder: LockHolder };

/**
 * Takes the lock file at `path`, or says who holds it. A lock whose process is gone (killed, power cut) is taken over.
 * The content is written before the file gets its name, so that nobody ever reads half a lock.
 */
export function takeLock(path: string, command: string): LockAttempt {
  mkdirSync(dirname(path), { recursive: true });
  const me = processIdentity(process.pid);
  if (me === null) throw new Error('this process does not find itself in the process table');
  const draft = `${path}.${process.pid}`;
  for (;;) {
    writeFileSync(draft, JSON.stringify({ ...me, command }));
    try {
      linkSync(draft, path);
      return held(path, { ...me, command }, draft);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const holder = readLock(path);
    if (holder !== null && isAlive(holder)) return { held: false, holder };
    removeStale(path, holder);
  }
}

/** The holder named by a lock file; null where there is none or it cannot be understood. */
export function readLock(path: string): LockHolder | null {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as LockHolder | null;
    // A negative process id would stand for a whole group of processes.
    const isNamed = Number.isInteger(holder?.pid) && Number(holder?.pid) > 0 && typeof holder?.started === 'string';
    return isNamed ? holder : null;
  } catch {
    return null;
  }
}

function removeStale(path: string, seen: LockHolder | null): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Another process may have taken the stale lock over between our look and our move: then the lock is put back.
  const moved = readLock(aside);
  if (moved !== null && (seen === null || moved.pid !== seen.pid || moved.started !== seen.started) && isAlive(moved)) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
}

function held(path: string, holder: LockHolder, draft: string): HeldLock {
  return {
    held: true,
    publish(address, secretFile) {
      writeFileSync(draft, JSON.stringify({ ...holder, address, secretFile }));
      renameSync(draft, path);
    },
    release() {
      if (readLock(path)?.pid === process.pid) rmSync(path, { force: true });
    },
  };
}
