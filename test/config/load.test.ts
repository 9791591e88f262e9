import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { problemsOf } from '../mapping/support.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-config-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const write = (name: string, ...lines: string[]) => {
  mkdirSync(join(dir, name, '..'), { recursive: true });
  writeFileSync(join(dir, name), lines.join('\n'));
};
/** A reference to an environment variable, as it is typed. */
const ref = (name: string) => `\${${name}}`;
const problems = (env: Record<string, string> = {}) =>
  problemsOf(() => loadConfig(dir, env)).map((problem) => problem.replace(`${dir}/`, ''));

describe('the shipped configuration', () => {
  test('loads, connects to nothing and says nothing', () => {
    const config = loadConfig('config', {});
    expect(config.connections).toEqual([]);
    expect(config.vendor.currency).toBe('USD');
    expect(config.mappings.length).toBeGreaterThanOrEqual(11);
    expect(config.notices).toEqual([]);
    expect(Object.values(config.rules).every((rule) => rule.shipped && rule.text.length > 0)).toBe(true);
  });
});

describe('a configuration folder', () => {
  test('gives connections in the order of the file, with references filled in and places kept', () => {
    write(
      'sluice.yaml',
      'connections:',
      '  second:',
      '    kind: hubspot',
      `    auth: { type: token, accessToken: "${ref('TOKEN')}" }`,
      '  first:',
      '    kind: salesforce',
      `    url: http://127.0.0.1:${ref('PORT')}/`,
    );
    const { connections } = loadConfig(dir, { TOKEN: 's3cret', PORT: '99' });
    expect(connections.map(({ name, kind, settings }) => ({ name, kind, settings }))).toEqual([
      { name: 'second', kind: 'hubspot', settings: { auth: { type: 'token', accessToken: 's3cret' } } },
      { name: 'first', kind: 'salesforce', settings: { url: 'http://127.0.0.1:99/' } },
    ]);
    expect(connections[0]?.problemAt(['auth', 'accessToken'], 'x')).toMatchObject({ line: 4, column: 39 });
    expect(connections[1]?.problemAt(['url'], 'x', { key: true })).toMatchObject({ line: 7, column: 5 });
  });

  test('an unset environment variable is named with its line', () => {
    write(
      'sluice.yaml',
      'connections:',
      '  crm:',
      '    kind: hubspot',
      `    auth: { accessToken: "${ref('NO_SUCH')}" }`,
    );
    expect(problems()).toEqual([
      `sluice.yaml:4:26: the environment variable NO_SUCH is not set (set it, or write the value here in place of ${ref('NO_SUCH')})`,
    ]);
  });

  test('what it lacks comes from Sluice, and is said', () => {
    write('sluice.yaml', 'vendor: { name: Acme, currency: EUR }');
    write('routing.yaml', 'own: true');
    const config = loadConfig(dir, {});
    expect(config.rules.routing).toEqual({ file: join(dir, 'routing.yaml'), text: 'own: true', shipped: false });
    expect(config.rules.scoring.shipped).toBe(true);
    expect(config.notices.join('\n')).toContain('scoring.yaml is absent');
    expect(config.notices.join('\n')).not.toContain('routing.yaml');
    expect(config.notices.join('\n')).toContain("Sluice's own mappings apply");
  });

  test('its own mappings replace those of Sluice', () => {
    write('sluice.yaml', '');
    write('mappings/x/campaign.yaml', 'crm: x', 'object: C', 'entity: campaign', 'fields: { name: N }');
    expect(loadConfig(dir, {}).mappings.map((mapping) => mapping.file)).toEqual([
      join(dir, 'mappings/x/campaign.yaml'),
    ]);
  });

  test('a mapping with a mistake is named by its file', () => {
    write('sluice.yaml', '');
    write('mappings/campaign.yaml', 'crm: x', 'object: C', 'entity: campaign', 'fields: { nam: N }');
    expect(problems()).toContain('mappings/campaign.yaml:4:11: unknown key "nam" (did you mean "name"?)');
  });

  test('paths count from the folder, DATABASE_URL goes before the file', () => {
    write('sluice.yaml', 'database: { embedded: data }');
    expect(loadConfig(dir, {}).database).toEqual({ embedded: resolve(dir, 'data') });
    expect(loadConfig(dir, { DATABASE_URL: 'postgres://h/d' }).database).toEqual({ url: 'postgres://h/d' });
  });

  test('links that would lead nowhere, or have a secret that is none, are refused', () => {
    const secret = 'a secret of no less than thirty-two characters';
    write('sluice.yaml', 'links:', `  secret: ${secret}`);
    expect(problems()).toEqual([
      'sluice.yaml:1:1: it is not known where links should lead (give `server` a `publicUrl`, or take `links` out)',
    ]);
    write('sluice.yaml', 'server: { publicUrl: "https://s.example" }', 'links:', `  secret: ${secret}`);
    expect(problems()).toEqual([]);
    write('sluice.yaml', 'server: { publicUrl: "https://s.example" }', 'links:', '  secret: short');
    expect(problems()[0]).toContain('sluice.yaml:3:11');
  });

  test('a file that nobody reads is pointed out', () => {
    write('sluice.yaml', '');
    write('rooting.yaml', '');
    expect(loadConfig(dir, {}).notices).toContain(
      `${join(dir, 'rooting.yaml')} is not read: did you mean routing.yaml?`,
    );
  });

  test.each([
    ['an unknown key', ['databse: {}'], 'sluice.yaml:1:1: unknown key "databse" (did you mean "database"?)'],
    [
      'an unknown currency',
      ['vendor: { name: A, currency: EURO }'],
      'sluice.yaml:1:30: "EURO" is not allowed here (did you mean "EUR"?)',
    ],
    [
      'an unknown CRM',
      ['connections: { a: { kind: salesfroce } }'],
      'sluice.yaml:1:27: no mapping is for the CRM "salesfroce" (did you mean "salesforce"?)',
    ],
    ['two databases', ['database: { embedded: a, url: postgres://h }'], 'sluice.yaml:1:26: unknown key "url"'],
    ['no folder of mappings', ['mappings: nowhere'], 'sluice.yaml:1:11: there is no folder'],
    ['a clock without address', ['clock: {}'], '"url" is missing'],
  ])('%s is refused with its place', (_what, lines, expected) => {
    write('sluice.yaml', ...lines);
    expect(problems().join('\n')).toContain(expected);
  });

  test('that is not there says how to make one', () => {
    expect(problemsOf(() => loadConfig(join(dir, 'none'), {}))).toEqual([
      `${join(dir, 'none')}: there is no such configuration folder ("sluice sandbox --write-config DIR" makes one that points to a sandbox)`,
    ]);
    expect(problems()[0]).toMatch(/^sluice.yaml: there is no such file/);
  });
});
