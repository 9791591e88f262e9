/** Learns a score from a table and says what it is worth: trained on the past, tested on the future, leaks found and kept out. */
import { suggestion } from '../../mapping/yaml-file.ts';
import { UnusableFile } from '../../model/read-csv.ts';
import { calibrated } from './calibrate.ts';
import { type Ignored, learnFeatures } from './features.ts';
import { type Fit, fitScore, logitsIn } from './fit.ts';
import { type Outcomes, outcomesIn } from './label.ts';
import { findLeaks, type Leaks } from './leaks.ts';
import { type Evaluation, evaluate, meanOf } from './metrics.ts';
import { modelOf, type ScoreModel } from './model.ts';
import { orderByTime, type TimeOrder } from './order.ts';
import { type PredictiveReason, topReasons } from './reasons.ts';
import { range, rowsOf, type Table, without } from './table.ts';

export interface TrainOptions {
  readonly label: string;
  /** The value of the label that means won, where its words do not say it. */
  readonly won?: string | undefined;
  readonly time?: string | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** Columns that people vouch for: known at scoring time, so never accused. */
  readonly known?: readonly string[] | undefined;
}

export interface Training {
  readonly order: Pick<TimeOrder, 'time' | 'note'>;
  readonly outcomes: Pick<Outcomes, 'wonValue' | 'notWonValue'>;
  readonly notes: readonly string[];
  readonly trainedOn: { readonly leads: number; readonly wonShare: number };
  /** On the newest leads, which nothing was learned from. */
  readonly test: Evaluation;
  /** What everybody getting the same chance would come to. */
  readonly constant: { readonly logLoss: number; readonly brier: number };
  readonly leaks: Leaks;
  /** The same test with the questioned columns, which are left out until somebody vouches for them; null without any. */
  readonly withQuestions: Evaluation | null;
  /** The same test with questioned columns and confirmed leaks, which nobody has at scoring time; null without leaks. */
  readonly withLeaks: Evaluation | null;
  readonly used: readonly string[];
  readonly ignored: readonly Ignored[];
  readonly penalty: number;
  readonly reasons: readonly (PredictiveReason & { readonly leads: number })[];
  /** Learned anew from all leads, the newest among them. */
  model(): ScoreModel;
}

/** The first part of the leads in time teaches, the rest tests. */
const PAST = 0.7;
const LEAST_LEADS = 200;
const LEAST_OF_EACH = 20;

