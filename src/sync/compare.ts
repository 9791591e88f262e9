import type { CrmRecord, Page } from '../../connectors/connector.ts';
import { sameValue } from '../mapping/canonical.ts';
import { kindOf, type Stream } from './environment.ts';
import type { Shadow } from './shadows.ts';

export type Fields = Readonly<Record<string, string | number | boolean | null>>;

/** A record as it stands after the page, with what was different before. */
export interface Change {
  readonly record: CrmRecord;
  /** All fields known of it by now. */
  readonly fields: Fields;
  /** All that was known of it before; null for a new record. */
  readonly before: Fields | null;
  /** What was known of a record that has come back, when it was last alive. */
  readonly lastAlive?: Fields;
  readonly changed: readonly string[];
  readonly isNew: boolean;
  readonly associations: Associations | null;
  /** What it was associated with before. */
  readonly associationsBefore: Associations | null;
  readonly pushedAt: string | null;
}

/** Ids of associated records by object, primary first. */
export type Associations = Readonly<Record<string, readonly string[]>>;

/** For so long after our write an index is believed to be behind; then what it shows is the truth. */
const INDEX_LAG_MS = 60_000;

/** What a page says that the shadows do not. */
export interface Comparison {
  readonly changes: readonly Change[];
  /** Records that hold what their shadow holds, under a later modification stamp. */
  readonly stamped: readonly { readonly id: string; readonly modifiedAt: string }[];
}

/**
 * Compares a page with the shadows. Records that hold what their shadow holds are no change; so is our own write coming
 * back. A row older than its shadow is dropped, and a field that was confirmed written after the page was asked for, or after
 * the version that the page still shows, is not compared with it: late pages must not revert our own write.
 */
export function comparePage(stream: Stream, page: Page, shadows: ReadonlyMap<string, Shadow>): Comparison {
  const changes: Change[] = [];
  const stamped: { id: string; modifiedAt: string }[] = [];
  for (const read of page.records) {
    const record = storable(read);
    const shadow = shadows.get(record.id);
    if (shadow && Date.parse(record.modifiedAt) < Date.parse(shadow.modified_at)) continue;
    const change = compareRecord(stream, record, shadow, page.requestedAt);
    if (change !== null) changes.push(change);
    else if (shadow && shadow.modified_at !== record.modifiedAt)
      stamped.push({ id: record.id, modifiedAt: record.modifiedAt });
  }
  return { changes, stamped };
}

/**
 * Whether the record is the very version that the shadow was read from: an index that lags goes on showing it after our write.
 * Only a stamp with milliseconds says so (HubSpot); within one second (Salesforce) a record may have been changed again.
 */
function isSameVersion(record: CrmRecord, shadow: Shadow): boolean {
  const at = Date.parse(record.modifiedAt);
  return at === Date.parse(shadow.modified_at) && at % 1_000 !== 0;
}

function compareRecord(
  stream: Stream,
  record: CrmRecord,
  shadow: Shadow | undefined,
  requestedAt: string,
): Change | null {
  if (shadow === undefined) {
    // A record that is gone before it was ever seen has nothing to tell.
    if (record.deleted) return null;
    return {
      record,
      fields: record.fields,
      before: null,
      changed: Object.keys(record.fields),
      isNew: true,
      associations: record.associations ?? null,
      associationsBefore: null,
      pushedAt: null,
    };
  }
  const sinceWriteMs = shadow.pushed_at === null ? null : Date.parse(requestedAt) - Date.parse(shadow.pushed_at);
  const isBeforeWrite =
    // Asked for in the very millisecond of the confirmation is asked for after the write, which took its time.
    sinceWriteMs !== null && (sinceWriteMs < 0 || (sinceWriteMs <= INDEX_LAG_MS && isSameVersion(record, shadow)));
  const fields: Record<string, string | number | boolean | null> = { ...shadow.fields };
  const changed: string[] = [];
  for (const [name, value] of Object.entries(record.fields)) {
    if (isBeforeWrite && isOurs(stream, name)) continue;
    // A field never seen before that holds nothing is no news.
    if (sameValue(shadow.fields[name] ?? null, value, kindOf(stream, name))) continue;
    fields[name] = value;
    changed.push(name);
  }
  const moved = record.associations !== undefined && !sameAssociations(record.associations, shadow.associations);
  if (changed.length === 0 && !moved && record.deleted === shadow.deleted) return null;
  const isNew = shadow.deleted && !record.deleted;
  return {
    record,
    fields,
    before: isNew ? null : shadow.fields,
    ...(isNew ? { lastAlive: shadow.fields } : {}),
    changed,
    isNew,
    associations: record.associations ?? shadow.associations,
    associationsBefore: shadow.associations,
    pushedAt: shadow.pushed_at,
  };
}

/** Whether Sluice writes the field, be it together with others or once. */
function isOurs({ owned, shared, setOnce }: Stream, field: string): boolean {
  return owned.has(field) || shared.has(field) || setOnce.has(field);
}

/** Whether two records are tied to the same ones, and first to the same; in which order the others stand means nothing. */
function sameAssociations(a: Associations, b: Associations | null): boolean {
  const told = (ties: Associations | null) =>
    JSON.stringify(
      Object.entries(ties ?? {})
        .filter(([, ids]) => ids.length > 0)
        .map(([object, [first, ...rest]]) => [object, first, rest.sort()])
        .sort(),
    );
  return told(a) === told(b);
}

/** PostgreSQL keeps neither a NUL nor half a surrogate pair; a record that holds one loses it rather than stopping its page. */
export function storable(record: CrmRecord): CrmRecord {
  const fine = (value: unknown) => typeof value !== 'string' || (value.isWellFormed() && !value.includes('\u0000'));
  if (Object.values(record.fields).every(fine)) return record;
  const fields = Object.entries(record.fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll('\u0000', '').toWellFormed() : value,
  ]);
  return { ...record, fields: Object.fromEntries(fields) };
}
