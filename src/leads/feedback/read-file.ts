/** A CSV file of feedback, as partners keep it offline. Pure. */
import { suggestion } from '../../mapping/yaml-file.ts';
import { type BadRow, readCsv, UnusableFile } from '../../model/read-csv.ts';
import { COLUMNS, columnOf, type Written } from './statement.ts';

export interface FeedbackFile {
  /** `place`: the line in which the row starts. */
  readonly rows: readonly { readonly place: number; readonly written: Written }[];
  readonly badRows: readonly BadRow[];
  /** What was noticed, in words. */
  readonly notes: readonly string[];
}

/**
 * Reads the text of a file. Columns may stand in any order; a name that is nearly one that is read is refused, for what stands
 * under it would be lost without a word, and any other is left out and named.
 * @throws UnusableFile
 */
export function readFeedbackFile(text: string): FeedbackFile {
  const file = readCsv(text);
  const notes = [...file.notes];
  const columns = file.table.columns.flatMap(({ name, cells }) => {
    const column = columnOf(name);
    if (column !== null) return [{ column, name, cells }];
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
  if (!columns.some(({ column }) => column === 'offer' || column === 'lead'))
    throw new UnusableFile(
      'line 1 names neither a column "offer" nor "lead"',
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
