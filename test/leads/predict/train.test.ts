import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { driftOf, stabilityIndex } from '../../../src/leads/predict/drift.ts';
import { chancesOf, parseModel } from '../../../src/leads/predict/model.ts';
import { reasonsIn } from '../../../src/leads/predict/reasons.ts';
import { rowsOf, type Table, without } from '../../../src/leads/predict/table.ts';
import { train } from '../../../src/leads/predict/train.ts';
import { simpleLeads, tableOf } from './tables.ts';

const { rows, columns } = simpleLeads(1500);
const table = tableOf(columns);
const training = train(table, { label: 'won', time: 'created' });
const model = training.model();

/** The same leads with other or further columns. */
const changed = (more: Readonly<Record<string, readonly (string | number)[]>>): Table =>
  tableOf({ ...columns, ...more });

describe('a trained score', () => {
  test('is tested on the newest leads, which it has not learned from', () => {
    expect(training.trainedOn.leads).toBe(1050);
    expect(training.test.leads).toBe(450);
    // The same leads in another order of the file are the same past and future.
    const backwards = train(rowsOf(table, [...rows.keys()].reverse()), { label: 'won', time: 'created' });
    expect(backwards.test.wonShare).toBeCloseTo(training.test.wonShare, 1);
    // What the newest leads turn into does not change what was learned from the others.
    const flipped = changed({ won: columns.won.map((won, n) => (n < 1050 ? won : won === 'yes' ? 'no' : 'yes')) });
    const other = train(flipped, { label: 'won', time: 'created' });
    expect(other.reasons).toEqual(training.reasons);
    expect(other.test.auc).toBeCloseTo(1 - training.test.auc, 10);
  });

  test('comes close to the best that can be known of these leads', () => {
    expect(training.test.auc).toBeGreaterThan(0.85);
    expect(training.test.ece).toBeLessThan(0.06);
    expect(training.test.logLoss).toBeLessThan(training.constant.logLoss);
  });

  test('keeps confirmed leaks out, and says what they would have pretended', () => {
    const leaky = train(changed({ x: rows.map(({ won }, n) => (won && n % 9 ? 'done' : '')) }), {
      label: 'won',
      time: 'created',
    });
    expect(leaky.leaks.confirmed.map(({ column }) => column)).toEqual(['x']);
    expect(leaky.used).toEqual(['interest', 'source']);
    expect(leaky.test.auc).toBeCloseTo(training.test.auc, 2);
    expect(leaky.withLeaks?.auc).toBeGreaterThan(0.95);
    expect(leaky.model().features.map(({ column }) => column)).toEqual(['interest', 'source']);
  });

  test('leaves excluded columns alone', () => {
    expect(train(table, { label: 'won', time: 'created', exclude: ['interest'] }).used).toEqual(['source']);
  });

  test('takes blanks, "Select", rare and new values', () => {
    const odd = columns.source.map((source, n) =>
      n % 9 === 0 ? '' : n % 9 === 1 ? 'Select' : n % 200 === 2 ? `Odd ${n}` : source,
    );
    const scored = train(changed({ source: odd }), { label: 'won', time: 'created' }).model();
    const chances = chancesOf(
      scored,
      tableOf({ interest: ['50', '', 'n/a', '1e9'], source: ['Never seen', '', 'Select', 'Web'] }),
    );
    for (const chance of chances) expect(chance).toBeGreaterThan(0.001);
    for (const chance of chances) expect(chance).toBeLessThan(0.999);
  });

  test('says how many leads are still open, and that the newest may be', () => {
    const open = train(
      changed({ won: columns.won.map((won, n) => (n > 1350 ? (n % 8 ? 'no' : won) : n % 10 === 0 ? '' : won)) }),
      {
        label: 'won',
        time: 'created',
      },
    );
    expect(open.notes.join('\n')).toMatch(/136 of 1500 rows have no outcome yet[\s\S]*many outcomes may still be open/);
  });
});

