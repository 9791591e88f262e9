/** SOQL texts. Everything that comes from outside is escaped here: quote AND backslash (jsforce escapes the quote alone). */

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

/** A SOQL string literal. */
export function quote(value: string): string {
  return `'${value.replace(/[\\'\n\r\t\b\f]/g, (character) => ESCAPES[character] ?? character)}'`;
}

/** True for an API name or a relationship path such as Account.Name: the only words that stand in SOQL unquoted. */
export function isFieldPath(name: string): boolean {
  return /^[A-Za-z]\w*(\.[A-Za-z]\w*){0,5}$/.test(name);
}

/** True for something that has the form of a record id, 15 or 18 characters. */
export function isId(id: string): boolean {
  return /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(id);
}

/** Where a page of changes starts: at an instant, inclusive, or right after one record. */
export interface Position {
  /** ISO instant. */
  readonly modifiedAt: string;
  readonly id: string | null;
}

export interface SelectSpec {
  readonly object: string;
  readonly fields: readonly string[];
  /** The field that holds the modification stamp. */
  readonly stamp: string;
  readonly hasIsDeleted: boolean;
  /** Merge losers name the record that they were merged into. */
  readonly hasMaster: boolean;
}

/** SELECT ... FROM, with the columns that every record needs, each once. */
export function selectFrom(spec: SelectSpec): string {
  const columns = new Map<string, string>();
  const marks = [...(spec.hasIsDeleted ? ['IsDeleted'] : []), ...(spec.hasMaster ? ['MasterRecordId'] : [])];
  for (const name of ['Id', spec.stamp, ...marks, ...spec.fields]) {
    if (!columns.has(name.toLowerCase())) columns.set(name.toLowerCase(), name);
  }
  return `SELECT ${[...columns.values()].join(', ')} FROM ${spec.object}`;
}

/**
 * The page of changes after `from`, in the order (stamp, Id). Paging by keyset keeps rows that share one stamp apart,
 * needs no server-side cursor that could expire, and lets a run that was killed go on where it stopped.
 */
export function changesQuery(spec: SelectSpec, from: Position | null, limit: number): string {
  return `${selectFrom(spec)}${where(spec.stamp, from)} ORDER BY ${spec.stamp}, Id LIMIT ${limit}`;
}

/** Everything stamped at or after `since`, in no order, as Bulk jobs like it: ORDER BY and LIMIT would keep them from dividing the work. */
export function unorderedQuery(spec: SelectSpec, since: string): string {
  return `${selectFrom(spec)}${where(spec.stamp, { modifiedAt: since, id: null })}`;
}

function where(stamp: string, from: Position | null): string {
  if (from === null) return '';
  if (from.id === null) return ` WHERE ${stamp} >= ${from.modifiedAt}`;
  return ` WHERE ((${stamp} = ${from.modifiedAt} AND Id > ${quote(from.id)}) OR ${stamp} > ${from.modifiedAt})`;
}

/** Splits quoted literals so that `head` + IN (...) stays within `limit` characters once it is in a URL. */
export function inChunks(head: string, values: readonly string[], limit: number): string[] {
  const queries: string[] = [];
  let chunk: string[] = [];
  const room = limit - encodeURIComponent(`${head} IN ()`).length;
  let used = 0;
  for (const value of values) {
    const literal = quote(value);
    const cost = encodeURIComponent(`${literal},`).length;
    if (chunk.length > 0 && used + cost > room) {
      queries.push(`${head} IN (${chunk.join(',')})`);
      chunk = [];
      used = 0;
    }
    chunk.push(literal);
    used += cost;
  }
  if (chunk.length > 0) queries.push(`${head} IN (${chunk.join(',')})`);
  return queries;
}
