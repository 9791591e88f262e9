import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { configFor, killChildren, sluiceHere, startSandbox, type TestSandbox } from '../support/children.ts';

let sandbox: TestSandbox;
let config: string;
beforeAll(async () => {
  sandbox = await startSandbox('--leads', '8', '--seed', '5', '--base-time', '2026-09-01T06:00:00Z');
  config = configFor(sandbox);
  expect(await sluiceHere('provision', '--config', config)).toMatchObject({ code: 0 });
  expect((await sluiceHere('sync', '--config', config)).code).toBe(0);
});
afterAll(killChildren);

const run = (command: string) => sluiceHere(command, '--config', config);
const usedUp = (crm: string) => ({ fault: 'limited', scope: 'daily', crm, every: 1 });

async function faults(...rules: readonly object[]): Promise<void> {
  const answer = await fetch(`${sandbox.control.url}/faults`, { method: 'PUT', body: JSON.stringify({ rules }) });
  expect(answer.status).toBe(200);
}

test('a used-up day stops each command until it is over, without a call; then they go on by themselves', async () => {
  await faults(usedUp('salesforce'), usedUp('hubspot'));
  const first = await run('sync');
  expect(first.code).toBe(4);
  const [resumesAt] = /(?<=resumes at )2026-09-\S+/.exec(first.out) ?? [];
  expect(resumesAt).toBeDefined();
  // From here on the CRMs would answer again: nobody asks them.
  await faults();
  const before = await sandbox.stats();
  for (const command of ['sync', 'verify', 'plan']) {
    const { code, out, err } = await run(command);
    expect({ command, code }).toEqual({ command, code: 4 });
    expect(out + err).toMatch(/API calls of the day are used up, and is asked nothing/);
    expect(out + err).toMatch(/resumes at 2026-09-/);
  }
  expect(await sandbox.stats()).toEqual(before);
  await sandbox.advance(26);
  expect((await run('sync')).code).toBe(0);
});
