import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { costOf } from '../../src/revenue/campaign-cost.ts';

const usd = (minor: bigint) => ({ minor, currency: 'USD' });
const eur = (minor: bigint) => ({ minor, currency: 'EUR' });
const claim = (id: string, paid: ReturnType<typeof usd>) => ({ id, paid });

describe('what a campaign cost', () => {
  test('is what it states; paid claims are a part of that, in whatever currency', () => {
    expect(costOf({ cost: usd(100_000n) }, [claim('c1', usd(40_000n)), claim('c2', eur(10_000n))])).toEqual({
      costs: [usd(100_000n)],
      source: 'campaign',
      funded: [eur(10_000n), usd(40_000n)],
      over: null,
    });
  });

  test('stays what it states where more was paid, and by how much more is said', () => {
    expect(costOf({ cost: usd(30_000n) }, [claim('c1', usd(40_000n))])).toMatchObject({
      costs: [usd(30_000n)],
      over: usd(10_000n),
    });
  });

  test('is what was paid where it states nothing or zero, a line a currency', () => {
    const claims = [claim('c1', usd(40_000n)), claim('c2', eur(1n)), claim('c3', usd(2n))];
    const found = { costs: [eur(1n), usd(40_002n)], source: 'claims', over: null };
    expect(costOf({ cost: null }, claims)).toMatchObject(found);
    expect(costOf({ cost: usd(0n) }, claims)).toMatchObject(found);
  });

  test('is unknown where nobody states one and nothing was paid', () => {
    expect(costOf({ cost: null }, [claim('c1', usd(0n))])).toEqual({ costs: [], source: null, funded: [], over: null });
  });

  test('counts nothing twice, whatever the order and however often a claim is named', () => {
    const claims = fc.array(
      fc.record({
        id: fc.constantFrom('c1', 'c2', 'c3'),
        minor: fc.bigInt({ min: 0n, max: 9n }),
        currency: fc.constantFrom('USD', 'EUR'),
      }),
    );
    fc.assert(
      fc.property(claims, fc.option(fc.bigInt({ min: 0n, max: 9n })), (given, stated) => {
        const paid = [...new Map(given.map((each) => [each.id, each])).values()].map(({ id, ...money }) =>
          claim(id, money),
        );
        const campaign = { cost: stated === null ? null : usd(stated) };
        const found = costOf(campaign, paid);
        expect(costOf(campaign, [...paid, ...paid].reverse())).toEqual(found);
        const sum = (list: readonly { minor: bigint }[]) => list.reduce((total, { minor }) => total + minor, 0n);
        expect(sum(found.funded)).toBe(sum(paid.map((each) => each.paid)));
        if (stated) expect(found.costs).toEqual([usd(stated)]);
      }),
    );
  });
});
