/**
 * A small, strictly checked part of the platform's formula language: field references (parents' too), text, number and truth
 * literals, & + - * /, comparisons, && || !, and the functions of functions.ts. Everything else is refused when it is saved.
 */
import type { FieldDef, FieldType, ObjectDef, Row, Value } from '../schema/types.ts';
import { callOf, type Parameter } from './functions.ts';
import { binary } from './operators.ts';
import { type Token, tokensOf } from './tokens.ts';
import { type Expression, expect, formulaError, type Kind, type Place, type Subject } from './types.ts';

const MAX_LENGTH = 3900;
const MAX_LEVELS = 10;
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['=', '==', '<>', '!='],
  ['<', '>', '<=', '>='],
  ['+', '-', '&'],
  ['*', '/'],
];

const KINDS: Partial<Record<FieldType, Kind>> = {
  id: 'text',
  reference: 'text',
  string: 'text',
  textarea: 'text',
  email: 'text',
  phone: 'text',
  url: 'text',
  int: 'number',
  double: 'number',
  currency: 'number',
  percent: 'number',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
  picklist: 'picklist',
};

/** Reads a formula.  @throws FIELD_INTEGRITY_EXCEPTION with the platform's words where it does not fit the place */
export function parseFormula(formula: string, place: Place): Expression {
  if (formula.trim() === '') throw formulaError('Formula is required');
  if (formula.length > MAX_LENGTH) {
    throw formulaError(
      `Formula is too long (${formula.length} characters). Maximum length is ${MAX_LENGTH} characters.`,
    );
  }
  return new Parser(tokensOf(formula), place).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #place: Place;
  #at = 0;

  constructor(tokens: readonly Token[], place: Place) {
    this.#tokens = tokens;
    this.#place = place;
  }

  whole(): Expression {
    const expression = this.#level(0);
    if (this.#next.kind !== 'end') throw formulaError(`Syntax error. Found '${this.#next.text}'`);
    return expression;
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #isSign(...signs: readonly string[]): boolean {
    return this.#next.kind === 'sign' && signs.includes(this.#next.text);
  }

  #need(sign: string): void {
    if (!this.#isSign(sign)) throw formulaError(`Syntax error. Missing '${sign}'`);
    this.#at++;
  }

  #level(level: number): Parameter {
    const signs = LEVELS[level];
    if (!signs) return this.#unary();
    let left = this.#level(level + 1);
    while (this.#isSign(...signs)) {
      const sign = this.#next.text;
      this.#at++;
      left = binary(sign, left, this.#level(level + 1));
    }
    return left;
  }

  #unary(): Parameter {
    if (this.#isSign('-')) {
      this.#at++;
      return binary('-', { kind: 'number', of: () => 0 }, this.#unary());
    }
    if (this.#isSign('!')) {
      this.#at++;
      const inner = this.#unary();
      expect("operator '!'", inner, ['boolean']);
      return { kind: 'boolean', of: (s) => inner.of(s) !== true };
    }
    return this.#primary();
  }

  #primary(): Parameter {
    const token = this.#next;
    this.#at++;
    switch (token.kind) {
      case 'number':
        return { kind: 'number', of: () => Number(token.text) };
      case 'text':
        return { kind: 'text', of: () => token.text };
      case 'name':
        return this.#isSign('(') ? this.#call(token.text) : named(token.text, this.#place);
      case 'sign':
        if (token.text === '(') {
          const inner = this.#level(0);
          this.#need(')');
          return inner;
        }
        throw formulaError(`Syntax error. Found '${token.text}'`);
      default:
        throw formulaError('Syntax error. Found end of formula');
    }
  }

  #call(name: string): Parameter {
    this.#need('(');
    const parameters: Parameter[] = [];
    while (!this.#isSign(')')) {
      if (parameters.length > 0) this.#need(',');
      parameters.push(this.#level(0));
    }
    this.#need(')');
    return callOf(name, parameters, this.#place);
  }
}

function named(name: string, place: Place): Parameter {
  switch (name.toUpperCase()) {
    case 'TRUE':
      return { kind: 'boolean', of: () => true };
    case 'FALSE':
      return { kind: 'boolean', of: () => false };
    case 'NULL':
      return { kind: 'none', of: () => null };
    default:
      return fieldAt(name, place);
  }
}

/** A field of the record or, after up to ten relationships, of a record above it. */
function fieldAt(path: string, place: Place): Parameter {
  const missing = () => formulaError(`Field ${path} does not exist. Check spelling.`);
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  if (parts.length > MAX_LEVELS) throw formulaError(`Field ${path} goes more than ${MAX_LEVELS} relationships up.`);
  const references: FieldDef[] = [];
  let object: ObjectDef = place.object;
  for (const part of parts) {
    const reference = parentField(object, part);
    const parent = reference && place.objectNamed(reference.referenceTo[0] ?? '');
    if (!reference || !parent) throw missing();
    place.uses(`${object.name}.${reference.name}`);
    references.push(reference);
    object = parent;
  }
  const field = object.fields.get(last.toLowerCase());
  if (!field) throw missing();
  const kind = field.type === 'textarea' && field.length > 255 ? undefined : KINDS[field.type];
  if (!kind) throw formulaError(`Field ${path} is of a type that formulas cannot use.`);
  place.uses(`${object.name}.${field.name}`);
  const home = object;
  const read = (subject: Subject): Value => {
    const row = ancestor(subject, references);
    // The definition may have been changed since the formula was saved.
    const current = home.fields.get(field.name.toLowerCase());
    const value = row && current ? plain(current, row, subject) : null;
    return value === null && kind === 'number' && place.blanksAsZero ? 0 : value;
  };
  return { kind, path, of: read };
}

/** The single-target reference behind a relationship name. */
function parentField(object: ObjectDef, name: string): FieldDef | undefined {
  const wanted = name.toLowerCase();
  for (const field of object.fields.values()) {
    if (field.relationshipName?.toLowerCase() === wanted && field.referenceTo.length === 1) return field;
  }
  return undefined;
}

function ancestor(subject: Subject, references: readonly FieldDef[]): Row | undefined {
  let row: Row | undefined = subject.row;
  for (const reference of references) {
    const id: Value | undefined = row?.[reference.name];
    row = typeof id === 'string' ? subject.lookup.row(id)?.row : undefined;
  }
  return row;
}

/** A field's value as formulas see it: a percentage is a fraction. */
function plain(field: FieldDef, row: Row, subject: Subject): Value {
  const value = field.read ? field.read(row, subject.lookup) : (row[field.name] ?? null);
  if (typeof value === 'object') return null;
  if (field.type === 'boolean') return value === true;
  return field.type === 'percent' && typeof value === 'number' ? value / 100 : value;
}
