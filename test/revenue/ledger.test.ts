import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { convert } from '../../src/model/money.ts';
import type { Opportunity } from '../../src/model/revenue.ts';
import { settle, stretchesOf, worthOf } from '../../src/revenue/ledger.ts';
import { booksAt, EURO, LEDGER_RULES } from '../support/books.ts';
import { deal, ledgerOf, NOW, OPEN, states } from './histories.ts';

const BOOKS = booksAt(NOW);

const shape = (history: Opportunity[]) =>
  ledgerOf(history).map(({ kind, amount }) => [kind, amount.minor, amount.currency]);
const usd = (minor: bigint) => ({ minor, currency: 'USD' });

describe('the ledger of a deal', () => {
  test('is empty until the deal is won', () => {
    expect(settle(deal(OPEN), [], BOOKS).entries).toEqual([]);
    expect(settle(deal({ isWon: false, stage: 'Closed Lost' }), [], BOOKS).entries).toEqual([]);
    expect(settle(deal({ deleted: true }), [], BOOKS).entries).toEqual([]);
  });

  test('books the amount when the deal is won, with its close date and a reason', () => {
    expect(settle(deal(), [], BOOKS).entries).toEqual([
      {
        id: expect.stringMatching(/^en_/),
        opportunityId: 'op_1',
        kind: 'booked',
        amount: usd(10_000n),
        at: NOW,
        closeDate: '2026-03-31',
        reason: 'The deal was won, in stage "Closed Won".',
        reporting: usd(10_000n),
        rate: '1',
        rateDate: '2026-03-31',
        rateSource: 'same currency',
        period: '2026-03',
      },
    ]);
  });

  test('adjusts by the difference when the amount changes', () => {
    const entries = ledgerOf([deal(), deal({ amount: usd(7_500n) })]);
    expect(entries[1]).toMatchObject({
      kind: 'adjusted',
      amount: usd(-2_500n),
      reason: 'The amount changed from 100.00 USD to 75.00 USD.',
    });
  });

  test.each([
    ['re-opened', OPEN, 'The deal is open, in stage "Negotiation".'],
    ['lost', { isWon: false, stage: 'Closed Lost' }, 'The deal was lost, in stage "Closed Lost".'],
    ['deleted', { deleted: true }, 'The opportunity was deleted in the CRM.'],
  ])('reverses what stands when the deal is %s', (_name, change, reason) => {
    const entries = ledgerOf([deal(), deal({ amount: usd(7_500n) }), deal({ amount: usd(7_500n), ...change })]);
    expect(entries[2]).toMatchObject({ kind: 'reversed', amount: usd(-7_500n), closeDate: '2026-03-31', reason });
  });

  test('books again when the deal is won again', () => {
    expect(shape([deal(), deal(OPEN), deal({ amount: usd(900n) })])).toEqual([
      ['booked', 10_000n, 'USD'],
      ['reversed', -10_000n, 'USD'],
      ['booked', 900n, 'USD'],
    ]);
  });

  test('reverses in the old currency and books in the new when the currency changes', () => {
    expect(shape([deal(), deal({ amount: { minor: 9_000n, currency: 'EUR' } })])).toEqual([
      ['booked', 10_000n, 'USD'],
      ['reversed', -10_000n, 'USD'],
      ['booked', 9_000n, 'EUR'],
    ]);
  });

  test('books a deal won for zero, which is a stated fact, and adjusts it later', () => {
    expect(shape([deal({ amount: usd(0n) }), deal({ amount: usd(5n) }), deal(OPEN)])).toEqual([
      ['booked', 0n, 'USD'],
      ['adjusted', 5n, 'USD'],
      ['reversed', -5n, 'USD'],
    ]);
  });

  test('holds a won deal without an amount or with a negative one, saying what to do', () => {
    expect(worthOf(deal({ amount: null }), BOOKS)).toEqual({
      kind: 'held',
      for: 'amount',
      until: null,
      reason: 'The deal is won but has no amount: enter one in the CRM to book it.',
    });
    expect(worthOf(deal({ amount: usd(-1n) }), BOOKS)).toMatchObject({
      kind: 'held',
      reason: expect.stringContaining('negative amount (-0.01 USD)'),
    });
    expect(settle(deal({ amount: null }), [], BOOKS).entries).toEqual([]);
  });

  test('reverses a booked deal whose amount is taken away', () => {
    expect(shape([deal(), deal({ amount: null })])).toEqual([
      ['booked', 10_000n, 'USD'],
      ['reversed', -10_000n, 'USD'],
    ]);
  });

  test('says nothing when nothing changed, or the close date moved within its month', () => {
    const entries = ledgerOf([deal()]);
    expect(settle(deal(), entries, booksAt('2026-06-01T00:00:00.000Z')).entries).toEqual([]);
    expect(settle(deal({ closeDate: '2026-03-02', name: 'Other' }), entries, BOOKS).entries).toEqual([]);
  });
});

