import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type BudgetKeeper, type BudgetShelf, BudgetSpent, budgetKeeper, sharedShelf } from '../../src/store/budget.ts';
import type { BudgetRules } from '../../src/store/budget-math.ts';
import type { Store } from '../../src/store/database.ts';
import { stillClock } from '../connectors/ports.ts';
import { testStore } from '../support/store.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.db.deleteFrom('budgets').execute();
});

const rules: BudgetRules = {
  dailyShare: 0.5,
  day: 'rolling',
  windows: { search: { calls: 5, spanMs: 1_000 } },
};

function keeperOn(clock = stillClock(), name = 'crm org', shelf: BudgetShelf = sharedShelf(store.db)) {
  const slept: number[] = [];
  const keeper = budgetKeeper({
    shelf,
    name: async () => ({ name, settled: true }),
    rules,
    now: clock.now,
    sleep: async (ms) => {
      slept.push(ms);
      clock.advance(ms);
    },
  });
  return { keeper, slept };
}

/** A shelf that counts its statements. */
function counted() {
  const shared = sharedShelf(store.db);
  const count = { statements: 0 };
  const shelf: BudgetShelf = {
    load: (name) => {
      count.statements += 1;
      return shared.load(name);
    },
    save: (name, state, version) => {
      count.statements += 1;
      return shared.save(name, state, version);
    },
  };
  return { shelf, count };
}

async function takeMany(keeper: BudgetKeeper, calls: number, allowance = 'general'): Promise<void> {
  for (let i = 0; i < calls; i += 1) await keeper.take(allowance, false);
}

describe('the budget of an org', () => {
  test('is shared by all its connections and processes', async () => {
    const [one, two] = [keeperOn().keeper, keeperOn().keeper];
    one.observe({ used: 0, max: 40 });
    await takeMany(one, 12);
    await takeMany(two, 8);
    await expect(two.take('general', false)).rejects.toThrow(BudgetSpent);
    await one.close();
    await two.close();
    expect(await two.standing()).toMatchObject({ own: 20, share: 20 });
  });

  test('is not that of another org', async () => {
    const [one, two] = [keeperOn(stillClock(), 'one').keeper, keeperOn(stillClock(), 'two').keeper];
    one.observe({ used: 0, max: 2 });
    two.observe({ used: 0, max: 2 });
    await one.take('general', false);
    await two.take('general', false);
    await expect(one.take('general', false)).rejects.toThrow(BudgetSpent);
  });

  test('outlives the process: the next one begins with what was heard', async () => {
    const { keeper } = keeperOn();
    await keeper.take('general', false);
    keeper.observe({ used: 900, max: 1000 });
    await keeper.close();
    expect(await keeperOn().keeper.standing()).toEqual({ own: 1, share: 500, used: 900, max: 1000 });
  });

  test('says when the calls will be there again', async () => {
    const { keeper } = keeperOn();
    keeper.observe({ used: 0, max: 10 });
    await takeMany(keeper, 5);
    const spent = await keeper.take('general', false).catch((error: unknown) => error);
    expect(spent).toBeInstanceOf(BudgetSpent);
    expect(spent).toMatchObject({ why: 'share', day: { own: 5, share: 5, max: 10 } });
    expect((spent as BudgetSpent).resumesInMs).toBeGreaterThan(23 * 3_600_000);
  });

  test('keeps retries out from three quarters on, also where calls are still reserved', async () => {
    const { keeper } = keeperOn();
    keeper.observe({ used: 0, max: 1000 });
    await takeMany(keeper, 380);
    await expect(keeper.take('general', true)).rejects.toMatchObject({ why: 'retry' });
    await keeper.take('general', false);
  });

  test('of many callers at once is kept to the call', async () => {
    const keepers = [keeperOn().keeper, keeperOn().keeper, keeperOn().keeper];
    keepers[0]?.observe({ used: 0, max: 60 });
    await keepers[0]?.standing();
    const asked = keepers.flatMap((keeper) => Array.from({ length: 20 }, () => keeper.take('general', false)));
    const made = (await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled').length;
    for (const keeper of keepers) await keeper.close();
    expect(made).toBeLessThanOrEqual(30);
    expect(await keepers[0]?.standing()).toMatchObject({ own: made });
  });
});

describe('an org that refuses calls because those of the day are used up', () => {
  test('is asked nothing by any process, old or new, until then; then all go on', async () => {
    const clock = stillClock();
    const [one, two] = [keeperOn(clock).keeper, keeperOn(clock).keeper];
    await one.take('general', false);
    expect(await one.refused(clock.now() + 5_000)).toBe(5_000);
    await expect(one.take('general', false)).rejects.toMatchObject({ why: 'refused', resumesInMs: 5_000 });
    await expect(two.take('general', false)).rejects.toMatchObject({ why: 'refused', resumesInMs: 5_000 });
    await expect(keeperOn(clock).keeper.ready()).rejects.toMatchObject({ why: 'refused', resumesInMs: 5_000 });
    clock.advance(5_000);
    for (const keeper of [one, two, keeperOn(clock).keeper]) {
      await keeper.ready();
      await keeper.take('general', false);
    }
  });

  test('is not asked by calls that were reserved before', async () => {
    const { keeper } = keeperOn();
    keeper.observe({ used: 0, max: 1000 });
    await takeMany(keeper, 4);
    await keeper.refused(null);
    await expect(keeper.take('general', false)).rejects.toMatchObject({ why: 'refused', resumesInMs: 3_600_000 });
  });
});

test('a busy connection pays a statement for many calls, and gives back what it did not use', async () => {
  const { shelf, count } = counted();
  const { keeper } = keeperOn(stillClock(), 'crm org', shelf);
  keeper.observe({ used: 0, max: 1_000_000 });
  await takeMany(keeper, 1_000);
  expect(count.statements).toBeLessThan(40);
  await keeper.close();
  expect(await keeper.standing()).toMatchObject({ own: 1_000 });
});

test('searches of two processes together keep to one window', async () => {
  const clock = stillClock();
  const keepers = [keeperOn(clock).keeper, keeperOn(clock).keeper];
  const passed: number[] = [];
  for (let i = 0; i < 30; i += 1) {
    await keepers[i % 2]?.take('search', false);
    passed.push(clock.now());
    clock.advance((i * 37) % 60);
  }
  for (const at of passed) {
    expect(passed.filter((other) => other >= at && other < at + 1_000).length).toBeLessThanOrEqual(5);
  }
});

test('a connection that learns its org takes part in the budget of that org', async () => {
  let name = { name: 'crm connection a', settled: false };
  const clock = stillClock();
  const keeper = budgetKeeper({
    shelf: sharedShelf(store.db),
    name: async () => name,
    rules,
    now: clock.now,
    sleep: async () => undefined,
  });
  await keeper.take('general', false);
  const other = keeperOn(clock).keeper;
  other.observe({ used: 0, max: 2 });
  await other.take('general', false);
  name = { name: 'crm org', settled: true };
  await expect(keeper.take('general', false)).rejects.toThrow(BudgetSpent);
});
