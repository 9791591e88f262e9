import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { learnFeatures } from '../src/leads/predict/features.ts';
import { outcomesIn } from '../src/leads/predict/label.ts';
import { findLeaks } from '../src/leads/predict/leaks.ts';
import { orderByTime } from '../src/leads/predict/order.ts';
import { evaluateRolling } from '../src/leads/predict/rolling.ts';
import { range, rowsOf, without } from '../src/leads/predict/table.ts';
import { train } from '../src/leads/predict/train.ts';
import { readCsv, textOf } from '../src/model/read-csv.ts';
import { type Bench, machine, rounded } from './bench.ts';
import { type PlantedSet, plantedSet } from './scoring/planted.ts';

/** Real leads with their outcomes, where they are at hand; their licence is not known, so they are no part of the project. */
export const LEAD_OUTCOMES = fileURLToPath(new URL('../../shared/data/lead-outcomes.csv', import.meta.url));
export const LABEL = 'Converted';
export const TIME = 'Lead Number';
/** Columns of it that are set during or after the sale. */
export const LATE_COLUMNS = [
  'Tags',
  'Lead Quality',
  'Last Activity',
  'Last Notable Activity',
  'Lead Profile',
  'Asymmetrique Activity Index',
  'Asymmetrique Profile Index',
  'Asymmetrique Activity Score',
  'Asymmetrique Profile Score',
];
/** Those of them that must be confirmed without a word from anybody. */
const PLAIN_LEAKS = ['Tags', 'Lead Quality', 'Lead Profile'];
/** Asked of the lead, but perhaps filled in by sales. */
export const QUESTIONS = ['What is your current occupation', 'What matters most to you in choosing a course'];

const PLAN = { plantedSets: 100, firstSeed: 1, past: 0.7, rollingBlocks: 10, blocksToMature: 1 };

/**
 * How good a score is that is learned from real leads: honest columns, frozen after the first 70 % and tested on the rest; learned anew block by
 * block; and which leaks are found, there and in generated leads where it is known which columns leak.
 */
export const scoring: Bench = {
  config: { ...PLAN, data: LEAD_OUTCOMES, ...machine() },
  async run(tell) {
    const planted = findPlanted(range(PLAN.firstSeed, PLAN.firstSeed + PLAN.plantedSets).map(plantedSet));
    tell(`${planted.leaks} leaks planted in ${PLAN.plantedSets} sets: ${planted.missed.join(', ') || 'none'} missed`);
    const generated = {
      plantedFound: rounded(planted.found / planted.leaks, 4),
      plantedConfirmed: rounded(planted.confirmed / planted.leaks, 4),
      falseAlarms: rounded(planted.falseAlarms / planted.honest, 4),
    };
    if (!existsSync(LEAD_OUTCOMES)) {
      tell(`SKIPPED: ${LEAD_OUTCOMES} is not there, so nothing was learned from real leads`);
      return { skipped: `no ${LEAD_OUTCOMES}`, ...generated };
    }
    return { ...real(tell), ...generated };
  },
};

function real(tell: (line: string) => void) {
  const { table } = readCsv(textOf(readFileSync(LEAD_OUTCOMES)));
  const startedAt = performance.now();
  const untold = train(table, { label: LABEL, time: TIME });
  const seconds = (performance.now() - startedAt) / 1000;
  const confirmed = untold.leaks.confirmed.map(({ column }) => column);
  const asked = untold.leaks.questions.map(({ column }) => column);
  tell(`confirmed: ${confirmed.join(', ')}; asked about: ${asked.join(', ')}`);
  const honest = train(table, { label: LABEL, time: TIME, exclude: LATE_COLUMNS, known: QUESTIONS }).test;
  tell('frozen after the first 70 %: done');
  const bare = train(table, { label: LABEL, time: TIME, exclude: [...LATE_COLUMNS, ...QUESTIONS] }).test;
  const order = orderByTime(table, TIME);
  const inOrder = rowsOf(table, order.rows);
  const label = inOrder.columns.find(({ name }) => name === LABEL) ?? { name: LABEL, cells: [] };
  const outcomes = Float64Array.from(outcomesIn(label).won, Number);
  const rolling = evaluateRolling(without(inOrder, new Set([LABEL, ...LATE_COLUMNS])), outcomes, TIME, {
    from: PLAN.past,
    blocks: PLAN.rollingBlocks,
  });
  return {
    auc: rounded(honest.auc, 4),
    logLoss: rounded(honest.logLoss, 4),
    brier: rounded(honest.brier, 4),
    ece: rounded(honest.ece, 4),
    aucWithoutQuestions: rounded(bare.auc, 4),
    aucRolling: rounded(rolling.auc, 4),
    eceRolling: rounded(rolling.ece, 4),
    leaksFound: PLAIN_LEAKS.filter((column) => confirmed.includes(column)).length,
    leaksConfirmed: confirmed,
    leaksAsked: asked,
    honestAccused: [...confirmed, ...asked].filter((column) => !LATE_COLUMNS.includes(column)).length,
    seconds: rounded(seconds),
  };
}

/** What is found of planted leaks, and which honest columns are accused; being asked about counts as both. */
export function findPlanted(sets: readonly PlantedSet[]) {
  const all = { leaks: 0, found: 0, confirmed: 0, honest: 0, falseAlarms: 0, missed: [] as string[] };
  for (const { columns, outcomes, time, leaks } of sets) {
    const cut = Math.floor(outcomes.length * PLAN.past);
    const past = rowsOf({ columns, size: outcomes.length }, range(0, cut));
    const found = findLeaks(past, outcomes.slice(0, cut), learnFeatures(past, time).features, time);
    const confirmed = new Set(found.confirmed.map(({ column }) => column));
    const accused = new Set([...confirmed, ...found.questions.map(({ column }) => column)]);
    for (const { name } of columns) {
      const kind = leaks.get(name);
      if (kind === undefined) {
        all.honest++;
        if (accused.has(name)) all.falseAlarms++;
      } else {
        all.leaks++;
        if (confirmed.has(name)) all.confirmed++;
        if (accused.has(name)) all.found++;
        else all.missed.push(kind);
      }
    }
  }
  return all;
}
