import { createVerify, generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { createSalesforce, salesforceSettings } from '../../../connectors/salesforce/index.ts';
import { recordPorts } from '../ports.ts';

const HOST = 'https://acme--uat.sandbox.my.salesforce.com';
const GRANTED = {
  access_token: 'eyJ.jwt.token',
  instance_url: HOST,
  issued_at: String(Date.parse('2026-06-01T00:00:00Z')),
};

function open(auth: object) {
  const recorded = recordPorts();
  return { ...recorded, crm: createSalesforce(salesforceSettings.parse({ url: HOST, auth }), recorded.ports) };
}

/** Answers one token request and gives its form. */
function grant(): Promise<URLSearchParams> {
  return new Promise((resolve) => {
    nock(HOST)
      .post('/services/oauth2/token')
      .reply(200, async (request: Request) => {
        resolve(new URLSearchParams(await request.text()));
        return GRANTED;
      });
  });
}
const objects = () =>
  nock(HOST)
    .get('/services/data/v68.0/sobjects')
    .reply(200, { sobjects: [{ name: 'Lead' }] });

beforeEach(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});
// Test files share their worker's sockets: what is left patched here would answer in the next file too.
afterAll(() => {
  nock.restore();
});

describe('ways to get a token', () => {
  test('client credentials: id and secret, no refresh token kept', async () => {
    const form = grant();
    objects();
    const { crm, saved, calls } = open({ type: 'client_credentials', clientId: 'id', clientSecret: 'shh' });
    expect(await crm.objects()).toEqual(['Lead']);
    expect(Object.fromEntries(await form)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'id',
      client_secret: 'shh',
    });
    expect(saved).toEqual([{ accessToken: 'eyJ.jwt.token', instanceUrl: HOST, expiresAt: '2026-06-01T02:00:00.000Z' }]);
    expect(calls).toEqual({ auth: 1, describe: 1 });
  });

  test('JWT: an assertion for the login host of sandboxes, signed with our key, short-lived', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const form = grant();
    objects();
    await open({ type: 'jwt', clientId: 'id', username: 'sync@acme.example', privateKey: pem }).crm.objects();
    const sent = await form;
    expect(sent.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [head = '', claims = '', signature = ''] = (sent.get('assertion') ?? '').split('.');
    expect(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')).toBe(true);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      iss: 'id',
      sub: 'sync@acme.example',
      aud: 'https://test.salesforce.com',
      exp: Date.parse('2026-06-01T00:03:00Z') / 1000,
    });
  });

  test('a lost token answer is asked for again, for nothing can go on without it', async () => {
    nock(HOST).post('/services/oauth2/token').reply(502, '<html>');
    void grant();
    objects();
    const { crm, calls } = open({ type: 'client_credentials', clientId: 'id', clientSecret: 'shh' });
    await crm.objects();
    expect(calls.auth).toBe(2);
  });

  test('where the access token does not show the org, it is asked for once', async () => {
    void grant();
    nock(HOST)
      .get('/services/oauth2/userinfo')
      .reply(200, { organization_id: '00D000000000001AAA', user_id: '005000000000001AAA' });
    nock(HOST)
      .get('/services/data/v68.0/sobjects/Lead/describe')
      .reply(200, { name: 'Lead', fields: [{ name: 'SystemModstamp', type: 'datetime' }] });
    nock(HOST).get('/services/data/v68.0/queryAll').query(true).times(2).reply(200, { done: true, records: [] });
    const { crm, calls } = open({ type: 'client_credentials', clientId: 'id', clientSecret: 'shh' });
    const page = await crm.read({ object: 'Lead', fields: [] }, null);
    await crm.read({ object: 'Lead', fields: [] }, page.cursor);
    expect(page.cursor.org).toBe('00D000000000001');
    expect(calls.check).toBe(1);
  });
});

