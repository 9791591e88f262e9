import { distance } from 'fastest-levenshtein';
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from '../model/config-error.ts';

/** A path into a YAML document, as zod reports it. */
export type YamlPath = readonly (string | number | symbol)[];

/** A YAML file that was read and checked; `problemAt` names the place of anything found wrong later. */
export interface YamlFile<T> {
  readonly file: string;
  readonly value: T;
  /** A problem at `path`; with `key` the place is the key's own word, else its value. */
  problemAt(path: YamlPath, message: string, options?: { hint?: string; key?: boolean }): ConfigProblem;
}

/** Works on the plain value between parsing and checking, such as filling in references; its problems end the reading. */
export type Prepare = (
  value: unknown,
  problemAt: YamlFile<unknown>['problemAt'],
) => { readonly value: unknown; readonly problems: readonly ConfigProblem[] };

/** Reads `text` as YAML and checks it by `schema`. Throws a ConfigError with every problem, each with its line and column. */
export function readYamlFile<T>(
  file: string,
  text: string,
  schema: z.ZodType<T>,
  prepare: Prepare = (value) => ({ value, problems: [] }),
): YamlFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => {
        const place = lines.linePos(error.pos[0]);
        return { file, line: place.line, column: place.col, message: error.message };
      }),
    );
  }
  const problemAt: YamlFile<T>['problemAt'] = (path, message, options = {}) => ({
    file,
    ...placeOf(document, lines, path, options.key ?? false),
    message,
    ...(options.hint ? { hint: options.hint } : {}),
  });
  const prepared = prepare(plainValue(file, document, lines) ?? {}, problemAt);
  if (prepared.problems.length > 0) throw new ConfigError(prepared.problems);
  const parsed = schema.safeParse(prepared.value, { reportInput: true });
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, problemAt, schema));
    throw new ConfigError(problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)));
  }
  return { file, value: parsed.data, problemAt };
}

/** The document as plain values. Throws a ConfigError for aliases that lead nowhere, into themselves or to too much. */
function plainValue(file: string, document: Document, lines: LineCounter): unknown {
  const problem = (alias: Alias | undefined, message: string, hint?: string): ConfigProblem => ({
    file,
    ...(alias?.range ? at(lines, alias.range[0]) : {}),
    message,
    ...(hint ? { hint } : {}),
  });
  const anchors = new Set<string>();
  const problems: ConfigProblem[] = [];
  let first: Alias | undefined;
  let nested: Alias | undefined;
  visit(document, {
    Node: (_key, node, ancestors) => {
      if ('anchor' in node && node.anchor) anchors.add(node.anchor);
      if (!isAlias(node)) return;
      first ??= node;
      nested ??= ancestors.some((above) => isNode(above) && 'anchor' in above && above.anchor) ? node : undefined;
      if (!anchors.has(node.source)) {
        problems.push(
          problem(node, `nothing before this is called "${node.source}"`, suggestion(node.source, [...anchors])),
        );
      } else if (ancestors.some((above) => isNode(above) && 'anchor' in above && above.anchor === node.source)) {
        problems.push(problem(node, `"${node.source}" stands within itself`, 'write out what is meant'));
      }
    },
  });
  if (problems.length > 0) throw new ConfigError(problems);
  try {
    return document.toJS();
  } catch (error) {
    // The library's own guard; it does not say where.
    if (!(error instanceof ReferenceError)) throw error;
    throw new ConfigError([
      problem(
        nested ?? first,
        'the aliases from here on unfold to too much',
        'write out what is meant, with fewer aliases',
      ),
    ]);
  }
}

/** The one of `words` nearest to `word` by edit distance, where near enough to be a slip of the pen. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const candidate of words) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    if (far < least) {
      least = far;
      best = candidate;
    }
  }
  return best;
}

/** `did you mean "x"?` for the nearest of `words`, or the list of them where there are few and none is near. */
export function suggestion(word: string, words: readonly string[]): string | undefined {
  const near = nearest(word, words);
  if (near !== undefined) return `did you mean "${near}"?`;
  return words.length > 0 && words.length <= 12 ? `known: ${words.join(', ')}` : undefined;
}

type ProblemAt = YamlFile<unknown>['problemAt'];

