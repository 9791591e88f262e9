import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Outcome, WriteRow } from '../../../connectors/connector.ts';
import { createSalesforce, salesforceSettings } from '../../../connectors/salesforce/index.ts';
import { Org, TEXT_KEY } from '../../sandbox/salesforce/harness.ts';
import { SalesforceDesk } from '../../sim/crms.ts';
import { recordPorts } from '../ports.ts';

let org: Org;
beforeAll(async () => {
  org = await Org.start();
  await org.deploy({ 'Lead.Key__c': TEXT_KEY, 'Contact.Key__c': TEXT_KEY });
});
afterAll(() => org.close());

function open(settings: object = {}) {
  const { url, clientId, clientSecret, refreshToken } = org.sandbox.credentials;
  const recorded = recordPorts(org.clock);
  recorded.ports.tokens.load = async () => ({ accessToken: org.token, refreshToken });
  const auth = { type: 'refresh_token', clientId, clientSecret, refreshToken };
  const parsed = salesforceSettings.parse({ url, sandbox: true, auth, ...settings });
  return { ...recorded, crm: createSalesforce(parsed, recorded.ports) };
}
const upsert = (object: 'Lead' | 'Contact', value: string, fields: WriteRow['fields'] = {}): WriteRow => ({
  key: value,
  externalId: { field: 'Key__c', value },
  fields: { LastName: value, ...(object === 'Lead' ? { Company: 'C' } : {}), ...fields },
});
const byKey = (outcomes: readonly Outcome[]) => Object.fromEntries(outcomes.map((one) => [one.key, one]));

describe('duplicate rules of the org', () => {
  test('refuse a create and name the record that it doubles; an update of a record with duplicates goes through', async () => {
    const { crm } = open();
    const first = await crm.write('Lead', [upsert('Lead', 'a', { Email: 'same@x.example' }), upsert('Lead', 'b')]);
    expect(first.every(({ status }) => status === 'ok')).toBe(true);
    const known = byKey(first).a;
    org.sandbox.controls.addDuplicateRule({ object: 'Lead', by: 'email', action: 'alert', onUpdate: true });
    const outcomes = byKey(
      await crm.write('Lead', [
        upsert('Lead', 'new', { Email: 'same@x.example' }),
        upsert('Lead', 'b', { Email: 'same@x.example' }),
        upsert('Lead', 'other', { Email: 'other@x.example' }),
      ]),
    );
    expect(outcomes.new).toMatchObject({ status: 'reject', code: 'DUPLICATES_DETECTED' });
    expect(outcomes.b).toMatchObject({ status: 'ok', created: false });
    expect(outcomes.other).toMatchObject({ status: 'ok', created: true });
    const matches = outcomes.new?.status === 'reject' ? outcomes.new.duplicateOf : undefined;
    expect(matches).toContain(known?.status === 'ok' ? known.id : '');
    expect(outcomes.new).toMatchObject({ message: expect.stringContaining(`Lead ${matches?.[0]}`) });
    expect(await org.rows("SELECT Id FROM Lead WHERE Email = 'same@x.example'")).toHaveLength(2);
  });

  test('that block refuse an update too, and name the matches', async () => {
    const contact = await org.create('Contact', { LastName: 'C', Email: 'c@x.example' });
    const other = await org.create('Contact', { LastName: 'O' });
    org.sandbox.controls.addDuplicateRule({ object: 'Contact', by: 'email', action: 'block', onUpdate: true });
    const [outcome] = await open().crm.write('Contact', [{ key: 'k', id: other, fields: { Email: 'c@x.example' } }]);
    expect(outcome).toMatchObject({ status: 'reject', code: 'DUPLICATES_DETECTED', duplicateOf: [contact] });
  });
});

test('a validation rule is told in its own words, with its field', async () => {
  await org.soap(
    'm',
    '<createMetadata><metadata xsi:type="ValidationRule"><fullName>Lead.R</fullName><active>true</active>' +
      '<errorConditionFormula>Website = "bad"</errorConditionFormula><errorDisplayField>Website</errorDisplayField>' +
      '<errorMessage>No bad sites.</errorMessage></metadata></createMetadata>',
  );
  expect(await open().crm.write('Lead', [upsert('Lead', 'v', { Website: 'bad' })])).toEqual([
    {
      key: 'v',
      status: 'reject',
      code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'No bad sites.',
      fields: ['Website'],
    },
  ]);
});

test('a purged record is gone to who writes it by its id, and dangling to who refers to it', async () => {
  const { crm } = open();
  const make = async (key: string) => {
    const [made] = await crm.write('Contact', [upsert('Contact', key)]);
    return made?.status === 'ok' ? made.id : '';
  };
  const [purged, lives] = [await make('purged'), await make('lives')];
  await org.call('DELETE', `/sobjects/Contact/${purged}`);
  await new SalesforceDesk(org.sandbox.url, org.sandbox.credentials.accessToken).erase(purged);
  const outcomes = byKey(
    await crm.write('Contact', [
      { key: 'own', id: purged, fields: { LastName: 'x' } },
      { key: 'other', id: lives, fields: { ReportsToId: purged } },
    ]),
  );
  expect(outcomes.own).toMatchObject({ status: 'reject', gone: true });
  expect(outcomes.other).toMatchObject({ status: 'reject', dangling: true });
  expect(outcomes.other).not.toHaveProperty('gone');
});

