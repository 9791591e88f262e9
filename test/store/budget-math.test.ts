import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BudgetRules,
  type BudgetState,
  block,
  blockedFor,
  day,
  emptyBudget,
  type Grant,
  giveBack,
  hear,
  reserve,
  standing,
} from '../../src/store/budget-math.ts';

const NOON = Date.parse('2026-06-01T12:00:00.000Z');
const HOUR = 3_600_000;
const rolling: BudgetRules = { dailyShare: 0.5, day: 'rolling', windows: {} };
const midnight: BudgetRules = { ...rolling, day: 'midnight' };
const searching: BudgetRules = { ...rolling, windows: { search: { calls: 5, spanMs: 1_000 } } };

const ask = (wanted = 1, isRetry = false, allowance = 'general') => ({ allowance, wanted, isRetry });

/** The state after as many calls. */
function granted(state: BudgetState, rules: BudgetRules, at: number, calls: number): BudgetState {
  const answer = reserve(state, rules, at, ask(calls));
  if (answer.kind !== 'granted' || answer.grant.calls !== calls) throw new Error(`not granted: ${answer.kind}`);
  return answer.state;
}

describe('the share of the day', () => {
  const heard = hear(emptyBudget, rolling, NOON, { used: 100, max: 1000 });

  test('is no limit before the CRM has said how many calls a day has', () => {
    expect(day(emptyBudget, rolling, NOON, true)).toEqual({ left: Number.POSITIVE_INFINITY });
  });

  test("is of the whole allowance, and counts Sluice's own calls alone", () => {
    expect(standing(granted(heard, rolling, NOON, 20), rolling, NOON)).toEqual({
      own: 20,
      share: 500,
      used: 120,
      max: 1000,
    });
  });

  test('is never overdrawn by a large block', () => {
    const answer = reserve(granted(heard, rolling, NOON, 490), rolling, NOON, ask(50));
    expect(answer).toMatchObject({ kind: 'granted', grant: { calls: 10 } });
  });

  test('from three quarters on refuses retries and lets new work through', () => {
    const state = granted(heard, rolling, NOON, 375);
    expect(reserve(state, rolling, NOON, ask(1, true))).toMatchObject({ kind: 'stop', why: 'retry' });
    expect(reserve(state, rolling, NOON, ask())).toMatchObject({ kind: 'granted' });
    expect(reserve(granted(heard, rolling, NOON, 374), rolling, NOON, ask(1, true))).toMatchObject({ kind: 'granted' });
  });

  test('when used up stops, until enough of the calls are 24 hours old', () => {
    const early = granted(heard, rolling, NOON, 200);
    const state = granted(early, rolling, NOON + 6 * HOUR, 300);
    const at = NOON + 7 * HOUR;
    const answer = reserve(state, rolling, at, ask());
    expect(answer).toMatchObject({ kind: 'stop', why: 'share' });
    if (answer.kind !== 'stop') return;
    expect(answer.resumesInMs).toBeGreaterThan(16.9 * HOUR);
    expect(answer.resumesInMs).toBeLessThan(17.5 * HOUR);
    expect(reserve(state, rolling, at + answer.resumesInMs, ask(1, true))).toMatchObject({ kind: 'granted' });
  });

  test('stops where other programs have used up what the org has', () => {
    const full = hear(emptyBudget, rolling, NOON, { used: 1000, max: 1000 });
    expect(reserve(full, rolling, NOON, ask())).toMatchObject({ kind: 'stop', why: 'allowance' });
  });

  test('begins anew at the midnight that the CRM names', () => {
    const resetsAt = '2026-06-01T22:00:00.000Z';
    const state = granted(hear(emptyBudget, midnight, NOON, { used: 0, max: 100, resetsAt }), midnight, NOON, 50);
    expect(reserve(state, midnight, NOON, ask())).toEqual({ kind: 'stop', why: 'share', resumesInMs: 10 * HOUR });
    expect(reserve(state, midnight, Date.parse(resetsAt) - 1, ask())).toMatchObject({ kind: 'stop' });
    expect(reserve(state, midnight, Date.parse(resetsAt), ask())).toMatchObject({ kind: 'granted' });
  });

  test('begins anew at midnight UTC where the CRM names none', () => {
    const state = granted(hear(emptyBudget, midnight, NOON, { used: 0, max: 100 }), midnight, NOON, 50);
    expect(reserve(state, midnight, NOON, ask())).toMatchObject({ kind: 'stop', resumesInMs: 12 * HOUR });
  });

  test('whatever is asked when, is never exceeded within any day, and a stop ends when it says', () => {
    const step = fc.record({
      pause: fc.integer({ min: 0, max: 5 * HOUR }),
      wanted: fc.integer({ min: 1, max: 60 }),
      isRetry: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(rolling, midnight), (steps, rules) => {
        let state = hear(emptyBudget, rules, NOON, { used: 0, max: 400 });
        let now = NOON;
        const granted: { at: number; calls: number }[] = [];
        for (const { pause, wanted, isRetry } of steps) {
          now += pause;
          const answer = reserve(state, rules, now, ask(wanted, isRetry));
          if (answer.kind === 'granted') {
            granted.push({ at: now, calls: answer.grant.calls });
            state = answer.state;
          }
          if (answer.kind === 'stop') {
            expect(answer.resumesInMs).toBeGreaterThan(0);
            expect(reserve(state, rules, now + answer.resumesInMs, ask())).toMatchObject({ kind: 'granted' });
          }
        }
        for (const { at } of granted) {
          const dayEnds = rules.day === 'rolling' ? at + 24 * HOUR : at - (at % (24 * HOUR)) + 24 * HOUR;
          const calls = granted.filter((other) => other.at >= at && other.at < dayEnds);
          expect(calls.reduce((total, other) => total + other.calls, 0)).toBeLessThanOrEqual(200);
        }
      }),
    );
  });
});

