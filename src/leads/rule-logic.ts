import { type ASTNode, type Environment, serialize } from '@marcbachmann/cel-js';
import { childrenOf } from './rule-check.ts';
import type { RuleContext } from './rule-scope.ts';

/** True, false, or undefined where what is known does not say. */
export type Verdict = boolean | undefined;
export type Judge = (context: RuleContext) => Verdict;

/** A field that an expression reads: its root and its name. */
export type Reference = readonly [root: string, field: string];

/**
 * Makes a checked expression a function with three answers. CEL itself raises an error for a missing field and lets
 * `false && error` be false and `true || error` be true; this gives the same answers, but looks at the context before
 * evaluating each comparison, so that missing data (common in CRMs) costs no exception.
 */
export function judgeOf(ast: ASTNode, environment: Environment): Judge {
  switch (ast.op) {
    case '&&': {
      const [left, right] = [judgeOf(ast.args[0], environment), judgeOf(ast.args[1], environment)];
      return (context) => {
        const first = left(context);
        if (first === false) return false;
        const second = right(context);
        return second === false ? false : first && second;
      };
    }
    case '||': {
      const [left, right] = [judgeOf(ast.args[0], environment), judgeOf(ast.args[1], environment)];
      return (context) => {
        const first = left(context);
        if (first === true) return true;
        const second = right(context);
        return second === true ? true : first === undefined ? undefined : second;
      };
    }
    case '!_': {
      const inner = judgeOf(ast.args, environment);
      return (context) => {
        const answer = inner(context);
        return answer === undefined ? undefined : !answer;
      };
    }
    default:
      return leafOf(ast, environment);
  }
}

/** The fields whose absence would leave an expression undecided, each once; those inside `has(...)` are not among them. */
export function referencesOf(ast: ASTNode): Reference[] {
  const found = new Map<string, Reference>();
  const visit = (node: ASTNode): void => {
    if (node.op === 'call' && node.args[0] === 'has') return;
    if (node.op === '.' && node.args[0].op === 'id')
      found.set(`${node.args[0].args}.${node.args[1]}`, [node.args[0].args, node.args[1]]);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(ast);
  return [...found.values()];
}

/** Which of the references the context does not know. */
export function missing(references: readonly Reference[], context: RuleContext): Reference[] {
  return references.filter(([root, field]) => !isKnown(context, root, field));
}

function isKnown(context: RuleContext, root: string, field: string): boolean {
  return (context as unknown as Record<string, Record<string, unknown> | undefined>)[root]?.[field] !== undefined;
}

function leafOf(ast: ASTNode, environment: Environment): Judge {
  const compiled = environment.parse(serialize(ast));
  compiled.check();
  const run: Judge = (context) => {
    try {
      return compiled(context) as boolean;
    } catch {
      // A missing field, a division by zero, a number too large: the comparison says nothing.
      return undefined;
    }
  };
  const references = referencesOf(ast);
  // Where one part decides whether another is looked at (has(x) ? x : 0), a missing field may not matter.
  if (branches(ast) || references.length === 0) return run;
  return (context) => {
    for (const [root, field] of references) if (!isKnown(context, root, field)) return undefined;
    return run(context);
  };
}

function branches(ast: ASTNode): boolean {
  return ast.op === '?:' || ast.op === '&&' || ast.op === '||' || childrenOf(ast).some(branches);
}
