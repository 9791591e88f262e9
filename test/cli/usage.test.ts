import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { killChildren, sluice, sluiceHere, temporaryFolder } from '../support/children.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const COMMANDS = [
  'demo',
  'sandbox',
  'provision',
  'sync',
  'plan',
  'verify',
  'errors',
  'sla',
  'match',
  'serve',
  'explain',
  'simulate',
  'doctor',
  'reconcile',
  'ledger',
  'review',
  'partners',
  'scorecard',
  'lift',
  'insight',
  'report',
  'score',
];
afterAll(killChildren);

describe('help', () => {
  test('lists every command', async () => {
    const { code, out, err } = await sluiceHere('--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
  });

  test.each(COMMANDS)('of %s names its options and shows an example', async (command) => {
    const { code, out, err } = await sluiceHere(command, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/--config <dir>/);
    expect(out).toMatch(/--json/);
    expect(out).toMatch(new RegExp(`Example:\\n {2}sluice ${command}\\b`));
  });

  test('through npm run -s prints nothing of npm itself', () => {
    const path = `${dirname(process.execPath)}:${process.env.PATH}`;
    const env = { ...process.env, PATH: path };
    const out = execFileSync('npm', ['run', '-s', 'sluice', '--', '--help'], {
      cwd: root,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(out).toMatch(/^Usage: sluice /);
  });
});

describe('wrong usage ends with 2 and says what is right', () => {
  test.each([
    ['an unknown command', ['snyc'], /unknown command 'snyc'[\s\S]*Did you mean sync\?/],
    ['an unknown option', ['sync', '--ful'], /unknown option '--ful'[\s\S]*Did you mean --full\?/],
    ['a missing argument', ['explain'], /missing required argument 'lead'/],
    ['a value that is no number', ['demo', '--days', 'two'], /--days[\s\S]*whole number from 1 to 365/],
    ['a value out of range', ['serve', '--port', '70000'], /whole number from 0 to 65535/],
    [
      'an instant that is none',
      ['sandbox', '--base-time', 'today'],
      /"today" is no instant[\s\S]*2026-11-22T08:00:00Z/,
    ],
    [
      'an address that is none',
      ['sandbox', '--hubspot-webhooks', 'nowhere'],
      /--hubspot-webhooks[\s\S]*must be an address, such as http/,
    ],
  ])('%s', async (_what, argv, words) => {
    const { code, out, err } = await sluiceHere(...argv);
    expect(code).toBe(2);
    expect(err).toMatch(words);
    expect(out).toBe('');
  });

  test('no command at all shows the help', async () => {
    const { code, err } = await sluiceHere();
    expect(code).toBe(2);
    expect(err).toMatch(/Usage: sluice/);
  });
});

describe('without a configuration', () => {
  test('a folder that is not there is named, with how to make one', async () => {
    const { code, out, err } = await sluiceHere('sync', '--config', '/nowhere/at-all');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /\/nowhere\/at-all: there is no such configuration folder[\s\S]*sluice sandbox --write-config DIR/,
    );
  });

  test('a folder without sluice.yaml names the file', async () => {
    const { code, err } = await sluiceHere('sync', '--config', temporaryFolder());
    expect(code).toBe(1);
    expect(err).toMatch(/sluice\.yaml/);
  });

  test('where nothing is connected and no demo runs, it says what can be done', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'config'));
    writeFileSync(
      join(folder, 'config', 'sluice.yaml'),
      'vendor: {name: Me, currency: USD}\nconnections: {}\ndatabase: {embedded: db}\n',
    );
    const { code, err } = await sluice(['explain', 'ld_1'], { cwd: folder });
    expect(code).toBe(1);
    expect(err).toMatch(/no CRM is connected[\s\S]*sluice demo[\s\S]*--write-config/);
  });

  test('with --json the error is one document too', async () => {
    const { out } = await sluiceHere('sync', '--json', '--config', '/nowhere/at-all');
    expect(JSON.parse(out)).toMatchObject({ error: { message: expect.stringContaining('/nowhere/at-all') } });
  });
});
