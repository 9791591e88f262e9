/** The CSV of the Bulk API: every value quoted on the way out, any valid quoting on the way in. */
import Papa from 'papaparse';
import { showDatetime } from '../format.ts';
import type { FieldDef, Shown } from '../schema/types.ts';

const DELIMITERS: Readonly<Record<string, string>> = {
  BACKQUOTE: '`',
  CARET: '^',
  COMMA: ',',
  PIPE: '|',
  SEMICOLON: ';',
  TAB: '\t',
};
const LINE_ENDINGS: Readonly<Record<string, string>> = { LF: '\n', CRLF: '\r\n' };

/** How a job's CSV is written, by the vendor's names. */
export interface CsvFormat {
  readonly columnDelimiter: string;
  readonly lineEnding: string;
}

export function isDelimiter(name: string): boolean {
  return name in DELIMITERS;
}

export function isLineEnding(name: string): boolean {
  return name in LINE_ENDINGS;
}

/** One line, its ending included. */
export function csvLine(format: CsvFormat, values: readonly string[]): string {
  const between = `"${DELIMITERS[format.columnDelimiter]}"`;
  let line = '"';
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? '';
    if (i > 0) line += between;
    line += value.includes('"') ? value.replaceAll('"', '""') : value;
  }
  return `${line}"${LINE_ENDINGS[format.lineEnding]}`;
}

/** A value as query results show it; nothing for null. */
export function csvValue(field: FieldDef | null, value: Shown): string {
  if (value === null) return field?.type === 'boolean' ? 'false' : '';
  if (typeof value === 'string') return value;
  // Bulk results write instants with a Z, unlike JSON.
  if (field?.type === 'datetime' && typeof value === 'number') return showDatetime(value).replace('+0000', 'Z');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Uploaded rows by the names in the header line, or what is wrong with the text. */
export function parseCsv(format: CsvFormat, text: string): { columns: string[]; rows: string[][] } | { wrong: string } {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const headEnd = body.indexOf('\n');
  if (headEnd > 0 && (body[headEnd - 1] === '\r') !== (format.lineEnding === 'CRLF')) {
    return {
      wrong: `ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is ${format.lineEnding}`,
    };
  }
  const parsed = Papa.parse<string[]>(body, {
    delimiter: DELIMITERS[format.columnDelimiter] ?? ',',
    newline: format.lineEnding === 'CRLF' ? '\r\n' : '\n',
    skipEmptyLines: true,
  });
  const [error] = parsed.errors;
  if (error) return { wrong: `ClientInputError : Failed to parse CSV: ${error.message}` };
  const [columns, ...rows] = parsed.data;
  if (columns === undefined || columns.every((name) => name.trim() === '')) {
    return { wrong: 'InvalidBatch : The CSV has no header row' };
  }
  return { columns: columns.map((name) => name.trim()), rows };
}
