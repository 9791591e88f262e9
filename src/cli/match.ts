import { existsSync, readFileSync } from 'node:fs';
import { packageRoot } from '../config/files.ts';
import { ruleFiles } from '../config/load.ts';
import type { Verdict } from '../leads/matching/match-companies.ts';
import { compileMatching, type MatchRules } from '../leads/matching/match-config.ts';
import { bestScore, labelOf, matchPairs, type PairScore, scorePairs } from '../leads/matching/pairs.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { csvLine } from '../model/csv.ts';
import { type CsvFile, readCsv, textOf, UnusableFile } from '../model/read-csv.ts';
import { answer, type CommonOptions, EXIT, type ExitCode, type Io, UserError } from './context.ts';

interface MatchOptions extends CommonOptions {
  readonly pairs: string;
  readonly format?: string;
  readonly threshold?: string;
}

interface JudgedPair {
  readonly line: number;
  readonly left: string;
  readonly right: string;
  readonly label: boolean | null;
  readonly verdict: Verdict;
}

/** `sluice match --pairs FILE`: judges pairs of company names; it reads config/matching.yaml and nothing else. */
export async function match(io: Io, given: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const options = given as unknown as MatchOptions;
  const format = options.json ? 'json' : formatOf(options.format);
  const rules = rulesOf(options.config);
  const threshold = thresholdOf(options.threshold) ?? rules.zones.same;
  const file = readPairs(options.pairs);
  const { pairs, badRows, labelled } = pairsIn(file, options.pairs);
  const verdicts = matchPairs(pairs, rules);
  const judged = pairs.map((pair, n): JudgedPair => ({ ...pair, verdict: verdicts[n] as Verdict }));
  const known = judged.flatMap(({ label, verdict }) =>
    label === null ? [] : [{ probability: verdict.probability, same: label }],
  );
  const score = known.length === 0 ? null : { at: scorePairs(known, threshold), best: bestScore(known) };
  for (const { line, problem } of badRows) io.err(`${options.pairs}:${line}: ${problem}; left out\n`);
  for (const note of file.notes) io.err(`${options.pairs}: ${note}\n`);
  if (format === 'csv') {
    io.out(csvOf(judged, labelled));
    if (score !== null) io.err(`${scoreText(score.at)}\n`);
  } else
    answer(
      io,
      { json: format === 'json' },
      {
        pairs: judged.map(({ verdict, label, ...pair }) => ({
          ...pair,
          ...(labelled ? { label } : {}),
          probability: Number(verdict.probability.toFixed(4)),
          zone: verdict.zone,
          reasons: verdict.reasons,
        })),
        badRows,
        score: score?.at ?? null,
        bestScore: score?.best ?? null,
      },
      () => tableOf(judged, score),
    );
  return badRows.length > 0 ? EXIT.rejected : EXIT.done;
}

function rulesOf(named: string | undefined): MatchRules {
  const { matching } = ruleFiles(named ?? (existsSync('config') ? 'config' : `${packageRoot()}/config`));
  return compileMatching(matching.file, matching.text);
}

const FORMATS = ['table', 'csv', 'json'] as const;

function formatOf(text = 'table'): (typeof FORMATS)[number] {
  const format = FORMATS.find((each) => each === text);
  if (format !== undefined) return format;
  throw new UserError(`there is no format "${text}"`, {
    exit: EXIT.usage,
    hint: suggestion(text, FORMATS) ?? `Known: ${FORMATS.join(', ')}.`,
  });
}

function thresholdOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = /^(0?\.\d+|0|1|1\.0+)$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value < 1) return value;
  throw new UserError(`--threshold ${text} is no probability`, {
    exit: EXIT.usage,
    hint: 'It is above 0 and under 1, such as 0.8.',
  });
}

function readPairs(path: string): CsvFile {
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

function pairsIn(file: CsvFile, path: string) {
  const { table, lines } = file;
  const names = table.columns.map(({ name }) => name);
  const column = (wanted: string) => table.columns.find(({ name }) => name.toLowerCase() === wanted)?.cells;
  const [lefts, rights, labels] = [column('left'), column('right'), column('label')];
  const missing = [...(lefts ? [] : ['left']), ...(rights ? [] : ['right'])];
  const [absent] = missing;
  if (!lefts || !rights || absent !== undefined)
    throw new UserError(`${path} has no column ${missing.map((name) => `"${name}"`).join(' and no column ')}`, {
      hint: `${
        suggestion(
          absent ?? '',
          names.filter((name) => !['left', 'right', 'label'].includes(name.toLowerCase())),
        ) ?? ''
      } The columns are left, right and, where you know what is true, label.`.trim(),
    });
  const badRows = [...file.badRows];
  const pairs: Omit<JudgedPair, 'verdict'>[] = [];
  for (const [row, line] of lines.entries()) {
    const [left, right] = [lefts[row] ?? '', rights[row] ?? ''];
    const label = labels === undefined ? null : labelOf(labels[row] ?? '');
    const blank = [...(left === '' ? ['left'] : []), ...(right === '' ? ['right'] : [])];
    if (blank.length > 0)
      badRows.push({ line, problem: `${blank.join(' and ')} ${blank.length > 1 ? 'are' : 'is'} blank` });
    else if (label === undefined)
      badRows.push({
        line,
        problem: `the label "${labels?.[row]}" is neither a yes (1, yes, same) nor a no (0, no, different)`,
      });
    else pairs.push({ line, left, right, label });
  }
  badRows.sort((a, b) => a.line - b.line);
  return { pairs, badRows, labelled: labels !== undefined };
}

function csvOf(judged: readonly JudgedPair[], labelled: boolean): string {
  const head = csvLine(['line', 'left', 'right', ...(labelled ? ['label'] : []), 'probability', 'zone', 'reasons']);
  const rows = judged.map(({ line, left, right, label, verdict }) =>
    csvLine([
      line,
      left,
      right,
      ...(labelled ? [label === null ? null : label ? 'same' : 'different'] : []),
      verdict.probability.toFixed(4),
      verdict.zone,
      verdict.reasons.join('; '),
    ]),
  );
  return head + rows.join('');
}

function tableOf(
  judged: readonly JudgedPair[],
  score: { readonly at: PairScore; readonly best: PairScore } | null,
): string {
  const rows = judged.flatMap(({ line, left, right, label, verdict }) => [
    `${String(line).padStart(5)}  ${verdict.probability.toFixed(3)}  ${verdict.zone.padEnd(9)}  ${left} | ${right}${wrong(label, verdict)}`,
    `${' '.repeat(25)}${verdict.reasons.join('; ')}`,
  ]);
  const count = (zone: Verdict['zone']) => judged.filter(({ verdict }) => verdict.zone === zone).length;
  return [
    ' line  chance  zone       names',
    ...rows,
    '',
    `${judged.length} pairs: ${count('same')} same, ${count('review')} to review, ${count('different')} different`,
    ...(score === null
      ? []
      : [
          scoreText(score.at),
          `The best that any threshold gives on these pairs: F1 ${score.best.f1.toFixed(3)} at ${score.best.threshold.toFixed(3)}`,
        ]),
  ].join('\n');
}

function wrong(label: boolean | null, { zone }: Verdict): string {
  if (label === null || zone === 'review' || label === (zone === 'same')) return '';
  return `   (labelled ${label ? 'same' : 'different'})`;
}

function scoreText({ labelled, trulySame, threshold, precision, recall, f1 }: PairScore): string {
  return `${labelled} labelled pairs, ${trulySame} the same: F1 ${f1.toFixed(3)}, precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} at threshold ${threshold}`;
}
