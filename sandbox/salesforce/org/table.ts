import type { RowWrite } from '../pubsub/changes.ts';
import type { FieldDef, ObjectDef, Row, Value } from '../schema/types.ts';
import { StampIndex } from './stamp-index.ts';

/** Steps that undo what was written, last one last. Null outside a transaction. */
export interface Journal {
  undo: (() => void)[] | null;
  /** Told of every write, for change data capture. */
  note: ((write: RowWrite) => void) | null;
}

/** The form in which an indexed value is looked up. */
function indexKey(field: FieldDef, value: Value): Value {
  return typeof value === 'string' && field.type !== 'reference' && field.type !== 'id' && !field.caseSensitive
    ? value.toLowerCase()
    : value;
}

/** The rows of one object, deleted ones included, with their indexes. Every change can be undone through the journal. */
export class Table {
  readonly object: ObjectDef;
  readonly rows = new Map<string, Row>();
  /** Rows that are gone for good or in the bin, by time of deletion: what /deleted answers. */
  deletions: { id: string; at: number }[] = [];
  /** Counts every change. */
  version = 0;
  readonly #journal: Journal;
  readonly #stamps = new StampIndex();
  /** Every id ever inserted, sorted when read; erased ones are skipped. */
  #ids: string[] = [];
  #idsSorted = true;
  #inBin = 0;
  readonly #indexes = new Map<string, { field: FieldDef; ids: Index }>();

  constructor(object: ObjectDef, journal: Journal) {
    this.object = object;
    this.#journal = journal;
  }

  insert(row: Row): void {
    this.rows.set(row.Id, row);
    this.#attach(row);
    this.#journal.undo?.push(() => {
      this.#detach(row);
      this.rows.delete(row.Id);
    });
    this.#journal.note?.({ kind: 'insert', object: this.object, row });
  }

  /** Takes rows that were there before anybody looked: no transaction, no event. */
  load(rows: Iterable<Row>): void {
    for (const row of rows) {
      this.rows.set(row.Id, row);
      this.#attach(row);
    }
  }

  /** Changes the given fields; null clears one. */
  change(row: Row, changes: Readonly<Record<string, Value>>): void {
    const before: Record<string, Value> = {};
    for (const name of Object.keys(changes)) before[name] = row[name] ?? null;
    this.#apply(row, changes);
    this.#journal.undo?.push(() => this.#apply(row, before));
    this.#journal.note?.({ kind: 'change', object: this.object, row, before });
  }

  /** Removes the row for good. */
  erase(row: Row): void {
    this.#detach(row);
    this.rows.delete(row.Id);
    this.#journal.undo?.push(() => {
      this.rows.set(row.Id, row);
      this.#attach(row);
    });
    this.#journal.note?.({ kind: 'erase', object: this.object, row });
  }

  /** Remembers a deletion for /deleted. */
  recordDeletion(id: string, at: number): void {
    const entry = { id, at };
    this.deletions.push(entry);
    this.#journal.undo?.push(() => {
      this.deletions = this.deletions.filter((one) => one !== entry);
    });
  }

  /** How many rows are not in the bin. */
  get live(): number {
    return this.rows.size - this.#inBin;
  }

  /** Takes back what /deleted says of a record that was restored. */
  forgetDeletion(id: string): void {
    const before = this.deletions;
    this.deletions = before.filter((one) => one.id !== id);
    this.#journal.undo?.push(() => {
      this.deletions = before;
    });
  }

  /** Ids in the order (SystemModstamp, Id) within the bounds of StampIndex.range. */
  byStamp(from: number, to: number, after: string | null = null): Generator<string> {
    return this.#stamps.range(from, to, after);
  }

  /** Ids in their order, from the first one greater than `after`. */
  *byId(after = ''): Generator<string> {
    if (!this.#idsSorted || this.#ids.length > 2 * this.rows.size + 1000) {
      this.#ids = [...this.rows.keys()].sort();
      this.#idsSorted = true;
    }
    const ids = this.#ids;
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ids[middle] ?? '') > after) high = middle;
      else low = middle + 1;
    }
    for (let i = low; i < ids.length; i++) {
      const id = ids[i] ?? '';
      if (this.rows.has(id)) yield id;
    }
  }

  /** Ids of the rows whose `field` has this value. The index is built when first asked for. */
  idsWhere(field: FieldDef, value: Value): ReadonlySet<string> {
    let index = this.#indexes.get(field.name);
    if (!index || index.field.type !== field.type || index.field.caseSensitive !== field.caseSensitive) {
      index = { field, ids: new Map() };
      this.#indexes.set(field.name, index);
      for (const row of this.rows.values()) enter(index.ids, indexKey(field, row[field.name] ?? null), row.Id);
    }
    const ids = index.ids.get(indexKey(field, value));
    return ids === undefined ? NOBODY : typeof ids === 'string' ? new Set([ids]) : ids;
  }

  /** Forgets a field's values. Metadata changes are not part of a transaction. */
  dropField(name: string): void {
    this.#indexes.delete(name);
    for (const row of this.rows.values()) delete row[name];
    this.version++;
  }

  /** A field's values under another name. Metadata changes are not part of a transaction. */
  renameField(from: string, to: string): void {
    this.#indexes.delete(from);
    for (const row of this.rows.values()) {
      if (row[from] !== undefined) row[to] = row[from];
      delete row[from];
    }
    this.version++;
  }

  #apply(row: Row, changes: Readonly<Record<string, Value>>): void {
    for (const [name, value] of Object.entries(changes)) {
      const old = row[name] ?? null;
      if (old === value) continue;
      const index = this.#indexes.get(name);
      if (index) {
        leave(index.ids, indexKey(index.field, old), row.Id);
        enter(index.ids, indexKey(index.field, value), row.Id);
      }
      if (name === 'IsDeleted') this.#inBin += Number(value === true) - Number(old === true);
      if (name === 'SystemModstamp') {
        if (typeof old === 'number') this.#stamps.remove(old, row.Id);
        if (typeof value === 'number') this.#stamps.add(value, row.Id);
      }
      row[name] = value;
    }
    this.version++;
  }

  #attach(row: Row): void {
    if (row.IsDeleted === true) this.#inBin += 1;
    const last = this.#ids.at(-1);
    if (last !== undefined && last >= row.Id) this.#idsSorted = false;
    this.#ids.push(row.Id);
    if (typeof row.SystemModstamp === 'number') this.#stamps.add(row.SystemModstamp, row.Id);
    for (const [name, index] of this.#indexes) enter(index.ids, indexKey(index.field, row[name] ?? null), row.Id);
    this.version++;
  }

  #detach(row: Row): void {
    if (row.IsDeleted === true) this.#inBin -= 1;
    if (typeof row.SystemModstamp === 'number') this.#stamps.remove(row.SystemModstamp, row.Id);
    for (const [name, index] of this.#indexes) leave(index.ids, indexKey(index.field, row[name] ?? null), row.Id);
    this.version++;
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** Ids by value; most values are those of one row, which then stands without a set. */
type Index = Map<Value, string | Set<string>>;

function enter(index: Index, key: Value, id: string): void {
  const ids = index.get(key);
  if (ids === undefined) index.set(key, id);
  else if (typeof ids !== 'string') ids.add(id);
  else if (ids !== id) index.set(key, new Set([ids, id]));
}

function leave(index: Index, key: Value, id: string): void {
  const ids = index.get(key);
  if (ids === id || (typeof ids === 'object' && ids.delete(id) && ids.size === 0)) index.delete(key);
}
