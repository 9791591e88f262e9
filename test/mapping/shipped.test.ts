import { describe, expect, test } from '@jest/globals';
import { applicable, keyOf } from '../../src/mapping/mapping.ts';
import { provisionSpecOf, streamsOf } from '../../src/mapping/streams.ts';
import { shippedMappings } from './support.ts';

const of = (crm: string) => shippedMappings().filter((mapping) => mapping.crm === crm);

describe('the shipped mappings', () => {
  test('cover the objects of the closed loop', () => {
    const covered = shippedMappings().map(({ crm, object, entity, role }) => `${crm}.${object}: ${role ?? entity}`);
    expect(covered.sort()).toEqual([
      'hubspot.campaigns: campaign',
      'hubspot.companies: company',
      'hubspot.companies: partner',
      'hubspot.contacts: contact',
      'hubspot.deals: contactRole',
      'hubspot.deals: opportunity',
      'hubspot.deals: registration',
      'salesforce.Account: company',
      'salesforce.Account: partner',
      'salesforce.Campaign: campaign',
      'salesforce.CampaignMember: membership',
      'salesforce.Contact: contact',
      'salesforce.Lead: lead',
      'salesforce.Opportunity: opportunity',
      'salesforce.OpportunityContactRole: contactRole',
      'salesforce.Sluice_Deal_Registration__c: registration',
      'salesforce.Sluice_Offer__c: offer',
    ]);
  });

  test('read one stream an object, with the fields of all mappings on it', () => {
    const accounts = streamsOf(of('salesforce')).filter((stream) => stream.object === 'Account');
    expect(accounts).toHaveLength(1);
    expect(accounts[0]?.fields).toEqual(expect.arrayContaining(['Type', 'NumberOfEmployees', 'Partner_Status__c']));
    expect(new Set(accounts[0]?.fields).size).toBe(accounts[0]?.fields.length);
  });

  test('read back what they write, and the answers', () => {
    const contacts = streamsOf(of('hubspot')).find((stream) => stream.object === 'contacts');
    expect(contacts?.fields).toEqual(expect.arrayContaining(['sluice_id', 'sluice_status', 'sluice_response']));
  });

  test('learn the company of a HubSpot contact from a property, without requests for associations', () => {
    const contacts = streamsOf(of('hubspot')).find((stream) => stream.object === 'contacts');
    expect(contacts?.fields).toContain('associatedcompanyid');
    expect(contacts?.associations).toEqual([]);
  });

  test('give every written record a unique key', () => {
    // Partners are not: their records are the CRM's own, and Sluice makes none.
    const written = shippedMappings().filter(({ writes, entity }) => writes.length > 0 && entity !== 'partner');
    for (const mapping of written) {
      expect(keyOf(mapping)?.create).toMatchObject({ kind: 'text', unique: true });
    }
  });

  test('create all that Sluice writes, and nothing of the vendor', () => {
    const salesforce = provisionSpecOf(of('salesforce'));
    expect(salesforce.objects).toEqual([
      { name: 'Sluice_Offer__c', label: 'Sluice Offer', plural: 'Sluice Offers' },
      {
        name: 'Sluice_Deal_Registration__c',
        label: 'Sluice Deal Registration',
        plural: 'Sluice Deal Registrations',
      },
    ]);
    expect(salesforce.fields.filter((field) => field.object === 'Lead').map((field) => field.name)).toEqual([
      'Sluice_Id__c',
      'Sluice_Lead__c',
      'Sluice_Score__c',
      'Sluice_Grade__c',
      'Sluice_Partner__c',
      'Sluice_Status__c',
      'Sluice_Reason__c',
      'Sluice_Accept_By__c',
    ]);
    const onVendorObjects = salesforce.fields.filter((field) => !field.object.startsWith('Sluice_'));
    expect(onVendorObjects.every((field) => field.name.startsWith('Sluice_'))).toBe(true);
    const beside = applicable(of('hubspot'), ['salesforce', 'hubspot']);
    expect(provisionSpecOf(beside).fields.every((field) => field.name.startsWith('sluice_'))).toBe(true);
  });

  test('create what tells partners where HubSpot is alone, for it has nothing of the kind', () => {
    const alone = provisionSpecOf(applicable(of('hubspot'), ['hubspot'])).fields;
    const others = alone.filter((field) => !field.name.startsWith('sluice_'));
    expect(others.map(({ object, name }) => `${object}.${name}`)).toEqual([
      'companies.partner_status',
      'companies.partner_territories',
      'companies.partner_competencies',
      'companies.partner_tier',
      'companies.partner_capacity',
      'companies.partner_category',
      'companies.partner_programmes',
      'companies.partner_certifications',
      'companies.partner_languages',
      'companies.partner_time_zone',
      'companies.partner_daily_capacity',
      'companies.partner_weekly_capacity',
      'companies.partner_minimum_score',
      'companies.partner_blackouts',
      'companies.partner_email',
      'companies.partner_manager_email',
      'deals.registration_partner',
      'deals.registration_product',
      'deals.registration_decision',
      'deals.registration_decision_reason',
    ]);
  });

  test('leave partners and revenue to Salesforce where it is connected', () => {
    const beside = applicable(shippedMappings(), ['hubspot', 'salesforce']);
    const left = shippedMappings().filter((mapping) => !beside.includes(mapping));
    expect(left.map(({ crm, entity }) => `${crm} ${entity}`)).toEqual([
      'hubspot partner',
      'hubspot contactRole',
      'hubspot registration',
      'hubspot opportunity',
    ]);
    expect(applicable(shippedMappings(), ['salesforce'])).toEqual(beside);
    expect(applicable(shippedMappings(), ['hubspot'])).toEqual(shippedMappings());
  });

  test('a picklist without values of its own is created with every word Sluice may write', () => {
    const status = provisionSpecOf(of('salesforce')).fields.find(
      (field) => field.object === 'Lead' && field.name === 'Sluice_Status__c',
    );
    expect(status?.values).toEqual(expect.arrayContaining(['New', 'No decision', 'In pool', 'Unroutable']));
  });
});
