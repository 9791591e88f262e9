import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Connection } from 'jsforce';
import { Org } from './harness.ts';

let org: Org;
let conn: Connection;
beforeAll(async () => {
  org = await Org.start();
  conn = new Connection({ instanceUrl: org.sandbox.url, accessToken: org.token, version: '68.0' });
  const text = '<label>T</label><type>Text</type><length>20</length>';
  await org.deploy({ 'Lead.T__c': text, 'Contact.T__c': text });
});
afterAll(() => org.close());

const convert = (leadId: string, extra: Record<string, unknown> = {}) =>
  conn.soap.convertLead({
    leadId,
    convertedStatus: 'Closed - Converted',
    doNotCreateOpportunity: false,
    overwriteLeadSource: false,
    sendNotificationEmail: false,
    ...extra,
  });

describe('conversion', () => {
  test('makes account, contact, opportunity and primary role, and rests the lead', async () => {
    const CampaignId = await org.create('Campaign', { Name: 'Source' });
    const leadId = await org.create('Lead', {
      FirstName: 'Al',
      LastName: 'Pha',
      Company: 'Acme',
      Email: 'al@acme.com',
      Country: 'Germany',
      T__c: 'own',
    });
    await org.create('CampaignMember', { CampaignId, LeadId: leadId, Status: 'Responded' });
    const result = await convert(leadId, { opportunityName: 'Deal' });
    expect(result).toMatchObject({ success: true, leadId });
    const [lead] = await org.rows(
      `SELECT IsConverted, ConvertedDate, ConvertedAccountId, ConvertedContactId, ConvertedOpportunityId, Status FROM Lead WHERE Id = '${leadId}'`,
    );
    expect(lead).toMatchObject({
      IsConverted: true,
      ConvertedDate: '2026-01-05',
      ConvertedAccountId: result.accountId,
      ConvertedContactId: result.contactId,
      ConvertedOpportunityId: result.opportunityId,
      Status: 'Closed - Converted',
    });
    const [contact] = await org.rows(
      `SELECT Name, Email, MailingCountry, T__c, Account.Name FROM Contact WHERE Id = '${result.contactId}'`,
    );
    expect(contact).toMatchObject({
      Name: 'Al Pha',
      Email: 'al@acme.com',
      MailingCountry: 'Germany',
      T__c: null,
      Account: { Name: 'Acme' },
    });
    const [deal] = await org.rows(
      `SELECT Name, StageName, CloseDate, CampaignId, (SELECT ContactId, IsPrimary FROM OpportunityContactRoles) FROM Opportunity`,
    );
    expect(deal).toMatchObject({
      Name: 'Deal',
      StageName: 'Prospecting',
      CloseDate: '2026-03-31',
      CampaignId,
      OpportunityContactRoles: { records: [{ ContactId: result.contactId, IsPrimary: true }] },
    });
    expect(await org.rows('SELECT LeadId, ContactId, HasResponded FROM CampaignMember')).toMatchObject([
      { LeadId: leadId, ContactId: result.contactId, HasResponded: true },
    ]);
    expect((await org.call('PATCH', `/sobjects/Lead/${leadId}`, { Title: 'x' })).body[0].errorCode).toBe(
      'CANNOT_UPDATE_CONVERTED_LEAD',
    );
    expect(await convert(leadId)).toMatchObject({
      success: false,
      errors: [{ statusCode: 'CANNOT_UPDATE_CONVERTED_LEAD' }],
    });
  });

  test('uses a given account and contact, fills their gaps and makes no opportunity when told so', async () => {
    const accountId = await org.create('Account', { Name: 'Known' });
    const contactId = await org.create('Contact', { LastName: 'Kept', AccountId: accountId });
    const leadId = await org.create('Lead', { LastName: 'Lost', Company: 'Other', Title: 'CTO' });
    const result = await convert(leadId, { accountId, contactId, doNotCreateOpportunity: true });
    expect(result).toMatchObject({ success: true, accountId, contactId, opportunityId: null });
    expect(await org.rows(`SELECT LastName, Title FROM Contact WHERE Id = '${contactId}'`)).toMatchObject([
      { LastName: 'Kept', Title: 'CTO' },
    ]);
  });

  test('copies the custom fields that the org maps', async () => {
    const settings = {
      fullName: 'LeadConvertSettings',
      objectMapping: [
        { inputObject: 'Lead', outputObject: 'Contact', mappingFields: [{ inputField: 'T__c', outputField: 'T__c' }] },
      ],
    };
    expect(await conn.metadata.update('LeadConvertSettings', settings as never)).toMatchObject({ success: true });
    const result = await convert(await org.create('Lead', { LastName: 'M', Company: 'M', T__c: 'mapped' }));
    expect(await org.rows(`SELECT T__c FROM Contact WHERE Id = '${result.contactId}'`)).toMatchObject([
      { T__c: 'mapped' },
    ]);
  });

  test('a wrong status or a lead of a queue without an owner fails and changes nothing', async () => {
    const [queue] = await org.rows("SELECT Id FROM Group WHERE Type = 'Queue'");
    const leadId = await org.create('Lead', { LastName: 'Q', Company: 'Q', OwnerId: queue.Id });
    const accounts = (await org.query('SELECT COUNT() FROM Account')).body.totalSize;
    const results = await conn.soap.convertLead([
      {
        leadId,
        convertedStatus: 'Nope',
        doNotCreateOpportunity: true,
        overwriteLeadSource: false,
        sendNotificationEmail: false,
      },
      {
        leadId,
        convertedStatus: 'Closed - Converted',
        doNotCreateOpportunity: true,
        overwriteLeadSource: false,
        sendNotificationEmail: false,
      },
    ]);
    expect(results).toMatchObject([{ success: false, errors: [{ statusCode: 'INVALID_STATUS' }] }, { success: false }]);
    expect((await org.query('SELECT COUNT() FROM Account')).body.totalSize).toBe(accounts);
  });
});

test('an org may let its users change converted leads', async () => {
  const open = await Org.start({ convertedLeadsEditable: true });
  const leadId = await open.create('Lead', { LastName: 'A', Company: 'B' });
  await open.soap(
    'u',
    `<convertLead xmlns="urn:partner.soap.sforce.com"><leadConverts><leadId>${leadId}</leadId><convertedStatus>Closed - Converted</convertedStatus><doNotCreateOpportunity>true</doNotCreateOpportunity></leadConverts></convertLead>`,
  );
  expect((await open.call('PATCH', `/sobjects/Lead/${leadId}`, { Title: 'x' })).status).toBe(204);
  await open.close();
});
