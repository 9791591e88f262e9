import { describe, expect, test } from '@jest/globals';
import type { Opportunity } from '../../src/model/revenue.ts';
import { settle } from '../../src/revenue/ledger.ts';
import { type Fall, splitsOf } from '../../src/revenue/splits.ts';
import { booksAt } from '../support/books.ts';
import { deal, NOW } from './histories.ts';

const eur = (minor: bigint) => ({ minor, currency: 'EUR' });
const part = (id: string, minor: bigint, changes: Partial<Opportunity> = {}) =>
  deal({ id, amount: eur(minor), connection: 'salesforce', ...changes });

/** A deal that was booked with 100.00 and stands at `now`, with the entry by which it fell. */
function fall(now: bigint): Fall {
  const whole = part('op_whole', 10_000n);
  const booked = settle(whole, [], booksAt(NOW)).entries;
  const [entry] = settle({ ...whole, amount: eur(now) }, booked, booksAt(NOW)).entries;
  if (entry === undefined) throw new Error('it did not fall');
  return { deal: whole, entry, entries: [...booked, entry] };
}
const ids = (newcomers: Opportunity[], falls = [fall(6_000n)]) =>
  splitsOf(newcomers, falls).map((split) => split.opportunityId);

describe('a deal is split', () => {
  test('where it fell by what a new one of the account is worth: that one takes its rate and says from where it is', () => {
    const [split] = splitsOf([part('op_part', 4_000n)], [fall(6_000n)]);
    expect(split).toMatchObject({
      opportunityId: 'op_part',
      splitFrom: { opportunityId: 'op_whole', rate: '1.1', rateDate: '2000-01-01' },
    });
    const other = booksAt(NOW, []);
    expect(settle({ ...part('op_part', 4_000n), splitFrom: split?.splitFrom }, [], other).entries).toMatchObject([
      {
        kind: 'booked',
        reporting: { minor: 4_400n, currency: 'USD' },
        rate: '1.1',
        reason: 'The deal was won, in stage "Closed Won". It was split off from op_whole, which fell by as much.',
      },
    ]);
  });

  test('into several, where all new ones together are what it fell by', () => {
    expect(ids([part('op_a', 1_000n), part('op_b', 3_000n)])).toEqual(['op_a', 'op_b']);
  });

  test('once a fall: another new deal of the same amount is a deal of its own', () => {
    expect(ids([part('op_a', 4_000n), part('op_b', 4_000n)])).toEqual(['op_a']);
  });

  test.each([
    ['by another amount', part('op_part', 4_001n)],
    ['of another account', part('op_part', 4_000n, { accountId: 'ac_2' })],
    ['of no account', part('op_part', 4_000n, { accountId: null })],
    ['in another currency', part('op_part', 4_000n, { amount: { minor: 4_000n, currency: 'USD' } })],
    ['in another CRM', part('op_part', 4_000n, { connection: 'hubspot' })],
    ['without an amount', part('op_part', 4_000n, { amount: null })],
  ])('not %s', (_name, newcomer) => {
    expect(ids([newcomer])).toEqual([]);
  });

  test('not where the whole was taken back since', () => {
    const { deal: whole, entry, entries } = fall(6_000n);
    const reversed = settle({ ...part('op_whole', 6_000n), deleted: true }, entries, booksAt(NOW)).entries;
    expect(ids([part('op_part', 4_000n)], [{ deal: whole, entry, entries: [...entries, ...reversed] }])).toEqual([]);
  });
});
