interface Timed {
  readonly id: number;
  modifiedAt: number;
}

interface Entry<T> {
  readonly at: number;
  readonly row: T;
}

/** The rows modified since an instant, by rising id: kept up to date, as a reader asks for it page after page. */
interface Kept<T> {
  readonly from: number;
  readonly rows: T[];
}

const MOST_KEPT = 4;

/**
 * Rows in the order in which they were last modified. The clock never goes back, so a change is an append; the entry
 * it outdates stays until half of the log is stale. Finding the rows changed since an instant is a binary search.
 */
export class ModifiedLog<T extends Timed> {
  #entries: Entry<T>[] = [];
  readonly #present = new Map<T, number>();
  #kept: Kept<T>[] = [];

  /** Notes that `row` was modified at `at` (never before an earlier touch). */
  touch(row: T, at: number): void {
    const before = this.#present.get(row);
    if (before === at) return;
    this.#present.set(row, at);
    this.#entries.push({ at, row });
    for (const { from, rows } of this.#kept) {
      if (at >= from && (before === undefined || before < from)) rows.splice(idPosition(rows, row.id), 0, row);
    }
    if (this.#entries.length > 64 && this.#entries.length > this.#present.size * 2) this.#compact();
  }

  forget(row: T): void {
    this.#present.delete(row);
    this.#kept = [];
  }

  /** The latest instant noted so far. */
  get latest(): number {
    return this.#entries.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  }

  /** True where no row was last modified before `from`. */
  isAll(from: number): boolean {
    return this.#position(from) === 0;
  }

  /** The rows last modified at or after `from`, by rising id. Not to be changed. */
  since(from: number): readonly T[] {
    const kept = this.#kept.find((each) => each.from === from);
    if (kept !== undefined) return kept.rows;
    const rows: T[] = [];
    for (let at = this.#position(from); at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (entry !== undefined && this.#present.get(entry.row) === entry.at) rows.push(entry.row);
    }
    rows.sort((a, b) => a.id - b.id);
    this.#kept = [{ from, rows }, ...this.#kept].slice(0, MOST_KEPT);
    return rows;
  }

  #position(from: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.at ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact(): void {
    this.#entries = this.#entries.filter((entry) => this.#present.get(entry.row) === entry.at);
  }
}

/** Where `id` stands, or would stand, in rows ordered by id. */
export function idPosition(rows: readonly { readonly id: number }[], id: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.id ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
