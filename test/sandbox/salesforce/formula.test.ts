import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Org } from './harness.ts';

let org: Org;
beforeAll(async () => {
  org = await Org.start({ sessionMs: 30 * 86_400_000 });
});
afterAll(() => org.close());

const escaped = (formula: string) => formula.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const formula = (text: string, type = 'Text', more = '') =>
  `<label>F</label><type>${type}</type><formula>${escaped(text)}</formula>${more}`;
const number = (text: string, more = '') => formula(text, 'Number', `<precision>18</precision><scale>2</scale>${more}`);
/** What the org says of a formula that it refuses. */
async function refusal(text: string, type = 'Text'): Promise<string> {
  const xml = type === 'Number' ? number(text) : formula(text, type);
  const { body } = await org.soap(
    'm',
    `<createMetadata><metadata xsi:type="CustomField"><fullName>Contact.Bad__c</fullName>${xml}</metadata></createMetadata>`,
  );
  return /<message>([^<]*)<\/message>/.exec(body)?.[1]?.replaceAll('&amp;', '&').replaceAll('&lt;', '<') ?? 'accepted';
}

describe('a formula field', () => {
  test('is calculated in describe, cannot be written, and is worked out when it is read', async () => {
    await org.deploy({
      'Contact.Greeting__c': formula('IF(ISBLANK(FirstName), "Hello", "Hello " & FirstName) & " of " & Account.Name'),
    });
    const account = await org.create('Account', { Name: 'Acme' });
    const contact = await org.create('Contact', { LastName: 'Ode', FirstName: 'Ann', AccountId: account });
    const { body } = await org.call('GET', '/sobjects/Contact/describe');
    const field = body.fields.find((one: { name: string }) => one.name === 'Greeting__c');
    expect(field).toMatchObject({
      calculated: true,
      createable: false,
      updateable: false,
      nillable: true,
      length: 1300,
    });
    const [row] = await org.rows(`SELECT Greeting__c FROM Contact WHERE Id = '${contact}'`);
    expect(row.Greeting__c).toBe('Hello Ann of Acme');
    const refused = await org.call('PATCH', `/sobjects/Contact/${contact}`, { Greeting__c: 'x' });
    expect(refused.body[0]).toMatchObject({ errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields: ['Greeting__c'] });
  });

  test('changes with what it reads, and moves no stamp', async () => {
    const account = await org.create('Account', { Name: 'Before' });
    const contact = await org.create('Contact', { LastName: 'Ode', AccountId: account });
    const look = async () =>
      (await org.rows(`SELECT Greeting__c, SystemModstamp, LastModifiedDate FROM Contact WHERE Id = '${contact}'`))[0];
    const before = await look();
    org.clock.advance(60_000);
    await org.call('PATCH', `/sobjects/Account/${account}`, { Name: 'After' });
    const after = await look();
    expect([before.Greeting__c, after.Greeting__c]).toEqual(['Hello of Before', 'Hello of After']);
    expect(after).toMatchObject({ SystemModstamp: before.SystemModstamp, LastModifiedDate: before.LastModifiedDate });
  });

  test('TODAY moves with the clock', async () => {
    await org.deploy({
      'Lead.Age__c': formula('TODAY() - DATEVALUE(CreatedDate)', 'Number', '<precision>18</precision><scale>0</scale>'),
    });
    const lead = await org.create('Lead', { LastName: 'Old', Company: 'C' });
    const age = async () => (await org.rows(`SELECT Age__c FROM Lead WHERE Id = '${lead}'`))[0].Age__c;
    expect(await age()).toBe(0);
    org.clock.advance(3 * 86_400_000);
    expect(await age()).toBe(3);
    expect(await org.rows(`SELECT Id FROM Lead WHERE Age__c > 2 AND Id = '${lead}'`)).toHaveLength(1);
  });

  test('blank numbers count as 0 unless it says otherwise; a division by 0 gives nothing', async () => {
    await org.deploy({
      'Lead.Zero__c': number('NumberOfEmployees + 1'),
      'Lead.Blank__c': number('NumberOfEmployees + 1', '<formulaTreatBlanksAs>BlankAsBlank</formulaTreatBlanksAs>'),
      'Lead.Ratio__c': number('AnnualRevenue / NumberOfEmployees'),
      'Lead.Big__c': formula('NumberOfEmployees >= 100 || Website = "big"', 'Checkbox'),
    });
    const lead = await org.create('Lead', { LastName: 'N', Company: 'C', AnnualRevenue: 10 });
    const look = async () =>
      (await org.rows(`SELECT Zero__c, Blank__c, Ratio__c, Big__c FROM Lead WHERE Id = '${lead}'`))[0];
    expect(await look()).toMatchObject({ Zero__c: 1, Blank__c: null, Ratio__c: null, Big__c: false });
    await org.call('PATCH', `/sobjects/Lead/${lead}`, { NumberOfEmployees: 300 });
    expect(await look()).toMatchObject({ Zero__c: 301, Blank__c: 301, Ratio__c: 0.03, Big__c: true });
  });

  test('is made through Tooling too, and read back as it was made', async () => {
    const Metadata = { label: 'T', type: 'Text', formula: 'TEXT(Status)' };
    const made = await org.call('POST', '/tooling/sobjects/CustomField', { FullName: 'Lead.T__c', Metadata });
    expect(made.status).toBe(201);
    const { body } = await org.call('GET', `/tooling/sobjects/CustomField/${made.body.id}`);
    expect(body.Metadata).toMatchObject({ type: 'Text', formula: 'TEXT(Status)', formulaTreatBlanksAs: 'BlankAsZero' });
  });

  test('keeps the fields that it reads from being deleted', async () => {
    await org.deploy({ 'Lead.Base__c': '<label>B</label><type>Text</type><length>10</length>' });
    await org.deploy({ 'Lead.Derived__c': formula('Base__c & "!"') });
    const remove = (name: string) =>
      org.soap('m', `<deleteMetadata><type>CustomField</type><fullNames>${name}</fullNames></deleteMetadata>`);
    const refused = (await remove('Lead.Base__c')).body;
    expect(refused).toContain('DEPENDENCY_EXISTS');
    expect(refused).toContain(
      'This custom field is referenced elsewhere in salesforce.com. : Custom Field - Lead.Derived__c',
    );
    expect((await remove('Lead.Derived__c')).body).toContain('<success>true');
    expect((await remove('Lead.Base__c')).body).toContain('<success>true');
  });
});

