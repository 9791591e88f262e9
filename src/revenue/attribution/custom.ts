/**
 * Weights of a vendor's own: a CEL expression over one touch, checked when the file is read. It runs in time proportional to
 * its length: no regular expressions, no loops, limits on size and depth, so nothing that is typed can hang a run.
 */
import {
  type ASTNode,
  TypeError as CelTypeError,
  Environment,
  EvaluationError,
  ParseError,
} from '@marcbachmann/cel-js';
import { suggestion } from '../../mapping/yaml-file.ts';

/** What a weight can depend on. Numbers are whole. */
export interface TouchFacts {
  readonly kind: string;
  /** The name of the campaign, or of the partner. */
  readonly campaign: string;
  /** Blank where the CRM states none. */
  readonly status: string;
  /** The place in the journey, from 1, and how many touches it has. */
  readonly place: number;
  readonly count: number;
  /** Whole days from the touch to the close of the deal. */
  readonly daysBefore: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The last touch before the lead was released, before its deal was opened. */
  readonly madeLead: boolean;
  readonly madeDeal: boolean;
  readonly byPartner: boolean;
  readonly funded: boolean;
}

export interface WeightProblem {
  /** Into the text of the expression. */
  readonly offset: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** A number that is not negative; null where the expression gives none (a division by zero, a negative number). */
export type CustomWeight = (touch: TouchFacts) => number | null;

const FIELDS = {
  kind: 'string',
  campaign: 'string',
  status: 'string',
  place: 'int',
  count: 'int',
  daysBefore: 'int',
  isFirst: 'bool',
  isLast: 'bool',
  madeLead: 'bool',
  madeDeal: 'bool',
  byPartner: 'bool',
  funded: 'bool',
} as const satisfies Record<keyof TouchFacts, string>;
const NAMES = Object.keys(FIELDS) as (keyof TouchFacts)[];
const FUNCTIONS: readonly string[] = ['size', 'contains', 'startsWith', 'endsWith', 'double', 'int'];
const OPERATORS: ReadonlySet<string> = new Set([
  ...['value', 'id', '.', 'call', 'rcall', 'list', '?:', '||', '&&', '!_', '-_'],
  ...['==', '!=', '<', '<=', '>', '>=', 'in', '+', '-', '*', '/', '%'],
]);
const LONGEST = 1000;

class KnownTouch {
  [field: string]: string | bigint | boolean;
}

const environment = new Environment({
  limits: { maxAstNodes: 300, maxDepth: 24, maxListElements: 200, maxCallArguments: 4 },
});
environment.registerType('touch', { ctor: KnownTouch, fields: FIELDS });
environment.registerVariable('touch', 'touch');

/** Compiles a weight, or says everything that is wrong with it. */
export function compileWeight(source: string): CustomWeight | WeightProblem[] {
  if (source.length > LONGEST)
    return [{ offset: 0, message: `the weight is longer than ${LONGEST} characters`, hint: 'write it shorter' }];
  if (source.trim() === '')
    return [{ offset: 0, message: 'the weight is empty', hint: 'such as touch.kind == "webinar" ? 3 : 1' }];
  try {
    const parsed = environment.parse(source);
    const problems = problemsIn(parsed.ast);
    if (problems.length > 0) return problems;
    const checked = parsed.check();
    if (checked.error) return [inWords(checked.error)];
    const type = String(checked.type);
    if (type !== 'int' && type !== 'double')
      return [{ offset: 0, message: `a weight is a number, this is a ${typeWords(type)}`, hint: 'write ... ? 1 : 0' }];
    return (touch) => {
      try {
        const weight = Number(parsed({ touch: known(touch) }));
        return Number.isFinite(weight) && weight >= 0 ? weight : null;
      } catch (error) {
        if (error instanceof EvaluationError) return null;
        throw error;
      }
    };
  } catch (error) {
    if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)
      return [inWords(error)];
    throw error;
  }
}

function known(touch: TouchFacts): KnownTouch {
  const made = new KnownTouch();
  for (const name of NAMES) {
    const value = touch[name];
    made[name] = typeof value === 'number' ? BigInt(Math.trunc(value)) : value;
  }
  return made;
}

/** What CEL itself would take but a weight may not use: it could run without end, or names nothing. */
function problemsIn(node: ASTNode): WeightProblem[] {
  const here = (message: string, hint?: string): WeightProblem[] => [{ offset: node.start, message, hint }];
  if (!OPERATORS.has(node.op)) return here('brackets and braces are not used here', 'write touch.kind');
  if (node.op === 'id')
    return node.args === 'touch'
      ? here('"touch" alone is no value', 'name one of its fields, as in touch.kind')
      : here(`unknown name "${node.args}"`, 'facts are written touch.kind');
  if (node.op === '.') {
    const [left, name] = node.args;
    if (left.op !== 'id' || left.args !== 'touch')
      return here(`".${name}" does not fit here`, 'facts are written touch.kind');
    return Object.hasOwn(FIELDS, name) ? [] : here(`"touch" has no field "${name}"`, suggestion(name, NAMES));
  }
  if (node.op === 'call' || node.op === 'rcall') {
    const [name] = node.args;
    if (!FUNCTIONS.includes(name))
      return here(
        name === 'matches'
          ? '"matches" is not offered: regular expressions can run away'
          : `the function "${name}" is not offered`,
        suggestion(name, FUNCTIONS) ?? `known: ${FUNCTIONS.join(', ')}`,
      );
  }
  return operandsOf(node).flatMap(problemsIn);
}

function operandsOf(node: ASTNode): ASTNode[] {
  if (node.op === 'value') return [];
  if (node.op === 'call') return node.args[1];
  if (node.op === 'rcall') return [node.args[1], ...node.args[2]];
  const args: unknown = node.args;
  return (Array.isArray(args) ? args.flat() : [args]).filter(isNode);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value;
}

function typeWords(type: string): string {
  return { string: 'text', bool: 'yes or no', int: 'whole number', double: 'decimal number' }[type] ?? type;
}

function inWords(error: {
  readonly code: string;
  readonly summary: string;
  readonly range?: { readonly start: number };
}): WeightProblem {
  const offset = error.range?.start ?? 0;
  if (error.code === 'limit_exceeded')
    return { offset, message: 'the weight is too long or too deeply nested', hint: 'write it shorter' };
  if (/double/.test(error.summary))
    return {
      offset,
      message: error.summary,
      hint: 'write all numbers with decimals (2.0) or none; double(touch.place)',
    };
  return { offset, message: error.summary };
}
