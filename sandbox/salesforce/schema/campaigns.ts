/** Campaign with its roll-ups, its members and their statuses. Roll-ups are computed when read and so move no timestamp. */
import { object, personName } from './define.ts';
import { area, bool, currency, date, double, int, percent, pick, READ_ONLY, ref, text } from './fields.ts';
import type { FieldDef, Lookup, ObjectDef, Row, Shown, Value } from './types.ts';

interface RollUp {
  leads: number;
  converted: number;
  contacts: number;
  responses: number;
  opportunities: number;
  won: number;
  amount: number;
  amountWon: number;
}

const SOURCES = ['CampaignMember', 'Lead', 'Opportunity', 'OpportunityStage'];
const kept = new WeakMap<Lookup, Map<string, { versions: string; value: RollUp }>>();

/** The sums over a campaign's members and opportunities, kept until one of the summed objects changes. */
function rollUp(campaign: Row, lookup: Lookup): RollUp {
  const versions = SOURCES.map((name) => lookup.version(name)).join();
  let cache = kept.get(lookup);
  if (!cache) {
    cache = new Map();
    kept.set(lookup, cache);
  }
  const known = cache.get(campaign.Id);
  if (known?.versions === versions) return known.value;
  const won = new Set<unknown>();
  for (const stage of lookup.all('OpportunityStage')) if (stage.IsWon === true) won.add(stage.MasterLabel);
  const value: RollUp = {
    leads: 0,
    converted: 0,
    contacts: 0,
    responses: 0,
    opportunities: 0,
    won: 0,
    amount: 0,
    amountWon: 0,
  };
  for (const member of lookup.children('CampaignMember', 'CampaignId', campaign.Id)) {
    if (typeof member.LeadId === 'string') {
      value.leads++;
      if (lookup.row(member.LeadId)?.row.IsConverted === true) value.converted++;
    }
    if (typeof member.ContactId === 'string') value.contacts++;
    if (member.HasResponded === true) value.responses++;
  }
  for (const deal of lookup.children('Opportunity', 'CampaignId', campaign.Id)) {
    const amount = typeof deal.Amount === 'number' ? deal.Amount : 0;
    value.opportunities++;
    value.amount += amount;
    if (won.has(deal.StageName)) {
      value.won++;
      value.amountWon += amount;
    }
  }
  cache.set(campaign.Id, { versions, value });
  return value;
}

const count = (name: string, label: string, key: keyof RollUp): FieldDef =>
  int(name, label, 8, { ...READ_ONLY, required: true, read: (row, lookup) => rollUp(row, lookup)[key] });
const sum = (name: string, label: string, key: keyof RollUp): FieldDef =>
  currency(name, label, 18, 2, { ...READ_ONLY, required: true, read: (row, lookup) => rollUp(row, lookup)[key] });

/** The lead or contact of a member: the contact where the member has both. */
function person(member: Row, lookup: Lookup): Row | undefined {
  const id = member.ContactId ?? member.LeadId;
  return typeof id === 'string' ? lookup.row(id)?.row : undefined;
}
const ofPerson =
  (pickValue: (row: Row, lookup: Lookup) => Shown | undefined) =>
  (member: Row, lookup: Lookup): Shown => {
    const row = person(member, lookup);
    return (row && pickValue(row, lookup)) ?? null;
  };
const copied = (name: string, label: string, length: number, from: string = name): FieldDef =>
  text(name, label, length, { ...READ_ONLY, read: ofPerson((row) => row[from]) });

function company(row: Row, lookup: Lookup): Value {
  if (typeof row.Company === 'string') return row.Company;
  const account = typeof row.AccountId === 'string' ? lookup.row(row.AccountId)?.row : undefined;
  return typeof account?.Name === 'string' ? account.Name : null;
}

