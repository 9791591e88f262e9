import { existsSync, readFileSync } from 'node:fs';
import { type Lift, liftOf, NoLift } from '../insight/lift.ts';
import { unitsIn } from '../insight/lift-table.ts';
import { fundNames, loadFundUnits } from '../insight/service/lift.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { decimalOf } from '../model/money.ts';
import { partnerFacts } from '../model/partner.ts';
import { readCsv, textOf, UnusableFile } from '../model/read-csv.ts';
import { answer, EXIT, type ExitCode, type Io, UserError } from './context.ts';
import { periodOf } from './period-option.ts';
import { textTable } from './text-table.ts';
import type { AppCommand } from './with-app.ts';

/** `lift [FUND]`: what a fund changed at the partners it supported, by the store. */
export const liftInApp: AppCommand = async (app, io, options, [name]) => {
  const { clock } = await app.environment();
  const period = periodOf(options, 180, clock.now());
  const { db } = app.store;
  const funds = await fundNames(db);
  if (funds.length === 0)
    throw new UserError('there is no fund', {
      hint: '`sluice lift --data FILE.csv` compares partners or accounts of a file.',
    });
  const fund = name === undefined ? null : fundNamed(funds, name);
  const { currency } = app.config.vendor;
  const { units, traits, before } = await loadFundUnits(db, fund?.id ?? null, period, currency);
  const found = estimated(() => liftOf(units, traits));
  const rows = await db.selectFrom('partners').select(['id', 'facts']).execute();
  const names = new Map(rows.map(({ id, facts }) => [id, partnerFacts(facts as object).name]));
  const money = (minor: number) => `${decimalOf({ minor: BigInt(Math.round(minor)), currency })} ${currency}`;
  const head = `${fund?.name ?? 'All funds'}, ${period.name}, beside ${before[0]} to ${before[1]}: what a supported partner booked more`;
  answer(io, options, { fund: fund?.name ?? null, period, before, currency, lift: found }, () =>
    liftText(head, found, money, (id) => names.get(id) ?? id),
  );
  return EXIT.done;
};

/** `lift --data FILE.csv`: the same for partners or accounts of a file; it reads nothing else. */
export async function liftOfFile(io: Io, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const file = String(options.data);
  if (!existsSync(file)) throw new UserError(`there is no file ${file}`);
  const csv = estimated(() => readCsv(textOf(readFileSync(file))));
  const read = unitsIn(csv.table);
  if ('missing' in read)
    throw new UserError(`${file} has no column ${read.missing.join(', ')}`, {
      hint: 'It needs id, funded, before and after, may have earlier and cluster, and every other column is a trait.',
    });
  for (const { line, problem } of csv.badRows) io.err(`${file}:${line}: ${problem}; left out\n`);
  for (const { row, problem } of read.bad) io.err(`${file}:${csv.lines[row] ?? '?'}: ${problem}; left out\n`);
  const found = estimated(() => liftOf(read.units, read.traits));
  const leftOut = csv.badRows.length + read.bad.length;
  answer(io, options, { file, rows: read.units.length, leftOutRows: leftOut, lift: found }, () =>
    liftText(
      `${file}: what a funded one changed more`,
      found,
      (value) => value.toFixed(2),
      (id) => id,
    ),
  );
  return leftOut > 0 ? EXIT.rejected : EXIT.done;
}

function estimated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof NoLift) throw new UserError(error.message);
    if (error instanceof UnusableFile) throw new UserError(error.message, { hint: error.hint });
    throw error;
  }
}

function fundNamed(funds: readonly { id: string; name: string }[], sought: string): { id: string; name: string } {
  const found = funds.filter(({ id, name }) => id === sought || name.toLowerCase() === sought.toLowerCase());
  const [one] = found;
  if (one === undefined) {
    const near = suggestion(
      sought,
      funds.map(({ name }) => name),
    );
    throw new UserError(`there is no fund "${sought}"`, near ? { hint: near } : {});
  }
  if (found.length > 1)
    throw new UserError(`several funds are called "${sought}"`, {
      hint: `Say which by its id: ${found.map(({ id }) => id).join(', ')}.`,
    });
  return one;
}

/** Pairs that are shown. */
const SHOWN = 10;

function liftText(
  head: string,
  lift: Lift,
  value: (outcome: number) => string,
  nameOf: (id: string) => string,
): string {
  const span = ({ estimate, low, high }: { estimate: number; low: number; high: number }) =>
    `${value(estimate)} (${value(low)} to ${value(high)})`;
  const lines: [string, string][] = [
    ['Lift of each', `${span(lift)}, 95 %`],
    ['Without matching', value(lift.unmatched)],
    ['Compared', `${lift.funded} funded with ${lift.matches} unfunded ones`],
    ['Had more before', span(lift.already)],
    ['Grew more before', lift.grewBefore === null ? 'not known' : span(lift.grewBefore)],
    [
      'Something hidden',
      `${lift.gamma <= 1 ? 'chance alone could explain it' : `would have to change the odds of being funded ${lift.gamma.toFixed(1)} times to explain it`}; if it doubled them, the lift is ${value(lift.bounds.low)} to ${value(lift.bounds.high)}`,
    ],
  ];
  const width = Math.max(...lines.map(([label]) => label.length)) + 2;
  const balance = lift.balance.map(({ trait, before, after }) => [trait, before.toFixed(2), after.toFixed(2)]);
  const pairs = lift.pairs
    .slice(0, SHOWN)
    .map(({ funded, matches, difference }) => [nameOf(funded), matches.map(nameOf).join(', '), value(difference)]);
  return [
    head,
    ...lines.map(([label, text]) => `  ${label.padEnd(width)}${text}`),
    ...(lift.warnings.length > 0 ? ['', ...lift.warnings.map((warning) => `Warning: ${warning}`)] : []),
    ...(balance.length > 0
      ? ['', textTable([['Differ in (deviations)', 'Before matching', 'After'], ...balance], new Set([1, 2]))]
      : []),
    '',
    textTable([['Funded', 'Compared with', 'Difference'], ...pairs], new Set([2])),
    ...(lift.pairs.length > SHOWN ? [`... and ${lift.pairs.length - SHOWN} more: --json lists all`] : []),
  ].join('\n');
}