describe('metadata', () => {
  const field = { object: 'Lead', name: 'Sluice_Grade__c', label: 'Grade', kind: 'text', length: 1 } as const;
  const soap = (result: string) =>
    `<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><createMetadataResponse xmlns="http://soap.sforce.com/2006/04/metadata">${result}</createMetadataResponse></soapenv:Body></soapenv:Envelope>`;

  test('a field hidden from us turns out to be there, and only its permission is created', async () => {
    void grant();
    nock(HOST).get('/services/data/v68.0/sobjects/Lead/describe').reply(200, { name: 'Lead', fields: [] });
    const duplicate =
      '<result><errors><message>There is already a field named Sluice_Grade on Lead.</message><statusCode>DUPLICATE_DEVELOPER_NAME</statusCode></errors><fullName>Lead.Sluice_Grade__c</fullName><success>false</success></result>';
    nock(HOST).post('/services/Soap/m/68.0').reply(200, soap(duplicate), { 'content-type': 'text/xml' });
    nock(HOST)
      .get('/services/oauth2/userinfo')
      .reply(200, { organization_id: '00D000000000001AAA', user_id: '005000000000001AAA' });
    const query = (soql: RegExp, records: object[]) =>
      nock(HOST)
        .get('/services/data/v68.0/query')
        .query(({ q }) => soql.test(String(q)))
        .reply(200, { done: true, records });
    query(/FROM PermissionSet /, [{ Id: '0PS000000000001AAA' }]);
    query(/FROM PermissionSetAssignment /, [{ Id: '0Pa000000000001AAA' }]);
    query(/FROM ObjectPermissions /, []);
    query(/FROM FieldPermissions /, []);
    let created: unknown;
    nock(HOST)
      .post('/services/data/v68.0/composite/sobjects')
      .reply(200, async (request: Request) => {
        created = await request.json();
        return [{ id: '01k000000000001AAA', success: true, errors: [] }];
      });
    const { crm, calls } = open({ type: 'client_credentials', clientId: 'id', clientSecret: 'shh' });
    const steps = await crm.provision({ objects: [], fields: [field] }, { dryRun: false });
    expect(steps).toMatchObject([
      { what: 'field', name: 'Lead.Sluice_Grade__c', status: 'exists' },
      { what: 'permission', name: 'permission set Sluice', status: 'exists' },
      { what: 'permission', name: 'assignment to the integration user', status: 'exists' },
      { what: 'permission', name: 'Lead.Sluice_Grade__c', status: 'created' },
    ]);
    expect(created).toMatchObject({
      records: [
        { ParentId: '0PS000000000001AAA', SobjectType: 'Lead', Field: 'Lead.Sluice_Grade__c', PermissionsEdit: true },
      ],
    });
    expect(calls).toEqual({ auth: 1, provision: 7, check: 1 });
  });

  test('a component that Salesforce refuses is named with the reason, and the others go on', async () => {
    void grant();
    nock(HOST).get('/services/data/v68.0/sobjects/Lead/describe').reply(200, { name: 'Lead', fields: [] });
    const refused =
      '<result><errors><message>Too many custom fields</message><statusCode>LIMIT_EXCEEDED</statusCode></errors><fullName>Lead.Sluice_Grade__c</fullName><success>false</success></result>';
    nock(HOST).post('/services/Soap/m/68.0').reply(200, soap(refused), { 'content-type': 'text/xml' });
    nock(HOST)
      .get('/services/oauth2/userinfo')
      .reply(200, { organization_id: '00D000000000001AAA', user_id: '005000000000001AAA' });
    nock(HOST)
      .get('/services/data/v68.0/query')
      .query(true)
      .times(4)
      .reply(200, { done: true, records: [{ Id: '0PS' }] });
    const { crm } = open({ type: 'client_credentials', clientId: 'id', clientSecret: 'shh' });
    const [step] = await crm.provision({ objects: [], fields: [field] }, { dryRun: false });
    expect(step).toEqual({
      what: 'field',
      name: 'Lead.Sluice_Grade__c',
      status: 'failed',
      message: 'LIMIT_EXCEEDED: Too many custom fields',
    });
  });
});
