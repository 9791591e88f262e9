/** Duplicate rules: what is compared, what happens when a record matches, and the answer that names the matches. */
import { SalesforceError } from '../errors.ts';
import { show } from '../format.ts';
import type { FieldDef, ObjectDef, Row, Value } from '../schema/types.ts';
import type { Save } from './behaviours.ts';
import type { Caller, Org } from './org.ts';

/** One compared field of a matching rule. */
export interface MatchItem {
  readonly field: FieldDef;
  /** Two blank values count as equal. */
  readonly blanksMatch: boolean;
}

/** Which records of `object` are alike. */
export interface MatchingRule {
  readonly id: string;
  readonly object: ObjectDef;
  readonly name: string;
  readonly label: string;
  readonly active: boolean;
  readonly items: readonly MatchItem[];
  /** Each inner list of positions: all of its items alike. One of the lists suffices. */
  readonly ways: readonly (readonly number[])[];
  readonly filter: string | null;
}

export interface DuplicateMatch {
  readonly rule: string;
  /** The fields of the saved record that stand for those of the matched object, where their names differ. */
  readonly mapping: ReadonlyMap<string, string>;
}

interface Action {
  /** The record is refused, whatever the request says. */
  readonly block: boolean;
  /** The record is refused unless the request says otherwise. */
  readonly alert: boolean;
}

export interface DuplicateRule {
  readonly id: string;
  readonly object: ObjectDef;
  readonly name: string;
  readonly label: string;
  readonly active: boolean;
  readonly onInsert: Action;
  readonly onUpdate: Action;
  readonly alertText: string;
  readonly sortOrder: number;
  readonly matches: readonly DuplicateMatch[];
}

/** The most records that an answer names. */
const MAX_MATCHES = 100;

export class Duplicates {
  readonly #org: Org;
  readonly matching = new Map<string, MatchingRule>();
  readonly rules = new Map<string, DuplicateRule>();

  constructor(org: Org) {
    this.#org = org;
  }

  /**
   * Runs the active rules of the object, as a save does after its validation rules.
   * @throws DUPLICATES_DETECTED with the matches, unless the rule lets the record pass
   */
  check(caller: Caller, object: ObjectDef, save: Save): void {
    if (this.rules.size === 0) return;
    const rules = [...this.rules.values()].filter((rule) => rule.active && rule.object === object);
    for (const rule of rules.sort((a, b) => a.sortOrder - b.sortOrder)) {
      const { block, alert } = save.before === null ? rule.onInsert : rule.onUpdate;
      if (!block && (!alert || caller.save?.allowDuplicates === true)) continue;
      const found = rule.matches.flatMap((match) => {
        const matching = this.matching.get(match.rule.toLowerCase());
        return matching?.active ? [{ matching, rows: this.#alike(object, matching, match, save) }] : [];
      });
      if (found.some(({ rows }) => rows.length > 0)) throw this.#refusal(caller, rule, block, found);
    }
  }

  #alike(object: ObjectDef, matching: MatchingRule, match: DuplicateMatch, save: Save): Row[] {
    const inputs = matching.items.map(({ field }) => match.mapping.get(field.name) ?? field.name);
    const known = inputs.every((name) => object.fields.has(name.toLowerCase()));
    if (!known) return [];
    // A change of other fields makes no new duplicate.
    if (save.before !== null && !inputs.some((name) => save.values[name] !== undefined)) return [];
    const values = inputs.map(
      (name) => save.values[name] ?? (name in save.values ? null : (save.before?.[name] ?? null)),
    );
    const table = this.#org.table(matching.object);
    const found = new Map<string, Row>();
    for (const way of matching.ways) {
      for (const id of this.#candidates(matching, way, values)) {
        const row = table.rows.get(id);
        if (!row || row.Id === save.before?.Id || row.IsDeleted === true || row.IsConverted === true) continue;
        if (way.every((i) => equal(matching.items[i], row, values[i] ?? null))) found.set(id, row);
        if (found.size >= MAX_MATCHES) return [...found.values()];
      }
    }
    return [...found.values()];
  }

  /** The smallest set of ids that has to be looked through. Where only blanks could match, nothing does. */
  #candidates(matching: MatchingRule, way: readonly number[], values: readonly Value[]): ReadonlySet<string> {
    let smallest: ReadonlySet<string> | undefined;
    for (const i of way) {
      const field = matching.items[i]?.field;
      const value = values[i] ?? null;
      if (!field || value === null) continue;
      const ids = this.#org.table(matching.object).idsWhere(field, value);
      if (!smallest || ids.size < smallest.size) smallest = ids;
    }
    return smallest ?? new Set();
  }

  #refusal(
    caller: Caller,
    rule: DuplicateRule,
    block: boolean,
    found: readonly { matching: MatchingRule; rows: readonly Row[] }[],
  ): SalesforceError {
    const matchResults = found
      .filter(({ rows }) => rows.length > 0)
      .map(({ matching, rows }) => ({
        entityType: matching.object.name,
        errors: [],
        matchEngine: 'ExactMatchEngine',
        matchRecords: rows.map((row) => ({
          additionalInformation: [],
          fieldDiffs: [],
          matchConfidence: 100,
          record: this.#shown(caller, matching.object, row),
        })),
        rule: matching.name,
        size: rows.length,
        success: true,
      }));
    // The vendor's own spelling: REST answers name the detail so.
    const duplicateResut = {
      allowSave: !block,
      duplicateRule: rule.name,
      duplicateRuleEntityType: rule.object.name,
      errorMessage: rule.alertText,
      matchResults,
    };
    return new SalesforceError(400, 'DUPLICATES_DETECTED', rule.alertText, undefined, { duplicateResut });
  }

  #shown(caller: Caller, object: ObjectDef, row: Row): Record<string, unknown> {
    const url = `/services/data/v${caller.version}.0/sobjects/${object.name}/${row.Id}`;
    const record: Record<string, unknown> = { attributes: { type: object.name, url }, Id: row.Id };
    if (caller.save?.duplicateDetails !== true) return record;
    for (const field of this.#org.fields(object, caller)) {
      if (field.type !== 'address') record[field.name] = show(field, this.#org.value(field, row));
    }
    return record;
  }
}

function equal(item: MatchItem | undefined, row: Row, value: Value): boolean {
  if (!item) return false;
  const other = row[item.field.name] ?? null;
  if (value === null || other === null) return item.blanksMatch && value === other;
  return typeof value === 'string' && typeof other === 'string'
    ? value.toLowerCase() === other.toLowerCase()
    : value === other;
}
