import { formulaError } from './types.ts';

export interface Token {
  readonly kind: 'text' | 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
}

const SPACE = /\s+|\/\*[\s\S]*?\*\//y;
const NUMBER = /\d+(?:\.\d+)?|\.\d+/y;
const NAME = /\$?[A-Za-z]\w*(?:[.:][A-Za-z]\w*)*/y;
const SIGN = /&&|\|\||==|<>|!=|<=|>=|[-+*/&=<>!(),^]/y;
const TEXT = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y;

/** The words of a formula.  @throws where a character belongs to none */
export function tokensOf(formula: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(formula);
    if (match) at += match[0].length;
    return match;
  };
  while (at < formula.length) {
    if (take(SPACE)) continue;
    const quoted = take(TEXT);
    if (quoted) {
      tokens.push({ kind: 'text', text: (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/gs, plainLetter) });
      continue;
    }
    const [number, name, sign] = [take(NUMBER), take(NAME), take(SIGN)];
    if (number) tokens.push({ kind: 'number', text: number[0] });
    if (name) tokens.push({ kind: 'name', text: name[0] });
    if (sign) tokens.push({ kind: 'sign', text: sign[0] });
    if (!number && !name && !sign) throw formulaError(`Syntax error. Found '${formula[at]}'`);
  }
  return [...tokens, { kind: 'end', text: '' }];
}

function plainLetter(_: string, letter: string): string {
  return { n: '\n', r: '\r', t: '\t' }[letter] ?? letter;
}
