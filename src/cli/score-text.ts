/** What `score train` says, as a JSON document and as text. */
import type { Suspect } from '../leads/predict/leaks.ts';
import type { Evaluation } from '../leads/predict/metrics.ts';
import type { Training } from '../leads/predict/train.ts';
import type { CsvFile } from '../model/read-csv.ts';

export interface About {
  readonly data: string;
  readonly file: CsvFile;
  readonly model: { readonly file: string; readonly version: string } | null;
  readonly seconds: number;
}

export function trainingDocument(training: Training, { data, file, model, seconds }: About) {
  const { test } = training;
  return {
    data,
    rows: file.table.size,
    badRows: file.badRows,
    notes: [...file.notes, training.order.note, ...training.notes],
    time: training.order.time,
    trainedOn: training.trainedOn,
    testedOn: { leads: test.leads, wonShare: test.wonShare },
    auc: test.auc,
    logLoss: test.logLoss,
    brier: test.brier,
    ece: test.ece,
    constant: training.constant,
    calibration: test.calibration,
    reasons: training.reasons,
    leaks: { confirmed: training.leaks.confirmed, questions: training.leaks.questions },
    withQuestions: training.withQuestions && short(training.withQuestions),
    withLeaks: training.withLeaks && short(training.withLeaks),
    columns: { used: training.used, ignored: training.ignored },
    penalty: training.penalty,
    model,
    seconds: Number(seconds.toFixed(2)),
  };
}

function short({ auc, logLoss, brier, ece }: Evaluation) {
  return { auc, logLoss, brier, ece };
}

const BAD_ROWS_SHOWN = 5;

export function trainingText(training: Training, about: About): string {
  const { test, constant, trainedOn, leaks } = training;
  const { file, model } = about;
  return [
    `${about.data}: ${file.table.size} rows, ${file.table.columns.length} columns`,
    ...[...file.notes, training.order.note, ...training.notes].map((note) => `  ${note}`),
    ...file.badRows.slice(0, BAD_ROWS_SHOWN).map(({ line, problem }) => `  line ${line}: ${problem}; left out`),
    ...(file.badRows.length > BAD_ROWS_SHOWN
      ? [`  ... and ${file.badRows.length - BAD_ROWS_SHOWN} more rows like that`]
      : []),
    '',
    `Learned from the first ${trainedOn.leads} leads (${percent(trainedOn.wonShare)} won), tested on the next ${test.leads} (${percent(test.wonShare)} won):`,
    `  AUC ${fixed(test.auc)}   log loss ${fixed(test.logLoss)} (the same chance for all: ${fixed(constant.logLoss)})   Brier ${fixed(test.brier)}   calibration error ${fixed(test.ece)}`,
    ...(training.withQuestions
      ? [`  with the questioned columns below it would be AUC ${fixed(training.withQuestions.auc)}`]
      : []),
    ...(training.withLeaks
      ? [`  with the leaks as well AUC ${fixed(training.withLeaks.auc)}, which nobody will see again at scoring time`]
      : []),
    '',
    'Calibration: tenths of the tested leads by what was said of them',
    `  ${'chance'.padEnd(15)}${'leads'.padStart(6)}${'said'.padStart(8)}${'won'.padStart(8)}`,
    ...test.calibration.map(
      ({ from, to, leads, predicted, won }) =>
        `  ${`${fixed(from, 2)} to ${fixed(to, 2)}`.padEnd(15)}${String(leads).padStart(6)}${percent(predicted).padStart(8)}${percent(won).padStart(8)}`,
    ),
    '',
    'What moves the score most (in log-odds)',
    ...training.reasons.map(({ text, leads }) => `  ${text}, ${leads} leads`),
    ...suspects('Leaks: set during or after the sale, kept out', leaks.confirmed),
    ...suspects(
      'Questions: when is this known? Left out until you say so (--known A,B takes them in)',
      leaks.questions,
    ),
    '',
    `Columns used: ${training.used.join(', ')}`,
    ...training.ignored.map(({ column, why }) => `  not ${column}: ${why}`),
    ...(model ? ['', `The score learned from all leads is in ${model.file}, version ${model.version}.`] : []),
    `Took ${about.seconds.toFixed(1)} s.`,
  ].join('\n');
}

function suspects(title: string, list: readonly Suspect[]): string[] {
  if (list.length === 0) return [];
  return [
    '',
    title,
    ...list.flatMap(({ column, evidence }) => [`  ${column}`, ...evidence.map((each) => `    ${each}`)]),
  ];
}

function fixed(value: number, digits = 3): string {
  return value.toFixed(digits);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
