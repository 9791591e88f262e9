import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { calibrate, calibrated } from '../../../src/leads/predict/calibrate.ts';
import {
  auc,
  brier,
  calibrationTable,
  evaluate,
  expectedCalibrationError,
  logLoss,
} from '../../../src/leads/predict/metrics.ts';
import { minimise } from '../../../src/leads/predict/minimise.ts';
import { chanceOf } from '../../../src/leads/predict/scorecard.ts';
import { randomFrom } from './tables.ts';

const leads = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.constantFrom(0, 1)), {
  minLength: 2,
  maxLength: 60,
});

describe('AUC', () => {
  test('is the share of pairs of a won and another lead in which the won one stands higher, ties counting half', () => {
    fc.assert(
      fc.property(leads, (rows) => {
        const pairs = rows.flatMap(([score, won]) =>
          won === 1
            ? rows.filter(([, other]) => other === 0).map(([less]) => (score > less ? 1 : score === less ? 0.5 : 0))
            : [],
        );
        const expected = pairs.length === 0 ? 0.5 : pairs.reduce<number>((sum, each) => sum + each, 0) / pairs.length;
        expect(
          auc(
            rows.map(([score]) => score),
            rows.map(([, won]) => won),
          ),
        ).toBeCloseTo(expected, 10);
      }),
    );
  });
});

describe('log loss and Brier score', () => {
  test('of a coin are ln 2 and a quarter', () => {
    expect(logLoss([0.5, 0.5], [1, 0])).toBeCloseTo(Math.log(2), 10);
    expect(brier([0.5, 0.5], [1, 0])).toBe(0.25);
  });

  test('of a certain and wrong answer are finite', () => {
    expect(logLoss([0], [1])).toBeLessThan(20);
  });
});

describe('the calibration table', () => {
  test('cuts the leads into tenths of equal size, in the order of what was said of them', () => {
    const chances = Array.from({ length: 105 }, (_, n) => n / 105);
    const table = calibrationTable(
      chances,
      chances.map((chance) => (chance > 0.5 ? 1 : 0)),
    );
    expect(table).toHaveLength(10);
    expect(table.reduce((sum, { leads: each }) => sum + each, 0)).toBe(105);
    for (const { leads: each } of table) expect([10, 11]).toContain(each);
    for (const [n, bin] of table.slice(1).entries()) expect(bin.from).toBeGreaterThan(table[n]?.to ?? 1);
  });

  test('has an error of nought where each bin wins as often as was said, and of the gap where it does not', () => {
    const said = Array.from({ length: 100 }, (_, n) => (n < 50 ? 0.2 : 0.8));
    const right = said.map((chance, n) => (n % 5 < chance * 5 ? 1 : 0));
    expect(expectedCalibrationError(calibrationTable(said, right, 2))).toBeCloseTo(0, 10);
    const shifted = said.map((chance) => chance - 0.1);
    expect(evaluate(shifted, right).ece).toBeGreaterThan(0.09);
  });
});

describe('calibration', () => {
  test('finds by how much a model is too sure, and by how much it leans to one side', () => {
    const random = randomFrom(3);
    const logits = Array.from({ length: 8000 }, () => random() * 8 - 4);
    const outcomes = logits.map((logit) => (random() < chanceOf(0.5 * logit - 0.7) ? 1 : 0));
    const found = calibrate(logits, outcomes);
    expect(found.slope).toBeCloseTo(0.5, 1);
    expect(found.offset).toBeCloseTo(-0.7, 1);
    expect(evaluate(calibrated(found, logits), outcomes).ece).toBeLessThan(0.03);
  });

  test('never turns a model around', () => {
    const logits = Array.from({ length: 200 }, (_, n) => n / 50 - 2);
    expect(
      calibrate(
        logits,
        logits.map((logit) => (logit < 0 ? 1 : 0)),
      ).slope,
    ).toBe(0);
  });
});

test('the minimum of any convex parabola is found', () => {
  const number = fc.double({ min: -5, max: 5, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(number, fc.double({ min: 0.1, max: 50, noNaN: true })), { minLength: 1, maxLength: 8 }),
      (terms) => {
        const lowest = minimise(
          (point, gradient) =>
            terms.reduce((sum, [at, steepness], n) => {
              const off = (point[n] as number) - at;
              gradient[n] = 2 * steepness * off;
              return sum + steepness * off * off;
            }, 1),
          new Float64Array(terms.length),
        );
        for (const [n, [at]] of terms.entries()) expect(Math.abs((lowest[n] as number) - at)).toBeLessThan(0.05);
      },
    ),
  );
});