test.each([
  ['Nope__c & "x"', 'Text', 'Field Nope__c does not exist. Check spelling.'],
  ['Account.Nope', 'Text', 'Field Account.Nope does not exist. Check spelling.'],
  ['FirstName & 1', 'Text', "Incorrect parameter type for operator '&'. Expected Text, received Number"],
  ['LeadSource & "x"', 'Text', "Incorrect parameter type for operator '&'. Expected Text, received Picklist"],
  ['FirstName', 'Number', 'Formula result is data type (Text), incompatible with expected data type (Number).'],
  ['IF(DoNotCall, "a")', 'Text', "Incorrect number of parameters for function 'IF()'. Expected 3, received 2"],
  ['IF(FirstName, "a", "b")', 'Text', "Incorrect parameter type for function 'IF()'. Expected Boolean, received Text"],
  ['(FirstName', 'Text', "Syntax error. Missing ')'"],
  ['FirstName LastName', 'Text', "Syntax error. Found 'LastName'"],
  ['FirstName ^ 2', 'Text', "Syntax error. Found '^'"],
  ['ISNEW()', 'Checkbox', 'Function ISNEW may not be used in this type of formula'],
])('the formula %s of a %s field is refused: %s', async (text, type, message) => {
  expect(await refusal(text, type)).toBe(message);
});

test('a function that this org does not know is refused by name, with those that it knows', async () => {
  expect(await refusal('VLOOKUP(FirstName, LastName, Email)')).toMatch(
    /^Unknown function VLOOKUP\. Check spelling\. .*ISBLANK/,
  );
});

test('formulas cannot read each other in a circle', async () => {
  await org.deploy({ 'Account.A__c': number('1') });
  await org.deploy({ 'Account.B__c': number('A__c + 1') });
  const { body } = await org.soap(
    'm',
    `<updateMetadata><metadata xsi:type="CustomField"><fullName>Account.A__c</fullName>${number('B__c + 1')}</metadata></updateMetadata>`,
  );
  expect(body).toContain('circular reference');
});
