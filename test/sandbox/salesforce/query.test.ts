import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Org, TEXT_KEY } from './harness.ts';

let org: Org;
let account: string;
beforeAll(async () => {
  org = await Org.start();
  await org.deploy({
    'Account.Territories__c':
      '<label>Territories</label><type>MultiselectPicklist</type><valueSet><valueSetDefinition><sorted>false</sorted><value><fullName>AT</fullName><default>false</default></value><value><fullName>CH</fullName><default>false</default></value><value><fullName>DE</fullName><default>false</default></value></valueSetDefinition></valueSet>',
  });
  account = await org.create('Account', {
    Name: 'Acme',
    BillingCountry: 'Germany',
    Territories__c: 'DE;AT',
    NumberOfEmployees: 10,
  });
  await org.create('Account', { Name: 'beta', Territories__c: 'CH', NumberOfEmployees: 30 });
  await org.create('Account', { Name: 'Gamma 100%', AnnualRevenue: 5 });
  await org.create('Contact', { LastName: 'Zed', FirstName: 'Al', AccountId: account, Email: 'al@acme.com' });
  await org.create('Contact', { LastName: 'Young', AccountId: account });
  await org.create('Contact', { LastName: 'Lone' });
});
afterAll(() => org.close());

const names = async (soql: string): Promise<string[]> => (await org.rows(soql)).map((row) => row.Name);
const where = (condition: string) => names(`SELECT Name FROM Account WHERE ${condition} ORDER BY Name`);
const error = async (soql: string) => {
  const reply = await org.query(soql);
  expect(reply.status).toBe(400);
  return reply.body[0];
};

describe('WHERE', () => {
  test('compares texts without regard to case, numbers by value, nulls with null alone', async () => {
    expect(await where("Name = 'ACME'")).toEqual(['Acme']);
    expect(await where("Name != 'acme'")).toEqual(['beta', 'Gamma 100%']);
    expect(await where('NumberOfEmployees >= 10 AND NumberOfEmployees < 30')).toEqual(['Acme']);
    expect(await where('NumberOfEmployees = null')).toEqual(['Gamma 100%']);
    expect(await where('NumberOfEmployees != 10')).toEqual(['beta', 'Gamma 100%']);
    expect(await where('NumberOfEmployees < 100')).toEqual(['Acme', 'beta']);
  });

  test('AND, OR, NOT with parentheses', async () => {
    expect(await where("(Name = 'acme' OR Name = 'beta') AND NOT (NumberOfEmployees = 30)")).toEqual(['Acme']);
    expect(await where("NOT Name LIKE '%a'")).toEqual(['Acme', 'Gamma 100%']);
    expect(await where("(NOT (Name = 'acme')) AND (NOT Name = 'beta')")).toEqual(['Gamma 100%']);
    expect((await error("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'")).errorCode).toBe(
      'MALFORMED_QUERY',
    );
  });

  test('LIKE, IN, NOT IN, INCLUDES, EXCLUDES', async () => {
    expect(await where("Name LIKE '_c%'")).toEqual(['Acme']);
    expect(await where("Name LIKE '%100\\\\%'".replace('\\\\', '\\'))).toEqual(['Gamma 100%']);
    expect(await where("Name IN ('ACME', 'x')")).toEqual(['Acme']);
    expect(await where("Name NOT IN ('ACME', 'x')")).toEqual(['beta', 'Gamma 100%']);
    expect(await where("Territories__c INCLUDES ('AT;DE', 'CH')")).toEqual(['Acme', 'beta']);
    expect(await where("Territories__c INCLUDES ('AT;CH')")).toEqual([]);
    expect(await where("Territories__c EXCLUDES ('CH')")).toEqual(['Acme', 'Gamma 100%']);
  });

  test('semi-joins, anti-joins and parents', async () => {
    expect(await where('Id IN (SELECT AccountId FROM Contact WHERE Email != null)')).toEqual(['Acme']);
    expect(await where('Id NOT IN (SELECT AccountId FROM Contact WHERE AccountId != null)')).toEqual([
      'beta',
      'Gamma 100%',
    ]);
    const contacts = await org.rows(
      "SELECT Id, Account.Owner.Name FROM Contact WHERE Account.BillingCountry = 'germany'",
    );
    expect(contacts).toHaveLength(2);
    expect(contacts[0].Account.Owner.Name).toBe('Integration User');
  });

  test('date literals, datetimes with offset, date functions', async () => {
    expect(await where('CreatedDate = TODAY')).toHaveLength(3);
    expect(await where('CreatedDate = LAST_N_DAYS:3')).toHaveLength(3);
    expect(await where('CreatedDate < TODAY OR CreatedDate = YESTERDAY')).toEqual([]);
    expect(await where('CreatedDate >= 2026-01-05T10:00:00+01:00')).toHaveLength(3);
    expect(await where('CreatedDate > 2026-01-05T09:00:00-08:00')).toEqual([]);
    expect(await where('CALENDAR_YEAR(CreatedDate) = 2026 AND CreatedDate = THIS_MONTH')).toHaveLength(3);
    expect(await where('DAY_ONLY(CreatedDate) = 2026-01-05')).toHaveLength(3);
  });

  test('15- and 18-character ids are the same id; other texts are refused', async () => {
    expect(await where(`Id = '${account.slice(0, 15)}'`)).toEqual(['Acme']);
    expect((await error("SELECT Id FROM Account WHERE Id = 'abc'")).errorCode).toBe('INVALID_QUERY_FILTER_OPERATOR');
  });

  test('a literal of the wrong type is refused', async () => {
    expect((await error("SELECT Id FROM Account WHERE NumberOfEmployees = '5'")).message).toMatch(
      /must be of type int and should not be enclosed in quotes/,
    );
    expect((await error('SELECT Id FROM Account WHERE CreatedDate = 2026-01-01')).errorCode).toBe('INVALID_FIELD');
  });
});

