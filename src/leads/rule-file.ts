import type { z } from 'zod';
import { readYamlFile, type YamlPath } from '../mapping/yaml-file.ts';
import { ConfigError, type ConfigProblem } from '../model/config-error.ts';
import type { RuleProblem } from './rule-check.ts';
import type { Scope } from './rule-scope.ts';
import { type Condition, compileCondition, compileTemplate, type Template } from './rules.ts';

/** Collects what is wrong with the conditions and texts of one file, so that a person sees all of it at once. */
export interface RuleFile<T> {
  readonly value: T;
  condition(path: YamlPath, source: string, scope: Scope): Condition;
  template(path: YamlPath, source: string, scope: Scope): Template;
  problem(path: YamlPath, message: string, hint?: string): void;
  /** Throws a ConfigError where anything was wrong; until then what was wrong is stood in for by what is never met. */
  done(): void;
}

/** Reads a file of rules; throws a ConfigError at once where its shape is wrong. */
export function readRuleFile<T>(file: string, text: string, schema: z.ZodType<T>): RuleFile<T> {
  const yaml = readYamlFile(file, text, schema);
  const problems: ConfigProblem[] = [];
  const note = (path: YamlPath, source: string, found: readonly RuleProblem[]) => {
    for (const { offset, message, hint } of found) {
      const start = yaml.problemAt(path, message, hint === undefined ? {} : { hint });
      problems.push({ ...start, ...placeInside(text, start, source, offset) });
    }
  };
  return {
    value: yaml.value,
    condition(path, source, scope) {
      const compiled = compileCondition(source, scope);
      if (!Array.isArray(compiled)) return compiled;
      note(path, source, compiled);
      return { source, test: () => false, judge: () => false, unknowns: () => [], references: [] };
    },
    template(path, source, scope) {
      const compiled = compileTemplate(source, scope);
      if (!Array.isArray(compiled)) return compiled;
      note(path, source, compiled);
      return { source, fill: () => source };
    },
    problem: (path, message, hint) => problems.push(yaml.problemAt(path, message, hint === undefined ? {} : { hint })),
    done() {
      // In the order of the file, whatever the order in which they were found.
      if (problems.length > 0)
        throw new ConfigError(
          problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)),
        );
    },
  };
}

/**
 * The line and column of a character of a scalar, given where the scalar starts in the file: both are walked side by
 * side over what YAML adds (quotes, escapes, a block's header, indentation and line ends). Where they part, the start
 * of the scalar is the answer.
 */
export function placeInside(
  text: string,
  start: { readonly line?: number; readonly column?: number },
  scalar: string,
  offset: number,
): { line?: number; column?: number } {
  if (start.line === undefined || start.column === undefined) return {};
  const lines = text.split('\n');
  let at = lines.slice(0, start.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + start.column - 1;
  if (text[at] === '|' || text[at] === '>') at = text.indexOf('\n', at);
  for (let n = 0; n <= offset; ) {
    const [sought, met] = [scalar[n], text[at]];
    if (n === offset && (sought === undefined || sought === met)) break;
    if (met === undefined) return { line: start.line, column: start.column };
    if (sought === met) n++;
    else if (sought !== undefined && /\s/.test(sought)) {
      n++;
      continue;
    } else if (!/[\s\\'"]/.test(met)) return { line: start.line, column: start.column };
    at++;
  }
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}
