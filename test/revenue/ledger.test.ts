import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Opportunity } from '../../src/model/revenue.ts';
import { entriesFor, stretchesOf, worthOf } from '../../src/revenue/ledger.ts';
import { deal, ledgerOf, NOW, OPEN, states } from './histories.ts';

const shape = (history: Opportunity[]) =>
  ledgerOf(history).map(({ kind, amount }) => [kind, amount.minor, amount.currency]);
const usd = (minor: bigint) => ({ minor, currency: 'USD' });

describe('the ledger of a deal', () => {
  test('is empty until the deal is won', () => {
    expect(entriesFor(deal(OPEN), [], NOW)).toEqual([]);
    expect(entriesFor(deal({ isWon: false, stage: 'Closed Lost' }), [], NOW)).toEqual([]);
    expect(entriesFor(deal({ deleted: true }), [], NOW)).toEqual([]);
  });

  test('books the amount when the deal is won, with its close date and a reason', () => {
    expect(entriesFor(deal(), [], NOW)).toEqual([
      {
        id: expect.stringMatching(/^en_/),
        opportunityId: 'op_1',
        kind: 'booked',
        amount: usd(10_000n),
        at: NOW,
        closeDate: '2026-03-31',
        reason: 'The deal was won, in stage "Closed Won".',
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
    expect(worthOf(deal({ amount: null }))).toEqual({
      kind: 'held',
      reason: 'The deal is won but has no amount: enter one in the CRM to book it.',
    });
    expect(worthOf(deal({ amount: usd(-1n) }))).toMatchObject({
      kind: 'held',
      reason: expect.stringContaining('negative amount (-0.01 USD)'),
    });
    expect(entriesFor(deal({ amount: null }), [], NOW)).toEqual([]);
  });

  test('reverses a booked deal whose amount is taken away', () => {
    expect(shape([deal(), deal({ amount: null })])).toEqual([
      ['booked', 10_000n, 'USD'],
      ['reversed', -10_000n, 'USD'],
    ]);
  });

  test('says nothing when nothing changed, or only the close date moved', () => {
    const entries = ledgerOf([deal()]);
    expect(entriesFor(deal(), entries, '2026-06-01T00:00:00.000Z')).toEqual([]);
    expect(entriesFor(deal({ closeDate: '2026-04-30', name: 'Other' }), entries, NOW)).toEqual([]);
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
        const worth = last && worthOf(last);
        const expected = worth?.kind === 'won' ? worth.amount : null;
        for (const [currency, minor] of sums) expect(minor).toBe(currency === expected?.currency ? expected.minor : 0n);
        if (expected) expect(sums.has(expected.currency)).toBe(true);
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
        expect(entriesFor(last, shuffled, NOW)).toEqual([]);
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
