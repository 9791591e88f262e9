import type { Money } from './money.ts';

/** What a cell holds: a name, a count, an amount, or nothing that can be said (shown as a dash, never as 0). */
export type Cell = string | number | Money | null;
export type Row = Readonly<Record<string, Cell>>;

export interface Column {
  readonly key: string;
  readonly title: string;
  /** `rate`: a decimal string. Amounts of a row are of the currency in its `currency` cell. */
  readonly type: 'text' | 'count' | 'money' | 'rate';
  /** What the figure says, in a sentence. */
  readonly about?: string;
}

/** One table of a report, in the form every renderer takes. */
export interface Table {
  /** Key in JSON and in the first column of CSV. */
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** One line a group that can be added up (a currency, a model); empty where adding makes no sense. */
  readonly totals: readonly Row[];
}

export interface Report {
  readonly name: string;
  readonly tables: readonly Table[];
}
