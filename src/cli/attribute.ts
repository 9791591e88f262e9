/** `sluice attribute --paths FILE --model M`: the aggregate credit of channels over paths of any CSV file. */
import { readFileSync } from 'node:fs';
import { suggestion } from '../mapping/yaml-file.ts';
import { csvLine } from '../model/csv.ts';
import { type CsvFile, readCsv, textOf, UnusableFile } from '../model/read-csv.ts';
import { Unfit } from '../revenue/attribution/journeys.ts';
import { type Aggregate, aggregate } from '../revenue/attribution/paths.ts';
import { PATH_COLUMNS, pathColumns, readPaths } from '../revenue/attribution/read-paths.ts';
import { inWords, type ModelSpec } from '../revenue/attribution/spec.ts';
import { type ModelOptions, modelAsked } from './attribute-model.ts';
import { answer, type CommonOptions, EXIT, type ExitCode, type Io, UserError } from './context.ts';

interface AttributeOptions extends CommonOptions, ModelOptions {
  readonly config?: string;
  readonly paths: string;
  readonly format?: string;
  readonly worth?: string;
}

/** It reads the file and, for a model of your own, attribution.yaml; it touches no database. */
export async function attribute(io: Io, given: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const options = given as unknown as AttributeOptions;
  const format = options.json ? 'json' : oneOf('--format', options.format ?? 'table', ['table', 'csv', 'json']);
  const worth = oneOf('--worth', options.worth ?? 'auto', ['auto', 'paths', 'coalitions']);
  const model = modelAsked(options);
  if (worth !== 'auto' && model.spec.kind !== 'shapley')
    throw new UserError('--worth is for --model shapley', { exit: EXIT.usage });
  const file = readFile(options.paths);
  const { paths, badRows, notes } = pathsIn(file, options.paths, model.spec);
  for (const { line, problem } of badRows) io.err(`${options.paths}:${line}: ${problem}; left out\n`);
  if (paths.length === 0)
    throw new UserError(`${options.paths} has no path that can be used`, {
      hint: badRows[0] ? `The first that cannot: line ${badRows[0].line}, ${badRows[0].problem}.` : 'It has no rows.',
    });
  const result = credited(model.spec, paths, worth);
  const said = [...file.notes, ...notes, ...result.notes];
  for (const note of said) io.err(`${options.paths}: ${note}\n`);
  if (format === 'csv') io.out(csvOf(result));
  else
    answer(io, { json: format === 'json' }, { ...document(model, result), badRows, notes: said }, () =>
      tableOf(model, result, paths.length),
    );
  return badRows.length > 0 ? EXIT.rejected : EXIT.done;
}

type Model = ReturnType<typeof modelAsked>;

function credited(...args: Parameters<typeof aggregate>): Aggregate {
  try {
    return aggregate(...args);
  } catch (error) {
    if (error instanceof Unfit) throw new UserError(error.message);
    throw error;
  }
}

function oneOf<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === text);
  if (word !== undefined) return word;
  throw new UserError(`there is no ${option} "${text}"`, {
    exit: EXIT.usage,
    hint: suggestion(text, words) ?? `Known: ${words.join(', ')}.`,
  });
}

function readFile(path: string): CsvFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return readCsv(textOf(bytes));
  } catch (error) {
    if (error instanceof UnusableFile) throw new UserError(`${path}: ${error.message}`, { hint: error.hint });
    throw error;
  }
}

function pathsIn({ table, lines, badRows }: CsvFile, path: string, spec: ModelSpec) {
  const columns = pathColumns(table.columns);
  const needsDays = spec.kind === 'time-decay' || (spec.kind === 'custom' && spec.weight.includes('daysBefore'));
  const needed = ['path', 'conversions', ...(needsDays ? ['days' as const] : [])] as const;
  for (const name of needed) {
    if (columns[name] !== undefined) continue;
    const near = suggestion(
      name,
      table.columns.map((column) => column.name).filter((each) => !Object.hasOwn(PATH_COLUMNS, each.toLowerCase())),
    );
    const columnsAre = 'The columns are path (a > b > c), conversions, and where they are known value and nulls.';
    const hint =
      name === 'days'
        ? 'Time decay needs the day of each touch, separated as the path is: 0 > 5 > 12, or dates.'
        : `${near ?? ''} ${columnsAre}`.trim();
    throw new UserError(`${path} has no column "${name}"`, { hint });
  }
  const read = readPaths(columns, table.size, needsDays);
  const bad = [...badRows, ...read.bad.map(({ row, problem }) => ({ line: lines[row] ?? 0, problem }))];
  bad.sort((a, b) => a.line - b.line);
  return { paths: read.paths, badRows: bad, notes: read.notes };
}

function document({ name, spec }: Model, result: Aggregate) {
  return {
    kind: 'aggregate',
    model: { name, ...spec },
    conversions: tidy(result.conversions),
    value: tidy(result.value),
    nulls: tidy(result.nulls),
    ...(result.conversionRate === undefined ? {} : { conversionRate: tidy(result.conversionRate) }),
    channels: result.channels.map(({ channel, credit, value, share, removalEffect }) => ({
      channel,
      credit: tidy(credit),
      value: tidy(value),
      share: tidy(share),
      ...(removalEffect === undefined ? {} : { removalEffect: tidy(removalEffect) }),
    })),
  };
}

/** Without the noise of floating point: 0.2, not 0.20000000000000001. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function csvOf({ channels }: Aggregate): string {
  const hasEffects = channels.some(({ removalEffect }) => removalEffect !== undefined);
  return [
    csvLine(['channel', 'credit', 'value', 'share', ...(hasEffects ? ['removalEffect'] : [])]),
    ...channels.map(({ channel, credit, value, share, removalEffect }) =>
      csvLine([channel, tidy(credit), tidy(value), tidy(share), ...(hasEffects ? [tidy(removalEffect ?? 0)] : [])]),
    ),
  ].join('');
}

function tableOf({ name, spec }: Model, result: Aggregate, paths: number): string {
  const { channels, conversions, value, nulls, conversionRate } = result;
  const hasEffects = channels.some(({ removalEffect }) => removalEffect !== undefined);
  const width = Math.max(7, ...channels.map(({ channel }) => channel.length));
  const number = (figure: number, digits: number) => figure.toFixed(digits).padStart(14);
  const effect = (figure: number | undefined) => (figure === undefined ? '' : number(figure, 4));
  return [
    `Aggregate of ${paths} paths under ${name}: ${inWords(spec)}.`,
    'It credits channels over all paths; what the ledger credits is shared out deal by deal.',
    '',
    `${'channel'.padEnd(width)}        credit         value         share${hasEffects ? '  removal effect' : ''}`,
    ...channels.map(
      (each) =>
        `${each.channel.padEnd(width)}${number(each.credit, 4)}${number(each.value, 2)}${number(each.share, 4)}${effect(each.removalEffect)}`,
    ),
    '',
    `${tidy(conversions)} conversions worth ${tidy(value)}, ${tidy(nulls)} journeys without one${
      conversionRate === undefined ? '' : `; a journey converts with probability ${conversionRate.toFixed(4)}`
    }`,
  ].join('\n');
}
