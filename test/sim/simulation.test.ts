import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStore, type Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { planOf } from './plan.ts';
import { type Played, play } from './play.ts';

/** `SLUICE_SIM_FROM=1000 npm test -- test/sim` plays others. */
const FROM = Number(process.env.SLUICE_SIM_FROM ?? 1);
const SCHEDULES = 24;

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

/** What went wrong, with the one command that plays exactly this schedule again. */
function complaint({ seed, divergences, log }: Played): string {
  return `node test/sim/main.ts --seed ${seed}\n${divergences.join('\n')}\n${log.join('\n')}`;
}

describe('edits by both sides, faults and crashes', () => {
  test(`come to the same end, nothing lost and nothing doubled, in ${SCHEDULES} seeded schedules`, async () => {
    const faults = new Map<string, number>();
    let crashes = 0;
    for (let seed = FROM; seed < FROM + SCHEDULES; seed++) {
      const played = await play(store, seed);
      if (played.divergences.length > 0) throw new Error(complaint(played));
      for (const [kind, count] of Object.entries(played.faults)) faults.set(kind, (faults.get(kind) ?? 0) + count);
      crashes += played.crashes;
    }
    // Otherwise nothing was shown.
    expect(faults.size).toBeGreaterThan(10);
    expect([...faults.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5 * SCHEDULES);
    expect(crashes).toBeGreaterThan(SCHEDULES / 2);
  });

  test('are the same to the last line for the same seed', async () => {
    const seed = FROM;
    // Of a server's connections each answers in its own time; the embedded database has one, as where a seed is played again.
    const embedded = await openStore({ embedded: null });
    try {
      const [one, other] = [await play(embedded, seed), await play(embedded, seed)];
      expect(other.log).toEqual(one.log);
      expect(other.hash).toBe(one.hash);
    } finally {
      await embedded.close();
    }
    expect(planOf(seed)).toEqual(planOf(seed));
    expect(planOf(seed + 1).rounds).not.toEqual(planOf(seed).rounds);
  });
});
