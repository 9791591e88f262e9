/**
 * What the platform does by itself when a record is saved: derived values before, consequences after.
 * One entry an object; objects without one have no behaviour of their own.
 */
import { badRequest } from '../errors.ts';
import { dayOf } from '../format.ts';
import { shortId } from '../ids.ts';
import type { Row, Value } from '../schema/types.ts';
import { permissionable } from './access.ts';
import { allocationRules, budgetRules, claimRules, requestRules } from './fund-rules.ts';
import type { Org } from './org.ts';
import { lineItem, linesOf, priceBookEntry, summed } from './product-lines.ts';

/** A save under way: the row as it was (null for a new one) and the values that the save will write. */
export interface Save {
  readonly org: Org;
  readonly userId: string;
  readonly before: Row | null;
  readonly values: Record<string, Value>;
}

/** A value as it will be after the save. */
function after(save: Save, field: string): Value {
  const value = save.values[field];
  return value !== undefined ? value : (save.before?.[field] ?? null);
}

interface Behaviour {
  readonly before?: (save: Save) => void;
  readonly after?: (save: Save, row: Row) => void;
  /** After a row was deleted. */
  readonly removed?: (org: Org, row: Row, userId: string) => void;
}

const changed = (save: Save, field: string): boolean =>
  save.values[field] !== undefined && save.values[field] !== (save.before?.[field] ?? null);

/** The stage decides the probability unless the client says otherwise. */
function opportunity(save: Save): void {
  // An amount that is the sum of lines cannot be written: the platform ignores it and takes the rest.
  if (save.before && changed(save, 'Amount') && linesOf(save.org, save.before.Id).length > 0) delete save.values.Amount;
  if (!changed(save, 'StageName')) return;
  save.values.LastStageChangeDate = save.org.now();
  for (const stage of save.org.all('OpportunityStage')) {
    if (stage.MasterLabel !== save.values.StageName) continue;
    save.values.Probability ??= stage.DefaultProbability ?? 0;
    save.values.ForecastCategoryName ??= stage.ForecastCategoryName ?? null;
  }
}

/** At most one contact role of an opportunity is the primary one. */
function contactRole(save: Save, row: Row): void {
  if (row.IsPrimary !== true || !changed(save, 'IsPrimary')) return;
  for (const other of save.org.children('OpportunityContactRole', 'OpportunityId', String(row.OpportunityId))) {
    if (other.Id !== row.Id && other.IsPrimary === true) {
      save.org.touch(save.org.need('OpportunityContactRole'), other, { IsPrimary: false }, save.userId);
    }
  }
}

/** A new campaign has the statuses Sent and Responded. */
function campaign(save: Save, row: Row): void {
  if (save.before) return;
  const status = save.org.need('CampaignMemberStatus');
  const base = { CampaignId: row.Id };
  save.org.insertRow(
    status,
    { ...base, Label: 'Sent', SortOrder: 1, IsDefault: true, HasResponded: false },
    save.userId,
  );
  save.org.insertRow(
    status,
    { ...base, Label: 'Responded', SortOrder: 2, IsDefault: false, HasResponded: true },
    save.userId,
  );
}

/** One member a person and campaign; the status decides whether it has responded, and since when. */
function campaignMember(save: Save): void {
  const campaignId = String(after(save, 'CampaignId'));
  const lead = after(save, 'LeadId');
  const contact = after(save, 'ContactId');
  if (!save.before) {
    if (lead === null && contact === null) {
      throw badRequest('REQUIRED_FIELD_MISSING', 'Required fields are missing: [LeadId, ContactId]', [
        'LeadId',
        'ContactId',
      ]);
    }
    for (const member of save.org.children('CampaignMember', 'CampaignId', campaignId)) {
      if ((lead !== null && member.LeadId === lead) || (contact !== null && member.ContactId === contact)) {
        throw badRequest(
          'DUPLICATE_VALUE',
          lead !== null ? 'Already a campaign member.' : 'This contact is already a campaign member.',
        );
      }
    }
    if (typeof lead === 'string') notConverted(save.org, lead);
  }
  if (save.before && !changed(save, 'Status')) return;
  const statuses = save.org.children('CampaignMemberStatus', 'CampaignId', campaignId);
  const wanted = String(after(save, 'Status') ?? '').toLowerCase();
  const status =
    statuses.find((one) => String(one.Label).toLowerCase() === wanted) ??
    statuses.find((one) => one.IsDefault === true);
  if (!status) return;
  save.values.Status = status.Label ?? null;
  save.values.HasResponded = status.HasResponded ?? false;
  if (status.HasResponded === true && !save.before?.FirstRespondedDate) {
    save.values.FirstRespondedDate = dayOf(save.org.now());
  }
}

/** A status that begins or ceases to count as a response changes the members that have it; one status is the default. */
function memberStatus(save: Save, row: Row): void {
  const { org } = save;
  if (row.IsDefault === true && changed(save, 'IsDefault')) {
    for (const other of org.children('CampaignMemberStatus', 'CampaignId', String(row.CampaignId))) {
      if (other.Id !== row.Id && other.IsDefault === true) {
        org.touch(org.need('CampaignMemberStatus'), other, { IsDefault: false }, save.userId);
      }
    }
  }
  if (!save.before || !changed(save, 'HasResponded')) return;
  for (const member of org.children('CampaignMember', 'CampaignId', String(row.CampaignId))) {
    if (member.Status !== row.Label) continue;
    const changes: Record<string, Value> = { HasResponded: row.HasResponded ?? false };
    if (row.HasResponded === true && !member.FirstRespondedDate) changes.FirstRespondedDate = dayOf(org.now());
    org.touch(org.need('CampaignMember'), member, changes, save.userId);
  }
}

