import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { balanceOf, claimedOf, committedOf, drawnOf, heldBy } from '../../src/funds/balances.ts';
import { FundBook, type FundItem, type Violation } from '../../src/funds/book.ts';
import { CLAIM_STATUSES, REQUEST_STATUSES } from '../../src/model/fund.ts';
import { allocation, approved, budget, claim, fill, request } from './items.ts';

const TODAY = '2026-06-01';
const book = () => new FundBook(TODAY);
const rules = (violations: readonly Violation[]) => violations.map(({ rule, id }) => `${rule} ${id}`);

describe('a budget', () => {
  test('is not given away twice: child budgets, allocations and requests of its own share it', () => {
    const funds = fill(book(), {
      budgets: [budget('year', 1000), budget('emea', 400, { parentId: 'year' })],
      allocations: [allocation('alder', 'year', 300)],
      requests: [approved('fair', 'year', 250)],
    });
    expect(funds.take({ kind: 'allocation', value: allocation('brook', 'year', 51) })).toEqual([
      expect.objectContaining({
        rule: 'overdrawn',
        id: 'year',
        message: '"year" holds 10.00 USD, and 10.01 USD of it are given away',
        over: 1n,
      }),
    ]);
    expect(funds.take({ kind: 'allocation', value: allocation('brook', 'year', 50) })).toEqual([]);
    expect(balanceOf(funds, budget('year', 1000))).toEqual({
      amount: 1000n,
      children: 400n,
      allocations: 350n,
      requests: 250n,
      free: 0n,
    });
  });

  test('cannot fall below what is given away', () => {
    const funds = fill(book(), { budgets: [budget('year', 1000)], allocations: [allocation('alder', 'year', 300)] });
    expect(rules(funds.take({ kind: 'budget', value: budget('year', 299) }))).toEqual(['overdrawn year']);
    expect(funds.get('budget', 'year')?.amount).toBe(1000n);
  });

  test('is not a part of itself, however far around', () => {
    const funds = fill(book(), {
      budgets: [budget('a', 100), budget('b', 50, { parentId: 'a' }), budget('c', 10, { parentId: 'b' })],
    });
    expect(rules(funds.take({ kind: 'budget', value: budget('a', 5, { parentId: 'c' }) }))).toContain('loop a');
    expect(rules(funds.take({ kind: 'budget', value: budget('a', 5, { parentId: 'a' }) }))).toContain('loop a');
  });

  test('has the currency of its tree, above and below', () => {
    const funds = fill(book(), {
      budgets: [budget('year', 1000), budget('emea', 400, { parentId: 'year' })],
      allocations: [allocation('alder', 'emea', 100)],
    });
    expect(
      rules(funds.take({ kind: 'budget', value: budget('emea', 400, { parentId: 'year', currency: 'EUR' }) })),
    ).toEqual(expect.arrayContaining(['currency emea', 'currency alder']));
    expect(rules(funds.take({ kind: 'request', value: request('r', 'emea', 1, { currency: 'EUR' }) }))).toEqual([
      'currency r',
    ]);
    expect(rules(funds.take({ kind: 'budget', value: budget('x', 1, { currency: 'ABC' }) }))).toEqual(['currency x']);
  });

  test('is refused with a negative amount, dates the wrong way round, days that are none, or a parent that is not there', () => {
    expect(rules(book().take({ kind: 'budget', value: budget('a', -1) }))).toContain('amount a');
    const backwards = budget('a', 1, { startsOn: '2026-02-01', endsOn: '2026-01-31' });
    expect(book().take({ kind: 'budget', value: backwards })[0]?.message).toBe(
      'it ends on 2026-01-31, before it starts on 2026-02-01',
    );
    expect(rules(book().take({ kind: 'budget', value: budget('a', 1, { endsOn: '2026-02-30' }) }))).toEqual([
      'dates a',
    ]);
    expect(rules(book().take({ kind: 'budget', value: budget('a', 1, { parentId: 'nowhere' }) }))).toEqual([
      'parent a',
    ]);
  });

  test('stands at most ten levels deep', () => {
    const deep = (n: number) => budget(`b${n}`, 1, { parentId: n === 0 ? null : `b${n - 1}` });
    const funds = fill(book(), { budgets: Array.from({ length: 10 }, (_, n) => deep(n)) });
    expect(rules(funds.take({ kind: 'budget', value: deep(10) }))).toEqual(['levels b10']);
  });

  test('of one partner gives nothing to another', () => {
    const funds = fill(book(), { budgets: [budget('a', 100, { partnerId: 'pt_a' })] });
    expect(rules(funds.take({ kind: 'allocation', value: allocation('x', 'a', 1, { partnerId: 'pt_b' }) }))).toEqual([
      'partner x',
    ]);
    expect(rules(funds.take({ kind: 'request', value: request('r', 'a', 1, { partnerId: 'pt_b' }) }))).toEqual([
      'partner r',
    ]);
  });
});

