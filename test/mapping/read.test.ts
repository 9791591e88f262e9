import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FieldValue } from '../../src/mapping/described.ts';
import { fieldsOf } from '../../src/mapping/mapping.ts';
import { appliesTo, readEntity } from '../../src/mapping/read.ts';
import { compile, shippedMapping, shippedMappings } from './support.ts';

const record = (object: string, fields: Record<string, FieldValue>) => ({ object, id: '1', fields });
const lead = (fields: Record<string, FieldValue>) =>
  readEntity(shippedMapping('salesforce/lead'), record('Lead', fields));
const contact = (fields: Record<string, FieldValue>, associated?: Record<string, string[]>) =>
  readEntity(shippedMapping('hubspot/contact'), record('contacts', fields), associated);

describe('reading a Salesforce lead', () => {
  test('gives a person in the words of the model', () => {
    const read = lead({
      FirstName: ' Ada ',
      LastName: 'Lovelace',
      Email: ' Ada@Engines.CO.UK ',
      Company: 'Engines Ltd',
      Website: 'https://www.engines.co.uk/about',
      Country: 'United Kingdom',
      NumberOfEmployees: 120,
      Marketing_Stage__c: 'MQL',
      HasOptedOutOfEmail: false,
    });
    expect(read).toMatchObject({
      entity: 'person',
      value: {
        firstName: 'Ada',
        email: 'ada@engines.co.uk',
        domain: 'engines.co.uk',
        country: 'GB',
        employees: 120,
        stage: 'mql',
        optedOut: false,
        phone: null,
        emails: [],
      },
      problems: [],
    });
  });

  test('takes the domain of the e-mail where there is no website, but not that of a free-mail provider', () => {
    expect(lead({ Email: 'a@mail.engines.co.uk' }).value).toMatchObject({ domain: 'engines.co.uk' });
    expect(lead({ Email: 'a@gmail.com' }).value).toMatchObject({ domain: null, email: 'a@gmail.com' });
    expect(lead({ Email: 'a@engines.de', Website: 'n/a' }).value).toMatchObject({ domain: 'engines.de' });
  });

  test('a bad value is a problem of its field, the others stand', () => {
    const read = lead({ Email: 'nobody', Country: 'Atlantis', Marketing_Stage__c: 'Mystery', LastName: 'X' });
    expect(read.value).toMatchObject({ email: null, country: null, stage: null, lastName: 'X' });
    expect(read.problems).toEqual([
      { field: 'Email', message: '"nobody" is no e-mail address' },
      { field: 'Country', message: '"Atlantis" is no country' },
      { field: 'Marketing_Stage__c', message: '"Mystery" is not listed under "values" of stage' },
    ]);
  });

  test('tells what the lead was converted to', () => {
    const ids = { ConvertedContactId: '003', ConvertedAccountId: '001', ConvertedOpportunityId: null };
    expect(lead({ IsConverted: false, ...ids }).converted).toBeNull();
    expect(lead({ IsConverted: true, ...ids }).converted).toEqual({
      contact: '003',
      account: '001',
      opportunity: null,
    });
  });

  test("tells the person's id in the other CRM, and what Sluice's own fields hold", () => {
    const read = lead({ HubSpot_Contact_Id__c: ' 4711 ', Sluice_Id__c: 'lk_1', Sluice_Score__c: 80 });
    expect(read.crossIds).toEqual([{ crm: 'hubspot', object: 'contacts', id: '4711' }]);
    expect(read.written).toMatchObject({ linkId: 'lk_1', score: 80, leadId: null });
  });
});

describe('reading a HubSpot contact', () => {
  test('an employee range counts by its lower bound', () => {
    expect(contact({ numemployees: '25-50' }).value).toMatchObject({ employees: 25 });
    expect(contact({ numemployees: '1000+' }).value).toMatchObject({ employees: 1000 });
    expect(contact({ numemployees: 'many' }).problems).toHaveLength(1);
  });

  test('the company is the one that HubSpot holds to be the primary one', () => {
    expect(contact({ associatedcompanyid: 9 }).value).toMatchObject({ company: '9' });
    expect(contact({}).value).toMatchObject({ company: null });
  });

  test('a stage that the portal added becomes other', () => {
    expect(contact({ lifecyclestage: 'marketingqualifiedlead' }).value).toMatchObject({ stage: 'mql' });
    expect(contact({ lifecyclestage: '123456' }).value).toMatchObject({ stage: 'other' });
  });

  test('Salesforce ids of both forms name the same record', () => {
    const ids = [contact({ salesforceleadid: '00QD000000FJFQ2' }), contact({ salesforceleadid: '00QD000000FJFQ2MAP' })];
    expect(ids.map((read) => read.crossIds[0]?.id)).toEqual(['00QD000000FJFQ2MAP', '00QD000000FJFQ2MAP']);
  });

  test('secondary addresses are read, a bad one does not hide the good ones', () => {
    const read = contact({ hs_additional_emails: 'A@x.de; nobody;b@y.de;a@x.de' });
    expect(read.value).toMatchObject({ emails: ['a@x.de', 'b@y.de'] });
    expect(read.problems).toEqual([{ field: 'hs_additional_emails', message: '"nobody" is no e-mail address' }]);
  });

  test('campaign conversions are touches; a first visit without a campaign is none', () => {
    const at = '2026-03-01T10:00:00.123Z';
    const read = contact({
      hs_analytics_first_timestamp: at,
      hs_analytics_last_timestamp: at,
      hs_analytics_last_touch_converting_campaign: 'guid',
    });
    expect(read.touches).toEqual([{ campaign: 'guid', at, kind: 'form' }]);
  });

  test.each([
    ['of_1:accepted', { offerId: 'of_1', response: 'Accepted', reason: null }],
    [
      ' of_1 : Rejected : No budget: none at all ',
      { offerId: 'of_1', response: 'Rejected', reason: 'No budget: none at all' },
    ],
    ['of_1:rejected:', { offerId: 'of_1', response: 'Rejected', reason: null }],
    ['', null],
  ])('the answer %j is read with its offer', (text, answer) => {
    expect(contact({ sluice_response: text })).toMatchObject({ answer, problems: [] });
  });

  test.each(['yes', 'of_1:perhaps', ':accepted', 'of_1'])('the answer %j is a problem, not an answer', (text) => {
    const read = contact({ sluice_response: text });
    expect(read.answer).toBeNull();
    expect(read.problems).toEqual([{ field: 'sluice_response', message: expect.stringContaining('is no answer') }]);
  });
});

