import { badRequest } from '../errors.ts';
import { parseFormula } from '../formula/parse.ts';
import { formulaError, type Kind, kindName } from '../formula/types.ts';
import type { FieldDef, FieldType, Lookup, ObjectDef, Row, Value } from '../schema/types.ts';

/** What the formula of a field of each type has to give. */
const RESULTS: Partial<Record<FieldType, Kind>> = {
  string: 'text',
  double: 'number',
  currency: 'number',
  percent: 'number',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
};
/** Characters that a text formula may give. */
const TEXT_LENGTH = 1300;

interface FormulaSpec {
  readonly formula: string;
  readonly blanksAsZero: boolean;
  /** Digits of a number. */
  readonly shape: { readonly precision: number; readonly scale: number };
}

/**
 * The part of a field's definition that its formula decides. Nothing is stored: the value is worked out when it is read, so that
 * a change of it moves no stamp.
 * @throws FIELD_INTEGRITY_EXCEPTION where the formula is wrong, or beyond what this org knows
 */
export function formulaField(
  object: ObjectDef,
  name: string,
  type: FieldType,
  { formula, blanksAsZero, shape }: FormulaSpec,
  objectNamed: (objectName: string) => ObjectDef | undefined,
): Partial<FieldDef> {
  const wanted = RESULTS[type];
  if (!wanted) throw badRequest('FIELD_INTEGRITY_EXCEPTION', `A field of type ${type} cannot have a formula`);
  const uses = new Set<string>();
  const expression = parseFormula(formula, {
    object,
    objectNamed,
    blanksAsZero,
    onSave: false,
    uses: (field) => uses.add(field),
  });
  if (expression.kind !== wanted && expression.kind !== 'none') {
    throw formulaError(
      `Formula result is data type (${kindName(expression.kind)}), incompatible with expected data type (${kindName(wanted)}).`,
    );
  }
  refuseCircle(`${object.name}.${name}`, uses, objectNamed);
  return {
    ...(type === 'string' ? { length: TEXT_LENGTH } : shape),
    formula,
    formulaUses: [...uses],
    formulaBlanksAsZero: blanksAsZero,
    createable: false,
    updateable: false,
    groupable: false,
    read: (row: Row, lookup: Lookup) => shown(type, shape.scale, expression.of({ row, before: null, lookup })),
  };
}

function shown(type: FieldType, scale: number, value: Value): Value {
  if (type === 'boolean') return value === true;
  if (typeof value === 'string') return value === '' ? null : value.slice(0, TEXT_LENGTH);
  if (typeof value !== 'number' || type === 'datetime') return value;
  const number = type === 'percent' ? value * 100 : value;
  return Number.isFinite(number) ? Number(number.toFixed(scale)) : null;
}

/** No formula may read its own field, directly or through other formulas. */
function refuseCircle(
  fullName: string,
  uses: ReadonlySet<string>,
  objectNamed: (objectName: string) => ObjectDef | undefined,
): void {
  const seen = new Set<string>();
  const open = [...uses];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (one.toLowerCase() === fullName.toLowerCase()) {
      throw formulaError('Formula would create circular reference: a formula cannot refer to itself.');
    }
    if (seen.has(one)) continue;
    seen.add(one);
    const [objectName = '', fieldName = ''] = one.split('.');
    open.push(...(objectNamed(objectName)?.fields.get(fieldName.toLowerCase())?.formulaUses ?? []));
  }
}
