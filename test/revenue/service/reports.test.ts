import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decimalOf, type Money } from '../../../src/model/money.ts';

import { revenueTotals } from '../../../src/revenue/service/reports.ts';
import type { Store } from '../../../src/store/database.ts';
import { MODELS } from '../../support/attribution.ts';
import { Channel } from '../../support/channel.ts';
import { revenueStory } from '../../support/revenue-story.ts';
import { testStore } from '../../support/store.ts';

let store: Store;
let channel: Channel;

beforeAll(async () => {
  store = await testStore();
  channel = new Channel(store.db);
});
afterAll(() => store.close());

const amount = (money: Money | null | undefined) => (money ? decimalOf(money) : null);

test('an empty store has totals of zero', async () => {
  const totals = await revenueTotals(store.db, 'USD', MODELS);
  expect(amount(totals.booked)).toBe('0.00');
  expect(totals.roi).toEqual({ first: null, last: null, linear: null });
});

describe('a store with a story', () => {
  beforeAll(async () => {
    await revenueStory(channel);
  });

  test('totals what is booked, matched, credited and spent in the reporting currency', async () => {
    const totals = await revenueTotals(store.db, 'USD', MODELS);
    expect([totals.currency, amount(totals.booked), amount(totals.matched), amount(totals.spend)]).toEqual([
      'USD',
      '15000.00',
      '12000.00',
      '1000.00',
    ]);
    for (const model of MODELS) {
      expect(amount(totals.models[model]?.credited)).toBe('12000.00');
      expect(amount(totals.models[model]?.unattributed)).toBe('3000.00');
      expect(totals.roi[model]).toBe('11.0000');
    }
    const euros = await revenueTotals(store.db, 'EUR', ['first']);
    expect([amount(euros.booked), amount(euros.spend), euros.models.last]).toEqual(['700.00', '500.00', undefined]);
  });

  test('takes back what a deal brought when it is no longer won', async () => {
    await channel.deal('0061', '00Q5e00001AbCdEEAV', '12000.00', { isWon: false });
    await channel.decide();
    const totals = await revenueTotals(store.db, 'USD', ['first']);
    expect([amount(totals.booked), amount(totals.matched), amount(totals.models.first?.credited)]).toEqual([
      '3000.00',
      '0.00',
      '0.00',
    ]);
  });
});
