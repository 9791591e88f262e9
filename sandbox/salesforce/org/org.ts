import type { SandboxClock } from '../../core/clock.ts';
import { makeId, shortId } from '../ids.ts';
import type { RowWrite } from '../pubsub/changes.ts';
import { ChangeFeed } from '../pubsub/feed.ts';
import { Schema, standardObjects } from '../schema/schema.ts';
import type { FieldDef, Lookup, ObjectDef, Row, Shown, Value } from '../schema/types.ts';
import { Access } from './access.ts';
import { Assignment } from './assignment.ts';
import { Automation } from './automation.ts';
import { Duplicates } from './duplicates.ts';
import { type LateRows, Stamps } from './late-rows.ts';
import { Locks } from './locks.ts';
import { RecordTypes } from './record-types.ts';
import { type Journal, Table } from './table.ts';

interface OrgOptions {
  readonly clock: SandboxClock;
  readonly multiCurrency: boolean;
  /** Advanced currency management: rates by date. */
  readonly datedRates?: boolean;
  /** PRM with market development funds. */
  readonly partnerFunds?: boolean;
  readonly convertedLeadsEditable: boolean;
  readonly seed: number;
  /** Ids that /updated and /deleted answer with at the most; 600,000 unless given. */
  readonly maxReplicatedIds?: number;
  /** Rows that are seen later than their stamps say; none unless given. */
  readonly lateRows?: LateRows;
  /** false: no change is captured. */
  readonly changeEvents?: boolean;
}

/** What a request asks of a save beside writing. */
export interface SaveOptions {
  /** Active assignment rules run: all of them, or the one of this id. */
  readonly assign: boolean | string;
  /** Alerts of duplicate rules are passed over. */
  readonly allowDuplicates: boolean;
  /** Answers about duplicates show the fields of the matches, not only their ids. */
  readonly duplicateDetails: boolean;
}

/** Who asks, and in which version of the API. */
export interface Caller {
  readonly userId: string;
  readonly version: number;
  /** Where the caller's writes come from, as change events tell it. */
  readonly origin?: string;
  /** What the request says about saving; without, the platform's defaults for calls that can say nothing. */
  readonly save?: SaveOptions;
}

const NOTHING: readonly Row[] = [];
const MAX_REPLICATED_IDS = 600_000;

/** One Salesforce org: its schema, its rows, its clock. */
export class Org implements Lookup {
  readonly clock: SandboxClock;
  readonly options: OrgOptions;
  readonly schema: Schema;
  readonly access: Access;
  readonly assignment: Assignment;
  readonly automation: Automation;
  readonly duplicates: Duplicates;
  readonly locks = new Locks();
  readonly recordTypes: RecordTypes;
  readonly stamps: Stamps;
  /** Can be changed while the org runs. */
  readonly replication: { maxIds: number };
  /** The org's id and its users, set when the org is furnished. */
  id = '';
  /** Which lead fields a conversion copies to which fields, by target object (LeadConvertSettings). */
  readonly conversionMappings: { object: string; from: string; to: string }[] = [];
  /** The change events of the org; null where change data capture is off. */
  readonly changes: ChangeFeed | null;
  readonly #journal: Journal;
  /** What the transaction under way has written. */
  #written: RowWrite[] = [];
  /** Where the writes made now come from, as change events tell it. */
  #origin = '';
  readonly #tables = new Map<string, Table>();
  readonly #counters = new Map<string, number>();

  constructor(options: OrgOptions, objects?: readonly ObjectDef[]) {
    this.schema = new Schema(objects ?? standardObjects({ datedRates: false, ...options }));
    this.clock = options.clock;
    this.options = options;
    this.access = new Access(this);
    this.assignment = new Assignment(this);
    this.automation = new Automation(this);
    this.duplicates = new Duplicates(this);
    this.recordTypes = new RecordTypes(this);
    this.replication = { maxIds: options.maxReplicatedIds ?? MAX_REPLICATED_IDS };
    this.stamps = new Stamps(options.lateRows ?? { byMs: 0, everyNth: 1 });
    this.changes = options.changeEvents === false ? null : new ChangeFeed(this);
    this.#journal = { undo: null, note: this.changes && ((write) => this.#note(write)) };
  }

  /** Runs `work`, whose writes come from the caller: change events say so. */
  from<T>(caller: Caller, work: () => T): T {
    const outer = this.#origin;
    this.#origin = caller.origin ?? '';
    try {
      return work();
    } finally {
      this.#origin = outer;
    }
  }

  #note(write: RowWrite): void {
    if (!this.changes?.captures(write.object)) return;
    this.#written.push(write);
    if (this.#journal.undo === null) this.#commit();
  }

  #commit(): void {
    if (this.#written.length === 0) return;
    const written = this.#written;
    this.#written = [];
    this.changes?.commit(written, this.#origin);
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
    const before = this.#written.length;
    this.#journal.undo = mine;
    try {
      const result = work();
      outer?.push(...mine);
      this.#journal.undo = outer;
      if (outer === null) this.#commit();
      return result;
    } catch (error) {
      this.#journal.undo = null;
      for (const step of mine.reverse()) step();
      this.#journal.undo = outer;
      this.#written.length = before;
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
    const now = this.stamps.next(this.clock.now(), 0);
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
    const now = this.stamps.next(this.clock.now(), Number(row.SystemModstamp ?? 0));
    this.table(object).change(row, {
      ...changes,
      LastModifiedDate: now,
      LastModifiedById: userId,
      SystemModstamp: now,
    });
  }

  /** Changes a row as the platform does by itself: the stamps of users stay, SystemModstamp moves. */
  touchBySystem(object: ObjectDef, row: Row, changes: Readonly<Record<string, Value>>): void {
    const now = this.stamps.next(this.clock.now(), Number(row.SystemModstamp ?? 0));
    this.table(object).change(row, { ...changes, SystemModstamp: now });
  }

  /** The object of this name.  @throws where the org has no such object: a mistake of the sandbox itself */
  need(name: string): ObjectDef {
    const object = this.schema.object(name);
    if (!object) throw new Error(`the org has no object ${name}`);
    return object;
  }
}
