import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Org, TEXT_KEY } from './harness.ts';

let org: Org;
beforeAll(async () => {
  org = await Org.start();
  await org.deploy({ 'Lead.Key__c': TEXT_KEY });
});
afterAll(() => org.close());

const lead = (LastName: string, extra: Record<string, unknown> = {}) => ({
  attributes: { type: 'Lead' },
  LastName,
  Company: 'C',
  ...extra,
});
const count = async (type: string) => (await org.query(`SELECT COUNT() FROM ${type}`)).body.totalSize;

describe('sObject collections', () => {
  test('create, update, delete: each row has its outcome, in the order of the request', async () => {
    const made = await org.call('POST', '/composite/sobjects', { records: [lead('A'), lead('', {}), lead('C')] });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject([
      { success: true },
      { success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING', fields: ['LastName'] }] },
      { success: true },
    ]);
    const ids = [made.body[0].id, made.body[2].id];
    const changed = await org.call('PATCH', '/composite/sobjects', {
      records: [
        { attributes: { type: 'Lead' }, id: ids[0], Title: 'T' },
        { attributes: { type: 'Lead' }, id: '00Q000000000000AAA', Title: 'T' },
        { attributes: { type: 'Lead' }, id: ids[1], Nope: 1 },
      ],
    });
    expect(changed.body).toMatchObject([
      { id: ids[0], success: true },
      { errors: [{ statusCode: 'INVALID_CROSS_REFERENCE_KEY' }] },
      { errors: [{ statusCode: 'INVALID_FIELD' }] },
    ]);
    const gone = await org.call('DELETE', `/composite/sobjects?ids=${ids[0]},bad&allOrNone=false`);
    expect(gone.body).toMatchObject([
      { id: ids[0], success: true },
      { success: false, errors: [{ statusCode: 'MALFORMED_ID' }] },
    ]);
  });

  test('allOrNone takes everything back and says so of the rows that were good', async () => {
    const before = await count('Lead');
    const reply = await org.call('POST', '/composite/sobjects', {
      allOrNone: true,
      records: [lead('A', { Key__c: 'roll' }), lead('')],
    });
    expect(reply.body.map((row: { errors: { statusCode: string }[] }) => row.errors[0]?.statusCode)).toEqual([
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      'REQUIRED_FIELD_MISSING',
    ]);
    expect(await count('Lead')).toBe(before);
    expect((await org.call('GET', '/sobjects/Lead/Key__c/roll')).status).toBe(404);
  });

  test('upsert by external id tells created from changed', async () => {
    const rows = [lead('A', { Key__c: 'k1' }), lead('B', { Key__c: 'k2' })];
    expect((await org.call('PATCH', '/composite/sobjects/Lead/Key__c', { records: rows })).body).toMatchObject([
      { created: true },
      { created: true },
    ]);
    expect((await org.call('PATCH', '/composite/sobjects/Lead/Key__c', { records: rows })).body).toMatchObject([
      { created: false },
      { created: false },
    ]);
    const same = await org.call('PATCH', '/composite/sobjects/Lead/Key__c', { records: [rows[0], rows[0]] });
    expect(same.body).toMatchObject([
      { errors: [{ statusCode: 'DUPLICATE_VALUE' }] },
      { errors: [{ statusCode: 'DUPLICATE_VALUE' }] },
    ]);
  });

  test('retrieve answers in the asked order, null for what is not there', async () => {
    const id = (await org.call('GET', '/sobjects/Lead/Key__c/k1')).body.Id;
    const asked = { ids: ['00Q000000000000AAA', id], fields: ['LastName'] };
    const expected = [null, { attributes: { type: 'Lead' }, LastName: 'A' }];
    expect((await org.call('POST', '/composite/sobjects/Lead', asked)).body).toMatchObject(expected);
    expect(
      (await org.call('GET', `/composite/sobjects/Lead?ids=${asked.ids.join()}&fields=LastName`)).body,
    ).toMatchObject(expected);
  });

  test('more than 200 rows are refused', async () => {
    const reply = await org.call('POST', '/composite/sobjects', {
      records: Array.from({ length: 201 }, () => lead('A')),
    });
    expect(reply).toMatchObject({ status: 400, body: [{ errorCode: 'EXCEEDED_ID_LIMIT' }] });
  });
});

describe('composite', () => {
  const account = {
    method: 'POST',
    url: '/services/data/v68.0/sobjects/Account',
    referenceId: 'acc',
    body: { Name: 'Acme' },
  };

  test('later requests use what earlier ones answered; it is one call', async () => {
    const before = org.sandbox.requests.total;
    const reply = await org.call('POST', '/composite', {
      compositeRequest: [
        account,
        {
          method: 'POST',
          url: '/services/data/v68.0/sobjects/Contact',
          referenceId: 'con',
          body: { LastName: 'L', AccountId: '@{acc.id}' },
        },
        {
          method: 'GET',
          url: "/services/data/v68.0/query?q=SELECT+Id+FROM+Contact+WHERE+AccountId='@{acc.id}'",
          referenceId: 'found',
        },
        {
          method: 'GET',
          url: '/services/data/v68.0/sobjects/Contact/@{found.records[0].Id}?fields=LastName',
          referenceId: 'read',
        },
      ],
    });
    expect(reply.body.compositeResponse.map((one: { httpStatusCode: number }) => one.httpStatusCode)).toEqual([
      201, 201, 200, 200,
    ]);
    expect(reply.body.compositeResponse[3].body.LastName).toBe('L');
    expect(org.sandbox.requests.total).toBe(before + 1);
  });

  test('what depends on a failure is halted; with allOrNone all of it is taken back', async () => {
    const bad = { ...account, referenceId: 'bad', body: {} };
    const child = {
      method: 'POST',
      url: '/services/data/v68.0/sobjects/Contact',
      referenceId: 'con',
      body: { LastName: 'L', AccountId: '@{bad.id}' },
    };
    const loose = await org.call('POST', '/composite', { compositeRequest: [bad, child, account] });
    expect(loose.body.compositeResponse).toMatchObject([
      { httpStatusCode: 400 },
      { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }] },
      { httpStatusCode: 201 },
    ]);
    const before = await count('Account');
    const strict = await org.call('POST', '/composite', { allOrNone: true, compositeRequest: [account, bad] });
    expect(strict.body.compositeResponse).toMatchObject([
      { body: [{ errorCode: 'PROCESSING_HALTED' }] },
      { body: [{ errorCode: 'REQUIRED_FIELD_MISSING' }] },
    ]);
    expect(await count('Account')).toBe(before);
  });

  test('at most 25 requests, 5 of them queries', async () => {
    const many = Array.from({ length: 26 }, (_, i) => ({ ...account, referenceId: `r${i}` }));
    expect((await org.call('POST', '/composite', { compositeRequest: many })).status).toBe(400);
    const queries = Array.from({ length: 6 }, (_, i) => ({
      method: 'GET',
      url: '/services/data/v68.0/query?q=SELECT+Id+FROM+Lead',
      referenceId: `q${i}`,
    }));
    expect((await org.call('POST', '/composite', { compositeRequest: queries })).body[0].errorCode).toBe(
      'LIMIT_EXCEEDED',
    );
  });

  test('batch runs independent requests', async () => {
    const reply = await org.call('POST', '/composite/batch', {
      batchRequests: [
        { method: 'GET', url: 'v68.0/limits' },
        { method: 'POST', url: 'v68.0/sobjects/Account', richInput: {} },
        { method: 'GET', url: 'v68.0/nope' },
      ],
    });
    expect(reply.body).toMatchObject({
      hasErrors: true,
      results: [{ statusCode: 200 }, { statusCode: 400 }, { statusCode: 404 }],
    });
  });

  test('a tree is planted whole or not at all', async () => {
    const record = (name: string, kid: string) => ({
      attributes: { type: 'Account', referenceId: 'a' },
      Name: name,
      Contacts: { records: [{ attributes: { type: 'Contact', referenceId: 'c' }, LastName: kid }] },
    });
    const good = await org.call('POST', '/composite/tree/Account', { records: [record('Tree', 'Leaf')] });
    expect(good).toMatchObject({
      status: 201,
      body: { hasErrors: false, results: [{ referenceId: 'a' }, { referenceId: 'c' }] },
    });
    const before = await count('Account');
    const bad = await org.call('POST', '/composite/tree/Account', { records: [record('Tree', '')] });
    expect(bad).toMatchObject({
      status: 400,
      body: { hasErrors: true, results: [{ referenceId: 'c', errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] }] },
    });
    expect(await count('Account')).toBe(before);
  });
});
