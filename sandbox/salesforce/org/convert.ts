/** Lead conversion: a lead becomes a contact of an account, usually with an opportunity. */
import { badRequest } from '../errors.ts';
import { dayOf } from '../format.ts';
import { canonicalId } from '../ids.ts';
import type { Row, Value } from '../schema/types.ts';
import type { Caller, Org } from './org.ts';
import { createRecord } from './write.ts';

export interface Conversion {
  readonly leadId: string;
  readonly convertedStatus: string;
  readonly accountId?: string;
  readonly contactId?: string;
  readonly opportunityId?: string;
  readonly opportunityName?: string;
  readonly ownerId?: string;
  readonly doNotCreateOpportunity: boolean;
  readonly overwriteLeadSource: boolean;
}

export interface Converted {
  readonly leadId: string;
  readonly accountId: string;
  readonly contactId: string;
  readonly opportunityId: string | null;
}

/** Lead fields and the fields of the new records that take them. Custom fields go along only where the org maps them. */
const ACCOUNT: Readonly<Record<string, string>> = {
  Company: 'Name',
  Phone: 'Phone',
  Fax: 'Fax',
  Website: 'Website',
  Industry: 'Industry',
  AnnualRevenue: 'AnnualRevenue',
  NumberOfEmployees: 'NumberOfEmployees',
  Rating: 'Rating',
  LeadSource: 'AccountSource',
  Street: 'BillingStreet',
  City: 'BillingCity',
  State: 'BillingState',
  PostalCode: 'BillingPostalCode',
  Country: 'BillingCountry',
};
const CONTACT: Readonly<Record<string, string>> = {
  FirstName: 'FirstName',
  LastName: 'LastName',
  Salutation: 'Salutation',
  Title: 'Title',
  Email: 'Email',
  Phone: 'Phone',
  MobilePhone: 'MobilePhone',
  Fax: 'Fax',
  LeadSource: 'LeadSource',
  Description: 'Description',
  HasOptedOutOfEmail: 'HasOptedOutOfEmail',
  HasOptedOutOfFax: 'HasOptedOutOfFax',
  DoNotCall: 'DoNotCall',
  Street: 'MailingStreet',
  City: 'MailingCity',
  State: 'MailingState',
  PostalCode: 'MailingPostalCode',
  Country: 'MailingCountry',
};

/** @throws SalesforceError, nothing changed, where the lead cannot be converted so */
export function convertLead(org: Org, caller: Caller, wanted: Conversion): Converted {
  return org.atomically(() => convert(org, caller, wanted));
}

function convert(org: Org, caller: Caller, wanted: Conversion): Converted {
  const lead = find(org, wanted.leadId, 'Lead', 'leadId');
  if (lead.IsConverted === true) throw badRequest('CANNOT_UPDATE_CONVERTED_LEAD', 'lead already converted', []);
  checkStatus(org, wanted.convertedStatus);
  const ownerId = newOwner(org, lead, wanted.ownerId);
  const givenContact = wanted.contactId ? find(org, wanted.contactId, 'Contact', 'contactId') : undefined;
  if (givenContact && !wanted.accountId) {
    throw badRequest('REQUIRED_FIELD_MISSING', 'accountId is required where contactId is given', ['accountId']);
  }
  const account = wanted.accountId
    ? find(org, wanted.accountId, 'Account', 'accountId')
    : make(org, caller, 'Account', { ...copy(lead, ACCOUNT), OwnerId: ownerId });
  if (givenContact && givenContact.AccountId !== account.Id) {
    throw badRequest('INVALID_CROSS_REFERENCE_KEY', 'The contact does not belong to the account', ['contactId']);
  }
  const contact =
    givenContact ?? make(org, caller, 'Contact', { ...copy(lead, CONTACT), AccountId: account.Id, OwnerId: ownerId });
  if (givenContact) fillGaps(org, caller, givenContact, lead, wanted.overwriteLeadSource);
  const opportunity = opportunityOf(org, caller, wanted, lead, account, contact, ownerId);
  for (const [object, row, isNew] of [
    ['Account', account, !wanted.accountId],
    ['Contact', contact, !givenContact],
    ['Opportunity', opportunity, !wanted.opportunityId],
  ] as const) {
    if (row) copyMapped(org, caller, object, row, lead, isNew);
  }
  moveChildren(org, caller, lead, contact, opportunity);
  org.touch(
    org.need('Lead'),
    lead,
    {
      IsConverted: true,
      ConvertedDate: dayOf(org.now()),
      ConvertedAccountId: account.Id,
      ConvertedContactId: contact.Id,
      ConvertedOpportunityId: opportunity?.Id ?? null,
      Status: wanted.convertedStatus,
      OwnerId: ownerId,
    },
    caller.userId,
  );
  return { leadId: lead.Id, accountId: account.Id, contactId: contact.Id, opportunityId: opportunity?.Id ?? null };
}

