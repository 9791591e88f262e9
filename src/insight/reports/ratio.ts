/** part / whole as a decimal text with four digits, rounded half away from zero; null where there is no whole. */
export function ratio(part: bigint, whole: bigint): string | null {
  if (whole === 0n) return null;
  const negative = part < 0n !== whole < 0n;
  const [n, d] = [part < 0n ? -part : part, whole < 0n ? -whole : whole];
  const scaled = (n * 20_000n + d) / (2n * d);
  const digits = scaled.toString().padStart(5, '0');
  return `${negative && scaled > 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
