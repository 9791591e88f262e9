import { readFileSync } from 'node:fs';
import { readFeedbackFile } from '../leads/feedback/read-file.ts';
import type { TakenRow } from '../leads/service/take-feedback.ts';
import { textOf, UnusableFile } from '../model/read-csv.ts';
import { answer, EXIT, UserError } from './context.ts';
import type { AppCommand } from './with-app.ts';

const RESULTS = [
  'taken',
  'repeat',
  'late',
  'contradiction',
  'refused',
] as const satisfies readonly TakenRow['result'][];
const WORDS: Readonly<Record<TakenRow['result'], string>> = {
  taken: 'taken in',
  repeat: 'known already',
  late: 'late: kept, they move nothing',
  contradiction: 'contradict what counts: left to review',
  refused: 'refused and left out',
};

/** `feedback import FILE`: takes in a list of what partners say of leads, and answers line by line. */
export const feedback: AppCommand = async (app, io, options, [action, path]) => {
  if (action !== 'import')
    throw new UserError(`there is no "feedback ${action ?? ''}"`, {
      hint: '`sluice feedback import FILE.csv`',
      exit: EXIT.usage,
    });
  if (path === undefined)
    throw new UserError('which file?', { hint: '`sluice feedback import FILE.csv`', exit: EXIT.usage });
  const file = fileAt(path);
  const dryRun = options.dryRun === true;
  const via = typeof options.source === 'string' ? options.source : 'csv';
  const taken = await app.takeFeedback(file.rows, { via, dryRun });
  const bad = file.badRows.map(
    ({ line, problem }): TakenRow => ({
      place: line,
      result: 'refused',
      offer: null,
      partner: null,
      problems: [problem],
    }),
  );
  const rows = [...taken, ...bad].sort((a, b) => a.place - b.place);
  const counts = Object.fromEntries(
    RESULTS.map((result) => [result, rows.filter((row) => row.result === result).length]),
  );
  const document = {
    file: path,
    source: via,
    dryRun,
    counts,
    rows: rows.map(({ place, ...row }) => ({ line: place, ...row })),
    notes: file.notes,
  };
  answer(io, options, document, () => textFor(path, rows, counts, file.notes, dryRun));
  return (counts.refused ?? 0) > 0 ? EXIT.rejected : EXIT.done;
};

function fileAt(path: string) {
  try {
    return readFeedbackFile(textOf(readFileSync(path)));
  } catch (error) {
    if (error instanceof UnusableFile) throw new UserError(`${path}: ${error.message}`, { hint: error.hint });
    throw error;
  }
}

function textFor(
  path: string,
  rows: readonly TakenRow[],
  counts: Readonly<Record<string, number>>,
  notes: readonly string[],
  dryRun: boolean,
): string {
  const told = rows.flatMap(({ place, result, problems }) =>
    problems.map((problem) => `  line ${place}: ${result}: ${problem}`),
  );
  const sums = RESULTS.filter((result) => (counts[result] ?? 0) > 0).map(
    (result) => `  ${counts[result]} ${WORDS[result]}`,
  );
  const end = dryRun ? 'Nothing was kept: this was a dry run.' : 'The next sync acts on what was taken in.';
  return [
    `${path}: ${rows.length === 1 ? '1 row' : `${rows.length} rows`}`,
    ...sums,
    ...notes.map((note) => `  ${note}`),
    ...told,
    end,
  ]
    .map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, ' '))
    .join('\n');
}
