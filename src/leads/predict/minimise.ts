/** Limited-memory BFGS (Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5) for smooth convex functions. */

/** The value at `point`; writes the gradient there into `gradient`. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

/** How many of the last steps the curvature is remembered by. */
const MEMORY = 8;
const SUFFICIENT = 1e-4;

/**
 * Walks down from `start` until the gradient is flat or the value no longer falls.
 * @returns the lowest point found; `start` is left as it is
 */
export function minimise(
  objective: Objective,
  start: Float64Array,
  { steps = 200, tolerance = 1e-5 }: { readonly steps?: number; readonly tolerance?: number } = {},
): Float64Array {
  let point = Float64Array.from(start);
  let gradient = new Float64Array(point.length);
  let value = objective(point, gradient);
  const moves: { readonly by: Float64Array; readonly turned: Float64Array; readonly rho: number }[] = [];
  for (let step = 0; step < steps && largest(gradient) > tolerance; step++) {
    const direction = descent(gradient, moves);
    let slope = dot(direction, gradient);
    if (slope >= 0) {
      // What is remembered fits no longer: begin anew, straight downhill.
      moves.length = 0;
      direction.set(gradient.map((each) => -each));
      slope = -dot(gradient, gradient);
    }
    let length = moves.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const next = new Float64Array(point.length);
    const nextGradient = new Float64Array(point.length);
    let nextValue = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 30; tries++, length /= 2) {
      for (let n = 0; n < next.length; n++) next[n] = (point[n] as number) + length * (direction[n] as number);
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + SUFFICIENT * length * slope) break;
    }
    if (!(nextValue < value)) break;
    const by = next.map((each, n) => each - (point[n] as number));
    const turned = nextGradient.map((each, n) => each - (gradient[n] as number));
    const curvature = dot(by, turned);
    if (curvature > 1e-12) moves.push({ by, turned, rho: 1 / curvature });
    if (moves.length > MEMORY) moves.shift();
    const gained = value - nextValue;
    point = next;
    gradient = nextGradient;
    value = nextValue;
    if (gained < 1e-6 * Math.abs(value)) break;
  }
  return point;
}

/** Downhill, by the curvature that the last moves tell of (the two-loop recursion). */
function descent(gradient: Float64Array, moves: readonly { by: Float64Array; turned: Float64Array; rho: number }[]) {
  const direction = gradient.map((each) => -each);
  const shares: number[] = [];
  for (let n = moves.length - 1; n >= 0; n--) {
    const { by, turned, rho } = moves[n] as (typeof moves)[number];
    const share = rho * dot(by, direction);
    shares[n] = share;
    add(direction, turned, -share);
  }
  const last = moves.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.turned, last.turned));
    for (let n = 0; n < direction.length; n++) direction[n] = (direction[n] as number) * scale;
  }
  for (const [n, { by, turned, rho }] of moves.entries()) {
    add(direction, by, (shares[n] as number) - rho * dot(turned, direction));
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < a.length; n++) sum += (a[n] as number) * (b[n] as number);
  return sum;
}

function add(to: Float64Array, what: Float64Array, times: number): void {
  for (let n = 0; n < to.length; n++) to[n] = (to[n] as number) + times * (what[n] as number);
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
