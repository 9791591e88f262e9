/** The org itself: users, queues, permissions, currencies and the setup tables behind picklists. */
import { fullName, object } from './define.ts';
import { area, bool, date, double, email, field, int, percent, phone, pick, READ_ONLY, ref, text } from './fields.ts';
import type { Lookup, ObjectDef, Row } from './types.ts';

const LAST_DAY = '9999-12-31';

const required = { required: true } as const;
const setup = { deletedFlag: false, replicateable: false } as const;
const fixed = { ...setup, createable: false, updateable: false, deletable: false } as const;

/** The day on which the currency's next rate begins. */
function nextStart(rate: Row, lookup: Lookup): string {
  let next = LAST_DAY;
  for (const other of lookup.all('DatedConversionRate')) {
    if (other.IsoCode !== rate.IsoCode || typeof other.StartDate !== 'string') continue;
    if (other.StartDate > String(rate.StartDate) && other.StartDate < next) next = other.StartDate;
  }
  return next;
}

export function platformObjects(): ObjectDef[] {
  return [
    object({
      name: 'Organization',
      keyPrefix: '00D',
      ...fixed,
      fields: [
        text('Name', 'Name', 80, { ...READ_ONLY, nameField: true, required: true }),
        text('Country', 'Country', 80, READ_ONLY),
        text('LanguageLocaleKey', 'Language', 40, READ_ONLY),
        text('DefaultLocaleSidKey', 'Locale', 40, READ_ONLY),
        text('TimeZoneSidKey', 'Time Zone', 40, READ_ONLY),
        text('OrganizationType', 'Edition', 40, READ_ONLY),
        text('InstanceName', 'Instance Name', 5, READ_ONLY),
        text('NamespacePrefix', 'Namespace Prefix', 15, READ_ONLY),
        int('FiscalYearStartMonth', 'Fiscal Year Starts In', 2, READ_ONLY),
        bool('IsSandbox', 'Is Sandbox', READ_ONLY),
        text('DefaultCurrencyIsoCode', 'Currency ISO Code', 3, { ...READ_ONLY, multiCurrencyOnly: true }),
        field('datetime', 'TrialExpirationDate', 'Trial Expiration Date', READ_ONLY),
      ],
    }),
    object({
      name: 'User',
      keyPrefix: '005',
      deletedFlag: false,
      deletable: false,
      fields: [
        text('Username', 'Username', 80, { ...required, unique: true, idLookup: true }),
        text('LastName', 'Last Name', 80, required),
        text('FirstName', 'First Name', 40),
        fullName('Full Name'),
        text('CompanyName', 'Company Name', 80),
        text('Title', 'Title', 80),
        email('Email', 'Email', { ...required, length: 128, idLookup: true }),
        phone('Phone', 'Phone'),
        text('Alias', 'Alias', 8, required),
        bool('IsActive', 'Active', { defaultValue: true }),
        text('TimeZoneSidKey', 'Time Zone', 40, { ...required, defaultValue: 'GMT' }),
        text('LocaleSidKey', 'Locale', 40, { ...required, defaultValue: 'en_US' }),
        text('LanguageLocaleKey', 'Language', 40, { ...required, defaultValue: 'en_US' }),
        text('EmailEncodingKey', 'Email Encoding', 40, { ...required, defaultValue: 'UTF-8' }),
        ref('ProfileId', 'Profile ID', 'Profile', required),
        pick('UserType', 'User Type', ['Standard', 'Guest', 'CsnOnly', 'PowerPartner'], {
          ...READ_ONLY,
          restricted: true,
          defaultValue: 'Standard',
        }),
        text('FederationIdentifier', 'SAML Federation ID', 512),
        field('datetime', 'LastLoginDate', 'Last Login', READ_ONLY),
      ],
    }),
    object({
      name: 'Profile',
      keyPrefix: '00e',
      ...fixed,
      fields: [
        text('Name', 'Name', 255, { ...required, nameField: true }),
        bool('PermissionsModifyAllData', 'Modify All Data', READ_ONLY),
        bool('PermissionsApiEnabled', 'API Enabled', READ_ONLY),
      ],
    }),
    object({
      name: 'Group',
      keyPrefix: '00G',
      deletedFlag: false,
      replicateable: false,
      fields: [
        text('Name', 'Name', 40, { ...required, nameField: true }),
        text('DeveloperName', 'Developer Name', 80),
        ref('RelatedId', 'Related ID', ['User'], READ_ONLY),
        pick('Type', 'Type', ['*Regular', 'Queue', 'Role', 'Organization'], {
          required: true,
          updateable: false,
          restricted: true,
          defaultValue: 'Regular',
        }),
        email('Email', 'Email'),
        ref('OwnerId', 'Owner ID', ['Organization', 'User'], { ...READ_ONLY }),
        bool('DoesSendEmailToMembers', 'Send Email to Members'),
        bool('DoesIncludeBosses', 'Include Bosses', { defaultValue: true }),
      ],
    }),
    object({
      name: 'GroupMember',
      label: 'Group Member',
      keyPrefix: '011',
      ...setup,
      hardDelete: true,
      updateable: false,
      fields: [
        ref('GroupId', 'Group ID', 'Group', {
          ...required,
          childRelationshipName: 'GroupMembers',
          onDelete: 'Cascade',
        }),
        ref('UserOrGroupId', 'User/Group ID', ['Group', 'User'], { ...required, relationshipName: null }),
      ],
    }),
    object({
      name: 'QueueSobject',
      label: 'Queue Sobject',
      keyPrefix: '03g',
      ...setup,
      hardDelete: true,
      updateable: false,
      fields: [
        ref('QueueId', 'Queue ID', 'Group', {
          ...required,
          childRelationshipName: 'QueueSobjects',
          onDelete: 'Cascade',
        }),
        text('SobjectType', 'Sobject Type', 40, required),
      ],
    }),
    object({
      name: 'RecordType',
      label: 'Record Type',
      keyPrefix: '012',
      ...fixed,
      fields: [
        text('Name', 'Name', 80, { ...READ_ONLY, nameField: true }),
        text('DeveloperName', 'Record Type Name', 80, READ_ONLY),
        text('NamespacePrefix', 'Namespace Prefix', 15, READ_ONLY),
        text('Description', 'Description', 255, READ_ONLY),
        text('SobjectType', 'Sobject Type Name', 40, READ_ONLY),
        bool('IsActive', 'Active', READ_ONLY),
      ],
    }),
    object({
      name: 'AssignmentRule',
      label: 'Assignment Rule',
      keyPrefix: '01Q',
      ...fixed,
      fields: [
        text('Name', 'Name', 120, { ...READ_ONLY, nameField: true }),
        text('SobjectType', 'Sobject Type', 40, READ_ONLY),
        bool('Active', 'Active', READ_ONLY),
      ],
    }),
    object({
      name: 'CurrencyType',
      label: 'Currency Type',
      keyPrefix: '01L',
      ...setup,
      deletable: false,
      fields: [
        text('IsoCode', 'Currency ISO Code', 3, { ...required, nameField: true, updateable: false, unique: true }),
        double('ConversionRate', 'Conversion Rate', 18, 9, required),
        int('DecimalPlaces', 'Decimal Places', 2, required),
        bool('IsActive', 'Active', { defaultValue: true }),
        bool('IsCorporate', 'Corporate Currency', READ_ONLY),
      ],
    }),
    object({
      name: 'DatedConversionRate',
      label: 'Dated Conversion Rate',
      keyPrefix: '04w',
      ...setup,
      hardDelete: true,
      fields: [
        text('IsoCode', 'Currency ISO Code', 3, { ...required, updateable: false }),
        date('StartDate', 'Start Date', { ...required, updateable: false }),
        date('NextStartDate', 'Next Start Date', { ...READ_ONLY, read: nextStart }),
        double('ConversionRate', 'Conversion Rate', 18, 6, required),
      ],
    }),
    object({
      name: 'OpportunityStage',
      label: 'Opportunity Stage',
      keyPrefix: '01J',
      ...fixed,
      fields: [
        text('MasterLabel', 'Master Label', 255, { ...READ_ONLY, nameField: true }),
        text('ApiName', 'API Name', 255, READ_ONLY),
        bool('IsActive', 'Is Active', READ_ONLY),
        int('SortOrder', 'Sort Order', 8, READ_ONLY),
        bool('IsClosed', 'Closed', READ_ONLY),
        bool('IsWon', 'Won', READ_ONLY),
        text('ForecastCategory', 'Forecast Category', 40, READ_ONLY),
        text('ForecastCategoryName', 'Forecast Category Name', 255, READ_ONLY),
        percent('DefaultProbability', 'Probability (%)', 3, 0, READ_ONLY),
        text('Description', 'Description', 255, READ_ONLY),
      ],
    }),
    object({
      name: 'LeadStatus',
      label: 'Lead Status Value',
      keyPrefix: '01J',
      ...fixed,
      fields: [
        text('MasterLabel', 'Master Label', 255, { ...READ_ONLY, nameField: true }),
        text('ApiName', 'API Name', 255, READ_ONLY),
        int('SortOrder', 'Sort Order', 8, READ_ONLY),
        bool('IsDefault', 'Is Default', READ_ONLY),
        bool('IsConverted', 'Converted', READ_ONLY),
      ],
    }),
    object({
      name: 'PermissionSet',
      label: 'Permission Set',
      keyPrefix: '0PS',
      ...setup,
      hardDelete: true,
      fields: [
        text('Name', 'Permission Set Name', 80, { ...required, nameField: true }),
        text('Label', 'Permission Set Label', 80, required),
        area('Description', 'Description', 255),
        bool('IsOwnedByProfile', 'Is Owned By Profile', READ_ONLY),
        ref('ProfileId', 'Profile ID', 'Profile', READ_ONLY),
        bool('IsCustom', 'Custom', { ...READ_ONLY, defaultValue: true }),
        text('Type', 'Permission Set Type', 40, { ...READ_ONLY, defaultValue: 'Regular' }),
        text('NamespacePrefix', 'Namespace Prefix', 15, READ_ONLY),
        bool('PermissionsApiEnabled', 'API Enabled'),
        bool('PermissionsViewAllData', 'View All Data'),
        bool('PermissionsModifyAllData', 'Modify All Data'),
        bool('PermissionsCustomizeApplication', 'Customize Application'),
      ],
    }),
    object({
      name: 'PermissionSetAssignment',
      label: 'Permission Set Assignment',
      keyPrefix: '0Pa',
      ...setup,
      hardDelete: true,
      updateable: false,
      fields: [
        ref('PermissionSetId', 'PermissionSet ID', 'PermissionSet', {
          ...required,
          childRelationshipName: 'Assignments',
          onDelete: 'Cascade',
        }),
        ref('AssigneeId', 'Assignee ID', 'User', {
          ...required,
          childRelationshipName: 'PermissionSetAssignments',
          onDelete: 'Cascade',
        }),
        bool('IsActive', 'Is Active', { ...READ_ONLY, defaultValue: true }),
        date('ExpirationDate', 'Expiration Date', READ_ONLY),
      ],
    }),
    object({
      name: 'FieldPermissions',
      label: 'Field Permissions',
      labelPlural: 'Field Permissions',
      keyPrefix: '01k',
      ...setup,
      hardDelete: true,
      fields: [
        ref('ParentId', 'Parent ID', 'PermissionSet', {
          ...required,
          updateable: false,
          childRelationshipName: 'FieldPerms',
          onDelete: 'Cascade',
        }),
        pick('SobjectType', 'Sobject Type', [], { ...required, updateable: false, length: 40 }),
        pick('Field', 'Field Name', [], { ...required, updateable: false, length: 255 }),
        bool('PermissionsEdit', 'Edit Field'),
        bool('PermissionsRead', 'Read Field'),
      ],
    }),
    object({
      name: 'ObjectPermissions',
      label: 'Object Permissions',
      labelPlural: 'Object Permissions',
      keyPrefix: '110',
      ...setup,
      hardDelete: true,
      fields: [
        ref('ParentId', 'Parent ID', 'PermissionSet', {
          ...required,
          updateable: false,
          childRelationshipName: 'ObjectPerms',
          onDelete: 'Cascade',
        }),
        pick('SobjectType', 'Sobject Type Name', [], { ...required, updateable: false, length: 40 }),
        bool('PermissionsCreate', 'Create Records'),
        bool('PermissionsRead', 'Read Records'),
        bool('PermissionsEdit', 'Edit Records'),
        bool('PermissionsDelete', 'Delete Records'),
        bool('PermissionsViewAllRecords', 'Read All Records'),
        bool('PermissionsModifyAllRecords', 'Edit All Records'),
      ],
    }),
  ];
}
