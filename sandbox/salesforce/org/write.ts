/** Create, update, delete and upsert of single records, with the platform's checks. Each either happens wholly or throws. */
import { badRequest, notFound, SalesforceError } from '../errors.ts';
import { asText } from '../format.ts';
import { shortId } from '../ids.ts';
import type { FieldDef, ObjectDef, Row, Value } from '../schema/types.ts';
import { behaviourOf, type Save } from './behaviours.ts';
import { type Input, readInput } from './input.ts';
import type { Caller, Org } from './org.ts';

/** Creates a record.  @throws SalesforceError */
export function createRecord(org: Org, caller: Caller, object: ObjectDef, input: Input): Row {
  if (!object.createable) throw unsupported(object, 'create');
  const given = readInput(org, caller, object, input, 'create');
  const values: Record<string, Value> = {
    ...org.schema.defaultsOf(object),
    ...org.recordTypes.defaults(object, given),
    ...given,
  };
  const owner = object.fields.get('ownerid');
  if (owner?.createable && !values.OwnerId) values.OwnerId = caller.userId;
  if (object.custom && !values.Name) {
    const name = object.fields.get('name');
    if (name && !name.createable) values.Name = autoNumber(org, object);
  }
  return org.atomically(() => {
    const save: Save = { org, userId: caller.userId, before: null, values };
    prepare(org, object, save);
    checkRequired(object, null, values);
    checkUnique(org, object, '', values);
    org.automation.validate(object, save);
    org.duplicates.check(caller, object, save);
    const row = org.insertRow(object, values, caller.userId);
    follow(org, caller, object, save, row);
    return row;
  });
}

