import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { idOf } from '../../src/model/ids.ts';
import type { RunSummary } from '../../src/sync/run.ts';
import {
  configFor,
  killChildren,
  sluice,
  sluiceHere,
  startSandbox,
  startSluice,
  type TestSandbox,
} from '../support/children.ts';
import { plainCrms } from '../support/crm-http.ts';

let sandbox: TestSandbox;
let config: string;
beforeAll(async () => {
  sandbox = await startSandbox('--leads', '20', '--seed', '5', '--base-time', '2026-09-01T06:00:00Z');
  config = configFor(sandbox);
});
afterAll(killChildren);

/** Runs a command on a configuration in which one file is changed, and puts the file back. */
async function withChange(file: string, from: string | RegExp, to: string, ...argv: string[]) {
  const path = join(config, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has nothing like ${from}`);
  writeFileSync(path, after);
  try {
    return await sluiceHere(...argv, '--config', config);
  } finally {
    writeFileSync(path, before);
  }
}

describe('before the fields are there', () => {
  test('sync says to provision first', async () => {
    const { code, err } = await sluiceHere('sync', '--config', config);
    expect(code).toBe(1);
    expect(err).toMatch(/lacks \d+ of the fields that Sluice writes[\s\S]*Run `sluice provision` first/);
  });
});

describe('a mapping', () => {
  beforeAll(async () => {
    expect((await sluiceHere('provision', '--config', config)).code).toBe(0);
  });

  test('that names a field the CRM does not have: file, line, column, the wrong word and the nearest right one', async () => {
    const { code, out, err } = await withChange(
      'mappings/salesforce/lead.yaml',
      'title: Title',
      'title: Titel',
      'sync',
    );
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /mappings\/salesforce\/lead\.yaml:\d+:\d+: Lead has no field "Titel" \(did you mean "Title"\?\)/,
    );
    expect(err).toMatch(/Nothing was read or written/);
  });

  test('with a property that does not exist is refused at its place, before any CRM is asked', async () => {
    const { code, err } = await withChange(
      'mappings/hubspot/contact.yaml',
      'title: jobtitle',
      'titel: jobtitle',
      'sync',
    );
    expect(code).toBe(1);
    expect(err).toMatch(/mappings\/hubspot\/contact\.yaml:\d+:\d+: .*titel.*title/);
  });

  test('that is no YAML is refused at its place', async () => {
    const { code, err } = await withChange('mappings/hubspot/contact.yaml', 'crm: hubspot', 'crm: [hubspot', 'sync');
    expect(code).toBe(1);
    expect(err).toMatch(/contact\.yaml:\d+:\d+: /);
  });
});

describe('a rule', () => {
  test('with a type error is refused with its place and the wrong part', async () => {
    const { code, err } = await withChange(
      'scoring.yaml',
      'person.employees >= 1000',
      'person.employees >= "many"',
      'sync',
    );
    expect(code).toBe(1);
    expect(err).toMatch(/scoring\.yaml:\d+:\d+: /);
    expect(err).toMatch(/">=" does not go between a number and a text/);
  });

  test('that speaks of an unknown fact is refused with the nearest one', async () => {
    const { code, err } = await withChange('routing.yaml', 'person.employees > 5000', 'person.employes > 5000', 'sync');
    expect(code).toBe(1);
    expect(err).toMatch(/routing\.yaml:\d+:\d+: .*employes[\s\S]*employees/);
  });
});

describe('a record that the CRM refuses', () => {
  test('is told in the words of the CRM; the others are written, the exit code is 3', async () => {
    const crms = plainCrms(sandbox);
    const [wanted, other] = await crms.soql(
      "SELECT Id FROM Lead WHERE Marketing_Stage__c = 'Subscriber' AND HasOptedOutOfEmail = false AND Email != null",
    );
    await crms.patch('Lead', String(wanted?.Id), { Marketing_Stage__c: 'MQL' });
    // Somebody has copied the unique id of the one record into the other.
    const taken = idOf('ln', 'salesforce', 'Lead', String(wanted?.Id));
    await crms.patch('Lead', String(other?.Id), { Sluice_Id__c: taken });
    const { code, out } = await sluiceHere('sync', '--json', '--config', config);
    expect(code).toBe(3);
    const { salesforce, hubspot } = (JSON.parse(out) as RunSummary).connections;
    expect(salesforce).toMatchObject({ rejected: 1, problem: null });
    expect(salesforce?.written).toBeGreaterThan(0);
    expect(hubspot).toMatchObject({ rejected: 0, problem: null });
    const [lead] = await crms.soql(`SELECT Sluice_Status__c FROM Lead WHERE Id = '${wanted?.Id}'`);
    expect(lead?.Sluice_Status__c).toBeNull();
    // It waits: a later run sends nothing again and says that it still stands.
    expect((await sluiceHere('sync', '--config', config)).code).toBe(3);
  });
});

describe('a connection', () => {
  const problems = (out: string) => (JSON.parse(out) as RunSummary).connections;

  test('whose CRM is down: it is named with the reason, the other one is synced all the same', async () => {
    const { code, out } = await withChange('sluice.yaml', sandbox.hubspot.url, 'http://127.0.0.1:9', 'sync', '--json');
    expect(code).toBe(1);
    const { salesforce, hubspot } = problems(out);
    expect(hubspot?.problem).toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('127.0.0.1:9') });
    expect(salesforce).toMatchObject({ problem: null });
    expect(salesforce?.read).toBeGreaterThan(0);
  });

  test('with wrong credentials: it is named with what to do, the other one is synced all the same', async () => {
    const path = join(config, 'sluice.yaml');
    const text = readFileSync(path, 'utf8');
    const wrong = text
      .replace(sandbox.salesforce.refreshToken, 'no-such-token')
      .replace(sandbox.salesforce.accessToken, 'no-such-token-either')
      .replace('embedded: database', `embedded: ${join(config, 'database')}`);
    const own = configFor(sandbox);
    writeFileSync(join(own, 'sluice.yaml'), wrong);
    const { code, out } = await sluiceHere('sync', '--json', '--config', own);
    expect(code).toBe(1);
    const { salesforce, hubspot } = problems(out);
    expect(salesforce?.problem?.code).toBe('BAD_CREDENTIALS');
    expect(salesforce?.problem?.hint).not.toBeNull();
    expect(out).not.toMatch(/no-such-token/);
    expect(hubspot).toMatchObject({ problem: null });
  });

  test('of an unknown kind is refused at its place with the nearest one', async () => {
    const { code, err } = await withChange('sluice.yaml', 'kind: hubspot', 'kind: hupspot', 'sync');
    expect(code).toBe(1);
    expect(err).toMatch(/sluice\.yaml:\d+:\d+: .*hupspot.*hubspot/);
  });
});

describe('one process at a time', () => {
  test('a second serve on the embedded database ends with 5 and says which process to stop', async () => {
    const serving = startSluice(['serve', '--no-schedule', '--port', '0', '--config', config]);
    await serving.until('out', /The console is at/);
    const { code, err } = await sluice(['serve', '--no-schedule', '--port', '0', '--config', config]);
    expect(code).toBe(5);
    expect(err).toContain(`\`sluice serve\`, process ${serving.child.pid}`);
    expect(err).toMatch(/DATABASE_URL/);
    // Other commands run through it.
    const said = await sluice(['report', 'leads', '--json', '--config', config]);
    expect(said.code).toBe(0);
    expect(() => JSON.parse(said.out)).not.toThrow();
    serving.child.kill('SIGKILL');
    await serving.ended;
  });

  test('the lock of a process that was killed is taken over', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const lock = join(config, 'database.lock');
    writeFileSync(lock, JSON.stringify({ pid, started: '1', command: 'serve', address: 'http://127.0.0.1:9' }));
    expect((await sluiceHere('report', 'leads', '--config', config)).code).toBe(0);
  });
});

describe('what is asked for', () => {
  test('a stream that does not exist is told with the nearest one', async () => {
    const { code, err } = await sluiceHere('sync', '--only', 'Leed', '--config', config);
    expect(code).toBe(2);
    expect(err).toMatch(/there is no stream "Leed"\s+did you mean "Lead"\?/);
  });

  test('a lead that does not exist is told with what names a lead', async () => {
    const { code, err } = await sluiceHere('explain', 'nobody@nowhere.example', '--config', config);
    expect(code).toBe(1);
    expect(err).toMatch(/there is no lead[\s\S]*A lead is named by its id/);
  });

  test('a report that does not exist is told with the nearest one', async () => {
    const { code, err } = await sluiceHere('report', 'rio', '--config', config);
    expect([1, 2]).toContain(code);
    expect(err).toMatch(/"rio"[\s\S]*roi/);
  });
});
