/**
 * Long transactions: a row gets the stamp of its write and can be seen only when the transaction ends, so that it turns up
 * behind rows with later stamps. Here the write is seen at once and its stamp lies that far back, which readers cannot tell apart.
 */
export interface LateRows {
  /** How long such a transaction lasts, in milliseconds; 0: there are none. */
  byMs: number;
  /** Every how manieth write belongs to one; 1: all of them. */
  everyNth: number;
}

export class Stamps {
  /** Can be changed while the org runs. */
  readonly late: LateRows;
  #writes = 0;

  constructor(late: LateRows) {
    this.late = late;
  }

  /** The stamp of a write made at `now`, in whole seconds, not before the one that the row has. */
  next(now: number, before: number): number {
    this.#writes += 1;
    const { byMs, everyNth } = this.late;
    const lag = byMs > 0 && this.#writes % everyNth === 0 ? byMs : 0;
    return Math.max(before, Math.floor((now - lag) / 1000) * 1000);
  }
}
