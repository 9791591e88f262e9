/** The rows that a query job found, as lines of CSV: fixed at the time of the query and cheap to hand out page by page. */

const ROWS_A_SEGMENT = 10_000;

/** Lines kept as bytes, with the place at which each begins. */
export class Lines {
  readonly #segments: { readonly bytes: Buffer; readonly starts: Uint32Array }[] = [];
  size = 0;

  /** Takes the next lines, each with its ending. */
  push(lines: readonly string[]): void {
    for (let from = 0; from < lines.length; from += ROWS_A_SEGMENT) {
      const some = lines.slice(from, from + ROWS_A_SEGMENT);
      const starts = new Uint32Array(some.length + 1);
      some.forEach((line, i) => {
        starts[i + 1] = (starts[i] ?? 0) + Buffer.byteLength(line);
      });
      this.#segments.push({ bytes: Buffer.from(some.join('')), starts });
      this.size += some.length;
    }
  }

  /** The lines from `from` up to before `to`. */
  slice(from: number, to: number): Buffer[] {
    const parts: Buffer[] = [];
    let before = 0;
    for (const { bytes, starts } of this.#segments) {
      const size = starts.length - 1;
      const first = Math.max(0, from - before);
      const last = Math.min(size, to - before);
      if (first < last) parts.push(bytes.subarray(starts[first], starts[last]));
      before += size;
      if (before >= to) break;
    }
    return parts;
  }
}

/** A place in the results as clients see it: a text that means nothing to them, such as MTAwMDA. */
export function toLocator(row: number): string {
  return Buffer.from(String(row)).toString('base64').replace(/=+$/, '');
}

/** The row that a locator stands for, null where it is none of ours. */
export function fromLocator(locator: string): number | null {
  const text = Buffer.from(locator, 'base64').toString();
  return /^\d{1,12}$/.test(text) ? Number(text) : null;
}
