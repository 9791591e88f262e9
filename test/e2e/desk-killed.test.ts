/** A desk whose process is killed by the system's hardest signal, at any moment, and started again. */
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { openStore } from '../../src/store/database.ts';
import { killChildren, start, temporaryFolder } from '../support/children.ts';
import { allOffers, type Deed, expected, isQuiet, openDesk, START, tick, toldLog } from '../support/ticking.ts';

const HOUR = 3_600_000;
afterAll(killChildren);

test('warnings, recalls and reassignments come once each though the process is killed again and again', async () => {
  const folder = join(temporaryFolder(), 'database');
  const store = await openStore({ embedded: folder });
  await openDesk(store.db, 60);
  await tick(store.db, START, () => undefined);
  await store.close();
  // Partners say nothing, so that every offer comes to its end; nights and a weekend lie between some of the ticks.
  const later = Array.from({ length: 24 }, (_, n) => START + (n + 1) * 6 * HOUR);
  let kills = 0;
  for (let isDone = false; !isDone; ) {
    const running = start('test/support/ticking-process.ts', [folder, ...later.map(String)]);
    await running.until('out', /begins|all done/);
    // Somewhere within the work of the next tenths of a second, another place each time.
    const delay = 40 + ((kills * 7_919) % 400);
    const ended = await Promise.race([
      running.ended,
      new Promise<null>((resolve) => setTimeout(() => resolve(null), delay)),
    ]);
    if (ended === null && kills < 6) {
      running.child.kill('SIGKILL');
      kills += 1;
    }
    const { out, err, code } = await running.ended;
    if (code !== null && code !== 0) throw new Error(err);
    isDone = out.includes('all done');
  }
  expect(kills).toBe(6);
  const after = await openStore({ embedded: folder });
  try {
    expect(await isQuiet(after.db)).toBe(true);
    const offers = await allOffers(after.db);
    const told = await toldLog(after.db);
    const nothing = new Map<string, Deed>();
    expect(offers.length).toBe(60 * 3);
    for (const offer of offers)
      expect([offer.id, told.get(offer.id) ?? []]).toEqual([
        offer.id,
        expected(offer, [START, ...later], nothing).sort(),
      ]);
  } finally {
    await after.close();
  }
});