function notConverted(org: Org, leadId: string): void {
  if (org.row(leadId)?.row.IsConverted === true) {
    throw badRequest('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
  }
}

function task(save: Save): void {
  const who = save.values.WhoId;
  if (typeof who === 'string' && who.startsWith('00Q')) notConverted(save.org, who);
  if (changed(save, 'Status'))
    save.values.CompletedDateTime = save.values.Status === 'Completed' ? save.org.now() : null;
  const what = after(save, 'WhatId');
  const contact =
    typeof after(save, 'WhoId') === 'string' ? save.org.row(String(after(save, 'WhoId')))?.row : undefined;
  save.values.AccountId =
    typeof what === 'string' && what.startsWith('001') ? what : ((contact?.AccountId as Value | undefined) ?? null);
}

/** Only fields whose security can be set may stand in FieldPermissions, and editing needs reading. */
function fieldPermissions(save: Save): void {
  const [objectName = '', fieldName = ''] = String(after(save, 'Field')).split('.');
  const object = save.org.schema.object(objectName);
  const field = object?.fields.get(fieldName.toLowerCase());
  const type = String(after(save, 'SobjectType'));
  if (!object || !field || !permissionable(field) || object.name.toLowerCase() !== type.toLowerCase()) {
    const value = String(after(save, 'Field'));
    throw badRequest(
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      `Field Name: bad value for restricted picklist field: ${value}`,
      ['Field'],
    );
  }
  save.values.Field = `${object.name}.${field.name}`;
  save.values.SobjectType = object.name;
  if (after(save, 'PermissionsEdit') === true && after(save, 'PermissionsRead') !== true) {
    throw badRequest('FIELD_INTEGRITY_EXCEPTION', 'Edit Field requires Read Field', ['PermissionsEdit']);
  }
  if (!save.before) {
    single(save, 'FieldPermissions', 'ParentId', (row) => row.Field === save.values.Field);
  }
}

function objectPermissions(save: Save): void {
  const object = save.org.schema.object(String(after(save, 'SobjectType')));
  if (!object) {
    throw badRequest(
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      `Sobject Type Name: bad value for restricted picklist field: ${String(after(save, 'SobjectType'))}`,
      ['SobjectType'],
    );
  }
  save.values.SobjectType = object.name;
  for (const permission of ['Create', 'Edit', 'Delete']) {
    if (after(save, `Permissions${permission}`) === true && after(save, 'PermissionsRead') !== true) {
      throw badRequest(
        'FIELD_INTEGRITY_EXCEPTION',
        `Permission ${permission} ${object.name} depends on permission(s): Read ${object.name}`,
        [`Permissions${permission}`],
      );
    }
  }
  if (!save.before) {
    single(save, 'ObjectPermissions', 'ParentId', (row) => row.SobjectType === object.name);
  }
}

function assignment(save: Save): void {
  if (save.before) return;
  single(save, 'PermissionSetAssignment', 'AssigneeId', (row) => row.PermissionSetId === save.values.PermissionSetId);
}

function permissionSet(save: Save): void {
  const name = String(after(save, 'Name')).toLowerCase();
  for (const row of save.org.all('PermissionSet')) {
    if (row.Id !== save.before?.Id && String(row.Name).toLowerCase() === name) duplicate('Name', row);
  }
}

/** Refuses a second row under the same parent. */
function single(save: Save, objectName: string, parentField: string, same: (row: Row) => boolean): void {
  const parent = String(after(save, parentField));
  for (const row of save.org.children(objectName, parentField, parent)) {
    if (same(row)) duplicate(objectName === 'PermissionSetAssignment' ? 'PermissionSetId' : parentField, row);
  }
}

function duplicate(field: string, row: Row): never {
  throw badRequest(
    'DUPLICATE_VALUE',
    `duplicate value found: ${field} duplicates value on record with id: ${shortId(row.Id)}`,
  );
}

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  Opportunity: { before: opportunity },
  OpportunityContactRole: { after: contactRole },
  PricebookEntry: { before: priceBookEntry },
  OpportunityLineItem: {
    before: lineItem,
    after: ({ org, userId }, row) => summed(org, String(row.OpportunityId), userId),
    removed: (org, row, userId) => summed(org, String(row.OpportunityId), userId),
  },
  Campaign: { after: campaign },
  CampaignMember: { before: campaignMember },
  CampaignMemberStatus: { after: memberStatus },
  PartnerMarketingBudget: { before: (save) => budgetRules(save, after) },
  PartnerFundAllocation: { before: (save) => allocationRules(save, after) },
  PartnerFundRequest: { before: (save) => requestRules(save, after) },
  PartnerFundClaim: { before: (save) => claimRules(save, after) },
  Task: { before: task },
  FieldPermissions: { before: fieldPermissions },
  ObjectPermissions: { before: objectPermissions },
  PermissionSetAssignment: { before: assignment },
  PermissionSet: { before: permissionSet },
};

const NONE: Behaviour = {};

export function behaviourOf(objectName: string): Behaviour {
  return BEHAVIOURS[objectName] ?? NONE;
}
