import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Entry, Touch } from '../../../src/model/revenue.ts';
import { attributeDeal } from '../../../src/revenue/attribution/attribute-deal.ts';
import type { Crediting } from '../../../src/revenue/attribution/crediting.ts';
import { EVERY_TOUCH, type TouchRules, type Window } from '../../../src/revenue/attribution/touches.ts';
import { worthOf } from '../../../src/revenue/ledger.ts';
import { plainModel } from '../../support/attribution.ts';
import { booksAt } from '../../support/books.ts';
import { deal, ledgerOf, NOW, OPEN, states, touch, touches } from '../histories.ts';
import { everyModel } from './models.ts';

const usd = (minor: bigint) => ({ minor, currency: 'USD' });
const models = fc.constantFrom(...everyModel());
const [first, last, linear] = [plainModel('first'), plainModel('last'), plainModel('linear')];
const within = (window: Window): TouchRules => ({ ...EVERY_TOUCH, window });
const windows = fc
  .option(fc.integer({ min: 1, max: 40 }), { nil: null })
  .map((days): { rules: TouchRules } => ({ rules: within({ days }) }));

/** What each touch has, all entries of the deal together; touches with nothing are left out. */
function net(entries: readonly Entry[], list: readonly Touch[], model: Crediting, context?: { rules: TouchRules }) {
  const byTouch = new Map<string, bigint>();
  for (const { credits } of attributeDeal(entries, list, model, context))
    for (const { touchId, amount } of credits)
      byTouch.set(`${touchId} ${amount.currency}`, (byTouch.get(`${touchId} ${amount.currency}`) ?? 0n) + amount.minor);
  return Object.fromEntries([...byTouch].filter(([, minor]) => minor !== 0n).sort());
}

describe('crediting a booked deal', () => {
  const entries = ledgerOf([deal()]);
  const list = [
    touch('b', '2026-03-10T12:00:00.000Z'),
    touch('c', '2026-03-20T12:00:00.000Z'),
    touch('a', '2026-03-01T12:00:00.000Z'),
  ];

  test('first gives all to the earliest touch', () => {
    expect(attributeDeal(entries, list, first)).toEqual([
      {
        entry: entries[0],
        credits: [
          {
            entryId: entries[0]?.id,
            model: 'first',
            touchId: 'a',
            campaignId: 'cm_a',
            amount: usd(10_000n),
            reporting: usd(10_000n),
          },
        ],
        unattributed: usd(0n),
        unattributedReporting: usd(0n),
      },
    ]);
  });

  test('last gives all to the latest, linear the same to each', () => {
    expect(net(entries, list, last)).toEqual({ 'c USD': 10_000n });
    expect(net(entries, list, linear)).toEqual({ 'a USD': 3_334n, 'b USD': 3_333n, 'c USD': 3_333n });
  });

  test('several responses to one campaign are several touches', () => {
    const two = [touch('a', '2026-03-01', { campaignId: 'cm' }), touch('b', '2026-03-02', { campaignId: 'cm' })];
    expect(net(entries, two, linear)).toEqual({ 'a USD': 5_000n, 'b USD': 5_000n });
  });

  test('the same response told by two records is one touch', () => {
    const twice = [
      touch('b', '2026-03-01', { campaignId: 'cm' }),
      touch('a', '2026-03-01', { campaignId: 'cm' }),
      touch('c', '2026-03-02'),
    ];
    expect(net(entries, twice, linear)).toEqual({ 'a USD': 5_000n, 'c USD': 5_000n });
  });

  test('without a touch all is unattributed', () => {
    expect(attributeDeal(entries, [], linear)).toEqual([
      { entry: entries[0], credits: [], unattributed: usd(10_000n), unattributedReporting: usd(10_000n) },
    ]);
  });

  test('an amount too small to go round is still credited whole', () => {
    expect(net(ledgerOf([deal({ amount: usd(1n) })]), list, linear)).toEqual({ 'a USD': 1n });
  });
});

