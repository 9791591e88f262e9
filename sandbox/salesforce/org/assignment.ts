/** Assignment rules of leads: entries in order, the first whose criteria hold gives the owner. */
import { badRequest } from '../errors.ts';
import type { Expression } from '../formula/types.ts';
import type { ObjectDef, Row } from '../schema/types.ts';
import type { Save } from './behaviours.ts';
import type { Caller, Org } from './org.ts';

export interface AssignmentEntry {
  readonly holds: Expression | null;
  readonly ownerId: string;
}

/** Rules by the ids of their rows; at most one is active. */
export class Assignment {
  readonly #org: Org;
  readonly #entries = new Map<string, readonly AssignmentEntry[]>();

  constructor(org: Org) {
    this.#org = org;
  }

  /** Replaces all rules of the object. */
  replace(
    object: ObjectDef,
    rules: readonly { name: string; active: boolean; entries: readonly AssignmentEntry[] }[],
    userId: string,
  ): void {
    const home = this.#org.need('AssignmentRule');
    for (const row of [...this.#org.all('AssignmentRule')]) {
      if (row.SobjectType !== object.name) continue;
      this.#entries.delete(row.Id);
      this.#org.table(home).erase(row);
    }
    for (const { name, active, entries } of rules) {
      const row = this.#org.insertRow(home, { Name: name, SobjectType: object.name, Active: active }, userId);
      this.#entries.set(row.Id, entries);
    }
  }

  /**
   * Runs behind the save of a lead where the request asks for it, which it does unless it says otherwise: also when a lead that
   * has an owner is changed.
   */
  run(caller: Caller, object: ObjectDef, save: Save, row: Row): void {
    const asked = caller.save?.assign ?? false;
    if (asked === false || object.name !== 'Lead' || this.#entries.size === 0) return;
    for (const entry of this.#entriesOf(asked)) {
      if (entry.holds !== null && entry.holds.of({ row, before: save.before, lookup: this.#org }) !== true) continue;
      if (row.OwnerId !== entry.ownerId) this.#org.touch(object, row, { OwnerId: entry.ownerId }, save.userId);
      return;
    }
  }

  #entriesOf(asked: true | string): readonly AssignmentEntry[] {
    for (const row of this.#org.all('AssignmentRule')) {
      if (asked === true ? row.Active === true : row.Id.startsWith(asked.slice(0, 15))) {
        return this.#entries.get(row.Id) ?? [];
      }
    }
    if (asked === true) return [];
    throw badRequest('INVALID_CROSS_REFERENCE_KEY', `invalid cross reference id: ${asked}`);
  }
}