describe('the reporting currency', () => {
  const eur = (minor: bigint) => ({ minor, currency: 'EUR' });
  const euros = (history: Opportunity[]) =>
    ledgerOf(history).map(({ kind, amount, reporting, rate }) => [kind, amount.minor, reporting.minor, rate]);

  test('an entry says what it is worth in it, by which rate of which day, and who stated that', () => {
    expect(ledgerOf([deal({ amount: eur(10_005n) })])[0]).toMatchObject({
      amount: eur(10_005n),
      // 110.055 is rounded half to even.
      reporting: usd(11_006n),
      rate: '1.1',
      rateDate: '2000-01-01',
      rateSource: 'salesforce: 1 EUR = 1.1 USD from 2000-01-01',
    });
  });

  test('an adjustment is the whole after it less the whole before it, at the rate of the booking', () => {
    expect(euros([deal({ amount: eur(5n) }), deal({ amount: eur(10n) }), deal({ amount: eur(15n) })])).toEqual([
      // 5.5 is 6, 11, 16.5 is 16: no cent is lost on the way.
      ['booked', 5n, 6n, '1.1'],
      ['adjusted', 5n, 5n, '1.1'],
      ['adjusted', 5n, 5n, '1.1'],
    ]);
  });

  test('the rate of the booking stays when the rates change, until the deal is booked again', () => {
    const entries = ledgerOf([deal({ amount: eur(100n) })]);
    const corrected = booksAt(NOW, [{ ...EURO, rate: '2' }]);
    expect(settle(deal({ amount: eur(100n) }), entries, corrected).entries).toEqual([]);
    expect(settle(deal({ amount: eur(200n) }), entries, corrected).entries).toMatchObject([
      { kind: 'adjusted', reporting: usd(110n), rate: '1.1' },
    ]);
    expect(settle(deal({ ...OPEN }), entries, corrected).entries).toMatchObject([
      { kind: 'reversed', reporting: usd(-110n), rate: '1.1' },
    ]);
  });

  test('a won deal without a rate is held, naming the currency and the day', () => {
    const won = deal({ amount: { minor: 100n, currency: 'SEK' } });
    expect(settle(won, [], BOOKS)).toEqual({
      entries: [],
      held: {
        for: 'rate',
        until: null,
        reason:
          'The deal is won in SEK, but no rate of SEK to USD is known for 2026-03-31: add one in the CRM or in rates.csv to book it.',
      },
    });
  });

  test('another currency without a rate takes back what stood', () => {
    const entries = ledgerOf([deal({ amount: eur(100n) })]);
    const settled = settle(deal({ amount: { minor: 100n, currency: 'SEK' } }), entries, BOOKS);
    expect(settled.held?.for).toBe('rate');
    expect(settled.entries).toMatchObject([{ kind: 'reversed', amount: eur(-100n), reporting: usd(-110n) }]);
  });
});

describe('what cannot be right is held', () => {
  test.each([
    ['no amount', { amount: null }, 'amount', 'has no amount'],
    ['a negative amount', { amount: usd(-5n) }, 'amount', 'a negative amount (-0.05 USD)'],
    ['a currency that is none', { amount: { minor: 5n, currency: 'ZZZ' } }, 'currency', '"ZZZ", which is no currency'],
    ['an absurd amount', { amount: usd(100_000_000_001n) }, 'ceiling', 'above the ceiling of 1000000000.00 USD'],
    ['an absurd amount in a small currency', { amount: { minor: 10n ** 30n, currency: 'EUR' } }, 'ceiling', 'ceiling'],
    ['a close that is yet to come', { closeDate: '2026-05-02' }, 'date', 'closes on 2026-05-02, which is yet to come'],
  ] as const)('%s', (_name, change, why, reason) => {
    const settled = settle(deal(change), [], BOOKS);
    expect(settled.entries).toEqual([]);
    expect(settled.held).toMatchObject({ for: why, reason: expect.stringContaining(reason) });
  });

  test('the ceiling itself is not above the ceiling', () => {
    expect(settle(deal({ amount: usd(100_000_000_000n) }), [], BOOKS).held).toBeNull();
  });

  test('today is that of the place of the ledger', () => {
    const late = booksAt('2026-05-01T23:30:00.000Z', [], { ...LEDGER_RULES, timeZone: 'Europe/Berlin' });
    expect(settle(deal({ closeDate: '2026-05-02' }), [], late).held).toBeNull();
    expect(settle(deal({ closeDate: '2026-05-03' }), [], late).held).toMatchObject({ until: '2026-05-03' });
  });
});