describe('a CRM that refuses calls because those of the day are used up', () => {
  const resetsAt = '2026-06-01T22:00:00.000Z';
  const inDay = hear(emptyBudget, midnight, NOON, { used: 10, max: 100, resetsAt });

  test('is asked nothing, whoever asks, until the time that it names', () => {
    const blocked = block(emptyBudget, rolling, NOON, NOON + 2 * HOUR);
    expect(reserve(blocked, rolling, NOON, ask())).toEqual({ kind: 'stop', why: 'refused', resumesInMs: 2 * HOUR });
    expect(reserve(blocked, rolling, NOON + 2 * HOUR - 1, ask(1, true))).toMatchObject({ kind: 'stop' });
    expect(reserve(blocked, rolling, NOON + 2 * HOUR, ask())).toMatchObject({ kind: 'granted' });
  });

  test('goes on at the midnight of its day where it names no time', () => {
    expect(blockedFor(block(inDay, midnight, NOON, null), NOON)).toBe(10 * HOUR);
  });

  test.each([
    ['the day is a rolling one', emptyBudget, rolling, NOON],
    ['its midnight is not known', emptyBudget, midnight, NOON],
    ['the midnight that was heard has passed', inDay, midnight, NOON + 12 * HOUR],
  ])('is asked again after an hour where %s', (_where, state, rules, now) => {
    expect(blockedFor(block(state, rules, now, null), now)).toBe(HOUR);
  });

  test('is asked again after an hour where the day has but begun: the clocks differ', () => {
    const dawn = Date.parse('2026-06-01T22:00:05.000Z');
    expect(blockedFor(block(emptyBudget, midnight, dawn, Date.parse('2026-06-02T22:00:00.000Z')), dawn)).toBe(HOUR);
  });

  test('is never blocked for longer than the longest day, whatever it says and however clocks are set', () => {
    const time = fc.integer({ min: -400 * HOUR, max: 400 * HOUR });
    fc.assert(
      fc.property(time, time, fc.constantFrom(rolling, midnight), (named, later, rules) => {
        const blocked = block(inDay, rules, NOON, NOON + named);
        expect(blockedFor(blocked, NOON)).toBeGreaterThan(0);
        expect(blockedFor(blocked, NOON)).toBeLessThanOrEqual(25 * HOUR);
        const now = NOON + later;
        const answer = reserve(blocked, rules, now, ask());
        if (answer.kind !== 'stop') return;
        expect(answer.resumesInMs).toBeLessThanOrEqual(25 * HOUR);
        expect(reserve(blocked, rules, now + answer.resumesInMs, ask())).toMatchObject({ kind: 'granted' });
      }),
    );
  });

  test('whose rolling day others have used up is asked one call an hour later, and what that hears counts', () => {
    const full = hear(emptyBudget, rolling, NOON, { used: 1000, max: 1000 });
    const soon = NOON + 0.75 * HOUR;
    expect(reserve(full, rolling, soon, ask())).toEqual({ kind: 'stop', why: 'allowance', resumesInMs: 0.25 * HOUR });
    const probe = reserve(full, rolling, NOON + HOUR, ask(50));
    expect(probe).toMatchObject({ kind: 'granted', grant: { calls: 1 } });
    if (probe.kind !== 'granted') return;
    const still = hear(probe.state, rolling, NOON + HOUR, { used: 1000, max: 1000 });
    expect(reserve(still, rolling, NOON + HOUR, ask())).toMatchObject({ kind: 'stop', resumesInMs: HOUR });
    const free = hear(probe.state, rolling, NOON + HOUR, { used: 700, max: 1000 });
    expect(reserve(free, rolling, NOON + HOUR, ask(50))).toMatchObject({ kind: 'granted', grant: { calls: 50 } });
  });
});