/** Changes a record.  @throws SalesforceError */
export function updateRecord(org: Org, caller: Caller, object: ObjectDef, row: Row, input: Input): void {
  if (!object.updateable) throw unsupported(object, 'update');
  if (row.IsDeleted === true) throw deletedRow();
  if (row.IsConverted === true && object.name === 'Lead' && !org.options.convertedLeadsEditable) {
    throw badRequest('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
  }
  const values = readInput(org, caller, object, input, 'update');
  org.atomically(() => {
    const save: Save = { org, userId: caller.userId, before: { ...row }, values };
    prepare(org, object, save);
    checkRequired(object, row, values);
    checkUnique(org, object, row.Id, values);
    org.automation.validate(object, save);
    org.duplicates.check(caller, object, save);
    org.touch(object, row, values, caller.userId);
    follow(org, caller, object, save, row);
  });
}

/** What comes before the checks of a save, in the platform's order of execution. */
function prepare(org: Org, object: ObjectDef, save: Save): void {
  org.locks.take(object, save.before, save.values);
  checkReferences(org, object, save.values);
  behaviourOf(object.name).before?.(save);
  org.automation.beforeSave(object, save);
  org.recordTypes.check(object, save);
}

/** What comes behind a save. */
function follow(org: Org, caller: Caller, object: ObjectDef, save: Save, row: Row): void {
  behaviourOf(object.name).after?.(save, row);
  org.assignment.run(caller, object, save, row);
  org.automation.afterSave(object, save, row);
}

/** Deletes a record, with what hangs on it.  @throws SalesforceError */
export function deleteRecord(org: Org, caller: Caller, object: ObjectDef, row: Row): void {
  if (!object.deletable) throw unsupported(object, 'delete');
  if (row.IsDeleted === true) throw deletedRow();
  if (object.name === 'CampaignMemberStatus' && row.IsDefault === true) {
    throw badRequest('DELETE_FAILED', 'The default campaign member status cannot be deleted.');
  }
  org.atomically(() => {
    org.locks.take(object, row, {});
    removeRow(org, caller, object, row);
  });
}

/** Takes the row and what must go with it away: into the bin, or for good where the object has none. */
function removeRow(org: Org, caller: Caller, object: ObjectDef, row: Row): void {
  for (const { child, field } of org.schema.childrenOf(object)) {
    if (field.read) continue;
    for (const one of org.childRows(child, field, row.Id)) {
      if (field.onDelete === 'Cascade') removeRow(org, caller, child, one);
      else if (field.onDelete === 'SetNull') org.table(child).change(one, { [field.name]: null });
      else {
        throw badRequest(
          'DELETE_FAILED',
          `Your attempt to delete ${asText((row.Name as Value | undefined) ?? row.Id)} could not be completed because it is associated with the following ${child.labelPlural.toLowerCase()}: ${shortId(one.Id)}`,
        );
      }
    }
  }
  const table = org.table(object);
  table.recordDeletion(row.Id, org.now());
  if (object.hardDelete || !object.fields.has('isdeleted')) table.erase(row);
  else org.touch(object, row, { IsDeleted: true }, caller.userId);
  behaviourOf(object.name).removed?.(org, row, caller.userId);
}

function deletedRow(): SalesforceError {
  return new SalesforceError(404, 'ENTITY_IS_DELETED', 'entity is deleted', []);
}

function unsupported(object: ObjectDef, what: string): SalesforceError {
  return badRequest('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type ${object.name} does not support ${what}`);
}

/** The row of a single-record address. @throws NOT_FOUND or ENTITY_IS_DELETED, both 404 */
export function liveRow(org: Org, object: ObjectDef, id: string | undefined): Row {
  const row = id === undefined ? undefined : org.table(object).rows.get(id);
  if (!row) throw notFound();
  if (row.IsDeleted === true) throw deletedRow();
  return row;
}

function checkRequired(object: ObjectDef, row: Row | null, values: Readonly<Record<string, Value>>): void {
  const missing: string[] = [];
  for (const field of object.fields.values()) {
    if (!field.required || field.read || field.type === 'boolean' || field.type === 'id') continue;
    if (!field.createable && !field.updateable) continue;
    const value = values[field.name];
    const empty = row === null ? value === undefined || value === null : value === null;
    if (empty && !(object.custom && field.nameField)) missing.push(field.name);
  }
  if (missing.length > 0) {
    throw badRequest('REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, missing);
  }
}

/** Each named parent exists, is not deleted and is of a kind that the field takes. */
function checkReferences(org: Org, object: ObjectDef, values: Readonly<Record<string, Value>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'string') continue;
    const field = object.fields.get(name.toLowerCase());
    if (field?.type !== 'reference') continue;
    const target = org.schema.byPrefix(value.slice(0, 3));
    if (!target || !field.referenceTo.includes(target.name)) {
      throw badRequest('FIELD_INTEGRITY_EXCEPTION', `${field.label}: id value of incorrect type: ${value}`, [
        field.name,
      ]);
    }
    const parent = org.table(target).rows.get(value);
    if (!parent) throw badRequest('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', []);
    if (parent.IsDeleted === true) throw badRequest('ENTITY_IS_DELETED', 'entity is deleted', [field.name]);
    if (field.name === 'OwnerId' && parent.IsActive === false) {
      throw badRequest(
        'INACTIVE_OWNER_OR_USER',
        `operation performed with inactive user [${shortId(value)}] as owner of ${object.name.toLowerCase()}`,
        [field.name],
      );
    }
    if (field.name === 'OwnerId' && target.name === 'Group' && parent.Type !== 'Queue') {
      throw badRequest('INVALID_CROSS_REFERENCE_KEY', 'Owner ID: id value of incorrect type', ['OwnerId']);
    }
    if (field.name === 'OwnerId' && target.name === 'Group' && !queueTakes(org, value, object)) {
      throw badRequest('INVALID_OPERATION', 'Queue not associated with this SObject type', ['OwnerId']);
    }
  }
}

function queueTakes(org: Org, queueId: string, object: ObjectDef): boolean {
  return org.children('QueueSobject', 'QueueId', queueId).some((one) => one.SobjectType === object.name);
}

function checkUnique(org: Org, object: ObjectDef, id: string, values: Readonly<Record<string, Value>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === null) continue;
    const field = object.fields.get(name.toLowerCase());
    if (!field?.unique) continue;
    for (const other of org.table(object).idsWhere(field, value)) {
      if (other === id || org.table(object).rows.get(other)?.IsDeleted === true) continue;
      throw duplicateValue(field, other);
    }
  }
}

function duplicateValue(field: FieldDef, other: string): SalesforceError {
  return badRequest(
    'DUPLICATE_VALUE',
    `duplicate value found: ${field.name} duplicates value on record with id: ${shortId(other)}`,
    [],
  );
}

/** The next auto-number of a custom object: A-00001 by the pattern A-{00000}. */
function autoNumber(org: Org, object: ObjectDef): string {
  const pattern = object.fields.get('name')?.formula ?? '{0000}';
  const number = String(org.table(object).rows.size + 1);
  return pattern.replace(/\{(0+)\}/, (_, zeros: string) => number.padStart(zeros.length, '0'));
}
