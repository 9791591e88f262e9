/** Account, Contact, Lead, Opportunity and what hangs on them. */
import { fullName, object } from './define.ts';
import {
  address,
  area,
  bool,
  currency,
  date,
  datetime,
  double,
  email,
  int,
  percent,
  phone,
  pick,
  READ_ONLY,
  ref,
  text,
  url,
} from './fields.ts';
import { LEAD_STATUSES, STAGES } from './stages.ts';
import type { Lookup, ObjectDef, Row } from './types.ts';

const INDUSTRIES = (
  'Agriculture|Apparel|Banking|Biotechnology|Chemicals|Communications|Construction|Consulting|Education|Electronics|Energy|' +
  'Engineering|Entertainment|Environmental|Finance|Food & Beverage|Government|Healthcare|Hospitality|Insurance|Machinery|' +
  'Manufacturing|Media|Not For Profit|Recreation|Retail|Shipping|Technology|Telecommunications|Transportation|Utilities|Other'
).split('|');
const SOURCES = ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other'];
const RATINGS = ['Hot', 'Warm', 'Cold'];
const SALUTATIONS = ['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.', 'Mx.'];
const TYPES = [
  'Prospect',
  'Customer - Direct',
  'Customer - Channel',
  'Channel Partner / Reseller',
  'Installation Partner',
  'Technology Partner',
  'Other',
];

const owner = (queues: boolean) =>
  ref('OwnerId', 'Owner ID', queues ? ['Group', 'User'] : 'User', { required: true, onDelete: 'Restrict' });
const lastActivity = () => [
  date('LastActivityDate', 'Last Activity', READ_ONLY),
  datetime('LastViewedDate', 'Last Viewed Date', READ_ONLY),
  datetime('LastReferencedDate', 'Last Referenced Date', READ_ONLY),
];
const master = (to: string) => ref('MasterRecordId', 'Master Record ID', to, READ_ONLY);

/** The row of the stage that an opportunity is in. */
function stageOf(row: Row, lookup: Lookup): Row | undefined {
  for (const stage of lookup.all('OpportunityStage')) if (stage.MasterLabel === row.StageName) return stage;
  return undefined;
}

function closeMonth(row: Row): number {
  return typeof row.CloseDate === 'string' ? Number(row.CloseDate.slice(5, 7)) : 1;
}
function closeYear(row: Row): number {
  return typeof row.CloseDate === 'string' ? Number(row.CloseDate.slice(0, 4)) : 0;
}

