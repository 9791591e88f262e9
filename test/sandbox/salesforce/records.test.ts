import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Org, TEXT_KEY } from './harness.ts';

let org: Org;
beforeAll(async () => {
  org = await Org.start();
  await org.deploy({
    'Lead.Key__c': TEXT_KEY,
    'Lead.Score__c': '<label>Score</label><type>Number</type><precision>3</precision><scale>0</scale>',
    'Lead.Stage__c':
      '<label>Stage</label><type>Picklist</type><valueSet><restricted>true</restricted><valueSetDefinition><value><fullName>MQL</fullName><default>false</default></value></valueSetDefinition></valueSet>',
    'Lead.Due__c': '<label>Due</label><type>DateTime</type>',
    'Lead.Partner__c':
      '<label>Partner</label><type>Lookup</type><referenceTo>Account</referenceTo><relationshipName>Led</relationshipName>',
    'Account.Code__c': '<label>Code</label><type>Text</type><length>20</length><externalId>true</externalId>',
  });
});
afterAll(() => org.close());

const lead = (extra: Record<string, unknown> = {}) => ({ LastName: 'L', Company: 'C', ...extra });
const refused = async (extra: Record<string, unknown>) => {
  const reply = await org.call('POST', '/sobjects/Lead', lead(extra));
  expect(reply.status).toBe(400);
  return reply.body[0];
};

describe('addresses', () => {
  test('versions, doubled slashes, resources, unknown paths', async () => {
    const versions = await org.raw('GET', '//services/data');
    expect(versions.body.map((one: { version: string }) => one.version)).toEqual(
      Array.from({ length: 19 }, (_, i) => `${50 + i}.0`),
    );
    expect(versions.body.at(-1)).toEqual({ label: "Winter '27", url: '/services/data/v68.0', version: '68.0' });
    expect((await org.call('GET', '//sobjects//lead//describe')).body.name).toBe('Lead');
    expect((await org.call('GET', '')).body).toMatchObject({
      sobjects: '/services/data/v68.0/sobjects',
      query: '/services/data/v68.0/query',
    });
    const unknown = await org.call('GET', '/nope');
    expect(unknown).toMatchObject({
      status: 404,
      body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }],
    });
    expect(
      (await org.raw('GET', '/services/data/v99.0/limits', undefined, { authorization: `Bearer ${org.token}` })).status,
    ).toBe(404);
    expect((await org.call('PUT', '/sobjects/Lead', lead())).status).toBe(405);
  });

  test('every answer says how many calls of the day are used', async () => {
    const reply = await org.call('GET', '/limits');
    const used = Number(/api-usage=(\d+)\/100000/.exec(reply.headers.get('sforce-limit-info') ?? '')?.[1]);
    expect(reply.body.DailyApiRequests).toEqual({ Max: 100_000, Remaining: 100_000 - used });
    expect(org.sandbox.requests.total).toBe(used);
  });
});

