import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Org } from './harness.ts';

let org: Org;
beforeAll(async () => {
  org = await Org.start();
});
afterAll(() => org.close());

const xml = (meta: Record<string, unknown>): string =>
  Object.entries(meta)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one] as const))
    .map(
      ([name, one]) =>
        `<${name}>${typeof one === 'object' ? xml(one) : String(one).replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${name}>`,
    )
    .join('');
async function deploy(
  type: string,
  fullName: string,
  meta: Record<string, unknown>,
  call = 'createMetadata',
): Promise<void> {
  const { body } = await org.soap(
    'm',
    `<${call}><metadata xsi:type="${type}"><fullName>${fullName}</fullName>${xml(meta)}</metadata></${call}>`,
  );
  if (!body.includes('<success>true')) throw new Error(body);
}
const patch = (type: string, id: string, fields: Record<string, unknown>, headers = {}) =>
  org.call('PATCH', `/sobjects/${type}/${id}`, fields, headers);

describe('a validation rule', () => {
  const rule = {
    active: true,
    errorConditionFormula: 'ISCHANGED(Rating) && ISPICKVAL(Rating, "Hot") && ISBLANK(Phone)',
    errorDisplayField: 'Phone',
    errorMessage: 'A hot lead needs a phone number.',
  };

  test('refuses a save that breaks it, with its own words and its field', async () => {
    await deploy('ValidationRule', 'Lead.Hot_needs_phone', rule);
    const lead = await org.create('Lead', { LastName: 'L', Company: 'C' });
    const refused = await patch('Lead', lead, { Rating: 'Hot' });
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual([
      {
        errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        message: 'A hot lead needs a phone number.',
        fields: ['Phone'],
      },
    ]);
    expect((await patch('Lead', lead, { Rating: 'Hot', Phone: '1' })).status).toBe(204);
  });

  test('is switched off, and read, through Tooling', async () => {
    const { body } = await org.call(
      'GET',
      `/tooling/query?q=${encodeURIComponent("SELECT Id, Active, ErrorMessage FROM ValidationRule WHERE ValidationName = 'Hot_needs_phone'")}`,
    );
    expect(body.records).toMatchObject([{ Active: true, ErrorMessage: rule.errorMessage }]);
    const path = `/tooling/sobjects/ValidationRule/${body.records[0].Id}`;
    expect((await org.call('GET', path)).body.Metadata).toEqual(rule);
    await org.call('PATCH', path, { Metadata: { ...rule, active: false } });
    const lead = await org.create('Lead', { LastName: 'L', Company: 'C' });
    expect((await patch('Lead', lead, { Rating: 'Hot' })).status).toBe(204);
  });

  test('tells a new record from a changed one, and shows at the top where it names no field', async () => {
    await deploy('ValidationRule', 'Account.No_new', {
      active: true,
      errorConditionFormula: 'ISNEW() && CONTAINS(Name, "forbidden")',
      errorMessage: 'No.',
    });
    const refused = await org.call('POST', '/sobjects/Account', { Name: 'forbidden fruit' });
    expect(refused.body).toEqual([{ errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'No.', fields: [] }]);
    const account = await org.create('Account', { Name: 'fine' });
    expect((await patch('Account', account, { Name: 'forbidden fruit' })).status).toBe(204);
  });

  test('fails one row of a collection and lets the others through', async () => {
    const attributes = { type: 'Account' };
    const { body } = await org.call('POST', '/composite/sobjects', {
      records: [
        { attributes, Name: 'forbidden' },
        { attributes, Name: 'good' },
      ],
    });
    expect(body).toMatchObject([
      { success: false, errors: [{ statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'No.', fields: [] }] },
      { success: true },
    ]);
  });

  test('has to be true or false', async () => {
    await expect(deploy('ValidationRule', 'Lead.Text', { ...rule, errorConditionFormula: '"x"' })).rejects.toThrow(
      'incompatible with expected data type (true or false)',
    );
  });
});

