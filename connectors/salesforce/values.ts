import type { CrmRecord, FieldKind, FieldValue } from '../connector.ts';

/** A row as Salesforce sends it: parents nested by relationship name. */
export type SalesforceRow = Readonly<Record<string, unknown>>;

/** Salesforce's own form of an instant: milliseconds and an offset without colon. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d{4}|Z)$/;

/** Canonical form of an instant: ISO-8601, UTC, milliseconds. */
export function toInstant(text: string): string {
  if (text.endsWith('.000+0000')) return `${text.slice(0, -5)}Z`;
  // Bulk results write instants as we do.
  if (text.endsWith('.000Z')) return text;
  const parsed = new Date(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(parsed.getTime()) ? text : parsed.toISOString();
}

/**
 * Canonical form of one value. Without a kind (a field of a parent record) a text of an instant's exact form is taken
 * for one. Compound values (addresses, locations) become JSON, for they have no canonical single value.
 */
export function toCanonical(value: unknown, kind: FieldKind | undefined): FieldValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'string') return JSON.stringify(value);
  if ((kind === undefined || kind === 'datetime') && INSTANT.test(value)) return toInstant(value);
  return value === '' ? null : value;
}

/** The value at a relationship path: Account.Name is null where there is no Account. Names match in any case. */
function valueAt(row: SalesforceRow, path: readonly string[]): unknown {
  let value: unknown = row;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return null;
    const owner = value as SalesforceRow;
    value = name in owner ? owner[name] : caseless(owner, name);
  }
  return value;
}

function caseless(row: SalesforceRow, name: string): unknown {
  const wanted = name.toLowerCase();
  const key = Object.keys(row).find((candidate) => candidate.toLowerCase() === wanted);
  return key === undefined ? null : row[key];
}

/** Makes records of the contract of an object's rows. @param stamp the field that holds the modification stamp */
export function recordMaker(
  object: string,
  fields: readonly string[],
  stamp: string,
  kinds: ReadonlyMap<string, FieldKind>,
): (row: SalesforceRow) => CrmRecord {
  const columns = fields.map((field) => ({ field, path: field.split('.'), kind: kinds.get(field.toLowerCase()) }));
  return (row) => {
    const values: Record<string, FieldValue> = {};
    for (const { field, path, kind } of columns) values[field] = toCanonical(valueAt(row, path), kind);
    return {
      object,
      id: String(row.Id),
      fields: values,
      modifiedAt: toInstant(String(row[stamp])),
      deleted: row.IsDeleted === true,
      ...(row.IsDeleted === true && typeof row.MasterRecordId === 'string' ? { mergedInto: row.MasterRecordId } : {}),
    };
  };
}
