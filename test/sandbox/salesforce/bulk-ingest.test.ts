import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Org, type Reply, TEXT_KEY } from './harness.ts';

let org: Org;
beforeEach(async () => {
  org = await Org.start();
});
afterEach(() => org.close());

async function open(operation: string, more: Record<string, unknown> = {}): Promise<string> {
  const reply = await org.call('POST', '/jobs/ingest', { object: 'Lead', operation, contentType: 'CSV', ...more });
  if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
  return reply.body.id;
}
const put = (id: string, csv: string): Promise<Reply> =>
  org.call('PUT', `/jobs/ingest/${id}/batches`, csv, { 'content-type': 'text/csv' });
const move = (id: string, state: string): Promise<Reply> => org.call('PATCH', `/jobs/ingest/${id}`, { state });
const info = async (id: string) => (await org.call('GET', `/jobs/ingest/${id}`)).body;

/** Rows of a results file, header apart. */
async function lines(id: string, which: string): Promise<string[]> {
  const reply = await org.call('GET', `/jobs/ingest/${id}/${which}`);
  if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
  return String(reply.body).trimEnd().split('\n').slice(1);
}

async function run(operation: string, csv: string, more: Record<string, unknown> = {}): Promise<string> {
  const id = await open(operation, more);
  await put(id, csv);
  await move(id, 'UploadComplete');
  return id;
}

