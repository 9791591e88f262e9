import { UnusableFile } from '../../model/read-csv.ts';
import { timesOf } from './features.ts';
import { numberIn } from './parse-cell.ts';
import { range, type Table } from './table.ts';

/** The rows from the oldest to the newest. */
export interface TimeOrder {
  readonly rows: readonly number[];
  /** The column that says so; null: the file's own order. */
  readonly time: string | null;
  /** In words, for people. */
  readonly note: string;
}

/**
 * Puts the rows in the order of time. Where no column is named, one along which the file is sorted tells whether it runs from old to new.
 * @throws UnusableFile where the named column holds neither numbers nor dates
 */
export function orderByTime(table: Table, time: string | null): TimeOrder {
  if (time === null) return fileOrder(table);
  const column = table.columns.find(({ name }) => name === time);
  const times = column ? timesOf(column) : null;
  if (times === null) {
    throw new UnusableFile(
      `"${time}" holds neither numbers nor dates, so it tells no time`,
      'Name a date, or a number that grows with each lead: --time. Without it the order of the file counts.',
    );
  }
  const known = range(0, table.size).filter((row) => times[row] !== null);
  const left = table.size - known.length;
  return {
    rows: known.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b),
    time,
    note: `in the order of "${time}"${left > 0 ? `; ${left} rows without it are left out` : ''}`,
  };
}

/** A few rows out of place are usual where two leads come at once. */
const MOSTLY = 0.98;
const LEAST_DAYS = 10;

function fileOrder(table: Table): TimeOrder {
  const rows = range(0, table.size);
  for (const column of table.columns) {
    const times = timesOf(column);
    if (times === null || times.includes(null)) continue;
    // Many leads come on one day, but a number that repeats is a measure, not a time.
    const dates = numberIn(column.cells[0] ?? '') === null;
    if (new Set(times).size < (dates ? LEAST_DAYS : 0.5 * table.size)) continue;
    const steps = rows.slice(1).map((row) => (times[row] as number) - (times[row - 1] as number));
    const rises = steps.filter((step) => step >= 0).length >= MOSTLY * steps.length;
    const falls = steps.filter((step) => step <= 0).length >= MOSTLY * steps.length;
    if (rises === falls) continue;
    // A mere count of the rows (0, 1, 2 ...) says nothing of time.
    if (rises && steps.every((step) => step === steps[0])) continue;
    return {
      rows: rows.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b),
      time: column.name,
      note: `no --time was given; the file runs along "${column.name}", ${falls ? 'falling, so it is read from its end' : 'rising'}`,
    };
  }
  return { rows, time: null, note: 'no --time was given; the order of the file is taken for the order of time' };
}
