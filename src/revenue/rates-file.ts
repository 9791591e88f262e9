import { nearest } from '../mapping/yaml-file.ts';
import { ConfigError, type ConfigProblem } from '../model/config-error.ts';
import { isCurrency } from '../model/money.ts';
import { isDate } from './calendar.ts';
import { type Rate, rateProblem } from './rates.ts';

const COLUMNS = ['date', 'from', 'to', 'rate'] as const;

/**
 * Reads `rates.csv`: a first line `date,from,to,rate` (in any order), then a rate a line: units of `to` for one of `from`, in
 * force from that date. Lines that begin with # say nothing. Throws a ConfigError with the place of every line that cannot be
 * right: no date, no currency, a rate of zero or below or beyond reason, a pair stated twice for a day.
 */
export function readRatesFile(file: string, text: string): Rate[] {
  const problems: ConfigProblem[] = [];
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ number: index + 1, cells: cellsOf(line), isEmpty: /^\s*(#|$)/.test(line) }))
    .filter(({ isEmpty }) => !isEmpty);
  const [head, ...rest] = lines;
  if (!head) return [];
  const names = head.cells.map(({ text: name }) => name.toLowerCase());
  const place = Object.fromEntries(COLUMNS.map((name) => [name, names.indexOf(name)])) as Record<
    (typeof COLUMNS)[number],
    number
  >;
  for (const name of COLUMNS.filter((each) => place[each] === -1)) {
    const near = nearest(name, names);
    problems.push({
      file,
      line: head.number,
      column: 1,
      message: `there is no column "${name}"`,
      hint: near === undefined ? 'the first line is: date,from,to,rate' : `is "${near}" meant?`,
    });
  }
  if (problems.length > 0) throw new ConfigError(problems);

  const rates: Rate[] = [];
  const seen = new Map<string, number>();
  for (const { number, cells } of rest) {
    const cell = (name: (typeof COLUMNS)[number]) => cells[place[name]] ?? { text: '', column: 1 };
    const problem = (name: (typeof COLUMNS)[number], message: string, hint?: string) =>
      problems.push({ file, line: number, column: cell(name).column, message, ...(hint ? { hint } : {}) });
    const [date, from, to, rate] = COLUMNS.map((name) => cell(name).text) as [string, string, string, string];
    const before = problems.length;
    if (!isDate(date)) problem('date', `"${date.slice(0, 40)}" is no date`, 'as in 2026-03-31');
    for (const [name, code] of [
      ['from', from.toUpperCase()],
      ['to', to.toUpperCase()],
    ] as const)
      if (!isCurrency(code)) problem(name, `"${code.slice(0, 40)}" is no currency of ISO 4217`);
    if (isCurrency(to.toUpperCase()) && from.toUpperCase() === to.toUpperCase())
      problem('to', `a rate is between two currencies, not from ${to} to itself`);
    const wrong = rateProblem(rate);
    if (wrong) problem('rate', wrong);
    const key = `${date} ${from} ${to}`.toUpperCase();
    const first = seen.get(key);
    if (first !== undefined) problem('date', `line ${first} states the rate of that day already`);
    else seen.set(key, number);
    if (problems.length > before) continue;
    rates.push({ source: 'file', from: from.toUpperCase(), to: to.toUpperCase(), date, rate, isDated: true });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return rates;
}

/** The cells of a line with the columns that they begin in; quotes around a cell are taken off. */
function cellsOf(line: string): { text: string; column: number }[] {
  const separator = line.includes(',') ? ',' : ';';
  let column = 1;
  return line.split(separator).map((cell) => {
    const at = column;
    column += cell.length + 1;
    return {
      text: cell
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .trim(),
      column: at,
    };
  });
}
