/** A report as a workbook: a sheet a table, and one that says what each figure means. */
import writeXlsxFile, { type Cell as XlsxCell, type Row as XlsxRow } from 'write-excel-file/node';
import { decimalOf, exponentOf } from '../../model/money.ts';
import type { Cell, Column, Report, Row, Table } from '../../model/report.ts';

/** What a cell of a workbook takes at most. */
const LONGEST = 32_767;
const WIDEST = 60;

/**
 * The bytes of the workbook. Amounts are numbers shown in their currency, rates are numbers, and every text is typed as a
 * text, so that none is run as a formula. An amount that a spreadsheet's numbers cannot hold exactly stands as text.
 */
export async function toXlsx(report: Report): Promise<Uint8Array> {
  const sheets = report.tables.map((table) => ({
    sheet: table.name.slice(0, 31),
    stickyRowsCount: 1,
    columns: table.columns.map((column) => ({ width: widthOf(table, column) })),
    data: [
      table.columns.map(({ title }) => text(title, true)),
      ...[...table.rows, ...table.totals].map((row, place) => lineOf(table, row, place >= table.rows.length)),
    ],
  }));
  return new Uint8Array(await writeXlsxFile([...sheets, glossary(report)]).toBuffer());
}

function lineOf(table: Table, row: Row, bold: boolean): XlsxRow {
  return table.columns.map((column) => cellOf(column, row[column.key] ?? null, bold));
}

function cellOf({ type }: Column, cell: Cell, bold: boolean): XlsxCell {
  const weight = bold ? { fontWeight: 'bold' as const } : {};
  if (cell === null) return null;
  if (typeof cell === 'number') return { value: cell, type: Number, format: '#,##0', ...weight };
  if (typeof cell === 'string') {
    if (type !== 'rate') return text(cell, bold);
    return { value: Number(cell), type: Number, format: '0.00##', ...weight };
  }
  const decimal = decimalOf(cell);
  const value = Number(decimal);
  if (value.toFixed(exponentOf(cell.currency)) !== decimal) return text(`${decimal} ${cell.currency}`, bold);
  const digits = exponentOf(cell.currency);
  return {
    value,
    type: Number,
    format: `#,##0${digits > 0 ? `.${'0'.repeat(digits)}` : ''} "${cell.currency}"`,
    ...weight,
  };
}

function text(value: string, bold: boolean): XlsxCell {
  return { value: value.slice(0, LONGEST), type: String, ...(bold ? { fontWeight: 'bold' as const } : {}) };
}

function widthOf(table: Table, { key, title }: Column): number {
  const lengths = table.rows.slice(0, 200).map((row) => {
    const cell = row[key] ?? '';
    return typeof cell === 'object' ? decimalOf(cell).length + 6 : String(cell).length;
  });
  return Math.min(WIDEST, Math.max(title.length, ...lengths) + 2);
}

function glossary(report: Report) {
  const rows = report.tables.flatMap((table) =>
    table.columns.flatMap(({ title, about }) =>
      about ? [[text(table.name, false), text(title, false), text(about, false)]] : [],
    ),
  );
  return {
    sheet: 'What it means',
    stickyRowsCount: 1,
    columns: [{ width: 16 }, { width: 22 }, { width: 100 }],
    data: [[text('Table', true), text('Figure', true), text('Meaning', true)], ...rows],
  };
}
