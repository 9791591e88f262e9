import { idPosition } from './modified-log.ts';
import type { ObjectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import { propertyOf, type RecordStore, type Row, type Seen } from './records.ts';
import { compileFilter, type Filter } from './search-filter.ts';
import { parseInstant } from './times.ts';

export interface Sort {
  readonly property: string;
  readonly descending: boolean;
}

export interface Search {
  readonly groups: readonly (readonly Filter[])[];
  readonly text: string;
  readonly sort: Sort | null;
}

/** Bounds that every match of the search meets, inclusive. */
interface Bounds {
  modifiedFrom: number;
  modifiedTo: number;
  idFrom: number;
  idTo: number;
}

const OPEN: Bounds = { modifiedFrom: -Infinity, modifiedTo: Infinity, idFrom: -Infinity, idTo: Infinity };

export interface Found {
  readonly total: number;
  /** The asked part of the matches, in order. */
  readonly page: readonly Seen[];
}

/** The matches from `start` to before `end`, and how many there are. Archived records are never found. */
export function runSearch(portal: Portal, type: ObjectType, search: Search, start: number, end: number): Found {
  const groups = search.groups.map((filters) => filters.map((filter) => compileFilter(portal, type, filter)));
  const words = search.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const matches = (seen: Seen): boolean =>
    (groups.length === 0 || groups.some((filters) => filters.every((test) => test(seen)))) &&
    (words.length === 0 || containsWords(type, seen, words));
  const store = portal.records(type);
  const behind = store.lag.rows();
  const { bounds, exact } = searchBounds(type, search.groups);
  const rows = candidates(store, bounds, behind);
  const from = Number.isFinite(bounds.idFrom) ? idPosition(rows, bounds.idFrom) : 0;
  const to = Number.isFinite(bounds.idTo) ? idPosition(rows, bounds.idTo + 1) : rows.length;
  const test = exact && words.length === 0 ? boundsTest(bounds) : matches;
  const shown = (at: number): Seen | null => {
    const row = rows[at];
    const seen = row === undefined ? null : store.lag.seen(row);
    return seen !== null && test(seen) ? seen : null;
  };
  const all = behind.length === 0 && bounds.modifiedTo === Number.POSITIVE_INFINITY && exact && words.length === 0;
  const sortsById = search.sort === null || (search.sort.property === 'hs_object_id' && !search.sort.descending);
  if (sortsById && all) return slice(store, rows, bounds, from, to, start, end);
  if (sortsById) return scan(from, to, shown, start, end);
  const found: Seen[] = [];
  for (let at = from; at < to; at++) {
    const seen = shown(at);
    if (seen !== null) found.push(seen);
  }
  return { total: found.length, page: order(portal, type, found, search.sort).slice(start, end) };
}

/** Rows by rising id among which all matches stand: those modified lately where that is a bound, else all. */
function candidates(store: RecordStore, bounds: Bounds, behind: readonly Row[]): readonly Row[] {
  if (store.modified.isAll(bounds.modifiedFrom)) return store.rows;
  const recent = store.modified.since(bounds.modifiedFrom);
  if (behind.length === 0) return recent;
  // What the index shows of these is older than what they are.
  return [...new Set([...recent, ...behind])].sort((a, b) => a.id - b.id);
}

/** The matches where every row of the range is one unless it is archived: nothing has to be looked at to count them. */
function slice(
  store: RecordStore,
  rows: readonly Row[],
  { modifiedFrom }: Bounds,
  from: number,
  to: number,
  start: number,
  end: number,
): Found {
  const low = rows[from]?.id ?? Number.POSITIVE_INFINITY;
  const high = rows[to - 1]?.id ?? Number.NEGATIVE_INFINITY;
  let total = Math.max(0, to - from);
  for (const { id, modifiedAt } of store.archived) {
    if (id >= low && id <= high && modifiedAt >= modifiedFrom) total -= 1;
  }
  const page: Row[] = [];
  for (let at = from, nth = 0; at < to && nth < end; at++) {
    const row = rows[at];
    if (row === undefined || row.archivedAt !== null) continue;
    if (nth >= start) page.push(row);
    nth += 1;
  }
  return { total, page };
}

/** Counts the matches at places that stand in the wanted order already, and keeps only the asked part. */
function scan(from: number, to: number, shown: (at: number) => Seen | null, start: number, end: number): Found {
  const page: Seen[] = [];
  let total = 0;
  for (let at = from; at < to; at++) {
    const seen = shown(at);
    if (seen === null) continue;
    if (total >= start && total < end) page.push(seen);
    total += 1;
  }
  return { total, page };
}

function boundsTest({ modifiedFrom, modifiedTo, idFrom, idTo }: Bounds): (seen: Seen) => boolean {
  return ({ modifiedAt, id }) => modifiedAt >= modifiedFrom && modifiedAt <= modifiedTo && id >= idFrom && id <= idTo;
}

/** The loosest bounds over all groups; `exact` where the bounds say all that the one group says. */
function searchBounds(type: ObjectType, groups: readonly (readonly Filter[])[]): { bounds: Bounds; exact: boolean } {
  if (groups.length === 0) return { bounds: OPEN, exact: true };
  let exact = groups.length === 1;
  const each = groups.map((filters) => {
    const bounds = { ...OPEN };
    for (const filter of filters) {
      const byTime = filter.property === type.modified;
      const range =
        byTime || filter.property === 'hs_object_id' ? rangeOf(filter, byTime ? parseInstant : Number) : null;
      if (range === null) {
        exact = false;
      } else if (byTime) {
        bounds.modifiedFrom = Math.max(bounds.modifiedFrom, range[0]);
        bounds.modifiedTo = Math.min(bounds.modifiedTo, range[1]);
      } else {
        bounds.idFrom = Math.max(bounds.idFrom, range[0]);
        bounds.idTo = Math.min(bounds.idTo, range[1]);
      }
    }
    return bounds;
  });
  const bounds = {
    modifiedFrom: Math.min(...each.map((bound) => bound.modifiedFrom)),
    modifiedTo: Math.max(...each.map((bound) => bound.modifiedTo)),
    idFrom: Math.min(...each.map((bound) => bound.idFrom)),
    idTo: Math.max(...each.map((bound) => bound.idTo)),
  };
  return { bounds, exact };
}

/** The inclusive range of whole numbers that one filter lets through; null where it is no range. */
function rangeOf(filter: Filter, read: (text: string) => number | null): [number, number] | null {
  const low = read(filter.value ?? '');
  if (low === null || Number.isNaN(low)) return null;
  switch (filter.operator) {
    case 'EQ':
      return [Math.ceil(low), Math.floor(low)];
    case 'GT':
      return [Math.floor(low) + 1, Infinity];
    case 'GTE':
      return [Math.ceil(low), Infinity];
    case 'LT':
      return [-Infinity, Math.ceil(low) - 1];
    case 'LTE':
      return [-Infinity, Math.floor(low)];
    case 'BETWEEN': {
      const high = read(filter.highValue ?? '');
      return high === null || Number.isNaN(high) ? null : [Math.ceil(low), Math.floor(high)];
    }
    default:
      return null;
  }
}

function containsWords(type: ObjectType, seen: Seen, words: readonly string[]): boolean {
  const haystack = type.searchable.map((name) => propertyOf(type, seen, name)?.toLowerCase() ?? '').join('\n');
  return words.every((word) => haystack.includes(word));
}

function order(portal: Portal, type: ObjectType, found: Seen[], sort: Sort | null): Seen[] {
  const byId = (a: Seen, b: Seen): number => a.id - b.id;
  const sign = sort?.descending === true ? -1 : 1;
  if (sort === null || sort.property === 'hs_object_id') return found.sort((a, b) => sign * byId(a, b));
  if (sort.property === type.modified) {
    return found.sort((a, b) => sign * (a.modifiedAt - b.modifiedAt) || byId(a, b));
  }
  const kind = portal.properties(type).get(sort.property)?.type ?? 'string';
  const key = (seen: Seen): number | string | null => sortKey(kind, propertyOf(type, seen, sort.property));
  return found
    .map((seen) => ({ seen, key: key(seen) }))
    .sort((a, b) => compareKeys(a.key, b.key, sign) || byId(a.seen, b.seen))
    .map(({ seen }) => seen);
}

function sortKey(kind: string, value: string | undefined): number | string | null {
  if (value === undefined) return null;
  if (kind === 'number') return Number(value);
  if (kind === 'date' || kind === 'datetime') return parseInstant(value);
  return value.toLowerCase();
}

/** Records without a value come last in either direction. */
function compareKeys(a: number | string | null, b: number | string | null, sign: number): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (a === b) return 0;
  return a < b ? -sign : sign;
}
