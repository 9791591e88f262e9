import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import type { Outcome, WriteRow } from '../../../connectors/connector.ts';
import { createSalesforce, salesforceSettings } from '../../../connectors/salesforce/index.ts';
import { recordPorts } from '../ports.ts';

const HOST = 'https://acme.my.salesforce.com';
const DATA = '/services/data/v68.0';

function open(settings: object = {}) {
  const recorded = recordPorts();
  const auth = { type: 'refresh_token', clientId: 'id', refreshToken: 'r0', accessToken: '00D000000000001!access' };
  const parsed = salesforceSettings.parse({ url: HOST, auth, ...settings });
  return { ...recorded, crm: createSalesforce(parsed, recorded.ports) };
}

interface Sent {
  readonly records: readonly { readonly id: string }[];
}
const updates = () => nock(HOST).patch(`${DATA}/composite/sobjects`);
const upserts = () => nock(HOST).patch(`${DATA}/composite/sobjects/Lead/Key__c`);
const idOf = (n: number) => `00Q00000000000${n}AAA`;
const update = (n: number, parent?: string): WriteRow => ({
  key: `k${n}`,
  id: idOf(n),
  fields: { Title: 'x' },
  ...(parent === undefined ? {} : { parent }),
});
const upsert = (value: string): WriteRow => ({
  key: value,
  externalId: { field: 'Key__c', value },
  fields: { LastName: value },
});
const ok = (n: number) => ({ id: idOf(n), success: true, errors: [] });
const failed = (statusCode: string, message = 'm') => ({
  success: false,
  errors: [{ statusCode, message, fields: [] }],
});
const LOCKED = failed('UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access to this record');
const DUPLICATE = failed('DUPLICATES_DETECTED', 'Use one of these records?');
const byKey = (outcomes: readonly Outcome[]) => Object.fromEntries(outcomes.map((one) => [one.key, one]));

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});
afterAll(() => nock.restore());

describe('several requests in flight', () => {
  test('are as many as the settings allow, and the caller is told one after the other', async () => {
    let flying = 0;
    let most = 0;
    updates()
      .times(6)
      .reply(async (request: Request) => {
        const { records } = (await request.json()) as Sent;
        most = Math.max(most, ++flying);
        await new Promise((resolve) => setImmediate(resolve));
        flying -= 1;
        return [200, records.map(({ id }) => ({ id, success: true, errors: [] }))];
      });
    let saving = 0;
    const told: number[] = [];
    const rows = [1, 2, 3, 4, 5, 6].map((n) => update(n));
    const outcomes = await open({ batchSize: 1, concurrency: 3 }).crm.write('Lead', rows, async (some) => {
      expect(++saving).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      saving -= 1;
      told.push(some.length);
    });
    expect(outcomes).toHaveLength(6);
    expect(told).toEqual([1, 1, 1, 1, 1, 1]);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });

  test('where one stops the run, those in flight end and are told, and nothing more is sent', async () => {
    updates().reply(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }]);
    updates().reply(200, [ok(2)]);
    const told: string[] = [];
    const writing = open({ batchSize: 1, concurrency: 2 }).crm.write(
      'Lead',
      [1, 2, 3, 4].map((n) => update(n)),
      async (some) => {
        told.push(...some.map(({ key }) => key));
      },
    );
    await expect(writing).rejects.toMatchObject({ action: 'stop', code: 'REQUEST_LIMIT_EXCEEDED' });
    expect(told).toEqual(['k2']);
  });

  test('a caller that cannot save stops the writing', async () => {
    updates().reply(200, [ok(1)]);
    const writing = open({ batchSize: 1, concurrency: 1 }).crm.write('Lead', [update(1), update(2)], () =>
      Promise.reject(new Error('the database is gone')),
    );
    await expect(writing).rejects.toThrow('the database is gone');
  });
});

