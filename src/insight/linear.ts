/** Small systems of linear equations, as regressions of few columns need them. Pure. */

/**
 * Solves (A + ridge) x = b by Gauss' elimination with pivots. `ridge`, beside the largest entry of the diagonal, keeps columns that say the same from
 * making it unsolvable: they then share their part.
 */
export function solve(a: readonly (readonly number[])[], b: readonly number[], ridge = 1e-9): number[] {
  const size = b.length;
  const most = Math.max(1e-300, ...a.map((row, n) => Math.abs(row[n] ?? 0)));
  const rows = a.map((row, n) => [...row.map((value, m) => (n === m ? value + ridge * most : value)), b[n] ?? 0]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(rows[row]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = row;
    const [chosen = [], here = []] = [rows[pivot], rows[column]];
    rows[pivot] = here;
    rows[column] = chosen;
    const divisor = chosen[column] ?? 0;
    if (divisor === 0) throw new RangeError('the equations have no single solution');
    for (let row = 0; row < size; row++) {
      const target = rows[row];
      if (row === column || target === undefined) continue;
      const factor = (target[column] ?? 0) / divisor;
      if (factor !== 0) for (let n = column; n <= size; n++) target[n] = (target[n] ?? 0) - factor * (chosen[n] ?? 0);
    }
  }
  return rows.map((row, n) => (row[size] ?? 0) / (row[n] ?? 1));
}

/** The inverse of a symmetric matrix, with a ridge as `solve` has it. */
export function inverse(a: readonly (readonly number[])[], ridge = 1e-9): number[][] {
  const columns = a.map((_, n) =>
    solve(
      a,
      a.map((_row, m) => (m === n ? 1 : 0)),
      ridge,
    ),
  );
  return a.map((_, n) => columns.map((column) => column[n] ?? 0));
}

/** Weighted least squares: the coefficients of the columns of `x` (put a 1 in front for a constant). */
export function leastSquares(
  x: readonly (readonly number[])[],
  y: readonly number[],
  weights: readonly number[],
): number[] {
  const size = x[0]?.length ?? 0;
  const a = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const b = new Array<number>(size).fill(0);
  for (const [n, row] of x.entries()) {
    const weight = weights[n] ?? 0;
    for (let i = 0; i < size; i++) {
      const part = weight * (row[i] ?? 0);
      b[i] = (b[i] ?? 0) + part * (y[n] ?? 0);
      const line = a[i] as number[];
      for (let j = 0; j < size; j++) line[j] = (line[j] ?? 0) + part * (row[j] ?? 0);
    }
  }
  return solve(a, b);
}

/**
 * Logistic regression by Newton's method, with a constant in front and a small ridge, so that traits that tell the two apart
 * completely do not lead to infinity. @returns ln of the odds of each row
 */
export function logOdds(x: readonly (readonly number[])[], hits: readonly boolean[]): number[] {
  const rows = x.map((row) => [1, ...row]);
  const size = rows[0]?.length ?? 1;
  let coefficients = new Array<number>(size).fill(0);
  const odds = (row: readonly number[]) => row.reduce((sum, value, n) => sum + value * (coefficients[n] ?? 0), 0);
  for (let round = 0; round < 25; round++) {
    const a = Array.from({ length: size }, (_, n) =>
      Array.from({ length: size }, (_unused, m) => (n === m && n > 0 ? RIDGE : 0)),
    );
    const b = coefficients.map((coefficient, n) => (n > 0 ? -RIDGE * coefficient : 0));
    for (const [n, row] of rows.entries()) {
      const p = 1 / (1 + Math.exp(-odds(row)));
      const weight = p * (1 - p);
      for (let i = 0; i < size; i++) {
        b[i] = (b[i] ?? 0) + (row[i] ?? 0) * ((hits[n] ? 1 : 0) - p);
        const line = a[i] as number[];
        for (let j = 0; j < size; j++) line[j] = (line[j] ?? 0) + weight * (row[i] ?? 0) * (row[j] ?? 0);
      }
    }
    const step = solve(a, b);
    coefficients = coefficients.map((coefficient, n) => coefficient + Math.max(-2, Math.min(2, step[n] ?? 0)));
    if (step.every((each) => Math.abs(each) < 1e-8)) break;
  }
  return rows.map(odds);
}

/** As much as half a row that says nothing. */
const RIDGE = 0.5;
