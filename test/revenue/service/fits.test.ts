import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AttributionConfig, compileAttribution } from '../../../src/revenue/config.ts';
import { refit } from '../../../src/revenue/service/fits.ts';
import { reconcileDeals } from '../../../src/revenue/service/reconcile.ts';
import type { Store } from '../../../src/store/database.ts';
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

const config = (yaml: string) => compileAttribution('attribution.yaml', yaml);
const day = (n: number) => new Date(Date.UTC(2026, 2, 10 + n)).toISOString();
const reconcile = (rules: AttributionConfig) =>
  reconcileDeals(store.db, Object.values(story.deals), rules, channel.at, LEDGER_RULES);
const fits = () => store.db.selectFrom('attribution_fits').selectAll().orderBy('model').orderBy('version').execute();
const creditings = async (model: string) => {
  const rows = await store.db.selectFrom('creditings').selectAll().where('model', '=', model).execute();
  return [...new Set(rows.map(({ version, fit }) => `${version} ${fit}`))];
};
const credits = async (model: string) => {
  const rows = await store.db
    .selectFrom('credits as c')
    .leftJoin('campaigns as a', 'a.id', 'c.campaign_id')
    .select(['a.name', 'c.amount_minor', 'c.touch_id'])
    .where('c.model', '=', model)
    .where('c.opportunity_id', '=', story.deals.usd)
    .orderBy('c.amount_minor', 'desc')
    .orderBy('a.name')
    .execute();
  return rows.map(({ name, amount_minor, touch_id }) => [name ?? touch_id.split(' ')[1], Number(amount_minor)]);
};

const MARKOV = config('models: [markov]');

describe('fitted models', () => {
  test('weigh touches the same until there is a fit', async () => {
    await reconcile(MARKOV);
    expect(await credits('markov')).toEqual([
      ['Fair', 600_000],
      ['Webinar', 600_000],
    ]);
    expect(await creditings('markov')).toEqual([`${MARKOV.named[0]?.version} null`]);
  });

  test('learn from won deals and from people who bought nothing, and are kept with what they learned from', async () => {
    expect(await refit(store.db, MARKOV, day(0))).toEqual([
      { model: 'markov', version: 1, journeys: 2, conversions: 2, problem: null },
    ]);
    const [fit] = await fits();
    expect(fit).toMatchObject({
      model: 'markov',
      version: 1,
      model_version: MARKOV.named[0]?.version,
      fitted_at: day(0),
      journeys: 2,
      conversions: 2,
      problem: null,
      channels: [
        { share: 0.5, removalEffect: 1 },
        { share: 0.5, removalEffect: 1 },
      ],
    });
    await reconcile(MARKOV);
    expect(await creditings('markov')).toEqual([`${MARKOV.named[0]?.version} 1`]);
  });

  test('are fitted anew when the stated time is over, and not before; the fits of before stay', async () => {
    expect(await refit(store.db, MARKOV, day(6))).toEqual([]);
    expect(await refit(store.db, MARKOV, day(7))).toMatchObject([{ model: 'markov', version: 2 }]);
    expect(await refit(store.db, MARKOV, day(7))).toEqual([]);
    expect((await fits()).map(({ version, fitted_at }) => [version, fitted_at])).toEqual([
      [1, day(0)],
      [2, day(7)],
    ]);
  });

  test('are fitted at once where the model, or which touches count, has become another', async () => {
    const pairs = config('models: {markov: {kind: markov, order: 2}}');
    expect(await refit(store.db, pairs, day(7))).toMatchObject([{ model: 'markov', version: 3 }]);
    expect(await refit(store.db, config('models: [markov]\nwindow: {days: 30}'), day(7))).toMatchObject([
      { version: 4 },
    ]);
    expect(await refit(store.db, MARKOV, day(8))).toEqual([]);
  });

  test('that cannot be fitted say why, are not tried again before their time, and weigh touches the same', async () => {
    for (let n = 0; n < 12; n++) {
      await channel.campaign(`701X${n}`, `Extra ${n}`, null);
      await channel.touch(`00x${n}`, `701X${n}`, ['Contact', '0035e00001XyZabAAB']);
    }
    await channel.deal('0064', '0035e00001XyZabAAB', '5000.5', { isClosed: true, isWon: false });
    await channel.decide();
    const shapley = config('models: [shapley]');
    const [refused] = await refit(store.db, shapley, day(9));
    expect(refused?.problem).toMatch(/12 channels at most, and here are 14: group channels/);
    expect(await refit(store.db, shapley, day(10))).toEqual([]);
    await reconcile(shapley);
    expect((await credits('shapley')).map(([, minor]) => minor)).toEqual([600_000, 600_000]);
  });

  test('a lost deal is a journey that did not convert', async () => {
    const [fit] = await refit(store.db, MARKOV, day(20));
    expect(fit).toMatchObject({ journeys: 3, conversions: 2 });
  });

  test('nothing is learned where nothing was ever won', async () => {
    const empty = await testStore();
    expect(await refit(empty.db, MARKOV, day(0))).toEqual([]);
    await empty.close();
  });
});
