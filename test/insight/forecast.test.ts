import { describe, expect, test } from '@jest/globals';
import { backtest, type ForecastDeal, forecast, NoForecast } from '../../src/insight/forecast.ts';
import { randomFrom } from '../../src/insight/random.ts';

const RULES = { days: 90, confidence: 0.9, seed: 1 };
const TODAY = 20_000;

/** Deals made day by day; each ends after some days, and is won as often as `rate` says. */
function pipeline(seed: number, days: number, aDay: number, rate = 0.35): ForecastDeal[] {
  const random = randomFrom(seed);
  const deals: ForecastDeal[] = [];
  for (let day = TODAY - days; day <= TODAY; day++) {
    for (let n = 0; n < 2 * aDay; n++) {
      if (random() > 0.5) continue;
      const closes = day + 20 + Math.floor(random() * 160);
      const isClosed = closes <= TODAY;
      deals.push({
        id: `op_${day}_${n}`,
        created: day,
        closed: isClosed ? closes : null,
        won: isClosed && random() < rate,
        amount: 100_000 + Math.floor(random() * 900_000),
        stage: isClosed ? 'Closed' : 'Proposal',
        stages: [],
      });
    }
  }
  return deals;
}

describe('a forecast', () => {
  test('holds what comes about as often as its interval promises, tested on the past', () => {
    let held = 0;
    let all = 0;
    for (let seed = 0; seed < 3; seed++) {
      const tested = backtest(pipeline(seed, 1_400, 1), TODAY, RULES);
      held += tested.held;
      all += tested.windows.length;
      expect(Math.abs(tested.bias ?? 1)).toBeLessThan(0.25);
      expect(tested.error).toBeLessThan(0.5);
    }
    expect(all).toBe(18);
    expect(held / all).toBeGreaterThan(0.75);
  });

  test('adds up: stages to what is open, open and coming to the total', () => {
    const { open, coming, total, stages } = forecast(pipeline(1, 1_000, 1), TODAY, RULES);
    expect(stages.reduce((sum, { expected }) => sum + expected, 0)).toBeCloseTo(open.expected, 3);
    expect(open.expected + coming.expected).toBeCloseTo(total.expected, 3);
    for (const { low, expected, high } of [open, coming, total]) {
      expect(low).toBeLessThanOrEqual(expected);
      expect(high).toBeGreaterThanOrEqual(expected);
    }
  });

  test('goes by stages where they were kept', () => {
    const staged = pipeline(2, 1_000, 1).map((deal, n): ForecastDeal => {
      const stage = n % 2 === 0 ? 'Negotiation' : 'Idea';
      // What is at hand is won, mere ideas never are.
      return {
        ...deal,
        stage: deal.closed === null ? stage : 'Closed',
        won: deal.closed !== null && n % 2 === 0,
        stages: [{ since: deal.created, stage }],
      };
    });
    const { stages } = forecast(staged, TODAY, RULES);
    const share = (name: string) => {
      const found = stages.find(({ stage }) => stage === name);
      return (found?.expected ?? 0) / (found?.amount ?? 1);
    };
    expect(share('Negotiation')).toBeGreaterThan(0.4);
    expect(share('Idea')).toBeLessThan(0.1);
  });

  test('of the past sees nothing of what came after', () => {
    const deals = pipeline(3, 800, 1);
    const at = TODAY - 90;
    const changed = deals.map((deal) =>
      deal.closed !== null && deal.closed > at ? { ...deal, won: !deal.won } : deal,
    );
    const [one, other] = [backtest(deals, TODAY, RULES), backtest(changed, TODAY, RULES)];
    const { actual: _one, ...last } = one.windows.at(-1) ?? { actual: 0 };
    const { actual: _other, ...lastOther } = other.windows.at(-1) ?? { actual: 0 };
    expect(lastOther).toEqual(last);
    expect(_one).not.toBe(_other);
  });

  test('does not depend on the order of deals and comes out alike each time', () => {
    const deals = pipeline(4, 700, 1);
    expect(forecast([...deals].reverse(), TODAY, RULES)).toEqual(forecast(deals, TODAY, RULES));
  });

  test('counts deals without an amount with the median of those won, and says how many', () => {
    const deals = pipeline(5, 700, 1);
    const open = deals.filter(({ closed }) => closed === null);
    const without = deals.map((deal) => (deal.closed === null ? { ...deal, amount: null } : deal));
    const { withoutAmount, open: sum } = forecast(without, TODAY, RULES);
    expect(withoutAmount).toBe(open.length);
    expect(sum.expected).toBeGreaterThan(0);
  });

  test('with too short a past, or none, says so', () => {
    expect(() => forecast([], TODAY, RULES)).toThrow(NoForecast);
    expect(() => forecast(pipeline(6, 100, 1), TODAY, RULES)).toThrow(/the past holds 1 times 90 days/);
    expect(backtest([], TODAY, RULES)).toEqual({ windows: [], held: 0, error: null, bias: null, naiveError: null });
  });

  test('of a past in which nothing was ever won is near nothing, never NaN', () => {
    const { total } = forecast(pipeline(7, 900, 1, 0), TODAY, RULES);
    for (const value of Object.values(total)) expect(Number.isFinite(value)).toBe(true);
    expect(total.low).toBe(0);
    expect(backtest(pipeline(7, 900, 1, 0), TODAY, RULES).error).toBeNull();
  });
});
