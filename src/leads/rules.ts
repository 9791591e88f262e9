/**
 * The conditions and texts that a channel manager writes in config/*.yaml.
 *
 * A condition is a CEL expression over declared names (rule-scope.ts), checked when the file is read: unknown names,
 * wrong types and texts that a field never holds are errors with their place. It runs in time proportional to its
 * length: no regular expressions, no loops, limits on size and depth.
 *
 * What is not known is neither true nor false. A comparison with a field that the CRM left empty is undecided, `!` of
 * it too, `||` needs one side that is true and `&&` two; an undecided condition is not met. So `person.employees < 50`
 * and `person.country != "DE"` speak only of people of whom the number and the country are known, and
 * `has(person.employees)` asks whether it is. These are CEL's own rules for missing fields.
 */
import { TypeError as CelTypeError, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import { suggestion } from '../mapping/yaml-file.ts';
import { findProblems, type RuleProblem, typeWords, wordProblem } from './rule-check.ts';
import { judgeOf, missing, type Reference, referencesOf, type Verdict } from './rule-logic.ts';
import {
  environmentOf,
  fieldOf,
  ROOTS,
  type Root,
  type RuleContext,
  SCOPES,
  type Scope,
  valueText,
} from './rule-scope.ts';

export interface Condition {
  readonly source: string;
  /** Whether the condition is met; undecided counts as not. */
  test(context: RuleContext): boolean;
  /** True, false, or undefined where missing facts leave it open. */
  judge(context: RuleContext): Verdict;
  /** The facts it would have needed ("person.employees"), where it is undecided for want of them; else none. */
  unknowns(context: RuleContext): string[];
  /** The facts it compares; those it only asks `has(...)` of are not among them. */
  readonly references: readonly Reference[];
}

/** A text with {person.country} places to fill in. */
export interface Template {
  readonly source: string;
  fill(context: RuleContext): string;
}

/** The longest condition that is read, in characters. */
const MAX_EXPRESSION = 1000;

/** Compiles a condition for a scope, or says everything that is wrong with it, by offsets into `source`. */
export function compileCondition(source: string, scope: Scope): Condition | RuleProblem[] {
  if (source.length > MAX_EXPRESSION)
    return [
      {
        offset: 0,
        message: `the condition is longer than ${MAX_EXPRESSION} characters`,
        hint: 'split it into several rules',
      },
    ];
  if (source.trim() === '')
    return [
      {
        offset: 0,
        message: 'the condition is empty',
        hint: "one that begins with ! needs quotes: '!has(person.title)'",
      },
    ];
  const environment = environmentOf(scope);
  try {
    const parsed = environment.parse(source);
    const problems = findProblems(parsed.ast, scope);
    if (problems.length > 0) return problems;
    const checked = parsed.check();
    if (checked.error) return [wordProblem(checked.error, source)];
    if (checked.type !== 'bool')
      return [
        {
          offset: 0,
          message: `a condition is true or false, this is a ${typeWords(checked.type ?? 'value')}`,
          hint: 'compare it with something',
        },
      ];
    const judge = judgeOf(parsed.ast, environment);
    const references = referencesOf(parsed.ast);
    return {
      source,
      judge,
      references,
      test: (context) => judge(context) === true,
      unknowns: (context) =>
        judge(context) === undefined ? missing(references, context).map((reference) => reference.join('.')) : [],
    };
  } catch (error) {
    if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)
      return [wordProblem(error, source)];
    throw error;
  }
}

/** Compiles a text with places, or says what is wrong with it. A fact that is not known is filled in as "unknown". */
export function compileTemplate(source: string, scope: Scope): Template | RuleProblem[] {
  const problems: RuleProblem[] = [];
  const parts: (string | readonly [root: string, field: string])[] = [];
  let end = 0;
  for (const match of source.matchAll(/\{([^{}]*)\}/g)) {
    parts.push(source.slice(end, match.index));
    end = match.index + match[0].length;
    const name = (match[1] ?? '').trim();
    const [root = '', field = ''] = name.split('.');
    const roots: readonly string[] = SCOPES[scope];
    if (roots.includes(root) && fieldOf(root, field) && name === `${root}.${field}`) parts.push([root, field]);
    else {
      const known = roots.flatMap((each) => Object.keys(ROOTS[each as Root]).map((one) => `${each}.${one}`));
      const hint = suggestion(name, known) ?? 'write a fact such as {person.country}';
      problems.push({ offset: match.index, message: `unknown place "{${name}}"`, hint });
    }
  }
  parts.push(source.slice(end));
  const brace = parts.findIndex((part) => typeof part === 'string' && /[{}]/.test(part));
  if (brace >= 0 && problems.length === 0)
    problems.push({
      offset: Math.max(0, source.search(/[{}]/)),
      message: 'a brace without its other half',
      hint: 'write a fact such as {person.country}',
    });
  if (problems.length > 0) return problems;
  return {
    source,
    fill: (context: RuleContext) =>
      parts
        .map((part) => (typeof part === 'string' ? part : (valueText(context, part[0], part[1]) ?? 'unknown')))
        .join(''),
  };
}