describe('one record', () => {
  test('is created, read whole or in part, changed and deleted', async () => {
    const made = await org.call('POST', '/sobjects/lead', lead({ firstname: 'Al', Email: ' a@b.co ' }));
    expect(made).toMatchObject({ status: 201, body: { success: true, errors: [] } });
    const { id } = made.body;
    expect(id).toMatch(/^00Q[A-Za-z0-9]{15}$/);
    const whole = await org.call('GET', `/sobjects/Lead/${id.slice(0, 15)}`);
    expect(whole.body).toMatchObject({
      Id: id,
      Name: 'Al L',
      Email: 'a@b.co',
      Status: 'Open - Not Contacted',
      IsConverted: false,
    });
    expect(whole.body.CreatedDate).toMatch(/^2026-01-05T09:\d\d:\d\d\.000\+0000$/);
    expect((await org.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'CTO' })).status).toBe(204);
    const part = await org.call('GET', `/sobjects/Lead/${id}?fields=Id,title,Owner.Name`);
    expect(part.body).toMatchObject({ Id: id, Title: 'CTO', Owner: { Name: 'Integration User' } });
    expect(Object.keys(part.body)).toEqual(['attributes', 'Id', 'Title', 'Owner']);
    expect((await org.call('HEAD', `/sobjects/Lead/${id}`)).status).toBe(200);
    expect((await org.call('DELETE', `/sobjects/Lead/${id}`)).status).toBe(204);
    expect(await org.call('GET', `/sobjects/Lead/${id}`)).toMatchObject({
      status: 404,
      body: [{ errorCode: 'ENTITY_IS_DELETED' }],
    });
    expect(await org.rows(`SELECT Id FROM Lead WHERE Id = '${id}'`)).toEqual([]);
    const binned = await org.query(`SELECT Id, IsDeleted FROM Lead WHERE Id = '${id}'`, {}, 'queryAll');
    expect(binned.body.records[0].IsDeleted).toBe(true);
    expect((await org.call('GET', '/sobjects/Lead/00Q000000000000')).body[0].errorCode).toBe('NOT_FOUND');
  });

  test('a change moves LastModifiedDate and SystemModstamp by the sandbox clock', async () => {
    const id = await org.create('Lead', lead());
    org.clock.advance(60_000);
    await org.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'x' });
    const [row] = await org.rows(`SELECT CreatedDate, LastModifiedDate, SystemModstamp FROM Lead WHERE Id = '${id}'`);
    expect(row.LastModifiedDate).toBe(row.SystemModstamp);
    expect(row.LastModifiedDate > row.CreatedDate).toBe(true);
  });

  test('If-Modified-Since and If-Unmodified-Since', async () => {
    const id = await org.create('Lead', lead());
    const later = new Date(org.clock.now() + 60_000).toUTCString();
    const earlier = new Date(org.clock.now() - 60_000).toUTCString();
    expect((await org.call('GET', `/sobjects/Lead/${id}`, undefined, { 'if-modified-since': later })).status).toBe(304);
    expect((await org.call('GET', `/sobjects/Lead/${id}`, undefined, { 'if-modified-since': earlier })).status).toBe(
      200,
    );
    expect(
      (await org.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'x' }, { 'if-unmodified-since': earlier })).status,
    ).toBe(412);
    expect(
      (await org.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'x' }, { 'if-unmodified-since': later })).status,
    ).toBe(204);
  });

  test('children and parents have addresses of their own', async () => {
    const id = await org.create('Account', { Name: 'Parent' });
    const contact = await org.create('Contact', { LastName: 'Kid', AccountId: id });
    expect((await org.call('GET', `/sobjects/Account/${id}/Contacts`)).body).toMatchObject({
      totalSize: 1,
      records: [{ Id: contact }],
    });
    expect((await org.call('GET', `/sobjects/Contact/${contact}/Account`)).body.Name).toBe('Parent');
  });
});

describe('values', () => {
  test('are checked by the field, in the words of the vendor', async () => {
    expect(await refused({ FirstName: 'x'.repeat(41) })).toEqual({
      errorCode: 'STRING_TOO_LONG',
      message: `First Name: data value too large: ${'x'.repeat(41)} (max length=40)`,
      fields: ['FirstName'],
    });
    expect(await refused({ LastName: '' })).toEqual({
      errorCode: 'REQUIRED_FIELD_MISSING',
      message: 'Required fields are missing: [LastName]',
      fields: ['LastName'],
    });
    expect(await refused({ Stage__c: 'Nope' })).toMatchObject({
      errorCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      message: 'Stage: bad value for restricted picklist field: Nope',
    });
    expect(await refused({ Email: 'nobody' })).toMatchObject({ errorCode: 'INVALID_EMAIL_ADDRESS', fields: ['Email'] });
    expect(await refused({ Score__c: 1000 })).toMatchObject({ errorCode: 'NUMBER_OUTSIDE_VALID_RANGE' });
    expect(await refused({ Score__c: 'many' })).toMatchObject({ errorCode: 'JSON_PARSER_ERROR' });
    expect(await refused({ Due__c: '2026-02-30T00:00:00Z' })).toMatchObject({ errorCode: 'JSON_PARSER_ERROR' });
    expect(await refused({ IsConverted: true })).toMatchObject({
      errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE',
      fields: ['IsConverted'],
    });
    expect(await refused({ nope__c: 1 })).toEqual({
      errorCode: 'INVALID_FIELD',
      message: "No such column 'nope__c' on sobject of type Lead",
    });
    expect((await org.call('POST', '/sobjects/Lead', '{"LastName": ')).body[0].errorCode).toBe('JSON_PARSER_ERROR');
  });

  test('references must name a record of the right kind that is there', async () => {
    expect(await refused({ Partner__c: 'abc' })).toMatchObject({ errorCode: 'MALFORMED_ID' });
    expect(await refused({ Partner__c: '003000000000001AAA' })).toMatchObject({
      errorCode: 'FIELD_INTEGRITY_EXCEPTION',
    });
    expect(await refused({ Partner__c: '001000000000001AAA' })).toMatchObject({
      errorCode: 'INVALID_CROSS_REFERENCE_KEY',
    });
    const account = await org.create('Account', { Name: 'Gone', Code__c: 'gone' });
    expect(await org.create('Lead', lead({ Partner__r: { Code__c: 'gone' } }))).toMatch(/^00Q/);
    expect(await refused({ Partner__r: { Code__c: 'never' } })).toMatchObject({
      message: 'Foreign key external ID: never not found for field Code__c in entity Account',
    });
    await org.call('DELETE', `/sobjects/Account/${account}`);
    expect(await refused({ Partner__c: account })).toMatchObject({ errorCode: 'ENTITY_IS_DELETED' });
    expect(await org.rows('SELECT Id FROM Lead WHERE Partner__c != null')).toEqual([]);
  });

  test('take their canonical form: trimmed texts, rounded numbers, whole seconds in UTC, empty as null', async () => {
    const id = await org.create(
      'Lead',
      lead({ Company: '  C  ', Score__c: 12.5, Due__c: '2026-02-03T04:05:06.789+02:00', Title: '' }),
    );
    const [row] = await org.rows(`SELECT Company, Score__c, Due__c, Title FROM Lead WHERE Id = '${id}'`);
    expect(row).toMatchObject({ Company: 'C', Score__c: 13, Due__c: '2026-02-03T02:05:06.000+0000', Title: null });
  });
});