describe('an allocation', () => {
  test('is not promised beyond what it holds', () => {
    const funds = fill(book(), {
      budgets: [budget('year', 1000)],
      allocations: [allocation('alder', 'year', 300)],
      requests: [approved('r1', 'year', 200, { allocationId: 'alder' })],
    });
    const second = approved('r2', 'year', 101, { allocationId: 'alder' });
    expect(rules(funds.take({ kind: 'request', value: second }))).toEqual(['overdrawn alder']);
    expect(funds.take({ kind: 'request', value: { ...second, status: 'submitted', approved: null } })).toEqual([]);
  });

  test('gives back to its budget, once it has expired, what is not promised', () => {
    const funds = fill(book(), {
      budgets: [budget('year', 1000)],
      allocations: [allocation('alder', 'year', 300, { expiresOn: '2026-05-31' })],
      requests: [approved('r1', 'year', 200, { allocationId: 'alder' })],
    });
    const alder = allocation('alder', 'year', 300, { expiresOn: '2026-05-31' });
    expect(heldBy(funds, alder)).toBe(200n);
    expect(heldBy(funds, { ...alder, expiresOn: TODAY })).toBe(300n);
  });
});

describe('a claim', () => {
  const funds = () => fill(book(), { budgets: [budget('year', 1000)], requests: [approved('r', 'year', 200)] });

  test('is not above what its request has left', () => {
    const mine = fill(funds(), { claims: [claim('c1', 'r', 150)] });
    expect(rules(mine.take({ kind: 'claim', value: claim('c2', 'r', 51) }))).toEqual(['overdrawn r']);
    expect(mine.take({ kind: 'claim', value: claim('c2', 'r', 50, { status: 'held' }) })).toEqual([]);
  });

  test('needs an approved request', () => {
    const mine = fill(book(), { budgets: [budget('year', 1000)], requests: [request('r', 'year', 200)] });
    expect(rules(mine.take({ kind: 'claim', value: claim('c', 'r', 0) }))).toEqual(['unapproved c']);
  });

  test('is not paid beyond what is approved of it', () => {
    expect(
      rules(
        funds().take({ kind: 'claim', value: claim('c', 'r', 100, { status: 'approved', approved: 90n, paid: 91n }) }),
      ),
    ).toEqual(['overdrawn c']);
  });

  test.each(['rejected', 'returned', 'withdrawn', 'submitted'] as const)('that is %s is not paid', (status) => {
    const value = claim('c', 'r', 100, { status, approved: 100n, paid: 100n });
    expect(rules(funds().take({ kind: 'claim', value }))).toContain('unapproved c');
  });

  test('is not approved above what it asks for, nor is a request', () => {
    const value = claim('c', 'r', 100, { status: 'approved', approved: 101n });
    expect(rules(funds().take({ kind: 'claim', value }))).toContain('amount c');
    const request = funds().get('request', 'r');
    if (request === null) throw new Error('the request is there');
    const more = { ...request, approved: request.requested + 1n };
    expect(rules(funds().take({ kind: 'request', value: more }))).toContain('amount r');
  });
});

describe('what is broken already', () => {
  test('is told, and may be mended step by step but not made worse', () => {
    const items: FundItem[] = [
      { kind: 'budget', value: budget('year', 100) },
      { kind: 'allocation', value: allocation('alder', 'year', 150) },
    ];
    const funds = new FundBook(TODAY, items);
    expect(rules(funds.check())).toEqual(['overdrawn year']);
    expect(rules(funds.take({ kind: 'allocation', value: allocation('alder', 'year', 151) }))).toEqual([
      'overdrawn year',
    ]);
    expect(funds.take({ kind: 'allocation', value: allocation('alder', 'year', 120) })).toEqual([]);
    expect(rules(funds.check())).toEqual(['overdrawn year']);
  });

  test('does not keep balances from coming to an end where budgets go round in a circle', () => {
    const funds = new FundBook(TODAY, [
      { kind: 'budget', value: budget('a', 100, { parentId: 'b' }) },
      { kind: 'budget', value: budget('b', 100, { parentId: 'a' }) },
      { kind: 'request', value: approved('r', 'a', 30) },
    ]);
    expect(rules(funds.check())).toEqual(expect.arrayContaining(['loop a', 'loop b']));
    expect(drawnOf(funds, 'b').promised).toBe(30n);
  });
});

