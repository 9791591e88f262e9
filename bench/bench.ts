/** What a benchmark is, and what all of them measure with. */
import { cpus } from 'node:os';

/** What the command line may ask for; a benchmark uses what has a sense for it. */
export interface BenchOptions {
  /** The long form. */
  readonly full: boolean;
  /** How many records of each kind, in place of the usual number. */
  readonly records: number | null;
  /** URL of a PostgreSQL server to use (DATABASE_URL); null: the embedded database. */
  readonly server: string | null;
}

export interface Bench {
  /** Everything that the figures depend on, the machine among it. */
  readonly config: Readonly<Record<string, unknown>> | ((options: BenchOptions) => Readonly<Record<string, unknown>>);
  /** Measures once. Throws where what is measured is not right, for a wrong answer has no speed. */
  run(tell: (line: string) => void, options: BenchOptions): Promise<Readonly<Record<string, unknown>>>;
}

export function machine() {
  return { node: process.version, processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
}

/**
 * Times several ways of doing something, in turns, so that what else the machine does meets all of them alike. The first
 * turn warms up and does not count. @returns the median seconds of each
 */
export function sideBySide<Name extends string>(
  ways: Readonly<Record<Name, () => void>>,
  turns: number,
): Record<Name, number> {
  const names = Object.keys(ways) as Name[];
  const took = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let turn = 0; turn <= turns; turn++) {
    for (const name of names) {
      const startedAt = performance.now();
      ways[name]();
      if (turn > 0) took[name].push((performance.now() - startedAt) / 1000);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(took[name])])) as Record<Name, number>;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The most memory this process ever had, in MB. */
export function peakRssMb(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

/** Numbers from 0 up to 1 that depend on nothing but the seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the choices. */
export function pick<T>(random: () => number, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}