function problemsOf(issue: z.core.$ZodIssue, problemAt: ProblemAt, schema: z.ZodType): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => {
      const hint = suggestion(key, known);
      return problemAt([...issue.path, key], `unknown key "${key}"`, { key: true, ...(hint ? { hint } : {}) });
    });
  }
  if (issue.code === 'invalid_union') {
    const branch = nearestBranch(issue);
    if (branch) {
      // The issues of a branch count their path from the union.
      return branch.flatMap((inner) =>
        problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, problemAt, schema),
      );
    }
  }
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_union')) {
    return [problemAt(issue.path, `"${String(issue.path.at(-1) ?? '')}" is missing`)];
  }
  if (issue.code === 'invalid_value') {
    const words = issue.values.map(String);
    const wrong = issue.input === undefined ? undefined : String(issue.input);
    if (wrong === undefined) {
      return [
        problemAt(issue.path, `"${String(issue.path.at(-1) ?? '')}" is missing`, {
          hint: `one of ${words.join(', ')}`,
        }),
      ];
    }
    const hint = suggestion(wrong, words);
    return [problemAt(issue.path, `"${wrong}" is not allowed here`, hint ? { hint } : {})];
  }
  if (issue.code === 'invalid_key') {
    const key = String(issue.path.at(-1) ?? '');
    const words = issue.issues.flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []));
    const message =
      words.length > 0 ? `unknown key "${key}"` : `"${key}": ${issue.issues[0]?.message ?? issue.message}`;
    const hint = suggestion(key, words);
    return [problemAt(issue.path, message, { key: true, ...(hint ? { hint } : {}) })];
  }
  if (issue.code === 'invalid_type' || issue.code === 'invalid_union') {
    const expected = issue.code === 'invalid_type' ? [issue.expected] : issue.errors.flatMap(expectedKinds);
    const found = issue.input === null ? 'nothing' : Array.isArray(issue.input) ? 'a list' : `a ${typeof issue.input}`;
    const words = [...new Set(expected)].map((kind) => KINDS[kind] ?? kind).join(' or ');
    return [problemAt(issue.path, `found ${found} where ${words || 'something else'} is needed`)];
  }
  return [problemAt(issue.path, issue.message)];
}

/** The kinds of value in words for people who write YAML. */
const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a set of keys',
  record: 'a set of keys',
  array: 'a list',
};

function expectedKinds(branch: readonly z.core.$ZodIssue[]): string[] {
  return branch.flatMap((inner) => (inner.code === 'invalid_type' && inner.path.length === 0 ? [inner.expected] : []));
}

/** Of a union's branches the one that was meant: the first whose complaints are not about the kind of the value as a whole. */
function nearestBranch(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  if (issue.input === undefined) return undefined;
  return issue.errors.find(
    (branch) => !branch.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0),
  );
}

/** The keys that the schema's object at `path` knows; empty where the schema cannot say. */
function keysAt(schema: z.ZodType, path: YamlPath): string[] {
  let at = unwrap(schema);
  for (const part of path) {
    at = at.flatMap((def) =>
      unwrap(typeof part === 'number' ? def.element : (def.shape?.[String(part)] ?? def.valueType)),
    );
  }
  return [...new Set(at.flatMap((def) => [...Object.keys(def.shape ?? {}), ...wordsOf(def.keyType)]))];
}

/** The words of an enumeration, as which a record may declare its keys. */
function wordsOf(schema: unknown): string[] {
  return unwrap(schema).flatMap((def) => Object.values(def.entries ?? {}));
}

interface Def {
  readonly innerType?: unknown;
  readonly in?: unknown;
  readonly options?: readonly unknown[];
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly keyType?: unknown;
  readonly valueType?: unknown;
  readonly entries?: Readonly<Record<string, string>>;
}

/** What a schema is under its optional, default and pipe layers: one definition, or those of a union's options. */
function unwrap(schema: unknown): Def[] {
  const def = (schema as { def?: Def } | undefined)?.def;
  if (def === undefined) return [];
  if (def.options) return def.options.flatMap(unwrap);
  const inner = def.innerType ?? def.in;
  return inner ? unwrap(inner) : [def];
}

function placeOf(
  document: Document,
  lines: LineCounter,
  path: YamlPath,
  ofKey: boolean,
): { line?: number; column?: number } {
  // A missing value has no node: its nearest ancestor that exists is the place to look at.
  for (let depth = path.length; depth >= 0; depth--) {
    const keys = path.slice(0, depth).map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (ofKey && depth === path.length && depth > 0) {
      const parent = document.getIn(keys.slice(0, -1), true);
      const pair = isMap(parent)
        ? parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === keys.at(-1))
        : undefined;
      const offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
      if (offset !== undefined) return at(lines, offset);
    }
    const node = depth === 0 ? document.contents : document.getIn(keys, true);
    const offset = (node as { range?: [number, number, number] } | null | undefined)?.range?.[0];
    if (offset !== undefined) return at(lines, offset);
  }
  return {};
}

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const place = lines.linePos(offset);
  return { line: place.line, column: place.col };
}