describe('over any changes in any order', () => {
  const small = fc.integer({ min: 0, max: 120 });
  const one = (prefix: string, most: number) => fc.integer({ min: 0, max: most }).map((n) => `${prefix}${n}`);
  const item = fc.oneof(
    fc
      .tuple(one('b', 3), small, fc.option(one('b', 3)))
      .map(([id, amount, parentId]): FundItem => ({ kind: 'budget', value: budget(id, amount, { parentId }) })),
    fc.tuple(one('a', 3), one('b', 3), small, fc.boolean()).map(
      ([id, on, amount, gone]): FundItem => ({
        kind: 'allocation',
        value: allocation(id, on, amount, { expiresOn: gone ? '2026-05-31' : null }),
      }),
    ),
    fc.tuple(one('r', 4), one('b', 3), fc.option(one('a', 3)), small, fc.constantFrom(...REQUEST_STATUSES)).map(
      ([id, on, allocationId, amount, status]): FundItem => ({
        kind: 'request',
        value: request(id, on, amount, { allocationId, status, approved: BigInt(amount) }),
      }),
    ),
    fc.tuple(one('c', 5), one('r', 4), small, small, small, fc.constantFrom(...CLAIM_STATUSES)).map(
      ([id, on, asked, granted, paid, status]): FundItem => ({
        kind: 'claim',
        value: claim(id, on, asked, { approved: BigInt(granted), paid: BigInt(paid), status }),
      }),
    ),
  );

  test('what was taken leaves every rule kept, and every total is the sum of its parts', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), (changes) => {
        const funds = book();
        let taken = 0;
        for (const change of changes) {
          const before = JSON.stringify(everything(funds));
          if (funds.take(change).length === 0) taken++;
          else expect(JSON.stringify(everything(funds))).toBe(before);
          expect(funds.check()).toEqual([]);
        }
        for (const each of funds.all('budget')) {
          const mine = {
            children: funds.all('budget').filter(({ parentId }) => parentId === each.id),
            allocations: funds.all('allocation').filter(({ budgetId }) => budgetId === each.id),
            requests: funds
              .all('request')
              .filter(({ budgetId, allocationId }) => budgetId === each.id && allocationId === null),
          };
          const claimsOf = (id: string) => funds.all('claim').filter(({ requestId }) => requestId === id);
          const given =
            total(mine.children.map(({ amount }) => amount)) +
            total(mine.allocations.map((allocation) => heldBy(funds, allocation))) +
            total(mine.requests.map((request) => committedOf(request, claimsOf(request.id))));
          expect(balanceOf(funds, each).free).toBe(each.amount - given);
          expect(each.amount >= given).toBe(true);
        }
        for (const each of funds.all('request'))
          expect(claimedOf(funds.under('claim', each.id)) <= (each.approved ?? 0n)).toBe(true);
        expect(taken).toBeLessThanOrEqual(changes.length);
      }),
      { numRuns: 150 },
    );
  });

  test('a book of the same items, in whatever order, has the same balances', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 25 }), fc.integer(), (changes, seed) => {
        const latest = [...new Map(changes.map((each) => [`${each.kind} ${each.value.id}`, each])).values()];
        const shuffled = latest.map((each, n) => ({ each, at: (n * 7919 + seed) % 101 })).sort((x, y) => x.at - y.at);
        const [one, other] = [
          new FundBook(TODAY, latest),
          new FundBook(
            TODAY,
            shuffled.map(({ each }) => each),
          ),
        ];
        for (const each of one.all('budget')) {
          expect(balanceOf(other, each)).toEqual(balanceOf(one, each));
          expect(drawnOf(other, each.id)).toEqual(drawnOf(one, each.id));
        }
        const sorted = (funds: FundBook) =>
          funds
            .check()
            .map(({ rule, id, over }) => `${rule} ${id} ${over}`)
            .sort();
        expect(sorted(other)).toEqual(sorted(one));
      }),
      { numRuns: 100 },
    );
  });
});

function total(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

function everything(funds: FundBook): unknown {
  return (['budget', 'allocation', 'request', 'claim'] as const).map((kind) =>
    funds
      .all(kind)
      .map((value) => Object.values(value).map(String).join())
      .sort(),
  );
}
