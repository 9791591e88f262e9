import { badRequest, type SalesforceError } from '../errors.ts';
import type { Lookup, ObjectDef, Row, Value } from '../schema/types.ts';

/** What an expression gives. A picklist's value can only be handed to the functions made for it. */
export type Kind = 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'picklist' | 'none';

/** The record that a formula is worked out for. */
export interface Subject {
  readonly row: Row;
  /** The row before the save; null for a new one, and outside a save. */
  readonly before: Row | null;
  readonly lookup: Lookup;
}

export interface Expression {
  readonly kind: Kind;
  readonly of: (subject: Subject) => Value;
}

/** Where a formula stands and what it may name. */
export interface Place {
  readonly object: ObjectDef;
  readonly objectNamed: (name: string) => ObjectDef | undefined;
  /** Blank numbers count as 0. */
  readonly blanksAsZero: boolean;
  /** ISNEW and ISCHANGED are known: in rules that run when a record is saved. */
  readonly onSave: boolean;
  /** Told of each field that the formula reads: Object.Field. */
  readonly uses: (field: string) => void;
}

/** The error of a formula that cannot be saved, in the words of a failed deployment. */
export function formulaError(message: string): SalesforceError {
  return badRequest('FIELD_INTEGRITY_EXCEPTION', message);
}

const KIND_NAMES: Readonly<Record<Kind, string>> = {
  text: 'Text',
  number: 'Number',
  boolean: 'Boolean',
  date: 'Date',
  datetime: 'DateTime',
  picklist: 'Picklist',
  none: 'Null',
};

export function kindName(kind: Kind): string {
  return KIND_NAMES[kind];
}

/** @throws unless the expression is of one of the kinds. @param what the operator or function, as the message names it */
export function expect(what: string, expression: Expression, kinds: readonly Kind[]): void {
  if (kinds.includes(expression.kind)) return;
  const expected = kinds.map(kindName).join(', ');
  throw formulaError(
    `Incorrect parameter type for ${what}. Expected ${expected}, received ${kindName(expression.kind)}`,
  );
}