describe('refused with what to do is', () => {
  const refused = (given: Table, options: Partial<Parameters<typeof train>[1]> = {}) => {
    try {
      train(given, { label: 'won', ...options });
    } catch (error) {
      return error as Error & { hint: string };
    }
    throw new Error('it was not refused');
  };

  test('a column that is not there, with the nearest name', () => {
    expect(refused(table, { label: 'wom' })).toMatchObject({
      message: 'there is no column "wom"',
      hint: 'did you mean "won"?',
    });
    expect(refused(table, { exclude: ['intrest'] }).hint).toBe('did you mean "interest"?');
  });

  test('a file with too few leads, or too few of one outcome', () => {
    expect(refused(rowsOf(table, [...Array(150).keys()])).message).toMatch(
      /150 leads of known outcome, \d+ of them won: too few/,
    );
    const rare = changed({ won: rows.map((_, n) => (n % 100 === 0 ? 'yes' : 'no')) });
    expect(refused(rare).message).toMatch(/1500 leads of known outcome, 15 of them won: too few/);
  });

  test('a file that is sorted by outcome', () => {
    const byOutcome = [...rows.keys()].sort((a, b) => Number(rows[b]?.won) - Number(rows[a]?.won));
    const sorted = without(rowsOf(table, byOutcome), new Set(['created']));
    expect(refused(sorted)).toMatchObject({ hint: expect.stringContaining('--time') });
  });

  test('a file with nothing to learn from', () => {
    expect(
      refused(changed({ interest: rows.map((_, n) => `n${n}`), source: rows.map(() => 'Web') }), { time: 'created' })
        .message,
    ).toMatch(/no column is left/);
  });
});

describe('the model', () => {
  const text = JSON.stringify(model);

  test('scores the same after it was written and read', () => {
    const read = parseModel(text);
    if (!('model' in read)) throw new Error(read.problem);
    expect([...chancesOf(read.model, table)]).toEqual([...chancesOf(model, table)]);
  });

  test('has the same version for the same leads, and another one for others', () => {
    expect(train(table, { label: 'won', time: 'created' }).model().version).toBe(model.version);
    expect(train(rowsOf(table, [...rows.keys()].slice(1)), { label: 'won', time: 'created' }).model().version).not.toBe(
      model.version,
    );
  });

  test.each([
    ['{', /no JSON/],
    ['{"format":"else"}', /no model of `sluice score train`/],
    [text.replace(/"base":-?\d/, '"base":7'), /was changed since it was written/],
  ])('is refused where it is damaged: %#', (damaged, why) => {
    expect((parseModel(damaged) as { problem: string }).problem).toMatch(why);
  });

  test('explains each chance by reasons that add up to it', () => {
    const chances = chancesOf(model, table);
    const reasons = reasonsIn(model, table, 1000);
    const logit = (row: number) => Math.log((chances[row] as number) / (1 - (chances[row] as number)));
    const sum = (row: number) => reasons(row).reduce((total, { points }) => total + points, 0);
    fc.assert(
      fc.property(fc.nat(1499), fc.nat(1499), (a, b) => {
        // Reasons below 0.05 are left out, one a column at most.
        expect(Math.abs(logit(a) - logit(b) - (sum(a) - sum(b)))).toBeLessThan(0.2);
      }),
    );
  });

  test('says its reasons in words', () => {
    const row = rows.findIndex(({ source }) => source === 'Reference');
    const texts = reasonsIn(model, table)(row).map(({ text: each }) => each);
    expect(texts.join('\n')).toMatch(/source Reference: \+\d\.\d \(wins \d\d % of the time against \d\d % overall\)/);
    expect(texts.join('\n')).toMatch(/interest (above|up to) [\d.]+/);
  });
});

describe('drift', () => {
  test('is nought for the leads that were learned from', () => {
    const drift = driftOf(model, table);
    expect(drift.score).toBeCloseTo(0, 6);
    for (const { index } of drift.features) expect(index).toBeCloseTo(0, 6);
  });

  test('names the column that has changed first', () => {
    const drift = driftOf(
      model,
      changed({ source: columns.source.map((source) => (source === 'Web' ? 'Fair' : source)) }),
    );
    expect(drift.features[0]).toMatchObject({ column: 'source' });
    expect(drift.features[0]?.index).toBeGreaterThan(0.25);
    expect(drift.features[1]?.index).toBeCloseTo(0, 6);
    expect(drift.score).toBeGreaterThan(0.01);
  });

  test('is never below nought', () => {
    const counts = fc.array(fc.nat(500), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(counts, counts, (then, now) => expect(stabilityIndex(then, now)).toBeGreaterThanOrEqual(-1e-12)),
    );
  });
});
