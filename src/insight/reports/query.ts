/** A table that a report asks of a dataset: by what, which figures, of which rows. What the catalogue and reports.yaml compile to. */
import type { FactName } from './facts.ts';

export interface Filter {
  /** A dimension of the dataset that is no period. */
  readonly dimension: string;
  /** One of these, or with `not` none of them; '' is what is not known. */
  readonly values: readonly string[];
  readonly not: boolean;
}

export interface Sort {
  /** A measure or dimension of the table. */
  readonly by: string;
  readonly descending: boolean;
}

export interface TableQuery {
  readonly name: string;
  readonly title: string;
  readonly dataset: FactName;
  readonly by: readonly string[];
  readonly measures: readonly string[];
  readonly where: readonly Filter[];
  /** Left out: by the dimensions. */
  readonly sort?: readonly Sort[];
  /** Rows shown; totals are of all. Left out: all. */
  readonly limit?: number;
}

/** What a person narrows a report down to; null: everything. Dates are calendar dates, both inclusive. */
export interface Narrowing {
  readonly from: string | null;
  readonly to: string | null;
  readonly partner: string | null;
  readonly campaign: string | null;
  /** Models shown, of tables that tell models apart. */
  readonly models: readonly string[] | null;
}
