import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_RECONCILE } from '../../src/revenue/reconcile-config.ts';
import { type TwinAnswer, type TwinCandidate, type TwinDeal, twinOf } from '../../src/revenue/twins.ts';

const RULES = { ...DEFAULT_RECONCILE, order: ['salesforce', 'hubspot', 'third'] };
const deal = (id: string, connection: string, changes: Partial<TwinDeal> = {}): TwinDeal => ({
  id,
  connection,
  name: 'Acme: 20 seats',
  amount: { minor: 500_000n, currency: 'USD' },
  closeDate: '2026-04-30',
  isWon: true,
  ...changes,
});
const candidate = (of: TwinDeal, changes: Partial<TwinCandidate> = {}): TwinCandidate => ({
  deal: of,
  byId: false,
  company: 'domain',
  ...changes,
});
const hub = deal('op_h', 'hubspot');
const force = (changes: Partial<TwinDeal> = {}, id = 'op_s') => deal(id, 'salesforce', changes);
const twin = (candidates: readonly TwinCandidate[], answer: TwinAnswer | null = null, of = hub) =>
  twinOf(of, candidates, answer, RULES);

describe('a deal that two CRMs hold', () => {
  test('counts as the one of the first connection, where one holds the id of the other', () => {
    const tied = candidate(force({ name: 'Renamed', amount: null }), { byId: true, company: null });
    expect(twin([tied])).toEqual({
      twinOf: 'op_s',
      reason: 'One of the two holds the id of the other one.',
      ask: [],
    });
    expect(twinOf(force(), [candidate(hub, { byId: true })], null, RULES)).toMatchObject({ twinOf: null, ask: [] });
  });

  test('waits for a person where two of the first connection are tied to it by id', () => {
    const found = twin([candidate(force(), { byId: true }), candidate(force({}, 'op_t'), { byId: true })]);
    expect([found.twinOf, found.ask.map(({ id }) => id)]).toEqual([null, ['op_s', 'op_t']]);
  });

  test('is found by company, name, amount and close, with the evidence', () => {
    expect(twin([candidate(force({ name: 'ACME 20 Seats' }))])).toEqual({
      twinOf: 'op_s',
      reason:
        'Their accounts have one domain; they have the same name; their amounts are the same; they close on the same day: 99.6 %.',
      ask: [],
    });
  });

  test('waits for a person where the evidence is only likely', () => {
    const found = twin([candidate(force({ name: 'Seats, April' }))]);
    expect([found.twinOf, found.ask.map(({ id, probability }) => [id, probability])]).toEqual([
      null,
      [['op_s', 0.7059]],
    ]);
  });

  test('waits for a person where two fit equally well', () => {
    const found = twin([candidate(force()), candidate(force({}, 'op_t'))]);
    expect([found.twinOf, found.ask.map(({ id }) => id)]).toEqual([null, ['op_s', 'op_t']]);
  });

  test.each([
    ['another amount', { name: 'Acme: 20 seats, renewal', amount: { minor: 1n, currency: 'USD' } }],
    ['another currency and month', { amount: { minor: 500_000n, currency: 'EUR' }, closeDate: '2026-06-30' }],
    ['another name, month and end', { name: 'X', closeDate: '2026-06-30', isWon: false }],
  ])('is two deals with %s', (_what, changes) => {
    expect(twin([candidate(force(changes))])).toEqual({ twinOf: null, reason: 'No other CRM holds it.', ask: [] });
  });

  test('is what a person says it is, until the deal that was meant is gone', () => {
    const likely = candidate(force({ name: 'Seats, April' }));
    expect(twin([likely], { twinOf: 'op_s', shown: ['op_s'] }).twinOf).toBe('op_s');
    expect(twin([likely], { twinOf: null, shown: ['op_s'] })).toMatchObject({ twinOf: null, ask: [] });
    expect(twin([], { twinOf: 'op_s', shown: ['op_s'] }).twinOf).toBeNull();
  });
});

test('of deals that name each other in a circle, over any connections, one stands for all, whatever the order', () => {
  const deals = fc.uniqueArray(fc.constantFrom('salesforce', 'hubspot', 'third', 'unlisted', 'another'), {
    minLength: 1,
  });
  fc.assert(
    fc.property(deals, (connections) => {
      const all = connections.map((connection) => deal(`op_${connection}`, connection));
      const candidates = all.map((each) => candidate(each, { byId: true }));
      const found = all.map((each) => twinOf(each, candidates, null, RULES).twinOf);
      expect(found.filter((of) => of === null)).toHaveLength(1);
      expect(new Set(found.filter((of) => of !== null)).size).toBeLessThanOrEqual(1);
      const turned = [...candidates].reverse();
      expect(all.map((each) => twinOf(each, turned, null, RULES).twinOf)).toEqual(found);
    }),
  );
});