describe('record types', () => {
  const STATUS =
    '<label>Kind</label><type>Picklist</type>' +
    '<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>' +
    ['A', 'B', 'C']
      .map((one) => `<value><fullName>${one}</fullName><default>false</default><label>${one}</label></value>`)
      .join('') +
    '</valueSetDefinition></valueSet>';

  test('show in describe and in queries, beside the master', async () => {
    await org.deploy({ 'Lead.Kind__c': STATUS });
    expect((await org.call('GET', '/sobjects/Lead/describe')).body.recordTypeInfos).toHaveLength(1);
    await deploy('RecordType', 'Lead.Partner', {
      active: true,
      label: 'Partner Lead',
      picklistValues: {
        picklist: 'Kind__c',
        values: [
          { fullName: 'A', default: true },
          { fullName: 'B', default: false },
        ],
      },
    });
    const { body } = await org.call('GET', '/sobjects/Lead/describe');
    expect(body.recordTypeInfos).toMatchObject([
      { developerName: 'Partner', name: 'Partner Lead', master: false, defaultRecordTypeMapping: false, active: true },
      { developerName: 'Master', master: true, defaultRecordTypeMapping: true, recordTypeId: '012000000000000AAA' },
    ]);
    expect(await org.rows("SELECT Id, DeveloperName FROM RecordType WHERE SobjectType = 'Lead'")).toMatchObject([
      { DeveloperName: 'Partner', Id: body.recordTypeInfos[0].recordTypeId },
    ]);
  });

  test('limit restricted picklists to their own values and give their default', async () => {
    const [{ Id: RecordTypeId }] = await org.rows("SELECT Id FROM RecordType WHERE SobjectType = 'Lead'");
    const lead = await org.create('Lead', { LastName: 'L', Company: 'C', RecordTypeId });
    expect(await org.rows(`SELECT Kind__c, RecordType.DeveloperName FROM Lead WHERE Id = '${lead}'`)).toMatchObject([
      { Kind__c: 'A', RecordType: { DeveloperName: 'Partner' } },
    ]);
    expect((await patch('Lead', lead, { Kind__c: 'C' })).body[0]).toMatchObject({
      errorCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      fields: ['Kind__c'],
    });
    const other = await org.create('Lead', { LastName: 'L', Company: 'C', Kind__c: 'C' });
    expect((await patch('Lead', other, { RecordTypeId: '012000000000001AAA' })).body[0].errorCode).toBe(
      'INVALID_CROSS_REFERENCE_KEY',
    );
  });

  test('are taken by records that name none where one is the default', async () => {
    org.sandbox.controls.setDefaultRecordType('Lead', 'Partner');
    const lead = await org.create('Lead', { LastName: 'L', Company: 'C' });
    expect(await org.rows(`SELECT RecordType.Name FROM Lead WHERE Id = '${lead}'`)).toMatchObject([
      { RecordType: { Name: 'Partner Lead' } },
    ]);
    org.sandbox.controls.setDefaultRecordType('Lead', null);
  });
});

describe('queues', () => {
  test('own records of the objects that they are made for, and are told apart from users', async () => {
    const [queue] = await org.rows("SELECT Id FROM Group WHERE Type = 'Queue'");
    const lead = await org.create('Lead', { LastName: 'Q', Company: 'C', OwnerId: queue.Id });
    expect(await org.rows(`SELECT Owner.Type, Owner.Name FROM Lead WHERE Id = '${lead}'`)).toMatchObject([
      { Owner: { Type: 'Queue', Name: 'Channel Leads' } },
    ]);
    expect((await org.call('POST', '/sobjects/Task', { Subject: 'S', OwnerId: queue.Id })).body[0]).toMatchObject({
      errorCode: 'INVALID_OPERATION',
      message: 'Queue not associated with this SObject type',
    });
    expect((await org.call('POST', '/sobjects/Account', { Name: 'A', OwnerId: queue.Id })).body[0].errorCode).toBe(
      'FIELD_INTEGRITY_EXCEPTION',
    );
  });

  test('are made through the API and own what they are said to', async () => {
    const queue = await org.create('Group', { Name: 'Tasks', DeveloperName: 'Tasks', Type: 'Queue' });
    const create = () => org.call('POST', '/sobjects/Task', { Subject: 'S', OwnerId: queue });
    expect((await create()).status).toBe(400);
    await org.create('QueueSobject', { QueueId: queue, SobjectType: 'Task' });
    expect((await create()).status).toBe(201);
  });
});

