import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type HeldLock, type LockAttempt, readLock, takeLock } from '../../src/store/lock-file.ts';
import { processIdentity } from '../../src/store/process-identity.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'));
  path = join(folder, 'database.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The process id of a process that ran and is gone. */
function gone(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

function own(attempt: LockAttempt): HeldLock {
  if (!attempt.held) throw new Error('somebody else holds the lock');
  return attempt;
}

describe('taking the lock file', () => {
  test('names this process by its id and start time, and the command it runs', () => {
    own(takeLock(path, 'serve'));
    expect(readLock(path)).toEqual({ ...processIdentity(process.pid), command: 'serve' });
  });

  test('makes the folder that it is to stand in', () => {
    const deep = join(folder, 'a', 'b', 'database.lock');
    own(takeLock(deep, 'sync'));
    expect(existsSync(deep)).toBe(true);
  });

  test('leaves no draft beside it', () => {
    own(takeLock(path, 'serve'));
    expect(readdirSync(folder)).toEqual(['database.lock']);
  });

  test('says who holds it while the holder lives, and changes nothing', () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      const holder = { ...processIdentity(child.pid ?? 0), command: 'demo' };
      const text = JSON.stringify(holder);
      writeFileSync(path, text);
      expect(takeLock(path, 'sync')).toEqual({ held: false, holder });
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(readdirSync(folder)).toEqual(['database.lock']);
    } finally {
      child.kill();
    }
  });

  test('takes it over from a process that was killed', () => {
    writeFileSync(path, JSON.stringify({ pid: gone(), started: '1', command: 'serve', address: 'http://127.0.0.1:1' }));
    own(takeLock(path, 'sync'));
    expect(readLock(path)).toEqual({ ...processIdentity(process.pid), command: 'sync' });
    expect(readdirSync(folder)).toEqual(['database.lock']);
  });

  test('takes it over where the process id was given to another process since', () => {
    writeFileSync(path, JSON.stringify({ pid: process.pid, started: 'another time', command: 'serve' }));
    own(takeLock(path, 'sync'));
    expect(readLock(path)?.started).toBe(processIdentity(process.pid)?.started);
  });

  test.each([
    ['empty', ''],
    ['half written', '{"pid": 12, "sta'],
    ['no JSON', 'locked by hand'],
    ['JSON of something else', '[]'],
    ['a bare null', 'null'],
    ['without a process id', '{"command": "serve"}'],
    ['with a process id that is none', '{"pid": "x", "started": "1", "command": "serve"}'],
    ['with the process id of a whole group', '{"pid": -1, "started": "1", "command": "serve"}'],
  ])('takes over a lock file that is %s', (_how, text) => {
    writeFileSync(path, text);
    own(takeLock(path, 'sync'));
    expect(readLock(path)?.command).toBe('sync');
  });

  test('a second attempt of the same process meets its own lock', () => {
    own(takeLock(path, 'serve'));
    expect(takeLock(path, 'sync')).toMatchObject({ held: false, holder: { pid: process.pid, command: 'serve' } });
  });

  test('of several processes at once exactly one gets a stale lock', async () => {
    writeFileSync(path, JSON.stringify({ pid: gone(), started: '1', command: 'serve' }));
    const module = new URL('../../src/store/lock-file.ts', import.meta.url).href;
    const script = `const { takeLock } = await import(${JSON.stringify(module)});
      process.stdout.write(takeLock(${JSON.stringify(path)}, 'sync').held ? 'held\\n' : 'refused\\n');
      process.stdin.resume();`;
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]));
    try {
      // Nobody ends before all have tried, or the lock of one that ended would rightly be taken over.
      const said = await Promise.all(
        children.map(
          (child) =>
            new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim()))),
        ),
      );
      expect(said.sort()).toEqual(['held', 'refused', 'refused', 'refused']);
    } finally {
      for (const child of children) child.kill();
    }
  });
});

describe('a lock that is held', () => {
  test('makes known where the holder answers and which file proves that one may ask', () => {
    own(takeLock(path, 'serve')).publish('http://127.0.0.1:4711', '/data/secret');
    expect(readLock(path)).toEqual({
      ...processIdentity(process.pid),
      command: 'serve',
      address: 'http://127.0.0.1:4711',
      secretFile: '/data/secret',
    });
    expect(readdirSync(folder)).toEqual(['database.lock']);
  });

  test('is free for the next one once it is released', () => {
    own(takeLock(path, 'serve')).release();
    expect(readLock(path)).toBeNull();
    own(takeLock(path, 'sync'));
  });

  test('releasing twice does no harm', () => {
    const lock = own(takeLock(path, 'serve'));
    lock.release();
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  test('releasing leaves alone a lock that belongs to somebody else by now', () => {
    const lock = own(takeLock(path, 'serve'));
    writeFileSync(path, JSON.stringify({ pid: 1, started: '0', command: 'sync' }));
    lock.release();
    expect(readLock(path)?.pid).toBe(1);
  });
});
