/** Reads a CSV file into a table, and says of every row that it could not use in which line it stands and what is wrong with it. */
import Papa from 'papaparse';

/** A file that cannot be used at all; the message says why and where, `hint` what to do. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

export interface BadRow {
  /** The line of the file in which the row starts, from 1. */
  readonly line: number;
  readonly problem: string;
}

export interface CsvFile {
  /** Cells are trimmed; '' where one holds nothing. Rows stand in the same order in all columns. */
  readonly table: {
    readonly columns: readonly { readonly name: string; readonly cells: readonly string[] }[];
    readonly size: number;
  };
  /** The line in which each row of the table starts. */
  readonly lines: readonly number[];
  readonly badRows: readonly BadRow[];
  /** What was noticed and settled, in words. */
  readonly notes: readonly string[];
  /** Names that several columns have; the second one is called "NAME (2)". */
  readonly duplicates: ReadonlySet<string>;
}

/** More bad rows than this share, and the file is not what it seems to be. */
const MOST_BAD = 0.2;

/** The text of a file's bytes: UTF-8 with or without a byte order mark, or UTF-16 with one. */
export function textOf(bytes: Uint8Array): string {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
  return new TextDecoder(utf16 ?? 'utf-8').decode(bytes);
}

/** @throws UnusableFile */
export function readCsv(text: string): CsvFile {
  const rows = rowsIn(text.startsWith('\ufeff') ? text.slice(1) : text);
  const [head, ...body] = rows.rows;
  if (head === undefined)
    throw new UnusableFile('the file is empty', 'It needs a first line with the names of the columns.');
  if (body.length === 0)
    throw new UnusableFile('the file has a first line with names and no rows', 'Export it again, with its rows.');
  if (head.cells.length === 1) {
    throw new UnusableFile(
      `line 1 names one column only, "${shown(head.cells[0] ?? '')}"`,
      'Columns are to be separated by commas, semicolons, tabs or bars, alike in all lines.',
    );
  }
  const width = head.cells.length;
  const { names, notes, duplicates } = namesOf(head.cells);
  const good: typeof body = [];
  const badRows: BadRow[] = [];
  for (const row of body) {
    if (row.cells.length === width) good.push(row);
    else badRows.push({ line: row.line, problem: `${row.cells.length} fields where the first line names ${width}` });
  }
  if (badRows.length > MOST_BAD * body.length) {
    throw new UnusableFile(
      `${badRows.length} of ${body.length} rows do not have the ${width} fields of the first line, the first of them in line ${badRows[0]?.line}`,
      'A text with a separator in it must stand in quotes. Export the file again.',
    );
  }
  return {
    table: {
      size: good.length,
      columns: names.map((name, n) => ({ name, cells: good.map(({ cells }) => (cells[n] ?? '').trim()) })),
    },
    lines: good.map(({ line }) => line),
    badRows,
    notes: rows.delimiter === ',' ? notes : [`fields are separated by ${JSON.stringify(rows.delimiter)}`, ...notes],
    duplicates,
  };
}

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

function rowsIn(given: string): { rows: Row[]; delimiter: string } {
  // One kind of line end, for some files mix them.
  const text = given.replace(/\r\n?/g, '\n');
  const delimiter = delimiterOf(text);
  const rows: Row[] = [];
  let line = 1;
  let from = 0;
  Papa.parse<string[]>(text, {
    delimiter,
    newline: '\n',
    step: ({ data, errors, meta }) => {
      const quotes = errors.find(({ type }) => type === 'Quotes');
      if (quotes) {
        throw new UnusableFile(
          `line ${line}: a quote is opened and ${quotes.code === 'MissingQuotes' ? 'never closed' : 'not closed where the field ends'}`,
          'Where the rows after it start cannot be known, so nothing was used. Close the quote, or write a quote inside of a text twice.',
        );
      }
      if (data.some((cell) => cell.trim() !== '')) rows.push({ line, cells: data });
      for (; from < meta.cursor; from++) if (text[from] === '\n') line++;
    },
  });
  return { rows, delimiter };
}

const DELIMITERS = [',', ';', '\t', '|'];

/** What separates most names in the first line; the rows are not asked, for texts in them hold all kinds of signs. */
function delimiterOf(text: string): string {
  const unquoted = text.slice(0, 100_000).replace(/"(?:[^"]|"")*"/g, '');
  const head = unquoted.split('\n').find((line) => line.trim() !== '') ?? '';
  const times = (delimiter: string) => head.split(delimiter).length;
  return DELIMITERS.reduce((best, each) => (times(each) > times(best) ? each : best));
}

function namesOf(head: readonly string[]) {
  const taken = new Map<string, number>();
  const notes: string[] = [];
  const duplicates = new Set<string>();
  const names = head.map((cell, n) => {
    const bare = cell.trim();
    if (bare === '') notes.push(`column ${n + 1} has no name; it is called "column ${n + 1}"`);
    const name = bare === '' ? `column ${n + 1}` : bare;
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    if (times === 1) return name;
    duplicates.add(name);
    notes.push(`"${name}" names more than one column; the one at place ${n + 1} is called "${name} (${times})"`);
    return `${name} (${times})`;
  });
  return { names, notes, duplicates };
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
