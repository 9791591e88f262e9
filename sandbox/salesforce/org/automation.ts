/** What admins set up to happen when records are saved: validation rules, and flows that rewrite fields. */
import { badRequest } from '../errors.ts';
import { parseFormula } from '../formula/parse.ts';
import { type Expression, formulaError, kindName } from '../formula/types.ts';
import type { FieldDef, ObjectDef, Row, Value } from '../schema/types.ts';
import type { Save } from './behaviours.ts';
import type { Org } from './org.ts';
import { coerce } from './values.ts';

export interface ValidationRule {
  readonly id: string;
  readonly object: ObjectDef;
  readonly name: string;
  readonly active: boolean;
  readonly formula: string;
  readonly message: string;
  /** The field that the error is shown at, null for the top of the page. */
  readonly displayField: string | null;
  readonly description: string | null;
  /** Fields that the formula reads, as Object.Field. */
  readonly uses: readonly string[];
  readonly fails: Expression;
}

/** A flow that sets one field of a record whenever the record is saved. */
export interface FlowDefinition {
  readonly object: string;
  readonly field: string;
  /** What the field becomes, as a formula over the record. */
  readonly formula: string;
  /** Only where this formula holds; always where it is left out. */
  readonly when?: string;
  /** `before`: within the save. `after`: by a second save right behind it, which moves the stamps again. */
  readonly timing?: 'before' | 'after';
}

interface Flow {
  readonly object: ObjectDef;
  readonly field: FieldDef;
  readonly value: Expression;
  readonly when: Expression | null;
  readonly timing: 'before' | 'after';
}

export class Automation {
  readonly #org: Org;
  readonly #rules = new Map<string, ValidationRule>();
  #flows: Flow[] = [];

  constructor(org: Org) {
    this.#org = org;
  }

  get rules(): Iterable<ValidationRule> {
    return this.#rules.values();
  }

  rule(fullName: string): ValidationRule | undefined {
    return this.#rules.get(fullName.toLowerCase());
  }

  setRule(rule: ValidationRule): void {
    this.#rules.set(`${rule.object.name}.${rule.name}`.toLowerCase(), rule);
  }

  removeRule(rule: ValidationRule): void {
    this.#rules.delete(`${rule.object.name}.${rule.name}`.toLowerCase());
  }

  /** A formula that can be asked when a record of `object` is saved.  @throws FIELD_INTEGRITY_EXCEPTION */
  formula(object: ObjectDef, formula: string, uses: (field: string) => void = () => {}): Expression {
    const objectNamed = (name: string) => this.#org.schema.object(name);
    return parseFormula(formula, { object, objectNamed, blanksAsZero: false, onSave: true, uses });
  }

  /** As `formula`, for one that has to be true or false. */
  condition(object: ObjectDef, formula: string, uses?: (field: string) => void): Expression {
    const expression = this.formula(object, formula, uses);
    if (expression.kind === 'boolean') return expression;
    throw formulaError(
      `Formula result is data type (${kindName(expression.kind)}), incompatible with expected data type (true or false).`,
    );
  }

  /** Switches a flow on. @returns what switches it off again */
  addFlow(definition: FlowDefinition): () => void {
    const object = this.#org.need(definition.object);
    const field = object.fields.get(definition.field.toLowerCase());
    if (!field || field.read) throw new Error(`a flow cannot set ${definition.object}.${definition.field}`);
    const flow: Flow = {
      object,
      field,
      value: this.formula(object, definition.formula),
      when: definition.when === undefined ? null : this.condition(object, definition.when),
      timing: definition.timing ?? 'after',
    };
    this.#flows = [...this.#flows, flow];
    return () => {
      this.#flows = this.#flows.filter((one) => one !== flow);
    };
  }

  clearFlows(): void {
    this.#flows = [];
  }

  /** Flows within the save: they change what it will write. */
  beforeSave(object: ObjectDef, save: Save): void {
    for (const flow of this.#flows) {
      if (flow.object !== object || flow.timing !== 'before') continue;
      const value = this.#valueOf(flow, this.#rowToBe(save), save.before);
      if (value !== undefined) save.values[flow.field.name] = value;
    }
  }

  /** Flows behind the save: each writes the record once more. Their own writes start no flow. */
  afterSave(object: ObjectDef, save: Save, row: Row): void {
    for (const flow of this.#flows) {
      if (flow.object !== object || flow.timing !== 'after') continue;
      const value = this.#valueOf(flow, row, save.before);
      if (value === undefined || value === (row[flow.field.name] ?? null)) continue;
      this.#org.touch(object, row, { [flow.field.name]: value }, save.userId);
    }
  }

  /** @throws FIELD_CUSTOM_VALIDATION_EXCEPTION for the first rule, in the order of their making, that the record breaks */
  validate(object: ObjectDef, save: Save): void {
    for (const rule of this.#rules.values()) {
      if (rule.object !== object || !rule.active) continue;
      const broken = rule.fails.of({ row: this.#rowToBe(save), before: save.before, lookup: this.#org });
      if (broken !== true) continue;
      throw badRequest(
        'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        rule.message,
        rule.displayField === null ? [] : [rule.displayField],
      );
    }
  }

  /** Rules, by their full names, and formula fields that read a field. */
  usersOf(object: ObjectDef, field: FieldDef): string[] {
    const name = `${object.name}.${field.name}`;
    const users: string[] = [];
    for (const other of this.#org.schema.objects) {
      for (const one of other.fields.values()) {
        if (one.formulaUses.includes(name)) users.push(`Custom Field - ${other.name}.${one.name}`);
      }
    }
    for (const rule of this.#rules.values()) {
      if (rule.uses.includes(name)) users.push(`Validation Rule - ${rule.object.name}.${rule.name}`);
    }
    return users;
  }

  #rowToBe(save: Save): Row {
    return { Id: '', ...save.before, ...save.values };
  }

  #valueOf(flow: Flow, row: Row, before: Row | null): Value | undefined {
    const subject = { row, before, lookup: this.#org };
    if (flow.when !== null && flow.when.of(subject) !== true) return undefined;
    const value = flow.value.of(subject);
    if (flow.field.type === 'boolean') return value === true;
    return flow.field.type === 'datetime' && typeof value === 'number' ? value : coerce(flow.field, value);
  }
}