export function salesObjects(): ObjectDef[] {
  return [
    object({
      name: 'Account',
      keyPrefix: '001',
      currency: true,
      fields: [
        master('Account'),
        text('Name', 'Account Name', 255, { nameField: true, required: true }),
        pick('Type', 'Account Type', TYPES),
        ref('ParentId', 'Parent Account ID', 'Account', { childRelationshipName: 'ChildAccounts' }),
        ...address('Billing', 'Billing '),
        ...address('Shipping', 'Shipping '),
        phone('Phone', 'Account Phone'),
        phone('Fax', 'Account Fax'),
        text('AccountNumber', 'Account Number', 40),
        url('Website', 'Website'),
        text('Sic', 'SIC Code', 20),
        pick('Industry', 'Industry', INDUSTRIES),
        currency('AnnualRevenue', 'Annual Revenue', 18, 0),
        int('NumberOfEmployees', 'Employees', 8),
        pick('Ownership', 'Ownership', ['Public', 'Private', 'Subsidiary', 'Other']),
        text('TickerSymbol', 'Ticker Symbol', 20),
        area('Description', 'Account Description', 32000),
        pick('Rating', 'Account Rating', RATINGS),
        text('Site', 'Account Site', 80),
        owner(false),
        ...lastActivity(),
        pick('AccountSource', 'Account Source', SOURCES),
      ],
    }),
    object({
      name: 'Contact',
      keyPrefix: '003',
      currency: true,
      fields: [
        master('Contact'),
        ref('AccountId', 'Account ID', 'Account', { childRelationshipName: 'Contacts', onDelete: 'Cascade' }),
        text('LastName', 'Last Name', 80, { required: true }),
        text('FirstName', 'First Name', 40),
        pick('Salutation', 'Salutation', SALUTATIONS, { length: 40 }),
        fullName('Full Name'),
        ...address('Other', 'Other '),
        ...address('Mailing', 'Mailing '),
        phone('Phone', 'Business Phone'),
        phone('Fax', 'Business Fax'),
        phone('MobilePhone', 'Mobile Phone'),
        phone('HomePhone', 'Home Phone'),
        phone('OtherPhone', 'Other Phone'),
        phone('AssistantPhone', 'Asst. Phone'),
        ref('ReportsToId', 'Reports To ID', 'Contact', { childRelationshipName: null }),
        email('Email', 'Email', { idLookup: true }),
        text('Title', 'Title', 128),
        text('Department', 'Department', 80),
        text('AssistantName', "Assistant's Name", 40),
        pick('LeadSource', 'Lead Source', SOURCES),
        date('Birthdate', 'Birthdate'),
        area('Description', 'Contact Description', 32000),
        owner(false),
        bool('HasOptedOutOfEmail', 'Email Opt Out'),
        bool('HasOptedOutOfFax', 'Fax Opt Out'),
        bool('DoNotCall', 'Do Not Call'),
        ...lastActivity(),
        text('EmailBouncedReason', 'Email Bounced Reason', 255),
        datetime('EmailBouncedDate', 'Email Bounced Date'),
        bool('IsEmailBounced', 'Is Email Bounced', READ_ONLY),
      ],
    }),
    object({
      name: 'Lead',
      keyPrefix: '00Q',
      currency: true,
      fields: [
        master('Lead'),
        text('LastName', 'Last Name', 80, { required: true }),
        text('FirstName', 'First Name', 40),
        pick('Salutation', 'Salutation', SALUTATIONS, { length: 40 }),
        fullName('Full Name'),
        text('Title', 'Title', 128),
        text('Company', 'Company', 255, { required: true }),
        ...address('', ''),
        phone('Phone', 'Phone'),
        phone('MobilePhone', 'Mobile Phone'),
        phone('Fax', 'Fax'),
        email('Email', 'Email', { idLookup: true }),
        url('Website', 'Website'),
        area('Description', 'Description', 32000),
        pick('LeadSource', 'Lead Source', SOURCES),
        pick(
          'Status',
          'Status',
          LEAD_STATUSES.map((one) => (one.isDefault ? `*${one.label}` : one.label)),
          { required: true, defaultValue: 'Open - Not Contacted' },
        ),
        pick('Industry', 'Industry', INDUSTRIES),
        pick('Rating', 'Rating', RATINGS),
        currency('AnnualRevenue', 'Annual Revenue', 18, 0),
        int('NumberOfEmployees', 'Employees', 8),
        owner(true),
        bool('HasOptedOutOfEmail', 'Email Opt Out'),
        bool('IsConverted', 'Converted', READ_ONLY),
        date('ConvertedDate', 'Converted Date', READ_ONLY),
        ref('ConvertedAccountId', 'Converted Account ID', 'Account', READ_ONLY),
        ref('ConvertedContactId', 'Converted Contact ID', 'Contact', READ_ONLY),
        ref('ConvertedOpportunityId', 'Converted Opportunity ID', 'Opportunity', READ_ONLY),
        bool('IsUnreadByOwner', 'Unread By Owner', { defaultValue: true }),
        ...lastActivity(),
        bool('DoNotCall', 'Do Not Call'),
        bool('HasOptedOutOfFax', 'Fax Opt Out'),
        text('EmailBouncedReason', 'Email Bounced Reason', 255),
        datetime('EmailBouncedDate', 'Email Bounced Date'),
      ],
    }),
    object({
      name: 'Opportunity',
      labelPlural: 'Opportunities',
      keyPrefix: '006',
      currency: true,
      fields: [
        ref('AccountId', 'Account ID', 'Account', { childRelationshipName: 'Opportunities', onDelete: 'Cascade' }),
        bool('IsPrivate', 'Private'),
        text('Name', 'Name', 120, { nameField: true, required: true }),
        area('Description', 'Description', 32000),
        pick(
          'StageName',
          'Stage',
          STAGES.map((one) => one.label),
          { required: true },
        ),
        currency('Amount', 'Amount'),
        percent('Probability', 'Probability (%)'),
        currency('ExpectedRevenue', 'Expected Amount', 18, 2, {
          ...READ_ONLY,
          read: (row) =>
            typeof row.Amount === 'number'
              ? Math.round(row.Amount * (typeof row.Probability === 'number' ? row.Probability : 0)) / 100
              : null,
        }),
        double('TotalOpportunityQuantity', 'Quantity', 18, 2),
        date('CloseDate', 'Close Date', { required: true }),
        pick('Type', 'Opportunity Type', [
          'Existing Customer - Upgrade',
          'Existing Customer - Replacement',
          'New Customer',
        ]),
        text('NextStep', 'Next Step', 255),
        pick('LeadSource', 'Lead Source', SOURCES),
        bool('IsClosed', 'Closed', { ...READ_ONLY, read: (row, lookup) => stageOf(row, lookup)?.IsClosed ?? false }),
        bool('IsWon', 'Won', { ...READ_ONLY, read: (row, lookup) => stageOf(row, lookup)?.IsWon ?? false }),
        pick(
          'ForecastCategory',
          'Forecast Category',
          ['Omitted', 'Pipeline', 'BestCase', 'MostLikely', 'Forecast', 'Closed'],
          {
            ...READ_ONLY,
            restricted: true,
            read: (row, lookup) => stageOf(row, lookup)?.ForecastCategory ?? 'Pipeline',
          },
        ),
        pick('ForecastCategoryName', 'Forecast Category', ['Omitted', 'Pipeline', 'Best Case', 'Commit', 'Closed']),
        ref('CampaignId', 'Campaign ID', 'Campaign', { childRelationshipName: 'Opportunities' }),
        ref('Pricebook2Id', 'Price Book ID', 'Pricebook2', { childRelationshipName: 'Opportunities' }),
        bool('HasOpportunityLineItem', 'Has Line Item', {
          ...READ_ONLY,
          read: (row, lookup) => lookup.children('OpportunityLineItem', 'OpportunityId', row.Id).length > 0,
        }),
        owner(false),
        ...lastActivity(),
        datetime('LastStageChangeDate', 'Last Stage Change Date', { ...READ_ONLY, since: 52 }),
        int('FiscalQuarter', 'Fiscal Quarter', 8, { ...READ_ONLY, read: (row) => Math.ceil(closeMonth(row) / 3) }),
        int('FiscalYear', 'Fiscal Year', 8, { ...READ_ONLY, read: closeYear }),
        text('Fiscal', 'Fiscal Period', 6, {
          ...READ_ONLY,
          read: (row) => `${closeYear(row)} ${Math.ceil(closeMonth(row) / 3)}`,
        }),
        ref('ContactId', 'Contact ID', 'Contact', { updateable: false, relationshipName: null }),
      ],
    }),
    object({
      name: 'OpportunityContactRole',
      label: 'Opportunity Contact Role',
      keyPrefix: '00K',
      currency: true,
      fields: [
        ref('OpportunityId', 'Opportunity ID', 'Opportunity', {
          required: true,
          updateable: false,
          childRelationshipName: 'OpportunityContactRoles',
          onDelete: 'Cascade',
        }),
        ref('ContactId', 'Contact ID', 'Contact', {
          required: true,
          childRelationshipName: 'OpportunityContactRoles',
          onDelete: 'Cascade',
        }),
        pick('Role', 'Role', [
          'Business User',
          'Decision Maker',
          'Economic Buyer',
          'Economic Decision Maker',
          'Evaluator',
          'Executive Sponsor',
          'Influencer',
          'Technical Buyer',
          'Other',
        ]),
        bool('IsPrimary', 'Primary'),
      ],
    }),
    object({
      name: 'Task',
      keyPrefix: '00T',
      currency: true,
      fields: [
        ref('WhoId', 'Name ID', ['Contact', 'Lead'], { childRelationshipName: 'Tasks' }),
        ref('WhatId', 'Related To ID', ['Account', 'Opportunity', 'Campaign'], { childRelationshipName: 'Tasks' }),
        text('Subject', 'Subject', 255),
        date('ActivityDate', 'Due Date Only'),
        pick('Status', 'Status', ['*Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'], {
          required: true,
          defaultValue: 'Not Started',
        }),
        pick('Priority', 'Priority', ['High', '*Normal', 'Low'], { required: true, defaultValue: 'Normal' }),
        bool('IsHighPriority', 'High Priority', { ...READ_ONLY, read: (row) => row.Priority === 'High' }),
        owner(true),
        area('Description', 'Description', 32000),
        ref('AccountId', 'Account ID', 'Account', READ_ONLY),
        bool('IsClosed', 'Closed', { ...READ_ONLY, read: (row) => row.Status === 'Completed' }),
        pick('TaskSubtype', 'Task Subtype', ['*Task', 'Email', 'ListEmail', 'Cadence', 'Call'], {
          updateable: false,
          restricted: true,
          defaultValue: 'Task',
        }),
        datetime('CompletedDateTime', 'Completed Date', READ_ONLY),
      ],
    }),
  ];
}
