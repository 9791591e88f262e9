import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { LABEL, LATE_COLUMNS, LEAD_OUTCOMES, QUESTIONS, TIME } from '../../../bench/scoring.ts';
import { type Training, train } from '../../../src/leads/predict/train.ts';
import { readCsv, textOf } from '../../../src/model/read-csv.ts';

const here = existsSync(LEAD_OUTCOMES);
if (!here) console.warn(`SKIPPED: ${LEAD_OUTCOMES} is not there; the score is not tested on real leads`);

(here ? describe : describe.skip)('on real leads', () => {
  let untold: Training;
  let honest: Training;
  let bare: Training;
  beforeAll(() => {
    const { table } = readCsv(textOf(readFileSync(LEAD_OUTCOMES)));
    untold = train(table, { label: LABEL, time: TIME });
    honest = train(table, { label: LABEL, time: TIME, exclude: LATE_COLUMNS });
    bare = train(table, { label: LABEL, time: TIME, exclude: [...LATE_COLUMNS, ...QUESTIONS] });
  });

  test('honest columns alone, frozen after 70 % of the time, reach AUC 0.89, log loss 0.41, calibration error 0.04', () => {
    expect(honest.leaks).toEqual({ confirmed: [], questions: [] });
    expect(honest.test.auc).toBeGreaterThanOrEqual(0.89);
    expect(honest.test.logLoss).toBeLessThanOrEqual(0.41);
    expect(honest.test.ece).toBeLessThanOrEqual(0.04);
  });

  test('without the questions that sales may have filled in they reach AUC 0.84', () => {
    expect(bare.test.auc).toBeGreaterThanOrEqual(0.84);
  });

  test('the plain leaks are confirmed without a word, the other late columns are asked about', () => {
    const confirmed = untold.leaks.confirmed.map(({ column }) => column);
    expect(confirmed).toEqual(expect.arrayContaining(['Tags', 'Lead Quality', 'Lead Profile']));
    const accused = [...confirmed, ...untold.leaks.questions.map(({ column }) => column)];
    expect(accused).toEqual(expect.arrayContaining(LATE_COLUMNS));
    for (const { evidence } of untold.leaks.questions) expect(evidence.length).toBeGreaterThan(0);
  });

  test('at most three honest columns are accused', () => {
    const accused = [...untold.leaks.confirmed, ...untold.leaks.questions].map(({ column }) => column);
    expect(accused.filter((column) => !LATE_COLUMNS.includes(column)).length).toBeLessThanOrEqual(3);
  });

  test('what is left without them is as good as what is honest', () => {
    expect(untold.test.auc).toBeGreaterThanOrEqual(0.87);
    expect(untold.withLeaks?.auc).toBeGreaterThan(0.97);
  });
});