function find(org: Org, rawId: string, object: string, field: string): Row {
  const id = canonicalId(rawId);
  if (id === undefined) throw badRequest('MALFORMED_ID', `malformed id ${rawId}`, [field]);
  const found = org.row(id);
  if (!found) throw badRequest('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [field]);
  if (found.object.name !== object)
    throw badRequest('INVALID_ID_FIELD', `id value of incorrect type: ${rawId}`, [field]);
  if (found.row.IsDeleted === true) throw badRequest('ENTITY_IS_DELETED', 'entity is deleted', [field]);
  return found.row;
}

function checkStatus(org: Org, status: string): void {
  for (const row of org.all('LeadStatus')) if (row.MasterLabel === status && row.IsConverted === true) return;
  throw badRequest('INVALID_STATUS', `invalid convertedStatus: ${status}`, ['convertedStatus']);
}

/** The owner of what is made. A lead of a queue needs a user to be named. */
function newOwner(org: Org, lead: Row, given: string | undefined): string {
  if (given) return find(org, given, 'User', 'ownerId').Id;
  const owner = String(lead.OwnerId);
  if (org.row(owner)?.object.name === 'User') return owner;
  throw badRequest(
    'INVALID_OWNER',
    'Converted objects can only be owned by users.  If the lead is not owned by a user, you must specify a user for the Owner field.',
    ['ownerId'],
  );
}

function copy(lead: Row, names: Readonly<Record<string, string>>): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [from, to] of Object.entries(names)) {
    const value = lead[from];
    if (value !== undefined && value !== null) values[to] = value;
  }
  return values;
}

/** Makes a record as the platform does in a conversion: without required custom fields, without security. */
function make(org: Org, caller: Caller, object: string, values: Readonly<Record<string, Value>>): Row {
  return org.insertRow(org.need(object), values, caller.userId);
}

/** An existing contact keeps its values; only empty ones are filled. */
function fillGaps(org: Org, caller: Caller, contact: Row, lead: Row, overwriteSource: boolean): void {
  const changes: Record<string, Value> = {};
  for (const [name, value] of Object.entries(copy(lead, CONTACT))) {
    if ((contact[name] ?? null) === null || (name === 'LeadSource' && overwriteSource)) changes[name] = value;
  }
  org.touch(org.need('Contact'), contact, changes, caller.userId);
}

function opportunityOf(
  org: Org,
  caller: Caller,
  wanted: Conversion,
  lead: Row,
  account: Row,
  contact: Row,
  ownerId: string,
): Row | null {
  let opportunity: Row | null = null;
  if (wanted.opportunityId) opportunity = find(org, wanted.opportunityId, 'Opportunity', 'opportunityId');
  else if (!wanted.doNotCreateOpportunity) {
    opportunity = createRecord(org, caller, org.need('Opportunity'), {
      Name: wanted.opportunityName || `${String(lead.Company)}-`,
      StageName: firstStage(org),
      CloseDate: endOfQuarter(org.now()),
      AccountId: account.Id,
      OwnerId: ownerId,
      LeadSource: lead.LeadSource ?? null,
      CampaignId: lastCampaign(org, lead),
    });
  }
  if (opportunity) {
    const known = org.children('OpportunityContactRole', 'OpportunityId', opportunity.Id);
    if (!known.some((role) => role.ContactId === contact.Id)) {
      createRecord(org, caller, org.need('OpportunityContactRole'), {
        OpportunityId: opportunity.Id,
        ContactId: contact.Id,
        IsPrimary: known.length === 0,
      });
    }
  }
  return opportunity;
}

function firstStage(org: Org): Value {
  for (const stage of org.all('OpportunityStage')) if (stage.IsClosed !== true) return stage.MasterLabel ?? null;
  return null;
}

function endOfQuarter(now: number): string {
  const date = new Date(now);
  return dayOf(Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / 3) * 3 + 3, 0));
}

/** The campaign that the lead joined or answered last becomes the primary campaign of the opportunity. */
function lastCampaign(org: Org, lead: Row): Value {
  let last: Row | undefined;
  for (const member of org.children('CampaignMember', 'LeadId', lead.Id)) {
    if (!last || Number(member.LastModifiedDate) >= Number(last.LastModifiedDate)) last = member;
  }
  return last?.CampaignId ?? null;
}

function copyMapped(org: Org, caller: Caller, object: string, row: Row, lead: Row, overwrite: boolean): void {
  const changes: Record<string, Value> = {};
  for (const mapping of org.conversionMappings) {
    const value = lead[mapping.from] ?? null;
    if (mapping.object !== object || value === null) continue;
    if (overwrite || (row[mapping.to] ?? null) === null) changes[mapping.to] = value;
  }
  if (Object.keys(changes).length > 0) org.touch(org.need(object), row, changes, caller.userId);
}

/** Campaign members keep the lead and gain the contact; tasks move to the contact. */
function moveChildren(org: Org, caller: Caller, lead: Row, contact: Row, opportunity: Row | null): void {
  const member = org.need('CampaignMember');
  const campaigns = new Set(org.children('CampaignMember', 'ContactId', contact.Id).map((one) => one.CampaignId));
  for (const one of org.children('CampaignMember', 'LeadId', lead.Id)) {
    if (!campaigns.has(one.CampaignId)) org.touch(member, one, { ContactId: contact.Id }, caller.userId);
  }
  for (const task of org.children('Task', 'WhoId', lead.Id)) {
    const what = opportunity && !task.WhatId ? { WhatId: opportunity.Id } : {};
    org.touch(org.need('Task'), task, { WhoId: contact.Id, ...what } as Record<string, Value>, caller.userId);
  }
}
