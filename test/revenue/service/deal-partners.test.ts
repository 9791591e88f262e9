import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { reconcileDeals } from '../../../src/revenue/service/reconcile.ts';
import type { Store } from '../../../src/store/database.ts';
import { ATTRIBUTION } from '../../support/attribution.ts';
import { LEDGER_RULES } from '../../support/books.ts';
import { Channel } from '../../support/channel.ts';
import { revenueStory, type Story } from '../../support/revenue-story.ts';
import { testStore } from '../../support/store.ts';

let store: Store;
let channel: Channel;
let story: Story;

beforeAll(async () => {
  store = await testStore();
  channel = new Channel(store.db);
  story = await revenueStory(channel);
});
afterAll(() => store.close());

const parts = () =>
  store.db.selectFrom('deal_partners').selectAll().orderBy('opportunity_id').orderBy('partner_id').execute();

test('the partner that accepted the lead of a deal before it closed sourced it, with the evidence', async () => {
  const found = await parts();
  expect(found.map((row) => [row.opportunity_id, row.partner_id, row.role, row.how]).sort()).toEqual(
    [
      [story.deals.usd, story.alder, 'sourced', 'lead: contact role'],
      [story.deals.eur, story.alder, 'sourced', 'lead: contact role'],
    ].sort(),
  );
  expect(found[0]?.evidence.reasons).toEqual([
    expect.stringMatching(/^It accepted lead ld_\w+, who has a role in the deal, on 2026-03-02T\d\d:00:00.000Z\.$/),
  ]);
});

test('reconciling again changes nothing', async () => {
  const before = await parts();
  await reconcileDeals(store.db, Object.values(story.deals), ATTRIBUTION, channel.at, LEDGER_RULES);
  expect(await parts()).toEqual(before);
});
