import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Connection } from 'jsforce';
import { Org, TEXT_KEY } from './harness.ts';

let org: Org;
let conn: Connection;
beforeAll(async () => {
  org = await Org.start();
  conn = new Connection({ instanceUrl: org.sandbox.url, accessToken: org.token, version: '68.0' });
});
afterAll(() => org.close());

type Components = Parameters<typeof conn.metadata.create>[1];

describe('custom fields', () => {
  test('a deployed field is invisible until FieldPermissions are granted', async () => {
    await org.deploy({ 'Lead.Hidden__c': TEXT_KEY }, false);
    const described = async () => (await conn.sobject('Lead').describe()).fields.map((field) => field.name);
    expect(await described()).not.toContain('Hidden__c');
    expect((await org.query('SELECT Hidden__c FROM Lead')).body[0].errorCode).toBe('INVALID_FIELD');
    expect(
      (await org.call('POST', '/sobjects/Lead', { LastName: 'A', Company: 'B', Hidden__c: 'x' })).body[0].message,
    ).toBe("No such column 'Hidden__c' on sobject of type Lead");
    await org.grant(['Lead.Hidden__c']);
    expect(await described()).toContain('Hidden__c');
    expect((await org.call('POST', '/sobjects/Lead', { LastName: 'A', Company: 'B', Hidden__c: 'x' })).status).toBe(
      201,
    );
  });

  test('required fields need no permission and take none', async () => {
    await org.deploy(
      { 'Campaign.Must__c': '<label>Must</label><type>Text</type><length>10</length><required>true</required>' },
      false,
    );
    expect((await org.call('POST', '/sobjects/Campaign', { Name: 'C' })).body[0]).toMatchObject({
      errorCode: 'REQUIRED_FIELD_MISSING',
      fields: ['Must__c'],
    });
    await expect(org.grant(['Campaign.Must__c'])).rejects.toThrow('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
  });

  test('describe tells the type, the keys and the picklist of a custom field', async () => {
    await org.deploy({
      'Contact.Key__c': TEXT_KEY,
      'Contact.Num__c': '<label>Num</label><type>Number</type><precision>10</precision><scale>2</scale>',
      'Contact.Pick__c':
        '<label>Pick</label><type>Picklist</type><valueSet><restricted>true</restricted><valueSetDefinition><value><fullName>A</fullName><default>true</default><label>Ay</label></value><value><fullName>B</fullName><default>false</default></value></valueSetDefinition></valueSet>',
      'Contact.Look__c':
        '<label>Look</label><type>Lookup</type><referenceTo>Account</referenceTo><relationshipName>Lookers</relationshipName>',
    });
    const { fields } = (await org.call('GET', '/sobjects/Contact/describe')).body;
    const field = (name: string) => fields.find((one: { name: string }) => one.name === name);
    expect(field('Key__c')).toMatchObject({
      type: 'string',
      length: 64,
      externalId: true,
      unique: true,
      idLookup: true,
      custom: true,
      nillable: true,
      createable: true,
      soapType: 'xsd:string',
    });
    expect(field('Num__c')).toMatchObject({ type: 'double', precision: 10, scale: 2 });
    expect(field('Pick__c')).toMatchObject({
      type: 'picklist',
      restrictedPicklist: true,
      picklistValues: [
        { value: 'A', label: 'Ay', defaultValue: true, active: true },
        { value: 'B', label: 'B' },
      ],
    });
    expect(field('Look__c')).toMatchObject({
      type: 'reference',
      referenceTo: ['Account'],
      relationshipName: 'Look__r',
    });
    const children = (await org.call('GET', '/sobjects/Account/describe')).body.childRelationships;
    expect(children).toContainEqual(
      expect.objectContaining({ childSObject: 'Contact', field: 'Look__c', relationshipName: 'Lookers__r' }),
    );
    const id = await org.create('Contact', { LastName: 'P' });
    expect((await org.rows(`SELECT Pick__c, toLabel(Pick__c) l FROM Contact WHERE Id = '${id}'`))[0]).toMatchObject({
      Pick__c: 'A',
      l: 'Ay',
    });
  });

  test('bad definitions fail one by one, with a code and a message', async () => {
    const results = await conn.metadata.create('CustomField', [
      { fullName: 'Lead.No_Length__c', label: 'x', type: 'Text' },
      { fullName: 'Lead.Bad Name__c', label: 'x', type: 'Text', length: 5 },
      { fullName: 'Nope__c.X__c', label: 'x', type: 'Text', length: 5 },
      { fullName: 'Lead.Good__c', label: 'x', type: 'Text', length: 5 },
      { fullName: 'Lead.Good__c', label: 'x', type: 'Text', length: 5 },
    ] as Components);
    expect(results).toMatchObject([
      { success: false },
      { success: false },
      { success: false },
      { success: true },
      { success: false, errors: [{ statusCode: 'DUPLICATE_DEVELOPER_NAME' }] },
    ]);
  });

  test('more than ten components in a call are refused', async () => {
    const eleven = Array.from({ length: 11 }, (_, i) => ({
      fullName: `Lead.F${i}__c`,
      label: 'x',
      type: 'Text',
      length: 5,
    }));
    await expect(conn.metadata.create('CustomField', eleven as Components)).rejects.toThrow('LIMIT_EXCEEDED');
  });

  test('the Tooling API deploys, lists, reads and deletes fields', async () => {
    const made = (await conn.tooling.sobject('CustomField').create({
      FullName: 'Task.Tool__c',
      Metadata: { type: 'Checkbox', label: 'Tool', defaultValue: 'true' },
    } as never)) as { id?: string };
    expect(made).toMatchObject({ success: true, id: expect.stringMatching(/^00N/) });
    const listed = await conn.tooling.query("SELECT Id, TableEnumOrId FROM CustomField WHERE DeveloperName = 'Tool'");
    expect(listed.records).toMatchObject([{ Id: made.id, TableEnumOrId: 'Task' }]);
    expect((await org.call('GET', `/tooling/sobjects/CustomField/${made.id}`)).body).toMatchObject({
      FullName: 'Task.Tool__c',
      Metadata: { type: 'Checkbox' },
    });
    expect((await org.call('DELETE', `/tooling/sobjects/CustomField/${made.id}`)).status).toBe(204);
    expect((await conn.tooling.query("SELECT Id FROM CustomField WHERE DeveloperName = 'Tool'")).totalSize).toBe(0);
    expect(
      await org.rows("SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Lead'"),
    ).toHaveLength(1);
  });
});

describe('custom objects', () => {
  test('are deployed by upsert, hold records, are read back and deleted', async () => {
    const offer = {
      fullName: 'Offer__c',
      label: 'Offer',
      pluralLabel: 'Offers',
      nameField: { type: 'AutoNumber', label: 'Offer', displayFormat: 'O-{0000}' },
      deploymentStatus: 'Deployed',
      sharingModel: 'ReadWrite',
      fields: [{ fullName: 'Lead__c', label: 'Lead', type: 'Lookup', referenceTo: 'Lead', relationshipName: 'Offers' }],
    };
    expect(await conn.metadata.upsert('CustomObject', offer as never)).toMatchObject({ success: true, created: true });
    expect(await conn.metadata.upsert('CustomObject', offer as never)).toMatchObject({ success: true, created: false });
    await org.grant(['Offer__c.Lead__c']);
    const Lead__c = await org.create('Lead', { LastName: 'A', Company: 'B' });
    const id = await org.create('Offer__c', { Lead__c });
    expect(id).toMatch(/^a0/);
    const [row] = await org.rows(`SELECT Name, Lead__r.Company FROM Offer__c`);
    expect(row).toMatchObject({ Name: 'O-0001', Lead__r: { Company: 'B' } });
    expect(
      (await org.rows(`SELECT (SELECT Name FROM Offers__r) FROM Lead WHERE Id = '${Lead__c}'`))[0].Offers__r.totalSize,
    ).toBe(1);
    const [read] = await conn.metadata.read('CustomObject', ['Offer__c']);
    expect(read).toMatchObject({
      fullName: 'Offer__c',
      label: 'Offer',
      nameField: { type: 'AutoNumber' },
      fields: [{ fullName: 'Lead__c', type: 'Lookup', referenceTo: 'Lead' }],
    });
    expect((await conn.metadata.list({ type: 'CustomObject' })).map((one) => one.fullName)).toContain('Offer__c');
    expect(await conn.metadata.delete('CustomObject', ['Offer__c'])).toMatchObject([{ success: true }]);
    expect((await org.query('SELECT Id FROM Offer__c')).body[0].errorCode).toBe('INVALID_TYPE');
  });

  test('a permission set can be deployed with its field permissions', async () => {
    await org.deploy({ 'Account.Grant__c': '<label>G</label><type>Text</type><length>5</length>' }, false);
    const set = {
      fullName: 'Deployed',
      label: 'Deployed',
      fieldPermissions: [{ field: 'Account.Grant__c', editable: 'true', readable: 'true' }],
    };
    expect(await conn.metadata.upsert('PermissionSet', set as never)).toMatchObject({ success: true, created: true });
    const [row] = await org.rows("SELECT Field, PermissionsEdit FROM FieldPermissions WHERE Parent.Name = 'Deployed'");
    expect(row).toMatchObject({ Field: 'Account.Grant__c', PermissionsEdit: true });
  });
});

test('a session that ended is a SOAP fault', async () => {
  const reply = await org.soap('m', '<describeMetadata/>', 'gone');
  expect(reply.status).toBe(500);
  expect(reply.body).toMatch(/<faultcode>sf:INVALID_SESSION_ID<\/faultcode>/);
});
