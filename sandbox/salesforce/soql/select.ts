import type { FieldTypeOf, FieldType as ParsedField, Subquery } from '@jetstreamapp/soql-parser-js';
import { badRequest } from '../errors.ts';
import { show, showDatetime } from '../format.ts';
import type { FieldDef, ObjectDef, Row, Shown } from '../schema/types.ts';
import { fieldError, nameValue, parentRow, resolvePath, type Scope, type Step } from './scope.ts';

/** A record as JSON. */
export type Json = Record<string, unknown>;

/** Writes one thing of a row into the JSON record. */
type Writer = (row: Row, into: Json) => void;

/** Runs a child query of one parent row: the nested result, null where there are no children. */
export type ChildRunner = (parent: Row) => Json | null;

interface Selection {
  readonly render: (row: Row) => Json;
  /** Number of child rows that the last rendered record carried. */
  readonly columns: readonly Column[];
  readonly hasId: boolean;
}

/** What columnMetadata says of a selected column. */
export interface Column {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly custom: boolean;
  readonly aggregate: boolean;
  readonly foreignKey: string | null;
  readonly insertable: boolean;
  readonly updatable: boolean;
  readonly children: readonly Column[];
}

/** A record under construction: what the query takes from it, parents among it, in the order of the SELECT list. */
interface Branch {
  readonly writers: Writer[];
  readonly parents: Map<string, Branch>;
}

function attributes(type: string, object: ObjectDef, row: Row, base: string): Json {
  return { type, url: `${base}/sobjects/${object.name}/${row.Id}` };
}

const FIELDS_LIMIT = 200;

/** Compiles the SELECT list of a query that yields records.
 * @param base the address of the API version, which stands in every record's url
 * @param child compiles a child query
 */
export function compileSelect(
  scope: Scope,
  fields: readonly ParsedField[],
  limit: number | undefined,
  base: string,
  child: (subquery: Subquery) => { name: string; run: ChildRunner },
): Selection {
  const root: Branch = { writers: [], parents: new Map() };
  const seen = new Set<string>();
  const columns: Column[] = [];
  const once = (text: string) => {
    if (seen.has(text.toLowerCase())) throw badRequest('MALFORMED_QUERY', `duplicate field selected: ${text}`);
    seen.add(text.toLowerCase());
  };
  const plain = (field: FieldDef) => {
    once(field.name);
    columns.push(columnOf(field));
    root.writers.push((row, into) => {
      into[field.name] = show(field, scope.org.value(field, row));
    });
  };
  for (const parsed of fields) {
    if (parsed.type === 'FieldSubquery') {
      const { name, run } = child(parsed.subquery);
      once(name);
      root.writers.push((row, into) => {
        into[name] = run(row);
      });
    } else if (parsed.type === 'FieldTypeof') {
      once(parsed.field);
      root.writers.push(typeOf(scope, parsed, base));
    } else if (parsed.type === 'FieldFunctionExpression' && parsed.functionName.toUpperCase() === 'FIELDS') {
      for (const field of group(scope, String(parsed.parameters[0]), limit))
        if (!seen.has(field.name.toLowerCase())) plain(field);
    } else if (parsed.type === 'FieldFunctionExpression') {
      root.writers.push(functionWriter(scope, parsed));
    } else {
      const text =
        parsed.type === 'FieldRelationship' ? [...parsed.relationships, parsed.field].join('.') : parsed.field;
      if ('alias' in parsed && parsed.alias && parsed.type === 'Field') {
        throw fieldError(scope, parsed.field, 'only aggregate expressions use field aliasing', 'MALFORMED_QUERY');
      }
      const path = resolvePath(scope, text);
      if (path.steps.length === 0 && path.expression.field) plain(path.expression.field);
      else {
        once(text);
        columns.push(nestedColumn(path.steps, path.expression.field, path.expression.name));
        addParent(scope, base, root, path.steps, path.expression.name, path.expression.field);
      }
    }
  }
  return {
    columns,
    hasId: seen.has('id'),
    render: (row) => {
      const into: Json = { attributes: attributes(scope.object.name, scope.object, row, base) };
      for (const write of root.writers) write(row, into);
      return into;
    },
  };
}

/** The fields that FIELDS(ALL), FIELDS(STANDARD) or FIELDS(CUSTOM) stands for. */
function group(scope: Scope, which: string, limit: number | undefined): FieldDef[] {
  const kind = which.toUpperCase();
  if (kind !== 'STANDARD' && (limit === undefined || limit > FIELDS_LIMIT)) {
    throw badRequest('MALFORMED_QUERY', 'The SOQL FIELDS function must have a LIMIT of at most 200');
  }
  return [...scope.org.fields(scope.object, scope.caller)].filter(
    (field) => kind === 'ALL' || field.custom === (kind === 'CUSTOM'),
  );
}

function addParent(
  scope: Scope,
  base: string,
  root: Branch,
  steps: readonly Step[],
  name: string,
  field: FieldDef | null,
): void {
  let branch = root;
  for (const step of steps) {
    let next = branch.parents.get(step.name);
    if (!next) {
      next = { writers: [], parents: new Map() };
      branch.parents.set(step.name, next);
      branch.writers.push(parentWriter(scope, base, step, next));
    }
    branch = next;
  }
  branch.writers.push((row, into) => {
    if (field) into[name] = show(field, scope.org.value(field, row));
    else {
      const object = scope.org.schema.byPrefix(row.Id.slice(0, 3));
      into[name] = object ? nameValue(scope.org, { object, row }, name) : null;
    }
  });
}

