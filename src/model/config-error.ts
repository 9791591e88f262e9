/** One thing wrong in a configuration file, with its place. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** What is wrong, naming the wrong word. */
  readonly message: string;
  /** The nearest right word or what to do. */
  readonly hint?: string;
}

/** A configuration that cannot be used; carries every problem found, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(describeProblem).join('\n'));
    this.problems = problems;
  }
}

/** `file:line:column: message (hint)`, the form that editors and terminals make clickable. */
export function describeProblem(problem: ConfigProblem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  return `${place}: ${problem.message}${problem.hint ? ` (${problem.hint})` : ''}`;
}