describe('assignment rules of leads', () => {
  test('take a lead from its owner at every save, unless the request says FALSE', async () => {
    await deploy('AssignmentRules', 'Lead', {
      assignmentRule: {
        fullName: 'Standard',
        active: true,
        ruleEntry: [
          {
            assignedTo: 'Channel_Leads',
            assignedToType: 'Queue',
            criteriaItems: { field: 'Lead.Country', operation: 'equals', value: 'AT' },
          },
        ],
      },
    });
    const owner = async (id: string) =>
      (await org.rows(`SELECT Owner.Type FROM Lead WHERE Id = '${id}'`))[0].Owner.Type;
    const [user] = await org.rows("SELECT Id FROM User WHERE Alias = 'integ'");
    const lead = await org.create('Lead', { LastName: 'L', Company: 'C', Country: 'DE' });
    expect(await owner(lead)).toBe('User');
    await patch('Lead', lead, { Country: 'AT' });
    expect(await owner(lead)).toBe('Queue');
    await patch('Lead', lead, { OwnerId: user.Id }, { 'Sforce-Auto-Assign': 'FALSE' });
    expect(await owner(lead)).toBe('User');
    await patch('Lead', lead, { Title: 'x' });
    expect(await owner(lead)).toBe('Queue');
    expect(await org.rows('SELECT Name, Active FROM AssignmentRule')).toMatchObject([
      { Name: 'Standard', Active: true },
    ]);
  });
});

describe('a flow', () => {
  test('rewrites a field behind every save until it is switched off', async () => {
    const off = org.sandbox.controls.addFlow({
      object: 'Lead',
      field: 'Industry',
      formula: '"Banking"',
      when: 'Country = "CH"',
    });
    const lead = await org.create('Lead', { LastName: 'L', Company: 'C', Industry: 'Energy' });
    const industry = async () => (await org.rows(`SELECT Industry FROM Lead WHERE Id = '${lead}'`))[0].Industry;
    expect(await industry()).toBe('Energy');
    await patch('Lead', lead, { Country: 'CH' });
    expect(await industry()).toBe('Banking');
    await patch('Lead', lead, { Industry: 'Energy' });
    expect(await industry()).toBe('Banking');
    off();
    await patch('Lead', lead, { Industry: 'Energy' });
    expect(await industry()).toBe('Energy');
  });

  test('within the save works on the values that are about to be written', async () => {
    const off = org.sandbox.controls.addFlow({
      object: 'Lead',
      field: 'Title',
      formula: '"Dr. " & LastName',
      timing: 'before',
    });
    const lead = await org.create('Lead', { LastName: 'Who', Company: 'C' });
    expect(await org.rows(`SELECT Title FROM Lead WHERE Id = '${lead}'`)).toMatchObject([{ Title: 'Dr. Who' }]);
    off();
  });

  test('automation moves SystemModstamp and leaves the stamp of users alone', async () => {
    const lead = await org.create('Lead', { LastName: 'L', Company: 'C' });
    const look = async () =>
      (await org.rows(`SELECT Title, SystemModstamp, LastModifiedDate FROM Lead WHERE Id = '${lead}'`))[0];
    const before = await look();
    org.clock.advance(60_000);
    org.sandbox.controls.changeByAutomation(lead, { Title: 'auto' });
    const after = await look();
    expect(after).toMatchObject({ Title: 'auto', LastModifiedDate: before.LastModifiedDate });
    expect(after.SystemModstamp > before.SystemModstamp).toBe(true);
  });
});

