import fc from 'fast-check';
import type { Entry, Opportunity, Touch } from '../../src/model/revenue.ts';
import { settle } from '../../src/revenue/ledger.ts';
import { booksAt } from '../support/books.ts';

/** Deals and touches for the tests, and arbitrary histories of them. */
export const NOW = '2026-05-01T00:00:00.000Z';

export function deal(changes: Partial<Opportunity> = {}): Opportunity {
  return {
    id: 'op_1',
    name: 'Big deal',
    accountId: 'ac_1',
    amount: { minor: 10_000n, currency: 'USD' },
    stage: 'Closed Won',
    isClosed: true,
    isWon: true,
    closeDate: '2026-03-31',
    deleted: false,
    ...changes,
  };
}

export const OPEN = { stage: 'Negotiation', isClosed: false, isWon: false };

export function touch(id: string, at: string, changes: Partial<Touch> = {}): Touch {
  return { id, personId: 'pe_1', campaignId: `cm_${id}`, at, kind: 'response', ...changes };
}

const moments = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((day) => new Date(Date.UTC(2026, 2, day)).toISOString().slice(0, 10)),
  fc.integer({ min: 0, max: 60 * 24 }).map((hour) => new Date(Date.UTC(2026, 2, 1, hour)).toISOString()),
);

export const touches = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 0, max: 99 }).map((n) => `to_${n}`),
    personId: fc.constantFrom('pe_1', 'pe_2', 'pe_3'),
    campaignId: fc.constantFrom('cm_1', 'cm_2', 'cm_3'),
    at: moments,
    kind: fc.constant('response'),
  }),
  { selector: (each) => each.id, maxLength: 8 },
);

/** The states that one deal passes through, as the CRM shows it at successive reconciliations. */
export const states = (id = 'op_1', currencies = ['USD', 'EUR']) =>
  fc.array(
    fc.record({
      id: fc.constant(id),
      name: fc.constant('Deal'),
      accountId: fc.constant(null),
      amount: fc.option(
        fc.record({
          minor: fc.oneof(
            { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: 500n }) },
            fc.constantFrom(-1n, 10n ** 15n),
          ),
          currency: fc.constantFrom(...currencies),
        }),
        { freq: 8, nil: null },
      ),
      stage: fc.constant('Some stage'),
      isClosed: fc.boolean(),
      isWon: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
      closeDate: fc.option(
        fc.integer({ min: 1, max: 60 }).map((day) => new Date(Date.UTC(2026, 2, day)).toISOString().slice(0, 10)),
        { nil: null },
      ),
      deleted: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
    }),
    { maxLength: 10 },
  );

/** The ledger after a deal passed through `history`. */
export function ledgerOf(history: readonly Opportunity[]): Entry[] {
  const entries: Entry[] = [];
  history.forEach((opportunity, index) => {
    entries.push(...settle(opportunity, entries, booksAt(new Date(Date.UTC(2026, 4, 1, index)).toISOString())).entries);
  });
  return entries;
}
