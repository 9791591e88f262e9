import type { Query } from '@jetstreamapp/soql-parser-js';
import { badRequest, type SalesforceError } from '../errors.ts';

type Parser = (soql: string) => Query;

let parser: Parser | undefined;

/** Loads the grammar (a third of a second), so that starting the sandbox does not wait for it. */
export async function loadParser(): Promise<void> {
  parser ??= (await import('@jetstreamapp/soql-parser-js')).parseQuery;
}

const MAX_LENGTH = 100_000;

/** Parses a query.  @throws MALFORMED_QUERY with the place of the first wrong token. The grammar must have been loaded. */
export function parseSoql(soql: string): Query {
  if (!parser) throw new Error('the SOQL grammar is not loaded');
  if (soql.length > MAX_LENGTH) {
    throw badRequest('MALFORMED_QUERY', `SOQL statements cannot be longer than ${MAX_LENGTH} characters.`);
  }
  try {
    return parser(soql);
  } catch (error) {
    throw malformed(soql, error instanceof Error ? error.message : String(error));
  }
}

/** The query with a caret under `position` and the vendor's ROW:COLUMN line, before `message`. */
export function pointAt(soql: string, position: number, message: string): string {
  const before = soql.slice(0, position);
  const row = before.split('\n').length;
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = soql.indexOf('\n', position);
  const line = soql.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  const column = position - lineStart;
  const from = Math.max(0, column - 60);
  const fragment = line.slice(from, column + 40);
  return `\n${fragment}\n${' '.repeat(column - from)}^\nERROR at Row:${row}:Column:${column + 1}\n${message}`;
}

/** MALFORMED_QUERY in the vendor's words for what the grammar stumbled over. */
function malformed(soql: string, reason: string): SalesforceError {
  const lexing = /offset: (\d+)/.exec(reason);
  if (lexing) {
    const at = Number(lexing[1]);
    const letter = soql[at] ?? '';
    const message = letter === "'" ? `line 1:${soql.length} mismatched character '<EOF>' expecting '''` : undefined;
    return badRequest(
      'MALFORMED_QUERY',
      message ?? pointAt(soql, at, `line 1:${at} no viable alternative at character '${letter}'`),
    );
  }
  const found = /but found: '([^']*)'|found: (\S*)$|found --> '([^']*)' <--/.exec(reason);
  const token = found?.[1] ?? found?.[2] ?? found?.[3] ?? '';
  if (token === '' || !parser) return badRequest('MALFORMED_QUERY', "unexpected token: '<EOF>'");
  for (let at = soql.indexOf(token); at >= 0; at = soql.indexOf(token, at + 1)) {
    if (stumbles(parser, soql.slice(0, at + token.length), token)) {
      return badRequest('MALFORMED_QUERY', pointAt(soql, at, `unexpected token: '${token}'`));
    }
  }
  return badRequest('MALFORMED_QUERY', `unexpected token: '${token}'`);
}

/** Whether this beginning of the query already fails at `token`, and not only because it ends there. */
function stumbles(parse: Parser, beginning: string, token: string): boolean {
  try {
    parse(beginning);
    return false;
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    return reason.endsWith(`'${token}'`) || reason.endsWith(`found: ${token}`) || reason.endsWith(`'${token}' <--`);
  }
}
