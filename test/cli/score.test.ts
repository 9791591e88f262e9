import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { csvLine } from '../../src/model/csv.ts';
import { simpleLeads } from '../leads/predict/tables.ts';
import { killChildren, sluiceHere, temporaryFolder } from '../support/children.ts';

const folder = temporaryFolder();
const { rows, columns } = simpleLeads(800);
afterAll(killChildren);

/** Writes the leads, each line by `line`, and returns the file's path. */
function leadFile(name: string, line: (cells: string[], n: number) => string = csvLine): string {
  const path = join(folder, name);
  const head = Object.keys(columns);
  const lines = rows.map((row) => [row.created, String(row.interest), row.source, row.won ? 'yes' : 'no']);
  writeFileSync(path, [head, ...lines].map((cells, n) => line(cells, n)).join(''));
  return path;
}

const plain = leadFile('leads.csv');
const trainOn = (data: string, ...more: string[]) =>
  sluiceHere('score', 'train', '--data', data, '--label', 'won', ...more);

describe('score train', () => {
  test('prints how good the score is on newer leads, its calibration and its reasons', async () => {
    const { code, out, err } = await trainOn(plain, '--time', 'created');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/Learned from the first 560 leads .* tested on the next 240/);
    expect(out).toMatch(/AUC 0\.\d{3} +log loss 0\.\d{3} .* Brier 0\.\d{3} +calibration error 0\.\d{3}/);
    expect(out).toMatch(/source Reference: \+\d\.\d \(wins \d+ % of the time against \d+ % overall\)/);
    expect(out).toMatch(/not created: the order of time; less than two years, so no calendar/);
  });

  test('with --json answers with one document', async () => {
    const { code, out } = await trainOn(plain, '--time', 'created', '--json');
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect(document).toMatchObject({
      rows: 800,
      time: 'created',
      leaks: { confirmed: [], questions: [] },
      model: null,
    });
    expect(document.auc).toBeGreaterThan(0.8);
    expect(document.calibration).toHaveLength(10);
    for (const figure of ['logLoss', 'brier', 'ece']) expect(document[figure]).toBeLessThan(1);
  });

  test('says of a leak what gives it away', async () => {
    const data = leadFile('leaky.csv', (cells, n) =>
      csvLine([...cells, n === 0 ? 'contract' : cells[3] === 'yes' && n % 5 ? `K-${n}` : '']),
    );
    const { out } = await trainOn(data, '--time', 'created');
    expect(out).toMatch(
      /Leaks: set during or after the sale, kept out\n {2}contract\n[\s\S]*only where the lead was won/,
    );
    expect((await trainOn(data, '--time', 'created', '--known', 'contract', '--json')).out).toMatch(
      /"used": \[[^\]]*"contract"/,
    );
    expect((await trainOn(data, '--exclude', 'contract,source', '--json')).out).toMatch(/"used": \[\s*"interest"\s*\]/);
  });

  test('leaves rows of the wrong width out, names their lines, and ends with 3', async () => {
    const data = leadFile('rows.csv', (cells, n) => (n === 7 ? 'only,two\r\n' : csvLine(cells)));
    const { code, out } = await trainOn(data);
    expect(code).toBe(3);
    expect(out).toContain('line 8: 2 fields where the first line names 4; left out');
  });

  test.each([
    [
      'an unclosed quote',
      () => leadFile('quote.csv', (cells, n) => (n === 9 ? 'x,"1,Web,no\r\n' : csvLine(cells))),
      /quote\.csv: line 10: a quote is opened/,
    ],
    [
      'no such label',
      () => leadFile('label.csv', (cells, n) => csvLine(n === 0 ? ['a', 'b', 'c', 'wonn'] : cells)),
      /no column "won"\n {2}did you mean "wonn"\?/,
    ],
    [
      'more than two outcomes',
      () =>
        leadFile('three.csv', (cells, n) =>
          csvLine([...cells.slice(0, 3), n && n % 3 === 0 ? 'maybe' : String(cells[3])]),
        ),
      /has 3 values where two are needed: "\w+" \(\d+\)/,
    ],
    [
      'one outcome',
      () => leadFile('one.csv', (cells, n) => csvLine([...cells.slice(0, 3), n ? 'no' : 'won'])),
      /one value only: "no" \(800\)/,
    ],
    [
      'two columns of the label’s name',
      () => leadFile('twice.csv', (cells) => csvLine([...cells, String(cells[3])])),
      /more than one column of .*twice\.csv is called "won"/,
    ],
    ['nothing in it', () => leadFile('empty.csv', () => ''), /empty\.csv: the file is empty/],
    ['no file', () => join(folder, 'none.csv'), /none\.csv cannot be read/],
  ])('refuses a file with %s and says what to do', async (_, data, why) => {
    const { code, out, err } = await trainOn(data());
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(why);
  });

  test('without a label or data is wrong usage', async () => {
    expect((await sluiceHere('score', 'train', '--data', plain)).code).toBe(2);
    expect((await sluiceHere('score', 'train', '--label', 'won')).code).toBe(2);
    expect((await sluiceHere('score', 'guess')).code).toBe(2);
  });
});

describe('score apply', () => {
  const model = join(folder, 'model.json');

  test('gives each row of a file its chance and reasons, safe to open in a spreadsheet', async () => {
    const { code, out } = await trainOn(plain, '--time', 'created', '--model', model);
    expect(code).toBe(0);
    expect(out).toMatch(/model\.json, version sc_[0-9a-f]{16}/);
    const data = join(folder, 'new.csv');
    writeFileSync(data, 'id,interest,source\n=HYPERLINK(1),90,Reference\nb,5,Web\n');
    const applied = await sluiceHere('score', 'apply', '--model', model, '--data', data, '--id', 'id');
    expect(applied.code).toBe(0);
    const [head, first, second] = applied.out.split('\r\n');
    expect(head).toBe('line,id,chance,reason 1,reason 2,reason 3');
    expect(first).toMatch(/^2,'=HYPERLINK\(1\),0\.9\d*,interest above/);
    expect(second).toMatch(/^3,b,0\.0\d*,interest/);
  });

  test('refuses a file without the columns that it looks at, and a model that was changed', async () => {
    const data = join(folder, 'less.csv');
    writeFileSync(data, 'interest,sorce\n90,Web\n');
    const lacking = await sluiceHere('score', 'apply', '--model', model, '--data', data);
    expect(lacking.code).toBe(1);
    expect(lacking.err).toMatch(/lacks 1 of the columns that the score looks at: source\n {2}did you mean "sorce"\?/);
    const changed = join(folder, 'changed.json');
    if (!existsSync(model)) throw new Error('no model was written');
    writeFileSync(changed, readFileSync(model, 'utf8').replace(/"leads": \d+/, '"leads": 1'));
    const refused = await sluiceHere('score', 'apply', '--model', changed, '--data', plain);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/was changed since it was written/);
  });
});