/** @throws UnusableFile where there is nothing to learn, with what to do */
export function train(table: Table, options: TrainOptions): Training {
  const { label, time = null, exclude = [], known = [] } = options;
  for (const name of [label, ...(time === null ? [] : [time]), ...exclude, ...known]) needColumn(table, name);
  if (time === label)
    throw new UnusableFile(
      '--label and --time name the same column',
      'The one says what came of a lead, the other when it came.',
    );
  const labelColumn = table.columns.find(({ name }) => name === label) as Table['columns'][number];
  const outcomes = outcomesIn(labelColumn, options.won);
  const order = orderByTime(without(table, new Set([label])), time);
  const rows = order.rows.filter((row) => outcomes.won[row] !== null);
  const won = Float64Array.from(rows, (row) => outcomes.won[row] as number);
  const all = rowsOf(without(table, new Set([label, ...exclude])), rows);
  const cut = Math.floor(all.size * PAST);
  needEnough(won, cut);

  const past = rowsOf(all, range(0, cut));
  const future = rowsOf(all, range(cut, all.size));
  const [pastWon, futureWon] = [won.subarray(0, cut), won.subarray(cut)];
  const leaks = findLeaks(past, pastWon, learnFeatures(past, order.time).features, order.time, new Set(known));
  const confirmed = new Set(leaks.confirmed.map(({ column }) => column));
  const left = new Set([...confirmed, ...leaks.questions.map(({ column }) => column)]);

  const judged = (out: ReadonlySet<string>, penalties?: readonly number[]) => {
    const learned = fitScore(without(past, out), pastWon, order.time, penalties);
    return { learned, test: evaluate(calibrated(learned.calibration, logitsIn(learned, future)), futureWon) };
  };
  const { learned, test } = judged(left);
  if (learned.features.length === 0) {
    throw new UnusableFile(
      'no column is left to learn from',
      'All are ids, always the same, or leaks; give more columns.',
    );
  }
  // What these differ by is far more than another penalty would change.
  const again = (out: ReadonlySet<string>) => judged(out, [learned.penalty]).test;
  const share = meanOf(pastWon);
  const constant = evaluate(new Float64Array(futureWon.length).fill(share), futureWon);
  const about = { label, won: outcomes.wonValue, time: order.time, excluded: [...exclude, ...left] };
  const asModel = (each: Fit, of: Table, came: Float64Array) => modelOf(each, of, came, about);
  return {
    order: { time: order.time, note: order.note },
    outcomes: { wonValue: outcomes.wonValue, notWonValue: outcomes.notWonValue },
    notes: notesOn(table.size, outcomes, won),
    trainedOn: { leads: cut, wonShare: share },
    test,
    constant: { logLoss: constant.logLoss, brier: constant.brier },
    leaks,
    withQuestions: leaks.questions.length > 0 ? again(confirmed) : null,
    withLeaks: confirmed.size > 0 ? again(new Set()) : null,
    used: [...new Set(learned.features.map(({ column }) => column))],
    ignored: learned.ignored,
    penalty: learned.penalty,
    reasons: topReasons(asModel(learned, without(past, left), pastWon)),
    model: () => {
      const kept = without(all, left);
      return asModel(fitScore(kept, won, order.time), kept, won);
    },
  };
}

function needColumn({ columns }: Table, name: string): void {
  const names = columns.map((column) => column.name);
  if (names.includes(name)) return;
  throw new UnusableFile(
    `there is no column "${name}"`,
    suggestion(name, names) ?? `The first line names ${names.length} columns.`,
  );
}

function needEnough(won: Float64Array, cut: number): void {
  const wins = won.reduce((sum, each) => sum + each, 0);
  const least = Math.min(wins, won.length - wins);
  if (won.length < LEAST_LEADS || least < LEAST_OF_EACH) {
    throw new UnusableFile(
      `there are ${won.length} leads of known outcome, ${wins} of them won: too few to learn from`,
      `It takes ${LEAST_LEADS} leads, and ${LEAST_OF_EACH} of each outcome. Until then score by rules.`,
    );
  }
  for (const [part, when] of [
    [won.subarray(0, cut), 'first 70 %'],
    [won.subarray(cut), 'last 30 %'],
  ] as const) {
    if (part.includes(0) && part.includes(1)) continue;
    throw new UnusableFile(
      `all leads of the ${when} in time have the same outcome, so nothing can be ${when.startsWith('first') ? 'learned' : 'tested'}`,
      'Is the file sorted by outcome? Say by which column time runs: --time.',
    );
  }
}

/** The newest tenth must not win so much less often than the rest, or its outcomes are not all there yet. */
const IMMATURE = 0.7;

function notesOn(rows: number, outcomes: Outcomes, won: Float64Array): string[] {
  const open = outcomes.won.filter((each) => each === null).length;
  const cut = Math.floor(won.length * 0.9);
  const [before, newest] = [meanOf(won.subarray(0, cut)), meanOf(won.subarray(cut))];
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  return [
    `won is "${outcomes.wonValue}", not won "${outcomes.notWonValue}"`,
    ...(open > 0 ? [`${open} of ${rows} rows have no outcome yet and are left out`] : []),
    ...(newest < IMMATURE * before
      ? [
          `of the newest tenth ${percent(newest)} are won, of the others ${percent(before)}: many outcomes may still be open; leave such leads out`,
        ]
      : []),
  ];
}
