import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileRouting } from '../../../src/leads/routing.ts';
import { simulateRouting } from '../../../src/leads/service/simulate.ts';
import type { Store } from '../../../src/store/database.ts';
import { bert, Channel } from '../../support/channel.ts';
import { testStore } from '../../support/store.ts';

const ALL = { from: null, to: null };
const rulesOf = (method: string) => `version: 1
offer: { acceptWithin: 48h, rounds: 3 }
weights: { load: 10, performance: 10 }
segment: { by: [product], prior: 5 }
otherwise: pool
fairness: { grades: [A, B, C, D], window: 2d, partners: { floor: 60, within: 8, enforce: true } }
eligible: { coolDown: { rejected: 2, within: 3d } }
routes:
  - { name: all, method: ${method} }
`;

describe.each(['round-robin', 'weighted-round-robin', 'best-fit', 'batch-optimal'])(
  'a simulated past of days by %s',
  (method) => {
    let store: Store;
    let channel: Channel;
    const simulate = (text: string) =>
      simulateRouting(store.db, compileRouting('routing.yaml', text), ALL, channel.now);

    const people = (day: number, numbers: readonly number[]) =>
      channel.people(
        numbers.map((n) => ({
          id: `pe_${day}${n}`,
          facts: { ...bert.facts, email: `it@x${day}${n}.de`, companyName: `Firm ${day}${n}` },
          records: [['hubspot', 'contacts', `7${day}${n}`] as const],
        })),
      );

    beforeAll(async () => {
      store = await testStore();
      channel = new Channel(store.db);
      await channel.rules('rules-1', rulesOf(method));
      await channel.partner('Alder', { capacity: 12, dailyCapacity: 3 });
      await channel.partner('Brook', { weeklyCapacity: 30 });
      await channel.partner('Cove', { tier: 'Silver' });
      for (let day = 0; day < 4; day++) {
        await people(day, [0, 1, 2, 3]);
        await channel.decide();
        await channel.answer(await channel.offerOf(`pe_${day}0`), 'Rejected', 'No budget');
        await channel.answer(await channel.offerOf(`pe_${day}1`), 'Accepted');
        // Later on the same day the standing is another one.
        await channel.partner('Cove', { tier: 'Silver', status: day % 2 === 0 ? 'Dormant' : 'Active' });
        await people(day, [4, 5]);
        await channel.decide();
        // What nobody answers expires, and goes on to the next.
        await channel.decideAt(`2026-03-${String(4 + day * 3).padStart(2, '0')}T09:00:00.000Z`);
      }
      await channel.partner('Dune', {});
    });
    afterAll(() => store?.close());

    test('is what happened, by the rules of the time', async () => {
      const { leads, changed, changes, outcomes, fairness } = await simulate(rulesOf(method));
      expect({ leads, changes, changed }).toEqual({ leads: 24, changes: [], changed: 0 });
      for (const { before, after } of outcomes) expect(after).toBe(before);
      expect(fairness?.after).toEqual(fairness?.before);
    });

    test('assigns what was decided at one time as a whole, and says what that is worth', async () => {
      const { gain, remarks } = await simulate(rulesOf('batch-optimal'));
      expect(gain?.leads).toBeGreaterThan(0);
      expect(gain?.placed).toBeGreaterThanOrEqual(gain?.placedOneByOne ?? Number.POSITIVE_INFINITY);
      expect(remarks).toEqual(['for batch-optimal routes, leads that were decided at one time are one batch']);
      if (method !== 'batch-optimal') expect((await simulate(rulesOf(method))).gain).toBeNull();
    });

    test('knows no partner before it was one', async () => {
      const { partners } = await simulate(rulesOf('round-robin'));
      expect(partners.map(({ name }) => name)).not.toContain('Dune');
    });
  },
);
