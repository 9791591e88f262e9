import type { LiftUnit } from './lift.ts';

/** Columns of a file as text. */
export interface LiftTable {
  readonly size: number;
  readonly columns: readonly { readonly name: string; readonly cells: readonly string[] }[];
}

export interface ReadUnits {
  readonly units: readonly LiftUnit[];
  readonly traits: readonly string[];
  /** Rows that cannot be used: by place from 0, and why. */
  readonly bad: readonly { readonly row: number; readonly problem: string }[];
}

const OWN = ['id', 'funded', 'before', 'after', 'earlier', 'cluster'] as const;
const YES: ReadonlyMap<string, boolean> = new Map([
  ...['1', 'yes', 'true', 'y', 'funded'].map((word) => [word, true] as const),
  ...['0', 'no', 'false', 'n', 'unfunded', ''].map((word) => [word, false] as const),
]);

/**
 * Reads partners or accounts from a table with the columns id, funded, before and after (earlier and cluster where they are known); every other
 * column is a trait. A trait of words becomes one column a word, the first left out. @returns the names of missing columns in place of units
 */
export function unitsIn(table: LiftTable): ReadUnits | { readonly missing: readonly string[] } {
  const cellsOf = (name: string) => table.columns.find((column) => column.name.trim().toLowerCase() === name)?.cells;
  const [ids, funded, before, after] = [cellsOf('id'), cellsOf('funded'), cellsOf('before'), cellsOf('after')];
  if (!ids || !funded || !before || !after)
    return { missing: OWN.slice(0, 4).filter((name) => cellsOf(name) === undefined) };
  const [earlier, cluster] = [cellsOf('earlier'), cellsOf('cluster')];
  const others = table.columns.filter(({ name }) => !OWN.some((own) => own === name.trim().toLowerCase()));
  const traits = others.flatMap(({ name, cells }) => traitsIn(name, cells));
  const bad: { row: number; problem: string }[] = [];
  const units: LiftUnit[] = [];
  const seen = new Set<string>();
  for (let row = 0; row < table.size; row++) {
    const cell = (cells: readonly string[] | undefined) => (cells?.[row] ?? '').trim();
    const id = cell(ids);
    const given = YES.get(cell(funded).toLowerCase());
    const numbers = [before, after, ...(earlier ? [earlier] : [])].map((cells) => numberOf(cell(cells)));
    const values = traits.map(({ at }) => at(row));
    const [first = null, second = null, third = null] = numbers;
    if (id === '') bad.push({ row, problem: 'it has no id' });
    else if (seen.has(id)) bad.push({ row, problem: `"${id}" stands in the file twice` });
    else if (given === undefined) bad.push({ row, problem: `funded is "${cell(funded)}": yes or no is needed` });
    else if (first === null || second === null || (earlier && third === null))
      bad.push({ row, problem: 'before, after or earlier is no number' });
    else if (values.some((value) => value === null)) {
      const of = traits.find((_, n) => values[n] === null)?.column ?? '';
      bad.push({ row, problem: `${of} is blank or no number` });
    } else {
      seen.add(id);
      units.push({
        id,
        funded: given,
        before: first,
        after: second,
        earlier: third,
        traits: values.map((value) => value ?? 0),
        cluster: cell(cluster) || null,
      });
    }
  }
  return { units, traits: traits.map(({ name }) => name), bad };
}

interface Trait {
  readonly name: string;
  readonly column: string;
  readonly at: (row: number) => number | null;
}

/** More different words than that are names, and no trait. */
const MOST_WORDS = 12;

function traitsIn(name: string, cells: readonly string[]): Trait[] {
  const filled = cells.filter((cell) => cell.trim() !== '');
  const numbers = filled.filter((cell) => numberOf(cell) !== null).length;
  // A number here and there that is mistyped makes no column of words.
  if (numbers * 2 > filled.length) return [{ name, column: name, at: (row) => numberOf(cells[row] ?? '') }];
  const words = [...new Set(filled.map((cell) => cell.trim()))].sort();
  if (words.length > MOST_WORDS) return [];
  return words.slice(1).map((word) => ({
    name: `${name} ${word}`,
    column: name,
    at: (row) => ((cells[row] ?? '').trim() === word ? 1 : 0),
  }));
}

function numberOf(text: string): number | null {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
