import { describe, expect, test } from '@jest/globals';
import { checkAgainst } from '../../src/mapping/check.ts';
import type { FieldDescription, FieldKind } from '../../src/mapping/described.ts';
import { describeProblem } from '../../src/model/config-error.ts';
import { compile, field, fittingDescription, shippedMapping } from './support.ts';

const lead = shippedMapping('salesforce/lead');
const KINDS: Record<string, FieldKind> = {
  NumberOfEmployees: 'number',
  Country: 'picklist',
  Marketing_Stage__c: 'picklist',
  HasOptedOutOfEmail: 'boolean',
  IsConverted: 'boolean',
  ConvertedContactId: 'reference',
};
const check = (change: Record<string, Partial<FieldDescription> | null>) =>
  checkAgainst(lead, fittingDescription(lead, KINDS, change), ['Lead', 'Contact']);
const told = (change: Record<string, Partial<FieldDescription> | null>) => check(change).map(describeProblem);

describe('a mapping checked against the CRM', () => {
  test('fits where every field is there and of the right kind', () => {
    expect(check({})).toEqual([]);
  });

  test('an unknown field is answered with its place and the nearest that exists', () => {
    const mapping = compile(
      'crm: salesforce',
      'object: Lead',
      'entity: person',
      'role: lead',
      'fields:',
      '  email: Emial',
      '  domain: { firstOf: [Email, Websit] }',
    );
    const description = { object: 'Lead', label: 'Lead', fields: [field('Email', 'text'), field('Website', 'text')] };
    expect(checkAgainst(mapping, description, ['Lead']).map(describeProblem)).toEqual([
      'test.yaml:6:10: Lead has no field "Emial" (did you mean "Email"?)',
      'test.yaml:7:30: Lead has no field "Websit" (did you mean "Website"?)',
    ]);
  });

  test('a label in place of the API name is recognised', () => {
    const mapping = compile(
      'crm: salesforce',
      'object: Lead',
      'entity: person',
      'role: lead',
      'fields:',
      '  stage: Marketing Stage',
    );
    const description = {
      object: 'Lead',
      label: 'Lead',
      fields: [field('MS__c', 'picklist', { label: 'Marketing Stage' })],
    };
    expect(checkAgainst(mapping, description, []).map(describeProblem)).toEqual([
      'test.yaml:6:10: Lead has no field "Marketing Stage" ("Marketing Stage" is a label; its API name is "MS__c")',
    ]);
  });

  test('an unknown object is answered with the nearest one; one that Sluice creates asks for provision', () => {
    expect(checkAgainst(lead, null, ['Leed', 'Account'])[0]).toMatchObject({ line: 5, hint: 'did you mean "Leed"?' });
    expect(checkAgainst(shippedMapping('salesforce/offer'), null, [])).toMatchObject([{ needs: 'provision' }]);
  });

  test('an object that the CRM has but does not describe is left unchecked', () => {
    expect(checkAgainst(shippedMapping('hubspot/campaign'), null, ['contacts', 'campaigns'])).toEqual([]);
  });

  test('a field that is only read asks for provision where the mapping says how to create it', () => {
    const partner = shippedMapping('hubspot/company-partner');
    const description = fittingDescription(
      partner,
      {
        partner_capacity: 'number',
        partner_daily_capacity: 'number',
        partner_weekly_capacity: 'number',
        partner_minimum_score: 'number',
      },
      { partner_tier: null, country: null },
    );
    expect(checkAgainst(partner, description, ['companies']).map(({ message, needs }) => [message, needs])).toEqual([
      ['companies has no field partner_tier yet', 'provision'],
      ['companies has no field "country"', undefined],
    ]);
  });

  test("Sluice's own fields that are not there yet ask for provision, others do not", () => {
    const problems = check({ Sluice_Score__c: null, Email: null });
    const needs = problems.map((problem) => [/no field "?(\w+)/.exec(problem.message)?.[1], problem.needs]);
    expect(needs).toContainEqual(['Sluice_Score__c', 'provision']);
    expect(needs).toContainEqual(['Email', undefined]);
  });

  test.each<[string, string, Partial<FieldDescription>, string]>([
    [
      'a number read from text',
      'NumberOfEmployees',
      { kind: 'text' },
      'NumberOfEmployees is a text field, which cannot be read as integer',
    ],
    ['a yes or no read from text', 'HasOptedOutOfEmail', { kind: 'text' }, 'cannot be read as boolean'],
    ['a field that is read-only', 'Sluice_Score__c', { writable: false }, 'Sluice_Score__c cannot be written'],
    ['a score written to text', 'Sluice_Score__c', { kind: 'text' }, 'cannot take the score'],
    ['a key that is not unique', 'Sluice_Id__c', { unique: false }, 'Sluice_Id__c is not unique'],
    ['an id field too short', 'Sluice_Lead__c', { length: 10 }, 'takes 10 characters, the leadId needs'],
    ['a state too long', 'Sluice_Status__c', { kind: 'text', length: 5 }, 'the status needs 11'],
    [
      'a picklist that lacks words',
      'Sluice_Status__c',
      { values: ['New', 'Held'] },
      'does not allow "Withheld", "Review"',
    ],
    [
      'a look-up to another object',
      'Sluice_Partner__c',
      { referenceTo: ['Contact'] },
      'points to Contact, not to Account',
    ],
  ])('%s does not fit', (_what, name, about, message) => {
    expect(told({ [name]: about })).toEqual([expect.stringContaining(message)]);
    expect(told({ [name]: about })[0]).toMatch(/salesforce\/lead\.yaml:\d+:\d+: /);
  });

  test('money is not read from text', () => {
    const mapping = compile('crm: x', 'object: C', 'entity: campaign', 'fields: { name: N, cost: Cost }');
    const description = { object: 'C', label: 'C', fields: [field('N', 'text'), field('Cost', 'text')] };
    expect(checkAgainst(mapping, description, []).map(describeProblem)).toEqual([
      'test.yaml:4:26: Cost is a text field, which cannot be read as money (money is read from number)',
    ]);
  });
});

test('a field that is set for nurture must be writable and have the value', () => {
  const values = ['Lead', 'MQL'];
  expect(told({ Marketing_Stage__c: { kind: 'picklist', values } })).toEqual([]);
  expect(told({ Marketing_Stage__c: { kind: 'picklist', values: ['Leads', 'MQL'] } })).toEqual([
    expect.stringMatching(/Marketing_Stage__c has no value "Lead" \(did you mean "Leads"\?\)/),
  ]);
  expect(told({ Marketing_Stage__c: { kind: 'picklist', writable: false } })).toEqual([
    expect.stringMatching(/Marketing_Stage__c cannot be written/),
  ]);
});