describe('external ids', () => {
  test('upsert creates, then changes; updateOnly never creates', async () => {
    const made = await org.call('PATCH', '/sobjects/Lead/Key__c/a%2Fb', lead());
    expect(made).toMatchObject({ status: 201, body: { success: true, created: true } });
    const changed = await org.call('PATCH', '/sobjects/Lead/key__C/A%2FB', { Title: 'x' });
    expect(changed).toMatchObject({ status: 200, body: { id: made.body.id, created: false } });
    expect((await org.call('GET', '/sobjects/Lead/Key__c/a%2Fb')).body.Title).toBe('x');
    expect((await org.call('PATCH', '/sobjects/Lead/Key__c/new?updateOnly=true', lead())).status).toBe(404);
    expect((await org.call('PATCH', '/sobjects/Lead/Company/x', lead())).body[0].message).toBe(
      'Provided external ID field does not exist or is not accessible: Company',
    );
  });

  test('several matches answer 300 with their addresses', async () => {
    const ids = [
      await org.create('Account', { Name: 'A', Code__c: 'twice' }),
      await org.create('Account', { Name: 'B', Code__c: 'twice' }),
    ];
    const reply = await org.call('PATCH', '/sobjects/Account/Code__c/twice', { Name: 'C' });
    expect(reply).toMatchObject({ status: 300, body: ids.map((id) => `/services/data/v68.0/sobjects/Account/${id}`) });
  });

  test('a unique value stands once, whatever its case, until its record is deleted', async () => {
    const id = await org.create('Lead', lead({ Key__c: 'One' }));
    expect(await refused({ Key__c: 'ONE' })).toEqual({
      errorCode: 'DUPLICATE_VALUE',
      message: `duplicate value found: Key__c duplicates value on record with id: ${id.slice(0, 15)}`,
      fields: [],
    });
    await org.call('DELETE', `/sobjects/Lead/${id}`);
    expect(await org.create('Lead', lead({ Key__c: 'one' }))).toMatch(/^00Q/);
  });
});

