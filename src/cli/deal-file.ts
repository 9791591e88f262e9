/** A CSV file of deal registrations. */
import type { GivenDeal } from '../deals/service/register.ts';
import { COLUMNS, columnOf } from '../deals/written.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { type BadRow, type CsvFile, UnusableFile } from '../model/read-csv.ts';

export interface DealFile {
  readonly rows: readonly GivenDeal[];
  readonly badRows: readonly BadRow[];
  /** What was noticed, in words. */
  readonly notes: readonly string[];
}

/**
 * Reads the columns of a file, which may stand in any order. A name that is nearly one that is read is refused, for what stands under
 * it would be lost without a word; any other is left out and named.
 * @throws UnusableFile
 */
export function dealFile(file: CsvFile): DealFile {
  const notes = [...file.notes];
  const columns = file.table.columns.flatMap(({ name, cells }) => {
    const column = columnOf(name);
    if (column !== null) return [{ column, cells }];
    const near = suggestion(name.toLowerCase(), COLUMNS);
    if (near?.startsWith('did you mean'))
      throw new UnusableFile(
        `line 1 names a column "${name}", which is not read`,
        `${near} Correct the name, or take the column out.`,
      );
    notes.push(`column "${name}" is not read`);
    return [];
  });
  const twice = columns.find(({ column }, n) => columns.findIndex((each) => each.column === column) < n);
  if (twice) throw new UnusableFile(`line 1 names the column ${twice.column} twice`, 'Take one of them out.');
  for (const needed of [['partner'], ['company', 'domain']])
    if (!columns.some(({ column }) => needed.includes(column)))
      throw new UnusableFile(
        `line 1 names no column "${needed.join('" or "')}"`,
        `The columns are ${COLUMNS.join(', ')}.`,
      );
  return {
    rows: file.lines.map((place, row) => ({
      place,
      written: Object.fromEntries(columns.map(({ column, cells }) => [column, cells[row] ?? ''])),
    })),
    badRows: file.badRows,
    notes,
  };
}
