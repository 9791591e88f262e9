/** Rows as aligned text, the first being the titles: columns named in `right` stand to the right. Controls become spaces. */
export function textTable(rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string {
  const clean = rows.map((row) => row.map((cell) => cell.replace(/[\p{Cc}\p{Cf}]/gu, ' ')));
  const widths = (clean[0] ?? []).map((_, n) => Math.max(...clean.map((row) => (row[n] ?? '').length)));
  return clean
    .map((row) =>
      row
        .map((cell, n) => (right.has(n) ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