describe('the touches that count', () => {
  const credited = (list: Touch[], window?: Window, closeDate: string | null = '2026-03-31') =>
    Object.keys(net(ledgerOf([deal({ closeDate })]), list, linear, window && { rules: within(window) }));

  test('are those up to the end of the day on which the deal closed', () => {
    const list = [touch('a', '2026-03-31T23:59:59.999Z'), touch('b', '2026-03-31'), touch('c', '2026-04-01T00:00:00Z')];
    expect(credited(list)).toEqual(['a USD', 'b USD']);
  });

  test('are those up to the instant of booking where the deal has no close date', () => {
    const list = [touch('a', '2026-05-01T00:00:00Z'), touch('b', '2026-05-01T00:00:00.001Z'), touch('c', '2026-05-01')];
    expect(credited(list, undefined, null)).toEqual(['a USD']);
  });

  test('are those within the window of calendar days', () => {
    const list = [
      touch('a', '2026-02-28'),
      touch('b', '2026-02-28T23:59:59.999Z'),
      touch('c', '2026-03-01'),
      touch('d', '2026-03-01T00:00:00Z'),
    ];
    expect(credited(list, { days: 30 })).toEqual(['c USD', 'd USD']);
    expect(credited(list, { days: null })).toHaveLength(4);
  });

  test('are ordered by time, a date after the instants of its day and before those of the next, equals by id', () => {
    const order = (...list: Touch[]) => [
      Object.keys(net(ledgerOf([deal()]), list, first))[0],
      Object.keys(net(ledgerOf([deal()]), list, last))[0],
    ];
    expect(order(touch('a', '2026-03-01'), touch('b', '2026-03-01T23:59:59.999Z'))).toEqual(['b USD', 'a USD']);
    expect(order(touch('b', '2026-03-01'), touch('a', '2026-03-02T00:00:00.000Z'))).toEqual(['b USD', 'a USD']);
    expect(order(touch('b', '2026-03-01'), touch('a', '2026-03-01'))).toEqual(['a USD', 'b USD']);
  });

  test('a touch whose time cannot be read is an error that says so', () => {
    expect(() => credited([touch('a', 'yesterday')])).toThrow('"yesterday" is neither an ISO instant');
    expect(() => credited([touch('a', '2026-03-01T12:00:00')])).toThrow('with its offset');
    expect(() => credited([touch('a', '2026-13-01')])).toThrow(RangeError);
    expect(credited([touch('a', '2026-03-01T12:00:00.000+0000')])).toEqual(['a USD']);
  });
});

describe('a deal that changes', () => {
  const list = [touch('a', '2026-03-01'), touch('b', '2026-03-02'), touch('c', '2026-04-15')];

  test('adjusted in steps has the credits of one booked at that amount', () => {
    const steps = [3n, 100n, 7n, 8n, 10n].map((minor) => deal({ amount: usd(minor) }));
    expect(net(ledgerOf(steps), list, linear)).toEqual(net(ledgerOf(steps.slice(-1)), list, linear));
  });

  test('a reversal takes back exactly what every touch had', () => {
    const entries = ledgerOf([deal({ amount: usd(3n) }), deal({ amount: usd(101n) }), deal(OPEN)]);
    const reversal = attributeDeal(entries, list, linear).at(-1);
    expect(reversal?.credits.map((credit) => [credit.touchId, credit.amount.minor])).toEqual([
      ['a', -51n],
      ['b', -50n],
    ]);
  });

  test('booked again at a later close credits the touches up to that close', () => {
    const entries = ledgerOf([deal(), deal(OPEN), deal({ closeDate: '2026-04-30' })]);
    expect(net(entries, list, last)).toEqual({ 'c USD': 10_000n });
  });
});

describe('after any history, under any model', () => {
  test('credits plus the unattributed rest are each entry exactly, and no credit is zero', () => {
    fc.assert(
      fc.property(states(), touches, models, windows, (history, list, model, window) => {
        const entries = ledgerOf(history);
        const attributions = attributeDeal(entries, list, model, window);
        expect(attributions.map(({ entry }) => entry)).toEqual(entries);
        for (const { entry, credits, unattributed } of attributions) {
          const credited = credits.reduce((total, { amount }) => total + amount.minor, 0n);
          expect(credited + unattributed.minor).toBe(entry.amount.minor);
          for (const credit of credits) {
            expect(credit.amount.currency).toBe(entry.amount.currency);
            expect([credit.amount.minor, credit.reporting.minor]).not.toEqual([0n, 0n]);
            expect(credit.entryId).toBe(entry.id);
          }
          expect(credits.length === 0 || unattributed.minor === 0n).toBe(true);
        }
      }),
    );
  });

  test('the credits of all entries are those of the worth now, none negative', () => {
    fc.assert(
      fc.property(states(), touches, models, windows, (history, list, model, window) => {
        const credits = net(ledgerOf(history), list, model, window);
        for (const minor of Object.values(credits)) expect(minor > 0n).toBe(true);
        const last = history.at(-1);
        const worth = last && worthOf(last, booksAt(NOW));
        const total = Object.values(credits).reduce((sum, minor) => sum + minor, 0n);
        expect(total === 0n || (worth?.kind === 'won' && total === worth.amount.minor)).toBe(true);
      }),
    );
  });

  test('a deal fully reversed leaves nothing on any touch', () => {
    fc.assert(
      fc.property(states(), touches, models, (history, list, model) => {
        expect(net(ledgerOf([...history, deal({ deleted: true })]), list, model)).toEqual({});
      }),
    );
  });

  test('the order in which touches and entries are read changes nothing', () => {
    fc.assert(
      fc.property(states(), touches, models, (history, list, model) => {
        const entries = ledgerOf(history);
        expect(attributeDeal([...entries].reverse(), [...list].reverse(), model)).toEqual(
          attributeDeal(entries, list, model),
        );
      }),
    );
  });
});
