import { badRequest, type SalesforceError } from '../errors.ts';
import type { Caller, Org } from '../org/org.ts';
import type { FieldDef, FieldType, ObjectDef, Row, Shown } from '../schema/types.ts';
import { pointAt } from './parse.ts';

/** Where names of a query are looked up. */
export interface Scope {
  readonly org: Org;
  readonly caller: Caller;
  readonly object: ObjectDef;
  /** The name that FROM gave the object, if any. */
  readonly alias: string | undefined;
  /** The whole query, for messages. */
  readonly soql: string;
  /** Deleted rows count too (queryAll). */
  readonly deleted: boolean;
}

/** A value that a query reads from `T`: a row, or a group of rows. */
export interface Expression<T> {
  readonly name: string;
  readonly type: FieldType;
  /** The field behind it, null for computed values. */
  readonly field: FieldDef | null;
  readonly get: (from: T) => Shown;
}

/** A relationship on the way from a row to a value. `object` is null where the parent may be of several kinds. */
export interface Step {
  readonly name: string;
  readonly object: ObjectDef | null;
  readonly reference: FieldDef;
}

interface Path {
  readonly steps: readonly Step[];
  readonly expression: Expression<Row>;
}

/** What every possible owner, or other polymorphic parent, has in common. */
const NAME_FIELDS: Readonly<Record<string, string>> = Object.fromEntries(
  ['Id', 'Name', 'FirstName', 'LastName', 'Email', 'Phone', 'Title', 'Alias', 'Username', 'Type', 'IsActive'].map(
    (name) => [name.toLowerCase(), name],
  ),
);

const MAX_LEVELS = 5;

/** The row that a reference field of `row` points to. */
export function parentRow(org: Org, reference: FieldDef, row: Row): { object: ObjectDef; row: Row } | undefined {
  const id = reference.read ? reference.read(row, org) : row[reference.name];
  return typeof id === 'string' ? org.row(id) : undefined;
}

/** Resolves `Account.Owner.Name` against the object of the scope.  @throws INVALID_FIELD */
export function resolvePath(scope: Scope, text: string): Path {
  const parts = text.split('.');
  const head = parts[0]?.toLowerCase();
  if (parts.length > 1 && (head === scope.alias?.toLowerCase() || head === scope.object.name.toLowerCase()))
    parts.shift();
  const name = parts.pop() ?? '';
  if (parts.length > MAX_LEVELS) {
    throw fieldError(scope, text, 'SOQL statements cannot query parent relationships that go more than 5 levels up.');
  }
  const steps: Step[] = [];
  let object: ObjectDef | null = scope.object;
  for (const part of parts) {
    const reference: FieldDef | undefined = object ? relationship(scope, object, part) : undefined;
    if (!reference) {
      throw fieldError(
        scope,
        text,
        `Didn't understand relationship '${part}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
      );
    }
    const only: string | undefined = reference.referenceTo.length === 1 ? reference.referenceTo[0] : undefined;
    object = only === undefined ? null : (scope.org.schema.object(only) ?? null);
    steps.push({ name: reference.relationshipName ?? part, object, reference });
  }
  return {
    steps,
    expression: object ? ofObject(scope, steps, object, name, text) : ofAnyone(scope, steps, name, text),
  };
}

function relationship(scope: Scope, object: ObjectDef, name: string): FieldDef | undefined {
  const wanted = name.toLowerCase();
  for (const field of object.fields.values()) {
    if (field.relationshipName?.toLowerCase() === wanted && scope.org.sees(object, field, scope.caller)) return field;
  }
  return undefined;
}

/** Follows the steps from a row to the row at their end. */
function follow(org: Org, steps: readonly Step[], row: Row): { object: ObjectDef; row: Row } | undefined {
  let found: { object: ObjectDef; row: Row } | undefined;
  let current = row;
  for (const step of steps) {
    found = parentRow(org, step.reference, current);
    if (!found) return undefined;
    current = found.row;
  }
  return found;
}

function ofObject(
  scope: Scope,
  steps: readonly Step[],
  object: ObjectDef,
  name: string,
  text: string,
): Expression<Row> {
  const field = scope.org.field(object, name, scope.caller);
  if (!field) throw noSuchField(scope, text, name, object.name);
  const { org } = scope;
  const get =
    steps.length === 0
      ? (row: Row) => org.value(field, row)
      : (row: Row) => {
          const parent = follow(org, steps, row);
          return parent ? org.value(field, parent.row) : null;
        };
  return { name: field.name, type: field.type, field, get };
}

function ofAnyone(scope: Scope, steps: readonly Step[], name: string, text: string): Expression<Row> {
  const canonical = NAME_FIELDS[name.toLowerCase()];
  if (!canonical) throw noSuchField(scope, text, name, 'Name');
  const type: FieldType = canonical === 'Id' ? 'id' : canonical === 'IsActive' ? 'boolean' : 'string';
  const { org } = scope;
  return {
    name: canonical,
    type,
    field: null,
    get: (row) => {
      const parent = follow(org, steps, row);
      return parent ? nameValue(org, parent, canonical) : null;
    },
  };
}

/** A field that all kinds of parents share; Type is the kind itself, Queue for queues. */
export function nameValue(org: Org, parent: { object: ObjectDef; row: Row }, name: string): Shown {
  if (name === 'Type') return parent.object.name === 'Group' ? (parent.row.Type ?? 'Group') : parent.object.name;
  const field = parent.object.fields.get(name.toLowerCase());
  return field ? org.value(field, parent.row) : null;
}

/** The position of a name of the query, outside its literals; the start where it cannot be found. */
function locate(soql: string, name: string): number {
  const wordy = (letter: string | undefined) => letter !== undefined && /[A-Za-z0-9_.]/.test(letter);
  let quoted = false;
  for (let at = 0; at < soql.length; at++) {
    const letter = soql[at];
    if (quoted && letter === '\\') at++;
    else if (letter === "'") quoted = !quoted;
    else if (!quoted && soql.startsWith(name, at) && !wordy(soql[at - 1]) && !wordy(soql[at + name.length])) return at;
  }
  return 0;
}

/** INVALID_FIELD with the place of the name. */
export function fieldError(scope: Scope, text: string, message: string, code = 'INVALID_FIELD'): SalesforceError {
  return badRequest(code, pointAt(scope.soql, locate(scope.soql, text), message));
}

function noSuchField(scope: Scope, text: string, name: string, entity: string): SalesforceError {
  return fieldError(
    scope,
    text,
    `No such column '${name}' on entity '${entity}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
  );
}

/** The object of a FROM clause.  @throws INVALID_TYPE */
export function fromObject(org: Org, soql: string, name: string): ObjectDef {
  const object = org.schema.object(name);
  if (object) return object;
  throw badRequest(
    'INVALID_TYPE',
    pointAt(
      soql,
      locate(soql, name),
      `sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
    ),
  );
}