describe('reading other records', () => {
  test('an account is a partner or a company by its type', () => {
    const partner = record('Account', { Type: 'Channel Partner / Reseller' });
    const customer = record('Account', { Type: 'Customer - Direct' });
    const untyped = record('Account', { Type: null });
    const applies = (name: string) => [partner, customer, untyped].map((r) => appliesTo(shippedMapping(name), r));
    expect(applies('account-partner')).toEqual([true, false, false]);
    expect(applies('account-company')).toEqual([false, true, true]);
  });

  test("a partner's territories may be codes or names", () => {
    const read = readEntity(
      shippedMapping('account-partner'),
      record('Account', {
        Name: 'P',
        Partner_Status__c: 'Active',
        Partner_Territories__c: 'AT;Germany;XX',
        Partner_Competencies__c: 'Vault;Relay',
        Partner_Capacity__c: 12,
      }),
    );
    expect(read.value).toMatchObject({
      status: 'Active',
      territories: ['AT', 'DE'],
      competencies: ['Vault', 'Relay'],
      capacity: 12,
    });
    expect(read.problems).toEqual([{ field: 'Partner_Territories__c', message: '"XX" is no country' }]);
  });

  test("a partner's papers and limits are read one by one: what cannot be read is told, the rest stands", () => {
    const read = readEntity(
      shippedMapping('account-partner'),
      record('Account', {
        Name: 'P',
        Partner_Certifications__c: 'Vault Expert until 2027-03-31; Relay until Easter; Fabric',
        Partner_Languages__c: 'de, French',
        Partner_Time_Zone__c: 'Europe/Paris',
        Partner_Daily_Capacity__c: 3,
        Partner_Blackouts__c: '2026-12-24..2027-01-02',
        Partner_Email__c: 'Leads@Alder.example',
        Partner_Manager_Email__c: 'nobody',
      }),
    );
    expect(read.value).toMatchObject({
      certifications: ['Vault Expert until 2027-03-31', 'Fabric'],
      languages: ['de', 'fr'],
      timeZone: 'Europe/Paris',
      dailyCapacity: 3,
      weeklyCapacity: null,
      blackouts: ['2026-12-24..2027-01-02'],
      email: 'leads@alder.example',
      managerEmail: null,
    });
    expect(read.problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'Partner_Certifications__c: "Relay until Easter" ends on no date: write "Name until 2027-03-31"',
      'Partner_Manager_Email__c: "nobody" is no e-mail address',
    ]);
  });

  test('an amount is a plain decimal, an unknown cost is not zero', () => {
    const deal = readEntity(
      shippedMapping('salesforce/opportunity'),
      record('Opportunity', { Amount: 1e21, IsClosed: true, CloseDate: '2026-02-30' }),
    );
    expect(deal.value).toMatchObject({
      amount: '1000000000000000000000',
      currency: null,
      isClosed: true,
      isWon: false,
      closeDate: null,
    });
    expect(deal.problems).toEqual([{ field: 'CloseDate', message: '"2026-02-30" is no date' }]);
    expect(
      readEntity(shippedMapping('salesforce/campaign'), record('Campaign', { Name: 'C', ActualCost: null })).value,
    ).toMatchObject({ cost: null });
  });

  test("a partner's answer is read on the offer itself", () => {
    const offer = (fields: Record<string, FieldValue>) =>
      readEntity(shippedMapping('salesforce/offer'), record('Sluice_Offer__c', fields));
    expect(offer({ Sluice_Id__c: 'of_1', Response__c: null }).answer).toBeNull();
    expect(offer({ Sluice_Id__c: 'of_1', Response__c: 'Rejected', Response_Reason__c: ' No budget ' }).answer).toEqual({
      offerId: 'of_1',
      response: 'Rejected',
      reason: 'No budget',
    });
  });

  test('answers in the words of the CRM are translated', () => {
    const mapping = compile(
      'crm: x',
      'object: O',
      'entity: offer',
      'writes: { offerId: Id }',
      'answers: { response: { field: R, values: { Accepted: Ja, Rejected: Nein } } }',
    );
    expect(readEntity(mapping, record('O', { Id: 'of_1', R: 'nein' })).answer).toMatchObject({ response: 'Rejected' });
  });
});

test('no value of any field makes reading fail', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('2026-13-01', 'a@b', '12,5', '1e999', '€'),
  );
  for (const mapping of shippedMappings()) {
    const fields = fc.record(Object.fromEntries(fieldsOf(mapping).map((name) => [name, value])), { requiredKeys: [] });
    fc.assert(
      fc.property(fields, (some) => {
        const read = readEntity(mapping, {
          object: mapping.object,
          id: '1',
          fields: some as Record<string, FieldValue>,
        });
        expect(read.problems.every((problem) => problem.message.length > 0)).toBe(true);
      }),
      { numRuns: 40 },
    );
  }
});
