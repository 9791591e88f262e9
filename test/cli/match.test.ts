import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import Papa from 'papaparse';
import { sluiceHere, temporaryFolder } from '../support/children.ts';

function pairsFile(text: string): string {
  const file = join(temporaryFolder(), 'pairs.csv');
  writeFileSync(file, text);
  return file;
}

const matched = (text: string, ...options: string[]) => sluiceHere('match', '--pairs', pairsFile(text), ...options);

describe('match --pairs', () => {
  test('says of each pair how probable it is, its zone and why, in a table', async () => {
    const { code, out } = await matched('left,right\nBrandolt GmbH,BRANDOLT AG\nBrandolt,Hakust\n');
    expect(code).toBe(0);
    expect(out).toMatch(/ 2 {2}0\.\d{3} {2}same +Brandolt GmbH \| BRANDOLT AG\n +the same name but for spelling/);
    expect(out).toMatch(/ 3 {2}0\.\d{3} {2}different +Brandolt \| Hakust/);
    expect(out).toContain('2 pairs: 1 same, 0 to review, 1 different');
  });

  test('scores labelled pairs at the threshold that is given', async () => {
    const { out } = await matched(
      'left,right,label\nBrandolt GmbH,Brandolt,1\nVodrin,Crelling,yes\nHakust,Brandolt,0\nBrandolt,Vodrin,\n',
      '--json',
      '--threshold',
      '0.6',
    );
    expect(JSON.parse(out)).toMatchObject({
      pairs: [{ line: 2, label: true, zone: 'same' }, { line: 3 }, { line: 4, label: false }, { line: 5, label: null }],
      score: { labelled: 3, trulySame: 2, threshold: 0.6, precision: 1, recall: 0.5, f1: 2 / 3 },
    });
  });

  test('reads a byte order mark, semicolons and names with separators in them', async () => {
    const { out, code } = await matched('\ufeffLeft;Right\n"Brandolt; Inc.";Brandolt, Inc.\n', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).pairs).toMatchObject([{ left: 'Brandolt; Inc.', right: 'Brandolt, Inc.', zone: 'same' }]);
  });

  test('leaves bad rows out, says in which line and why, and ends with 3', async () => {
    const { code, out, err } = await matched(
      'left,right,label\nBrandolt,Brandolt,1\n,Brandolt,1\nBrandolt,Hakust,perhaps\nBrandolt\nHakust,Hakust,1\nVodrin,Vodrin,1\n'
        .replace('Brandolt\nHakust', 'Brandolt,Hakust,0,1\nHakust')
        .concat('Vodrin,Brandolt,0\n'),
      '--json',
    );
    expect(code).toBe(3);
    expect(JSON.parse(out).badRows).toEqual([
      { line: 3, problem: 'left is blank' },
      { line: 4, problem: 'the label "perhaps" is neither a yes (1, yes, same) nor a no (0, no, different)' },
      { line: 5, problem: '4 fields where the first line names 3' },
    ]);
    expect(err).toMatch(/pairs\.csv:3: left is blank; left out/);
  });

  test('writes CSV that no spreadsheet runs as a formula', async () => {
    const { out } = await matched('left,right\n=HYPERLINK(1),+x\n', '--format', 'csv');
    const [row] = Papa.parse<Record<string, string>>(out, { header: true }).data;
    expect(row).toMatchObject({ left: "'=HYPERLINK(1)", right: "'+x" });
  });

  test.each([
    ['a missing column', 'lft,right\na,b\n', [], /no column "left"\n {2}did you mean "lft"\?/],
    ['an empty file', '', [], /the file is empty/],
    ['a file of names alone', 'left,right\n', [], /no rows/],
    ['an unclosed quote', 'left,right\n"a,b\n', [], /line 2: a quote is opened and never closed/],
    ['an unknown format', 'left,right\na,b\n', ['--format', 'cvs'], /no format "cvs"\n {2}did you mean "csv"\?/],
    [
      'a threshold that is no probability',
      'left,right\na,b\n',
      ['--threshold', '80'],
      /--threshold 80 is no probability/,
    ],
  ])('refuses %s and says what to do', async (_, text, options, message) => {
    const { code, err } = await matched(text, ...options);
    expect(code).not.toBe(0);
    expect(err).toMatch(message);
  });

  test('refuses a matching.yaml whose zones leave nothing to review, with its place', async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'matching.yaml'), 'version: 1\nzones:\n  same: 0.5\n  review: 0.7\n');
    const { code, err } = await matched('left,right\na,b\n', '--config', dir);
    expect(code).toBe(1);
    expect(err).toMatch(/matching\.yaml:4:11.*review \(0\.7\) is not under same \(0\.5\)/);
  });
});
