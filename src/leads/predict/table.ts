/**
 * The predictive score: learned from the vendor's own outcomes, tested on the future, calibrated, with its reasons. This folder is
 * pure; `train.ts` is where everything comes together. A table is what it learns from: columns of text, one row a lead.
 */

/** Cells are trimmed text; '' where the cell holds nothing. Rows stand in the same order in all columns. */
export interface Column {
  readonly name: string;
  readonly cells: readonly string[];
}

export interface Table {
  readonly columns: readonly Column[];
  readonly size: number;
}

/** The same columns with only these rows, in this order. */
export function rowsOf(table: Table, rows: readonly number[]): Table {
  return {
    size: rows.length,
    columns: table.columns.map(({ name, cells }) => ({ name, cells: rows.map((row) => cells[row] ?? '') })),
  };
}

/** The same rows without these columns. */
export function without(table: Table, names: ReadonlySet<string>): Table {
  return { size: table.size, columns: table.columns.filter(({ name }) => !names.has(name)) };
}

/** Row numbers from `from` up to but not including `to`. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, n) => from + n);
}
