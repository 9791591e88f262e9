interface Timed {
  modifiedAt: number;
}

interface Entry<T> {
  readonly at: number;
  readonly row: T;
}

/**
 * Rows in the order in which they were last modified. The clock never goes back, so a change is an append; the entry
 * it outdates stays until half of the log is stale. Finding the rows changed since an instant is a binary search.
 */
export class ModifiedLog<T extends Timed> {
  #entries: Entry<T>[] = [];
  readonly #present = new Map<T, number>();

  /** Notes that `row` was modified at `at` (never before an earlier touch). */
  touch(row: T, at: number): void {
    if (this.#present.get(row) === at) return;
    this.#present.set(row, at);
    this.#entries.push({ at, row });
    if (this.#entries.length > 64 && this.#entries.length > this.#present.size * 2) this.#compact();
  }

  forget(row: T): void {
    this.#present.delete(row);
  }

  /** How many entries, stale ones included, stand at or after `from`: an upper bound of what `since` gives. */
  countSince(from: number): number {
    return this.#entries.length - this.#position(from);
  }

  /** The rows last modified at or after `from` and at or before `to`, oldest change first. */
  since(from: number, to = Number.POSITIVE_INFINITY): T[] {
    const found: T[] = [];
    for (let at = this.#position(from); at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (entry === undefined || entry.at > to) break;
      if (this.#present.get(entry.row) === entry.at) found.push(entry.row);
    }
    return found;
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