describe('a window', () => {
  test('whoever asks when, holds no more than its limit in any span, and a wait ends when it says', () => {
    const step = fc.record({
      pause: fc.integer({ min: 0, max: 700 }),
      wanted: fc.integer({ min: 1, max: 4 }),
      /** A call is made at any time within its grant. */
      late: fc.integer({ min: 0, max: 999 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let state = emptyBudget;
        let now = NOON;
        const made: number[] = [];
        for (const { pause, wanted, late } of steps) {
          now += pause;
          const answer = reserve(state, searching, now, ask(wanted, false, 'search'));
          if (answer.kind === 'wait') {
            expect(reserve(state, searching, now + answer.ms, ask(1, false, 'search'))).toMatchObject({
              kind: 'granted',
            });
          }
          if (answer.kind !== 'granted') continue;
          state = answer.state;
          const until = answer.grant.until ?? 0;
          for (let i = 0; i < answer.grant.calls; i += 1) made.push(now + (late % (until - now)));
        }
        for (const at of made) {
          expect(made.filter((other) => other >= at && other < at + 1_000).length).toBeLessThanOrEqual(5);
        }
      }),
    );
  });

  test('of one allowance leaves the others alone', () => {
    const full = reserve(emptyBudget, searching, NOON, ask(5, false, 'search'));
    if (full.kind !== 'granted') throw new Error('not granted');
    expect(reserve(full.state, searching, NOON, ask(1, false, 'search'))).toMatchObject({ kind: 'wait' });
    expect(reserve(full.state, searching, NOON, ask(50))).toMatchObject({ kind: 'granted', grant: { calls: 50 } });
  });

  test('is free at once when the clock has jumped, forwards or far back', () => {
    const full = reserve(emptyBudget, searching, NOON, ask(5, false, 'search'));
    if (full.kind !== 'granted') throw new Error('not granted');
    for (const at of [NOON + 6 * HOUR, NOON - 6 * HOUR]) {
      expect(reserve(full.state, searching, at, ask(1, false, 'search'))).toMatchObject({ kind: 'granted' });
    }
  });
});

test('what is given back can be had again, as if it had never been asked for', () => {
  const state = hear(emptyBudget, searching, NOON, { used: 0, max: 1000 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), (wanted) => {
      const answer = reserve(state, searching, NOON, ask(wanted, false, 'search'));
      if (answer.kind !== 'granted') throw new Error('not granted');
      const grant: Grant = answer.grant;
      const back = giveBack(answer.state, searching, 'search', grant, grant.calls);
      expect(standing(back, searching, NOON)).toEqual(standing(state, searching, NOON));
      expect(reserve(back, searching, NOON, ask(5, false, 'search'))).toMatchObject({ grant: { calls: 5 } });
    }),
  );
});
