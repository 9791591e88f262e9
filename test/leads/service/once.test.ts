/** Every warning, recall and reassignment once, wherever the process is cut off. */
import { afterAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Store } from '../../../src/store/database.ts';
import { testStore } from '../../support/store.ts';
import {
  allOffers,
  type Deed,
  expected,
  isQuiet,
  openDesk,
  partnersAct,
  planFor,
  ROUNDS,
  START,
  tick,
  toldLog,
} from '../../support/ticking.ts';

const HOUR = 3_600_000;
const stores: Store[] = [];
afterAll(async () => {
  for (const store of stores) await store.close();
});

class Killed extends Error {}

test('10,000 offers with their timers, cut off again and again, come to what their partners did and no more', async () => {
  const store = await testStore();
  stores.push(store);
  const { db } = store;
  let seed = 20_260_302;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  await openDesk(db, 4_200);
  const done = new Map<string, Deed>();
  const ticks: number[] = [];
  let cuts = 0;
  const cut = () => {
    if (random() > 0.12) return;
    cuts += 1;
    throw new Killed();
  };
  // Now and then nothing runs for days, as where a schedule was switched off.
  for (
    let now = START;
    ticks.length < 3 || !(await isQuiet(db));
    now += (random() < 0.1 ? 60 : 1 + random() * 6) * HOUR
  ) {
    await partnersAct(db, now, done);
    ticks.push(now);
    for (;;) {
      try {
        // What it had in memory dies with it: each attempt starts from the store alone.
        await tick(db, now, cut, 400 + Math.round(random() * 1_600));
        break;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
    }
  }
  const offers = await allOffers(db);
  const told = await toldLog(db);
  expect(offers.length).toBeGreaterThan(10_000);
  expect(cuts).toBeGreaterThan(20);
  for (const offer of offers)
    expect([offer.id, told.get(offer.id) ?? []]).toEqual([offer.id, expected(offer, ticks, done).sort()]);
  const kinds = new Set([...told.values()].flat().map((what) => what.split(' ').slice(0, 2).join(' ')));
  expect(kinds.size).toBe(6);

  for (const [, mine] of Map.groupBy(offers, ({ lead_id }) => lead_id)) {
    // Never back to who declined, and the next one only when the one before has ended.
    expect(new Set(mine.map(({ partner_id }) => partner_id)).size).toBe(mine.length);
    expect(mine.map(({ round }) => round)).toEqual(mine.map((_, n) => n + 1));
    expect(mine.slice(0, -1).every(({ status }) => ['Rejected', 'Expired', 'Recalled'].includes(status))).toBe(true);
    expect(mine.length).toBeLessThanOrEqual(ROUNDS);
  }
  const recalled = offers.filter(({ status }) => status === 'Recalled');
  expect(recalled.every(({ id, offered_at }) => planFor(id, Date.parse(offered_at)).accepts)).toBe(true);
  const { rows } = await sql<{ state: string; rounds: number; offers: number }>`select state, rounds,
    (select count(*)::int from offers where lead_id = leads.id) as offers from leads`.execute(db);
  expect(
    rows.every(({ state, rounds, offers: made }) => (state === 'Nurture' || state === 'Working') && rounds === made),
  ).toBe(true);
}, 900_000);