test('a formula field is described as calculated, and writing it is refused for that field', async () => {
  await org.deploy({ 'Lead.Calc__c': '<label>C</label><type>Text</type><formula>LastName &amp; "!"</formula>' });
  const { crm } = open();
  const field = (await crm.describe('Lead'))?.fields.find(({ name }) => name === 'Calc__c');
  expect(field).toMatchObject({ calculated: true, writable: false });
  expect(await crm.write('Lead', [upsert('Lead', 'calc', { Calc__c: 'x' })])).toMatchObject([
    { status: 'reject', code: 'INVALID_FIELD_FOR_INSERT_UPDATE', fields: ['Calc__c'] },
  ]);
});

test('assignment rules leave the owner alone', async () => {
  await org.soap(
    'm',
    '<updateMetadata><metadata xsi:type="AssignmentRules"><fullName>Lead</fullName><assignmentRule><fullName>All</fullName>' +
      '<active>true</active><ruleEntry><assignedTo>Channel_Leads</assignedTo><assignedToType>Queue</assignedToType></ruleEntry>' +
      '</assignmentRule></metadata></updateMetadata>',
  );
  const { crm } = open();
  await crm.write('Lead', [upsert('Lead', 'owned')]);
  await crm.write('Lead', [upsert('Lead', 'owned', { Title: 'x' })]);
  expect(await org.rows("SELECT Owner.Type FROM Lead WHERE Key__c = 'owned'")).toMatchObject([
    { Owner: { Type: 'User' } },
  ]);
});

describe('contacts of many accounts, written while each request keeps its locks for a while', () => {
  const contactsOf = (accounts: readonly string[], name: string, count: number): WriteRow[] =>
    Array.from({ length: count }, (_, i) => {
      const AccountId = accounts[i % accounts.length] ?? '';
      return { ...upsert('Contact', `${name}${i}`, { AccountId }), parent: AccountId };
    });
  let accounts: string[];
  beforeAll(async () => {
    accounts = await Promise.all([1, 2, 3, 4].map((n) => org.create('Account', { Name: `A${n}` })));
    org.sandbox.controls.locks.overlapping = true;
  });
  afterAll(() => {
    org.sandbox.controls.locks.overlapping = false;
  });

  test('meet no lock where they say which account they belong to', async () => {
    org.sandbox.controls.locks.holdMs = 10;
    const { crm, calls, sleeps } = open({ batchSize: 4, concurrency: 4 });
    const outcomes = await crm.write('Contact', contactsOf(accounts, 'grouped', 48));
    org.sandbox.controls.locks.holdMs = 0;
    expect(outcomes.every(({ status }) => status === 'ok')).toBe(true);
    expect(calls.write).toBe(12);
    expect(sleeps).toEqual([]);
  });

  test('meet locks where they do not', async () => {
    const release = org.sandbox.controls.locks.hold();
    const { crm, sleeps } = open({ batchSize: 4, concurrency: 2 });
    const rows = contactsOf(accounts, 'loose', 8).map(({ parent: _, ...row }) => row);
    // One request waits with its locks until the other one is told that it cannot have them.
    const outcomes = await crm.write('Contact', rows, async (some) => {
      if (some.length > 0) release();
    });
    expect(sleeps).toHaveLength(3);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual([
      ...Array.from({ length: 4 }, () => 'ok'),
      ...Array.from({ length: 4 }, () => 'retry'),
    ]);
  });
});

test('locks that others hold are waited for', async () => {
  const account = await org.create('Account', { Name: 'Busy' });
  org.sandbox.controls.locks.force({ rate: 0.5, seed: 3 });
  const rows = Array.from({ length: 10 }, (_, i) => upsert('Contact', `busy${i}`, { AccountId: account }));
  const { crm, sleeps } = open();
  const outcomes = await crm.write('Contact', rows);
  org.sandbox.controls.locks.force(null);
  expect(sleeps.length).toBeGreaterThan(0);
  const written = outcomes.filter(({ status }) => status === 'ok').length;
  expect(outcomes.every(({ status }) => status === 'ok' || status === 'retry')).toBe(true);
  expect(await org.rows(`SELECT Id FROM Contact WHERE AccountId = '${account}'`)).toHaveLength(written);
});

describe('members of a campaign', () => {
  test('are made under a unique field that provision creates, and one person is refused a second time', async () => {
    const { crm } = open();
    const key = { object: 'CampaignMember', name: 'Sluice_Id__c', kind: 'text', length: 64, unique: true } as const;
    await crm.provision({ objects: [], fields: [{ ...key, label: 'Sluice Id' }] }, { dryRun: false });
    const campaign = await org.create('Campaign', { Name: 'Nurture' });
    const lead = await org.create('Lead', { LastName: 'M', Company: 'C' });
    const member = (value: string): WriteRow => ({
      key: value,
      externalId: { field: 'Sluice_Id__c', value },
      fields: { LeadId: lead, CampaignId: campaign, Status: 'Sent' },
    });
    expect(await crm.write('CampaignMember', [member('cm_1')])).toMatchObject([{ status: 'ok', created: true }]);
    expect(await org.rows('SELECT LeadId, Status, HasResponded FROM CampaignMember')).toMatchObject([
      { LeadId: lead, Status: 'Sent', HasResponded: false },
    ]);
    expect(await crm.write('CampaignMember', [member('cm_2')])).toMatchObject([
      { status: 'reject', code: 'DUPLICATE_VALUE', message: 'Already a campaign member.' },
    ]);
  });
});
