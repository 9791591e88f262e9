/** The ids that share one second, sorted only when they are read. Ids that have left may still stand in the sorted list. */
interface Bucket {
  readonly ids: Set<string>;
  sorted: string[] | null;
}

/**
 * Rows in the order (SystemModstamp, Id). Writes come at the end of time, so a write costs a set insertion; the ids of one second are
 * sorted when first read and kept sorted until that second gets another. Reading a range visits only that range.
 */
export class StampIndex {
  readonly #buckets = new Map<number, Bucket>();
  #stamps: number[] = [];

  add(stamp: number, id: string): void {
    const bucket = this.#buckets.get(stamp);
    if (bucket) {
      bucket.ids.add(id);
      bucket.sorted = null;
      return;
    }
    this.#buckets.set(stamp, { ids: new Set([id]), sorted: null });
    const last = this.#stamps.at(-1);
    if (last === undefined || last < stamp) this.#stamps.push(stamp);
    else this.#stamps.splice(this.#position(stamp), 0, stamp);
  }

  remove(stamp: number, id: string): void {
    const bucket = this.#buckets.get(stamp);
    if (!bucket?.ids.delete(id)) return;
    if (bucket.ids.size > 0) return;
    this.#buckets.delete(stamp);
    this.#stamps.splice(this.#position(stamp), 1);
  }

  /**
   * Ids from (from, after) to `to`, stamps inclusive.
   * @param after with it, ids of the first second that are not greater are left out
   */
  *range(from: number, to: number, after: string | null = null): Generator<string> {
    for (let i = this.#position(from); i < this.#stamps.length; i++) {
      const stamp = this.#stamps[i];
      if (stamp === undefined || stamp > to) return;
      const bucket = this.#buckets.get(stamp);
      if (!bucket) continue;
      bucket.sorted ??= [...bucket.ids].sort();
      const ids = bucket.sorted;
      let start = 0;
      if (after !== null && stamp === from) {
        let high = ids.length;
        while (start < high) {
          const middle = (start + high) >> 1;
          if ((ids[middle] ?? '') > after) high = middle;
          else start = middle + 1;
        }
      }
      for (let k = start; k < ids.length; k++) {
        const id = ids[k] ?? '';
        if (bucket.ids.has(id)) yield id;
      }
    }
  }

  /** The first position whose stamp is not before `stamp`. */
  #position(stamp: number): number {
    let low = 0;
    let high = this.#stamps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#stamps[middle] ?? 0) < stamp) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