describe('a caller that may send nothing more stops the writing also where no row is settled', () => {
  /** Writes for a caller whose lease was lost while the first answer was on its way. */
  async function stopped(rows: readonly WriteRow[]): Promise<void> {
    const { crm, calls } = open();
    const writing = crm.write('Lead', rows, () => Promise.reject(new Error('the lease is lost')));
    await expect(writing).rejects.toThrow('the lease is lost');
    expect(calls).toEqual({ write: 1 });
  }

  test('before the halves of a refused request', async () => {
    updates().reply(400, [{ errorCode: 'JSON_PARSER_ERROR', message: 'something in it' }]);
    await stopped([update(1), update(2)]);
  });

  test('before locked rows are sent again', async () => {
    updates().reply(200, [LOCKED]);
    await stopped([update(1)]);
  });

  test('before refused creates are asked again alone', async () => {
    upserts().reply(200, [DUPLICATE]);
    await stopped([upsert('one')]);
  });
});

describe('a record that is not there', () => {
  const NOT_THERE = failed('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  const asked = (ids: readonly number[]) =>
    nock(HOST)
      .get(`${DATA}/query`)
      .query(({ q }) => String(q).startsWith('SELECT Id FROM Lead WHERE Id IN ('))
      .reply(200, { done: true, records: ids.map((n) => ({ Id: idOf(n) })) });

  test('is gone where it is the row’s own; else the row refers to it', async () => {
    updates().reply(200, [NOT_THERE, NOT_THERE, ok(3)]);
    asked([2]);
    const outcomes = byKey(await open().crm.write('Lead', [update(1), update(2), update(3)]));
    expect(outcomes.k1).toMatchObject({ status: 'reject', code: 'INVALID_CROSS_REFERENCE_KEY', gone: true });
    expect(outcomes.k2).toMatchObject({ status: 'reject', dangling: true });
    expect(outcomes.k2).not.toHaveProperty('gone');
    expect(outcomes.k3).toMatchObject({ status: 'ok' });
  });

  test('of a create can only be one that it refers to; nothing is asked', async () => {
    upserts().reply(200, [NOT_THERE]);
    const [outcome] = await open().crm.write('Lead', [upsert('one')]);
    expect(outcome).toMatchObject({ status: 'reject', code: 'INVALID_CROSS_REFERENCE_KEY', dangling: true });
  });

  test('is not guessed at where the question is refused or the refusal names a field', async () => {
    const named = {
      success: false,
      errors: [{ statusCode: 'INVALID_CROSS_REFERENCE_KEY', message: 'm', fields: ['OwnerId'] }],
    };
    updates().reply(200, [NOT_THERE, named]);
    nock(HOST)
      .get(`${DATA}/query`)
      .query(true)
      .reply(400, [{ errorCode: 'INVALID_TYPE', message: 'no' }]);
    for (const outcome of await open().crm.write('Lead', [update(1), update(2)])) {
      expect(outcome).toMatchObject({ status: 'reject' });
      expect(outcome).not.toHaveProperty('gone');
      expect(outcome).not.toHaveProperty('dangling');
    }
  });
});

describe('row locks', () => {
  test('are tried again after a pause, the locked rows alone', async () => {
    const sent: number[] = [];
    const answers = [[LOCKED, ok(2)], [LOCKED], [ok(1)]];
    updates()
      .times(3)
      .reply(async (request: Request) => {
        sent.push(((await request.json()) as Sent).records.length);
        return [200, answers[sent.length - 1]];
      });
    const { crm, sleeps } = open();
    const told: string[][] = [];
    const outcomes = await crm.write('Contact', [update(1, 'a'), update(2, 'a')], async (some) => {
      told.push(some.map(({ key }) => key));
    });
    expect(outcomes.every(({ status }) => status === 'ok')).toBe(true);
    expect(sent).toEqual([2, 1, 1]);
    expect(told.filter((keys) => keys.length > 0)).toEqual([['k2'], ['k1']]);
    expect(sleeps).toHaveLength(2);
    for (const ms of sleeps) expect(ms).toBeGreaterThanOrEqual(250);
  });

  test('that stay are handed back to be sent later', async () => {
    updates().times(4).reply(200, [LOCKED]);
    const outcomes = await open().crm.write('Contact', [update(1)]);
    expect(outcomes).toMatchObject([{ status: 'retry', code: 'UNABLE_TO_LOCK_ROW' }]);
  });

  test('of a whole request leave its rows to be sent later, and the run goes on', async () => {
    updates()
      .times(5)
      .reply(400, [{ errorCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access' }]);
    updates().reply(200, [ok(2)]);
    const outcomes = await open({ batchSize: 1, concurrency: 1 }).crm.write('Contact', [update(1), update(2)]);
    expect(byKey(outcomes)).toMatchObject({ k1: { status: 'retry' }, k2: { status: 'ok' } });
  });

  test("within a flow's error are locks too; another failure of a flow is not", async () => {
    const flow = 'CANNOT_EXECUTE_FLOW_TRIGGER';
    updates().reply(200, [failed(flow, 'the flow failed: UNABLE_TO_LOCK_ROW: unable'), failed(flow, 'null pointer')]);
    updates().reply(200, [ok(1)]);
    const outcomes = await open().crm.write('Contact', [update(1), update(2)]);
    expect(byKey(outcomes)).toMatchObject({ k1: { status: 'ok' }, k2: { status: 'reject', code: flow } });
  });
});

describe('duplicate rules', () => {
  const found = (id: string) => ({
    matchResults: [{ entityType: 'Lead', matchRecords: [{ record: { attributes: { type: 'Lead' }, Id: id } }] }],
  });
  const single = (detail: object) => [
    { errorCode: 'DUPLICATES_DETECTED', message: 'Use one of these records?', ...detail },
  ];
  const lookup = (...records: object[]) =>
    nock(HOST).get(`${DATA}/query`).query(true).reply(200, { done: true, totalSize: records.length, records });

  test('are heard for rows that may create, and passed over for rows that update', async () => {
    const seen: (string | undefined)[] = [];
    const note = (request: Request, n: number) => {
      seen.push(request.headers.get('sforce-duplicate-rule-header') ?? undefined);
      expect(request.headers.get('sforce-auto-assign')).toBe('FALSE');
      return [ok(n)];
    };
    updates().reply(200, (request: Request) => note(request, 1));
    upserts().reply(200, (request: Request) => note(request, 2));
    await open({ concurrency: 1 }).crm.write('Lead', [update(1), upsert('two')]);
    expect(seen).toEqual([
      'allowSave=true; includeRecordDetails=false; runAsCurrentUser=true',
      'allowSave=false; includeRecordDetails=true; runAsCurrentUser=true',
    ]);
  });

  test('a refused create is asked again alone, since only then the matching record is named', async () => {
    upserts().reply(200, [DUPLICATE, { ...ok(2), created: true }]);
    lookup();
    let asked: { compositeRequest: { url: string; httpHeaders: Record<string, string> }[] } | null = null;
    nock(HOST)
      .post(`${DATA}/composite`)
      .reply(200, async (request: Request) => {
        asked = (await request.json()) as typeof asked;
        return {
          compositeResponse: [
            { httpStatusCode: 400, body: single({ duplicateResut: found(idOf(9)) }), referenceId: 'row0' },
          ],
        };
      });
    const outcomes = await open().crm.write('Lead', [upsert("o'ne/1"), upsert('two')]);
    expect(byKey(outcomes)).toMatchObject({
      "o'ne/1": {
        status: 'reject',
        code: 'DUPLICATES_DETECTED',
        message: `Use one of these records? (matching records: Lead ${idOf(9)})`,
        duplicateOf: [idOf(9)],
      },
      two: { status: 'ok', created: true },
    });
    expect(asked).toMatchObject({
      compositeRequest: [
        {
          url: `${DATA}/sobjects/Lead/Key__c/o'ne%2F1`,
          httpHeaders: {
            'Sforce-Auto-Assign': 'FALSE',
            'Sforce-Duplicate-Rule-Header': 'allowSave=false; includeRecordDetails=true; runAsCurrentUser=true',
          },
        },
      ],
    });
  });

  test('an update by external id is not refused: where the record exists it is sent again by its id', async () => {
    upserts().reply(200, [DUPLICATE]);
    lookup({ Id: idOf(1), Key__c: 'ONE' });
    updates().reply(200, async (request: Request) => {
      expect(((await request.json()) as Sent).records).toMatchObject([{ id: idOf(1), LastName: 'one' }]);
      return [ok(1)];
    });
    const outcomes = await open().crm.write('Lead', [upsert('one')]);
    expect(outcomes).toMatchObject([{ key: 'one', status: 'ok', id: idOf(1), created: false }]);
  });

  test('where the answer to a collection names the matches itself, nothing more is asked of them', async () => {
    const [error] = DUPLICATE.errors;
    upserts().reply(200, [{ success: false, errors: [{ ...error, duplicateResult: found(idOf(9)) }] }]);
    lookup();
    expect(await open().crm.write('Lead', [upsert('one')])).toMatchObject([{ duplicateOf: [idOf(9)] }]);
  });

  test('duplicates that are gone by then are no hindrance; a lost answer leaves the row unknown', async () => {
    upserts().times(2).reply(200, [DUPLICATE]);
    lookup();
    lookup();
    const created = { httpStatusCode: 201, body: { id: idOf(1), success: true, created: true }, referenceId: 'row0' };
    nock(HOST)
      .post(`${DATA}/composite`)
      .reply(200, { compositeResponse: [created] });
    nock(HOST).post(`${DATA}/composite`).reply(500, '<html/>');
    const { crm } = open({ batchSize: 1, concurrency: 1 });
    expect(byKey(await crm.write('Lead', [upsert('one'), upsert('two')]))).toMatchObject({
      one: { status: 'ok', id: idOf(1), created: true },
      two: { status: 'unknown', code: 'HTTP_500' },
    });
  });

  test('where the question itself is refused, the refusal of the row stands', async () => {
    upserts().reply(200, [DUPLICATE]);
    nock(HOST)
      .get(`${DATA}/query`)
      .query(true)
      .reply(400, [{ errorCode: 'INVALID_FIELD', message: 'no' }]);
    expect(await open().crm.write('Lead', [upsert('one')])).toMatchObject([
      { status: 'reject', code: 'DUPLICATES_DETECTED', message: 'Use one of these records?' },
    ]);
  });
});

describe('describe', () => {
  const field = (name: string, more: object) => ({
    name,
    type: 'string',
    createable: true,
    updateable: true,
    nillable: true,
    ...more,
  });
  const describeLead = (...fields: object[]) =>
    nock(HOST).get(`${DATA}/sobjects/Lead/describe`).reply(200, { name: 'Lead', fields });

  test('tells what is calculated, required, restricted and how long a value may be', async () => {
    describeLead(
      field('LastName', { nillable: false, length: 80 }),
      field('Status', { type: 'picklist', nillable: false, defaultedOnCreate: true }),
      field('DoNotCall', { type: 'boolean', nillable: false }),
      field('Age__c', {
        type: 'double',
        calculated: true,
        createable: false,
        updateable: false,
        nillable: true,
        scale: 0,
      }),
      field('Kind__c', {
        type: 'picklist',
        restrictedPicklist: true,
        picklistValues: [{ value: 'A' }, { value: 'old', active: false }],
      }),
    );
    const fields = Object.fromEntries(
      ((await open().crm.describe('Lead'))?.fields ?? []).map((one) => [one.name, one]),
    );
    expect(fields.LastName).toMatchObject({ required: true, length: 80 });
    for (const name of ['Status', 'DoNotCall', 'Age__c']) expect(fields[name]).not.toHaveProperty('required');
    expect(fields.Age__c).toMatchObject({ calculated: true, writable: false, kind: 'number', scale: 0 });
    expect(fields.Kind__c).toMatchObject({ values: ['A'] });
  });

  test('is asked for anew each time', async () => {
    describeLead(field('Old__c', {}));
    const { crm, calls } = open();
    const names = async () => (await crm.describe('Lead'))?.fields.map(({ name }) => name);
    expect(await names()).toEqual(['Old__c']);
    expect(calls.describe).toBe(1);
    describeLead(field('New__c', {}));
    expect(await names()).toEqual(['New__c']);
  });
});