describe('periods', () => {
  const closedTo = (closedThrough: string) => ({ ...BOOKS, closedThrough });

  test('an entry counts in the month of the close, as long as that is open', () => {
    expect(settle(deal(), [], BOOKS).entries[0]?.period).toBe('2026-03');
    expect(settle(deal(), [], closedTo('2026-02')).entries[0]?.period).toBe('2026-03');
  });

  test('late news lands in the first open month, with its own date kept', () => {
    expect(settle(deal(), [], closedTo('2026-03')).entries[0]).toMatchObject({
      period: '2026-04',
      closeDate: '2026-03-31',
    });
    const booked = settle(deal({ closeDate: '2025-12-31' }), [], closedTo('2025-11')).entries;
    expect(booked[0]?.period).toBe('2025-12');
    expect(settle(deal({ closeDate: '2025-12-31', ...OPEN }), booked, closedTo('2025-12')).entries[0]).toMatchObject({
      kind: 'reversed',
      period: '2026-01',
      closeDate: '2025-12-31',
    });
  });

  test('a close that moves to another month is reversed in the old and booked in the new', () => {
    const booked = settle(deal(), [], BOOKS).entries;
    expect(settle(deal({ closeDate: '2026-04-01' }), booked, BOOKS).entries).toMatchObject([
      { kind: 'reversed', period: '2026-03', reason: 'The close moved from 2026-03-31 to 2026-04-01.' },
      { kind: 'booked', period: '2026-04', closeDate: '2026-04-01' },
    ]);
  });
});

describe('a damaged ledger', () => {
  const entries = ledgerOf([deal(), deal({ amount: usd(1n) }), deal(OPEN)]);

  test('is refused with a message naming the deal', () => {
    expect(() => stretchesOf(entries.slice(1))).toThrow(
      'the ledger of opportunity op_1 is damaged: line 1 of 2 is missing',
    );
    expect(() => stretchesOf(entries.map((entry) => ({ ...entry, kind: 'booked' as const })))).toThrow('books what is');
    expect(() => stretchesOf(entries.map((entry) => ({ ...entry, kind: 'adjusted' as const })))).toThrow('nothing is');
    expect(() => stretchesOf(entries.map((entry) => ({ ...entry, amount: usd(3n) })))).toThrow('does not reverse');
  });
});

describe('after any history of a deal', () => {
  test('the entries add up to what it is worth now, in every currency', () => {
    fc.assert(
      fc.property(states(), (history) => {
        const sums = new Map<string, bigint>();
        for (const { amount } of ledgerOf(history))
          sums.set(amount.currency, (sums.get(amount.currency) ?? 0n) + amount.minor);
        const last = history.at(-1);
        const worth = last && worthOf(last, BOOKS);
        const expected = worth?.kind === 'won' ? worth.amount : null;
        for (const [currency, minor] of sums) expect(minor).toBe(currency === expected?.currency ? expected.minor : 0n);
        if (expected) expect(sums.has(expected.currency)).toBe(true);
      }),
    );
  });

  test('what stands in the reporting currency is what stands in the other at one rate, rounded once', () => {
    fc.assert(
      fc.property(states(), (history) => {
        const entries = ledgerOf(history);
        for (const stretch of stretchesOf(entries))
          expect(stretch.reporting).toEqual(convert(stretch.standing, stretch.rate.rate, 'USD'));
        const reporting = entries.reduce((sum, entry) => sum + entry.reporting.minor, 0n);
        const last = stretchesOf(entries).at(-1);
        expect(reporting).toBe(last?.isOpen ? last.reporting.minor : 0n);
      }),
    );
  });

  test('a repeated run adds nothing, whatever order the lines are read in', () => {
    fc.assert(
      fc.property(states(), fc.infiniteStream(fc.integer()), (history, keys) => {
        const last = history.at(-1);
        if (!last) return;
        const shuffled = ledgerOf(history)
          .map((entry) => ({ entry, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ entry }) => entry);
        expect(settle(last, shuffled, BOOKS).entries).toEqual([]);
      }),
    );
  });

  test('ids are unique and the same each time', () => {
    fc.assert(
      fc.property(states(), (history) => {
        const ids = ledgerOf(history).map((entry) => entry.id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ledgerOf(history).map((entry) => entry.id)).toEqual(ids);
      }),
    );
  });
});
