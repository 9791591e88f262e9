/**
 * Plays schedules: `node test/sim/main.ts --seed 17` one, with its whole log; `--from 1 --count 50` many, with one line of JSON
 * each. Exits with 1 where anything diverged.
 */
import { parseArgs } from 'node:util';
import { openStore } from '../../src/store/database.ts';
import { play } from './play.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '1' },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.count) : 1;
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count))
  throw new Error('--seed, --from and --count are whole numbers');

const store = await openStore({ embedded: null });
try {
  for (let seed = first; seed < first + count; seed++) {
    const { log, ...played } = await play(store, seed);
    if (values.seed !== undefined) {
      process.stdout.write(`${log.join('\n')}\n${JSON.stringify(played, null, 2)}\n`);
    } else process.stdout.write(`${JSON.stringify(played)}\n`);
    if (played.divergences.length > 0) process.exitCode = 1;
  }
} finally {
  await store.close();
}