function parentWriter(scope: Scope, base: string, step: Step, branch: Branch): Writer {
  return (row, into) => {
    const found = parentRow(scope.org, step.reference, row);
    if (!found) {
      into[step.name] = null;
      return;
    }
    // Where the parent may be of several kinds the platform calls it a Name.
    const record: Json = { attributes: attributes(step.object?.name ?? 'Name', found.object, found.row, base) };
    for (const write of branch.writers) write(found.row, record);
    into[step.name] = record;
  };
}

function typeOf(scope: Scope, parsed: FieldTypeOf, base: string): Writer {
  const wanted = parsed.field.toLowerCase();
  let reference: FieldDef | undefined;
  for (const field of scope.object.fields.values())
    if (field.relationshipName?.toLowerCase() === wanted) reference = field;
  if (!reference || reference.referenceTo.length < 2) {
    throw fieldError(
      scope,
      parsed.field,
      `TYPEOF is not allowed for the relationship '${parsed.field}'`,
      'MALFORMED_QUERY',
    );
  }
  const branches = parsed.conditions.map((condition) => ({
    object: condition.objectType ? scope.org.schema.object(condition.objectType) : null,
    fields: condition.fieldList,
  }));
  const [polymorphic, name] = [reference, reference.relationshipName ?? parsed.field];
  return (row, into) => {
    const found = parentRow(scope.org, polymorphic, row);
    if (!found) {
      into[name] = null;
      return;
    }
    const branch = branches.find((one) => one.object === found.object) ?? branches.find((one) => one.object === null);
    const record: Json = { attributes: attributes(found.object.name, found.object, found.row, base) };
    for (const text of branch?.fields ?? []) {
      const inner = resolvePath({ ...scope, object: found.object, alias: undefined }, text);
      record[inner.expression.name] = inner.expression.field
        ? show(inner.expression.field, inner.expression.get(found.row))
        : inner.expression.get(found.row);
    }
    into[name] = record;
  };
}

function functionWriter(
  scope: Scope,
  parsed: { functionName: string; parameters: unknown[]; alias?: string; rawValue?: string },
): Writer {
  const name = parsed.functionName.toUpperCase();
  let inner = parsed.parameters[0];
  // FORMAT(convertCurrency(Amount)) formats the amount: the org has one currency to show it in.
  while (typeof inner === 'object' && inner !== null && 'parameters' in inner)
    inner = (inner as { parameters: unknown[] }).parameters[0];
  if (!['TOLABEL', 'FORMAT', 'CONVERTCURRENCY', 'CONVERTTIMEZONE'].includes(name) || typeof inner !== 'string') {
    throw badRequest('MALFORMED_QUERY', `unexpected token: '${parsed.rawValue ?? parsed.functionName}'`);
  }
  const { expression } = resolvePath(scope, inner);
  const key = parsed.alias ?? expression.name;
  const { field } = expression;
  return (row, into) => {
    const value = expression.get(row);
    if (name === 'TOLABEL' && field) into[key] = labels(field, value);
    else if (name === 'FORMAT' && field) into[key] = formatted(field, value);
    else into[key] = field ? show(field, value) : value;
  };
}

/** The labels of picklist values. */
export function labels(field: FieldDef, value: Shown): Shown {
  if (typeof value !== 'string') return value;
  const label = (one: string) => field.picklist.find((entry) => entry.value === one)?.label ?? one;
  return field.type === 'multipicklist' ? value.split(';').map(label).join(';') : label(value);
}

/** A number, date or instant in the user's locale, en_US. */
function formatted(field: FieldDef, value: Shown): Shown {
  if (value === null) return null;
  if (typeof value === 'number') {
    if (field.type === 'datetime') {
      return new Date(value).toLocaleString('en-US', {
        timeZone: 'UTC',
        dateStyle: 'short',
        timeStyle: 'short',
      });
    }
    const digits = { minimumFractionDigits: field.scale, maximumFractionDigits: field.scale };
    return field.type === 'currency'
      ? value.toLocaleString('en-US', { style: 'currency', currency: 'USD', ...digits })
      : `${value.toLocaleString('en-US', digits)}${field.type === 'percent' ? '%' : ''}`;
  }
  if (field.type === 'date' && typeof value === 'string') {
    const [year, month, day] = value.split('-').map(Number);
    return `${month}/${day}/${year}`;
  }
  return value;
}

/** A value of an aggregate result as JSON. */
export function showAggregate(type: string, value: Shown): Shown {
  return type === 'datetime' && typeof value === 'number' ? showDatetime(value) : value;
}

function columnOf(field: FieldDef): Column {
  return {
    name: field.name,
    label: field.label,
    type: field.type,
    custom: field.custom,
    aggregate: false,
    foreignKey: field.relationshipName,
    insertable: field.createable,
    updatable: field.updateable,
    children: [],
  };
}

function nestedColumn(steps: readonly Step[], field: FieldDef | null, name: string): Column {
  const leaf: Column = field
    ? columnOf(field)
    : {
        name,
        label: name,
        type: 'string',
        custom: false,
        aggregate: false,
        foreignKey: null,
        insertable: false,
        updatable: false,
        children: [],
      };
  return steps.reduceRight<Column>(
    (inner, step) => ({
      ...columnOf(step.reference),
      name: step.name,
      foreignKey: step.reference.name,
      children: [inner],
    }),
    leaf,
  );
}
