import { describe, expect, test } from '@jest/globals';
import { compileReports } from '../../../src/insight/reports/custom.ts';
import { ConfigError } from '../../../src/model/config-error.ts';

const compile = (text: string) => compileReports('config/reports.yaml', text);
function problemsOf(text: string) {
  try {
    compile(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('it was accepted');
}
const report = (lines: string) =>
  `reports:\n  - name: mine\n    dataset: leads\n    measures: [leads]\n${lines
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')}\n`;

describe('a report of one’s own', () => {
  test('asks a dataset for measures by dimensions, of what the filters leave', () => {
    const { custom } = compile(`
reports:
  - name: wins
    title: Wins by country
    about: Where we win.
    dataset: leads
    by: [country, month]
    measures: [won, win-rate]
    where:
      source: [Web, Webinar]
      grade: { not: D }
    sort: -won
    limit: 5
    period: this year
`);
    expect(custom).toEqual([
      {
        name: 'wins',
        title: 'Wins by country',
        about: 'Where we win.',
        options: ['period', 'partner', 'campaign'],
        period: 'this year',
        tables: [
          {
            name: 'rows',
            title: 'Wins by country',
            dataset: 'leads',
            by: ['country', 'month'],
            measures: ['won', 'win-rate'],
            where: [
              { dimension: 'source', values: ['Web', 'Webinar'], not: false },
              { dimension: 'grade', values: ['D'], not: true },
            ],
            sort: [{ by: 'won', descending: true }],
            limit: 5,
          },
        ],
      },
    ]);
  });

  test.each([
    ['by: [countri]', 5, 10, 'there is no dimension of leads "countri"', 'did you mean "country"?'],
    ['where: { sauce: Web }', 5, 14, 'there is no dimension of leads "sauce"', 'did you mean "source"?'],
    [
      'where: { month: 2026-01 }',
      5,
      14,
      '"month" is no filter',
      'give the report a `period`, or ask it with --from and --to',
    ],
    ['sort: -wun', 5, 11, 'there is no column of the report "wun"', 'known: leads'],
    ['by: [country, country]', 5, 19, '"country" is listed twice', undefined],
    ['period: last fortnight', 5, 13, '"last fortnight" is no period', expect.stringContaining('previous week')],
    ['limt: 5', 5, 5, 'unknown key "limt"', 'did you mean "limit"?'],
  ])('%j is refused with its place and what may be meant', (line, lineNumber, column, message, hint) => {
    expect(problemsOf(report(line))).toEqual([
      { file: 'config/reports.yaml', line: lineNumber, column, message, ...(hint === undefined ? {} : { hint }) },
    ]);
  });

  test.each([
    ['dataset: leeds\n    measures: [leads]', 'there is no dataset "leeds"'],
    ['dataset: leads\n    measures: [revenue]', 'there is no measure of leads "revenue"'],
    [
      "dataset: leads\n    measures: ['count(*) from people; --']",
      'there is no measure of leads "count(*) from people; --"',
    ],
    ['dataset: leads\n    measures: [__proto__]', 'there is no measure of leads "__proto__"'],
  ])('on %j is refused', (lines, message) => {
    expect(problemsOf(`reports:\n  - name: mine\n    ${lines}\n`)[0]?.message).toBe(message);
  });

  test('cannot take the name of another', () => {
    expect(problemsOf('reports: [{ name: roi, dataset: leads, measures: [won] }]')[0]).toMatchObject({
      line: 1,
      column: 19,
      message: 'there is a report "roi" already',
    });
  });
});

describe('a schedule', () => {
  const schedule = (lines: string) =>
    `schedule:\n  - name: s\n    to: [a@example.com]\n    ${lines.replaceAll('\n', '\n    ')}\n`;
  test.each([
    ['report: rio\nevery: month', 'there is no report "rio"'],
    ['report: roi\nevery: month\non: friday', 'a day of the month, 1 to 28'],
    ['report: roi\nevery: week\non: 3', 'a weekday, such as monday'],
    ['report: roi\nevery: week\ntimeZone: Europe/Berlinn', 'there is no time zone "Europe/Berlinn"'],
    ['report: roi\nevery: month\nperiod: lately', '"lately" is no period'],
  ])('%j is refused', (lines, message) => {
    expect(problemsOf(schedule(lines))[0]).toMatchObject({ file: 'config/reports.yaml', message });
  });
});