describe('SELECT', () => {
  test('names and objects in any case come back in their own', async () => {
    const [row] = await org.rows("select id, name from account where name = 'acme'");
    expect(row).toEqual({
      attributes: { type: 'Account', url: `/services/data/v68.0/sobjects/Account/${account}` },
      Id: account,
      Name: 'Acme',
    });
  });

  test('aliases of the object, parents, children, null children', async () => {
    const rows = await org.rows(
      'SELECT a.Name, a.Owner.Alias, (SELECT LastName FROM Contacts ORDER BY LastName LIMIT 1) FROM Account a ORDER BY a.Name LIMIT 2',
    );
    expect(rows[0].Contacts).toMatchObject({ totalSize: 1, done: true, records: [{ LastName: 'Young' }] });
    expect(rows[1].Contacts).toBeNull();
    expect(rows[0].Owner).toMatchObject({ attributes: { type: 'User' }, Alias: 'integ' });
  });

  test('a lead may be owned by a user or a queue', async () => {
    const [queue] = await org.rows("SELECT Id FROM Group WHERE Type = 'Queue'");
    await org.create('Lead', { LastName: 'Q', Company: 'C', OwnerId: queue.Id });
    const [row] = await org.rows("SELECT Owner.Name, Owner.Type FROM Lead WHERE Owner.Type = 'Queue'");
    expect(row.Owner).toMatchObject({ attributes: { type: 'Name' }, Name: 'Channel Leads', Type: 'Queue' });
    const [typed] = await org.rows(
      'SELECT TYPEOF Owner WHEN User THEN Alias WHEN Group THEN DeveloperName END FROM Lead',
    );
    expect(typed.Owner).toMatchObject({ attributes: { type: 'Group' }, DeveloperName: 'Channel_Leads' });
  });

  test('FIELDS(ALL) needs a limit of at most 200; FIELDS(STANDARD) none', async () => {
    expect((await error('SELECT FIELDS(ALL) FROM Account')).message).toBe(
      'The SOQL FIELDS function must have a LIMIT of at most 200',
    );
    const [row] = await org.rows("SELECT FIELDS(ALL) FROM Account WHERE Name = 'Acme' LIMIT 200");
    expect(row).toMatchObject({
      Name: 'Acme',
      Territories__c: 'AT;DE',
      BillingAddress: { country: 'Germany', city: null },
    });
    const [standard] = await org.rows("SELECT FIELDS(STANDARD) FROM Account WHERE Name = 'Acme'");
    expect(standard).not.toHaveProperty('Territories__c');
  });

  test('ORDER BY puts nulls first unless told otherwise; OFFSET and LIMIT cut', async () => {
    expect(await names('SELECT Name FROM Account ORDER BY NumberOfEmployees')).toEqual(['Gamma 100%', 'Acme', 'beta']);
    expect(await names('SELECT Name FROM Account ORDER BY NumberOfEmployees DESC NULLS LAST')).toEqual([
      'beta',
      'Acme',
      'Gamma 100%',
    ]);
    expect(await names('SELECT Name FROM Account ORDER BY Name LIMIT 1 OFFSET 1')).toEqual(['beta']);
    expect((await error('SELECT Id FROM Account OFFSET 2001')).errorCode).toBe('NUMBER_OUTSIDE_VALID_RANGE');
  });

  test('columns=true describes the columns', async () => {
    const reply = await org.call(
      'GET',
      `/query?q=${encodeURIComponent('SELECT Id, Owner.Name FROM Account')}&columns=true`,
    );
    expect(reply.body).toMatchObject({ entityName: 'Account', idSelected: true, keyPrefix: '001', groupBy: false });
    expect(reply.body.columnMetadata[1]).toMatchObject({ columnName: 'Owner', joinColumns: [{ columnName: 'Name' }] });
  });
});

