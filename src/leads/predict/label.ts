import { UnusableFile } from '../../model/read-csv.ts';
import { numberIn } from './parse-cell.ts';
import type { Column } from './table.ts';
import { meansUnanswered } from './unanswered.ts';

const WON = new Set([
  '1',
  'yes',
  'y',
  'true',
  't',
  'won',
  'win',
  'closed won',
  'converted',
  'success',
  'sold',
  'sale',
  'customer',
  'positive',
]);
const NOT_WON = new Set([
  '0',
  'no',
  'n',
  'false',
  'f',
  'lost',
  'loss',
  'closed lost',
  'not converted',
  'failure',
  'not won',
  'negative',
]);

export interface Outcomes {
  /** 1 won, 0 not; null where the cell is blank: its outcome is not known yet. */
  readonly won: readonly (1 | 0 | null)[];
  readonly wonValue: string;
  readonly notWonValue: string;
}

/**
 * Reads the label of the leads.
 * @param wonValue the value that means won, where somebody said so
 * @throws UnusableFile where it does not have two values, or does not say which of them is won
 */
export function outcomesIn({ name, cells }: Column, wonValue?: string): Outcomes {
  const counts = new Map<string, number>();
  // "Unknown" is no outcome, but "no" and "none" said of a label may be: only blanks and words of the list are skipped.
  const keys = cells.map((cell) => (meansUnanswered(cell) ? null : keyOf(cell)));
  for (const key of keys) if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  const told = [...counts].sort((a, b) => b[1] - a[1]);
  const list = told
    .slice(0, 6)
    .map(([value, times]) => `"${value}" (${times})`)
    .join(', ');
  if (told.length === 0)
    throw new UnusableFile(
      `the label "${name}" is blank in every row`,
      'Name the column that says whether a lead was won: --label.',
    );
  if (told.length === 1) {
    throw new UnusableFile(
      `the label "${name}" has one value only: ${list}`,
      'Won leads and others are both needed to learn the difference.',
    );
  }
  if (told.length > 2) {
    throw new UnusableFile(
      `the label "${name}" has ${told.length} values where two are needed: ${list}${told.length > 6 ? ', ...' : ''}`,
      'Make it two (won and not won), and leave the leads blank that are still open.',
    );
  }
  const values = told.map(([value]) => value);
  const won = wonValue === undefined ? guess(values) : values.find((value) => value === keyOf(wonValue));
  if (won === undefined) {
    throw new UnusableFile(
      wonValue === undefined
        ? `which of the two values of "${name}" means won: ${list}?`
        : `the label "${name}" has no value "${wonValue}", but ${list}`,
      `Say it: --won "${values[0]}"`,
    );
  }
  return {
    won: keys.map((key) => (key === null ? null : key === won ? 1 : 0)),
    wonValue: won,
    notWonValue: values.find((value) => value !== won) ?? '',
  };
}

function guess(values: readonly string[]): string | undefined {
  const won = values.filter((value) => WON.has(value));
  if (won.length === 1) return won[0];
  const rest = values.filter((value) => !NOT_WON.has(value));
  return rest.length === 1 ? rest[0] : undefined;
}

function keyOf(cell: string): string {
  const number = numberIn(cell);
  return number === null ? cell.toLowerCase() : String(number);
}
