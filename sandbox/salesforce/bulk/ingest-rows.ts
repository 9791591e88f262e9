/** One row of an ingest job: from texts to a write. */
import { badRequest } from '../errors.ts';
import { canonicalId } from '../ids.ts';
import { rowsByKey } from '../org/input.ts';
import type { Caller, Org } from '../org/org.ts';
import { createRecord, deleteRecord, updateRecord } from '../org/write.ts';
import type { FieldDef, ObjectDef, Row } from '../schema/types.ts';

export const OPERATIONS: readonly string[] = ['insert', 'update', 'upsert', 'delete', 'hardDelete'];

/** How a null is written; an empty value leaves the field as it is. */
const NULL = '#N/A';

export interface RowWriter {
  /** @throws SalesforceError */
  write(row: readonly string[]): { id: string; created: boolean };
  /** The id that the row names, empty where it names none. */
  idOf(row: readonly string[]): string;
}

/** @throws an Error that fails the whole job, where a column is none of the object's */
export function rowWriter(
  org: Org,
  job: { readonly operation: string; readonly caller: Caller },
  object: ObjectDef,
  keyField: FieldDef | null,
  columns: readonly string[],
): RowWriter {
  const idColumn = columns.findIndex((name) => name.toLowerCase() === 'id');
  const keyColumn =
    keyField === null ? -1 : columns.findIndex((name) => name.toLowerCase() === keyField.name.toLowerCase());
  for (const name of columns) checkColumn(org, job.caller, object, name);
  const { caller, operation } = job;
  const idOf = (row: readonly string[]) => canonicalId(row[idColumn] ?? '') ?? '';
  const target = (row: readonly string[], id: string): Row => {
    if (idColumn < 0 || row[idColumn] === '')
      throw badRequest('MISSING_ARGUMENT', `Id not specified in an ${operation} call`, []);
    if (id === '') throw badRequest('MALFORMED_ID', `malformed id ${row[idColumn] ?? ''}`, ['Id']);
    const found = org.table(object).rows.get(id);
    if (!found) throw badRequest('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', []);
    return found;
  };
  const fieldsOf = (row: readonly string[], skip: number) => inputOf(columns, row, skip);
  const write = (row: readonly string[]): { id: string; created: boolean } => {
    switch (operation) {
      case 'insert':
        return { id: createRecord(org, caller, object, fieldsOf(row, -1)).Id, created: true };
      case 'update': {
        const found = target(row, idOf(row));
        updateRecord(org, caller, object, found, fieldsOf(row, idColumn));
        return { id: found.Id, created: false };
      }
      case 'upsert':
        return upsert(row);
      default: {
        const found = target(row, idOf(row));
        if (operation === 'hardDelete' && found.IsDeleted === true) org.table(object).erase(found);
        else deleteRecord(org, caller, object, found);
        // A hard delete leaves nothing in the recycle bin.
        if (operation === 'hardDelete' && org.table(object).rows.has(found.Id)) org.table(object).erase(found);
        return { id: found.Id, created: false };
      }
    }
  };
  const upsert = (row: readonly string[]): { id: string; created: boolean } => {
    const key = keyColumn < 0 ? '' : (row[keyColumn] ?? '');
    if (keyField === null || key === '' || key === NULL) {
      throw badRequest('MISSING_ARGUMENT', `${keyField?.name ?? 'Id'} not specified`, []);
    }
    const ids = rowsByKey(org, object, keyField, key);
    if (ids.length > 1) {
      const message = `${keyField.name}: more than one record found for external id field: [${ids.join(', ')}]`;
      throw badRequest('DUPLICATE_EXTERNAL_ID', message, []);
    }
    const found = ids[0] === undefined ? undefined : org.table(object).rows.get(ids[0]);
    const fields = fieldsOf(row, keyColumn);
    if (found) {
      updateRecord(org, caller, object, found, fields);
      return { id: found.Id, created: false };
    }
    if (keyField.type === 'id') throw badRequest('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', []);
    return { id: createRecord(org, caller, object, { ...fields, [keyField.name]: key }).Id, created: true };
  };
  return { write, idOf };
}

/** A column is a field, or a parent's external id as in Account.Key__c. */
function checkColumn(org: Org, caller: Caller, object: ObjectDef, name: string): void {
  const [relationship = '', key] = name.split('.');
  if (key === undefined) {
    if (!org.field(object, name, caller)) throw new Error(`InvalidBatch : Field name not found : ${name}`);
    return;
  }
  for (const field of object.fields.values()) {
    if (field.relationshipName?.toLowerCase() === relationship.toLowerCase()) return;
  }
  throw new Error(`InvalidBatch : Field name not found : ${name}`);
}

function inputOf(columns: readonly string[], row: readonly string[], skip: number): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  columns.forEach((name, i) => {
    const text = row[i] ?? '';
    if (i === skip || text === '') return;
    const value = text === NULL ? null : text;
    const [relationship = '', key] = name.split('.');
    if (key === undefined) input[name] = value;
    else input[relationship] = value === null ? null : { [key]: value };
  });
  return input;
}
