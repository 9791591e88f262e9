import { idPosition, ModifiedLog } from './modified-log.ts';
import type { ObjectType } from './object-types.ts';
import type { Random } from './random.ts';
import { SearchLag } from './search-lag.ts';
import { iso } from './times.ts';

export type Values = Record<string, string>;

/** What a reader sees of a record at one instant. */
export interface Seen {
  readonly id: number;
  readonly key: string;
  readonly values: Readonly<Values>;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** A value that a property took, and when. */
export interface Change {
  readonly name: string;
  readonly value: string;
  readonly at: number;
}

export interface Row extends Seen {
  values: Values;
  modifiedAt: number;
  archivedAt: number | null;
  history: Change[];
}

/** The value of a property, calculated system properties included; undefined where it has none. */
export function propertyOf(type: ObjectType, row: Seen, name: string): string | undefined {
  if (name === 'hs_object_id') return row.key;
  if (name === type.modified) return iso(row.modifiedAt);
  if (Object.hasOwn(row.values, name)) return row.values[name];
  return name === type.created ? iso(row.createdAt) : undefined;
}

/** The records of one object type: by id, by unique value, and in order of their modified time. */
export class RecordStore {
  readonly type: ObjectType;
  /** All rows, archived ones too, by rising id. */
  rows: Row[] = [];
  /** Those of the rows that are archived. */
  readonly archived = new Set<Row>();
  readonly modified = new ModifiedLog<Row>();
  /** What search still shows of rows that have changed. */
  readonly lag: SearchLag;
  readonly #byKey = new Map<string, Row>();
  readonly #unique = new Map<string, Map<string, Row>>();
  readonly #merged = new Map<string, string>();
  readonly #random: Random;
  #nextId: number;

  /** @param now sandbox instant. @param lagMs how far search is behind */
  constructor(type: ObjectType, random: Random, now: () => number, lagMs: () => number) {
    this.type = type;
    this.lag = new SearchLag(now, lagMs);
    this.#random = random;
    this.#nextId = type.idBase + random.int(9_000_000);
  }

  /** Adds a record with the next id; `createdAt` differs from `now` only for the survivor of a merge. */
  add(values: Values, now: number, createdAt = now): Row {
    this.#nextId += 1 + this.#random.int(40);
    const id = this.#nextId;
    const row: Row = {
      id,
      key: String(id),
      values,
      createdAt,
      modifiedAt: now,
      archivedAt: null,
      history: [],
    };
    this.rows.push(row);
    this.#byKey.set(row.key, row);
    this.modified.touch(row, now);
    return row;
  }

  get(key: string): Row | undefined {
    return this.#byKey.get(key);
  }

  /** The row of an id, following merges from an old id to the survivor. */
  resolve(key: string): Row | undefined {
    let at = key;
    for (let next = this.#merged.get(at); next !== undefined; next = this.#merged.get(at)) at = next;
    return this.#byKey.get(at);
  }

  redirect(from: string, to: string): void {
    this.#merged.set(from, to);
  }

  byUnique(property: string, value: string): Row | undefined {
    return this.#unique.get(property)?.get(value);
  }

  claim(property: string, value: string, row: Row): void {
    const index = this.#unique.get(property) ?? new Map<string, Row>();
    this.#unique.set(property, index);
    index.set(value, row);
  }

  release(property: string, value: string, row: Row): void {
    const index = this.#unique.get(property);
    if (index?.get(value) === row) index.delete(value);
  }

  /** Forgets a row for good (merge, gdpr-delete), with the unique values that it holds. */
  purge(row: Row, identities: readonly (readonly [property: string, value: string])[]): void {
    const at = idPosition(this.rows, row.id);
    if (this.rows[at] === row) this.rows.splice(at, 1);
    this.#byKey.delete(row.key);
    this.archived.delete(row);
    this.modified.forget(row);
    this.lag.forget(row);
    for (const [property, value] of identities) this.release(property, value, row);
  }
}
