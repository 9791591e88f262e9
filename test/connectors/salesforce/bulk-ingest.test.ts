import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Outcome, WriteRow } from '../../../connectors/connector.ts';
import { TestOrg } from './org.ts';

const MANY = { bulk: { writeAbove: 5 } };

let org: TestOrg;
beforeEach(async () => {
  org = await TestOrg.start();
});
afterEach(() => org.close());

async function leads(count: number): Promise<string[]> {
  org.controls.loadLeads(count);
  return (await org.rows(`SELECT Id FROM Lead ORDER BY Id LIMIT ${count}`)).map(({ Id }) => Id);
}
const update = (id: string, fields: WriteRow['fields']): WriteRow => ({ key: `k-${id}`, id, fields });
const by = (outcomes: readonly Outcome[]) => new Map(outcomes.map((outcome) => [outcome.key, outcome]));

describe('many rows at once', () => {
  test('go by one job, each with its own outcome though results come in no order', async () => {
    const ids = await leads(450);
    const { crm, calls } = org.open(MANY);
    const rows = ids.map((id, i) =>
      update(id, i % 100 === 7 ? { Email: 'no address' } : { Title: `T${i}`, City: null }),
    );
    const saved: Outcome[] = [];
    const outcomes = await crm.write('Lead', rows, async (some) => {
      saved.push(...some);
    });
    expect(saved).toEqual(outcomes);
    const found = by(outcomes);
    expect(found.size).toBe(450);
    rows.forEach((row, i) => {
      const expected =
        i % 100 === 7
          ? {
              status: 'reject',
              code: 'INVALID_EMAIL_ADDRESS',
              message: 'Email: invalid email address: no address',
              fields: ['Email'],
            }
          : { status: 'ok', id: ids[i], created: false };
      expect(found.get(row.key)).toMatchObject(expected);
    });
    const [row] = await org.rows(`SELECT Title, City, Email FROM Lead WHERE Id = '${ids[3]}'`);
    expect(row).toMatchObject({ Title: 'T3', City: null });
    expect(row.Email).not.toBeNull();
    // Create, upload, close, three results; the poll apart.
    expect(calls).toMatchObject({ write: 6, poll: 1 });
  });

  test('a field that a row does not have is left alone in Salesforce', async () => {
    const ids = await leads(8);
    await org.http('PATCH', `/sobjects/Lead/${ids[0]}`, { Title: 'Boss' });
    await org
      .open(MANY)
      .crm.write('Lead', [
        update(ids[0] ?? '', { City: 'Ulm' }),
        ...ids.slice(1).map((id) => update(id, { Title: null })),
      ]);
    const rows = await org.rows('SELECT Id, Title, City FROM Lead ORDER BY Id');
    expect(rows[0]).toMatchObject({ Title: 'Boss', City: 'Ulm' });
    expect(rows.slice(1).every(({ Title }) => Title === null)).toBe(true);
  });

  test("a record's second row, and a text that CSV would take for a null, go by collections afterwards", async () => {
    const ids = await leads(8);
    const first = ids[0] ?? '';
    const { crm } = org.open(MANY);
    const outcomes = await crm.write('Lead', [
      ...ids.map((id, i) => update(id, { Title: i === 1 ? '#N/A' : 'one' })),
      { ...update(first, { Title: 'two' }), key: 'again' },
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(9).fill('ok'));
    const rows = await org.rows('SELECT Title FROM Lead ORDER BY Id');
    expect(rows.map(({ Title }) => Title)).toEqual(['two', '#N/A', ...Array(6).fill('one')]);
    expect((await org.http('GET', '/jobs/ingest')).records).toHaveLength(1);
  });

  test('a column that does not exist fails the job; collections then tell which rows are at fault', async () => {
    const ids = await leads(8);
    const outcomes = by(
      await org.open(MANY).crm.write(
        'Lead',
        ids.map((id, i) => update(id, i === 2 ? { Nope__c: 1 } : { Title: 'x' })),
      ),
    );
    ids.forEach((id, i) => {
      expect(outcomes.get(`k-${id}`)?.status).toBe(i === 2 ? 'reject' : 'ok');
    });
  });

  test('rows that meet a lock in the job are sent again by collections', async () => {
    const ids = await leads(300);
    org.controls.locks.force({ rate: 0.2, seed: 1 });
    const outcomes = by(
      await org.open(MANY).crm.write(
        'Lead',
        ids.map((id) => update(id, { Title: 'x' })),
      ),
    );
    org.controls.locks.force(null);
    const ok = [...outcomes.values()].filter(({ status }) => status === 'ok');
    expect(outcomes.size).toBe(300);
    expect(ok.length).toBeGreaterThan(290);
    expect(await org.rows("SELECT Id FROM Lead WHERE Title = 'x'")).toHaveLength(ok.length);
    expect([...outcomes.values()].every(({ status }) => status === 'ok' || status === 'retry')).toBe(true);
  });

  test('updates that an alert about duplicates refuses in the job are allowed by collections', async () => {
    const ids = await leads(8);
    await org.create('Lead', { LastName: 'Twin', Company: 'Acme', Email: 'twin@acme.example' });
    org.controls.addDuplicateRule({ object: 'Lead', by: 'email', action: 'alert', onUpdate: true });
    const rows = ids.map((id, i) => update(id, i === 4 ? { Email: 'twin@acme.example' } : { Title: 'x' }));
    const outcomes = await org.open(MANY).crm.write('Lead', rows);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(8).fill('ok'));
    expect(await org.rows("SELECT Id FROM Lead WHERE Email = 'twin@acme.example'")).toHaveLength(2);
  });

  test('rows that an aborted job has not written may be sent again', async () => {
    const ids = await leads(400);
    org.controls.bulk.delayMs = 20_000;
    const { crm, ports } = org.open(MANY);
    const { sleep } = ports;
    let slept = 0;
    Object.assign(ports, {
      sleep: async (ms: number) => {
        await sleep(ms);
        slept += ms;
        const [job] = (await org.http('GET', '/jobs/ingest')).records;
        if (slept > 11_000 && job.state === 'InProgress')
          await org.http('PATCH', `/jobs/ingest/${job.id}`, { state: 'Aborted' });
      },
    });
    const statuses = (
      await crm.write(
        'Lead',
        ids.map((id) => update(id, { Title: 'x' })),
      )
    ).map(({ status }) => status);
    expect(statuses.filter((status) => status === 'ok')).toHaveLength(200);
    expect(statuses.filter((status) => status === 'retry')).toHaveLength(200);
  });

  test('a job that is lost before its results were fetched leaves its rows unknown', async () => {
    const ids = await leads(8);
    org.controls.bulk.delayMs = 2_000;
    const { crm, ports } = org.open(MANY);
    const { sleep } = ports;
    Object.assign(ports, {
      sleep: async (ms: number) => {
        await sleep(ms);
        org.controls.forgetBulkJobs();
      },
    });
    const outcomes = await crm.write(
      'Lead',
      ids.map((id) => update(id, { Title: 'x' })),
    );
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['unknown']));
    expect(outcomes).toHaveLength(8);
  });

  test('are created or changed by external id', async () => {
    const { crm } = org.open(MANY);
    await crm.provision(
      {
        objects: [],
        fields: [{ object: 'Lead', name: 'Sluice_Id__c', label: 'Sluice Id', kind: 'text', length: 64, unique: true }],
      },
      { dryRun: false },
    );
    await org.create('Lead', { LastName: 'Old', Company: 'Acme', Sluice_Id__c: 'k0' });
    const rows = Array.from({ length: 8 }, (_, i) => ({
      key: `r${i}`,
      externalId: { field: 'Sluice_Id__c', value: `k${i}` },
      fields: { LastName: `L${i}`, Company: 'Acme' },
    }));
    const outcomes = by(await crm.write('Lead', rows));
    for (let i = 0; i < 8; i++) expect(outcomes.get(`r${i}`)).toMatchObject({ status: 'ok', created: i > 0 });
    expect(await org.rows('SELECT Id FROM Lead')).toHaveLength(8);
  });
});
