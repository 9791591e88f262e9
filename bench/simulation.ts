import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Bench, type BenchOptions, machine, rounded } from './bench.ts';

const PLAYER = fileURLToPath(new URL('../test/sim/main.ts', import.meta.url));
const WORKERS = 2;
const FIRST_SEED = 1;
const schedulesOf = ({ full }: BenchOptions) => (full ? 1_000 : 60);

/** A line of the player. */
interface Played {
  readonly seed: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly crashes: number;
  readonly runs: number;
  readonly excused: Readonly<Record<string, number>>;
  readonly divergences: readonly string[];
}

/**
 * Seeded schedules of edits by both sides, partners and automations, with faults and crashes (`test/sim/`). When the faults
 * stop both CRMs and the model must agree: by reading the changes alone but for the windows named in `leftToCompletePasses`
 * (records that these had to find), and after complete passes without any exception. Every seed that does not is told with the command that plays it again.
 */
export const simulation: Bench = {
  config: (options) => ({ schedules: schedulesOf(options), firstSeed: FIRST_SEED, workers: WORKERS, ...machine() }),
  async run(tell, options) {
    const schedules = schedulesOf(options);
    const startedAt = performance.now();
    const played: Played[] = [];
    const share = Math.ceil(schedules / WORKERS);
    const told = (one: Played) => {
      played.push(one);
      for (const line of one.divergences) tell(`seed ${one.seed}: ${line}`);
      if (played.length % 20 === 0) tell(`${played.length} of ${schedules} schedules played`);
    };
    await Promise.all(
      Array.from({ length: WORKERS }, (_, worker) => {
        const from = FIRST_SEED + worker * share;
        return playMany(from, Math.min(share, FIRST_SEED + schedules - from), told);
      }),
    );
    if (played.length !== schedules) throw new Error(`only ${played.length} of ${schedules} schedules were played`);
    const faults = added(played.map((one) => one.faults));
    const wrong = played.filter(({ divergences }) => divergences.length > 0).sort((a, b) => a.seed - b.seed);
    const figures = {
      schedules,
      runs: sum(played, ({ runs }) => runs),
      faults: sum(Object.values(faults), (count) => count),
      faultsByKind: faults,
      crashes: sum(played, ({ crashes }) => crashes),
      leftToCompletePasses: added(played.map((one) => one.excused)),
      divergences: wrong.length,
      seconds: rounded((performance.now() - startedAt) / 1000, 1),
    };
    if (wrong.length === 0) return figures;
    const commands = wrong.map(({ seed }) => `node test/sim/main.ts --seed ${seed}`);
    throw new Error(
      `${wrong.length} of ${schedules} schedules diverged: ${JSON.stringify(figures)}\n${commands.join('\n')}`,
    );
  },
};

function playMany(from: number, count: number, told: (played: Played) => void): Promise<void> {
  const child = spawn(process.execPath, [PLAYER, '--from', String(from), '--count', String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => told(JSON.parse(line) as Played));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // 1 says that schedules diverged, which their lines have told.
    child.once('close', (code, signal) =>
      code === 0 || code === 1
        ? resolve()
        : reject(new Error(`the player of seed ${from} and on ended with ${signal ?? `code ${code}`}`)),
    );
  });
}

/** Counts by name, added up, the greatest first. */
function added(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total = new Map<string, number>();
  for (const [name, count] of all.flatMap((each) => Object.entries(each))) {
    total.set(name, (total.get(name) ?? 0) + count);
  }
  return Object.fromEntries([...total].sort(([, a], [, b]) => b - a));
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
