/** Record types: several kinds of one object, each with its own choice of picklist values. */
import { badRequest } from '../errors.ts';
import { ref } from '../schema/fields.ts';
import type { ObjectDef, Row, Value } from '../schema/types.ts';
import type { Save } from './behaviours.ts';
import type { Org } from './org.ts';

/** The values of one picklist that records of a type may have. */
export interface Choice {
  readonly values: ReadonlySet<string>;
  readonly defaultValue: string | null;
}

interface RecordType {
  readonly id: string;
  readonly object: ObjectDef;
  readonly name: string;
  /** By the canonical name of the picklist field; a field that is not in it has all its values. */
  readonly choices: ReadonlyMap<string, Choice>;
}

/** What stands for "no record type": every object has it. */
export const MASTER_ID = '012000000000000AAA';

export class RecordTypes {
  readonly #org: Org;
  readonly #types = new Map<string, RecordType>();
  readonly #defaults = new Map<ObjectDef, string>();

  constructor(org: Org) {
    this.#org = org;
  }

  /** The record types of an object, in the order of their making. */
  of(object: ObjectDef): { readonly type: RecordType; readonly row: Row; readonly isDefault: boolean }[] {
    const found: { type: RecordType; row: Row; isDefault: boolean }[] = [];
    for (const type of this.#types.values()) {
      const row = type.object === object && this.#org.row(type.id)?.row;
      if (row) found.push({ type, row, isDefault: this.#defaults.get(object) === type.id });
    }
    return found;
  }

  byName(object: ObjectDef, name: string): RecordType | undefined {
    return this.of(object).find(({ type }) => type.name.toLowerCase() === name.toLowerCase())?.type;
  }

  /** Adds or changes a record type. The object gets its RecordTypeId with its first one. */
  set(
    object: ObjectDef,
    name: string,
    about: { label: string; active: boolean; description: string | null },
    choices: ReadonlyMap<string, Choice>,
    userId: string,
  ): void {
    const known = this.byName(object, name);
    const values = { Name: about.label, IsActive: about.active, Description: about.description };
    const table = this.#org.need('RecordType');
    if (known) {
      const row = this.#org.row(known.id)?.row;
      if (row) this.#org.touch(table, row, values, userId);
      this.#types.set(known.id, { ...known, choices });
      return;
    }
    const row = this.#org.insertRow(table, { ...values, DeveloperName: name, SobjectType: object.name }, userId);
    this.#types.set(row.Id, { id: row.Id, object, name, choices });
    if (!object.fields.has('recordtypeid')) {
      this.#org.schema.setField(object, ref('RecordTypeId', 'Record Type ID', 'RecordType', { onDelete: 'Restrict' }));
    }
  }

  remove(type: RecordType): void {
    this.#types.delete(type.id);
    if (this.#defaults.get(type.object) === type.id) this.#defaults.delete(type.object);
    const row = this.#org.row(type.id)?.row;
    if (row) this.#org.table(this.#org.need('RecordType')).erase(row);
    if (this.of(type.object).length > 0) return;
    const field = type.object.fields.get('recordtypeid');
    if (field) this.#org.schema.removeField(type.object, field);
    this.#org.table(type.object).dropField('RecordTypeId');
  }

  /** The record type that records get which name none; null: the master. What profiles say on the platform, here said for all users. */
  setDefault(object: ObjectDef, name: string | null): void {
    const type = name === null ? undefined : this.byName(object, name);
    if (name !== null && !type) throw new Error(`${object.name} has no record type ${name}`);
    if (type) this.#defaults.set(object, type.id);
    else this.#defaults.delete(object);
  }

  /** What a new record holds where its creator says nothing. @param given what the creator says */
  defaults(object: ObjectDef, given: Readonly<Record<string, Value>>): Record<string, Value> {
    const id = given.RecordTypeId ?? this.#defaults.get(object);
    const type = typeof id === 'string' ? this.#types.get(id) : undefined;
    if (!type) return {};
    const values: Record<string, Value> = { RecordTypeId: type.id };
    for (const [field, choice] of type.choices) if (choice.defaultValue !== null) values[field] = choice.defaultValue;
    return values;
  }

  /** @throws where the record type is not one of the object, or lacks a value that the save writes to a restricted picklist */
  check(object: ObjectDef, save: Save): void {
    if (this.#types.size === 0) return;
    const id = save.values.RecordTypeId === undefined ? save.before?.RecordTypeId : save.values.RecordTypeId;
    if (typeof id !== 'string' || id === MASTER_ID) return;
    const type = this.#types.get(id);
    const isActive = this.#org.row(id)?.row.IsActive === true;
    const isNew = save.values.RecordTypeId !== undefined && save.values.RecordTypeId !== save.before?.RecordTypeId;
    if (type?.object !== object || (isNew && !isActive)) {
      const message = `Record Type ID: this ID value isn't valid for the user: ${id}`;
      throw badRequest('INVALID_CROSS_REFERENCE_KEY', message, ['RecordTypeId']);
    }
    for (const [name, choice] of type.choices) {
      const value = save.values[name];
      const field = object.fields.get(name.toLowerCase());
      if (!field?.restricted || typeof value !== 'string') continue;
      const wrong = (field.type === 'multipicklist' ? value.split(';') : [value]).find(
        (one) => !choice.values.has(one),
      );
      if (wrong === undefined) continue;
      throw badRequest(
        'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
        `${field.label}: bad value for restricted picklist field: ${wrong}`,
        [field.name],
      );
    }
  }
}
