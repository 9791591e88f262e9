import type { SandboxClock } from '../../core/clock.ts';
import { makeId, shortId } from '../ids.ts';
import { Schema, standardObjects } from '../schema/schema.ts';
import type { FieldDef, Lookup, ObjectDef, Row, Shown, Value } from '../schema/types.ts';
import { Access } from './access.ts';
import { type Journal, Table } from './table.ts';

interface OrgOptions {
  readonly clock: SandboxClock;
  readonly multiCurrency: boolean;
  readonly convertedLeadsEditable: boolean;
  readonly seed: number;
}

/** Who asks, and in which version of the API. */
export interface Caller {
  readonly userId: string;
  readonly version: number;
}

const NOTHING: readonly Row[] = [];

/** One Salesforce org: its schema, its rows, its clock. */
export class Org implements Lookup {
  readonly clock: SandboxClock;
  readonly options: OrgOptions;
  readonly schema: Schema;
  readonly access: Access;
  /** The org's id and its users, set when the org is furnished. */
  id = '';
  /** Which lead fields a conversion copies to which fields, by target object (LeadConvertSettings). */
  readonly conversionMappings: { object: string; from: string; to: string }[] = [];
  readonly #journal: Journal = { undo: null };
  readonly #tables = new Map<string, Table>();
  readonly #counters = new Map<string, number>();

  constructor(options: OrgOptions, objects: readonly ObjectDef[] = standardObjects()) {
    this.schema = new Schema(objects);
    this.clock = options.clock;
    this.options = options;
    this.access = new Access(this);
  }

  /** The stamp of a write: whole seconds. */
  now(): number {
    return Math.floor(this.clock.now() / 1000) * 1000;
  }

  newId(prefix: string): string {
    const next = (this.#counters.get(prefix) ?? 62 ** 4 + (this.options.seed % 1000) * 62 ** 2) + 1;
    this.#counters.set(prefix, next);
    return makeId(prefix, next);
  }

  table(object: ObjectDef): Table {
    let table = this.#tables.get(object.name);
    if (!table || table.object !== object) {
      table = new Table(object, this.#journal);
      this.#tables.set(object.name, table);
    }
    return table;
  }

  dropTable(object: ObjectDef): void {
    this.#tables.delete(object.name);
  }

  /** Runs `work`; when it throws, everything that it wrote is undone and the error goes on. May be nested. */
  atomically<T>(work: () => T): T {
    const outer = this.#journal.undo;
    const mine: (() => void)[] = [];
    this.#journal.undo = mine;
    try {
      const result = work();
      outer?.push(...mine);
      this.#journal.undo = outer;
      return result;
    } catch (error) {
      this.#journal.undo = null;
      for (const step of mine.reverse()) step();
      this.#journal.undo = outer;
      throw error;
    }
  }

  row(id: string): { object: ObjectDef; row: Row } | undefined {
    const object = this.schema.byPrefix(id.slice(0, 3));
    const row = object && this.table(object).rows.get(id);
    return object && row && { object, row };
  }

  children(objectName: string, fieldName: string, id: string): Row[] {
    const object = this.schema.object(objectName);
    const field = object?.fields.get(fieldName.toLowerCase());
    return object && field ? this.childRows(object, field, id) : [];
  }

  /** The rows of `object`, not deleted, whose `field` is `id`, in the order of their ids. */
  childRows(object: ObjectDef, field: FieldDef, id: string): Row[] {
    const table = this.table(object);
    const rows: Row[] = [];
    for (const one of table.idsWhere(field, id)) {
      const row = table.rows.get(one);
      if (row && row.IsDeleted !== true) rows.push(row);
    }
    return rows.sort((a, b) => (a.Id < b.Id ? -1 : 1));
  }

  all(objectName: string): Iterable<Row> {
    const object = this.schema.object(objectName);
    return object ? this.table(object).rows.values() : NOTHING;
  }

  version(objectName: string): number {
    const object = this.schema.object(objectName);
    return object ? this.table(object).version : 0;
  }

  /** The value of a field, computed where it is computed. */
  value(field: FieldDef, row: Row): Shown {
    const value: Shown | undefined = field.read ? field.read(row, this) : row[field.name];
    return value ?? (field.type === 'boolean' ? false : null);
  }

  /** The field of this name if the caller can see it. */
  field(object: ObjectDef, name: string, caller: Caller): FieldDef | undefined {
    const field = object.fields.get(name.toLowerCase());
    return field && this.sees(object, field, caller) ? field : undefined;
  }

  sees(object: ObjectDef, field: FieldDef, caller: Caller): boolean {
    if (field.since > caller.version) return false;
    if (field.multiCurrencyOnly && !this.options.multiCurrency) return false;
    return !field.custom || this.access.canRead(caller.userId, object, field);
  }

  /** The fields of an object that the caller can see, in order. */
  *fields(object: ObjectDef, caller: Caller): Generator<FieldDef> {
    for (const field of object.fields.values()) if (this.sees(object, field, caller)) yield field;
  }

  /** Writes a row as the platform itself, without the checks of the API. */
  insertRow(object: ObjectDef, values: Readonly<Record<string, Value>>, userId: string): Row {
    const now = this.now();
    const row: Row = {
      Id: this.newId(object.keyPrefix),
      ...this.schema.defaultsOf(object),
      CreatedDate: now,
      CreatedById: userId,
      LastModifiedDate: now,
      LastModifiedById: userId,
      SystemModstamp: now,
      ...values,
    };
    if (this.options.multiCurrency && object.fields.has('currencyisocode')) row.CurrencyIsoCode ??= 'USD';
    if (object.custom && object.fields.has('name') && !row.Name) row.Name = shortId(row.Id);
    this.table(object).insert(row);
    return row;
  }

  /** Changes a row and its stamps. */
  touch(object: ObjectDef, row: Row, changes: Readonly<Record<string, Value>>, userId: string): void {
    const now = this.now();
    this.table(object).change(row, {
      ...changes,
      LastModifiedDate: now,
      LastModifiedById: userId,
      SystemModstamp: now,
    });
  }

  /** The object of this name.  @throws where the org has no such object: a mistake of the sandbox itself */
  need(name: string): ObjectDef {
    const object = this.schema.object(name);
    if (!object) throw new Error(`the org has no object ${name}`);
    return object;
  }
}