describe('what the platform does by itself', () => {
  test('the stage of an opportunity decides closed, won and probability', async () => {
    const id = await org.create('Opportunity', {
      Name: 'O',
      StageName: 'Prospecting',
      CloseDate: '2026-03-01',
      Amount: 50,
    });
    const read = async () =>
      (
        await org.rows(
          `SELECT IsClosed, IsWon, Probability, ForecastCategory, ExpectedRevenue FROM Opportunity WHERE Id = '${id}'`,
        )
      )[0];
    expect(await read()).toMatchObject({
      IsClosed: false,
      IsWon: false,
      Probability: 10,
      ForecastCategory: 'Pipeline',
      ExpectedRevenue: 5,
    });
    await org.call('PATCH', `/sobjects/Opportunity/${id}`, { StageName: 'Closed Won' });
    expect(await read()).toMatchObject({ IsClosed: true, IsWon: true, Probability: 100, ForecastCategory: 'Closed' });
    expect(await org.rows('SELECT Id FROM Opportunity WHERE IsWon = true')).toHaveLength(1);
  });

  test('a campaign member responds through its status, once a campaign, and is deleted for good', async () => {
    const CampaignId = await org.create('Campaign', { Name: 'Web' });
    const LeadId = await org.create('Lead', lead());
    const member = await org.create('CampaignMember', { CampaignId, LeadId });
    const read = async () =>
      (
        await org.rows(
          `SELECT Status, HasResponded, FirstRespondedDate, SystemModstamp FROM CampaignMember WHERE Id = '${member}'`,
        )
      )[0];
    expect(await read()).toMatchObject({ Status: 'Sent', HasResponded: false, FirstRespondedDate: null });
    expect((await org.call('POST', '/sobjects/CampaignMember', { CampaignId, LeadId })).body[0].errorCode).toBe(
      'DUPLICATE_VALUE',
    );
    expect(
      (await org.call('PATCH', `/sobjects/CampaignMember/${member}`, { FirstRespondedDate: '2020-01-01' })).body[0]
        .errorCode,
    ).toBe('INVALID_FIELD_FOR_INSERT_UPDATE');
    const [before] = await org.rows('SELECT SystemModstamp, NumberOfResponses FROM Campaign');
    org.clock.advance(24 * 3_600_000);
    org.token = (
      await org.raw(
        'POST',
        '/services/oauth2/token',
        new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: org.sandbox.credentials.clientId,
          client_secret: org.sandbox.credentials.clientSecret,
        }).toString(),
        { 'content-type': 'application/x-www-form-urlencoded' },
      )
    ).body.access_token;
    await org.call('PATCH', `/sobjects/CampaignMember/${member}`, { Status: 'Responded' });
    expect(await read()).toMatchObject({ HasResponded: true, FirstRespondedDate: '2026-01-06' });
    const [after] = await org.rows('SELECT SystemModstamp, NumberOfResponses, NumberOfLeads FROM Campaign');
    expect(after).toMatchObject({ NumberOfResponses: 1, NumberOfLeads: 1, SystemModstamp: before.SystemModstamp });
    await org.call('DELETE', `/sobjects/CampaignMember/${member}`);
    expect((await org.query('SELECT Id FROM CampaignMember', {}, 'queryAll')).body.totalSize).toBe(0);
    const window = `start=${new Date(org.clock.now() - 3_600_000).toISOString()}&end=${new Date(org.clock.now() + 60_000).toISOString()}`;
    expect((await org.call('GET', `/sobjects/CampaignMember/deleted?${window}`)).body.deletedRecords).toMatchObject([
      { id: member },
    ]);
  });

  test('/updated and /deleted cover what they say and refuse windows out of reach', async () => {
    const at = (days: number) => new Date(org.clock.now() + days * 24 * 3_600_000).toISOString();
    const id = await org.create('Account', { Name: 'New' });
    const updated = await org.call('GET', `/sobjects/Account/updated?start=${at(-0.01)}&end=${at(0.01)}`);
    expect(updated.body.ids).toContain(id);
    expect(updated.body.latestDateCovered <= at(0)).toBe(true);
    for (const [which, window] of [
      ['updated', `start=${at(-31)}&end=${at(0)}`],
      ['deleted', `start=${at(-16)}&end=${at(0)}`],
      ['updated', `start=${at(0)}&end=${at(-1)}`],
    ]) {
      expect((await org.call('GET', `/sobjects/Account/${which}?${window}`)).body[0].errorCode).toBe(
        'INVALID_REPLICATION_DATE',
      );
    }
  });
});

test('the day ends with its last call and begins again 24 hours after the first', async () => {
  const own = await Org.start({ dailyApiRequests: 2 });
  await own.call('GET', '/limits');
  await own.call('GET', '/limits');
  const reply = await own.call('GET', '/limits');
  expect(reply).toMatchObject({
    status: 403,
    body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }],
  });
  expect((await own.raw('GET', '/services/data')).status).toBe(200);
  const fresh = await Org.start({ dailyApiRequests: 1, sessionMs: 1e9 });
  await fresh.call('GET', '/limits');
  expect((await fresh.call('GET', '/limits')).status).toBe(403);
  fresh.clock.advance(24 * 3_600_000 + 60_000);
  expect((await fresh.call('GET', '/limits')).status).toBe(200);
  await own.close();
  await fresh.close();
});

test('currencies are told by a field only where the org has several', async () => {
  const own = await Org.start({ multiCurrency: true });
  const id = await own.create('Opportunity', {
    Name: 'O',
    StageName: 'Prospecting',
    CloseDate: '2026-03-01',
    CurrencyIsoCode: 'EUR',
  });
  expect((await own.rows(`SELECT CurrencyIsoCode FROM Opportunity WHERE Id = '${id}'`))[0].CurrencyIsoCode).toBe('EUR');
  expect(await own.rows('SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true')).toMatchObject([
    { IsoCode: 'USD' },
  ]);
  expect((await org.query('SELECT CurrencyIsoCode FROM Opportunity')).body[0].errorCode).toBe('INVALID_FIELD');
  await own.close();
});
