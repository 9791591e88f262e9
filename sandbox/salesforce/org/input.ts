import { badRequest } from '../errors.ts';
import type { FieldDef, ObjectDef, Value } from '../schema/types.ts';
import type { Caller, Org } from './org.ts';
import { coerce } from './values.ts';

/** A body of field values as a client sends it. */
export type Input = Readonly<Record<string, unknown>>;

/**
 * Reads the fields of a body: names without regard to case, values checked by type, parents named by an external id resolved.
 * @param operation what the client does, since fields can be writable in one and not in the other
 * @param keyField the external id field that already stands in the address of an upsert
 * @returns values by canonical field name
 */
export function readInput(
  org: Org,
  caller: Caller,
  object: ObjectDef,
  input: Input,
  operation: 'create' | 'update',
): Record<string, Value> {
  const values: Record<string, Value> = {};
  const forbidden: string[] = [];
  for (const [name, raw] of Object.entries(input)) {
    if (name.toLowerCase() === 'attributes') continue;
    const field = org.field(object, name, caller);
    if (!field) {
      const [reference, id] = parentByKey(org, caller, object, name, raw);
      values[reference.name] = id;
      continue;
    }
    if (field.type === 'id') {
      throw operation === 'create'
        ? badRequest('INVALID_FIELD_FOR_INSERT_UPDATE', 'cannot specify Id in an insert call', ['Id'])
        : badRequest('INVALID_FIELD', 'The Id field should not be specified in the sobject data.');
    }
    if (!writable(org, caller, object, field, operation)) forbidden.push(field.name);
    else values[field.name] = coerce(field, raw);
  }
  if (forbidden.length > 0) {
    throw badRequest(
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      `Unable to create/update fields: ${forbidden.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
      forbidden,
    );
  }
  return values;
}

function writable(
  org: Org,
  caller: Caller,
  object: ObjectDef,
  field: FieldDef,
  operation: 'create' | 'update',
): boolean {
  if (operation === 'create' ? !field.createable : !field.updateable) return false;
  return !field.custom || org.access.canEdit(caller.userId, object, field);
}

/** No such column, in the words of a write. */
export function noSuchColumn(object: ObjectDef, name: string) {
  return badRequest('INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
}

/** The reference field behind `"Account": {"Key__c": "x"}` and the id that the key stands for. */
function parentByKey(org: Org, caller: Caller, object: ObjectDef, name: string, raw: unknown): [FieldDef, Value] {
  const wanted = name.toLowerCase();
  let reference: FieldDef | undefined;
  for (const field of object.fields.values()) {
    if (field.relationshipName?.toLowerCase() === wanted && org.sees(object, field, caller)) reference = field;
  }
  if (!reference) throw noSuchColumn(object, name);
  if (raw === null) return [reference, null];
  const keys = typeof raw === 'object' ? Object.entries(raw).filter(([key]) => key !== 'attributes') : [];
  const named = (raw as { attributes?: { type?: unknown } }).attributes?.type;
  const parentName = typeof named === 'string' ? named : reference.referenceTo[0];
  const parent = org.schema.object(parentName ?? '');
  const [key] = keys;
  if (!parent || !key || keys.length > 1) {
    throw badRequest(
      'INVALID_FIELD',
      `The external foreign key reference ${name} needs exactly one external id or unique field`,
    );
  }
  const field = org.field(parent, key[0], caller);
  if (!field) throw noSuchColumn(parent, key[0]);
  if (!field.idLookup && !field.externalId) {
    throw badRequest(
      'INVALID_FIELD',
      `Field name provided, ${field.name} is not an External ID or indexed field for ${parent.name}`,
    );
  }
  const ids = rowsByKey(org, parent, field, key[1]);
  if (ids.length === 1 && ids[0] !== undefined) return [reference, ids[0]];
  throw badRequest(
    'INVALID_FIELD',
    ids.length === 0
      ? `Foreign key external ID: ${String(key[1])} not found for field ${field.name} in entity ${parent.name}`
      : `Foreign key external ID: ${String(key[1])} matches more than one record for field ${field.name} in entity ${parent.name}`,
  );
}

/** Ids of the rows, not deleted, whose key field has this value. */
export function rowsByKey(org: Org, object: ObjectDef, field: FieldDef, raw: unknown): string[] {
  const value = coerce(field, raw);
  if (value === null) return [];
  const table = org.table(object);
  if (field.type === 'id') {
    const row = table.rows.get(String(value));
    return row && row.IsDeleted !== true ? [row.Id] : [];
  }
  return [...table.idsWhere(field, value)].filter((id) => table.rows.get(id)?.IsDeleted !== true);
}
