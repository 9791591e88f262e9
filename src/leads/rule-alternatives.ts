/**
 * A condition as alternatives, each a set of demands on single fields: enough to see that a condition contradicts itself
 * or that another one is wider. What is not a comparison of a field with a constant is a demand known only by its text.
 */
import { type ASTNode, serialize } from '@marcbachmann/cel-js';
import { environmentOf, fieldOf, type Scope } from './rule-scope.ts';

/** What one field must be; `known` is false where it must not be known, and then there is nothing else. */
export interface Demand {
  readonly known: boolean;
  /** The only values it may have; null: any but `not`. */
  readonly among: ReadonlySet<string> | null;
  readonly not: ReadonlySet<string>;
  /** Whole numbers, both included. */
  readonly least: number;
  readonly most: number;
}

export interface Alternative {
  readonly fields: ReadonlyMap<string, Demand>;
  /** Demands known by their text, each with whether it must be met or not. */
  readonly others: ReadonlySet<string>;
}

/** More alternatives than this are not looked at: conditions that people write have few. */
const MOST = 64;

/** The alternatives that can be met: none, it never is. Undefined where the condition does not parse or has too many. */
export function alternativesOf(source: string, scope: Scope): readonly Alternative[] | undefined {
  let ast: ASTNode;
  try {
    ast = environmentOf(scope).parse(source).ast;
  } catch {
    return undefined;
  }
  return expand(ast, true);
}

/** Whether whatever meets `narrow` meets `wide`, too. */
export function implies(narrow: Alternative, wide: Alternative): boolean {
  for (const [field, demand] of wide.fields) {
    const own = narrow.fields.get(field);
    if (!own || !within(own, demand)) return false;
  }
  return [...wide.others].every((other) => narrow.others.has(other));
}

function expand(ast: ASTNode, met: boolean): readonly Alternative[] | undefined {
  switch (ast.op) {
    case '!_':
      return expand(ast.args, !met);
    case '&&':
    case '||': {
      const left = expand(ast.args[0], met);
      const right = expand(ast.args[1], met);
      if (!left || !right) return undefined;
      // "Not (a and b)" is "not a or not b".
      const all =
        (ast.op === '&&') === met ? left.flatMap((a) => right.flatMap((b) => both(a, b))) : [...left, ...right];
      return all.length > MOST ? undefined : all;
    }
    default: {
      const alternative = leaf(ast, met);
      return possible(alternative) ? [alternative] : [];
    }
  }
}

const ANY: Demand = {
  known: true,
  among: null,
  not: new Set(),
  least: Number.NEGATIVE_INFINITY,
  most: Number.POSITIVE_INFINITY,
};

function leaf(ast: ASTNode, met: boolean): Alternative {
  const demand = fieldDemand(ast, met);
  if (demand) return { fields: new Map([demand]), others: new Set() };
  return { fields: new Map(), others: new Set([`${met ? '' : 'not '}${serialize(ast)}`]) };
}

/** What a comparison asks of its field, where it has one field and constants. */
function fieldDemand(ast: ASTNode, met: boolean): readonly [field: string, Demand] | undefined {
  if (ast.op === '.') {
    const field = nameOf(ast);
    return field ? [field, { ...ANY, among: new Set([String(met)]) }] : undefined;
  }
  if (ast.op === 'call' && ast.args[0] === 'has') {
    const field = ast.args[1][0] && nameOf(ast.args[1][0]);
    return field ? [field, { ...ANY, known: met }] : undefined;
  }
  if (ast.op === 'in') {
    const field = nameOf(ast.args[0]);
    const list = ast.args[1];
    const values = list.op === 'list' ? list.args.map(constantOf) : [undefined];
    if (!field || !values.every((value) => typeof value === 'string')) return undefined;
    return [field, met ? { ...ANY, among: new Set(values) } : { ...ANY, not: new Set(values) }];
  }
  const operator = met ? ast.op : OPPOSITE[ast.op];
  if (operator === undefined || !(ast.op in OPPOSITE)) return undefined;
  const [left, right] = ast.args as [ASTNode, ASTNode];
  const [forward, backward] = [nameOf(left), nameOf(right)];
  const [leftValue, rightValue] = [constantOf(left), constantOf(right)];
  if (forward && rightValue !== undefined) return compared(forward, operator, rightValue);
  if (backward && leftValue !== undefined) return compared(backward, MIRRORED[operator] ?? operator, leftValue);
  return undefined;
}

