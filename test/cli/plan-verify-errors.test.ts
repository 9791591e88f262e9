import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Plan } from '../../src/sync/plan.ts';
import type { Verification } from '../../src/sync/verify.ts';
import {
  configFor,
  killChildren,
  type Running,
  sluiceHere,
  startSandbox,
  startSluice,
  type TestSandbox,
} from '../support/children.ts';

let sandbox: TestSandbox;
let config: string;
/** Holds the embedded database open, so that not every command has to open it anew. */
let serving: Running;
beforeAll(async () => {
  sandbox = await startSandbox('--leads', '20', '--seed', '5', '--base-time', '2026-09-01T06:00:00Z');
  config = configFor(sandbox);
  expect(await sluiceHere('provision', '--config', config)).toMatchObject({ code: 0 });
  await sandbox.advance(240);
  serving = startSluice(['serve', '--no-schedule', '--port', '0', '--config', config]);
  await serving.until('out', /The console is at/);
});
afterAll(killChildren);

const run = (...argv: string[]) => sluiceHere(...argv, '--config', config);
async function json<T>(...argv: string[]): Promise<T> {
  const { out, err } = await run(...argv, '--json');
  if (!out.startsWith('{')) throw new Error(`no JSON: ${err}`);
  return JSON.parse(out) as T;
}

/** Runs a command on another share of the day's calls. */
async function withShare(share: number, ...argv: string[]) {
  const path = join(config, 'sluice.yaml');
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, before.replaceAll(/^( +)kind: .*$/gm, `$&\n$1budget: { dailyShare: ${share} }`));
  try {
    return await run(...argv);
  } finally {
    writeFileSync(path, before);
  }
}

describe('on two CRMs', () => {
  let plan: Plan;

  test('plan shows what the first sync would do and writes nothing', async () => {
    plan = await json<Plan>('plan', '--limit', '2');
    expect(plan.hash).toMatch(/^[0-9a-z]{8,9}-[0-9a-f]{16}$/);
    expect(plan.updates).toBeGreaterThan(2);
    expect(plan.changes).toHaveLength(2);
    const { code, out } = await run('plan');
    expect(code).toBe(0);
    expect(out).toMatch(/A sync would create \d+ records and update \d+ records/);
    expect(out).toContain('sluice sync --plan ');
  });

  test('sync --plan does exactly that, and then nothing is left to do', async () => {
    const { code, out } = await run('sync', '--plan', plan.hash ?? '');
    expect({ code, out }).toMatchObject({ code: 0 });
    const again = await json<Plan>('plan');
    expect([again.creates, again.updates]).toEqual([0, 0]);
  });

  test('sync --plan refuses a plan that no longer holds, and what is none', async () => {
    const stale = await run('sync', '--plan', plan.hash ?? '');
    expect(stale.code).toBe(1);
    expect(stale.err).toMatch(/nothing was written/);
    expect((await run('sync', '--plan', 'nonsense')).err).toContain('is not the hash of a plan');
    expect((await run('sync', '--plan', 'x', '--full')).code).toBe(2);
  });

  test('verify finds both sides in agreement', async () => {
    expect((await run('sync')).code).toBe(0);
    const found = await json<Verification>('verify');
    expect(found.differences).toEqual([]);
    expect(found.agree).toBe(true);
    const { code, out } = await run('verify', '--object', 'Lead');
    expect(code).toBe(0);
    expect(out).toMatch(/Both sides agree: \d+ records were read/);
    expect((await run('verify', '--object', 'Leed')).code).toBe(2);
  });

  test('errors says that nothing waits, and what it can do', async () => {
    expect(await json('errors')).toEqual({ groups: [] });
    expect((await run('errors', 'list')).out).toContain('the error centre is empty');
    expect(await run('errors', 'show', 'nothing')).toMatchObject({ code: 1 });
    expect(await run('errors', 'resend')).toMatchObject({ code: 2 });
    expect(await run('errors', 'export')).toMatchObject({ code: 2 });
    expect(await run('errors', 'whatever')).toMatchObject({ code: 2 });
    const file = join(config, 'errors.csv');
    expect(await json('errors', 'export', '--csv', file)).toEqual({ file, errors: 0 });
    expect(readFileSync(file, 'utf8')).toMatch(/^cause,connection,object,record/);
  });

  test('a sync that has used up its share of the day stops, says when it goes on, and the next one does', async () => {
    // The share is read where the database is opened.
    serving.child.kill('SIGTERM');
    await serving.ended;
    const { code, out } = await withShare(0.0001, 'sync');
    expect(code).toBe(4);
    expect(out).toMatch(/Sluice has made \d+ of the \d+ API calls a day that are its share/);
    expect(out).toMatch(/resumes at 2026-09-/);
    expect((await run('sync')).code).toBe(0);
  });
});
