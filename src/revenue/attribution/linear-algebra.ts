/** Linear equations of the size that attribution needs, in plain numbers; tested against ml-matrix. */

/** A square matrix, row by row. */
export interface Square {
  readonly size: number;
  readonly cells: Float64Array;
}

/** The right side that is the identity. */
function identity(size: number): Square {
  const cells = new Float64Array(size * size);
  for (let n = 0; n < size; n++) cells[n * size + n] = 1;
  return { size, cells };
}

/**
 * The inverse, by Gauss-Jordan elimination with the largest pivot of each column.
 * Takes time in proportion to size cubed. @throws RangeError where the matrix has none.
 */
export function inverse({ size, cells }: Square): Square {
  const left = cells.slice();
  const right = identity(size).cells;
  for (let column = 0; column < size; column++) {
    const pivot = largestBelow(left, size, column);
    const value = left[pivot * size + column] ?? 0;
    if (Math.abs(value) < Number.MIN_VALUE * 1e16) throw new RangeError(`the matrix of ${size} rows has no inverse`);
    swapRows(left, size, pivot, column);
    swapRows(right, size, pivot, column);
    scaleRow(left, size, column, 1 / value);
    scaleRow(right, size, column, 1 / value);
    for (let row = 0; row < size; row++) {
      const factor = left[row * size + column] ?? 0;
      if (row === column || factor === 0) continue;
      subtractRow(left, size, row, column, factor, column);
      subtractRow(right, size, row, column, factor, 0);
    }
  }
  return { size, cells: right };
}

function largestBelow(cells: Float64Array, size: number, column: number): number {
  let best = column;
  for (let row = column + 1; row < size; row++)
    if (Math.abs(cells[row * size + column] ?? 0) > Math.abs(cells[best * size + column] ?? 0)) best = row;
  return best;
}

function swapRows(cells: Float64Array, size: number, a: number, b: number): void {
  if (a === b) return;
  const kept = cells.slice(a * size, (a + 1) * size);
  cells.copyWithin(a * size, b * size, (b + 1) * size);
  cells.set(kept, b * size);
}

function scaleRow(cells: Float64Array, size: number, row: number, factor: number): void {
  for (let at = row * size; at < (row + 1) * size; at++) cells[at] = (cells[at] ?? 0) * factor;
}

/** Takes `factor` times row `by` off `row`, from column `from` on. */
function subtractRow(cells: Float64Array, size: number, row: number, by: number, factor: number, from: number): void {
  const [start, source] = [row * size, by * size];
  for (let column = from; column < size; column++)
    cells[start + column] = (cells[start + column] ?? 0) - factor * (cells[source + column] ?? 0);
}