describe('a schema that drifts', () => {
  const text = (length: number, more = '') => ({
    label: 'D',
    type: 'Text',
    length,
    ...(more === '' ? {} : { required: true }),
  });
  const field = async (name: string) =>
    (await org.call('GET', '/sobjects/Contact/describe')).body.fields.find(
      (one: { name: string }) => one.name === name,
    );
  const attempt = async (value: string | null) =>
    (await org.call('POST', '/sobjects/Contact', { LastName: 'D', Drift__c: value })).body[0]?.errorCode ?? 'ok';

  test('a field is narrowed, made required, and deleted', async () => {
    await org.deploy({ 'Contact.Drift__c': '<label>D</label><type>Text</type><length>50</length>' });
    expect(await attempt('x'.repeat(20))).toBe('ok');
    await deploy('CustomField', 'Contact.Drift__c', text(10), 'updateMetadata');
    expect(await field('Drift__c')).toMatchObject({ length: 10, nillable: true });
    expect(await attempt('x'.repeat(20))).toBe('STRING_TOO_LONG');
    await deploy('CustomField', 'Contact.Drift__c', text(10, 'required'), 'updateMetadata');
    expect(await field('Drift__c')).toMatchObject({ nillable: false });
    expect(await attempt(null)).toBe('REQUIRED_FIELD_MISSING');
    await org.soap(
      'm',
      '<deleteMetadata><type>CustomField</type><fullNames>Contact.Drift__c</fullNames></deleteMetadata>',
    );
    expect(await field('Drift__c')).toBeUndefined();
    expect(await attempt('x')).toBe('INVALID_FIELD');
  });

  test('a field gets another name: its values and permissions go along', async () => {
    await org.deploy({ 'Contact.Was__c': '<label>W</label><type>Text</type><length>50</length>' });
    const contact = await org.create('Contact', { LastName: 'R', Was__c: 'kept' });
    const rename = (to: string) =>
      org.soap(
        'm',
        `<renameMetadata><type>CustomField</type><oldFullName>Contact.Was__c</oldFullName><newFullName>Contact.${to}</newFullName></renameMetadata>`,
      );
    expect((await rename('not a name')).body).toContain('<success>false');
    expect((await rename('Is__c')).body).toContain('<success>true');
    expect(await field('Was__c')).toBeUndefined();
    expect(await org.rows(`SELECT Is__c FROM Contact WHERE Id = '${contact}'`)).toMatchObject([{ Is__c: 'kept' }]);
  });

  test('a picklist is restricted through Tooling', async () => {
    const valueSet = (restricted: boolean) => ({
      restricted,
      valueSetDefinition: { value: [{ fullName: 'A', label: 'A', default: false }] },
    });
    await org.deploy({
      'Contact.Pick__c':
        '<label>P</label><type>Picklist</type><valueSet><valueSetDefinition><value><fullName>A</fullName></value></valueSetDefinition></valueSet>',
    });
    const create = async () =>
      (await org.call('POST', '/sobjects/Contact', { LastName: 'P', Pick__c: 'new' })).body[0]?.errorCode ?? 'ok';
    expect(await create()).toBe('ok');
    const { body } = await org.call(
      'GET',
      `/tooling/query?q=${encodeURIComponent("SELECT Id FROM CustomField WHERE DeveloperName = 'Pick'")}`,
    );
    const Metadata = { label: 'P', type: 'Picklist', valueSet: valueSet(true) };
    expect((await org.call('PATCH', `/tooling/sobjects/CustomField/${body.records[0].Id}`, { Metadata })).status).toBe(
      204,
    );
    expect(await create()).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
  });
});

test('an org with several currencies keeps rates, by date where it was told to', async () => {
  const own = await Org.start({ multiCurrency: true, datedRates: true });
  await own.create('DatedConversionRate', { IsoCode: 'EUR', StartDate: '2026-01-01', ConversionRate: 0.9 });
  const rates = await own.rows(
    "SELECT StartDate, NextStartDate, ConversionRate FROM DatedConversionRate WHERE IsoCode = 'EUR' ORDER BY StartDate",
  );
  expect(rates).toMatchObject([
    { NextStartDate: '2026-01-01', ConversionRate: 0.92 },
    { StartDate: '2026-01-01', NextStartDate: '9999-12-31', ConversionRate: 0.9 },
  ]);
  expect(await own.rows('SELECT DefaultCurrencyIsoCode FROM Organization')).toMatchObject([
    { DefaultCurrencyIsoCode: 'USD' },
  ]);
  expect((await org.query('SELECT Id FROM CurrencyType')).body[0].errorCode).toBe('INVALID_TYPE');
  await own.close();
});
