import Papa from 'papaparse';
import type { FieldValue } from '../connector.ts';

const QUOTE = 34;
const COMMA = 44;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Rows by the names in the header line, or null where the text is not whole CSV with as many cells in each line. By hand, since
 * a large pass is made of this: a general parser takes longer than JSON would.
 */
export function parseCsv(text: string): { readonly columns: string[]; readonly rows: string[][] } | null {
  const lines: string[][] = [];
  let line: string[] = [];
  let at = 0;
  while (at < text.length) {
    const cell = readCell(text, at);
    if (cell === null) return null;
    line.push(cell.value);
    at = cell.end;
    if (text.charCodeAt(at) === CARRIAGE_RETURN) at += 1;
    const after = text.charCodeAt(at);
    at += 1;
    if (after === COMMA) continue;
    if (after !== LINE_FEED && at <= text.length) return null;
    if (lines[0] !== undefined && line.length !== lines[0].length) return null;
    lines.push(line);
    line = [];
  }
  const [columns, ...rows] = lines;
  return columns === undefined || line.length > 0 ? null : { columns, rows };
}

/** The cell that begins at `at` and the place after it; null where its quote is never closed. */
function readCell(text: string, at: number): { value: string; end: number } | null {
  if (text.charCodeAt(at) !== QUOTE) {
    let end = at;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === COMMA || code === LINE_FEED || code === CARRIAGE_RETURN) break;
    }
    return { value: text.slice(at, end), end };
  }
  let end = text.indexOf('"', at + 1);
  let hasQuotes = false;
  while (end >= 0 && text.charCodeAt(end + 1) === QUOTE) {
    hasQuotes = true;
    end = text.indexOf('"', end + 2);
  }
  if (end < 0) return null;
  const value = text.slice(at + 1, end);
  return { value: hasQuotes ? value.replaceAll('""', '"') : value, end: end + 1 };
}

/** How a null is written; an empty cell leaves the field as it is. */
const NULL = '#N/A';

/** True for a value that CSV cannot say: it would be taken for a null. */
export function isUnsayable(value: FieldValue): boolean {
  return value === NULL;
}

/** A cell of an upload; undefined: the field is not to be touched. */
export function toCell(value: FieldValue | undefined): string {
  if (value === undefined) return '';
  return value === null || value === '' ? NULL : String(value);
}

/** An upload in the vendor's default form: commas, line feeds. */
export function toCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return Papa.unparse([[...columns], ...rows.map((row) => [...row])], { newline: '\n', quotes: true });
}
