/** Lanczos' coefficients for g = 7, n = 9 (P. Godfrey, 2001). */
const FIRST = 0.99999999999980993;
const REST = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x above 0, to 1e-13 relative (C. Lanczos, 1964). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const t = z + 7.5;
  let sum = FIRST;
  for (let n = 0; n < REST.length; n++) sum += (REST[n] as number) / (z + n + 1);
  return HALF_LOG_TAU + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

const HALF_LOG_TAU = 0.5 * Math.log(2 * Math.PI);

/** ln of the beta function. */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}
