import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keepStages, loadForecastDeals } from '../../../src/insight/service/forecast.ts';
import { upsert } from '../../../src/store/bulk.ts';
import type { Store } from '../../../src/store/database.ts';
import { testStore } from '../../support/store.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store?.close());

const deal = (stage: string) => ({
  id: 'op_1',
  connection: 'salesforce',
  record_id: '0061',
  account_record: null,
  facts: {
    name: 'Deal',
    amount: '12.50',
    currency: 'USD',
    stage,
    isClosed: false,
    isWon: false,
    closeDate: '2027-01-01',
    createdAt: '2026-03-01T23:30:00Z',
    deleted: false,
  },
});
const changed = [
  { id: '1', type: 'opportunity.changed' as const, entity: 'op_1', at: '2026-03-02T08:00:00Z', data: {} },
];

test('stages are kept with the time at which they were seen, each once, and come with the deal', async () => {
  for (const [stage, at] of [
    ['Idea', '2026-03-02T08:00:00Z'],
    ['Idea', '2026-03-09T08:00:00Z'],
    ['Proposal', '2026-04-02T08:00:00Z'],
  ] as const) {
    await upsert(store.db, 'opportunities', [deal(stage)], ['id']);
    await keepStages(store.db, changed, at);
  }
  const day = (date: string) => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
  expect(await loadForecastDeals(store.db, 'USD')).toEqual({
    otherCurrency: 0,
    undated: 0,
    deals: [
      {
        id: 'op_1',
        created: day('2026-03-01'),
        closed: null,
        won: false,
        amount: 1250,
        stage: 'Proposal',
        stages: [
          { since: day('2026-03-02'), stage: 'Idea' },
          { since: day('2026-04-02'), stage: 'Proposal' },
        ],
      },
    ],
  });
});

test('a deal that two CRMs hold counts once, one in another currency not at all', async () => {
  const twin = { ...deal('Proposal'), id: 'op_2', connection: 'hubspot', record_id: '7' };
  const foreign = { ...deal('Idea'), id: 'op_3', record_id: '0063', facts: { ...deal('Idea').facts, currency: 'EUR' } };
  await upsert(store.db, 'opportunities', [twin, foreign], ['id']);
  await upsert(
    store.db,
    'deal_twins',
    [{ opportunity_id: 'op_2', twin_of: 'op_1', reason: 'same' }],
    ['opportunity_id'],
  );
  const { deals, otherCurrency } = await loadForecastDeals(store.db, 'USD');
  expect(deals.map(({ id }) => id)).toEqual(['op_1']);
  expect(otherCurrency).toBe(1);
});
