import { csvLine } from '../model/csv.ts';
import { decimalOf } from '../model/money.ts';
import type { Cell, Column, Report, Row, Table } from '../model/report.ts';

const DASH = '–';

/** One table of a report as JSON: amounts and rates as decimal strings, counts as numbers, null where nothing can be said. */
export interface JsonTable {
  readonly columns: readonly Column[];
  readonly rows: readonly Record<string, string | number | null>[];
  readonly totals: readonly Record<string, string | number | null>[];
}

/** The report as one JSON document: {"report": NAME, TABLE: {columns, rows, totals}}. */
export function toJson(report: Report): { report: string } & Record<string, string | JsonTable> {
  return {
    report: report.name,
    ...Object.fromEntries(
      report.tables.map((table): [string, JsonTable] => [
        table.name,
        {
          columns: table.columns,
          rows: table.rows.map((row) => plainRow(table, row)),
          totals: table.totals.map((row) => plainRow(table, row)),
        },
      ]),
    ),
  };
}

function plainRow(table: Table, row: Row): Record<string, string | number | null> {
  return Object.fromEntries(table.columns.map((column) => [column.key, plain(row[column.key])]));
}

function plain(cell: Cell | undefined): string | number | null {
  if (cell === undefined || cell === null) return null;
  return typeof cell === 'object' ? decimalOf(cell) : cell;
}

/**
 * The report as CSV by RFC 4180 (CRLF, quotes doubled), all tables in one so that every line has the same fields: the first
 * column names the table, a column that a table does not have is empty. Totals are left out: who adds a column up in a
 * spreadsheet would count everything twice.
 */
export function toCsv(report: Report): string {
  const keys = [...new Set(report.tables.flatMap((table) => table.columns.map((column) => column.key)))];
  const lines = report.tables.flatMap((table) => {
    const own = new Set(table.columns.map((column) => column.key));
    return table.rows.map((row) => [table.name, ...keys.map((key) => (own.has(key) ? plain(row[key]) : null))]);
  });
  return [['table', ...keys], ...lines].map(csvLine).join('');
}

/** The report as aligned text for a terminal: text to the left, figures to the right, totals under a rule. */
export function toTable(report: Report): string {
  return report.tables.map(tableText).join('\n');
}

function tableText(table: Table): string {
  const lines = [...table.rows, ...table.totals].map((row) => table.columns.map((column) => shown(row[column.key])));
  if (table.rows.length === 0) return `${table.title}\n  (nothing yet)\n`;
  const widths = table.columns.map((column, index) =>
    Math.max(widthOf(column.title), ...lines.map((line) => widthOf(line[index] ?? ''))),
  );
  const render = (cells: readonly string[]) =>
    table.columns
      .map((column, index) => {
        const cell = cells[index] ?? '';
        const gap = ' '.repeat((widths[index] ?? 0) - widthOf(cell));
        return column.type === 'text' ? cell + gap : gap + cell;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  const body = lines.map(render);
  return [
    table.title,
    render(table.columns.map((column) => column.title)),
    rule,
    ...body.slice(0, table.rows.length),
    ...(table.totals.length > 0 ? [rule, ...body.slice(table.rows.length)] : []),
    '',
  ].join('\n');
}

/** A cell as shown: control characters, with which a name could steer the terminal, become spaces. */
function shown(cell: Cell | undefined): string {
  const value = plain(cell);
  return value === null ? DASH : String(value).replace(/[\p{Cc}\p{Cf}]/gu, ' ');
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;

/** Terminal columns: one a grapheme, two where East Asian type or an emoji is wide. */
function widthOf(value: string): number {
  if (/^[ -~]*$/.test(value)) return value.length;
  let width = 0;
  for (const { segment } of graphemes.segment(value)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}
