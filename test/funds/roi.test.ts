import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Activity, activityRoi, type RoiFacts, returnOn, roiRows } from '../../src/funds/roi.ts';

const activity = (requestId: string, paid: number, more: Partial<Activity> = {}): Activity => ({
  requestId,
  title: requestId,
  activity: 'event',
  budgetId: 'year',
  partnerId: 'pt_a',
  campaignId: null,
  currency: 'USD',
  paid: BigInt(paid),
  promised: BigInt(paid),
  startsOn: '2026-03-01',
  ...more,
});
const facts = (more: Partial<RoiFacts>): RoiFacts => ({
  activities: [],
  credits: [],
  costs: [],
  deals: [],
  windowDays: 180,
  ...more,
});
const fair = { campaignId: 'fair', startsOn: null };
const worth = (revenue: number, currency: string) => ({
  currency,
  revenue: BigInt(revenue),
  reporting: { minor: BigInt(revenue), currency },
});
const credit = (revenue: number, currency = 'USD') => ({ campaignId: 'fair', deals: 1, ...worth(revenue, currency) });
const deal = (id: string, wonOn: string, revenue: number) => ({
  id,
  partnerId: 'pt_a',
  wonOn,
  ...worth(revenue, 'USD'),
});
const revenues = (given: RoiFacts) =>
  activityRoi(given).map(({ requestId, from, revenue }) => [requestId, from, revenue]);

describe('the revenue of a request', () => {
  test('for a campaign is the credit of the campaign, as far as it paid for it', () => {
    const activities = [activity('r1', 20_000, fair), activity('r2', 10_000, fair)];
    const costs = [{ campaignId: 'fair', currency: 'USD', cost: 60_000n }];
    expect(revenues(facts({ activities, credits: [credit(600_000)], costs }))).toEqual([
      ['r1', 'campaign', 200_000n],
      ['r2', 'campaign', 100_000n],
    ]);
    expect(revenues(facts({ activities, credits: [credit(600_001)] }))).toEqual([
      ['r1', 'campaign', 400_001n],
      ['r2', 'campaign', 200_000n],
    ]);
  });

  test('without a campaign is what its partner won in the time from its first day on; a deal in two such times is shared', () => {
    const activities = [
      activity('r1', 30_000),
      activity('r2', 10_000, { startsOn: '2026-05-01' }),
      activity('r3', 5_000, { partnerId: 'pt_b' }),
    ];
    const deals = [
      deal('before', '2026-02-28', 1),
      deal('first', '2026-03-01', 100),
      deal('both', '2026-08-28', 1_000),
      deal('second', '2026-08-29', 7),
    ];
    expect(revenues(facts({ activities, deals }))).toEqual([
      ['r1', 'partner deals', 850n],
      ['r2', 'partner deals', 257n],
      ['r3', 'partner deals', 0n],
    ]);
  });

  test('in another currency counts as what the ledger says it is worth, where that is in the currency of the fund', () => {
    const euros = { ...credit(900, 'EUR'), reporting: { minor: 1_000n, currency: 'USD' } };
    const won = {
      ...deal('d', '2026-04-01', 0),
      currency: 'EUR',
      revenue: 90n,
      reporting: { minor: 100n, currency: 'USD' },
    };
    const activities = [activity('r1', 100, fair), activity('r2', 100)];
    expect(revenues(facts({ activities, credits: [euros], deals: [won] }))).toEqual([
      ['r1', 'campaign', 1_000n],
      ['r2', 'partner deals', 100n],
    ]);
  });

  test('in another currency is else not added but named', () => {
    const [row] = activityRoi(
      facts({ activities: [activity('r1', 100, fair)], credits: [credit(900, 'EUR'), credit(500)] }),
    );
    expect(row).toMatchObject({ revenue: 500n, otherCurrencies: [{ currency: 'EUR', revenue: 900n }] });
  });

  test('on which nothing was paid is nothing, and says from where it would come', () => {
    expect(revenues(facts({ activities: [activity('r1', 0, fair)], credits: [credit(500)] }))).toEqual([
      ['r1', 'campaign', 0n],
    ]);
    expect(revenues(facts({ activities: [activity('r1', 5, { startsOn: null })] }))).toEqual([['r1', 'unknown', 0n]]);
  });

  test('adds up to what the campaign and the deals are credited with, never to more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(1_000), fc.boolean(), fc.integer({ min: 1, max: 28 })), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 28 }), fc.nat(5_000)), { maxLength: 6 }),
        fc.option(fc.nat(20_000)),
        (given, credited, won, cost) => {
          const activities = given.map(([paid, isFair, day], n) =>
            activity(`r${n}`, paid, isFair ? fair : { startsOn: `2026-03-${String(day).padStart(2, '0')}` }),
          );
          const deals = won.map(([day, revenue], n) =>
            deal(`d${n}`, `2026-03-${String(day).padStart(2, '0')}`, revenue),
          );
          const costs = cost === null ? [] : [{ campaignId: 'fair', currency: 'USD', cost: BigInt(cost) }];
          const rows = activityRoi(facts({ activities, credits: [credit(credited)], deals, costs }));
          const sum = (from: string) =>
            rows.reduce((total, row) => (row.from === from ? total + row.revenue : total), 0n);
          const magnitude = (minor: bigint) => (minor < 0n ? -minor : minor);
          expect(magnitude(sum('campaign')) <= magnitude(BigInt(credited))).toBe(true);
          expect(sum('partner deals') <= deals.reduce((total, { revenue }) => total + revenue, 0n)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the return', () => {
  test.each([
    [150n, 100n, '0.5000'],
    [50n, 100n, '-0.5000'],
    [100n, 100n, '0.0000'],
    [0n, 3n, '-1.0000'],
    [5n, 3n, '0.6667'],
    [1_000_000n, 1n, '999999.0000'],
    [5n, 0n, null],
  ])('of %s for a cost of %s is %s', (gain, cost, roi) => {
    expect(returnOn(gain, cost)).toBe(roi);
  });

  test('is summed by what is asked for, on margin where that is known, and names money that brought nothing', () => {
    const activities = [
      activity('r1', 100),
      activity('r2', 50, { activity: 'webinar', partnerId: 'pt_b' }),
      activity('r3', 0),
    ];
    const all = activityRoi(facts({ activities, deals: [deal('d', '2026-04-01', 300)] }));
    expect(
      roiRows(all, ({ activity: name }) => name ?? '', '50').map(({ otherCurrencies: _other, ...row }) => row),
    ).toEqual([
      {
        key: 'event',
        currency: 'USD',
        requests: 2,
        promised: 100n,
        cost: 100n,
        revenue: 300n,
        roi: '2.0000',
        roiOnMargin: '0.5000',
        withoutResult: false,
      },
      {
        key: 'webinar',
        currency: 'USD',
        requests: 1,
        promised: 50n,
        cost: 50n,
        revenue: 0n,
        roi: '-1.0000',
        roiOnMargin: '-1.0000',
        withoutResult: true,
      },
    ]);
    const blind = activityRoi(facts({ activities: [activity('r4', 50, { startsOn: null })] }));
    expect(roiRows(blind, ({ requestId }) => requestId, null)).toMatchObject([{ roi: null, withoutResult: false }]);
    const unpaid = roiRows(all, ({ requestId }) => requestId, null).find(({ key }) => key === 'r3');
    expect(unpaid).toMatchObject({ roi: null, roiOnMargin: null, withoutResult: false });
  });
});