const OPPOSITE: Readonly<Record<string, string>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};
const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function compared(
  field: string,
  operator: string,
  value: string | number,
): readonly [field: string, Demand] | undefined {
  if (typeof value === 'string') {
    if (operator === '==') return [field, { ...ANY, among: new Set([value]) }];
    return operator === '!=' ? [field, { ...ANY, not: new Set([value]) }] : undefined;
  }
  const limits: Readonly<Record<string, Partial<Demand>>> = {
    '==': { least: value, most: value },
    '<': { most: value - 1 },
    '<=': { most: value },
    '>': { least: value + 1 },
    '>=': { least: value },
  };
  return limits[operator] && [field, { ...ANY, ...limits[operator] }];
}

function both(a: Alternative, b: Alternative): Alternative[] {
  const fields = new Map(a.fields);
  for (const [field, demand] of b.fields) {
    const own = fields.get(field);
    const joined = own ? join(own, demand) : demand;
    if (!joined) return [];
    fields.set(field, joined);
  }
  const alternative = { fields, others: new Set([...a.others, ...b.others]) };
  return possible(alternative) ? [alternative] : [];
}

/** Both demands at once, or null where one wants the field known and the other does not. */
function join(a: Demand, b: Demand): Demand | null {
  if (a.known !== b.known) return null;
  const [first, second] = [a.among, b.among];
  return {
    known: a.known,
    among: first && second ? new Set([...first].filter((value) => second.has(value))) : (first ?? second),
    not: new Set([...a.not, ...b.not]),
    least: Math.max(a.least, b.least),
    most: Math.min(a.most, b.most),
  };
}

function possible({ fields, others }: Alternative): boolean {
  for (const [name, demand] of fields) {
    if (!demand.known) continue;
    const [root = '', field = ''] = name.split('.');
    const words = demand.among ?? fieldOf(root, field)?.words;
    if (words && [...words].every((word) => demand.not.has(word))) return false;
    const [least, most] = LIMITS[name] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    if (Math.max(demand.least, least) > Math.min(demand.most, most)) return false;
  }
  return ![...others].some((other) => others.has(`not ${other}`));
}

/** Between what numbers a field lies. */
const LIMITS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  'lead.score': [0, 100],
  'person.employees': [0, Number.POSITIVE_INFINITY],
  'touches.count': [0, Number.POSITIVE_INFINITY],
  'touches.campaigns': [0, Number.POSITIVE_INFINITY],
  'touches.daysSinceLast': [0, Number.POSITIVE_INFINITY],
};

function within(narrow: Demand, wide: Demand): boolean {
  if (narrow.known !== wide.known) return false;
  const allowed = (value: string) => (wide.among?.has(value) ?? true) && !wide.not.has(value);
  const values = narrow.among
    ? [...narrow.among].every((value) => narrow.not.has(value) || allowed(value))
    : wide.among === null && [...wide.not].every((value) => narrow.not.has(value));
  return values && narrow.least >= wide.least && narrow.most <= wide.most;
}

function nameOf(ast: ASTNode): string | undefined {
  return ast.op === '.' && ast.args[0].op === 'id' ? `${ast.args[0].args}.${ast.args[1]}` : undefined;
}

function constantOf(ast: ASTNode): string | number | undefined {
  if (ast.op === '-_') {
    const value = constantOf(ast.args);
    return typeof value === 'number' ? -value : undefined;
  }
  if (ast.op !== 'value') return undefined;
  if (typeof ast.args === 'bigint') return Number(ast.args);
  return typeof ast.args === 'string' ? ast.args : undefined;
}
