import { readFileSync, writeFileSync } from 'node:fs';
import { driftOf } from '../leads/predict/drift.ts';
import { chancesOf, parseModel, type ScoreModel } from '../leads/predict/model.ts';
import { reasonsIn } from '../leads/predict/reasons.ts';
import { train } from '../leads/predict/train.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { csvLine } from '../model/csv.ts';
import { type CsvFile, readCsv, textOf, UnusableFile } from '../model/read-csv.ts';
import { answer, EXIT, type ExitCode, type Io, UserError } from './context.ts';
import { trainingDocument, trainingText } from './score-text.ts';

type Given = Readonly<Record<string, unknown>>;

/** `score train` and `score apply`: a predictive score from any CSV file. They need no configuration and touch no database. */
export async function score(io: Io, options: Given, [action]: readonly string[]): Promise<ExitCode> {
  try {
    if (action === 'train') return scoreTrain(io, options);
    if (action === 'apply') return scoreApply(io, options);
  } catch (error) {
    if (error instanceof UnusableFile) throw new UserError(`${options.data}: ${error.message}`, { hint: error.hint });
    throw error;
  }
  throw new UserError(action === undefined ? 'score what?' : `there is no "score ${action}"`, {
    hint: 'Known: train, apply, learn, status.',
    exit: EXIT.usage,
  });
}

function scoreTrain(io: Io, options: Given): ExitCode {
  const started = performance.now();
  const file = readData(options);
  const label = needed(options, 'label', 'which column says whether the lead was won');
  const chosen = {
    label,
    time: text(options.time),
    won: text(options.won),
    exclude: columnNames(options.exclude, file),
    known: columnNames(options.known, file),
  };
  for (const name of [chosen.label, chosen.time, ...chosen.exclude]) {
    if (name === undefined || !file.duplicates.has(name)) continue;
    throw new UserError(`more than one column of ${options.data} is called "${name}"`, {
      hint: `Rename one of them in the file, so that it is clear which is meant.`,
    });
  }
  const training = train(file.table, chosen);
  const to = text(options.model);
  const model = to === undefined ? null : training.model();
  if (to !== undefined) writeNew(to, `${JSON.stringify(model, null, 1)}\n`);
  const about = {
    data: String(options.data),
    file,
    model: model && to ? { file: to, version: model.version } : null,
    seconds: (performance.now() - started) / 1000,
  };
  answer(io, options, trainingDocument(training, about), () => trainingText(training, about));
  return file.badRows.length > 0 ? EXIT.rejected : EXIT.done;
}

/** Chance and reasons of each row as CSV; with --json also how far the leads have drifted from those learned from. */
function scoreApply(io: Io, options: Given): ExitCode {
  const model = readModel(needed(options, 'model', 'a file that `sluice score train --model FILE` wrote'));
  const file = readData(options);
  const { table } = file;
  const names = table.columns.map(({ name }) => name);
  const wanted = model.features.flatMap(({ column, take }) =>
    take.as === 'days-before' ? [column, take.time] : [column],
  );
  const missing = [...new Set(wanted)].filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new UserError(
      `${options.data} lacks ${missing.length} of the columns that the score looks at: ${missing.join(', ')}`,
      {
        hint: suggestion(missing[0] ?? '', names) ?? 'Add them, blank where nothing is known.',
      },
    );
  }
  const id = text(options.id);
  if (id !== undefined && !names.includes(id)) {
    throw new UserError(`${options.data} has no column "${id}"`, { hint: suggestion(id, names) ?? '' });
  }
  const ids = table.columns.find(({ name }) => name === id)?.cells;
  const chances = chancesOf(model, table);
  const reasons = reasonsIn(model, table, 3);
  const rows = file.lines.map((line, row) => ({
    line,
    ...(ids ? { id: ids[row] ?? '' } : {}),
    chance: Number((chances[row] ?? 0).toFixed(4)),
    reasons: reasons(row).map((reason) => reason.text),
  }));
  for (const { line, problem } of file.badRows) io.err(`${options.data}:${line}: ${problem}; left out\n`);
  if (options.json) {
    answer(
      io,
      options,
      { version: model.version, rows, badRows: file.badRows, drift: driftOf(model, table) },
      () => '',
    );
  } else {
    io.out(csvLine(['line', ...(ids ? [String(id)] : []), 'chance', 'reason 1', 'reason 2', 'reason 3']));
    for (const { line, id: own, chance, reasons } of rows) {
      io.out(csvLine([line, ...(ids ? [own ?? ''] : []), chance, ...[0, 1, 2].map((n) => reasons[n] ?? '')]));
    }
  }
  return file.badRows.length > 0 ? EXIT.rejected : EXIT.done;
}

function readData(options: Given): CsvFile {
  const path = needed(options, 'data', 'a CSV file whose first line names the columns');
  return readCsv(textOf(readBytes(path)));
}

function readModel(path: string): ScoreModel {
  const parsed = parseModel(textOf(readBytes(path)));
  if ('model' in parsed) return parsed.model;
  throw new UserError(`${path} cannot be used: ${parsed.problem}`, {
    hint: 'Train it again: `sluice score train --model FILE`.',
  });
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function writeNew(path: string, content: string): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Names between commas; a name that has a comma in it may stand as it is where the file has it. */
function columnNames(given: unknown, { table }: CsvFile): string[] {
  const list = text(given);
  if (list === undefined) return [];
  const names = new Set(table.columns.map(({ name }) => name));
  const parts = list.split(',').map((part) => part.trim());
  const found: string[] = [];
  for (let from = 0; from < parts.length; ) {
    let to = parts.length;
    while (to > from + 1 && !names.has(parts.slice(from, to).join(', ')) && !names.has(parts.slice(from, to).join(',')))
      to--;
    const spaced = parts.slice(from, to).join(', ');
    const name = names.has(spaced) || to === from + 1 ? spaced : parts.slice(from, to).join(',');
    if (name !== '') found.push(name);
    from = to;
  }
  return found;
}

function needed(options: Given, name: string, what: string): string {
  const value = text(options[name]);
  if (value !== undefined) return value;
  throw new UserError(`--${name} is missing: ${what}`, {
    exit: EXIT.usage,
    hint: '`sluice score --help` shows an example.',
  });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
