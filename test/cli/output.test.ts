import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { killChildren, sluice, sluiceHere, startSluice, temporaryFolder } from '../support/children.ts';

let config = '';
let folder = '';
beforeAll(() => {
  folder = temporaryFolder();
  config = join(folder, 'config');
  mkdirSync(config);
  const auth = { type: 'token', accessToken: 'none' };
  const hubspot = { kind: 'hubspot', url: 'http://127.0.0.1:9', sandbox: true, auth };
  writeFileSync(
    join(config, 'sluice.yaml'),
    JSON.stringify({ vendor: { name: 'V', currency: 'USD' }, connections: { hubspot }, database: { embedded: 'db' } }),
  );
});
afterAll(killChildren);

/** A disk that is always full; not every system has one. */
const FULL = '/dev/full';
const withFull = existsSync(FULL) ? test : test.skip;
if (!existsSync(FULL)) console.warn(`there is no ${FULL}: what happens on a full disk is not tested`);

describe('an answer that nobody reads to its end', () => {
  test('as by `| head` ends the command without a word and with its own exit code', async () => {
    const { child, ended } = startSluice(['--help']);
    child.stdout?.destroy();
    expect(await ended).toEqual({ code: 0, out: '', err: '' });
  });

  test('keeps the exit code of a command that fails', async () => {
    const { child, ended } = startSluice(['sync', '--json', '--config', '/nowhere/at-all']);
    child.stdout?.destroy();
    expect((await ended).code).toBe(1);
  });

  withFull('because the disk is full, is told in one line', async () => {
    const { code, err } = await sluice(['errors', 'export', '--csv', FULL, '--config', config]);
    expect(code).toBe(1);
    expect(err.trim().split('\n').at(-1)).toMatch(/^sluice: .*no space is left/);
  });
});

describe('a file that cannot be written', () => {
  const write = (csv: string) => sluiceHere('errors', 'export', '--csv', csv, '--config', config);
  /** The last line alone: those before it are notices about the configuration. */
  const lastLine = (err: string) => err.trim().split('\n').at(-1);

  test('because its folder is not there is named in one line', async () => {
    const file = join(folder, 'no-such-folder', 'errors.csv');
    const { code, err } = await write(file);
    expect(code).toBe(1);
    expect(lastLine(err)).toBe(`sluice: ${file} cannot be written or read: there is no such file or folder (ENOENT)`);
  });

  withFull('such as standard output on a full disk is told without a stack', async () => {
    const command = `"${process.execPath}" src/cli/main.ts --help > /dev/full`;
    const { status, stderr } = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^sluice: the answer cannot be written: ENOSPC.*\n$/);
  });

  test('because it is a folder is named in one line', async () => {
    const { code, err } = await write(folder);
    expect(code).toBe(1);
    expect(lastLine(err)).toBe(`sluice: ${folder} cannot be written or read: it is a folder (EISDIR)`);
  });

  test('because a file stands where a folder should be is named in one line, also by other commands', async () => {
    const dir = join(config, 'sluice.yaml', 'deeper');
    const { code, err } = await sluiceHere('sandbox', '--no-market', '--write-config', dir);
    expect(code).toBe(1);
    expect(lastLine(err)).toBe(
      `sluice: ${dir} cannot be written or read: a file stands where a folder should be (ENOTDIR)`,
    );
  });
});