describe('an ingest job', () => {
  test('takes one upload while it is open and names the address of it', async () => {
    const made = await org.call('POST', '/jobs/ingest', { object: 'Lead', operation: 'insert' });
    const { id } = made.body;
    expect(made.body).toMatchObject({
      state: 'Open',
      object: 'Lead',
      operation: 'insert',
      contentUrl: `services/data/v68.0/jobs/ingest/${id}/batches`,
    });
    expect((await put(id, 'LastName,Company\nA,Acme\n')).status).toBe(201);
    expect(await put(id, 'LastName,Company\nB,Acme\n')).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALIDBATCH' }],
    });
    expect((await move(id, 'UploadComplete')).body.state).toBe('UploadComplete');
    expect(await put(id, 'x')).toMatchObject({ status: 400, body: [{ errorCode: 'INVALIDJOBSTATE' }] });
  });

  test('tells of each row whether it was created, changed or refused and why', async () => {
    const id = await run(
      'insert',
      'LastName,Company,Email\nGood,Acme,good@acme.example\nBad,Acme,not-an-address\nWorse,,\n',
    );
    expect(await info(id)).toMatchObject({
      state: 'JobComplete',
      jobType: 'V2Ingest',
      numberRecordsProcessed: 3,
      numberRecordsFailed: 2,
    });
    const done = await lines(id, 'successfulResults');
    expect(done).toHaveLength(1);
    expect(done[0]).toMatch(/^"00Q\w{15}","true","Good","Acme","good@acme.example"$/);
    expect(await lines(id, 'failedResults')).toEqual([
      '"","INVALID_EMAIL_ADDRESS:Email: invalid email address: not-an-address:Email --","Bad","Acme","not-an-address"',
      '"","REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --","Worse","",""',
    ]);
    expect(await lines(id, 'unprocessedrecords')).toEqual([]);
  });

  test('an empty value leaves a field alone, #N/A clears it', async () => {
    const lead = await org.create('Lead', { LastName: 'L', Company: 'Acme', Title: 'Boss', City: 'Ulm' });
    const id = await run('update', `Id,Title,City\n${lead},,#N/A\n`);
    expect(await lines(id, 'successfulResults')).toEqual([`"${lead}","false","${lead}","","#N/A"`]);
    expect(await org.rows('SELECT Title, City FROM Lead')).toMatchObject([{ Title: 'Boss', City: null }]);
  });

  test('upserts by an external id', async () => {
    await org.deploy({ 'Lead.Key__c': TEXT_KEY });
    await org.create('Lead', { LastName: 'Old', Company: 'Acme', Key__c: 'k1' });
    const id = await run('upsert', 'Key__c,LastName,Company\nk1,Changed,Acme\nk2,New,Acme\n,None,Acme\n', {
      externalIdFieldName: 'Key__c',
    });
    const done = await lines(id, 'successfulResults');
    expect(done.map((line) => line.slice(line.indexOf(',')))).toEqual([
      ',"false","k1","Changed","Acme"',
      ',"true","k2","New","Acme"',
    ]);
    expect(await lines(id, 'failedResults')).toEqual([
      '"","MISSING_ARGUMENT:Key__c not specified:--","","None","Acme"',
    ]);
    await expect(open('upsert', { externalIdFieldName: 'Nope__c' })).rejects.toThrow('InvalidJob');
  });

  test('deletes into the bin, or for good', async () => {
    const [soft, hard] = [
      await org.create('Lead', { LastName: 'Soft', Company: 'Acme' }),
      await org.create('Lead', { LastName: 'Hard', Company: 'Acme' }),
    ];
    await info(await run('delete', `Id\n${soft}\n`));
    await info(await run('hardDelete', `Id\n${hard}\n`));
    const left = await org.query('SELECT LastName, IsDeleted FROM Lead', {}, 'queryAll');
    expect(left.body.records).toMatchObject([{ LastName: 'Soft', IsDeleted: true }]);
  });

  test('meets row locks as every write does', async () => {
    const ids = [];
    for (let i = 0; i < 20; i++) ids.push(await org.create('Lead', { LastName: `L${i}`, Company: 'Acme' }));
    org.sandbox.controls.locks.force({ rate: 0.5, seed: 1 });
    const id = await run('update', `Id,Title\n${ids.map((lead) => `${lead},x\n`).join('')}`);
    await info(id);
    org.sandbox.controls.locks.force(null);
    const failed = await lines(id, 'failedResults');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every((line) => line.includes('"UNABLE_TO_LOCK_ROW:unable to obtain exclusive access'))).toBe(true);
    expect(failed.length + (await lines(id, 'successfulResults')).length).toBe(20);
  });

  test('does not keep the order of the rows', async () => {
    const names = Array.from({ length: 450 }, (_, i) => `L${String(i).padStart(3, '0')}`);
    const id = await run('insert', `LastName,Company\n${names.map((name) => `${name},Acme\n`).join('')}`);
    await info(id);
    const done = (await lines(id, 'successfulResults')).map((line) => /"(L\d{3})"/.exec(line)?.[1] ?? '');
    expect([...done].sort()).toEqual(names);
    expect(done).not.toEqual(names);
  });

  test('is worked on by the clock though nobody asks for it, and can be aborted half way', async () => {
    org.sandbox.controls.bulk.delayMs = 10_000;
    const csv = `LastName,Company\n${Array.from({ length: 400 }, (_, i) => `L${i},Acme\n`).join('')}`;
    const first = await run('insert', csv);
    expect((await org.call('GET', `/jobs/ingest/${first}/successfulResults`)).body[0].errorCode).toBe(
      'INVALIDJOBSTATE',
    );
    org.clock.advance(5_000);
    expect((await org.query('SELECT COUNT() FROM Lead')).body.totalSize).toBe(200);
    await move(first, 'Aborted');
    expect(await lines(first, 'unprocessedrecords')).toHaveLength(200);
    org.clock.advance(10_000);
    expect((await info(first)).state).toBe('Aborted');
    const second = await run('insert', csv);
    org.clock.advance(10_000);
    expect((await org.query('SELECT COUNT() FROM Lead')).body.totalSize).toBe(600);
    expect((await info(second)).state).toBe('JobComplete');
  });

  test('a job that fails keeps what it has written and lists the rest', async () => {
    org.sandbox.controls.failNextBulkJob('TooManyLockFailure');
    const id = await run(
      'insert',
      `LastName,Company\n${Array.from({ length: 400 }, (_, i) => `L${i},Acme\n`).join('')}`,
    );
    expect(await info(id)).toMatchObject({
      state: 'Failed',
      errorMessage: 'TooManyLockFailure',
      numberRecordsProcessed: 200,
    });
    expect(await lines(id, 'successfulResults')).toHaveLength(200);
    expect(await lines(id, 'unprocessedrecords')).toHaveLength(200);
  });

  test('an unknown column or a wrong line ending fails the whole job', async () => {
    const unknown = await run('insert', 'LastName,Company,Nope__c\nA,Acme,1\n');
    expect(await info(unknown)).toMatchObject({
      state: 'Failed',
      errorMessage: 'InvalidBatch : Field name not found : Nope__c',
    });
    expect(await lines(unknown, 'unprocessedrecords')).toEqual(['"A","Acme","1"']);
    const ending = await run('insert', 'LastName,Company\r\nA,Acme\r\n');
    expect((await info(ending)).errorMessage).toContain('LineEnding is invalid on user data');
    expect(await org.rows('SELECT Id FROM Lead')).toEqual([]);
  });
});