export function campaignObjects(): ObjectDef[] {
  return [
    object({
      name: 'Campaign',
      keyPrefix: '701',
      currency: true,
      fields: [
        text('Name', 'Name', 80, { nameField: true, required: true }),
        ref('ParentId', 'Parent Campaign ID', 'Campaign', { childRelationshipName: 'ChildCampaigns' }),
        pick('Type', 'Type', [
          'Conference',
          'Webinar',
          'Trade Show',
          'Public Relations',
          'Partners',
          'Referral Program',
          'Advertisement',
          'Banner Ads',
          'Direct Mail',
          'Email',
          'Telemarketing',
          'Other',
        ]),
        pick('Status', 'Status', ['*Planned', 'In Progress', 'Completed', 'Aborted'], { defaultValue: 'Planned' }),
        date('StartDate', 'Start Date'),
        date('EndDate', 'End Date'),
        currency('ExpectedRevenue', 'Expected Revenue', 18, 0),
        currency('BudgetedCost', 'Budgeted Cost', 18, 0),
        currency('ActualCost', 'Actual Cost', 18, 0),
        percent('ExpectedResponse', 'Expected Response (%)', 10, 2),
        double('NumberSent', 'Num Sent', 18, 0),
        bool('IsActive', 'Active'),
        area('Description', 'Description', 32000),
        count('NumberOfLeads', 'Leads in Campaign', 'leads'),
        count('NumberOfConvertedLeads', 'Converted Leads in Campaign', 'converted'),
        count('NumberOfContacts', 'Contacts in Campaign', 'contacts'),
        count('NumberOfResponses', 'Responses in Campaign', 'responses'),
        count('NumberOfOpportunities', 'Opportunities in Campaign', 'opportunities'),
        count('NumberOfWonOpportunities', 'Won Opportunities in Campaign', 'won'),
        sum('AmountAllOpportunities', 'Value Opportunities in Campaign', 'amount'),
        sum('AmountWonOpportunities', 'Value Won Opportunities in Campaign', 'amountWon'),
        ref('OwnerId', 'Owner ID', 'User', { required: true, onDelete: 'Restrict' }),
        date('LastActivityDate', 'Last Activity', READ_ONLY),
      ],
    }),
    object({
      name: 'CampaignMember',
      label: 'Campaign Member',
      keyPrefix: '00v',
      hardDelete: true,
      currency: true,
      fields: [
        ref('CampaignId', 'Campaign ID', 'Campaign', {
          required: true,
          updateable: false,
          childRelationshipName: 'CampaignMembers',
          onDelete: 'Cascade',
        }),
        ref('LeadId', 'Lead ID', 'Lead', {
          updateable: false,
          childRelationshipName: 'CampaignMembers',
          onDelete: 'Cascade',
        }),
        ref('ContactId', 'Contact ID', 'Contact', {
          updateable: false,
          childRelationshipName: 'CampaignMembers',
          onDelete: 'Cascade',
        }),
        pick('Status', 'Status', ['Sent', 'Responded'], { length: 40 }),
        bool('HasResponded', 'Responded', READ_ONLY),
        date('FirstRespondedDate', 'First Responded Date', READ_ONLY),
        pick('Salutation', 'Salutation', [], { ...READ_ONLY, length: 40, read: ofPerson((row) => row.Salutation) }),
        text('Name', 'Name', 121, { ...READ_ONLY, nameField: true, read: ofPerson(personName) }),
        copied('FirstName', 'First Name', 40),
        copied('LastName', 'Last Name', 80),
        copied('Title', 'Title', 128),
        copied('Email', 'Email', 80),
        copied('Phone', 'Phone', 40),
        bool('HasOptedOutOfEmail', 'Email Opt Out', { ...READ_ONLY, read: ofPerson((row) => row.HasOptedOutOfEmail) }),
        copied('LeadSource', 'Lead Source', 255),
        text('CompanyOrAccount', 'Company (Account)', 255, { ...READ_ONLY, read: ofPerson(company) }),
        text('Type', 'Type', 40, { ...READ_ONLY, read: (row) => (row.ContactId ? 'Contact' : 'Lead') }),
        ref('LeadOrContactId', 'Related Record ID', ['Contact', 'Lead'], {
          ...READ_ONLY,
          relationshipName: null,
          read: (row) => row.ContactId ?? row.LeadId ?? null,
        }),
        ref('LeadOrContactOwnerId', 'Related Record Owner ID', ['Group', 'User'], {
          ...READ_ONLY,
          relationshipName: 'LeadOrContactOwner',
          read: ofPerson((row) => row.OwnerId),
        }),
      ],
    }),
    object({
      name: 'CampaignMemberStatus',
      label: 'Campaign Member Status',
      labelPlural: 'Campaign Member Statuses',
      keyPrefix: '01Y',
      hardDelete: true,
      fields: [
        ref('CampaignId', 'Campaign ID', 'Campaign', {
          required: true,
          updateable: false,
          childRelationshipName: 'CampaignMemberStatuses',
          onDelete: 'Cascade',
        }),
        text('Label', 'Label', 765, { required: true, nameField: true }),
        int('SortOrder', 'Sort Order'),
        bool('IsDefault', 'Is Default'),
        bool('HasResponded', 'Responded'),
      ],
    }),
  ];
}