describe('aggregates', () => {
  test('COUNT() is a number alone', async () => {
    expect((await org.query('SELECT COUNT() FROM Account')).body).toEqual({ totalSize: 3, done: true, records: [] });
  });

  test('unnamed expressions are expr0, expr1; aliases keep their name', async () => {
    const [row] = await org.rows(
      'SELECT COUNT(NumberOfEmployees) n, SUM(NumberOfEmployees), AVG(NumberOfEmployees), MIN(Name), MAX(CreatedDate) FROM Account',
    );
    expect(row).toMatchObject({ attributes: { type: 'AggregateResult' }, n: 2, expr0: 40, expr1: 20, expr2: 'Acme' });
    expect(row.expr3).toMatch(/^2026-01-05T09:\d\d:\d\d\.000\+0000$/);
  });

  test('GROUP BY a parent, HAVING, ORDER BY an aggregate, ROLLUP', async () => {
    const rows = await org.rows(
      'SELECT Account.Name, COUNT(Id) c FROM Contact GROUP BY Account.Name ORDER BY COUNT(Id) DESC',
    );
    expect(rows.map((row) => [row.Name, row.c])).toEqual([
      ['Acme', 2],
      [null, 1],
    ]);
    expect(await org.rows('SELECT AccountId FROM Contact GROUP BY AccountId HAVING COUNT(Id) > 1')).toHaveLength(1);
    const total = await org.rows(
      'SELECT AccountId, GROUPING(AccountId) g, COUNT(Id) c FROM Contact GROUP BY ROLLUP(AccountId)',
    );
    expect(total.at(-1)).toMatchObject({ AccountId: null, g: 1, c: 3 });
  });

  test('a field that is neither grouped nor aggregated is refused', async () => {
    expect((await error('SELECT Name, COUNT(Id) FROM Account')).message).toMatch(
      /Field must be grouped or aggregated: Name/,
    );
  });
});

