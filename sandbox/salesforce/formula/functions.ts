/** The functions of formulas that this org knows; the platform has many more, which are refused by name. */
import { dayOf } from '../format.ts';
import type { Value } from '../schema/types.ts';
import { type Expression, expect, formulaError, type Kind, type Place, type Subject } from './types.ts';

/** A parameter, with the path of the field where it is nothing but a field. */
export interface Parameter extends Expression {
  readonly path?: string;
}

interface Definition {
  readonly least: number;
  readonly most: number;
  readonly onSaveOnly?: boolean;
  readonly make: (parameters: readonly Parameter[], what: string) => Expression;
}

const DAY_MS = 86_400_000;
const ANY: readonly Kind[] = ['text', 'number', 'boolean', 'date', 'datetime', 'picklist', 'none'];

export function isBlank(value: Value): boolean {
  return value === null || value === '';
}

const bool = (of: (subject: Subject) => boolean): Expression => ({ kind: 'boolean', of });
const at = (parameters: readonly Parameter[], i: number): Parameter => {
  const parameter = parameters[i];
  if (!parameter) throw new Error(`parameter ${i} was not counted`);
  return parameter;
};

/** Checks every parameter against one list of kinds. */
function all(parameters: readonly Parameter[], what: string, kinds: readonly Kind[]): readonly Parameter[] {
  for (const one of parameters) expect(what, one, kinds);
  return parameters;
}

/** Two results of which one is taken: of one kind, or one of them nothing. */
function either(what: string, one: Expression, other: Expression): Kind {
  if (one.kind === 'none') return other.kind;
  if (other.kind !== 'none') expect(what, other, [one.kind]);
  return one.kind;
}

const FUNCTIONS: Readonly<Record<string, Definition>> = {
  IF: {
    least: 3,
    most: 3,
    make: (parameters, what) => {
      const [test, yes, no] = [at(parameters, 0), at(parameters, 1), at(parameters, 2)];
      expect(what, test, ['boolean']);
      return { kind: either(what, yes, no), of: (s) => (test.of(s) === true ? yes.of(s) : no.of(s)) };
    },
  },
  AND: { least: 1, most: 30, make: (p, what) => bool(every(all(p, what, ['boolean']))) },
  OR: { least: 1, most: 30, make: (p, what) => bool(some(all(p, what, ['boolean']))) },
  NOT: { least: 1, most: 1, make: (p, what) => bool(not(at(all(p, what, ['boolean']), 0))) },
  ISBLANK: { least: 1, most: 1, make: (p) => bool((s) => isBlank(at(p, 0).of(s))) },
  BLANKVALUE: {
    least: 2,
    most: 2,
    make: (parameters, what) => {
      const [value, instead] = [at(parameters, 0), at(parameters, 1)];
      const of = (s: Subject): Value => {
        const found = value.of(s);
        return isBlank(found) ? instead.of(s) : found;
      };
      return { kind: either(what, value, instead), of };
    },
  },
  TODAY: { least: 0, most: 0, make: () => ({ kind: 'date', of: (s) => dayOf(s.lookup.now()) }) },
  DATEVALUE: {
    least: 1,
    most: 1,
    make: (parameters, what) => {
      const value = at(all(parameters, what, ['datetime', 'date']), 0);
      const of = (s: Subject): Value => {
        const found = value.of(s);
        return typeof found === 'number' ? dayOf(found) : found;
      };
      return { kind: 'date', of };
    },
  },
  TEXT: {
    least: 1,
    most: 1,
    make: (parameters, what) => {
      const value = at(all(parameters, what, ['number', 'date', 'datetime', 'picklist']), 0);
      return { kind: 'text', of: (s) => asText(value.kind, value.of(s)) };
    },
  },
  LEN: {
    least: 1,
    most: 1,
    make: (parameters, what) => {
      const value = at(all(parameters, what, ['text']), 0);
      return { kind: 'number', of: (s) => String(value.of(s) ?? '').length };
    },
  },
  CONTAINS: {
    least: 2,
    most: 2,
    make: (parameters, what) => {
      const [text, part] = [at(all(parameters, what, ['text']), 0), at(parameters, 1)];
      return bool((s) => String(text.of(s) ?? '').includes(String(part.of(s) ?? '')));
    },
  },
  ISPICKVAL: {
    least: 2,
    most: 2,
    make: (parameters, what) => {
      const [field, value] = [at(parameters, 0), at(parameters, 1)];
      expect(what, field, ['picklist']);
      expect(what, value, ['text']);
      return bool((s) => (field.of(s) ?? '') === (value.of(s) ?? ''));
    },
  },
  ISNEW: { least: 0, most: 0, onSaveOnly: true, make: () => bool((s) => s.before === null) },
  ISCHANGED: {
    least: 1,
    most: 1,
    onSaveOnly: true,
    make: (parameters, what) => {
      const field = at(parameters, 0);
      if (field.path === undefined) throw formulaError(`Incorrect parameter for ${what}. Expected a field`);
      return bool((s) => s.before !== null && field.of(s) !== field.of({ ...s, row: s.before }));
    },
  },
};
const SAME: Readonly<Record<string, string>> = { ISNULL: 'ISBLANK' };

function every(parameters: readonly Parameter[]) {
  return (s: Subject): boolean => parameters.every((one) => one.of(s) === true);
}
function some(parameters: readonly Parameter[]) {
  return (s: Subject): boolean => parameters.some((one) => one.of(s) === true);
}
function not(parameter: Parameter) {
  return (s: Subject): boolean => parameter.of(s) !== true;
}

function asText(kind: Kind, value: Value): string {
  if (value === null) return '';
  if (kind !== 'datetime' || typeof value !== 'number') return String(value);
  const instant = new Date(value).toISOString();
  return `${instant.slice(0, 10)} ${instant.slice(11, 19)}Z`;
}

/** A call of a function. @throws where it is unknown, or called with too many, too few or wrong parameters */
export function callOf(name: string, parameters: readonly Parameter[], place: Place): Expression {
  const upper = name.toUpperCase();
  const known = SAME[upper] ?? upper;
  const definition = Object.hasOwn(FUNCTIONS, known) ? FUNCTIONS[known] : undefined;
  if (!definition) {
    const list = Object.keys(FUNCTIONS).join(', ');
    throw formulaError(`Unknown function ${upper}. Check spelling. (This emulated org knows ${list} only.)`);
  }
  if (definition.onSaveOnly && !place.onSave) {
    throw formulaError(`Function ${upper} may not be used in this type of formula`);
  }
  const { least, most } = definition;
  if (parameters.length < least || parameters.length > most) {
    throw formulaError(
      `Incorrect number of parameters for function '${upper}()'. Expected ${parameters.length < least ? least : most}, received ${parameters.length}`,
    );
  }
  const what = `function '${upper}()'`;
  return definition.make(all(parameters, what, ANY), what);
}

/** Days as numbers, so that dates can be counted with. */
export function daysOf(value: Value): number | null {
  return typeof value === 'string' ? Date.parse(`${value}T00:00:00Z`) / DAY_MS : null;
}
export function dateOf(days: number): string {
  return dayOf(Math.floor(days) * DAY_MS);
}
