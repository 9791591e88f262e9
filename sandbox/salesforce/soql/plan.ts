/** Chooses the index that yields the fewest rows to look at. The full condition is still tested on every row. */
import type { Table } from '../org/table.ts';
import type { FieldDef, ObjectDef, Row } from '../schema/types.ts';
import type { Condition } from './condition.ts';

/** The part of the order (SystemModstamp, Id) that can hold matching rows. */
interface StampBounds {
  readonly from: number;
  /** Of the first second, only ids greater than this. */
  readonly after: string | null;
  readonly to: number;
}

const EVERYTHING: StampBounds = { from: Number.NEGATIVE_INFINITY, after: null, to: Number.POSITIVE_INFINITY };

/** Bounds that every matching row keeps. */
export function stampBounds(condition: Condition<Row>): StampBounds {
  if (condition.kind === 'not') return EVERYTHING;
  if (condition.kind === 'test') {
    const { hint } = condition;
    if (hint?.field !== 'SystemModstamp') return EVERYTHING;
    const only = hint.among?.length === 1 ? hint.among[0] : undefined;
    const from = only ?? hint.from;
    const to = only ?? hint.to;
    return {
      from: typeof from === 'number' ? from + (hint.exclusive ? 1 : 0) : EVERYTHING.from,
      after: null,
      to: typeof to === 'number' ? to : EVERYTHING.to,
    };
  }
  const parts = condition.parts.map((part) => stampBounds(part));
  if (condition.kind === 'or') {
    const to = Math.max(...parts.map((part) => part.to));
    const first = parts.reduce((a, b) => (earlier(a, b) ? a : b));
    return { ...first, to };
  }
  const to = Math.min(...parts.map((part) => part.to));
  const last = parts.reduce((a, b) => (earlier(a, b) ? b : a));
  // SystemModstamp = x AND Id > y
  const after = last.after ?? idAfter(condition.parts);
  return { from: last.from, after: last.from === to ? after : last.after, to };
}

function earlier(a: StampBounds, b: StampBounds): boolean {
  return a.from !== b.from ? a.from < b.from : (a.after ?? '') < (b.after ?? '');
}

/** The id after which all matching rows lie, of conditions that all must hold. */
export function idAfter(parts: readonly Condition<Row>[]): string | null {
  let after: string | null = null;
  for (const part of parts) {
    if (part.kind !== 'test' || part.hint?.field !== 'Id') continue;
    const { from, exclusive } = part.hint;
    if (typeof from === 'string' && exclusive && (after === null || from > after)) after = from;
  }
  return after;
}

/** Ids among which all matching rows are, or null where no index helps. */
export function candidates(condition: Condition<Row>, object: ObjectDef, table: Table): ReadonlySet<string> | null {
  if (condition.kind === 'not') return null;
  if (condition.kind === 'test') {
    const { hint } = condition;
    const field = hint?.among ? object.fields.get(hint.field.toLowerCase()) : undefined;
    return field && hint?.among && worthIndexing(field) ? lookUp(field, hint.among.map(String), table) : null;
  }
  const sets = condition.parts.map((part) => candidates(part, object, table));
  if (condition.kind === 'and') {
    return sets.reduce((best, one) => (one !== null && (best === null || one.size < best.size) ? one : best), null);
  }
  const union = new Set<string>();
  for (const set of sets) {
    if (set === null) return null;
    for (const id of set) union.add(id);
  }
  return union;
}

function worthIndexing(field: FieldDef): boolean {
  return field.type === 'id' || field.type === 'reference' || field.externalId || field.unique || field.idLookup;
}

function lookUp(field: FieldDef, values: readonly string[], table: Table): ReadonlySet<string> {
  if (field.type === 'id') return new Set(values.filter((id) => table.rows.has(id)));
  if (values.length === 1) return table.idsWhere(field, typed(field, values[0] ?? ''));
  const ids = new Set<string>();
  for (const value of values) for (const id of table.idsWhere(field, typed(field, value))) ids.add(id);
  return ids;
}

function typed(field: FieldDef, value: string): string | number {
  return ['int', 'double'].includes(field.type) ? Number(value) : value;
}
