import type { ASTNode } from '@marcbachmann/cel-js';
import { suggestion } from '../mapping/yaml-file.ts';
import { FUNCTIONS, fieldOf, ROOTS, type Root, SCOPES, type Scope } from './rule-scope.ts';

/** Something wrong in an expression, at an offset in its text. */
export interface RuleProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

const OPERATORS: ReadonlySet<string> = new Set([
  ...['value', 'id', '.', 'call', 'rcall', 'list', '?:', '||', '&&', '!_', '-_'],
  ...['==', '!=', '<', '<=', '>', '>=', 'in', '+', '-', '*', '/', '%'],
]);

/**
 * What is wrong with a parsed expression beyond what CEL's own type check finds: names that are none, functions that
 * are not offered (regular expressions and loops, which can run away, among them), texts that a field never holds.
 */
export function findProblems(ast: ASTNode, scope: Scope): RuleProblem[] {
  const problems: RuleProblem[] = [];
  visit(ast, scope, problems);
  return problems;
}

function visit(node: ASTNode, scope: Scope, problems: RuleProblem[]): void {
  const report = (message: string, hint?: string, offset = node.start) => problems.push({ offset, message, hint });
  if (!OPERATORS.has(node.op)) {
    report('brackets and braces are not used here', 'write person.country, and lists as ["DE", "AT"]');
    return;
  }
  if (node.op === 'id') reportBareName(node.args, scope, report);
  else if (node.op === '.') checkField(node, scope, report);
  else if (node.op === 'call') checkCall(node.args[0], report);
  else if (node.op === 'rcall') checkCall(node.args[0], report);
  else if (node.op === 'value' && node.args === null)
    report('null is not used in rules', 'write has(person.title) to ask whether a field is known');
  else if (node.op === '==' || node.op === '!=' || node.op === 'in') checkWords(node.args, problems);
  for (const child of childrenOf(node)) visit(child, scope, problems);
}

/** The operands of a node, without the variable's own name below a field access. */
export function childrenOf(node: ASTNode): ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
      return node.args[0].op === 'id' ? [] : [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case '!_':
    case '-_':
      return [node.args];
    default:
      return Array.isArray(node.args) ? (node.args.flat() as unknown[]).filter(isNode) : [];
  }
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value;
}

type Report = (message: string, hint?: string, offset?: number) => void;

function reportBareName(name: string, scope: Scope, report: Report): void {
  const roots: readonly string[] = SCOPES[scope];
  if (roots.includes(name)) {
    const example = Object.keys(ROOTS[name as Root])[0];
    report(`"${name}" alone is no value`, `name one of its fields, as in ${name}.${example}`);
  } else if (/^[A-Z]/.test(name)) report(`unknown name "${name}"`, `a text stands in quotes: "${name}"`);
  else report(`unknown name "${name}"`, suggestion(name, roots));
}

function checkField(node: ASTNode & { op: '.' }, scope: Scope, report: Report): void {
  const [left, name] = node.args;
  if (left.op !== 'id') {
    report(`".${name}" does not fit here`, 'fields are written person.country');
    return;
  }
  const root = left.args;
  const roots: readonly string[] = SCOPES[scope];
  if (!roots.includes(root)) {
    const elsewhere = Object.hasOwn(ROOTS, root) ? `here there is ${roots.join(', ')}` : suggestion(root, roots);
    report(`unknown name "${root}"`, elsewhere, left.start);
    return;
  }
  if (fieldOf(root, name)) return;
  report(`"${root}" has no field "${name}"`, suggestion(name, Object.keys(ROOTS[root as Root])), node.pos);
}

function checkCall(name: string, report: Report): void {
  if ((FUNCTIONS as readonly string[]).includes(name)) return;
  if (name === 'matches')
    report(
      '"matches" is not offered: regular expressions can run away',
      'use contains, startsWith, endsWith or mentions',
    );
  else report(`unknown function "${name}"`, suggestion(name, FUNCTIONS) ?? `known: ${FUNCTIONS.join(', ')}`);
}

/** A field compared with a text that it never holds ("mlq", "Germany") would silently never be met. */
function checkWords([left, right]: readonly [ASTNode, ASTNode], problems: RuleProblem[]): void {
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (side.op !== '.' || side.args[0].op !== 'id') continue;
    const field = fieldOf(side.args[0].args, side.args[1]);
    for (const literal of other.op === 'list' ? other.args : [other]) {
      if (literal.op !== 'value' || typeof literal.args !== 'string') continue;
      const word = literal.args;
      const name = `${side.args[0].args}.${side.args[1]}`;
      if (field?.words && !field.words.includes(word))
        problems.push({
          offset: literal.start,
          message: `${name} is never "${word}"`,
          hint: (word.length > 2 && suggestion(word, field.words)) || `known: ${field.words.join(', ')}`,
        });
      if (field?.pattern && !field.pattern.test.test(word))
        problems.push({ offset: literal.start, message: `${name} is never "${word}"`, hint: field.pattern.say });
    }
  }
}

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/\blist<string>/g, 'list of texts'],
  [/\blist<int>/g, 'list of numbers'],
  [/\bstring\b/g, 'text'],
  [/\bint\b/g, 'number'],
  [/\bdouble\b/g, 'decimal number'],
  [/\bbool\b/g, 'yes/no'],
];

/** CEL's name of a type in words for people. */
export function typeWords(type: string): string {
  return TYPES.reduce((words, [pattern, word]) => words.replace(pattern, word), type);
}

/** CEL's own error (parsing or type check) in words for people. */
export function wordProblem(
  error: {
    readonly code: string;
    readonly summary: string;
    readonly range?: { readonly start: number };
  },
  source: string,
): RuleProblem {
  const offset = error.range?.start ?? 0;
  const overload = /^no such overload: (.+?) (\S+) (.+)$/.exec(error.summary);
  if (overload) {
    const [, left = '', operator = '', right = ''] = overload;
    const both = `a ${typeWords(left)} and a ${typeWords(right)}`;
    const hint = /double/.test(left + right) ? 'numbers are whole here: write 2, not 2.0' : 'compare like with like';
    return { offset, message: `"${operator}" does not go between ${both}`, hint };
  }
  if (error.code === 'no_matching_overload') {
    const call = /'(.+)'/.exec(error.summary)?.[1] ?? error.summary;
    return {
      offset,
      message: `${typeWords(call)} is no function that exists`,
      hint: `functions: ${FUNCTIONS.join(', ')}`,
    };
  }
  if (error.code === 'limit_exceeded')
    return { offset, message: 'the expression is too long or too deeply nested', hint: 'split it into several rules' };
  if (error.code === 'unexpected_token' && error.summary.endsWith('EOF'))
    return { offset, message: 'the expression ends too early', hint: slipHint(source) };
  return { offset, message: typeWords(error.summary), hint: slipHint(source) };
}

/** What people write who know other languages. */
function slipHint(source: string): string | undefined {
  const bare = source.replace(/"[^"]*"|'[^']*'/g, '""');
  if (/[^=!<>]=[^=]/.test(bare)) return 'to compare write ==';
  if (/\b(and|or|not|like|is)\b/i.test(bare)) return 'write && for and, || for or, ! for not';
  if (/\d[ ,.']\d{3}\b/.test(bare)) return 'write numbers without separators: 5000';
  if (/\(\s*\w+\s*\)/.test(bare) && /\bhas\(/.test(bare)) return 'has asks for a field, as in has(person.title)';
  return undefined;
}
