/** Furnishes a new org: the organization itself, users, a queue, permission sets, stages, currencies. No business data. */
import { LEAD_STATUSES, STAGES } from '../schema/stages.ts';
import type { Org } from './org.ts';

interface Person {
  readonly first: string;
  readonly last: string;
  readonly alias: string;
  readonly profile: string;
}

const PEOPLE: readonly Person[] = [
  { first: 'Ada', last: 'Admin', alias: 'admin', profile: 'System Administrator' },
  { first: 'Integration', last: 'User', alias: 'integ', profile: 'System Administrator' },
  { first: 'Chris', last: 'Channel', alias: 'cchan', profile: 'Standard User' },
  { first: 'Dana', last: 'Direct', alias: 'ddire', profile: 'Standard User' },
  { first: 'Robin', last: 'Revenue', alias: 'rreve', profile: 'Standard User' },
];

/** Long before any record. */
const FIRST_RATE = '2000-01-01';
const CURRENCIES: readonly (readonly [string, number, number])[] = [
  ['USD', 1, 2],
  ['EUR', 0.92, 2],
  ['GBP', 0.79, 2],
  ['CHF', 0.88, 2],
  ['JPY', 149.5, 0],
];

/** @returns the id of the integration user */
export function furnish(org: Org): string {
  const organization = org.insertRow(
    org.need('Organization'),
    {
      Name: 'Vendor Inc.',
      Country: 'US',
      LanguageLocaleKey: 'en_US',
      DefaultLocaleSidKey: 'en_US',
      TimeZoneSidKey: 'GMT',
      OrganizationType: 'Enterprise Edition',
      InstanceName: 'SBX1',
      FiscalYearStartMonth: 1,
      IsSandbox: false,
      DefaultCurrencyIsoCode: org.options.multiCurrency ? 'USD' : null,
    },
    '',
  );
  org.id = organization.Id;
  org.insertRow(org.need('Pricebook2'), { Name: 'Standard Price Book', IsActive: true, IsStandard: true }, '');
  const profiles = new Map<string, string>();
  for (const name of ['System Administrator', 'Standard User']) {
    const all = name === 'System Administrator';
    const row = org.insertRow(
      org.need('Profile'),
      { Name: name, PermissionsModifyAllData: all, PermissionsApiEnabled: true },
      '',
    );
    profiles.set(name, row.Id);
  }
  const users = PEOPLE.map((person) =>
    org.insertRow(
      org.need('User'),
      {
        FirstName: person.first,
        LastName: person.last,
        Alias: person.alias,
        Username: `${person.alias}@vendor.example`,
        Email: `${person.alias}@vendor.example`,
        ProfileId: profiles.get(person.profile) ?? '',
      },
      '',
    ),
  );
  const admin = users[0]?.Id ?? '';
  for (const [name, profileId] of profiles) {
    const set = org.insertRow(
      org.need('PermissionSet'),
      {
        Name: `X${profileId}`,
        Label: profileId,
        IsOwnedByProfile: true,
        IsCustom: false,
        Type: 'Profile',
        ProfileId: profileId,
        PermissionsApiEnabled: true,
        PermissionsModifyAllData: name === 'System Administrator',
        PermissionsViewAllData: name === 'System Administrator',
        PermissionsCustomizeApplication: name === 'System Administrator',
      },
      admin,
    );
    for (const user of users) {
      if (user.ProfileId === profileId) {
        org.insertRow(org.need('PermissionSetAssignment'), { PermissionSetId: set.Id, AssigneeId: user.Id }, admin);
      }
    }
  }
  const queue = org.insertRow(
    org.need('Group'),
    { Name: 'Channel Leads', DeveloperName: 'Channel_Leads', Type: 'Queue', OwnerId: org.id },
    admin,
  );
  org.insertRow(org.need('QueueSobject'), { QueueId: queue.Id, SobjectType: 'Lead' }, admin);
  STAGES.forEach((stage, i) => {
    org.insertRow(
      org.need('OpportunityStage'),
      {
        MasterLabel: stage.label,
        ApiName: stage.label,
        IsActive: true,
        SortOrder: i + 1,
        IsClosed: stage.closed,
        IsWon: stage.won,
        ForecastCategory: stage.category,
        ForecastCategoryName: stage.categoryName,
        DefaultProbability: stage.probability,
      },
      admin,
    );
  });
  LEAD_STATUSES.forEach((status, i) => {
    org.insertRow(
      org.need('LeadStatus'),
      {
        MasterLabel: status.label,
        ApiName: status.label,
        SortOrder: i + 1,
        IsDefault: status.isDefault,
        IsConverted: status.converted,
      },
      admin,
    );
  });
  if (org.options.multiCurrency) currencies(org, admin);
  return users[1]?.Id ?? '';
}

/** The currencies of an org that uses several; where it keeps rates by date, the first rate of each. */
function currencies(org: Org, admin: string): void {
  const dated = org.schema.object('DatedConversionRate');
  for (const [code, rate, decimals] of CURRENCIES) {
    if (dated) org.insertRow(dated, { IsoCode: code, StartDate: FIRST_RATE, ConversionRate: rate }, admin);
    org.insertRow(
      org.need('CurrencyType'),
      { IsoCode: code, ConversionRate: rate, DecimalPlaces: decimals, IsActive: true, IsCorporate: code === 'USD' },
      admin,
    );
  }
}
