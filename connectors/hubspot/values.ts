import type { CrmRecord, FieldKind, FieldValue, StreamSpec } from '../connector.ts';

/** An object as HubSpot sends it; every property is a string, empty ones are null, undefined ones are left out. */
export interface HubSpotObject {
  readonly id: string;
  readonly properties?: Readonly<Record<string, string | null>>;
  readonly updatedAt?: string;
  readonly createdAt?: string;
  readonly archived?: boolean;
  readonly archivedAt?: string;
  /** Where they were asked for: the first hundred ends by object, one entry for each type of association. */
  readonly associations?: Readonly<Record<string, AssociationList | undefined>>;
}

export interface AssociationList {
  readonly results?: readonly { readonly id: string | number; readonly type?: string }[];
  readonly paging?: { readonly next?: { readonly after?: string } };
}

/** Canonical form of an instant, given as ISO-8601 or as epoch milliseconds: ISO-8601, UTC, milliseconds. */
function toInstant(text: string): string {
  const parsed = new Date(/^-?\d+$/.test(text) ? Number(text) : text);
  return Number.isNaN(parsed.getTime()) ? text : parsed.toISOString();
}

/** Canonical form of one value of a property of that kind. Empty means null. */
export function toCanonical(value: string | null | undefined, kind: FieldKind | undefined): FieldValue {
  if (value === null || value === undefined || value === '') return null;
  switch (kind) {
    case 'number':
      return toNumber(value);
    case 'boolean':
      return value === 'true';
    case 'datetime':
      return toInstant(value);
    case 'date':
      return toInstant(value).slice(0, 10);
    default:
      return value;
  }
}

/** A number, unless it is none or a whole number too great to be kept exactly (an id). */
function toNumber(value: string): FieldValue {
  const number = Number(value);
  if (Number.isNaN(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) return value;
  return number;
}

/** What HubSpot takes for a canonical value: strings throughout, and the empty string to clear a property. */
export function fromCanonical(value: FieldValue): string {
  return value === null ? '' : String(value);
}

/** The property that holds an object's modification stamp. */
export function modifiedProperty(object: string): string {
  return object === 'contacts' || object === 'contact' || object === '0-1' ? 'lastmodifieddate' : 'hs_lastmodifieddate';
}

/** The property in which these objects keep the ids of the records that were merged into them, `;`-separated. */
const MERGED = 'hs_merged_object_ids';
const MERGING = new Set(['contacts', 'companies', 'deals', 'contact', 'company', 'deal', '0-1', '0-2', '0-3']);

/** Whether an object's records can be merged and say so. */
export function keepsMerges(object: string): boolean {
  return MERGING.has(object);
}

/** The properties to ask for: the stream's own, the modification stamp, and the merged ids where the object keeps them. */
export function propertiesOf(stream: StreamSpec): string[] {
  const own = [modifiedProperty(stream.object), ...(keepsMerges(stream.object) ? [MERGED] : [])];
  return [...new Set([...stream.fields, ...own])];
}

function absorbedBy(id: string, merged: string | null | undefined): string[] {
  return (merged ?? '').split(';').filter((other) => /^\d+$/.test(other) && other !== id);
}

/** A record of the contract. @param kinds of the portal's properties: one that is not among them stays out */
export function toRecord(
  object: string,
  found: HubSpotObject,
  fields: readonly string[],
  kinds: ReadonlyMap<string, FieldKind>,
): CrmRecord {
  const properties = found.properties ?? {};
  const present = fields.filter((field) => field in properties || kinds.has(field));
  // A deletion moves no property of the record: it has a time of its own.
  const absorbed = absorbedBy(String(found.id), properties[MERGED]);
  const stamp = found.archivedAt ?? properties[modifiedProperty(object)] ?? found.updatedAt ?? found.createdAt;
  return {
    object,
    id: String(found.id),
    fields: Object.fromEntries(present.map((field) => [field, toCanonical(properties[field], kinds.get(field))])),
    modifiedAt: stamp === undefined ? new Date(0).toISOString() : toInstant(stamp),
    deleted: found.archived === true,
    ...(absorbed.length === 0 ? {} : { absorbed }),
  };
}

/** True for one object. */
export function isObject(body: unknown): body is HubSpotObject {
  const { id } = (body ?? {}) as { id?: unknown };
  return typeof id === 'string' || typeof id === 'number';
}

/** True for an answer that carries a list of objects, and perhaps errors beside it. */
export function isObjectList(body: unknown): body is ObjectList {
  const results = (body as { results?: unknown } | null)?.results;
  return Array.isArray(results) && results.every(isObject);
}

export interface ObjectList {
  readonly results: readonly (HubSpotObject & { readonly new?: boolean; readonly objectWriteTraceId?: string })[];
  readonly total?: number;
  readonly paging?: { readonly next?: { readonly after?: string } };
  readonly errors?: readonly unknown[];
}