describe('errors', () => {
  test('name the place as the vendor does', async () => {
    expect(await error('SELECT Id, foo FROM Lead')).toEqual({
      errorCode: 'INVALID_FIELD',
      message:
        "\nSELECT Id, foo FROM Lead\n           ^\nERROR at Row:1:Column:12\nNo such column 'foo' on entity 'Lead'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
    });
    expect((await error('SELECT Id FROM Nope')).errorCode).toBe('INVALID_TYPE');
    expect((await error('SELECT Id, FROM Lead')).message).toMatch(/Row:1:Column:12\nunexpected token: 'FROM'/);
    expect((await error("SELECT Id FROM Lead WHERE Name = 'x")).errorCode).toBe('MALFORMED_QUERY');
    expect((await error('SELECT Nope.Name FROM Lead')).message).toMatch(
      /Didn't understand relationship 'Nope' in field path/,
    );
    expect((await error('SELECT (SELECT Id FROM Nopes) FROM Lead')).message).toMatch(
      /relationship 'Nopes' in FROM part of query call/,
    );
    expect((await error('SELECT Name n FROM Lead')).message).toMatch(/only aggregate expressions use field aliasing/);
  });

  test('queries and addresses have a greatest length', async () => {
    expect((await org.query(`SELECT Id FROM Account WHERE Name = '${'x'.repeat(20_000)}'`)).status).toBe(431);
    const long = `SELECT Id FROM Account WHERE Name = '${'x'.repeat(100_000)}'`;
    const batch = await org.call('POST', '/composite/batch', {
      batchRequests: [{ method: 'GET', url: `v68.0/query?q=${encodeURIComponent(long)}` }],
    });
    expect(batch.body.results[0].result[0].errorCode).toBe('MALFORMED_QUERY');
  });
});

describe('pages', () => {
  let own: Org;
  beforeAll(async () => {
    own = await Org.start();
    await own.deploy({ 'Contact.Key__c': TEXT_KEY });
    for (let k = 0; k < 3; k++) {
      const records = Array.from({ length: 200 }, (_, i) => ({
        attributes: { type: 'Contact' },
        LastName: `L${k}-${i}`,
        Key__c: `${k}-${i}`,
      }));
      await own.call('POST', '/composite/sobjects', { records });
    }
  });
  afterAll(() => own.close());

  test('batchSize cuts the result; the locator of the next page lives two days', async () => {
    const first = await own.query('SELECT Id FROM Contact', { 'sforce-query-options': 'batchSize=250' });
    expect(first.body).toMatchObject({ totalSize: 600, done: false });
    expect(first.body.records).toHaveLength(250);
    expect(first.body.nextRecordsUrl).toMatch(/^\/services\/data\/v68\.0\/query\/0r8[A-Za-z0-9]{15}-250$/);
    const path = first.body.nextRecordsUrl.replace('/services/data/v68.0', '');
    const second = await own.call('GET', path, undefined, { 'sforce-query-options': 'batchSize=100' });
    expect(second.body.records).toHaveLength(200);
    expect((await own.call('GET', path)).body).toMatchObject({ done: true, totalSize: 600 });
    own.clock.advance(2 * 24 * 3_600_000 + 1000);
    own.token = (
      await own.raw(
        'POST',
        '/services/oauth2/token',
        new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: own.sandbox.credentials.clientId,
          client_secret: own.sandbox.credentials.clientSecret,
        }).toString(),
        { 'content-type': 'application/x-www-form-urlencoded' },
      )
    ).body.access_token;
    expect(await own.call('GET', path)).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_QUERY_LOCATOR' }] });
    expect((await own.call('GET', '/query/0r8000000000000AAA-2000')).status).toBe(400);
  });

  test('keyset pages of any size over (SystemModstamp, Id) meet every row once, in order', async () => {
    const all = await own.rows('SELECT Id, SystemModstamp FROM Contact ORDER BY SystemModstamp, Id');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 90, max: 400 }), async (size) => {
        const seen: string[] = [];
        let after = 'SystemModstamp >= 2026-01-01T00:00:00Z';
        for (;;) {
          const page = await own.rows(
            `SELECT Id, SystemModstamp FROM Contact WHERE ${after} ORDER BY SystemModstamp, Id LIMIT ${size}`,
          );
          seen.push(...page.map((row) => row.Id));
          if (page.length < size) break;
          const last = page.at(-1);
          const stamp = last.SystemModstamp.replace('+0000', 'Z');
          after = `((SystemModstamp = ${stamp} AND Id > '${last.Id}') OR SystemModstamp > ${stamp}) AND IsDeleted = false`;
        }
        expect(seen).toEqual(all.map((row) => row.Id));
      }),
      { numRuns: 6 },
    );
  });
});
