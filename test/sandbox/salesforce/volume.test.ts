import { afterEach, expect, test } from '@jest/globals';
import { startSandbox } from '../../../sandbox/index.ts';
import { peopleOf, volumePerson } from '../../../sandbox/volume/people.ts';
import { Org } from './harness.ts';

let close = async () => {};
afterEach(() => close());

test('person number i is the same whoever asks, and has an address of their own', () => {
  expect(volumePerson(3, 4711)).toEqual(volumePerson(3, 4711));
  expect(volumePerson(3, 4711)).not.toEqual(volumePerson(4, 4711));
  const emails = Array.from({ length: 20_000 }, (_, i) => volumePerson(1, i).email);
  expect(new Set(emails).size).toBe(emails.length);
  expect(emails.every((email) => /^[a-z0-9.]+@[a-z0-9-]+\.[a-z.]+$/.test(email))).toBe(true);
});

test('half of the people that each CRM holds are known to both', () => {
  const [salesforce, hubspot] = [peopleOf('salesforce', 100), peopleOf('hubspot', 100)];
  expect(salesforce).toEqual({ from: 0, to: 100 });
  expect(hubspot).toEqual({ from: 50, to: 150 });
});

test('leads are put into an org as history, or all on one stamp', async () => {
  const org = await Org.start();
  close = () => org.close();
  org.sandbox.controls.loadLeads(1_000);
  expect((await org.query('SELECT COUNT() FROM Lead')).body.totalSize).toBe(1_000);
  const [row] = await org.rows(
    `SELECT LastName, Status, Owner.Alias FROM Lead WHERE Email = '${volumePerson(1, 7).email}'`,
  );
  expect(row).toMatchObject({
    LastName: volumePerson(1, 7).lastName,
    Status: 'Open - Not Contacted',
    Owner: { Alias: 'integ' },
  });
  org.sandbox.controls.loadLeads(500, { seed: 2, spreadSeconds: 0 });
  const [newest] = await org.rows('SELECT SystemModstamp FROM Lead ORDER BY SystemModstamp DESC LIMIT 1');
  const stamp = newest.SystemModstamp.replace('+0000', 'Z');
  expect(
    (await org.query(`SELECT COUNT() FROM Lead WHERE SystemModstamp = ${stamp}`)).body.totalSize,
  ).toBeGreaterThanOrEqual(500);
  expect(await org.call('GET', '/limits/recordCount?sObjects=Lead')).toMatchObject({
    body: { sObjects: [{ name: 'Lead', count: 1_500 }] },
  });
});

test('both CRMs start with people and without limits where that is asked for', async () => {
  const sandbox = await startSandbox({ market: false, bulkLeads: 300, limits: false });
  close = () => sandbox.close();
  const count = async (where: string) => {
    const q = encodeURIComponent(`SELECT COUNT() FROM Lead WHERE ${where}`);
    const response = await fetch(`${sandbox.salesforce.url}/services/data/v68.0/query?q=${q}`, {
      headers: { authorization: `Bearer ${sandbox.salesforce.accessToken}` },
    });
    return ((await response.json()) as { totalSize: number }).totalSize;
  };
  expect(await count('Marketing_Stage__c != null AND Product_Interest__c != null')).toBe(300);
  const found = await fetch(`${sandbox.hubspot.url}/crm/v3/objects/contacts/search`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sandbox.hubspot.accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ limit: 1, filterGroups: [] }),
  });
  expect(((await found.json()) as { total: number }).total).toBe(300);
});
